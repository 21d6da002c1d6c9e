"""What the map shows, by which tools, and what of it an address keeps; the keyboard; the table."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from cluster import eventually
from latent_map import LEVELS, READY, WATCH_MOTION, Map, Truth, Visit, expect_digit, lonely, mnist, text_of
from playwright.sync_api import expect

from autoencoder.analysis.neighbours import neighbourhoods
from autoencoder.network.protocol import Array
from autoencoder.runs.store import RunStore
from autoencoder.training.records import Frame

pytestmark = pytest.mark.slow
FRAMES = re.compile(r"/frames\?")


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
    left, top, width, height = quick.area()
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
    assert quick.plot.evaluate("plot => plot.drawn.opacity") == 0
    quick.part("manifold").click()
    expect(quick.part("manifold-canvas")).to_be_hidden()


@pytest.mark.proof
def test_on_a_large_screen_the_manifold_has_thirty_digits_a_side(visit: Visit, quick_truth: Truth) -> None:
    opened = visit("run=quick-map", viewport={"width": 1100, "height": 1500}).ready()
    _, _, width, height = opened.area()
    assert min(width, height) > 30 * 30  # pixels: there is room for more
    opened.part("manifold").click()
    expect_manifold(opened, quick_truth)
    sides = opened.part("manifold-canvas").evaluate("canvas => [canvas.width / 28, canvas.height / 28]")
    assert max(sides) == 30
    assert min(sides) == int(30 * min(width, height) / max(width, height))


def shown_order(opened: Map, codes: Array) -> Array:
    """Rows in drawing order, told by their places; -1 where two digits share a place, or a step lies between."""

    def steps(places: Array) -> Array:
        return np.round((places - codes.min(axis=0)) / np.ptp(codes, axis=0) * 65_535).astype(int) @ [65_536, 1]

    places, first, count = np.unique(steps(codes), return_index=True, return_counts=True)
    drawn = steps(opened.drawn())
    at = np.searchsorted(places, drawn).clip(max=len(places) - 1)
    return np.where((places[at] == drawn) & (count[at] == 1), first[at], -1)


def test_colours_say_label_error_mixing_and_neighbours(quick: Map, quick_truth: Truth) -> None:
    codes, errors, data = quick_truth.space.codes, quick_truth.space.errors, mnist()
    order = shown_order(quick, codes)
    sure = np.flatnonzero(order >= 0)
    assert len(sure) > 65_000
    rows = order[sure]
    found = neighbourhoods(codes, data.labels, 10)
    training = np.arange(len(codes)) < data.n_training

    def coloured(by: str) -> Array:
        quick.part("colour-by").select_option(by)
        quick.page.wait_for_function("by => location.search.includes(`colour=${by}`)", arg=by)
        quick.page.wait_for_function(READY)
        return quick.colours()[sure]

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
    colours = quick.colours()
    first, last = np.bincount(np.digitize(colours[:7000], np.unique(colours))), np.bincount(
        np.digitize(colours[-7000:], np.unique(colours)))  # fmt: skip
    np.testing.assert_allclose(first[1:], last[1:], rtol=0.25)  # as many of each below as on top


def test_a_label_alone_and_part_of_the_digits_alone(quick: Map) -> None:
    labels = mnist().labels
    quick.part("legend-4").click()
    assert (quick.colours() < 1).sum() == (labels == 4).sum()
    quick.plot.focus()
    quick.page.keyboard.press("n")
    expect(quick.card).to_have_attribute("data-label", "4")
    quick.part("legend-4").click()
    for part, count in {"training": 60_000, "held_out": 10_000, "all": 70_000}.items():
        quick.part("digits").select_option(part)
        assert len(quick.drawn()) == count


def test_zoom_pan_and_reset(quick: Map) -> None:
    home = quick.ranges()
    left, top, width, height = quick.area()
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


PICTURED = "plot => plot.drawn.pictured ?? null"
AROUND = """(canvas, [x, y]) => {
  const box = canvas.getBoundingClientRect();
  const [left, top] = [x - box.left - 14, y - box.top - 14].map(Math.round);
  const { data } = canvas.getContext("2d").getImageData(left, top, 28, 28);
  return Array.from(data).filter((_, i) => i % 4 === 0);
}"""


def pictured(opened: Map) -> Array:
    """Rows of the digits that are drawn as pictures; waits until there are some."""
    return np.array(eventually(lambda: (found := opened.plot.evaluate(PICTURED)) and found["rows"]))


def apart(places: Array) -> float:
    """Pixels between the two nearest, along the axis on which they are farther apart."""
    gaps = np.abs(places[:, None] - places[None]).max(axis=2)
    np.fill_diagonal(gaps, np.inf)
    return float(gaps.min())


@pytest.mark.proof
def test_digits_are_drawn_as_pictures_none_over_another_and_moving_aside_changes_none(
    quick: Map, quick_truth: Truth
) -> None:
    codes = quick_truth.space.codes
    quick.part("digits").select_option("held_out")
    quick.part("pictures").click()
    expect(quick.page).to_have_url(re.compile("pictures=1"))
    first = pictured(quick)
    assert (first >= 60_000).all()
    assert apart(quick.screen(codes[first])) >= 32

    left, top, width, height = quick.area()
    middle = np.array([left + width / 2, top + height / 2])
    near = np.abs(quick.screen(codes[first]) - middle) < [width / 2 - 200, height / 2 - 80]
    row = int(first[near.all(axis=1)][0])
    (at,) = quick.screen(codes[[row]])
    drawn = 255 - np.array(quick.part("points").evaluate(AROUND, at.tolist()))
    assert np.corrcoef(drawn, mnist().images[row])[0, 1] > 0.7  # a pixel off at most
    quick.point(at + np.array([11, -11]))  # a corner of the picture, whatever codes lie there
    expect(quick.card).to_have_attribute("data-index", str(row))
    quick.page.mouse.move(2, 2)

    quick.plot.focus()
    for _ in range(3):
        quick.page.keyboard.press("+")
    eventually(lambda: set(pictured(quick).tolist()) - set(first.tolist()))
    expect(quick.page).to_have_url(re.compile("x0="))
    nearer = pictured(quick)
    assert apart(quick.screen(codes[nearer])) >= 32
    before = quick.page.url
    quick.drag(np.array([middle, middle + np.array([-90, 40])]))
    expect(quick.page).not_to_have_url(before)
    window = quick.ranges()
    stays = ((codes[nearer] > window[:, 0]) & (codes[nearer] < window[:, 1])).all(axis=1)
    assert stays.sum() > 10
    assert set(nearer[stays].tolist()) <= set(pictured(quick).tolist())

    quick.part("legend-4").click()
    eventually(lambda: set(mnist().labels[pictured(quick)].tolist()) == {4})
    quick.part("legend-4").click()
    quick.part("pictures").click()
    assert quick.plot.evaluate(PICTURED) is None
    quick.part("digits").select_option("all")


@pytest.mark.proof
def test_pictures_go_along_with_a_replay(quick: Map) -> None:
    quick.part("pictures").click()
    pictured(quick)
    quick.part("epoch").focus()
    quick.page.keyboard.press("Home")
    expect(quick.page).to_have_url(re.compile(r"epoch="))
    expect(quick.plot).not_to_have_attribute("data-moving", re.compile(".*"))
    assert (pictured(quick) >= 60_000).all()  # a replay has held-out digits only
    quick.part("whole-map").click()
    quick.part("pictures").click()


def test_the_same_scale_on_both_axes(quick: Map) -> None:
    def stretch() -> float:
        _, _, width, height = quick.area()
        (across,), (up,) = np.diff(quick.ranges())
        return float(width / across / (height / up))

    assert stretch() == pytest.approx(1, abs=0.01)
    quick.part("equal-axes").click()
    eventually(lambda: stretch() != pytest.approx(1, abs=0.02))
    expect(quick.page).to_have_url(re.compile("equal=0"))
    quick.part("equal-axes").click()
    eventually(lambda: stretch() == pytest.approx(1, abs=0.01))


def test_replay_moves_the_codes_smoothly_through_the_epochs(quick: Map, models: Path) -> None:
    frames = RunStore(models).load_frames("quick-map")
    quick.page.evaluate(WATCH_MOTION)
    quick.part("replay").click()
    expect(quick.page).to_have_url(re.compile(rf"epoch={frames[-1].epoch:g}"))
    seen = quick.page.evaluate("window.seen.size")
    print(f"replay: {seen} pictures for {len(frames)} kept epochs")
    assert seen > len(frames) + 2  # more than the epochs kept: what lies between is drawn too
    quick.part("epoch").focus()
    quick.page.keyboard.press("Home")
    expect(quick.page).to_have_url(re.compile(rf"epoch={frames[0].epoch:g}\b"))
    expect(quick.plot).not_to_have_attribute("data-moving", re.compile(".*"))
    first = quick.drawn()
    assert len(first) == len(frames[0].codes) == 5000
    np.testing.assert_allclose(np.sort(first, axis=0), np.sort(frames[0].codes, axis=0), atol=1e-2)
    expect_words_of_then(quick, frames[0])
    quick.part("epoch").focus()
    quick.page.keyboard.press("ArrowRight")
    expect(quick.page).to_have_url(re.compile(rf"epoch={frames[1].epoch:g}\b"))
    expect(quick.plot).not_to_have_attribute("data-moving", re.compile(".*"))
    np.testing.assert_allclose(np.sort(quick.drawn(), axis=0), np.sort(frames[1].codes, axis=0), atol=1e-2)
    quick.part("whole-map").click()
    expect(quick.page).not_to_have_url(re.compile("epoch="))
    assert len(quick.drawn()) == 70_000


@pytest.mark.proof
def test_a_replay_pauses_where_it_is_and_goes_on_from_there(quick: Map, models: Path) -> None:
    last = RunStore(models).load_frames("quick-map")[-1].epoch
    play, label = quick.part("replay"), quick.page.locator(".lab-epoch")
    play.click()
    expect(play).to_contain_text("Pause")
    expect(quick.page.locator(".lab-badge")).to_be_visible()
    play.click()
    expect(play).not_to_contain_text("Pause")
    expect(quick.plot).not_to_have_attribute("data-moving", re.compile(".*"))
    paused, at = quick.drawn(), label.inner_text()
    quick.page.wait_for_timeout(1500)  # two epochs, were it still playing
    np.testing.assert_array_equal(quick.drawn(), paused)
    assert label.inner_text() == at != f"epoch {last:g}"
    quick.page.evaluate("""() => {
      const label = document.querySelector(".lab-epoch");
      window.epochs = [];
      new MutationObserver(() => window.epochs.push(label.textContent)).observe(label, { childList: true });
    }""")
    play.click()
    expect(quick.page).to_have_url(re.compile(rf"epoch={last:g}"))
    epochs = [float(text.split()[1]) for text in quick.page.evaluate("window.epochs")]
    assert float(at.split()[1]) <= epochs[0]  # not from the beginning
    assert epochs == sorted(epochs)
    quick.part("whole-map").click()
    expect(quick.page).not_to_have_url(re.compile("epoch="))


def expect_words_of_then(quick: Map, frame: Frame) -> None:
    """In a replay the table tells of the moment that is drawn, and the panel says that it does not."""
    labels = mnist().labels[60_000 : 60_000 + len(frame.codes)]
    quick.part("table-toggle").click()
    expect(quick.part("map-table").locator("caption")).to_have_text(f"At epoch {frame.epoch:g}: 5,000 digits, by label")
    cells = quick.part("map-table").locator("tbody tr").first.locator("td").all_inner_texts()
    assert cells[0] == str((labels == 0).sum())
    written = [float(number.replace("\u2212", "-")) for number in cells[1].split(" · ")]
    np.testing.assert_allclose(written, frame.codes[labels == 0].mean(axis=0), atol=0.011)
    assert cells[3] == "–"  # its errors were not kept
    quick.part("table-toggle").click()
    quick.plot.focus()
    quick.page.keyboard.press("n")
    quick.page.keyboard.press("Enter")
    expect(quick.part("digit-sheet")).to_contain_text("of the newest weights")
    sheet, back = quick.part("digit-sheet").bounding_box(), quick.part("whole-map").bounding_box()
    assert sheet is not None
    assert back is not None
    assert back["x"] + back["width"] <= sheet["x"]  # the way out of the replay is not under the panel
    quick.page.keyboard.press("Escape")


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
        written = [float(number.replace("\u2212", "-")) for number in re.split(r" · ", line[2])]
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
        "numerals",
        "manifold",
        "pan",
        "lasso",
        "box",
        "walk",
        "equal-axes",
        "reset",
        "table-toggle",
        "search",
        "replay",
        "epoch",
        "nearer",
        "farther",
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
    expect(quick.part("map-speech")).to_contain_text(f"Labelled {label}")
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
    quick.part("thumbnails").focus()
    quick.page.keyboard.press("ArrowRight")
    second = quick.part("selection").locator(".lab-unseen").inner_text()
    assert re.fullmatch(r"Digit [\d,]+, labelled \d", second)
    quick.page.keyboard.press("Enter")
    expect(quick.part("digit-sheet").locator("h3")).to_have_text(second)
    expect(quick.part("digit-sheet")).to_be_focused()  # what was pressed is gone; the way on is here
    quick.page.keyboard.press("Escape")
    expect(quick.part("digit-sheet")).to_be_hidden()
    expect(quick.plot).to_be_focused()
    quick.page.keyboard.press("Escape")
    before = quick.ranges()
    quick.page.keyboard.press("+")
    assert (np.diff(quick.ranges()) < np.diff(before)).all()
    quick.page.keyboard.press("0")
    np.testing.assert_allclose(quick.ranges(), before)


def test_the_keyboard_alone_reaches_what_appears_on_the_way(quick: Map) -> None:
    """The opacity of the manifold, the other maps, the table of what was selected."""
    quick.part("manifold").focus()
    quick.page.keyboard.press("Enter")
    tab_to(quick, "manifold-blend")
    before = float(quick.part("manifold-blend").input_value())
    quick.page.keyboard.press("ArrowLeft")
    assert float(quick.part("manifold-blend").input_value()) < before
    quick.part("manifold").press("Enter")
    quick.part("legend-9").focus()
    for name in ("beside-pca", "beside-tsne", "beside-umap"):
        tab_to(quick, name)
    quick.part("box").press("Enter")
    quick.plot.focus()
    for key in ("Shift+ArrowLeft", "Shift+ArrowUp", "Enter", *["Shift+ArrowRight", "Shift+ArrowDown"] * 3, "Enter"):
        quick.page.keyboard.press(key)
    expect(quick.part("selection")).to_contain_text("digits")
    quick.part("selection").focus()
    tab_to(quick, "csv")
    with quick.page.expect_download() as download:
        quick.page.keyboard.press("Enter")
    assert text_of(download.value).startswith("index,label,")


def tab_to(opened: Map, testid: str) -> None:
    for _ in range(15):
        opened.page.keyboard.press("Tab")
        if opened.page.evaluate("document.activeElement.dataset.testid") == testid:
            return
    raise AssertionError(f"{testid} is not reached")


def test_metrics_of_the_map_stand_beside_those_of_pca_and_say_what_they_mean(quick: Map, models: Path) -> None:
    at_end, compared = (json.loads((models / "quick-map" / f"{name}.json").read_text()) for name in ("run", "metrics"))
    found, pca = at_end["measures"] | compared["model"], compared["pca"]
    strip = quick.page.locator(".st-key-metrics")
    said = strip.get_by_test_id("stMetricValue").all_inner_texts()
    twins = strip.get_by_test_id("stCaptionContainer").all_inner_texts()
    written = {"knn_accuracy": ".1%", "knn_15": ".1%", "linear": ".1%", "trustworthiness": ".3f", "test_mse": ".4f"}
    assert said == [format(found[name], form) for name, form in written.items()]
    assert twins == [f"PCA {pca[name]:{form}}" for name, form in written.items()]
    meanings = (
        "the 5 nearest codes of the other digits",
        "the 15 nearest codes of the other digits",
        "logistic regression on the codes",
        "neighbours as pictures too",
        "Mean squared error per pixel",
    )
    targets = strip.get_by_test_id("stTooltipHoverTarget")
    expect(targets).to_have_count(len(meanings))
    for target, meaning in zip(targets.all(), meanings, strict=True):
        target.hover()
        expect(quick.page.get_by_test_id("stTooltipContent").filter(has_text=meaning)).to_be_visible()
        quick.page.mouse.move(2, 2)
        expect(quick.page.get_by_test_id("stTooltipContent")).to_have_count(0)


def test_the_map_fills_the_screen_below_one_thin_bar(quick: Map) -> None:
    bar, stage = quick.page.locator(".lab-bar").bounding_box(), quick.page.locator(".lab-stage").bounding_box()
    assert bar is not None
    assert stage is not None
    assert bar["height"] < 48  # one line at 1200 pixels
    assert stage["width"] > 1100
    assert stage["height"] > 520


# ---- the first view, and how far one may go ----


def test_at_first_98_of_100_digits_fill_the_frame_and_arrows_lead_to_the_rest(quick: Map, quick_truth: Truth) -> None:
    codes = quick_truth.space.codes
    low, high = quick.ranges().T
    inside = ((codes > low) & (codes < high)).all(axis=1)
    assert 0.98 <= inside.mean() < 1
    squeezed = np.ptp(codes, axis=0) / np.diff(quick.ranges()).ravel()
    assert squeezed.max() > 1.1  # all of them need more room
    arrows = quick.page.locator(".lab-beyond:visible")
    said = [int(re.sub(r"\D", "", text)) for text in arrows.all_inner_texts()]
    assert sum(said) == pytest.approx((~inside).sum(), abs=3)  # codes arrive in 16-bit steps
    arrows.first.click()
    expect(arrows).to_have_count(0)
    low, high = quick.ranges().T
    assert ((codes > low) & (codes < high)).all()


def test_the_label_stands_in_the_middle_of_its_digits(quick: Map, quick_truth: Truth) -> None:
    labels = mnist().labels
    left, top, *_ = quick.area()
    places = quick.page.locator(".lab-numerals text").evaluate_all(
        "texts => texts.map(text => text.getAttribute('transform').match(/[-\\d.]+/g).map(Number))"
    )
    middles = np.array([np.median(quick_truth.space.codes[labels == label], axis=0) for label in range(10)])
    off = np.linalg.norm(np.array(places) - quick.screen(middles) + np.array([left, top]), axis=1)
    assert np.median(off) < 2  # where there is room
    assert off.max() < 30
    quick.part("legend-4").click()
    expect(quick.page.locator(".lab-numerals text:visible")).to_have_text(["4"])
    quick.part("legend-4").click()
    quick.part("numerals").click()
    expect(quick.page.locator(".lab-numerals")).to_be_hidden()
    quick.part("numerals").click()


def test_no_drag_and_no_wheel_pushes_the_digits_out_of_sight(quick: Map) -> None:
    left, top, width, _ = quick.area()
    for _ in range(3):
        quick.drag(np.array([[left + 0.9 * width, top + 60], [left + 5, top + 70]]))
        settle(quick)
    assert digits_in_the_frame(quick) > 0
    for _ in range(12):
        quick.part("farther").click()
    assert (np.diff(quick.ranges()).ravel() < 20 * np.ptp(quick.drawn(), axis=0)).all()
    assert digits_in_the_frame(quick) == 70_000


def settle(opened: Map) -> None:
    """Two pictures later: what follows from an event is done."""
    opened.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def digits_in_the_frame(opened: Map) -> int:
    low, high = opened.ranges().T
    drawn = opened.drawn()
    return int(((drawn > low) & (drawn < high)).all(axis=1).sum())


def test_a_digit_and_a_label_are_found_by_typing(quick: Map) -> None:
    field = quick.part("search")
    for typed in ("61,234", "#7"):
        field.fill(typed)
        field.press("Enter")
        row = int(re.sub(r"\D", "", typed))
        expect(quick.part("digit-sheet").locator("h3")).to_contain_text(f"Digit {row:,},")
        ring = quick.page.locator(".lab-chosen").bounding_box()
        panel = quick.part("digit-sheet").bounding_box()
        assert ring is not None
        assert panel is not None
        assert 0 < ring["x"] < panel["x"]
    field.fill("4")
    field.press("Enter")
    expect(quick.part("legend-4")).to_have_attribute("aria-pressed", "true")
    field.fill("70000")
    field.press("Enter")
    assert "0 to 69,999" in field.evaluate("field => field.validationMessage")
    quick.part("legend-4").click()
    field.fill("")


def test_card_strip_and_panel_never_lie_over_each_other(quick: Map, quick_truth: Truth) -> None:
    codes = quick_truth.space.codes
    row = lonely(quick, codes, 1, seed=11)
    quick.page.mouse.click(*quick.screen(codes[row])[0])
    expect(quick.part("digit-sheet")).to_be_visible()
    expect(quick.card).to_be_hidden()  # the panel shows the same
    quick.part("walk").click()
    panel = quick.part("digit-sheet").bounding_box()
    assert panel is not None
    spots = [spot for spot in quick.screen(codes[lonely(quick, codes, 60)]) if spot[0] < panel["x"] - 20]
    for spot in spots[:2]:
        quick.page.mouse.click(*spot)
    quick.part("walk-strip").locator(".lab-step").nth(15).click()
    boxes = [quick.part(name).bounding_box() for name in ("walk-strip", "digit-sheet", "digit-card")]
    for i, one in enumerate(boxes):
        for other in boxes[i + 1 :]:
            assert one is not None
            assert other is not None
            apart = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
            assert apart or one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
    quick.part("walk-strip").get_by_role("button", name="Close").click()
    quick.plot.focus()
    quick.page.keyboard.press("Escape")


INKED = """canvas => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((value, i) => i % 4 === 3 && value > 0).length;
}"""


@pytest.mark.proof
def test_the_map_asks_for_no_webgl(visit: Visit) -> None:
    """Where there is none, or its context is lost, the digits are there all the same: in the plane and in space."""
    asked = """
      window.asked = [];
      const own = HTMLCanvasElement.prototype.getContext;
      HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
        if (/webgl|gpu/.test(kind)) { window.asked.push(kind); return null; }
        return own.call(this, kind, ...rest);
      };
    """
    opened = visit("run=small-3", viewport={"width": 1200, "height": 800})
    opened.page.add_init_script(asked)
    for axes in ("space", "0,1"):
        opened.page.goto(f"/latent_space?run=small-3&axes={axes}")
        opened.ready()
        assert opened.part("points").evaluate(INKED) > 10_000
    assert opened.page.evaluate("window.asked") == []
    opened.page.close()


# ---- fingers ----

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "locale": "es-MX"}
TWICE = """([plot, x, y]) => {
  for (const type of ["pointerdown", "pointerup", "pointerdown", "pointerup"]) {
    const at = { clientX: x, clientY: y, pointerType: "touch", isPrimary: true, button: 0, bubbles: true };
    plot.dispatchEvent(new PointerEvent(type, at));
  }
}"""

AT_THE_TOP = """async main => {
  for (let calm = 0; calm < 10; calm = main.scrollTop ? 0 : calm + 1) {  // the last swipe may still be rolling out
    main.scrollTo(0, 0);
    await new Promise(requestAnimationFrame);
  }
}"""


@pytest.fixture
def phone(visit: Visit) -> Map:
    opened = visit("run=quick-map", **PHONE).ready()
    settle(opened)
    return opened


def fingers(opened: Map, *steps: list[tuple[float, float]]) -> None:
    """Fingers at the first places move to the others and are lifted."""
    wire = opened.page.context.new_cdp_session(opened.page)
    for step, places in enumerate(steps):
        points = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(places)]
        wire.send("Input.dispatchTouchEvent", {"type": "touchMove" if step else "touchStart", "touchPoints": points})
    wire.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    wire.detach()
    settle(opened)


def swipe(opened: Map, across: float, down: float) -> None:
    x, y = 200.0, 480.0
    fingers(opened, *[[(x + across * k / 8, y + down * k / 8)] for k in range(9)])


def test_two_fingers_two_taps_and_the_buttons_zoom_and_one_finger_scrolls_the_page(phone: Map) -> None:
    def scrolled() -> float:
        return float(phone.page.get_by_test_id("stMain").evaluate("main => main.scrollTop"))

    def width() -> float:
        return float(np.diff(phone.ranges()[0])[0])

    first = width()
    middle = phone.places([[200, 450]])
    fingers(phone, *[[(200 - 30 - 15 * k, 450), (200 + 30 + 15 * k, 450)] for k in range(5)])
    eventually(lambda: width() == pytest.approx(first / 3, rel=0.05))
    np.testing.assert_allclose(phone.places([[200, 450]]), middle, atol=0.02 * first)
    assert scrolled() == 0
    expect(phone.page).to_have_url(re.compile("x0="))
    phone.page.evaluate(TWICE, [phone.plot.element_handle(), 200, 450])
    eventually(lambda: width() == pytest.approx(first / 6, rel=0.05))
    expect(phone.part("digit-sheet")).to_have_count(0)  # two taps choose nothing
    phone.part("nearer").tap()
    eventually(lambda: width() < first / 8)
    phone.part("reset").tap()
    eventually(lambda: width() == pytest.approx(first))
    phone.part("farther").tap()
    eventually(lambda: width() > 1.3 * first)
    phone.part("reset").tap()
    eventually(lambda: width() == pytest.approx(first))

    before = phone.ranges()
    swipe(phone, 0, -160)
    eventually(lambda: scrolled() > 60)
    np.testing.assert_allclose(phone.ranges(), before)
    phone.part("pan").tap()  # "Move"
    phone.page.get_by_test_id("stMain").evaluate(AT_THE_TOP)
    swipe(phone, 60, -100)
    eventually(lambda: bool((np.abs(phone.ranges() - before) > 0.1).all()))
    assert scrolled() == 0
    for _ in range(6):
        swipe(phone, 150, 0)
    assert digits_in_the_frame(phone) > 0


def test_on_a_phone_a_tap_opens_the_panel_tools_are_in_reach_and_numbers_are_the_regions(
    phone: Map, quick_truth: Truth
) -> None:
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390
    for name in ("pan", "lasso", "box", "walk", "reset", "replay", "manifold", "table-toggle", "search", "nearer"):
        box = phone.part(name).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert box["y"] + box["height"] <= 844  # without scrolling
        assert name == "search" or min(box["width"], box["height"]) >= 44
    codes = quick_truth.space.codes
    x, y = next(
        spot for spot in phone.screen(codes[lonely(phone, codes, 300)]) if 60 < spot[0] < 340 and 220 < spot[1] < 560
    )
    phone.page.touchscreen.tap(float(x), float(y))
    panel = phone.part("digit-sheet")
    expect(panel).to_be_visible()
    expect(phone.card).to_be_hidden()
    expect(phone.page).to_have_url(re.compile("digit="))
    row = int(phone.address()["digit"])
    expect(panel.locator("h3")).to_contain_text(f"Dígito {row:,}")  # as in Mexico
    expect(panel).to_contain_text(f"{quick_truth.space.errors[row]:.4f}")
    assert phone.plot.evaluate("plot => plot._fullLayout.separators") == ".,"


# ---- the address ----


def test_an_address_shows_the_same_to_somebody_else(quick: Map, visit: Visit, quick_truth: Truth) -> None:
    codes = quick_truth.space.codes
    quick.part("colour-by").select_option("error")
    quick.part("digits").select_option("held_out")
    left, top, width, height = quick.area()
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
    np.testing.assert_allclose(other.ranges(), ranges, atol=1e-4 * np.ptp(ranges))
    assert len(other.drawn()) == 10_000


@pytest.mark.proof
def test_another_language_changes_the_words_and_nothing_else(visit: Visit, models: Path) -> None:
    epoch = RunStore(models).load_frames("quick-map")[1].epoch
    opened = visit(f"run=quick-map&epoch={epoch:g}&digits=held_out&equal=0&x0=-2&x1=1.5&y0=-1&y1=2").ready()
    opened.page.locator(".st-key-corner button:visible").last.click()
    opened.page.locator(".st-key-lang input").click()
    opened.page.get_by_role("option", name="Español", exact=True).click()
    expect(opened.part("table-toggle")).to_have_text("Tabla")
    opened.ready()
    expect(opened.page.locator(".lab-epoch")).to_have_text(f"época {epoch:g}")
    np.testing.assert_allclose(opened.ranges(), [[-2, 1.5], [-1, 2]])
    assert opened.plot.evaluate("plot => plot._fullLayout.separators") == ",."
    for kept in (f"epoch={epoch:g}", "x0=-2", "digits=held_out"):
        expect(opened.page).to_have_url(re.compile(kept))


@pytest.mark.proof
def test_a_replay_whose_maps_do_not_come_says_so_and_can_be_tried_again(visit: Visit) -> None:
    opened = visit("run=quick-map").ready()
    opened.page.route(FRAMES, lambda route: route.abort())
    opened.part("replay").click()
    expect(opened.page.locator(".lab-status")).to_have_text(
        "A part of the map could not be loaded. Try again in a moment."
    )
    assert len(opened.drawn()) == 70_000  # what was there is still there
    opened.page.unroute(FRAMES)
    opened.part("replay").click()
    expect(opened.page).to_have_url(re.compile("epoch="))


@pytest.mark.proof
def test_an_epoch_in_the_address_is_shown(visit: Visit, models: Path) -> None:
    frame = RunStore(models).load_frames("quick-map")[1]
    opened = visit(f"run=quick-map&epoch={frame.epoch:g}").ready()
    expect(opened.page.locator(".lab-epoch")).to_have_text(f"epoch {frame.epoch:g}")
    np.testing.assert_allclose(np.sort(opened.drawn(), axis=0), np.sort(frame.codes, axis=0), atol=1e-2)
