"""The Latent space page as a person meets it: a real pointer over the real app, held against NumPy."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from browser import ARGUMENTS, installed_chromium
from cluster import App, app, python
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
from polygon import contains

from app import shipped_models
from autoencoder.architecture import GREY_SQUARED
from autoencoder.data import Dataset, load_dataset
from autoencoder.latent import LatentSpace, latent_space, neighbourhoods, plane
from autoencoder.network import Array, Network, grey
from autoencoder.store import Run, RunStore

pytestmark = [pytest.mark.slow, pytest.mark.proof]

WAIT_MS = 90_000  # for anything: the machine may be busy
LEVELS = 2  # grey levels between the browser's 32-bit arithmetic and NumPy's
NEAR = 12  # pixels in which a digit is meant
BUDGET = 1_000_000  # bytes on the wire until the map is drawn, beside Plotly.js and the digits
Visit = Callable[..., "Map"]

TRAIN = """
import json, sys
from dataclasses import replace
from autoencoder.architecture import Architecture, Training
from autoencoder.solo import train_and_keep
from autoencoder.store import Run, RunStore, now
from autoencoder.training import train

store = RunStore(sys.argv[1])
quick = Training(batch_size=512, epochs=1, learning_rate=0.01, schedule="constant", seed=1)
for d in (1, 3, 8):
    net = Architecture(encoder=(32,), latent_dim=d)
    twice = replace(quick, epochs=2)
    train_and_keep(store, net, twice, lambda report: None, run_id=f"small-{d}", with_keras_files=False)
# ReLU at the code, as in the course, and too high a learning rate: one unit dies in the first steps.
dying = Architecture(encoder=(32,), latent_dim=2, hidden_activation="relu", latent_activation="relu")
train_and_keep(store, dying, replace(quick, learning_rate=0.02), lambda report: None, run_id="collapsed",
               with_keras_files=False)
# A run under way, as its checkpoints leave it after one epoch and after two.
net, training = Architecture(encoder=(32,), latent_dim=2), replace(quick, epochs=3)
for slice_ in train(net, training):
    if slice_.report.record and slice_.report.epoch < 3:
        at = Run(f"after-{slice_.report.record.epoch}", net, training, created=now(), status="training",
                 epoch=slice_.report.epoch)
        store.save(at)
        store.save_checkpoint(at.id, slice_.checkpoint)
        store.save_frame(at.id, slice_.report.frame)
store.save(Run("nothing-yet", net, training, created=now(), status="training"))
print(json.dumps({}))
"""

RED = "canvas => Array.from(canvas.getContext('2d').getImageData(0, 0, 28, 28).data).filter((_, i) => i % 4 === 0)"
IMAGES_HERE = "() => performance.getEntriesByType('resource').some(entry => entry.name.endsWith('/images'))"
READY = """() => {
  const status = document.querySelector('.lab-status'), plot = document.querySelector('[data-testid=latent-map]');
  return plot?._fullLayout && status?.textContent === '';
}"""
TO_SCREEN = """(plot, places) => {
  const { xaxis, yaxis } = plot._fullLayout, box = plot.getBoundingClientRect();
  return places.map(([x, y]) => [box.left + xaxis._offset + xaxis.d2p(x), box.top + yaxis._offset + yaxis.d2p(y)]);
}"""
TO_PLACES = """(plot, points) => {
  const { xaxis, yaxis } = plot._fullLayout, box = plot.getBoundingClientRect();
  return points.map(([x, y]) => [xaxis.p2d(x - box.left - xaxis._offset), yaxis.p2d(y - box.top - yaxis._offset)]);
}"""
AREA = """plot => {
  const { xaxis, yaxis } = plot._fullLayout, box = plot.getBoundingClientRect();
  return [box.left + xaxis._offset, box.top + yaxis._offset, xaxis._length, yaxis._length];
}"""
RANGES = "plot => [plot._fullLayout.xaxis.range, plot._fullLayout.yaxis.range]"
COLOURS = "plot => Array.from(plot.data[0].marker.color)"


@dataclass(frozen=True)
class Truth:
    """What NumPy says of a run."""

    run: Run
    network: Network

    @cached_property
    def space(self) -> LatentSpace:
        return latent_space(self.network, mnist())

    def decoded(self, codes: Array) -> Array:
        """(n, d) codes -> (n, 784) grey levels."""
        return grey(self.network.decode(np.asarray(codes, np.float32))).astype(int)


@dataclass
class Map:
    """The page, and what a person does there."""

    page: Page
    requests: list[str] = field(default_factory=list)

    @property
    def plot(self) -> Locator:
        return self.part("latent-map")

    @property
    def card(self) -> Locator:
        return self.part("digit-card")

    def part(self, testid: str) -> Locator:
        return self.page.get_by_test_id(testid)

    def ready(self) -> Map:
        self.page.wait_for_function(READY)
        return self

    def at_rest(self) -> Map:
        """Nothing chosen, nothing zoomed, the pointer elsewhere."""
        self.page.mouse.move(2, 2)
        self.plot.focus()
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("0")
        return self

    def screen(self, places: Any) -> Array:
        """(n, 2) places on the plane -> (n, 2) pixels on the screen."""
        return np.array(self.plot.evaluate(TO_SCREEN, np.asarray(places, float).tolist()))

    def places(self, points: Any) -> Array:
        return np.array(self.plot.evaluate(TO_PLACES, np.asarray(points, float).tolist()))

    def drawn(self) -> Array:
        """(n, 2) places of the points drawn, in drawing order."""
        return np.array(self.plot.evaluate("plot => [Array.from(plot.data[0].x), Array.from(plot.data[0].y)]")).T

    def point(self, where: Any) -> None:
        """A real pointer, which comes from a little aside."""
        x, y = float(where[0]), float(where[1])
        self.page.mouse.move(x + 3, y + 40)
        self.page.mouse.move(x, y)

    def picture(self, testid: str) -> Array:
        return np.array(self.card.get_by_test_id(testid).evaluate(RED))

    def ranges(self) -> Array:
        return np.array(self.plot.evaluate(RANGES))

    def drag(self, points: Array) -> None:
        self.page.mouse.move(*map(float, points[0]))
        self.page.mouse.down()
        for x, y in points[1:]:
            self.page.mouse.move(float(x), float(y), steps=4)
        self.page.mouse.up()

    def downloaded(self) -> list[dict[str, str]]:
        with self.page.expect_download() as download:
            self.part("csv").click()
        with Path(download.value.path()).open() as file:
            return list(csv.DictReader(file))

    def address(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.page.url).query).items()}


# ---- the app, its runs, its visitors ----


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The shipped presets and small runs trained here; those under way are claimed by this process."""
    folder = shipped_models(tmp_path_factory.mktemp("latent_page") / "models")
    python(TRAIN, str(folder), timeout=280)
    store = RunStore(folder)
    with ExitStack() as claims:
        for run in ("after-1", "after-2", "nothing-yet"):
            claims.enter_context(store.claim(run))
        yield folder


@pytest.fixture(scope="module")
def served(models: Path) -> Iterator[App]:
    with app(models, models.parent / "app.log") as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed_chromium(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def requests() -> list[str]:
    """Every address that any page of this file has asked for."""
    return []


@pytest.fixture(scope="module")
def new_context(served: App, chromium: Browser, requests: list[str]) -> Callable[..., BrowserContext]:
    def make(**options: Any) -> BrowserContext:
        wanted = {"locale": "en-US", "viewport": {"width": 1200, "height": 800}, **options}
        context = chromium.new_context(base_url=served.url, **wanted)
        context.set_default_timeout(WAIT_MS)
        context.on("request", lambda request: requests.append(request.url))
        return context

    return make


@pytest.fixture
def visit(new_context: Callable[..., BrowserContext]) -> Iterator[Visit]:
    """Opens the page in a browser of its own, closed after the test."""
    contexts: list[BrowserContext] = []

    def opened(query: str, **options: Any) -> Map:
        contexts.append(new_context(**options))
        page = contexts[-1].new_page()
        page.goto(f"/latent_space?{query}")
        return Map(page)

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def quick_page(new_context: Callable[..., BrowserContext]) -> Map:
    """Quick map, opened once for many tests; the page keeps the time from event to drawing."""
    page = new_context().new_page()
    page.add_init_script("window.__labMapTimings = []")
    page.goto("/latent_space?run=quick-map")
    opened = Map(page).ready()
    expect(page.get_by_test_id("epoch")).to_be_visible()
    return opened


@pytest.fixture
def quick(quick_page: Map) -> Map:
    return quick_page.at_rest()


@pytest.fixture(scope="module")
def truths(models: Path) -> Callable[[str], Truth]:
    store, known = RunStore(models), {}

    def truth(run_id: str) -> Truth:
        if run_id not in known:
            run = store.load(run_id)
            known[run_id] = Truth(run, store.load_network(run))
        return known[run_id]

    return truth


@pytest.fixture(scope="module")
def quick_truth(truths: Callable[[str], Truth]) -> Truth:
    return truths("quick-map")


def mnist() -> Dataset:
    return load_dataset("mnist")


def lonely(opened: Map, positions: Array, count: int, seed: int = 0) -> Array:
    """Rows of digits in the window with no other closer than 6 pixels: a pointer there can only mean them."""
    left, top, width, height = opened.plot.evaluate(AREA)
    points = opened.screen(positions)
    cells = np.floor(points / 6).astype(int)
    crowd: dict[tuple[int, int], int] = {}
    for x, y in cells.tolist():
        crowd[x, y] = crowd.get((x, y), 0) + 1
    inside = ((points > [left + 8, top + 8]) & (points < [left + width - 8, top + height - 8])).all(axis=1)
    around = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    alone = [
        r
        for r in np.flatnonzero(inside)
        if sum(crowd.get((cells[r, 0] + i, cells[r, 1] + j), 0) for i, j in around) == 1
    ]
    return np.random.default_rng(seed).permutation(alone)[:count]


def empty_points(opened: Map, positions: Array, count: int) -> Array:
    """(count, 2) whole pixels of the window around which no digit is meant."""
    left, top, width, height = opened.plot.evaluate(AREA)
    points = opened.screen(positions)
    random, found = np.random.default_rng(1), []
    while len(found) < count:
        spot = np.floor([left + 10 + random.random() * (width - 20), top + 10 + random.random() * (height - 20)])
        if np.hypot(*(points - spot).T).min() > NEAR + 2:
            found.append(spot)
    return np.array(found)


def expect_digit(opened: Map, truth: Truth, row: int) -> None:
    """The card shows this digit, its label, its pixels and what NumPy makes of them."""
    expect(opened.card).to_have_attribute("data-index", str(row))
    expect(opened.card).to_have_attribute("data-kind", "digit")
    expect(opened.card).to_have_attribute("data-label", str(mnist().labels[row]))
    expect(opened.card.get_by_test_id("original")).to_be_visible()
    expect(opened.card.get_by_test_id("reconstruction")).to_be_visible()
    np.testing.assert_array_equal(opened.picture("original"), mnist().images[row])
    made = truth.decoded(truth.space.codes[row : row + 1])[0]
    assert np.abs(opened.picture("reconstruction") - made).max() <= LEVELS


# ---- the pointer ----


def test_over_a_code_its_digit_and_its_reconstruction_appear(quick: Map, quick_truth: Truth) -> None:
    positions = quick_truth.space.codes
    assert quick.part("digit-card").is_hidden()
    for row in lonely(quick, positions, 8):
        quick.point(quick.screen(positions[[row]])[0])
        expect_digit(quick, quick_truth, int(row))
        error = quick_truth.space.errors[row]
        expect(quick.card).to_contain_text(f"MSE {error:.4f}")


def test_the_card_is_large_beside_the_point_and_on_the_screen(quick: Map, quick_truth: Truth) -> None:
    left, top, width, height = quick.plot.evaluate(AREA)
    for across, up in [(0.01, 0.01), (0.99, 0.01), (0.99, 0.99), (0.01, 0.99), (0.5, 0.5)]:
        x, y = left + across * (width - 2) + 1, top + up * (height - 2) + 1
        quick.point((x, y))
        expect(quick.card).to_be_visible()
        card = quick.card.bounding_box()
        assert card is not None
        assert card["x"] >= 0
        assert card["y"] >= 0
        assert card["x"] + card["width"] <= 1200
        assert card["y"] + card["height"] <= 800
        assert not (card["x"] <= x <= card["x"] + card["width"] and card["y"] <= y <= card["y"] + card["height"])
        picture = quick.card.get_by_test_id("reconstruction").bounding_box()
        assert picture is not None
        assert min(picture["width"], picture["height"]) >= 84


def test_over_empty_space_the_place_is_decoded(quick: Map, quick_truth: Truth) -> None:
    for spot in empty_points(quick, quick_truth.space.codes, 8):
        quick.point(spot)
        expect(quick.card).to_have_attribute("data-kind", "decoded")
        expect(quick.card.get_by_test_id("original")).to_be_hidden()
        assert not quick.card.get_attribute("data-index")
        expected = quick_truth.decoded(quick.places([spot]))[0]
        assert np.abs(quick.picture("reconstruction") - expected).max() <= LEVELS
    assert quick.card.evaluate("card => getComputedStyle(card).borderTopStyle") == "dashed"


def test_how_long_the_pointer_waits(quick: Map) -> None:
    """Prints the figures. Asserts only what a busy machine cannot spoil: each frame's own work, and a decode."""
    left, top, width, height = quick.plot.evaluate(AREA)
    quick.page.evaluate("window.__labMapTimings.length = 0")
    for step in range(150):
        swing = [0.5 + 0.45 * np.sin(step / 17), 0.5 + 0.45 * np.cos(step / 23)]
        quick.page.mouse.move(left + width * swing[0], top + height * swing[1])
    quick.page.wait_for_function("window.__labMapTimings.length > 20 && window.__labMapTimings.at(-1).painted")
    timings = quick.page.evaluate("window.__labMapTimings")
    for name in ("draw", "total", "painted"):
        median, late = np.percentile([entry[name] for entry in timings if entry[name] is not None], [50, 95])
        print(f"{name}: median {median:.1f} ms, p95 {late:.1f} ms of {len(timings)} moves")
    assert np.median([entry["draw"] for entry in timings]) < 16
    decodes = quick.page.evaluate(
        """async () => {
          const scripts = performance.getEntriesByType('resource').map(entry => entry.name);
          const load = name => import(scripts.find(url => url.endsWith(`/map/${name}`)));
          const [{ fetchBundle }, { makeDecoder }] = await Promise.all([load('bundle.js'), load('network.js')]);
          const decoder = makeDecoder(await fetchBundle(scripts.find(url => url.includes('/decoder?'))));
          return Array.from({ length: 300 }, (_, i) => {
            const begun = performance.now();
            decoder.decode([i / 10, 1]);
            return performance.now() - begun;
          }).slice(100);
        }"""
    )
    median, late = np.percentile(decodes, [50, 95])
    print(f"decode: median {median:.2f} ms, p95 {late:.2f} ms")
    assert median < 4


# ---- choosing ----


def test_a_click_shows_the_ten_nearest_codes(quick: Map, quick_truth: Truth) -> None:
    codes = quick_truth.space.codes
    row = int(lonely(quick, codes, 1, seed=5)[0])
    quick.page.mouse.click(*quick.screen(codes[[row]])[0])
    expect(quick.part("neighbours").locator("button")).to_have_count(10)
    found = [
        int(button.get_attribute("data-index") or -1) for button in quick.part("neighbours").locator("button").all()
    ]
    distances = np.square(codes - codes[row]).sum(axis=1)
    distances[row] = np.inf
    np.testing.assert_allclose(distances[found], np.sort(distances)[:10], rtol=0.01)  # codes arrive as 16-bit steps
    expect(quick.page).to_have_url(re.compile(f"digit={row}"))


@pytest.mark.parametrize("tool", ["lasso", "box"])
def test_what_is_drawn_around_comes_as_csv(quick: Map, quick_truth: Truth, tool: str) -> None:
    codes, errors, labels = quick_truth.space.codes, quick_truth.space.errors, mnist().labels
    left, top, width, height = quick.plot.evaluate(AREA)
    shape = (
        [(0.3, 0.2), (0.55, 0.15), (0.6, 0.5), (0.45, 0.35), (0.33, 0.6)]
        if tool == "lasso"
        else [(0.2, 0.2), (0.4, 0.5)]
    )
    corners = np.floor([left, top] + np.array(shape) * [width, height])
    quick.part(tool).click()
    quick.drag(np.vstack([corners, corners[:1]]) if tool == "lasso" else corners)
    expect(quick.part("selection")).to_be_visible()
    (xa, ya), (xb, yb) = quick.places(corners[[0, -1]])
    outline = quick.places(corners) if tool == "lasso" else np.array([[xa, ya], [xb, ya], [xb, yb], [xa, yb]])
    rows = quick.downloaded()
    got = np.array([int(row["index"]) for row in rows])
    expected = np.flatnonzero(contains(outline, codes))
    assert len(expected) > 200
    on_the_line = np.setxor1d(got, expected)  # 16-bit steps, and a lasso's corners are 3 pixels apart
    assert len(on_the_line) <= (0.01 * len(expected) if tool == "lasso" else 2)
    assert [int(row["label"]) for row in rows] == labels[got].tolist()
    step = np.ptp(codes, axis=0) / 65_535
    values = np.array([[float(row["code_0"]), float(row["code_1"])] for row in rows])
    assert (np.abs(values - codes[got]).max(axis=0) <= step).all()
    np.testing.assert_allclose([float(row["error"]) for row in rows], errors[got], atol=1e-5)
    says = quick.part("selection").inner_text()
    assert f"{len(got):,} digits" in says
    assert f"{errors[got].mean():.4f}"[:5] in says
    assert f"{errors[got].mean() * GREY_SQUARED:,.0f}"[:3] in says
    bars = quick.part("label-histogram").locator("span").all_inner_texts()
    assert [int(bar.replace(",", "")) for bar in bars] == np.bincount(labels[got], minlength=10).tolist()
    muted = np.array(quick.plot.evaluate(COLOURS)) == 1
    assert muted.sum() == len(codes) - len(got)
    thumbnails = quick.part("thumbnails").evaluate("canvas => [canvas.width, canvas.height]")
    assert thumbnails == [280, 28 * min(20, -(-len(got) // 10))]


def test_a_walk_leads_in_sixteen_steps_from_digit_to_digit(quick: Map, quick_truth: Truth) -> None:
    codes = quick_truth.space.codes
    first, last = lonely(quick, codes, 2, seed=7)
    quick.part("walk").click()
    for row in (first, last):
        quick.page.mouse.click(*quick.screen(codes[[row]])[0])
    steps = quick.part("walk-strip").locator(".lab-step")
    expect(steps).to_have_count(16)
    way = np.linspace(codes[first], codes[last], 16)
    steps.nth(9).click()
    expect(quick.card).to_have_attribute("data-kind", "decoded")
    assert np.abs(quick.picture("reconstruction") - quick_truth.decoded(way[[9]])[0]).max() <= LEVELS
    line = quick.page.locator(".lab-way").get_attribute("points") or ""
    drawn = np.array([[float(number) for number in point.split(",")] for point in line.split()])
    left, top, *_ = quick.plot.evaluate(AREA)
    np.testing.assert_allclose(drawn + np.array([left, top]), quick.screen(way), atol=1)
    quick.part("walk-play").click()
    expect(steps.nth(15)).to_have_attribute("aria-current", "true")


# ---- what is shown ----


def manifold_cells(opened: Map) -> tuple[Array, Array]:
    """Places of six cells of the manifold's canvas, and the ink (6, 784) drawn there."""
    canvas = opened.part("manifold-canvas")
    columns, rows = (side // 28 for side in canvas.evaluate("canvas => [canvas.width, canvas.height]"))
    (x0, x1), (y0, y1) = opened.ranges()
    cells = [(column, row) for column in (0, columns // 2, columns - 1) for row in (1, rows - 1)]
    read = """(canvas, cells) => {
      const brush = canvas.getContext('2d');
      const pixels = ([column, row]) => Array.from(brush.getImageData(column * 28, row * 28, 28, 28).data);
      return cells.map(cell => pixels(cell).filter((_, i) => i % 4 === 3));
    }"""
    places = [(x0 + (column + 0.5) / columns * (x1 - x0), y1 - (row + 0.5) / rows * (y1 - y0)) for column, row in cells]
    return np.array(places), np.array(canvas.evaluate(read, cells))


def expect_manifold(opened: Map, truth: Truth) -> None:
    def off() -> int:
        places, ink = manifold_cells(opened)
        return int(np.abs(ink - truth.decoded(places)).max())

    for _ in range(60):
        if opened.part("manifold-canvas").is_visible() and off() <= LEVELS:
            return
        opened.page.wait_for_timeout(250)
    assert off() <= LEVELS


def test_the_manifold_is_what_the_decoder_draws_and_follows_zoom(quick: Map, quick_truth: Truth) -> None:
    quick.part("manifold").click()
    expect_manifold(quick, quick_truth)
    before = quick.ranges()
    left, top, width, height = quick.plot.evaluate(AREA)
    quick.page.mouse.move(left + width / 3, top + height / 3)
    quick.page.mouse.wheel(0, -300)
    expect(quick.page).to_have_url(re.compile("x0="))
    after = quick.ranges()
    assert (np.diff(after) < 0.95 * np.diff(before)).all()
    expect_manifold(quick, quick_truth)
    opacity = "canvas => Number(getComputedStyle(canvas).opacity)"
    quick.part("manifold-blend").fill("0.2")
    faint = quick.part("manifold-canvas").evaluate(opacity)
    quick.part("manifold-blend").fill("1")
    assert faint < quick.part("manifold-canvas").evaluate(opacity) == 1
    assert quick.plot.evaluate("plot => plot.data[0].marker.opacity") == 0
    quick.part("manifold").click()
    expect(quick.part("manifold-canvas")).to_be_hidden()


def shown_order(opened: Map, codes: Array) -> Array:
    """Rows in drawing order, told by their places."""
    steps = np.round((codes - codes.min(axis=0)) / np.ptp(codes, axis=0) * 65_535).astype(int)
    known = {place: row for row, place in enumerate(map(tuple, steps.tolist()))}
    drawn = np.round((opened.drawn() - codes.min(axis=0)) / np.ptp(codes, axis=0) * 65_535).astype(int)
    return np.array([known.get(place, -1) for place in map(tuple, drawn.tolist())])


def test_colours_say_label_error_mixing_and_neighbours(quick: Map, quick_truth: Truth) -> None:
    codes, errors, data = quick_truth.space.codes, quick_truth.space.errors, mnist()
    order = shown_order(quick, codes)
    sure = np.flatnonzero(order >= 0)
    assert len(sure) > 65_000
    rows = order[sure]
    found = neighbourhoods(codes, data.labels)
    training = np.arange(len(codes)) < data.n_training

    def coloured(by: str) -> Array:
        quick.part("colour-by").select_option(by)
        quick.page.wait_for_function("by => location.search.includes(`colour=${by}`)", arg=by)
        quick.page.wait_for_function(READY)
        return np.array(quick.plot.evaluate(COLOURS))[sure]

    def classes(values: Array) -> Array:
        return np.unique(values.round(6), return_inverse=True)[1]

    error = coloured("error")
    ranks = np.corrcoef(np.argsort(np.argsort(error)), np.argsort(np.argsort(errors[rows])))[0, 1]
    assert ranks > 0.999
    assert (classes(coloured("part")) == ~training[rows]).all()
    quick.part("colour-by").select_option("mixed")
    expect(quick.page.locator(".lab-zone").first).to_be_attached()
    mixed = coloured("mixed")
    assert np.corrcoef(mixed, found.mixed[rows])[0, 1] > 0.999
    (a, b, share), *_ = found.pairs
    expect(quick.page.locator(".lab-legend")).to_contain_text(f"{a}–{b} {share:.0%}")
    agreed = classes(coloured("predicted")) == found.predicted[rows]
    assert agreed.mean() > 0.99  # the rest: as many neighbours of one label as of another
    assert (classes(coloured("label")) == data.labels[rows]).all()
    expect(quick.page.locator(".lab-zone")).to_have_count(0)


def test_no_label_hides_another(quick: Map) -> None:
    colours = np.array(quick.plot.evaluate(COLOURS))
    first, last = np.bincount(np.digitize(colours[:7000], np.unique(colours))), np.bincount(
        np.digitize(colours[-7000:], np.unique(colours)))  # fmt: skip
    np.testing.assert_allclose(first[1:], last[1:], rtol=0.25)  # as many of each below as on top


def test_a_label_alone_and_part_of_the_digits_alone(quick: Map) -> None:
    labels = mnist().labels
    quick.part("legend-4").click()
    assert (np.array(quick.plot.evaluate(COLOURS)) < 1).sum() == (labels == 4).sum()
    quick.plot.focus()
    quick.page.keyboard.press("n")
    expect(quick.card).to_have_attribute("data-label", "4")
    quick.part("legend-4").click()
    for part, count in {"training": 60_000, "held_out": 10_000, "all": 70_000}.items():
        quick.part("digits").select_option(part)
        assert len(quick.drawn()) == count


def test_zoom_pan_and_reset(quick: Map) -> None:
    home = quick.ranges()
    left, top, width, height = quick.plot.evaluate(AREA)
    centre = np.array([left + width / 2, top + height / 2])
    quick.page.mouse.move(*centre)
    quick.page.mouse.wheel(0, -200)
    expect(quick.page).to_have_url(re.compile("x0="))
    near = quick.ranges()
    quick.drag(np.array([centre, centre + np.array([80, 40])]))
    quick.page.wait_for_timeout(600)
    moved = quick.ranges()
    np.testing.assert_allclose(np.diff(moved), np.diff(near), rtol=1e-6)
    assert (np.abs(moved - near) > 0).all()
    quick.part("reset").click()
    np.testing.assert_allclose(quick.ranges(), home)
    expect(quick.page).not_to_have_url(re.compile("x0="))


def test_the_same_scale_on_both_axes(quick: Map) -> None:
    def stretch() -> float:
        _, _, width, height = quick.plot.evaluate(AREA)
        (across,), (up,) = np.diff(quick.ranges())
        return float(width / across / (height / up))

    assert stretch() != pytest.approx(1, abs=0.02)
    quick.part("equal-axes").click()
    quick.page.wait_for_timeout(300)
    assert stretch() == pytest.approx(1, abs=0.01)
    quick.part("equal-axes").click()


def test_replay_moves_the_codes_smoothly_through_the_epochs(quick: Map, models: Path) -> None:
    frames = RunStore(models).load_frames("quick-map")
    quick.page.evaluate(
        """() => {
          const canvas = document.querySelector('[data-testid=motion]');
          window.seen = new Set();
          (function look() {
            if (!canvas.hidden && canvas.width) {
              const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
              let sum = 0;
              for (let i = 0; i < data.length; i += 4) sum = (sum * 31 + data[i] + data[i + 3]) | 0;
              window.seen.add(sum);
            }
            requestAnimationFrame(look);
          })();
        }"""
    )
    quick.part("replay").click()
    expect(quick.page).to_have_url(re.compile(rf"epoch={frames[-1].epoch:g}"))
    seen = quick.page.evaluate("window.seen.size")
    print(f"replay: {seen} pictures for {len(frames)} kept epochs")
    assert seen > len(frames) + 2  # more than the epochs kept: what lies between is drawn too
    quick.part("epoch").focus()
    quick.page.keyboard.press("Home")
    expect(quick.page).to_have_url(re.compile(rf"epoch={frames[0].epoch:g}\b"))
    expect(quick.part("motion")).to_be_hidden()
    first = quick.drawn()
    assert len(first) == len(frames[0].codes) == 5000
    np.testing.assert_allclose(np.sort(first, axis=0), np.sort(frames[0].codes, axis=0), atol=1e-2)
    quick.page.keyboard.press("ArrowRight")
    expect(quick.page).to_have_url(re.compile(rf"epoch={frames[1].epoch:g}\b"))
    expect(quick.part("motion")).to_be_hidden()
    np.testing.assert_allclose(np.sort(quick.drawn(), axis=0), np.sort(frames[1].codes, axis=0), atol=1e-2)
    quick.part("whole-map").click()
    expect(quick.page).not_to_have_url(re.compile("epoch="))
    assert len(quick.drawn()) == 70_000


def test_the_table_says_what_the_eye_sees(quick: Map, quick_truth: Truth) -> None:
    codes, errors, labels = quick_truth.space.codes, quick_truth.space.errors, mnist().labels
    quick.part("table-toggle").click()
    lines = quick.part("map-table").locator("tbody tr").all()
    cells = [[cell.inner_text() for cell in line.locator("th, td").all()] for line in lines]
    quick.part("table-toggle").click()
    means = np.array([codes[labels == label].mean(axis=0) for label in range(10)])
    away = np.linalg.norm(means[:, None] - means, axis=2) + np.diag(np.full(10, np.inf))
    for label, line in enumerate(cells):
        chosen = labels == label
        spread = np.sqrt(np.square(codes[chosen] - means[label]).sum(axis=1).mean())
        assert line[0] == str(label)
        assert line[1] == f"{chosen.sum():,}"
        written = [float(number) for number in re.split(r" · ", line[2])]
        np.testing.assert_allclose(written, means[label], atol=0.011)
        assert float(line[3]) == pytest.approx(spread, abs=0.011)
        assert float(line[4]) == pytest.approx(errors[chosen].mean(), abs=1e-4)
        assert line[5] == str(away[label].argmin())


def test_the_keyboard_alone_reaches_everything(quick: Map, quick_truth: Truth) -> None:
    quick.part("colour-by").focus()
    reached = ["colour-by"]
    for _ in range(40):
        quick.page.keyboard.press("Tab")
        reached.append(quick.page.evaluate("document.activeElement.dataset.testid ?? ''"))
        if reached[-1] == "legend-9":
            break
    tools = [
        "digits",
        "pan",
        "lasso",
        "box",
        "walk",
        "equal-axes",
        "reset",
        "table-toggle",
        "manifold",
        "replay",
        "epoch",
    ]
    assert [name for name in reached if name in tools] == tools
    assert "latent-map" in reached
    assert [f"legend-{label}" for label in range(10)] == reached[-10:]

    quick.plot.focus()
    quick.page.keyboard.press("ArrowRight")
    expect(quick.card).to_be_visible()
    quick.page.keyboard.press("n")
    expect(quick.card).to_have_attribute("data-kind", "digit")
    row = int(quick.card.get_attribute("data-index") or -1)
    expect_digit(quick, quick_truth, row)
    label = mnist().labels[row]
    expect(quick.part("map-speech")).to_contain_text(f"A {label}")
    expect(quick.part("map-speech")).to_contain_text(f"{row:,}")
    quick.page.keyboard.press("Enter")
    expect(quick.part("neighbours").locator("button")).to_have_count(10)
    quick.page.keyboard.press("Escape")
    expect(quick.part("neighbours")).to_be_hidden()

    quick.part("box").press("Enter")  # a box: two corners
    quick.plot.focus()
    for key in ("Shift+ArrowLeft", "Shift+ArrowUp", "Enter", *["Shift+ArrowRight", "Shift+ArrowDown"] * 2, "Enter"):
        quick.page.keyboard.press(key)
    expect(quick.part("selection")).to_contain_text("digits")
    quick.plot.focus()
    quick.page.keyboard.press("Escape")
    before = quick.ranges()
    quick.page.keyboard.press("+")
    assert (np.diff(quick.ranges()) < np.diff(before)).all()
    quick.page.keyboard.press("0")
    np.testing.assert_allclose(quick.ranges(), before)


def test_the_map_fills_the_screen_below_one_thin_bar(quick: Map) -> None:
    bar, stage = quick.page.locator(".lab-bar").bounding_box(), quick.page.locator(".lab-stage").bounding_box()
    assert bar is not None
    assert stage is not None
    assert bar["height"] < 48  # one line at 1200 pixels
    assert stage["width"] > 1100
    assert stage["height"] > 520


# ---- the address ----


def test_an_address_shows_the_same_to_somebody_else(quick: Map, visit: Visit, quick_truth: Truth) -> None:
    codes = quick_truth.space.codes
    quick.part("colour-by").select_option("error")
    quick.part("digits").select_option("held_out")
    left, top, width, height = quick.plot.evaluate(AREA)
    quick.page.mouse.move(left + width / 2, top + height / 2)
    quick.page.mouse.wheel(0, -200)
    expect(quick.page).to_have_url(re.compile("x0="))
    row = 60_000 + int(lonely(quick, codes[60_000:], 1, seed=3)[0])
    quick.page.mouse.click(*quick.screen(codes[[row]])[0])
    expect(quick.page).to_have_url(re.compile(f"digit={row}"))
    ranges = quick.ranges()
    query = urlsplit(quick.page.url).query
    quick.part("colour-by").select_option("label")
    quick.part("digits").select_option("all")

    other = visit(query).ready()
    expect(other.part("colour-by")).to_have_value("error")
    expect(other.part("digits")).to_have_value("held_out")
    expect(other.part("neighbours").locator("button")).to_have_count(10)
    expect(other.part("digit-sheet")).to_contain_text(f"{row:,}")
    np.testing.assert_allclose(other.ranges(), ranges, rtol=1e-4)
    assert len(other.drawn()) == 10_000


def test_an_epoch_in_the_address_is_shown(visit: Visit, models: Path) -> None:
    frame = RunStore(models).load_frames("quick-map")[1]
    opened = visit(f"run=quick-map&epoch={frame.epoch:g}").ready()
    expect(opened.page.locator(".lab-epoch")).to_have_text(f"epoch {frame.epoch:g}")
    np.testing.assert_allclose(np.sort(opened.drawn(), axis=0), np.sort(frame.codes, axis=0), atol=1e-2)


# ---- other sizes, other runs ----


def test_eight_dimensions_as_principal_axes_or_any_two(visit: Visit, truths: Callable[[str], Truth]) -> None:
    truth = truths("small-8")
    codes = truth.space.codes
    opened = visit("run=small-8").ready()
    shown = plane(codes, "pca")
    row = int(lonely(opened, shown.positions, 1)[0])
    opened.point(opened.screen(shown.positions[[row]])[0])
    expect_digit(opened, truth, row)  # from all eight dimensions, not from the plane
    spot = empty_points(opened, shown.positions, 1)[0]
    opened.point(spot)
    expect(opened.card).to_have_attribute("data-kind", "decoded")
    expected = truth.decoded(shown.origin + opened.places([spot]) @ shown.basis)[0]
    assert np.abs(opened.picture("reconstruction") - expected).max() <= LEVELS
    bar = opened.page.locator(".lab-bar").bounding_box()
    assert bar is not None
    assert bar["height"] < 48

    opened.part("axes").focus()
    opened.part("axes").select_option("2")
    expect(opened.page).to_have_url(re.compile(r"axes=2(,|%2C)0"))
    expect(opened.part("axes-up")).to_be_visible()
    expect(opened.part("axes")).to_be_focused()  # the keyboard goes on where it was
    opened.part("axes-up").select_option("5")
    expect(opened.page).to_have_url(re.compile(r"axes=2(,|%2C)5"))
    opened.page.wait_for_function(
        "() => document.querySelector('[data-testid=latent-map]')?._fullLayout?.yaxis.title.text === 'code 6'"
    )
    opened.ready()
    step = np.ptp(codes[:, [2, 5]], axis=0) / 65_535
    drawn = opened.drawn()
    assert (np.abs(np.sort(drawn, axis=0) - np.sort(codes[:, [2, 5]], axis=0)).max(axis=0) <= step).all()
    row = int(lonely(opened, codes[:, [2, 5]], 1, seed=2)[0])
    opened.point(opened.screen(codes[[row]][:, [2, 5]])[0])
    expect_digit(opened, truth, row)


def test_one_dimension_is_a_strip_of_histograms(visit: Visit, truths: Callable[[str], Truth]) -> None:
    truth = truths("small-1")
    codes = truth.space.codes
    opened = visit("run=small-1").ready()
    drawn = opened.drawn()
    assert len(drawn) == 70_000
    assert (np.abs(np.sort(drawn[:, 0]) - np.sort(codes[:, 0])) <= np.ptp(codes) / 65_535).all()
    assert (drawn[:, 1] % 1 == 0.5).all()  # each digit is a tile of a stack
    opened.page.wait_for_function(IMAGES_HERE)
    top = drawn[np.argmax(drawn[:, 1])]
    opened.point(opened.screen([top])[0])
    expect(opened.card).to_have_attribute("data-kind", "digit")
    expect_digit(opened, truth, int(opened.card.get_attribute("data-index") or -1))
    spot = empty_points(opened, drawn, 1)[0]
    opened.point(spot)
    expect(opened.card).to_have_attribute("data-kind", "decoded")
    expected = truth.decoded(opened.places([spot])[:, :1])[0]
    assert np.abs(opened.picture("reconstruction") - expected).max() <= LEVELS


def test_three_dimensions_turn(visit: Visit, truths: Callable[[str], Truth]) -> None:
    truth = truths("small-3")
    opened = visit("run=small-3").ready()
    assert opened.plot.evaluate("plot => [plot.data[0].type, plot.data[0].z.length]") == ["scatter3d", 70_000]
    opened.plot.focus()
    opened.page.keyboard.press("n")
    expect(opened.card).to_be_visible()
    expect_digit(opened, truth, int(opened.card.get_attribute("data-index") or -1))
    opened.page.keyboard.press("Enter")
    expect(opened.part("neighbours").locator("button")).to_have_count(10)
    box = opened.plot.bounding_box()
    assert box is not None
    eye = "plot => Object.values(plot._fullLayout.scene._scene.getCamera().eye)"
    before = opened.plot.evaluate(eye)
    opened.page.keyboard.press("Escape")
    opened.drag(np.array([[box["x"] + 300, box["y"] + 250], [box["x"] + 460, box["y"] + 300]]))
    assert np.abs(np.array(opened.plot.evaluate(eye)) - before).max() > 0.05


def test_a_collapsed_map_works_as_well_as_a_good_one(visit: Visit, truths: Callable[[str], Truth]) -> None:
    truth = truths("collapsed")
    codes = truth.space.codes
    assert np.ptp(codes, axis=0).min() == 0  # all codes on an axis
    opened = visit("run=collapsed").ready()
    row = int(np.argmax(codes.sum(axis=1)))  # the one at the far end
    opened.point(opened.screen(codes[[row]])[0])
    expect(opened.card).to_have_attribute("data-kind", "digit")
    expect_digit(opened, truth, int(opened.card.get_attribute("data-index") or -1))
    spot = empty_points(opened, codes, 1)[0]
    opened.point(spot)
    expect(opened.card).to_have_attribute("data-kind", "decoded")
    assert np.abs(opened.picture("reconstruction") - truth.decoded(opened.places([spot]))[0]).max() <= LEVELS
    opened.part("colour-by").select_option("mixed")
    expect(opened.page.locator(".lab-legend")).to_contain_text("15 nearest")
    expect(opened.part("colour-by")).to_have_value("mixed")


def test_a_run_under_way_shows_its_last_checkpoint(visit: Visit, models: Path, truths: Callable[[str], Truth]) -> None:
    opened = visit("run=after-1").ready()

    def off(truth: Truth) -> float:
        codes = truth.space.codes
        return float((np.abs(np.sort(opened.drawn(), axis=0) - np.sort(codes, axis=0)) / np.ptp(codes, axis=0)).max())

    assert off(truths("after-1")) < 1e-4
    assert off(truths("after-2")) > 1e-2
    for name in ("checkpoint.npz", "run.json"):  # the training goes on
        (models / "after-1" / name).write_bytes((models / "after-2" / name).read_bytes())
    opened.page.reload()
    opened.ready()
    assert off(truths("after-2")) < 1e-4


def test_a_run_that_has_learned_nothing_says_so(visit: Visit) -> None:
    opened = visit("run=nothing-yet")
    expect(opened.page.get_by_text("has not learned anything yet")).to_be_visible()
    expect(opened.plot).to_have_count(0)


def test_an_unknown_run_says_so_and_shows_another(visit: Visit) -> None:
    opened = visit("run=no-such-run")
    expect(opened.page.get_by_text("There is no run no-such-run")).to_be_visible()
    opened.ready()


# ---- screens ----


def test_dark_theme(visit: Visit, quick_truth: Truth) -> None:
    opened = visit("run=quick-map", color_scheme="dark").ready()
    expect(opened.page.locator(".lab-map")).to_have_attribute("data-theme", "dark")
    codes = quick_truth.space.codes
    row = int(lonely(opened, codes, 1)[0])
    opened.point(opened.screen(codes[[row]])[0])
    expect_digit(opened, quick_truth, row)  # the red channel is the grey level in every theme
    assert opened.card.get_by_test_id("original").evaluate("canvas => getComputedStyle(canvas).filter") == "none"


def test_light_theme_shows_ink_on_paper(quick: Map, quick_truth: Truth) -> None:
    codes = quick_truth.space.codes
    quick.point(quick.screen(codes[lonely(quick, codes, 1)])[0])
    expect(quick.card).to_be_visible()
    expect(quick.page.locator(".lab-map")).to_have_attribute("data-theme", "light")
    assert quick.card.get_by_test_id("original").evaluate("canvas => getComputedStyle(canvas).filter") == "invert(1)"


def test_a_phone(visit: Visit, quick_truth: Truth) -> None:
    opened = visit("run=quick-map", viewport={"width": 390, "height": 844}, has_touch=True).ready()
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390
    codes = quick_truth.space.codes
    row = int(lonely(opened, codes, 1)[0])
    opened.page.touchscreen.tap(*opened.screen(codes[[row]])[0])
    expect(opened.part("neighbours").locator("button")).to_have_count(10)
    expect(opened.part("digit-sheet")).to_contain_text(f"{row:,}")
    sheet = opened.page.locator(".lab-sheet").bounding_box()
    assert sheet is not None
    assert sheet["x"] >= 0
    assert sheet["x"] + sheet["width"] <= 390


# ---- the wire ----


@pytest.mark.parametrize("run", ["quick-map", "best-8d"])
def test_the_first_view_is_light(visit: Visit, run: str) -> None:
    """Counted on the wire until the map is drawn; the decoder, codes and digits follow when the page is idle."""
    opened = visit("run=nothing-yet")
    expect(opened.page.get_by_text("has not learned anything yet")).to_be_visible()
    wire = opened.page.context.new_cdp_session(opened.page)
    wire.send("Network.enable")
    names: dict[str, str] = {}
    sizes: dict[str, float] = {}
    wire.on("Network.requestWillBeSent", lambda event: names.update({event["requestId"]: event["request"]["url"]}))
    wire.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    opened.page.goto(f"/latent_space?run={run}")
    opened.ready()
    first = {names[key]: size for key, size in sizes.items() if key in names}
    opened.page.wait_for_function(IMAGES_HERE)
    opened.page.wait_for_timeout(1500)
    later = {names[key]: size for key, size in sizes.items() if key in names and names[key] not in first}
    ours = {url: size for url, size in first.items() if re.search(r"/(assets|api)/", url)}
    late = ("/decoder", "/codes", "/images", "/neighbours", "/frames")
    counted = {url: size for url, size in ours.items() if not url.endswith("plotly.min.js") and "/images" not in url}
    assert any("/map?" in url for url in counted)
    print(f"{run}: {sum(counted.values()):,.0f} bytes until the map is drawn, of {len(counted)} answers")
    print({urlsplit(url).path.rpartition("/")[2]: round(size) for url, size in later.items() if "/api/" in url})
    assert not [url for url in counted if any(name in url for name in late)]
    assert sum(counted.values()) < BUDGET


def test_no_request_leaves_the_machine(quick: Map, requests: list[str]) -> None:
    assert len(requests) > 50
    assert {urlsplit(url).hostname for url in requests if not url.startswith(("data:", "blob:"))} == {"127.0.0.1"}
