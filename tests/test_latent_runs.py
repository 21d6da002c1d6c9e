"""The map of every kind of run on every kind of screen, and what it costs on the wire."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from cluster import eventually
from conftest import random_weights
from latent_map import (
    IMAGES_HERE,
    IN_SPACE,
    LEVELS,
    WATCH_MOTION,
    Map,
    Truth,
    Visit,
    empty_points,
    expect_digit,
    in_space,
    lonely,
    mnist,
)  # fmt: skip
from playwright.sync_api import Browser, expect

from autoencoder.analysis.latent_space import plane, variance_shares
from autoencoder.export.map_page import map_page
from autoencoder.export.source import Source
from autoencoder.network.protocol import Array
from autoencoder.runs.run import Run
from autoencoder.runs.store import RunStore
from autoencoder.settings import Architecture, Training

pytestmark = pytest.mark.slow


# ---- other sizes, other runs ----


@pytest.mark.proof
@pytest.mark.usefixtures("proven")
def test_eight_dimensions_as_principal_axes_or_any_two(visit: Visit, truths: Callable[[str], Truth]) -> None:
    truth = truths("small-8")
    codes = truth.space.codes
    opened = visit("run=small-8", viewport={"width": 1366, "height": 768}).ready()
    shown = plane(codes, "pca")
    shares = [f"{share:.0%} of their variance" for share in variance_shares(shown, codes)]
    titles = opened.plot.evaluate("plot => [plot._fullLayout.xaxis.title.text, plot._fullLayout.yaxis.title.text]")
    assert [title.split(" · ")[1] for title in titles] == shares
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
    assert bar["height"] < 48  # one line on a laptop

    opened.part("axes").focus()
    opened.part("axes").select_option("2")
    expect(opened.page).to_have_url(re.compile(r"axes=2(,|%2C)0"))
    expect(opened.part("axes-up")).to_be_visible()
    expect(opened.part("axes")).to_be_focused()  # the keyboard goes on where it was
    opened.part("axes-up").select_option("5")
    expect(opened.page).to_have_url(re.compile(r"axes=2(,|%2C)5"))
    opened.page.wait_for_function(
        "() => document.querySelector('[data-testid=latent-map]')?._fullLayout?.yaxis.title.text === 'dimension 6'"
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


AT_REST = """async () => {
  const view = () => document.querySelector("[data-testid=latent-map]").drawn.camera.join();
  for (let before = ""; before !== view();) {
    before = view();
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  }
}"""
VIEW = "document.querySelector('[data-testid=latent-map]').drawn.camera.join()"


def upper_left(opened: Map) -> Array:
    box = opened.plot.bounding_box()
    assert box is not None
    return np.array([box["x"], box["y"]])


def test_three_dimensions_turn_and_are_chosen_from_as_they_are_seen(
    visit: Visit, truths: Callable[[str], Truth]
) -> None:
    truth = truths("small-3")
    codes = truth.space.codes
    opened = visit("run=small-3&axes=0,1").ready()
    opened.part("axes").select_option("space")
    expect(opened.page).to_have_url(re.compile("axes=space"))
    opened.page.wait_for_function(IN_SPACE)
    opened.ready()
    assert opened.plot.evaluate("plot => plot.drawn.z.length") == 70_000
    opened.plot.focus()
    opened.page.keyboard.press("n")
    expect(opened.card).to_be_visible()
    row = int(opened.card.get_attribute("data-index") or -1)
    expect_digit(opened, truth, row)
    ring = opened.page.locator(".lab-pointed").bounding_box()
    assert ring is not None
    where = [ring["x"] + ring["width"] / 2, ring["y"] + ring["height"] / 2]
    np.testing.assert_allclose(where, in_space(opened, codes[[row]])[0], atol=2)
    opened.page.keyboard.press("Enter")
    expect(opened.part("neighbours").locator("button")).to_have_count(10)
    opened.page.keyboard.press("Escape")
    box = opened.plot.bounding_box()
    assert box is not None
    start = np.array([box["x"] + 300, box["y"] + 250])
    before = opened.page.evaluate(VIEW)
    opened.drag(np.array([start, start + np.array([160, 50])]))
    opened.page.wait_for_function(f"before => {VIEW} !== before", arg=before)

    opened.part("box").click()
    opened.page.evaluate(AT_REST)
    middle, corner = np.median(in_space(opened, codes), axis=0), upper_left(opened)
    corners = np.floor([middle - 60, middle + 60])
    opened.drag(corners)
    expect(opened.part("selection")).to_be_visible()
    got = np.array([int(line["index"]) for line in opened.downloaded()])
    seen = in_space(opened, codes) - upper_left(opened) + corner  # the page may have been scrolled for the download
    inside, near = (((seen > corners[0] + k) & (seen < corners[1] - k)).all(axis=1) for k in (0.5, -0.5))
    assert inside.sum() > 1000
    assert set(np.flatnonzero(inside)) <= set(got.tolist()) <= set(np.flatnonzero(near))


@pytest.mark.proof
def test_a_walk_through_three_dimensions(visit: Visit, truths: Callable[[str], Truth]) -> None:
    truth = truths("small-3")
    opened = visit("run=small-3").ready()
    opened.part("walk").click()
    opened.plot.focus()
    ends = []
    for _ in range(2):
        for _ in range(20):
            opened.page.keyboard.press("n")
        expect(opened.card).to_have_attribute("data-kind", "digit")
        ends.append(int(opened.card.get_attribute("data-index") or -1))
        opened.page.keyboard.press("Enter")
    way = np.linspace(*truth.space.codes[ends], 16)
    expect(opened.part("walk-strip").locator(".lab-step")).to_have_count(16)
    opened.part("walk-strip").locator(".lab-step").nth(5).click()
    expect(opened.card).to_have_attribute("data-kind", "decoded")
    assert np.abs(opened.picture("reconstruction") - truth.decoded(way[[5]])[0]).max() <= LEVELS
    line = opened.page.locator(".lab-way").get_attribute("points") or ""
    drawn = np.array([[float(number) for number in point.split(",")] for point in line.split()])
    box = opened.plot.bounding_box()
    assert box is not None
    np.testing.assert_allclose(drawn + np.array([box["x"], box["y"]]), in_space(opened, way), atol=1)


@pytest.mark.proof
def test_an_address_keeps_how_a_space_was_turned(visit: Visit) -> None:
    opened = visit("run=small-3").ready()
    seen = opened.page.evaluate(VIEW)
    opened.plot.focus()
    opened.page.keyboard.press("Shift+ArrowLeft")
    opened.page.wait_for_function(f"before => {VIEW} !== before", arg=seen)
    expect(opened.page).to_have_url(re.compile("camera="))
    turned = view_of(opened)
    opened.part("colour-by").select_option("error")  # drawn anew
    expect(opened.page).to_have_url(re.compile("colour=error"))
    np.testing.assert_allclose(view_of(opened), turned, atol=1e-6)
    other = visit(urlsplit(opened.page.url).query).ready()
    np.testing.assert_allclose(view_of(other), turned, atol=5e-3)
    other.part("reset").click()
    expect(other.page).not_to_have_url(re.compile("camera="))
    np.testing.assert_allclose(view_of(other), np.array(seen.split(","), float), atol=1e-6)


@pytest.mark.proof
def test_a_camera_that_cannot_be_is_not_taken(visit: Visit) -> None:
    usual = view_of(visit("run=small-3").ready())
    for nowhere in ("0,0,0,0,0,0,0,0,1", "1,1,1,0,0,0,0,0,0", "0,0,2,0,0,0,0,0,1", "9e9,1,1,0,0,0,0,0,1"):
        np.testing.assert_allclose(view_of(visit(f"run=small-3&camera={nowhere}").ready()), usual, atol=1e-6)


def view_of(opened: Map) -> Array:
    """(9,) numbers: where the eye is, what it looks at, which way is up."""
    return np.array(opened.page.evaluate(VIEW).split(","), float)


def test_in_space_the_mark_of_a_drawing_turns_with_it(visit: Visit, truths: Callable[[str], Truth]) -> None:
    opened = visit("run=small-3&draw=1")
    opened.part("pad").wait_for()
    opened.draw([(0.3, 0.3), (0.7, 0.3), (0.4, 0.8)])
    expect(opened.page.locator(".lab-ring.lab-drawn")).to_have_count(1)
    code = truths("small-3").network.encode(opened.drawn_picture("drawing-form")[None])
    places = []
    for key in ("Shift+ArrowLeft", "Shift+ArrowUp"):
        opened.plot.focus()
        opened.page.keyboard.press(key)
        np.testing.assert_allclose(opened.mark(), in_space(opened, code)[0], atol=1.5)
        places.append(opened.mark())
    assert places[0] != places[1]


@pytest.mark.proof
def test_replay_in_space(visit: Visit, models: Path) -> None:
    first, last = RunStore(models).load_frames("small-3")
    opened = visit("run=small-3&epoch=1").ready()
    np.testing.assert_allclose(by_rows(opened.floats("x", "y", "z")), by_rows(first.space), atol=1e-3)
    opened.page.evaluate(WATCH_MOTION)
    opened.part("replay").click()
    expect(opened.page).to_have_url(re.compile("epoch=2"))
    opened.page.wait_for_function("() => !document.querySelector('[data-moving]')")
    seen = opened.page.evaluate("window.seen.size")
    print(f"replay in space: {seen} pictures from one epoch to the next")
    assert seen > 4
    np.testing.assert_allclose(by_rows(opened.floats("x", "y", "z")), by_rows(last.space), atol=1e-3)
    opened.part("whole-map").click()
    opened.page.wait_for_function("() => document.querySelector('[data-testid=latent-map]').drawn.z.length === 70000")


@pytest.mark.proof
@pytest.mark.usefixtures("proven")
def test_replay_on_any_two_axes_of_eight(visit: Visit, models: Path) -> None:
    first, last = RunStore(models).load_frames("small-8")
    opened = visit("run=small-8&axes=5,2&epoch=1").ready()
    np.testing.assert_allclose(by_rows(opened.drawn()), by_rows(first.space[:, [5, 2]]), atol=1e-3)
    opened.part("epoch").focus()
    opened.page.keyboard.press("End")
    expect(opened.page).to_have_url(re.compile("epoch=2"))
    expect(opened.plot).not_to_have_attribute("data-moving", re.compile(".*"))
    np.testing.assert_allclose(by_rows(opened.drawn()), by_rows(last.space[:, [5, 2]]), atol=1e-3)
    opened.part("whole-map").click()
    expect(opened.page).not_to_have_url(re.compile("epoch="))
    assert len(opened.drawn()) == 70_000


def by_rows(codes: Array | None) -> Array:
    """Each column in its own order: which digit is drawn first does not matter."""
    assert codes is not None
    return np.sort(codes, axis=0)


@pytest.mark.proof
def test_any_two_of_three_dimensions_are_a_map_like_any_other(visit: Visit, truths: Callable[[str], Truth]) -> None:
    codes = truths("small-3").space.codes[:, [2, 0]]
    opened = visit("run=small-3&axes=2,0").ready()
    step = np.ptp(codes, axis=0) / 65_535
    assert (np.abs(np.sort(opened.drawn(), axis=0) - np.sort(codes, axis=0)).max(axis=0) <= step).all()


@pytest.mark.proof
@pytest.mark.usefixtures("proven")
def test_a_collapsed_map_works_as_well_as_a_good_one(visit: Visit, truths: Callable[[str], Truth]) -> None:
    truth = truths("collapsed")
    codes = truth.space.codes
    assert np.ptp(codes, axis=0).min() == 0  # all codes on an axis
    opened = visit("run=collapsed").ready()
    row = int(np.argsort(codes.sum(axis=1))[-2000])  # far out, and still in the first view
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


@pytest.mark.proof
def test_a_link_to_a_digit_of_eight_dimensions_opens_all_of_it(visit: Visit, truths: Callable[[str], Truth]) -> None:
    """Its code and its neighbours in all dimensions are not on the map: they come before the digit is shown."""
    truth, row = truths("best-8d"), 61_234
    opened = visit(f"run=best-8d&digit={row}").ready()
    shown = opened.part("neighbours").locator("button")
    expect(shown).to_have_count(10)
    near = np.linalg.norm(truth.space.codes - truth.space.codes[row], axis=1)
    kth = np.sort(near)[10]  # quantized to 16 bits on the way: those at the edge may change places
    assert all(near[int(button.get_attribute("data-index") or -1)] <= kth * 1.01 for button in shown.all())
    made = opened.page.locator(".lab-pair canvas").nth(1)
    opened.page.wait_for_function(
        "canvas => canvas.getContext('2d').getImageData(0, 0, 28, 28).data.some(value => value > 0 && value < 255)",
        arg=made.element_handle(),
    )


@pytest.mark.parametrize(
    "digit", ["70000", *(pytest.param(d, marks=pytest.mark.proof) for d in ("-5", "99999999", "1.5"))]
)
def test_a_link_to_no_digit_shows_the_map(visit: Visit, digit: str) -> None:
    opened = visit(f"run=quick-map&digit={digit}").ready()
    opened.page.wait_for_timeout(300)
    expect(opened.part("neighbours")).to_have_count(0)


@pytest.mark.proof
def test_where_all_digits_were_trained_on_none_is_called_held_out(visit: Visit, truths: Callable[[str], Truth]) -> None:
    opened = visit("run=course-2d").ready()
    codes = truths("course-2d").space.codes
    row = next(int(row) for row in lonely(opened, codes, 400) if row >= 60_000)
    opened.point(opened.screen(codes[[row]])[0])
    expect(opened.card).to_have_attribute("data-index", str(row))
    expect(opened.card).to_contain_text("trained on, one of the last")
    expect(opened.part("digits").locator("option")).to_have_text(["All digits", "The first digits", "The last digits"])
    expect(opened.page.locator(".lab-map")).not_to_contain_text("held out")


@pytest.mark.proof
def test_axes_without_a_manifold_show_their_points_whatever_was_chosen_before(visit: Visit) -> None:
    opened = visit("run=small-3&axes=pca").ready()
    opened.part("manifold").click()
    opened.part("manifold-blend").fill("1")
    opened.part("axes").select_option("space")
    opened.page.wait_for_function(IN_SPACE)
    opened.ready()
    assert opened.plot.evaluate("plot => plot.drawn.opacity") > 0


@pytest.mark.proof
def test_colour_and_digit_outlast_a_change_of_axes(visit: Visit) -> None:
    opened = visit("run=small-3&axes=0,1&digit=61234").ready()
    opened.part("colour-by").select_option("error")
    expect(opened.page).to_have_url(re.compile("colour=error"))
    opened.part("digits").select_option("held_out")
    opened.part("axes").select_option("pca")
    expect(opened.page).to_have_url(re.compile("axes=pca"))
    opened.page.wait_for_function("() => document.querySelector('[data-testid=latent-map]')?.drawn?.x.length === 10000")
    expect(opened.part("colour-by")).to_have_value("error")
    expect(opened.part("neighbours").locator("button")).to_have_count(10)
    for kept in ("colour=error", "digit=61234", "axes=pca"):
        expect(opened.page).to_have_url(re.compile(kept))


@pytest.mark.proof
def test_another_run_is_seen_whole_whatever_window_the_link_had(visit: Visit) -> None:
    opened = visit("run=quick-map&equal=0&x0=0&x1=1&y0=0&y1=1&epoch=2").ready()
    assert np.ptp(opened.ranges()[0]) == 1
    opened.page.locator(".st-key-corner button:visible").first.click()
    opened.page.get_by_role("combobox", name="Open another run").click()
    opened.page.get_by_role("option", name="Best map").first.click()
    expect(opened.page).to_have_url(re.compile("run=best-map"))
    opened.page.wait_for_function("() => !location.search.includes('x0=')")


def test_a_run_under_way_shows_its_last_checkpoint(visit: Visit, models: Path, truths: Callable[[str], Truth]) -> None:
    opened = visit("run=after-1&draw=1").ready()
    expect(opened.part("drawing")).to_contain_text("This run is still learning")
    opened.draw([(0.4, 0.2), (0.5, 0.8)])
    expect(opened.page.locator(".lab-drawn").first).to_be_visible()
    code = truths("after-1").network.encode(opened.drawn_picture("drawing-form")[None])
    np.testing.assert_allclose(opened.mark(), opened.screen(code)[0], atol=1.5)

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


@pytest.mark.proof
def test_what_is_not_kept_of_a_run_under_way_is_fetched_anew(
    visit: Visit, models: Path, truths: Callable[[str], Truth]
) -> None:
    """In a room that looks at many runs under way the server says so; the map goes on with what was learned since."""
    opened = visit("run=goes-on&equal=0").ready()
    for name in ("checkpoint.npz", "run.json"):  # the training goes on
        (models / "goes-on" / name).write_bytes((models / "after-2" / name).read_bytes())
    opened.page.route("**/neighbours*", lambda route: route.fulfill(status=409, json={"error": ""}), times=1)
    with opened.page.expect_response(lambda answer: "/neighbours" in answer.url and answer.ok):
        opened.part("colour-by").select_option("mixed")
    opened.ready()
    codes = truths("after-2").space.codes
    assert (np.abs(np.sort(opened.drawn(), axis=0) - np.sort(codes, axis=0)) / np.ptp(codes, axis=0)).max() < 1e-4
    expect(opened.part("colour-by")).to_have_value("mixed")
    expect(opened.page).to_have_url(re.compile("equal=0"))


@pytest.mark.proof
def test_numbers_that_are_none_in_an_address_are_left_out(visit: Visit) -> None:
    opened = visit("run=small-3&axes=0,1&x0=nan&x1=1e999&y0=-inf&y1=2&digit=nan&epoch=inf&label=nan&equal=0").ready()
    assert len(opened.drawn()) == 70_000
    assert np.isfinite(opened.ranges()).all()
    expect(opened.part("equal-axes")).to_have_attribute("aria-pressed", "false")


def test_a_damaged_run_says_so(visit: Visit, models: Path) -> None:
    shutil.copytree(models / "small-3", models / "damaged")
    weights = models / "damaged" / "weights.npz"
    weights.write_bytes(weights.read_bytes()[:-100])
    (models / "damaged" / "space.npz").unlink(missing_ok=True)
    for page in ("latent_space", "reconstructions"):
        opened = visit("run=damaged")
        opened.page.goto(f"/{page}?run=damaged")
        expect(opened.page.get_by_text("The files of run damaged cannot be read").first).to_be_visible()
    shutil.rmtree(models / "damaged")


def test_a_run_that_has_learned_nothing_says_so(visit: Visit) -> None:
    opened = visit("run=nothing-yet")
    expect(opened.page.get_by_text("has not learned anything yet")).to_be_visible()
    expect(opened.plot).to_have_count(0)


def test_an_unknown_run_says_so_and_shows_another(visit: Visit) -> None:
    opened = visit("run=no-such-run")
    expect(opened.page.get_by_text("There is no run no-such-run")).to_be_visible()
    opened.ready()


# ---- screens ----


@pytest.mark.proof
def test_dark_theme(visit: Visit, quick_truth: Truth) -> None:
    opened = visit("run=quick-map", color_scheme="dark").ready()
    expect(opened.page.locator(".lab-map")).to_have_attribute("data-theme", "dark")
    codes = quick_truth.space.codes
    row = int(lonely(opened, codes, 1)[0])
    opened.point(opened.screen(codes[[row]])[0])
    expect_digit(opened, quick_truth, row)  # the red channel is the grey level in every theme
    assert opened.card.get_by_test_id("original").evaluate("canvas => getComputedStyle(canvas).filter") == "none"


@pytest.mark.proof
def test_light_theme_shows_ink_on_paper(quick: Map, quick_truth: Truth) -> None:
    codes = quick_truth.space.codes
    quick.point(quick.screen(codes[lonely(quick, codes, 1)])[0])
    expect(quick.card).to_be_visible()
    expect(quick.page.locator(".lab-map")).to_have_attribute("data-theme", "light")
    assert quick.card.get_by_test_id("original").evaluate("canvas => getComputedStyle(canvas).filter") == "invert(1)"


@pytest.mark.proof
def test_a_phone(visit: Visit, quick_truth: Truth) -> None:
    opened = visit("run=quick-map", viewport={"width": 390, "height": 844}, has_touch=True).ready()
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390
    codes = quick_truth.space.codes
    row = int(lonely(opened, codes, 1)[0])
    opened.page.touchscreen.tap(*opened.screen(codes[[row]])[0])
    expect(opened.part("neighbours").locator("button")).to_have_count(10)
    expect(opened.part("digit-sheet")).to_contain_text(f"{row:,}")
    panel = opened.page.locator(".lab-sheet")
    panel.evaluate("panel => Promise.all(panel.getAnimations().map((animation) => animation.finished))")
    sheet = panel.bounding_box()
    assert sheet is not None
    assert sheet["x"] >= 0
    assert sheet["x"] + sheet["width"] <= 390


def test_the_map_as_one_file_works_without_a_network(
    chromium: Browser, models: Path, quick_truth: Truth, tmp_path: Path
) -> None:
    store, file = RunStore(models), tmp_path / "map.html"
    file.write_text(map_page(Source(store.load("quick-map"), store)))
    context = chromium.new_context(offline=True, locale="en-US", viewport={"width": 1200, "height": 800})
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.goto(file.as_uri())
    opened = Map(page).ready()
    expect(page.locator("#figures")).to_contain_text("numbers in a code")
    assert len(opened.drawn()) == 10_000
    codes = quick_truth.space.codes
    row = 60_000 + int(lonely(opened, codes[60_000:], 1)[0])
    opened.point(opened.screen(codes[[row]])[0])
    expect_digit(opened, quick_truth, row)  # its picture, and what the decoder makes of its code
    opened.part("manifold").click()
    expect(opened.part("manifold-canvas")).to_be_visible()
    opened.part("manifold").click()
    opened.part("walk").click()
    for end in lonely(opened, codes[60_000:], 2):
        page.mouse.click(*opened.screen(codes[[60_000 + end]])[0])
    expect(page.locator(".lab-step")).to_have_count(16)
    page.keyboard.press("Escape")
    opened.part("replay").click()
    expect(page.locator(".lab-epoch")).to_contain_text("epoch")
    assert not [url for url in asked if not url.startswith(("file:", "blob:", "data:"))]
    context.close()


@pytest.mark.parametrize("run", ["small-1", "small-3", "small-8"])
def test_digits_are_drawn_as_pictures_in_any_number_of_dimensions(visit: Visit, run: str) -> None:
    opened = visit(f"run={run}&pictures=1&label=4").ready()
    read = "plot => plot.drawn.pictured && plot.drawn.pictured.rows"
    rows = eventually(lambda: opened.plot.evaluate(read))
    assert set(mnist().labels[rows].tolist()) == {4}
    opened.plot.focus()
    opened.page.keyboard.press("+")
    eventually(lambda: opened.plot.evaluate(read) != rows)
    opened.part("pictures").click()
    assert opened.plot.evaluate(read) is None


LONG_NAME = "Variational, the third try of this afternoon, with a smaller beta"
CUT = """() => {
  const brush = document.createElement("canvas").getContext("2d");
  const room = (node, text) => {
    const { font, paddingLeft, paddingRight } = getComputedStyle(node);
    brush.font = font;
    return node.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight) - brush.measureText(text).width;
  };
  const lists = [...document.querySelectorAll(".lab-bar select")].map(list => [list, list.selectedOptions[0].text, 18]);
  const search = document.querySelector(".lab-search-field");
  return [...lists, [search, search.placeholder, 0]]
    .filter(([node, text, arrow]) => room(node, text) < arrow).map(([, text]) => text);
}"""
TILE = """(canvas, [column, row]) =>
  [...canvas.getContext("2d").getImageData(28 * column, 28 * row, 28, 28).data]"""


def test_on_a_phone_nothing_is_cut_and_new_digits_are_drawn_of_a_variational_network(
    visit: Visit, models: Path
) -> None:
    network, store = Architecture(encoder=(16,), latent_dim=8, variational=True), RunStore(models)
    store.save(Run("prior", network, Training(), status="finished", epoch=1.0, name=LONG_NAME))
    store.save_weights("prior", random_weights(network))
    opened = visit(
        "run=prior", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, locale="es-MX"
    ).ready()
    page = opened.page
    name, menu = (
        page.locator(".lab-brand-page").bounding_box(),
        page.locator(".st-key-run-menu button:visible").bounding_box(),
    )
    assert name is not None
    assert menu is not None
    assert name["x"] + name["width"] <= menu["x"]
    assert menu["y"] + menu["height"] <= 60  # one line, with the preferences
    assert page.evaluate(CUT) == []
    reset = opened.part("reset").bounding_box()
    assert reset is not None
    assert reset["y"] + reset["height"] <= 844

    page.evaluate("window.atRandom = Math.random; Math.random = () => 0")  # all numbers of the codes are 0
    opened.part("sample").tap()
    expect(opened.part("prior")).to_be_focused()
    samples, manifold = opened.part("prior-samples"), opened.part("prior-manifold")
    middle = eventually(lambda: any(zero := manifold.evaluate(TILE, [7, 7])) and zero)
    eventually(lambda: samples.evaluate(TILE, [0, 0]) == samples.evaluate(TILE, [9, 4]) == middle)
    page.evaluate("Math.random = window.atRandom")
    opened.part("sample-again").tap()
    eventually(lambda: samples.evaluate(TILE, [0, 0]) != samples.evaluate(TILE, [9, 4]))
    assert samples.evaluate(TILE, [0, 0]) != middle
    drawn = samples.evaluate(TILE, [3, 2])
    page.emulate_media(color_scheme="dark")  # the panel is drawn again, of the same codes
    expect(page.locator(".lab-map")).to_have_attribute("data-theme", "dark")
    eventually(lambda: _alike(samples.evaluate(TILE, [3, 2]), drawn))
    page.keyboard.press("Escape")
    expect(opened.part("prior")).to_be_hidden()
    page.close()


def _alike(one: list[int], other: list[int]) -> bool:
    """Whether two pictures show the same digit, in whatever ink."""
    return abs(np.corrcoef(one[::4], other[::4])[0, 1]) > 0.99


# ---- the wire ----


def test_no_request_leaves_the_machine(quick: Map, requests: list[str]) -> None:
    assert len(requests) > 50
    assert {urlsplit(url).hostname for url in requests if not url.startswith(("data:", "blob:"))} == {"127.0.0.1"}
