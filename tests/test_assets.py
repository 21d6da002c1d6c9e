"""Scripts and styles under addresses that name their version."""

from __future__ import annotations

import gzip
import re
from importlib.util import find_spec
from pathlib import Path

from asgi import Answer, Browser
from starlette.applications import Starlette

from server.addresses import COMPONENTS, PLOTLY, asset_url, assets_version
from server.routes import routes

SCRIPT = "monitor/monitor.js"


def fetched(url: str) -> Answer:
    return Browser(Starlette(routes=routes())).get(url)


def test_an_asset_of_this_version_is_kept_for_a_year() -> None:
    answer = fetched(asset_url(SCRIPT))
    assert gzip.decompress(answer.content) == (COMPONENTS / SCRIPT).read_bytes()
    assert "immutable" in answer.header("cache-control")


def test_under_the_address_of_another_version_nothing_is_kept() -> None:
    for other in ("any", assets_version()[:-1], assets_version() + "0"):
        answer = fetched(f"/assets/{other}/{SCRIPT}")
        assert gzip.decompress(answer.content) == (COMPONENTS / SCRIPT).read_bytes()
        assert answer.header("cache-control") == "no-store"


def test_the_components_draw_with_the_plotly_of_the_python_package() -> None:
    """A part of it that is a quarter as large; both figures of one page then look alike."""
    spec = find_spec("plotly")
    assert spec is not None
    whole = Path(str(spec.origin)).parent / "package_data" / "plotly.min.js"
    versions = [re.search(r"plotly\.js.* (v[\d.]+)", file.read_text()[:200]) for file in (whole, PLOTLY)]
    assert versions[0] is not None
    assert versions[1] is not None
    assert versions[0][1] == versions[1][1]
