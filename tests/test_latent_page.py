"""Pointing and choosing on the map: a real pointer over the real app, held against NumPy."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from cluster import App
from latent_map import LEVELS, Map, Truth, Visit, empty_points, expect_digit, lonely, mnist
from PIL import Image
from playwright.sync_api import expect
from polygon import contains

from autoencoder.analysis.digits import percentile
from autoencoder.runs.run import hashed
from autoencoder.runs.store import RunStore
from autoencoder.settings import GREY_SQUARED

pytestmark = pytest.mark.slow


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
    left, top, width, height = quick.area()
    for across, up in [(0.1, 0.01), (0.99, 0.01), (0.99, 0.99), (0.01, 0.99), (0.5, 0.5)]:
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
    row = int(lonely(quick, quick_truth.space.codes, 1)[0])
    quick.point(quick.screen(quick_truth.space.codes[[row]])[0])
    expect(quick.card).to_have_attribute("data-kind", "digit")
    original = quick.card.get_by_test_id("original").bounding_box()
    assert original is not None
    assert min(original["width"], original["height"]) >= 84


def test_over_empty_space_the_place_is_decoded(quick: Map, quick_truth: Truth) -> None:
    for spot in empty_points(quick, quick_truth.space.codes, 8):
        quick.point(spot)
        expect(quick.card).to_have_attribute("data-kind", "decoded")
        expect(quick.card.get_by_test_id("original")).to_be_hidden()
        assert not quick.card.get_attribute("data-index")
        expected = quick_truth.decoded(quick.places([spot]))[0]
        assert np.abs(quick.picture("reconstruction") - expected).max() <= LEVELS
    assert quick.card.evaluate("card => getComputedStyle(card).borderTopStyle") == "dashed"


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
    left, top, width, height = quick.area()
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
    step = np.ptp(codes, axis=0) / 65_535
    if tool == "lasso":  # its corners are 3 pixels apart
        assert len(np.setxor1d(got, expected)) <= 0.01 * len(expected)
    else:  # codes arrive in 16-bit steps: those on the line may fall to either side
        low, high = np.sort([[xa, ya], [xb, yb]], axis=0)
        within = ((codes > low + step) & (codes < high - step)).all(axis=1)
        near = ((codes > low - step) & (codes < high + step)).all(axis=1)
        assert set(np.flatnonzero(within)) <= set(got.tolist()) <= set(np.flatnonzero(near))
    assert [int(row["label"]) for row in rows] == labels[got].tolist()
    values = np.array([[float(row["code_0"]), float(row["code_1"])] for row in rows])
    assert (np.abs(values - codes[got]).max(axis=0) <= step).all()
    np.testing.assert_allclose([float(row["error"]) for row in rows], errors[got], atol=1e-5)
    says = quick.part("selection").inner_text()
    assert f"{len(got):,} digits" in says
    for name, part in {"Training": got[got < 60_000], "Held-out": got[got >= 60_000]}.items():
        (said,) = re.findall(
            rf"{name} digits \({len(part):,}\): mean error ([\d.]+) MSE per pixel \(([\d,]+) grey²", says
        )
        assert float(said[0]) == pytest.approx(errors[part].mean(), abs=1e-4)
        assert float(said[1].replace(",", "")) == pytest.approx(errors[part].mean() * GREY_SQUARED, rel=2e-3)
    bars = quick.part("label-histogram").locator("span").all_inner_texts()
    assert [int(bar.replace(",", "")) for bar in bars] == np.bincount(labels[got], minlength=10).tolist()
    muted = quick.colours() == 1
    assert muted.sum() == len(codes) - len(got)
    thumbnails = quick.part("thumbnails").evaluate("canvas => [canvas.width, canvas.height]")
    assert thumbnails == [280, 28 * min(20, -(-len(got) // 10))]


def test_a_selection_gets_a_name_that_everyone_sees_and_its_owner_alone_changes(
    visit: Visit, gallery: App, models: Path
) -> None:
    store, secret = RunStore(models), "the-secret-of-the-one-who-names-selections"
    shutil.copytree(models / "quick-map", models / "named")
    store.save(replace(store.load("named"), preset=None, owner=hashed(secret), name="Named"))
    cookie = {"name": "lab_owner", "value": secret, "domain": urlsplit(gallery.url).hostname, "path": "/"}
    cookie |= {"expires": -1, "httpOnly": False, "secure": False, "sameSite": "Lax"}
    owner = visit("run=named", storage_state={"cookies": [cookie], "origins": []}).ready()
    left, top, width, height = owner.area()
    owner.part("box").click()
    owner.drag(np.array([[left + 0.3 * width, top + 0.3 * height], [left + 0.4 * width, top + 0.5 * height]]))
    owner.part("selection-name").fill("open, wide")
    owner.page.keyboard.press("Enter")
    chips = owner.part("named-selections").locator("button")
    expect(chips).to_have_text([re.compile("open, wide")])
    assert {row["selection"] for row in owner.downloaded()} == {"open, wide"}
    owner.part("selection-rename").click()
    owner.part("selection-dialog").locator("input").fill("open fours")
    owner.part("selection-save").click()
    expect(owner.part("selection").locator("h3")).to_have_text("open fours")
    expect(owner.page).to_have_url(re.compile("selection="))
    count = len(owner.downloaded())

    other = visit(f"run=named&selection={owner.address()['selection']}").ready()  # the link, in another browser
    expect(other.part("selection").locator("h3")).to_have_text("open fours")
    expect(other.part("selection")).to_contain_text(f"{count:,} digits")
    expect(other.part("selection-delete")).to_have_count(0)
    assert len(other.downloaded()) == count

    owner.part("selection-delete").click()
    owner.part("selection-delete-sure").click()
    expect(owner.part("named-selections")).to_be_hidden()
    expect(owner.part("selection")).to_be_hidden()
    store.delete("named")


def test_a_thumbnail_opens_its_digit(quick: Map) -> None:
    left, top, width, height = quick.area()
    quick.part("box").click()
    quick.drag(np.floor([[left + 0.3 * width, top + 0.3 * height], [left + 0.4 * width, top + 0.45 * height]]))
    rows = [int(line["index"]) for line in quick.downloaded()]
    assert len(rows) > 20
    quick.part("thumbnails").evaluate("canvas => canvas.scrollIntoView()")
    side = quick.part("thumbnails").evaluate("canvas => canvas.clientWidth / 10")
    quick.part("thumbnails").click(position={"x": 3.5 * side, "y": 1.5 * side})
    expect(quick.part("digit-sheet")).to_contain_text(f"{rows[13]:,}")
    expect(quick.part("neighbours").locator("button")).to_have_count(10)


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
    left, top, *_ = quick.area()
    np.testing.assert_allclose(drawn + np.array([left, top]), quick.screen(way), atol=1)
    quick.part("walk-play").click()
    expect(steps.nth(15)).to_have_attribute("aria-current", "true")


# ---- a digit of one's own ----


def test_a_drawn_digit_lies_where_numpy_puts_it_and_its_mark_follows_the_pen(
    quick: Map, quick_truth: Truth, tmp_path: Path
) -> None:
    network, space = quick_truth.network, quick_truth.space
    asked: list[str] = []
    quick.part("draw").click()
    expect(quick.part("drawing-percentile")).to_be_empty()
    quick.draw([(0.3, 0.2), (0.7, 0.2), (0.45, 0.85)])
    expect(quick.part("drawing-nearest").locator("[data-index]")).to_have_count(10)
    quick.page.on("request", lambda request: asked.append(request.url))
    pictures = []
    for stroke in ([(0.4, 0.55), (0.7, 0.55)], [(0.3, 0.2), (0.25, 0.5), (0.6, 0.9)]):
        quick.draw(stroke)
        form = quick.drawn_picture("drawing-form")
        code = network.encode(form[None])
        error = float(network.errors(form[None], code)[0])
        expect(quick.part("drawing-code")).to_have_text(
            f"code {code[0, 0]:.2f} · {code[0, 1]:.2f}".replace("-", "\u2212")
        )
        expect(quick.part("drawing-error")).to_have_text(
            f"{error:.4f} MSE per pixel ({error * GREY_SQUARED:,.0f} grey²)"
        )
        share = np.floor(percentile(space.errors[60_000:], error) * 10) / 10
        expect(quick.part("drawing-percentile")).to_have_text(f"worse than {share:.1f}% of 10,000 held-out digits")
        assert np.abs(quick.drawn_picture("drawing-made") - quick_truth.decoded(code)[0]).max() <= LEVELS
        near = [
            int(each.get_attribute("data-index") or -1)
            for each in quick.part("drawing-nearest").locator("button").all()
        ]
        distances = np.square(space.codes - code).sum(axis=1)
        np.testing.assert_allclose(distances[near], np.sort(distances)[:10], rtol=0.01)
        np.testing.assert_allclose(quick.mark(), quick.screen(code)[0], atol=1.5)
        pictures.append(form)
    assert asked == []  # no request a stroke
    assert (pictures[0] != pictures[1]).any()
    quick.page.keyboard.press("Control+z")
    np.testing.assert_array_equal(quick.drawn_picture("drawing-form"), pictures[0])
    with quick.page.expect_download() as download:
        quick.part("drawing-save").click()
    download.value.save_as(tmp_path / "digit.png")
    saved = Image.open(tmp_path / "digit.png")
    assert saved.size == (28, 28)
    np.testing.assert_array_equal(np.array(saved.convert("L")).ravel(), pictures[0])
    quick.part("drawing-clear").click()
    expect(quick.page.locator(".lab-drawn")).to_have_count(0)
    quick.part("drawing-undo").click()
    np.testing.assert_array_equal(quick.drawn_picture("drawing-form"), pictures[0])
    quick.part("drawing-nearest").locator("button").first.click()
    expect(quick.part("digit-sheet")).to_be_visible()
    expect(quick.page.locator(".lab-ring.lab-drawn")).to_have_count(1)  # beside the neighbour that has been opened
    quick.part("draw").click()
    np.testing.assert_array_equal(quick.drawn_picture("drawing-form"), pictures[0])
    quick.part("drawing-clear").click()


def test_a_digit_is_drawn_with_the_keyboard_alone(quick: Map) -> None:
    quick.part("draw").focus()
    quick.page.keyboard.press("Enter")
    if quick.part("drawing-clear").is_enabled():
        quick.part("drawing-clear").click()
    quick.part("pad").focus()
    press = quick.page.keyboard.press
    press("ArrowUp")
    expect(quick.part("drawing-speech")).to_have_text("Row 14, column 15: empty")
    press(" ")
    expect(quick.part("drawing-speech")).to_have_text("Row 14, column 15: ink")
    for _ in range(9):
        press("Shift+ArrowDown")
    form = quick.drawn_picture("drawing-form").reshape(28, 28)
    np.testing.assert_array_equal(np.argwhere(form.any(axis=0)).ravel(), [13, 14])  # ten pixels high, one wide
    np.testing.assert_array_equal(np.argwhere(form.any(axis=1)).ravel(), np.arange(4, 24))
    expect(quick.part("drawing-speech")).to_contain_text("Nearest: ")
    for _ in range(10):
        press("Control+z")
    expect(quick.page.locator(".lab-drawing[data-empty]")).to_have_count(1)
    press("Escape")
    expect(quick.part("drawing-sheet")).to_be_hidden()
    expect(quick.plot).to_be_focused()
    expect(quick.page).not_to_have_url(re.compile("draw="))
