"""A room with a code and a host, as the people in it meet it: the real app, and a browser for each of them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe import violations
from cluster import App, address_of_cluster, eventually
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from tabs import Tabs
from visitors import WAIT_MS

from app import warm_app
from autoencoder.runs.run import hashed
from autoencoder.runs.store import RunStore

pytestmark = pytest.mark.slow

ROOM, HOST = "kiwi-2026", "only-the-teacher-knows"
OLD_HAND = "the-secret-of-somebody-who-was-here-before"
RED = "rgb(191, 47, 38)"  # of what deletes
Enter = Callable[..., Page]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("classroom_page")
    codes = {"WORKSHOP_CODE": ROOM, "HOST_CODE": HOST, "AUTOENCODER_SCHEDULER": address_of_cluster(request.config)}
    with warm_app(folder, **codes, LIMIT_TRAININGS="1", LIMIT_RUNS="2") as running:
        leave_runs(folder / "models")
        yield running
        output = running.log.read_text()
    assert "Traceback" not in output, output


def leave_runs(models: Path) -> None:
    """Two that somebody trained before; one has a name."""
    store = RunStore(models)
    shipped = store.load("quick-map")
    for run_id, name, created in (("old-one", "", "2026-01-01"), ("kept-one", "my first", "2026-01-02")):
        created = f"{created}T00:00:00+00:00"
        store.save_weights(run_id, store.model_of(shipped).weights)
        store.save_history(run_id, store.load_history("quick-map"))
        store.save(replace(shipped, id=run_id, name=name, owner=hashed(OLD_HAND), created=created))


@pytest.fixture(scope="module")
def newcomer(served: App, chromium: Browser) -> Callable[..., BrowserContext]:
    """A browser that has never been here."""

    def make(**options: object) -> BrowserContext:
        wanted = {"locale": "en-US", "reduced_motion": "reduce", **options}  # replays would take the trainings' cores
        context = chromium.new_context(base_url=served.url, **wanted)  # type: ignore[arg-type]
        context.set_default_timeout(WAIT_MS)
        return context

    return make


@pytest.fixture(scope="module")
def host(newcomer: Callable[..., BrowserContext]) -> BrowserContext:
    return inside(newcomer(viewport={"width": 1400, "height": 950}), HOST)


@pytest.fixture(scope="module")
def ada(newcomer: Callable[..., BrowserContext]) -> BrowserContext:
    return inside(newcomer())


@pytest.fixture(scope="module")
def bob(newcomer: Callable[..., BrowserContext]) -> BrowserContext:
    return inside(newcomer())


@pytest.fixture(scope="module")
def tabs_in() -> Callable[[BrowserContext], Tabs]:
    """The tabs of somebody's browser."""
    known: dict[BrowserContext, Tabs] = {}
    return lambda context: known.setdefault(context, Tabs(context))


@pytest.fixture
def enter(tabs_in: Callable[[BrowserContext], Tabs]) -> Iterator[Enter]:
    """A page in somebody's browser, closed after the test."""
    opened: list[Page] = []

    def page_of(context: BrowserContext, address: str) -> Page:
        opened.append(page := tabs_in(context).open())
        page.goto(address)
        return page

    yield page_of
    for page in opened:
        tabs_in(page.context).close(page)


def inside(context: BrowserContext, code: str = ROOM) -> BrowserContext:
    page = context.new_page()
    page.goto("/train")
    page.locator("[name=code]").fill(code)
    page.get_by_role("button").click()
    page.get_by_test_id("monitor").wait_for()
    page.close()
    return context


def settled(page: Page) -> None:
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def start(page: Page, epochs: int = 500) -> str:
    """Choose so many epochs and press Start; the id of the run that begins."""
    box = page.locator(".st-key-epochs input")

    def typed() -> bool:
        """A box that is drawn anew under the keys takes what it had before."""
        settled(page)
        box.fill(str(epochs))
        box.press("Enter")
        box.blur()  # takes over what a busy browser has not yet
        settled(page)
        return box.input_value() == str(epochs)

    eventually(typed)
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url(re.compile("run="))
    page.get_by_test_id("status").wait_for()
    return page.url.split("run=")[1]


def tile(classroom: Page, run: str) -> Locator:
    return classroom.locator(f"[data-testid=tile][data-run='{run}']")


def drawn(canvas: Locator) -> bool:
    """Whether there is more than one colour on it."""
    colours = canvas.evaluate("""c => c.width && new Set(
        new Uint32Array(c.getContext("2d").getImageData(0, 0, c.width, c.height).data.buffer)).size""")
    return int(colours) > 10


# ---- login ----


@pytest.mark.parametrize("path", ["/train", "/classroom", "/latent_space?run=quick-map"])
def test_without_the_code_there_is_only_the_login_page(newcomer: Callable[..., BrowserContext], path: str):
    context = newcomer()
    page = context.new_page()
    page.goto(path)
    expect(page.get_by_role("heading", name="Enter the code of this room")).to_be_visible()
    name = page.get_by_label("Your name here")
    expect(name).to_have_value(re.compile(r"\w+ \w+"))  # one is filled in
    name.fill("Grace")
    page.locator("[name=code]").fill("kiwi")
    page.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_contain_text("That is not the code")
    expect(name).to_have_value("Grace")
    assert violations(page) == []
    page.locator("[name=code]").fill(ROOM)
    page.get_by_role("button").click()
    page.get_by_test_id("stApp").wait_for()
    assert page.url.endswith(path)
    context.close()


def test_without_the_code_there_is_no_route_and_no_live_connection(served: App):
    for path in (
        "/api/runs/quick-map/events",
        "/api/challenge",
        "/api/datasets/mnist/0/labels",
        "/_stcore/host-config",
    ):
        assert served.get(path).status_code == 403, path
    upgrade = {"connection": "upgrade", "upgrade": "websocket", "sec-websocket-version": "13"}
    upgrade["sec-websocket-key"] = "AAAAAAAAAAAAAAAAAAAAAA=="
    assert served.get("/_stcore/stream", headers=upgrade).status_code == 403
    assert served.get("/_stcore/health").ok


def test_only_the_host_has_the_classroom(ada: BrowserContext, host: BrowserContext, enter: Enter):
    page = enter(ada, "/classroom")
    expect(page.get_by_text("This page is the host's.")).to_be_visible()
    expect(page.get_by_role("link", name="Classroom")).to_have_count(0)
    expect(page.get_by_test_id("classroom")).to_have_count(0)
    page = enter(host, "/train")
    page.get_by_role("link", name="Classroom").click()
    expect(page.get_by_test_id("classroom")).to_be_visible()


@pytest.mark.proof
def test_whoever_has_the_hosts_code_becomes_the_host(newcomer: Callable[..., BrowserContext]):
    context = inside(newcomer())
    page = context.new_page()
    page.goto("/classroom")
    page.get_by_role("link", name="Host this room").click()
    page.locator("[name=code]").fill(HOST)
    page.get_by_role("button").click()
    expect(page.get_by_test_id("classroom")).to_be_visible()
    page.get_by_role("link", name="Stop hosting").click()
    page.get_by_role("button", name="Stop hosting").click()
    page.get_by_test_id("monitor").wait_for()
    expect(page.get_by_role("link", name="Classroom")).to_have_count(0)
    context.close()


# ---- in the room ----


def test_the_host_sees_and_pauses_what_ada_trains_and_bob_cannot(
    served: App, ada: BrowserContext, bob: BrowserContext, host: BrowserContext, enter: Enter
):
    adas = enter(ada, "/train")
    adas.locator(".st-key-corner button:visible").last.click()
    name = adas.locator(".st-key-nickname input")
    expect(name).to_have_value(re.compile(r"\w+ \w+"))  # as the door has filled it in
    name.fill("  Ada <b>L</b> ")
    name.press("Enter")
    settled(adas)
    adas.keyboard.press("Escape")
    run = start(adas)

    classroom = enter(host, "/classroom")
    card = tile(classroom, run)
    expect(card).to_contain_text("Ada <b>L</b>")
    expect(card.get_by_test_id("tile-state")).to_contain_text(re.compile(r"epoch \d+ of 500"))
    expect(card.get_by_test_id("tile-mse")).to_have_text(re.compile(r"0\.0\d+"))
    eventually(lambda: drawn(card.get_by_test_id("mini-map")))
    first = card.get_by_test_id("tile-state").inner_text()
    expect(card.get_by_test_id("tile-state")).not_to_have_text(first)  # it moves without a rerun
    expect(classroom.get_by_test_id("board").locator(f"tr[data-run='{run}']")).to_have_count(1)

    bobs = enter(bob, f"/train?run={run}")
    expect(bobs.get_by_test_id("status")).to_be_visible()
    for action in ("pause", "resume", "step", "stop"):
        expect(bobs.get_by_test_id(action)).to_be_hidden()
    for page, there in ((adas, True), (bobs, False)):  # what opens to name or delete it
        row = page.locator(f"[data-testid=run-row][data-run='{run}']")
        expect(row.get_by_test_id("run-open")).to_be_visible()
        expect(row.get_by_test_id("run-more")).to_be_visible(visible=there)
    refused = bobs.request.post(f"/api/runs/{run}/commands", data={"action": "pause"})
    assert refused.status == 403
    for action in ("pause_all", "resume_all", "clear", "end_challenge"):
        assert bobs.request.post("/api/classroom/commands", data={"action": action}).status == 403
    assert bobs.request.get("/api/classroom/events").status == 403

    expect(adas.get_by_test_id("status")).to_contain_text("Training")
    card.get_by_test_id("pause").click()
    expect(adas.get_by_test_id("status")).to_contain_text("Paused")
    expect(adas.get_by_text("The host has paused this training.")).to_be_visible()
    expect(bobs.get_by_test_id("status")).to_contain_text("Paused")
    card.get_by_test_id("resume").click()
    expect(adas.get_by_test_id("status")).to_contain_text("Training")
    classroom.get_by_test_id("pause-all").click()
    expect(adas.get_by_text("The host has paused all trainings.")).to_be_visible()
    expect(adas.get_by_test_id("status")).to_contain_text("Paused")
    expect(adas.get_by_test_id("resume")).to_be_visible()
    expect(adas.get_by_test_id("pause")).to_be_hidden()
    classroom.get_by_test_id("resume-all").click()
    expect(adas.get_by_test_id("status")).to_contain_text("Training")
    expect(adas.get_by_text("The host has paused")).to_have_count(0)

    hosts = enter(host, f"/train?run={run}")  # the same buttons as its owner's
    expect(hosts.get_by_test_id("stop")).to_be_visible()
    card.get_by_test_id("stop").click()
    expect(adas.get_by_test_id("status")).to_contain_text("Stopped", timeout=180_000)
    expect(tile(classroom, run)).to_have_attribute("data-status", "stopped")


@pytest.mark.proof
def test_a_second_training_at_once_is_refused_with_the_reason(bob: BrowserContext, enter: Enter):
    page = enter(bob, "/train")
    first = start(page)
    page.wait_for_timeout(1100)  # sooner it would be a double click
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text("LIMIT_TRAININGS")).to_be_visible()
    assert page.url.endswith(first)
    page.get_by_test_id("stop").click()
    expect(page.get_by_test_id("status")).to_contain_text("Stopped", timeout=180_000)


@pytest.mark.proof
def test_the_page_says_beforehand_which_run_goes(served: App, newcomer: Callable[..., BrowserContext], enter: Enter):
    context = newcomer()
    context.add_cookies([{"name": "lab_owner", "value": OLD_HAND, "url": served.url}])
    page = enter(inside(context), "/train")
    expect(page.get_by_text("Starting this one deletes the oldest run without a name.")).to_be_visible()
    expect(page.locator("[data-run=old-one]")).to_be_visible()
    start(page)
    expect(page.locator("[data-run=old-one]")).to_have_count(0)
    expect(page.locator("[data-run=kept-one]")).to_be_visible()
    page.get_by_test_id("stop").click()
    expect(page.get_by_test_id("status")).to_contain_text("Stopped", timeout=180_000)


def test_the_host_shows_the_way_in_by_the_projector(served: App, host: BrowserContext, enter: Enter):
    classroom = enter(host, "/classroom")
    classroom.get_by_test_id("invite").click()
    shown = classroom.get_by_test_id("invitation")
    window = classroom.viewport_size
    assert window is not None
    for part, said in (("address", served.url), ("code", ROOM)):
        text = shown.get_by_test_id(f"invitation-{part}")
        expect(text).to_have_text(said)
        size = float(text.evaluate("node => parseFloat(getComputedStyle(node).fontSize)"))
        assert size > window["height"] / 12  # to be read from the last row
    box = shown.get_by_test_id("qr").bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) > window["height"] / 2
    assert violations(classroom) == []
    expect(shown.get_by_text("Only this computer finds this address.")).to_be_visible()  # it is 127.0.0.1
    classroom.keyboard.press("Escape")
    expect(shown).to_have_count(0)
    for button in ("clear-room", "set-challenge"):  # and the dialogs over the room's tiles
        classroom.get_by_test_id(button).click()
        assert violations(classroom) == []
        classroom.keyboard.press("Escape")
    classroom.emulate_media(color_scheme="dark")
    assert violations(classroom, only="color-contrast") == []
    classroom.close()


def test_who_takes_part_is_told_what_that_did(ada: BrowserContext, host: BrowserContext, enter: Enter):
    ask = {"action": "challenge", "preset": "best-8d", "goal": "mse", "seconds": 45}
    assert host.request.post("/api/classroom/commands", data=ask).ok
    page = enter(ada, "/train")
    expect(page.get_by_test_id("taken-part")).to_be_empty()
    page.get_by_test_id("take-part").click()
    expect(page.get_by_test_id("taken-part")).to_contain_text("The form has the network of the challenge now.")
    assert violations(page) == []
    expect(page.locator(".lab-funnel")).to_have_attribute("aria-label", "784-512-256-128-8-128-256-512-784")
    page.get_by_test_id("to-start").click()
    expect(page.get_by_role("button", name="Start training")).to_be_focused()
    assert host.request.post("/api/classroom/commands", data={"action": "end_challenge"}).ok
    expect(page.get_by_test_id("challenge")).to_be_hidden()


@pytest.mark.proof
def test_a_challenge_appears_on_everyones_train_page(ada: BrowserContext, host: BrowserContext, enter: Enter):
    adas = enter(ada, "/train")
    expect(adas.get_by_test_id("monitor")).to_be_visible()
    expect(adas.get_by_test_id("challenge")).to_be_hidden()
    classroom = enter(host, "/classroom")
    classroom.get_by_test_id("set-challenge").click()
    classroom.get_by_label("Network of the preset").select_option("best-8d")
    classroom.get_by_label("Seconds of training").fill("45")
    classroom.get_by_test_id("challenge-dialog-confirm").click()
    said = "Reach the lowest held-out MSE with the network of Best 8-D, within 45 seconds of training."
    expect(classroom.get_by_test_id("challenge-text")).to_have_text(said)
    expect(adas.get_by_test_id("challenge-text")).to_have_text(said)  # without a reload
    adas.get_by_test_id("take-part").click()
    expect(adas.locator(".lab-funnel")).to_have_attribute("aria-label", "784-512-256-128-8-128-256-512-784")
    run = start(adas, epochs=1)
    expect(adas.get_by_test_id("challenge-board")).to_contain_text(re.compile(r"0\.0\d+"), timeout=180_000)
    expect(classroom.get_by_test_id("challenge-board").locator(f"tr[data-run='{run}']")).to_have_count(1)
    classroom.get_by_test_id("end-challenge").click()
    expect(adas.get_by_test_id("challenge")).to_be_hidden()


def test_on_a_narrow_screen_nothing_leaves_its_margin(newcomer: Callable[..., BrowserContext], enter: Enter):
    """In Spanish, whose words are longer."""
    context = inside(newcomer(viewport={"width": 390, "height": 844}, locale="es"), HOST)
    classroom = enter(context, "/classroom")
    buttons = [classroom.get_by_test_id(name) for name in ("set-challenge", "pause-all", "resume-all", "clear-room")]
    expect(classroom.get_by_text("Personas:")).to_be_visible()
    lefts = [left_and_right(button)[0] for button in buttons]
    assert lefts[:2] == pytest.approx(lefts[2:], abs=1)  # two by two
    buttons[0].click()
    dialog = classroom.get_by_test_id("challenge-dialog")
    left, right = left_and_right(dialog)
    for field in [*dialog.locator("select").all(), dialog.locator("input"), dialog.locator(".lab-answers")]:
        low, high = left_and_right(field)
        assert low - left == pytest.approx(right - high, abs=1)
    context.close()


def left_and_right(part: Locator) -> tuple[float, float]:
    box = part.bounding_box()
    assert box is not None
    return box["x"], box["x"] + box["width"]


@pytest.mark.proof
def test_twenty_tabs_of_one_browser_load_alike_and_all_follow(host: BrowserContext, enter: Enter):
    """A browser has six connections for a server; each tab of a run under way and of the room needs one for itself."""
    tabs, seconds = [enter(host, "/train")], []
    run = start(tabs[0])
    for number in range(1, 20):
        began = time.monotonic()
        tabs.append(enter(host, "/classroom" if number % 2 else f"/train?run={run}"))
        state = tile(tabs[-1], run).get_by_test_id("tile-state") if number % 2 else tabs[-1].get_by_test_id("status")
        expect(state).to_have_text(re.compile("epoch|Training"))
        seconds.append(time.monotonic() - began)
    print("seconds to load, in turn:", " ".join(f"{each:.1f}" for each in seconds))
    tabs[0].get_by_test_id("pause").click()
    for number, tab in enumerate(tabs):
        where = tile(tab, run).get_by_test_id("tile-state") if number % 2 else tab.get_by_test_id("status")
        expect(where).to_have_text(re.compile("[Pp]aused"))
    assert tabs[0].request.post(f"/api/runs/{run}/commands", data={"action": "stop"}).ok


def test_clearing_the_room_asks_first_and_keeps_what_has_a_name(
    ada: BrowserContext, host: BrowserContext, enter: Enter
):
    adas = enter(ada, "/train")
    run = start(adas)
    expect(adas.get_by_test_id("status")).to_contain_text("Training")
    looking = enter(ada, "/train?run=old-one")  # a run that has ended: nothing flows to this page any more
    expect(looking.get_by_test_id("status")).to_contain_text("Finished")
    looking.get_by_test_id("stMain").evaluate("page => page.scrollTo(0, 500)")
    classroom = enter(host, "/classroom")
    for name in ("kept-one", "old-one", run):
        expect(tile(classroom, name)).to_be_visible()
    before = classroom.get_by_test_id("tile").count()
    classroom.get_by_test_id("clear-room").click()
    expect(classroom.get_by_role("button", name="Cancel")).to_be_focused()
    classroom.get_by_role("button", name="Cancel").click()
    classroom.wait_for_timeout(1500)
    assert classroom.get_by_test_id("tile").count() == before
    classroom.get_by_test_id("clear-room").click()
    confirm = classroom.get_by_test_id("clear-dialog-confirm")
    assert confirm.evaluate("node => getComputedStyle(node).backgroundColor") == RED
    confirm.click()
    expect(classroom.get_by_test_id("tile")).to_have_count(1)
    expect(tile(classroom, "kept-one")).to_be_visible()
    for page in (adas, looking):
        expect(page.get_by_text("The host has cleared the room").first).to_be_in_viewport()
        expect(page.get_by_text("There is no run")).to_have_count(0)
        expect(page.get_by_test_id("replay-toggle")).to_be_visible()  # what one would do next, as before the first run
        for gone in ("pause", "stop", "rate"):
            expect(page.get_by_test_id(gone)).to_have_count(0)
        expect(page.locator(".st-key-run-old-one")).to_have_count(0)
