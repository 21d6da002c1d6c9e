"""The Train page as a person meets it: the real app, real digits, a real browser that presses the buttons."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import psutil
import pytest
from cluster import SECRET, App, address_of_cluster, eventually, shared_cluster
from conftest import synthetic_digits
from exports import zipped
from latent_map import LEVELS, RED, Map, Truth, expect_digit, lonely
from playwright.sync_api import Browser, BrowserContext, Locator, Page, WebSocket, expect
from playwright.sync_api import TimeoutError as TookTooLong
from relay import relay
from tabs import Tabs
from visitors import WAIT_MS

from app import warm_app
from autoencoder.runs.run import COMMANDS, Run, hashed
from autoencoder.runs.store import SHIPPED, RunStore
from autoencoder.settings import GREY_SQUARED, Architecture, Training
from server.addresses import asset_url, run_events_url
from server.language import translate

pytestmark = pytest.mark.slow

TRAINED_MS = 180_000  # for a training to end, and to be measured
CHART = "[data-testid=loss-chart]"
LIVE_CHART = f"[data-testid=monitor]:has([data-testid=status]) {CHART}"  # a replay has no status
Visit = Callable[..., Page]


@dataclass
class Record:
    """What all pages of this file have asked for and complained about."""

    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("weberror", lambda problem: self.complaints.append(str(problem.error)))
        context.on("console", self._console)

    def _console(self, message: Any) -> None:
        # Streamlit asks for its health and host settings below the page's own path first; nothing is there.
        address = message.location.get("url", "")
        probe = re.search(r"/(train|sweep)/_stcore/(health|host-config)$", address)
        refused = "status of 400" in message.text and "/api/uploads/" in address  # a file that is none of images
        if message.type == "error" and not probe and not refused:
            self.complaints.append(f"{message.text} at {address}")


@dataclass(frozen=True)
class Watched:
    """A run started from the page, and what was seen of it while it trained."""

    page: Page
    samples: list[dict[str, Any]]
    frames: list[tuple[float, str]]  # when the page and Streamlit spoke, in milliseconds since 1970


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[App]:
    cluster = address_of_cluster(request.config)
    with warm_app(tmp_path_factory.mktemp("train_page"), AUTOENCODER_SCHEDULER=cluster) as running:
        yield running


@pytest.fixture(scope="module")
def record() -> Record:
    return Record()


@pytest.fixture(scope="module")
def new_context(served: App, chromium: Browser, record: Record) -> Callable[..., BrowserContext]:
    """A browser that has never been here. Its options are those of Playwright."""

    def make(**options: Any) -> BrowserContext:
        viewport = {"width": 1400, "height": 950}
        context = chromium.new_context(base_url=served.url, **{"locale": "en-US", "viewport": viewport, **options})
        context.set_default_timeout(WAIT_MS)
        record.watch(context)
        return context

    return make


@pytest.fixture(scope="module")
def visitor(new_context: Callable[..., BrowserContext]) -> Tabs:
    """A second browser, with runs of its own; it asks for little motion, which leaves the cores to the rest."""
    return Tabs(new_context(reduced_motion="reduce"))


@pytest.fixture
def visit(new_context: Callable[..., BrowserContext], visitor: Tabs) -> Iterator[Visit]:
    """Opens an address as the visitor; given options, in a browser of its own that asks for little motion too."""
    contexts: list[BrowserContext] = []
    opened: list[Page] = []

    def visited(address: str = "/", **options: Any) -> Page:
        if options:
            contexts.append(new_context(**{"reduced_motion": "reduce", **options}))
            return open_page(contexts[-1], address)
        opened.append(page := visitor.open())
        return at_the_form(page, address)

    yield visited
    for context in contexts:
        context.close()
    for page in opened:
        visitor.close(page)


@pytest.fixture(scope="module")
def owner(new_context: Callable[..., BrowserContext]) -> BrowserContext:
    """The browser whose runs are trained here."""
    return new_context()


@pytest.fixture(scope="module")
def quick_map(owner: BrowserContext) -> Watched:
    """Quick map, trained from the page to its end."""
    page = owner.new_page()
    frames: list[tuple[float, str]] = []
    page.on("websocket", lambda socket: listen(socket, frames))
    page.goto("/")
    page.get_by_test_id("monitor").wait_for()
    start = start_button(page)
    expect(start).to_be_enabled()
    began = time.monotonic()
    start.click()
    page.get_by_test_id("status").wait_for(state="attached")  # a replay has none
    page.evaluate(RECORD)
    page.wait_for_function(f"() => document.querySelector('{LIVE_CHART}')?.data?.[1]?.x.length > 0")
    print(f"first loss point {time.monotonic() - began:.2f} s after the click")
    expect(page.locator(".st-key-results")).to_be_visible(timeout=TRAINED_MS)
    page.evaluate("clearInterval(window.recording)")  # pictures, as long as the page is open
    return Watched(page, page.evaluate("window.samples"), frames)


# Notes four times a second what the monitor shows; the node that is marked must be the same one to the end.
RECORD = """() => {
  window.samples = [];
  const marked = document.querySelector("[data-testid=monitor]");
  const text = (selector) => marked.querySelector(selector)?.textContent ?? "";
  const pixels = (selector) => marked.querySelector(selector).toDataURL();
  window.recording = setInterval(() => window.samples.push({
    at: Date.now(),
    same: document.querySelector("[data-testid=monitor]") === marked,
    status: text("[data-testid=status]"),
    epoch: text(".lab-epoch"),
    pace: text(".lab-pace"),
    done: Number(marked.querySelector("[role=progressbar]").getAttribute("aria-valuenow")),
    points: marked.querySelector("[data-testid=loss-chart]").data?.[1].x.length ?? 0,
    map: pixels("[data-testid=live-map]"),
    digits: pixels("[data-testid=reconstruction]"),
  }), 250);
}"""


def listen(socket: WebSocket, frames: list[tuple[float, str]]) -> None:
    """To Streamlit; the events of a run come over a websocket of their own."""
    if not urlsplit(socket.url).path.endswith("/_stcore/stream"):
        return
    socket.on("framesent", lambda _: frames.append((1000 * time.time(), "sent")))
    socket.on("framereceived", lambda _: frames.append((1000 * time.time(), "received")))


def open_page(context: BrowserContext, address: str) -> Page:
    return at_the_form(context.new_page(), address)


def at_the_form(page: Page, address: str) -> Page:
    page.goto(address)
    page.get_by_test_id("monitor").wait_for()
    expect(page.locator(".st-key-start button")).to_be_visible()
    return page


def start_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Start training")


def status(page: Page) -> Locator:
    return page.get_by_test_id("status")


def settled(page: Page) -> None:
    """Wait until Streamlit has drawn what was asked last: a box that is drawn anew under the keys mixes old and new."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def choose(page: Page, key: str, option: str) -> None:
    """Pick an option of a select box."""
    settled(page)
    page.locator(f".st-key-{key} input").click()
    page.get_by_role("option", name=option, exact=True).click()


def type_into(page: Page, key: str, text: str) -> None:
    settled(page)
    box = page.locator(f".st-key-{key} input")
    box.fill(text)
    box.press("Enter")
    box.blur()  # takes over what a busy browser has not yet
    settled(page)


def slider(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-{key}").get_by_role("slider")


def start(page: Page) -> str:
    """Press Start; the id of the run that begins."""
    before = page.url
    start_button(page).click()
    page.wait_for_function("before => location.href !== before && /run=/.test(location)", arg=before)
    page.get_by_test_id("status").wait_for()
    return page.url.split("run=")[1]


def open_advanced(page: Page) -> None:
    page.get_by_text("Advanced", exact=True).click()
    expect(page.locator(".st-key-encoder input")).to_be_visible()


def open_layers(page: Page) -> Locator:
    page.get_by_text("Layers", exact=True).click()
    return page.locator(".st-key-choose table")


def pixels(locator: Locator) -> str:
    return str(locator.evaluate("canvas => canvas.toDataURL()"))


def epochs_done(page: Page) -> float:
    return float(page.get_by_role("progressbar").get_attribute("aria-valuenow") or 0)


def loss_points(page: Page) -> int:
    return int(page.evaluate(f"document.querySelector('{LIVE_CHART}').data[1].x.length"))


def run_row(page: Page, run: str) -> Locator:
    return page.locator(f"[data-testid=run-row][data-run='{run}']")


def edit(page: Page, run: str) -> Locator:
    """The dialog for name, note and delete: behind the dots at the end of a run's row."""
    run_row(page, run).get_by_test_id("run-more").click()
    return page.get_by_test_id("run-dialog")


def dark(page: Page) -> bool:
    red = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor.match(/\\d+/)")
    return int(red[0]) < 128


# ---- before the first click ----


def test_the_app_opens_on_a_replay_that_moves(visit: Visit):
    page = visit("/", reduced_motion="no-preference")
    assert page.url.endswith("/train")
    expect(page.get_by_text("This is what you are about to do: Quick map, recorded earlier.")).to_be_visible()
    the_map = page.get_by_test_id("live-map")
    expect(the_map).to_have_attribute("aria-label", re.compile("5,000 digits"))
    page.wait_for_function(f"() => document.querySelector('{CHART}').data?.[1].x.length > 3")
    before = pixels(the_map)
    eventually(lambda: pixels(the_map) != before)  # an epoch of the recording takes 1.6 s
    page.get_by_test_id("replay-toggle").click()

    def at_rest() -> str | None:
        """What it shows once the last morph has ended."""
        now = pixels(the_map)
        page.wait_for_timeout(600)
        return now if pixels(the_map) == now else None

    still = eventually(at_rest)
    page.wait_for_timeout(1500)
    assert pixels(the_map) == still


def test_the_first_visit_says_what_this_is_until_it_is_closed_and_again_from_the_menu(visit: Visit):
    page = visit("/train", viewport={"width": 1366, "height": 768})
    introduction = page.get_by_test_id("introduction")
    expect(introduction).to_contain_text("An autoencoder squeezes each picture into two numbers")
    written = introduction.locator(".lab-intro-code span").all_inner_texts
    before = eventually(lambda: all(re.fullmatch(r"−?\d+\.\d\d", each) for each in written()) and written())
    introduction.get_by_test_id("another-digit").press("Enter")
    assert written() != before
    introduction.get_by_test_id("introduction-close").click()
    page.reload()
    expect(page.get_by_test_id("monitor")).to_be_visible()
    expect(introduction).to_be_hidden()
    page.locator(".st-key-corner button:visible").last.click()
    page.get_by_role("link", name="What is an autoencoder?").click()
    expect(introduction).to_be_in_viewport()


def test_start_is_in_sight_without_scrolling(visit: Visit):
    box = start_button(visit("/")).bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 768


@pytest.mark.parametrize(
    ("preset", "parameters", "funnel"),
    [
        ("Course 8-D", "352,664", "784-256-128-64-8-64-128-784"),
        pytest.param("Course 2-D", "353,778", "784-256-128-64-16-2-16-64-128-784", marks=pytest.mark.proof),
    ],
)
def test_the_course_networks_have_the_course_s_parameters(visit: Visit, preset: str, parameters: str, funnel: str):
    page = visit("/")
    choose(page, "preset", preset)
    expect(page.locator(".lab-funnel")).to_have_attribute("aria-label", funnel)
    expect(page.get_by_text(f"{parameters} parameters,")).to_be_visible()
    table = open_layers(page)
    expect(table).to_contain_text("latent_layer")
    counts = table.locator("td:last-child").all_inner_texts()
    assert sum(int(count.replace(",", "")) for count in counts) == int(parameters.replace(",", ""))
    expect(page.get_by_text(f"This is what you are about to do: {preset}, recorded earlier.")).to_be_visible()


def test_latent_dimensions_depth_and_widths_change_the_network(visit: Visit):
    page = visit("/")
    funnel = page.locator(".lab-funnel")
    expect(funnel).to_have_attribute("aria-label", "784-256-128-64-2-64-128-256-784")
    slider(page, "latent_dim").press("ArrowRight")
    expect(funnel).to_have_attribute("aria-label", "784-256-128-64-3-64-128-256-784")
    expect(page.get_by_text("Recorded earlier with Quick map.")).to_be_visible()
    slider(page, "depth").press("ArrowRight")
    expect(funnel).to_have_attribute("aria-label", "784-256-128-64-16-3-16-64-128-256-784")
    open_advanced(page)
    type_into(page, "encoder", "30, 20")
    expect(funnel).to_have_attribute("aria-label", "784-30-20-3-20-30-784")
    expect(page.get_by_text("49,247 parameters,")).to_be_visible()  # by hand
    expect(slider(page, "depth")).to_have_value("2")


def test_a_file_of_ones_own_is_looked_at_added_and_chosen(visit: Visit, tmp_path: Path):
    images, labels = synthetic_digits(120)
    np.savez(tmp_path / "letters.npz", images=255 - images, letter=np.array(list("ABCDEFGHIJ"))[labels])
    (tmp_path / "broken.csv").write_bytes(b"%PDF-1.7\0")
    page = visit("/")
    page.get_by_test_id("dataset-open").click()
    choose = page.get_by_test_id("dataset-file")
    choose.set_input_files(tmp_path / "broken.csv")
    expect(page.get_by_test_id("dataset-error")).to_contain_text("broken.csv is of no kind that is read here")
    choose.set_input_files(tmp_path / "letters.npz")
    preview = page.get_by_test_id("dataset-preview")
    expect(preview).to_contain_text("The background is bright")
    expect(preview).to_contain_text("10 labels: A, B, C")
    expect(preview.locator("canvas")).to_have_count(24)
    page.get_by_test_id("dataset-held-out").fill("50")
    page.get_by_test_id("dataset-held-out").press("Tab")
    expect(preview).to_contain_text("60 held out, 60 to train on")
    page.get_by_test_id("dataset-name").fill("My letters")
    page.get_by_test_id("dataset-add").click()
    expect(page.get_by_test_id("dataset-added")).to_contain_text("“My letters” is added and chosen")
    expect(page).to_have_url(re.compile("dataset=own(:|%3A)"))  # it is chosen
    page.get_by_test_id("dataset-open").click()
    expect(page.get_by_text("My letters, 120 images")).to_be_visible()
    page.get_by_test_id("dataset-delete").click()
    page.get_by_test_id("dataset-delete-sure").click()
    expect(page.get_by_text("My letters, 120 images")).to_have_count(0)


def test_an_impossible_network_says_why_and_cannot_start(visit: Visit):
    page = visit("/")
    open_advanced(page)
    type_into(page, "encoder", "wide")
    expect(page.get_by_text("Expected widths such as 256-128-64")).to_be_visible()
    expect(start_button(page)).to_be_disabled()
    type_into(page, "encoder", "32")
    expect(start_button(page)).to_be_enabled()
    expect(page.get_by_text("Expected widths such as")).to_have_count(0)


def test_a_reload_keeps_the_form_and_back_brings_the_one_before(visit: Visit):
    page = visit("/train?preset=best-map&epochs=7&lock=epochs")
    expect(page.locator(".st-key-epochs input")).to_be_disabled()
    entries = page.evaluate("history.length")
    type_into(page, "seed", "9")
    page.wait_for_url("**/train?preset=best-map&epochs=7&seed=9&lock=epochs")
    assert page.evaluate("history.length") == entries
    page.reload()
    expect(page.locator(".st-key-seed input")).to_have_value("9")
    expect(page.locator(".st-key-epochs input")).to_have_value("7")
    page.get_by_role("button", name="Change them anyway").click()
    run_row(page, "course-8d").get_by_test_id("run-open").click()
    page.wait_for_url("**/train?run=course-8d")
    expect(page.locator(".st-key-seed input")).to_have_value("3")
    page.go_back()
    expect(page.locator(".st-key-seed input")).to_have_value("9")
    expect(page.locator(".st-key-corner")).to_contain_text("No run is open")
    page.go_forward()
    expect(page.locator(".st-key-seed input")).to_have_value("3")
    expect(page.locator(".st-key-corner")).to_contain_text("Course 8-D")


def test_the_sweep_page_keeps_both_forms_over_a_reload(visit: Visit):
    page = visit("/train")
    page.goto("/sweep?preset=best-map&epochs=7")
    values = page.get_by_label("Values of Latent dimensions, with commas")
    values.fill("3, 5")
    values.press("Enter")
    page.wait_for_url("**/sweep?preset=best-map&epochs=7&vary=latent_dim:3,5")
    page.reload()
    expect(values).to_have_value("3, 5")
    expect(page.get_by_text("2 trainings, about")).to_be_visible()
    page.get_by_role("link", name="Change the form").click()
    page.wait_for_url("**/train?preset=best-map&epochs=7")
    page.go_back()
    expect(values).to_have_value("3, 5")


# ---- a training, watched ----


def test_loss_map_and_digits_move_while_it_trains(quick_map: Watched):
    samples = [sample for sample in quick_map.samples if "Training" in sample["status"]]
    points = [sample["points"] for sample in samples]
    assert points == sorted(points)
    assert len(set(points)) >= 4
    done = [sample["done"] for sample in samples]
    assert done == sorted(done)
    assert len({sample["map"] for sample in samples}) >= 5  # five epochs, morphing from each to the next
    assert len({sample["digits"] for sample in samples}) >= 4


def test_progress_tells_epoch_pace_and_time_left(quick_map: Watched):
    told = " ".join({f"{sample['epoch']} {sample['pace']};" for sample in quick_map.samples})
    for words in (r"epoch [2-5] of 5", r"[\d.]+ s each", r"[\d.]+ s left"):
        assert re.search(words, told), told


def test_no_page_is_drawn_anew_while_it_trains(quick_map: Watched):
    late = [s for s in quick_map.samples if "Training" in s["status"] and s["done"] >= 2]
    assert len(late) >= 5
    assert all(sample["same"] for sample in late)
    between = [f for f in quick_map.frames if late[0]["at"] < f[0] < late[-1]["at"]]
    assert quick_map.frames  # it was listened to
    assert between == []


def test_the_results_stand_beside_pca_in_both_units(quick_map: Watched):
    results = quick_map.page.locator(".st-key-results")
    held_out, pca = figure(results, "Held-out MSE"), figure(results, "PCA with 2 components")
    assert held_out < 0.040
    assert pca == pytest.approx(0.0557, abs=1e-4)
    expect(results).to_contain_text(f"{pca * GREY_SQUARED:,.0f}"[:3])
    written = re.search(r"([\d,]+) grey² · on 10,000 held-out digits", results.inner_text())
    assert written is not None
    assert int(written[1].replace(",", "")) == pytest.approx(held_out * GREY_SQUARED, abs=0.00005 * GREY_SQUARED)
    expect(results).to_contain_text("Training MSE")
    expect(results).to_contain_text("kNN accuracy")
    expect(results).not_to_contain_text("The course")


def test_the_results_are_one_line_of_figures(quick_map: Watched):
    metrics = quick_map.page.locator(".st-key-results [data-testid=stMetric]")
    expect(metrics).to_have_count(5)
    tops = metrics.evaluate_all("metrics => metrics.map((metric) => Math.round(metric.getBoundingClientRect().top))")
    assert len(set(tops)) == 1


def test_the_next_steps_lead_to_the_run(quick_map: Watched):
    run = quick_map.page.url.split("run=")[1]
    for label in ("Explore the map", "See the reconstructions"):
        expect(quick_map.page.get_by_role("link", name=label)).to_have_attribute("href", re.compile(f"run={run}"))
    expect(quick_map.page.get_by_role("button", name="Train another")).to_be_visible()


@pytest.mark.proof
def test_a_run_of_a_minute_ago_is_explored_like_any_other(quick_map: Watched, served: App):
    run_id, store = quick_map.page.url.split("run=")[1], RunStore(models_of(served))
    truth = Truth(run := store.load(run_id), store.model_of(run))
    page = quick_map.page.context.new_page()
    page.goto(quick_map.page.get_by_role("link", name="Explore the map").get_attribute("href") or "")
    opened = Map(page).ready()
    step = np.ptp(truth.space.codes, axis=0) / 65_535
    drawn = np.sort(opened.drawn(), axis=0)
    assert (np.abs(drawn - np.sort(truth.space.codes, axis=0)).max(axis=0) <= 2 * step).all()
    row = int(lonely(opened, truth.space.codes, 1)[0])
    opened.point(opened.screen(truth.space.codes[[row]])[0])
    expect_digit(opened, truth, row)
    page.goto(quick_map.page.get_by_role("link", name="See the reconstructions").get_attribute("href") or "")
    first = page.get_by_test_id("card").first.get_by_test_id("reconstruction")
    first.wait_for()
    shown = np.array(first.evaluate(RED))
    assert np.abs(shown - truth.decoded(truth.space.codes[:1])[0]).max() <= LEVELS
    page.close()


def figure(results: Locator, label: str) -> float:
    metric = results.get_by_test_id("stMetric").filter(has_text=label)
    return float(metric.get_by_test_id("stMetricValue").inner_text())


def test_the_chart_switches_scale_and_unit(quick_map: Watched):
    page = quick_map.page

    def shown(what: str) -> Any:
        return page.evaluate(f"document.querySelector('{CHART}').{what}")

    mse = shown("data[2].y.at(-1)")
    assert shown("layout.yaxis.type") == "linear"
    page.get_by_test_id("scale-log").click()
    page.wait_for_function(f"() => document.querySelector('{CHART}').layout.yaxis.type === 'log'")
    page.get_by_test_id("unit-grey").click()
    page.wait_for_function(f"() => document.querySelector('{CHART}').data[2].y.at(-1) > 1000")
    assert shown("data[2].y.at(-1)") == pytest.approx(mse * GREY_SQUARED)
    page.get_by_test_id("unit-mse").click()
    page.get_by_test_id("scale-linear").click()
    page.wait_for_function(f"() => document.querySelector('{CHART}').layout.yaxis.type === 'linear'")
    assert shown("data[2].y.at(-1)") == mse


def test_the_pointer_reads_exact_values_in_both_units(quick_map: Watched):
    page = quick_map.page
    page.locator(CHART).scroll_into_view_if_needed()
    mse = page.evaluate(f"document.querySelector('{CHART}').data[2].y.at(-1)")
    box = page.locator(f"{CHART} .nsewdrag").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.move(box["x"] + box["width"] / 1.012 - 1, box["y"] + 0.5 * box["height"], steps=5)
    words = page.locator(f"{CHART} .hoverlayer")
    expect(words).to_contain_text(f"{mse:.4f}")
    expect(words).to_contain_text(f"{mse * GREY_SQUARED:,.0f} grey²")
    expect(words).to_contain_text("held out")


# ---- what one looks for is in sight ----

LAPTOP, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}


def out_of_sight(page: Page, *wanted: Locator) -> list[str]:
    """Of these, at the top of the page: what a laptop or a phone does not show whole before it is scrolled."""
    usual, missed = page.viewport_size, []
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    for screen in (LAPTOP, PHONE):
        page.set_viewport_size(screen)  # type: ignore[arg-type]
        page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        for each in wanted:
            box = each.bounding_box()
            whole = box and box["x"] >= 0 and box["y"] >= 0 and box["x"] + box["width"] <= screen["width"]
            if not (box and whole and box["y"] + box["height"] <= screen["height"]):
                missed.append(f"{each} at {screen}: {box}")
    page.set_viewport_size(usual)  # type: ignore[arg-type]
    return missed


def test_of_a_run_that_has_ended_the_loss_and_the_way_to_the_map_are_in_sight(visit: Visit):
    page = visit("/train?run=quick-map")
    reading, explore = page.get_by_test_id("reading"), page.get_by_role("link", name="Explore the map")
    expect(reading).to_have_text(re.compile(r"\d"))
    assert float(reading.inner_text()) == figure(page.locator(".st-key-results"), "Held-out MSE")
    assert out_of_sight(page, reading, explore) == []


# ---- a training, steered ----


@pytest.fixture(scope="module")
def long_run(owner: BrowserContext, quick_map: Watched) -> Page:
    """A training that does not end by itself, paused before each test."""
    page = open_page(owner, "/train?epochs=500")
    start(page)
    expect(status(page)).to_have_text("Training")
    return page


def paused(page: Page) -> float:
    """Pause where it trains; the epochs done."""
    expect(status(page)).to_have_text(re.compile("Training|Paused"))
    if status(page).inner_text() == "Training":
        page.get_by_test_id("pause").click()
    expect(status(page)).to_have_text("Paused")
    return epochs_done(page)


def test_pause_holds_and_resume_goes_on_by_mouse(long_run: Page):
    at = paused(long_run)
    long_run.wait_for_timeout(1500)
    assert epochs_done(long_run) == at
    long_run.get_by_test_id("resume").click()
    expect(status(long_run)).to_have_text("Training")
    long_run.wait_for_function(f"() => document.querySelector('[role=progressbar]').ariaValueNow > {at}")


def test_pause_and_resume_by_keyboard(long_run: Page):
    paused(long_run)
    long_run.get_by_test_id("resume").focus()
    long_run.keyboard.press("Enter")
    expect(status(long_run)).to_have_text("Training")
    expect(long_run.get_by_test_id("pause")).to_be_focused()  # the keyboard stays where it was
    long_run.keyboard.press("Space")
    expect(status(long_run)).to_have_text("Paused")


@pytest.mark.proof
def test_one_epoch_trains_to_the_end_of_an_epoch(long_run: Page):
    at = paused(long_run)
    long_run.get_by_test_id("step").click()
    eventually(lambda: epochs_done(long_run) > at and status(long_run).inner_text() == "Paused")
    done = epochs_done(long_run)
    assert done == int(done)
    assert at - 0.005 <= done <= at + 1  # the page rounds to hundredths


def test_the_learning_rate_changes_and_nonsense_is_refused(long_run: Page):
    paused(long_run)
    rate = long_run.get_by_test_id("rate")
    rate.fill("7")
    rate.press("Enter")
    refused = long_run.get_by_text("That is no learning rate; the old one stays.")
    expect(refused).to_be_visible()
    rate.fill("0.0012")
    rate.press("Enter")
    noticed = long_run.get_by_test_id("notice").filter(has_text="Learning rate set to 0.0012")
    expect(noticed).to_be_visible()
    expect(refused).to_be_hidden()
    assert out_of_sight(long_run, long_run.get_by_test_id("reading"), noticed, long_run.get_by_test_id("resume")) == []


def test_the_tab_key_reaches_start_and_the_monitor(long_run: Page):
    paused(long_run)
    long_run.locator(".st-key-preset input").focus()
    wanted = {"start", "resume", "step", "stop", "rate", "scale-log", "unit-grey"}
    reached: set[str] = set()
    for _ in range(60):
        long_run.keyboard.press("Tab")
        reached.add(long_run.evaluate("document.activeElement.dataset.testid ?? ''"))
        if long_run.evaluate("Boolean(document.activeElement.closest('.st-key-start'))"):
            reached.add("start")
    assert wanted <= reached


def test_the_address_shows_the_run_after_a_reload_and_in_another_tab(long_run: Page):
    at = paused(long_run)
    other = open_page(long_run.context, long_run.url)
    long_run.reload()
    for page in (other, long_run):
        expect(status(page)).to_have_text("Paused")
        expect(page.get_by_test_id("resume")).to_be_visible()
        assert epochs_done(page) == at
    other.close()


@pytest.mark.proof
def test_it_trains_on_while_nobody_looks_and_is_there_again(long_run: Page):
    paused(long_run)
    long_run.get_by_test_id("resume").click()
    expect(status(long_run)).to_have_text("Training")
    address, at = long_run.url, epochs_done(long_run)
    long_run.reload()
    expect(status(long_run)).to_have_text("Training")
    long_run.wait_for_function(f"() => document.querySelector('[role=progressbar]').ariaValueNow > {at}")
    at = epochs_done(long_run)
    long_run.goto("about:blank")  # no page of this browser is open
    long_run.wait_for_timeout(3000)
    long_run.goto(address)
    expect(status(long_run)).to_have_text("Training")
    first = long_run.wait_for_function(
        f"() => document.querySelector('{LIVE_CHART}')?.data?.[1]?.x.at(-1)"
    ).json_value()
    assert first > at
    points = long_run.evaluate(f"document.querySelector('{LIVE_CHART}').data[1].x")
    assert max(np.diff([0, *points])) < 0.2  # nothing is missing in between


def test_twenty_tabs_may_watch_and_each_is_told(long_run: Page):
    """A browser opens six endless answers to a server; a seventh tab used to wait for ever, and every fetch with it."""
    run = long_run.url.split("run=")[1]
    stream, events = asset_url("shared/event_stream.js"), run_events_url(run, "en")
    told, fetched = long_run.evaluate(_TWENTY_TABS, [stream, events])
    assert told == ["run"] * 20
    assert fetched == 200


_TWENTY_TABS = """async ([stream, events]) => {
  const { EventStream } = await import(new URL(stream, document.baseURI));
  const open = [];
  const tab = () => new Promise((told) => {
    open.push(new EventStream(events, {
      opened() {}, connection() {}, refused: told, heard: ({ type }) => told(type),
    }));
  });
  const told = await Promise.all(Array.from({ length: 20 }, tab));
  const { status } = await fetch("healthz");
  open.forEach((each) => each.close());
  return [told, status];
}"""


@pytest.mark.proof
def test_cut_off_for_a_while_it_shows_what_was_trained_meanwhile(long_run: Page, served: App, chromium: Browser):
    """A lid that is closed, a room without network. (Playwright's `set_offline` leaves open streams as they are.)"""
    context = chromium.new_context()  # what it complains of is meant
    context.set_default_timeout(WAIT_MS)
    paused(long_run)
    long_run.get_by_test_id("resume").click()
    expect(status(long_run)).to_have_text("Training")
    port = urlsplit(served.url).port or 0
    with relay(port) as cable:
        page = open_page(context, long_run.url.replace(f":{port}", f":{cable.port}"))
        expect(status(page)).to_have_text("Training")
        page.wait_for_function(f"() => document.querySelector('{LIVE_CHART}')?.data?.[1]?.x.length > 0")
        cable.cut()
        expect(page.get_by_test_id("progress")).to_contain_text("Reconnecting …")
        page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        at = epochs_done(page)  # what had come before is drawn with the next picture
        page.wait_for_timeout(2000)
        assert epochs_done(page) == at
        cable.mend()
        page.wait_for_function(f"() => document.querySelector('{LIVE_CHART}')?.data?.[1]?.x.at(-1) > {at}")
        points = page.evaluate(f"document.querySelector('{LIVE_CHART}').data[1].x")
        assert points == sorted(set(points))
        assert max(np.diff([0, *points])) < 0.2  # nothing is missing in between
        context.close()


@pytest.mark.proof
def test_the_page_says_that_a_killed_worker_cost_nothing(long_run: Page, request: pytest.FixtureRequest):
    paused(long_run)
    long_run.get_by_test_id("resume").click()
    expect(status(long_run)).to_have_text("Training")
    (worker,) = shared_cluster(request.config).run(os.getpid).values()
    psutil.Process(worker).kill()
    expect(long_run.get_by_test_id("notice").filter(has_text="A worker stopped in the middle")).to_be_visible(
        timeout=TRAINED_MS
    )
    expect(status(long_run)).to_have_text("Training")


def test_a_run_that_was_interrupted_goes_on_from_the_page(served: App, new_context: Callable[..., BrowserContext]):
    training = Training(batch_size=512, epochs=1, learning_rate=0.01, schedule="constant", seed=3)
    run = Run("left-behind", Architecture(encoder=(32,)), training, owner=hashed(SECRET), status="training")
    RunStore(models_of(served)).save(run)
    context = new_context()
    context.add_cookies([{"name": "lab_owner", "value": SECRET, "url": served.url}])
    page = open_page(context, f"/train?run={run.id}")
    stopped = page.get_by_test_id("stAlert").filter(has_text="The app stopped in the middle of this training.")
    expect(stopped).to_be_visible()
    page.locator(".st-key-resume-interrupted button").click()
    expect(page.locator(".st-key-results")).to_be_visible(timeout=TRAINED_MS)
    expect(stopped).to_have_count(0)
    context.close()


def test_another_browser_may_watch_but_not_steer(long_run: Page, visit: Visit):
    paused(long_run)
    stranger = visit(long_run.url)
    expect(status(stranger)).to_have_text("Paused")
    for command in ("pause", "resume", "step", "stop"):
        expect(stranger.get_by_test_id(command)).to_be_hidden()
    expect(stranger.get_by_test_id("rate")).to_be_disabled()
    run = long_run.url.split("run=")[1]
    expect(run_row(stranger, run).get_by_test_id("run-open")).to_be_visible()
    expect(run_row(stranger, run).get_by_role("button")).to_have_count(0)  # it can be opened, no more
    refused = stranger.request.post(f"/api/runs/{run}/commands", data={"action": "stop"})
    assert refused.status == 403
    assert "Only the browser that started this training" in refused.json()["error"]
    expect(status(long_run)).to_have_text("Paused")


@pytest.mark.proof
def test_a_run_that_waits_tells_its_place_the_time_and_what_it_waits_for(long_run: Page, visit: Visit):
    """What the server says of such a run is in its own tests; a worker is free here sooner than a browser looks."""
    paused(long_run)
    run = long_run.url.split("run=")[1]
    told = {
        "type": "run", "id": run, "name": "", "status": "waiting", "status_label": "Waiting", "ended": False,
        "mine": True, "commands": COMMANDS["waiting"], "epoch": 0, "epochs": 500,
        "learning_rate": 0.003, "seconds_per_epoch": None, "seconds_left": None, "sharing": 4, "place": 3, "wait": 12.4,
        "message": "3 other runs come first; everyone takes turns of half a second.",
    }  # fmt: skip
    page = visit("/")
    page.route_web_socket(f"**/api/runs/{run}/events*", lambda socket: socket.send(json.dumps(told)))
    page.route(f"**/api/runs/{run}/commands*", lambda route: route.fulfill(json={}))
    page.goto(long_run.url)
    expect(status(page)).to_have_text("Waiting")
    expect(page.locator(".lab-pace")).to_have_text("place 3 in the queue · about 12 s to wait")
    expect(page.get_by_test_id("progress")).to_contain_text("3 other runs come first")
    for command, there in (("pause", True), ("stop", True), ("resume", False)):
        expect(page.get_by_test_id(command)).to_be_visible(visible=there)
    with page.expect_request(f"**/api/runs/{run}/commands*") as asked:
        page.get_by_test_id("pause").click()
    assert asked.value.post_data_json["action"] == "pause"


@pytest.mark.proof
def test_two_runs_take_turns_and_say_so(long_run: Page, visit: Visit):
    paused(long_run)
    long_run.get_by_test_id("resume").click()
    other = visit("/")
    type_into(other, "epochs", "400")
    start(other)
    for page in (other, long_run):
        expect(page.locator(".lab-pace")).to_contain_text("2 runs share this computer")
    other.get_by_test_id("stop").click()
    expect(status(other)).to_have_text("Stopped and kept")
    expect(long_run.locator(".lab-pace")).not_to_contain_text("share")


def step(page: Page) -> None:
    """One epoch, or what is left of the one under way."""
    done = int(epochs_done(page))
    expect(page.get_by_test_id("step")).to_be_enabled()
    page.get_by_test_id("step").click()
    eventually(lambda: epochs_done(page) >= done + 1 and status(page).inner_text() == "Paused")


def spoil(page: Page) -> None:
    """Train an epoch with an absurd learning rate, which is asked about first; a good one lies behind."""
    paused(page)
    step(page)
    rate, question = page.get_by_test_id("rate"), page.get_by_test_id("question")
    rate.fill("1")
    rate.press("Enter")
    question.get_by_role("button", name="Set it to 1").click()
    expect(question).to_be_hidden()
    step(page)


def test_before_an_absurd_rate_comes_a_word_and_the_way_back_leads_out_of_it(long_run: Page):
    paused(long_run)
    rate, question = long_run.get_by_test_id("rate"), long_run.get_by_test_id("question")
    before = rate.input_value()
    rate.fill("1")
    rate.press("Enter")
    expect(question).to_contain_text("times the learning rate now")
    expect(question.get_by_role("button", name=f"Keep {before}")).to_be_focused()
    long_run.keyboard.press("Escape")
    expect(question).to_be_hidden()
    assert rate.input_value() == before
    spoil(long_run)
    back = long_run.get_by_test_id("go_back")
    expect(back).to_have_text(re.compile(r"Go on from epoch \d+"))
    expect(long_run.get_by_test_id("loss-chart").get_by_text("rate 1", exact=True)).to_be_visible()
    back.click()
    expect(long_run.get_by_test_id("notice").filter(has_text="Went back to epoch")).to_be_visible()
    # The rate of the epoch that it went back to, which may lie before an earlier test's change.
    expect(rate).to_have_value(re.compile(f"^(0.006|{before})$"))
    expect(long_run.get_by_test_id("loss-chart").get_by_text("rate 1", exact=True)).to_have_count(0)
    expect(long_run.get_by_test_id("loss-chart").get_by_text("back to")).to_be_visible()


def test_stop_keeps_what_was_learned(long_run: Page):
    """Where the best epoch lies behind, the one that is wanted."""
    spoil(long_run)
    long_run.get_by_test_id("stop").click()
    keep = long_run.get_by_test_id("question").get_by_role("button", name=re.compile("Keep the best: epoch "))
    best = keep.inner_text().removeprefix("Keep the best: epoch ")
    keep.click()
    expect(status(long_run)).to_have_text("Stopped and kept")
    expect(long_run.locator(".lab-epoch")).to_have_text(f"epoch {best} of 500")
    results = long_run.locator(".st-key-results")
    expect(results).to_be_visible()
    assert figure(results, "Held-out MSE") < 0.0673  # better than the average digit
    expect(long_run.get_by_test_id("resume")).to_be_hidden()


# ---- the course ----


def test_the_shipped_course_stands_beside_the_course_s_own_figure(visit: Visit):
    page = visit("/train?run=course-2d")
    results = page.locator(".st-key-results")
    expect(results).to_contain_text("The course")
    assert figure(results, "The course") * GREY_SQUARED == pytest.approx(2842.8, abs=4)
    expect(results).to_contain_text("2,843 grey²")
    shown = figure(results, "Training MSE")
    expect(page.get_by_test_id("reading")).to_have_text(f"{shown:.4f}")
    expect(page.locator(".st-key-corner")).to_contain_text(f"{shown:.4f}")
    meaning = page.get_by_test_id("term-mse").first
    meaning.focus()
    expect(page.get_by_test_id("term-card")).to_contain_text("mean squared error")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("term-card")).to_have_count(0)
    expect(page.get_by_text("All 70,000 digits were trained on, as in the course")).to_be_visible()
    expect(page.locator(".lab-legend")).to_contain_text("the course")
    page.wait_for_function(f"() => document.querySelector('{CHART}').data?.[0].y.filter(Boolean).length === 4")


@pytest.mark.proof
def test_the_course_trained_from_the_page_ends_where_the_course_ended(visit: Visit):
    page = visit("/")
    choose(page, "preset", "Course 8-D")
    expect(page.locator(".st-key-epochs input")).to_have_value("20")
    start(page)
    expect(page.locator(".lab-legend")).to_contain_text("the course")  # beside it from the start
    page.wait_for_function(f"() => document.querySelector('{LIVE_CHART}').data?.[0].y.filter(Boolean).length > 0")
    line = page.evaluate(f"(({{ name, line }}) => [name, line.dash])(document.querySelector('{LIVE_CHART}').data[0])")
    assert line[1] == "dot", line
    results = page.locator(".st-key-results")
    expect(results).to_be_visible(timeout=TRAINED_MS)
    points = page.evaluate(f"document.querySelector('{LIVE_CHART}').data.map(({{ y }}) => y.at(-1))")
    print(f"Course 8-D from the page: {points}, {results.inner_text()!r}")
    assert 1450 < figure(results, "Training MSE") * GREY_SQUARED < 1900
    expect(results).to_contain_text("The course")


@pytest.fixture(scope="module")
def shortened(owner: BrowserContext, quick_map: Watched) -> Page:
    """Course 2-D, but for one epoch only."""
    page = open_page(owner, "/train")
    choose(page, "preset", "Course 2-D")
    expect(page.locator(".st-key-epochs input")).to_have_value("40")
    type_into(page, "epochs", "1")
    expect(page.locator(".st-key-epochs input")).to_have_value("1")
    expect(page.get_by_text("Recorded earlier with Course 2-D.")).to_be_visible()
    start(page)
    expect(page.locator(".st-key-results")).to_be_visible(timeout=TRAINED_MS)
    return page


@pytest.mark.proof
def test_a_shortened_course_is_no_longer_the_course(shortened: Page):
    results = shortened.locator(".st-key-results")
    expect(results).to_contain_text("on the 70,000 digits it was trained on")
    expect(results).not_to_contain_text("Held-out MSE")
    expect(results).not_to_contain_text("The course")
    expect(shortened.get_by_role("link", name="256-128-64-16 · 2-D", exact=True)).to_be_visible()


@pytest.mark.proof
def test_a_learning_rate_far_too_high_is_explained(visit: Visit):
    page = visit("/")
    choose(page, "preset", "Course 8-D")
    expect(page.locator(".lab-funnel")).to_have_attribute("aria-label", re.compile("-8-"))
    slider(page, "learning_rate").press("End")
    expect(page.get_by_text("A learning rate of 1 is far too high here: above 0.1")).to_be_visible()
    expect(page.get_by_text("Recorded earlier with Course 8-D.")).to_be_visible()
    start(page)
    trouble = page.locator(".lab-notice:is(.lab-error, .lab-warning)").first
    expect(trouble).to_contain_text(re.compile(r"A learning rate of 1 is too high here|Try a lower learning rate"))
    with suppress(TookTooLong):  # a loss that became infinite has ended it already
        page.get_by_test_id("stop").click(timeout=3000)
    expect(status(page)).to_have_text("Stopped and kept")


# ---- the list of runs ----


def test_a_run_is_opened_from_the_list(shortened: Page, quick_map: Watched):
    run = quick_map.page.url.split("run=")[1]
    run_row(shortened, run).get_by_test_id("run-open").click()
    shortened.wait_for_url(f"**/train?run={run}")
    expect(shortened.locator(".st-key-results")).to_contain_text("Held-out MSE")
    shortened.go_back()
    expect(shortened.locator(".st-key-results")).to_contain_text("on the 70,000 digits it was trained on")


def test_a_run_is_taken_home_and_opens_again_from_its_file(visit: Visit, tmp_path: Path):
    page = visit("/train?run=best-map")
    home = page.locator(".st-key-where-next").get_by_test_id("take-home")
    home.click()
    with page.expect_download(timeout=WAIT_MS) as codes:
        page.get_by_test_id("take-home-csv").click()
    assert codes.value.suggested_filename == "best-map-codes.csv"
    codes.value.save_as(tmp_path / "codes.csv")
    assert (tmp_path / "codes.csv").read_text().splitlines()[0] == "digit,label,held_out,mse,code_1,code_2"
    expect(page.get_by_test_id("take-home-status")).to_contain_text("best-map-codes.csv is saved")
    page.keyboard.press("Escape")
    expect(home).to_be_focused()
    with page.expect_download() as chart:
        page.locator(".lab-loss").get_by_test_id("picture-svg").click()
    chart.value.save_as(tmp_path / "loss.svg")
    drawn = (tmp_path / "loss.svg").read_text()
    assert all(f">{word}</text>" in drawn for word in ("epoch", "MSE", "training", "held out"))
    (tmp_path / "broken.zip").write_bytes(b"PK\3\4 and no more")
    page.get_by_test_id("run-file").set_input_files(tmp_path / "broken.zip")
    expect(page.get_by_test_id("run-file-error")).to_contain_text("no zip of a run and no Keras model")
    store = RunStore(tmp_path / "models", shipped=SHIPPED)
    page.get_by_test_id("run-file").set_input_files(zipped(store, store.load("best-map"), tmp_path / "run.zip"))
    page.wait_for_url(re.compile("run=[0-9a-f]{16}"))
    expect(page.locator(".st-key-results")).to_contain_text("0.0326")
    expect(run_row(page, page.url.split("run=")[1][:16])).to_have_attribute("data-whose", "mine")


def test_ticked_runs_are_compared_and_back_leads_to_the_list(visit: Visit):
    page = visit("/train")
    for run in ("quick-map", "best-map"):
        run_row(page, run).get_by_test_id("run-tick").check()
    entries = page.evaluate("history.length")
    page.get_by_test_id("run-compare").click()
    page.wait_for_url("**/compare?runs=quick-map,best-map")
    eventually(
        lambda: page.evaluate("document.querySelector('[data-testid=curves]')?.data?.every(({ y }) => y.length > 4)")
    )
    assert page.evaluate("history.length") == entries + 1
    last = page.evaluate("document.querySelector('[data-testid=curves]').data.map(({ y }) => y.at(-1).toFixed(4))")
    assert last == ["0.0375", "0.0326"]
    rows = page.get_by_test_id("digit-rows").locator(".lab-digit-row")
    expect(rows).to_have_count(3)
    drawn = [pixels(rows.nth(i).locator("canvas").nth(7)) for i in range(3)]
    assert len(set(drawn)) == 3
    expect(page.locator(".lab-beside .lab-best").filter(has_text="0.0326")).to_be_visible()
    page.get_by_test_id("along-seconds").click()
    eventually(lambda: page.evaluate("document.querySelector('[data-testid=curves]').data[1].x.at(-1) > 41"))
    page.go_back()
    expect(page.get_by_test_id("run-list")).to_be_visible()
    assert page.url.endswith("/train")


def test_a_run_is_named_and_gets_a_note(quick_map: Watched, served: App):
    page, run = quick_map.page, quick_map.page.url.split("run=")[1]
    for name, note, send in (("My map", "", "Enter"), ("My first map", "too *fast*\nat epoch 3", "button")):
        settled(page)
        dialog = edit(page, run)
        dialog.get_by_test_id("run-note-text").fill(note)
        dialog.get_by_test_id("run-name").fill(name)
        if send == "Enter":
            page.keyboard.press("Enter")
        else:
            dialog.get_by_test_id("run-save").click()
        expect(run_row(page, run).get_by_test_id("run-open")).to_have_text(name)
    expect(run_row(page, run).get_by_test_id("run-note")).to_have_text("too *fast* at epoch 3")
    expect(page.locator(".st-key-corner")).to_contain_text("My first map · 0.0")
    assert RunStore(models_of(served)).load(run).note == "too *fast*\nat epoch 3"


def test_the_list_is_searched_sorted_and_chosen_from_without_the_server(quick_map: Watched, served: App):
    """Also with fifty runs of others."""
    store, page = RunStore(models_of(served)), quick_map.page.context.new_page()
    for i in range(50):
        training = Training(epochs=1 + i % 3, seed=i)
        store.save(Run(f"theirs-{i}", Architecture(encoder=(20,)), training, owner=hashed("them"), status="finished"))
    frames: list[tuple[float, str]] = []
    page.on("websocket", lambda socket: listen(socket, frames))
    page.goto("/train?run=quick-map")
    rows = page.get_by_test_id("run-row")
    expect(run_row(page, "quick-map")).to_have_class(re.compile("lab-open"))
    settled(page)
    image = run_row(page, "quick-map").locator("img")
    image.scroll_into_view_if_needed()
    page.wait_for_function("image => image.complete && image.naturalWidth === 128", arg=image.element_handle())
    frames.clear()
    own = rows.count()
    assert own < 50
    expect(page.locator("[data-run^=theirs]")).to_have_count(0)
    page.get_by_test_id("run-search").fill("course")
    expect(rows).to_have_count(2)
    page.get_by_test_id("run-search").fill("")
    page.get_by_test_id("sort-mse").click()
    expect(page.get_by_role("columnheader", name="Error")).to_have_attribute("aria-sort", "ascending")
    expect(rows.first).to_have_attribute("data-run", "best-8d")
    page.get_by_test_id("run-show-others").click()
    page.get_by_test_id("run-show-more").click()
    expect(page.locator("[data-run^=theirs]")).to_have_count(50)
    titles = page.locator("[data-run^=theirs] [data-testid=run-open]").all_inner_texts()
    assert len(set(titles)) == 50
    page.get_by_test_id("run-whose").select_option("person:")  # those without a nickname
    expect(run_row(page, "quick-map")).to_have_count(0)
    assert [what for _at, what in frames if what == "sent"] == []
    page.close()
    for i in range(50):
        store.delete(f"theirs-{i}")


def test_a_run_is_deleted_only_when_asked_twice(shortened: Page, served: App):
    page, run = shortened, shortened.url.split("run=")[1]
    folder = models_of(served) / run
    assert folder.is_dir()
    for answer, there in (("run-delete-dialog-cancel", 1), ("run-delete-confirm", 0)):
        settled(page)
        edit(page, run).get_by_test_id("run-delete").click()
        asked = page.get_by_test_id("run-delete-dialog")
        expect(asked.get_by_test_id("run-delete-dialog-cancel")).to_be_focused()  # a second Enter deletes nothing
        asked.get_by_test_id(answer).click()
        expect(asked).to_have_count(0)
        expect(run_row(page, run)).to_have_count(there)
        assert folder.is_dir() == bool(there)
    assert "run=" not in page.url
    page.goto("about:blank")  # the replay that it shows now would take a core from the tests that follow


def models_of(served: App) -> Path:
    return Path(psutil.Process(served.process.pid).environ()["MODELS_DIR"])


def test_an_address_without_a_run_says_so(visit: Visit):
    page = visit("/train?run=no-such-run")
    expect(page.get_by_text("There is no run no-such-run; it may have been deleted. Open another one.")).to_be_visible()
    expect(start_button(page)).to_be_enabled()


# ---- light and dark, languages, a phone ----


@pytest.mark.proof
def test_the_theme_follows_the_system_and_the_choice(visit: Visit):
    assert dark(visit("/train", color_scheme="dark"))
    page = visit("/train", color_scheme="light")
    assert not dark(page)
    page.locator(".st-key-corner button:visible").last.click()
    page.get_by_test_id("theme-dark").click()
    page.wait_for_function("() => performance.getEntriesByType('navigation')[0].type === 'reload'")
    page.get_by_test_id("monitor").wait_for()
    assert dark(page)


def test_spanish_by_the_browser_and_by_choice(visit: Visit):
    start_es, depth_es = translate("Start training", "es"), translate("Depth", "es")
    assert (start_es, depth_es) != ("Start training", "Depth")
    page = visit("/train", locale="es-MX")
    expect(page.get_by_role("button", name=start_es)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", re.compile("^es"))  # for screen readers
    expect(page.get_by_text(depth_es, exact=True)).to_be_visible()
    expect(page.locator(".st-key-choose")).to_contain_text(re.compile(r"[\d,]+ parámetros, \d+\.\d\d MB"))
    page = visit("/train")
    expect(start_button(page)).to_be_visible()
    page.locator(".st-key-corner button:visible").last.click()
    choose(page, "lang", "Español")
    expect(page.get_by_role("button", name=start_es)).to_be_visible()
    expect(page.get_by_role("heading", name=translate("Loss", "es"))).to_be_visible()


@pytest.mark.proof
def test_start_from_far_below_brings_the_monitor_into_sight(visit: Visit):
    page = visit("/train", viewport={"width": 1200, "height": 560})
    layers = page.locator(".st-key-choose [data-testid=stExpander]").last
    layers.locator("summary").click()
    layers.locator("table").scroll_into_view_if_needed()
    cells = layers.locator("td")
    lines = "(cell) => Math.round(cell.clientHeight / parseFloat(getComputedStyle(cell).lineHeight))"
    assert [cell.evaluate(lines) for cell in cells.all()] == [1] * 27
    expect(page.get_by_test_id("monitor")).not_to_be_in_viewport(ratio=0.9)
    settled(page)
    rows = page.get_by_test_id("run-row").count()
    start_button(page).dblclick()  # as some people press everything
    expect(status(page)).to_be_in_viewport()
    page.get_by_test_id("stop").click()
    expect(status(page)).to_have_text("Stopped and kept")
    expect(page.get_by_test_id("run-row")).to_have_count(rows + 1)


def test_a_phone_shows_the_monitor_first_and_scrolls_one_way_only(visit: Visit):
    page = visit("/train?run=quick-map", viewport={"width": 390, "height": 844})
    expect(page.locator(".st-key-results")).to_be_visible()
    wide = "[document.documentElement, document.querySelector('[data-testid=stMain]')].map((node) => node.scrollWidth)"
    assert max(page.evaluate(wide)) <= 390
    tops = [page.locator(f".st-key-{key}").bounding_box() for key in ("watch", "choose", "runs")]
    places = [box["y"] for box in tops if box]
    assert len(places) == 3
    assert places == sorted(places)
    page = visit("/train", viewport={"width": 390, "height": 844})
    assert max(page.evaluate(wide)) <= 390
    page.get_by_test_id("introduction-start").click()
    expect(status(page)).to_be_in_viewport()
    page.get_by_test_id("stop").click()


# ---- how long it takes ----


@pytest.mark.proof
def test_how_long_a_person_waits(new_context: Callable[..., BrowserContext], quick_map: Watched):
    """From the click, or the address, until it is drawn. `make figures` prints it; on an engine that is warm."""
    context = new_context(reduced_motion="reduce")
    page = context.new_page()
    took: dict[str, list[float]] = {}

    def timed(what: str, do: Callable[[], object], seen: Callable[[], object]) -> None:
        began = time.perf_counter()
        do()
        seen()
        took.setdefault(what, []).append(time.perf_counter() - began)

    def points() -> None:
        page.wait_for_function(f"() => document.querySelector('{LIVE_CHART}')?.data?.[1]?.x.length > 0")

    def more_points() -> Callable[[], object]:
        seen = loss_points(page)
        return lambda: eventually(lambda: loss_points(page) > seen)

    for visit in ("for the first time", *["again"] * 5):
        timed(
            f"the app's first picture, {visit}",
            lambda: page.goto("/train"),
            lambda: page.wait_for_function(f"() => document.querySelector('{CHART}')?.data?.[1].x.length > 0"),
        )
        timed(f"a map, {visit}", lambda: page.goto("/latent_space?run=quick-map"), lambda: Map(page).ready())
        first = page.get_by_test_id("card").first.get_by_test_id("reconstruction")
        timed(f"a sheet of digits, {visit}", lambda: page.goto("/reconstructions?run=quick-map"), first.wait_for)
    for _ in range(5):
        page.goto("/train")
        type_into(page, "epochs", "500")
        timed("start to the first loss point", start_button(page).click, points)
        page.wait_for_timeout(2500)
        timed("pause", page.get_by_test_id("pause").click, lambda: expect(status(page)).to_have_text("Paused"))
        timed("resume, to the next point", page.get_by_test_id("resume").click, more_points())
        page.get_by_test_id("rate").fill("0.0012")
        said = page.get_by_test_id("notice").filter(has_text="Learning rate set to")
        timed("another learning rate", lambda: page.get_by_test_id("rate").press("Enter"), said.first.wait_for)
        page.get_by_test_id("pause").click()
        expect(status(page)).to_have_text("Paused")
        timed("one epoch, to its first point", page.get_by_test_id("step").click, more_points())
        stopped = page.get_by_text(re.compile("Measuring|Stopped and kept")).first
        timed("stop and keep", page.get_by_test_id("stop").click, stopped.wait_for)
        expect(status(page)).to_have_text("Stopped and kept")
    context.close()
    for what, seconds in took.items():
        print(f"{what}: median {np.median(seconds):.2f} s, {min(seconds):.2f} to {max(seconds):.2f} of {len(seconds)}")
    assert len(took) == 12


# ---- what the whole session did ----


def test_nothing_was_asked_of_the_internet_and_nothing_went_wrong(visit: Visit, served: App, record: Record):
    visit("/")
    elsewhere = [url for url in record.requests if not url.startswith((f"{served.url}/", "data:", "blob:"))]
    assert len(record.requests) > 20
    assert elsewhere == []
    assert record.complaints == []


def test_the_web_process_has_not_loaded_what_only_workers_need(
    served: App, quick_map: Watched, request: pytest.FixtureRequest
):
    web = psutil.Process(served.process.pid)
    libraries = {part.path for part in web.memory_maps()}
    assert any("numpy" in path for path in libraries)
    assert [path for path in libraries if any(name in path for name in ("tensorflow", "sklearn", "pandas"))] == []
    (worker,) = shared_cluster(request.config).run(os.getpid).values()
    loaded = {part.path for part in psutil.Process(worker).memory_maps()}
    assert any("tensorflow" in path for path in loaded)  # it is somewhere: we would have seen it
    assert json.loads((models_of(served) / quick_map.page.url.split("run=")[1] / "run.json").read_text())
