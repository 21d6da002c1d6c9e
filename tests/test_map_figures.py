"""What the map costs: bytes, time from event to picture, a decode, a change of page. `make figures` prints them.

Asserted is only what a busy machine cannot spoil.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import numpy as np
import pytest
from cluster import App
from latent_map import IMAGES_HERE, READY, Map, Visit
from playwright.sync_api import BrowserContext, WebSocket

pytestmark = pytest.mark.slow
BUDGET = 1_000_000  # bytes on the wire until the map is drawn, beside Plotly.js and the digits
MOVES = 200
SWITCHES = 21  # of pages, each way
QUIET_SECONDS = 0.6  # after the last word of the server


@pytest.mark.proof
def test_how_long_the_pointer_waits(quick: Map) -> None:
    """`wait`: event to frame, which is what the compositor takes for the frames before; `draw`: our script."""
    left, top, width, height = quick.area()
    quick.page.wait_for_function(IMAGES_HERE)
    quick.page.evaluate("window.__labMapTimings.length = 0")
    for step in range(MOVES):
        swing = [0.5 + 0.45 * np.sin(step / 17), 0.5 + 0.45 * np.cos(step / 23)]
        quick.page.mouse.move(left + width * swing[0], top + height * swing[1])
    quick.page.wait_for_function("() => window.__labMapTimings.length > 20 && window.__labMapTimings.at(-1).painted")
    timings = quick.page.evaluate("window.__labMapTimings")
    for name in ("wait", "draw", "total", "painted"):
        tell(f"pointer, {name}", [entry[name] for entry in timings if entry[name] is not None])
    assert np.median([entry["draw"] for entry in timings]) < 16


@pytest.mark.proof
def test_how_long_a_decode_takes(quick: Map) -> None:
    quick.page.wait_for_function(IMAGES_HERE)
    decodes = quick.page.evaluate(
        """async () => {
          const scripts = performance.getEntriesByType('resource').map(entry => entry.name);
          const load = name => import(scripts.find(url => url.endsWith(`/shared/${name}`)));
          const [{ fetchBundle }, { makeDecoder }] = await Promise.all([load('bundle.js'), load('decoder.js')]);
          const decoder = makeDecoder(await fetchBundle(scripts.find(url => url.includes('/decoder?'))));
          return Array.from({ length: 300 }, (_, i) => {
            const begun = performance.now();
            decoder.decode([i / 10, 1]);
            return performance.now() - begun;
          }).slice(100);
        }"""
    )
    tell("decode", decodes)
    assert np.median(decodes) < 4


@pytest.mark.proof
def test_how_long_the_server_takes_for_a_change_of_page(gallery: App, visit: Visit) -> None:
    """From the browser's word to Streamlit's last one, once both pages were seen."""
    page = visit("run=nothing-yet").page
    frames: list[tuple[float, str]] = []
    page.on("websocket", lambda socket: listen(socket, frames))
    page.goto(f"{gallery.url}/latent_space?run=quick-map")
    Map(page).ready()
    took: dict[str, list[float]] = {}
    for name in ["Reconstructions", "Latent space"] * SWITCHES:
        page.wait_for_timeout(1000 * QUIET_SECONDS)
        frames.clear()
        page.get_by_role("link", name=name).click()
        page.wait_for_url(re.compile(name.lower().replace(" ", "_")))
        while not frames or time.monotonic() - frames[-1][0] < QUIET_SECONDS:
            page.wait_for_timeout(50)
        assert frames[0][1] == "sent"
        again = next((i for i in range(1, len(frames)) if frames[i][1] == "sent"), len(frames))
        took.setdefault(name, []).append(1000 * (frames[again - 1][0] - frames[0][0]))
    for name, switches in took.items():
        tell(f"to {name}", switches[1:])  # the first fills the caches
        assert len(switches) == SWITCHES


def listen(socket: WebSocket, frames: list[tuple[float, str]]) -> None:
    socket.on("framesent", lambda _: frames.append((time.monotonic(), "sent")))
    socket.on("framereceived", lambda _: frames.append((time.monotonic(), "received")))


@pytest.mark.parametrize(
    ("page", "run"),
    [
        ("latent_space", "quick-map"),
        pytest.param("latent_space", "best-8d", marks=pytest.mark.proof),
        pytest.param("reconstructions", "quick-map", marks=pytest.mark.proof),
    ],
)
def test_the_first_view_is_light(new_context: Callable[..., BrowserContext], page: str, run: str) -> None:
    """Counted on the wire, for a browser that has never been here, until the pictures are drawn.

    Decoder, codes and digits follow when the page is idle. Streamlit's own frame is told apart: it is not ours to make
    lighter, and the same for every page.
    """
    context = new_context()
    opened = context.new_page()
    wire = context.new_cdp_session(opened)
    wire.send("Network.enable")
    names: dict[str, str] = {}
    sizes: dict[str, float] = {}
    wire.on("Network.requestWillBeSent", lambda event: names.update({event["requestId"]: event["request"]["url"]}))
    wire.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    opened.goto(f"/{page}?run={run}")
    if page == "latent_space":
        opened.wait_for_function(READY, polling=10)  # not with the next picture: by then more may have come
    else:
        opened.get_by_test_id("card").first.get_by_test_id("reconstruction").wait_for()
    first = {names[key]: size for key, size in sizes.items() if key in names}
    by_kind: dict[str, dict[str, float]] = {"Plotly.js": {}, "digits": {}, "ours": {}, "Streamlit's": {}}
    for url, size in first.items():
        by_kind[_kind(url)][url] = size
    context.close()
    told = ", ".join(f"{kind} {sum(found.values()):,.0f} in {len(found)}" for kind, found in by_kind.items())
    print(f"{page} of {run}, bytes and answers until it is drawn: {told}")
    assert any(f"/{page.split('_')[0]}" in url or "/map?" in url for url in first)
    assert len(by_kind["Streamlit's"]) > 5
    assert sum(by_kind["ours"].values()) < BUDGET
    late = re.compile(r"/api/runs/.*/(decoder|codes|neighbours|frames)")
    assert page != "latent_space" or not [url for url in by_kind["ours"] if late.search(url)]


def _kind(url: str) -> str:
    path = urlsplit(url).path
    if path.endswith("plotly-basic.min.js"):
        return "Plotly.js"
    if re.search(r"/api/datasets/.*/(images|labels)", path):
        return "digits"
    return "ours" if re.search(r"/(assets|api)/", path) else "Streamlit's"


def tell(what: str, milliseconds: list[float]) -> None:
    median, late = np.percentile(milliseconds, [50, 95])
    print(f"{what}: median {median:.1f} ms, p95 {late:.1f} ms of {len(milliseconds)}")
