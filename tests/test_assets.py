"""Scripts and styles under addresses that name their version."""

from __future__ import annotations

import gzip

from asgi import Answer, Browser
from starlette.applications import Starlette

from server.addresses import COMPONENTS, asset_url, assets_version
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
