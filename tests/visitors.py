"""Fixtures of the page tests: one Chromium, one app with runs of every kind, and what NumPy says of each of them."""

from __future__ import annotations

import ctypes
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # the tests that need no browser do not load it
    from cluster import App
    from latent_map import Map, Truth
    from playwright.sync_api import Browser, BrowserContext, Page
    from tabs import Tabs

WAIT_MS = 90_000  # for anything: the machine may be busy


def let_no_child_raise_its_priority() -> None:
    """Root's Chromium would put itself before all other processes, and trainings would stand still beside it."""
    drop_from_bounding_set, cap_sys_nice = 24, 23  # of prctl(2) and capabilities(7); only root has anything to lose
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(drop_from_bounding_set, cap_sys_nice, 0, 0, 0)


@pytest.fixture(scope="session")
def chromium_server(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One Chromium for all page tests of this process: where it listens. Each file connects to it anew."""
    from browser import ARGUMENTS, installed_chromium
    from cluster import background, eventually
    from playwright._impl._driver import compute_driver_executable

    let_no_child_raise_its_priority()
    folder = tmp_path_factory.mktemp("chromium")
    settings, log = folder / "settings.json", folder / "address"
    executable = installed_chromium(whole=pytestconfig.option.markexpr == "proof")
    settings.write_text(json.dumps({"executablePath": executable, "args": ARGUMENTS}))
    playwright = compute_driver_executable()  # `python -m playwright` would end without ending Chromium
    with background(*playwright, "launch-server", "--browser", "chromium", "--config", str(settings), log=log):
        yield eventually(lambda: (said := log.read_text()).endswith("\n") and said.strip())


@pytest.fixture(scope="module")
def chromium(chromium_server: str) -> Iterator[Browser]:
    """Connected for one file only: Playwright keeps an event loop running, which other tests could not stand."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.connect(chromium_server)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Runs of every kind; those under way are claimed by this process."""
    from shared import made_once

    from app import UNDER_WAY, runs_of_every_kind
    from autoencoder.runs.store import RunStore

    folder = tmp_path_factory.mktemp("pages") / "models"
    shutil.copytree(made_once("runs-of-every-kind", runs_of_every_kind), folder)
    store = RunStore(folder)
    with ExitStack() as claims:
        for run in UNDER_WAY:
            claims.enter_context(store.claim(run))
        yield folder


@pytest.fixture(scope="session")
def gallery(models: Path) -> Iterator[App]:
    """The app, serving those runs to all page tests that change none of them."""
    from cluster import app

    with app(models, models.parent / "app.log", AUTOENCODER_WARM_UP="0") as running:  # nothing is trained here
        yield running


@pytest.fixture(scope="session")
def proven(models: Path) -> None:
    """The runs that only proofs open are there, too."""
    from shared import made_once

    from app import runs_for_proofs

    shutil.copytree(made_once("runs-for-proofs", runs_for_proofs), models, dirs_exist_ok=True)


@pytest.fixture(scope="module")
def requests() -> list[str]:
    """Every address that a page of the gallery has asked for."""
    return []


@pytest.fixture(scope="module")
def new_context(gallery: App, chromium: Browser, requests: list[str]) -> Callable[..., BrowserContext]:
    def make(**options: Any) -> BrowserContext:
        wanted = {"locale": "en-US", "viewport": {"width": 1200, "height": 800}, **options}
        context = chromium.new_context(base_url=gallery.url, **wanted)
        context.set_default_timeout(WAIT_MS)
        context.on("request", lambda request: requests.append(request.url))
        return context

    return make


@pytest.fixture(scope="module")
def tabs_of(new_context: Callable[..., BrowserContext]) -> Callable[..., Tabs]:
    """Browsers that have been here before, one for each kind: scripts, digits and decoders are in their cache."""
    from tabs import Tabs

    known: dict[str, Tabs] = {}

    def tabs(**options: Any) -> Tabs:
        kind = repr(sorted(options.items()))
        if kind not in known:
            known[kind] = Tabs(new_context(**options))
        return known[kind]

    return tabs


@pytest.fixture
def visit(tabs_of: Callable[..., Tabs]) -> Iterator[Callable[..., Map]]:
    """Opens the Latent space page; given options, in a browser of that kind. Closed after the test."""
    from latent_map import Map

    opened: list[tuple[Tabs, Page]] = []

    def visited(query: str, **options: Any) -> Map:
        tabs = tabs_of(**options)
        opened.append((tabs, page := tabs.open()))
        page.goto(f"/latent_space?{query}")
        return Map(page)

    yield visited
    for tabs, page in opened:
        tabs.close(page)


@pytest.fixture(scope="module")
def quick_page(new_context: Callable[..., BrowserContext]) -> Map:
    """Quick map, opened once for many tests; the page keeps the time from event to drawing."""
    from latent_map import Map

    page = new_context().new_page()
    page.add_init_script("window.__labMapTimings = []")
    page.goto("/latent_space?run=quick-map")
    return Map(page).ready()


@pytest.fixture
def quick(quick_page: Map) -> Map:
    return quick_page.at_rest()


@pytest.fixture(scope="session")
def truths(models: Path) -> Callable[[str], Truth]:
    from latent_map import Truth

    from autoencoder.runs.store import RunStore

    store, known = RunStore(models), {}

    def truth(run_id: str) -> Truth:
        if run_id not in known:
            run = store.load(run_id)
            known[run_id] = Truth(run, store.model_of(run))
        return known[run_id]

    return truth


@pytest.fixture(scope="session")
def quick_truth(truths: Callable[[str], Truth]) -> Truth:
    return truths("quick-map")
