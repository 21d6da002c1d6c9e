"""The Reconstructions page in a real browser, on a real app: what is drawn is compared with NumPy, pixel by pixel."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from cluster import App
from latent_map import Truth
from playwright.sync_api import Error, Locator, Page, expect
from tabs import Tabs

from autoencoder.analysis.digits import percentile, sliders
from autoencoder.analysis.latent_space import LatentSpace
from autoencoder.analysis.neighbours import nearest_codes
from autoencoder.data.dataset import Dataset, load_dataset
from autoencoder.network.dense import DenseAutoencoder
from autoencoder.network.grey_levels import grey, pixels

pytestmark = pytest.mark.slow
RUN = "quick-map"


@pytest.fixture
def page(tabs_of: Callable[..., Tabs]) -> Iterator[Page]:
    tabs, errors = tabs_of(), []
    opened = tabs.open(size={"width": 1400, "height": 900})

    def note(error: Error) -> None:
        errors.append(str(error))

    opened.on("pageerror", note)
    yield opened
    opened.remove_listener("pageerror", note)
    tabs.close(opened)
    assert errors == []


@pytest.fixture(scope="module")
def mnist() -> Dataset:
    return load_dataset("mnist")


@pytest.fixture(scope="module")
def network(quick_truth: Truth) -> DenseAutoencoder:
    return quick_truth.network


@pytest.fixture(scope="module")
def space(quick_truth: Truth) -> LatentSpace:
    return quick_truth.space


# ---- the sheet ----


def test_the_courses_first_sixteen_are_drawn_as_they_are_and_as_numpy_makes_them(page, gallery, mnist, network, space):
    visit(page, gallery)
    assert indices(page) == list(range(16))
    made = grey(network.reconstruct(pixels(mnist.images[:16])))
    for i, card in enumerate(page.get_by_test_id("card").all()):
        assert card.get_attribute("data-label") == str(mnist.labels[i])
        assert np.array_equal(ink(card.get_by_test_id("original")), mnist.images[i])
        assert gap(ink(card.get_by_test_id("reconstruction")), made[i]) <= 1
        assert f"{space.errors[i]:.4f}" in card.inner_text()


def test_worst_and_best_over_the_held_out_digits(page, gallery, mnist, space):
    visit(page, gallery, by="worst", of="held_out")
    order = np.argsort(space.errors[mnist.held_out], kind="stable") + mnist.n_training
    assert indices(page)[:4] == order[::-1][:4].tolist()
    choose(page, "best")
    until(page, order[0])
    assert indices(page)[:4] == order[:4].tolist()


def test_pages_turn_and_a_link_shows_the_same(page, gallery, tabs_of):
    visit(page, gallery, by="worst")
    settled(page)
    first, size = indices(page), len(indices(page))
    assert size > 4
    page.get_by_label("Next page").click()
    expect(page.get_by_test_id("page")).to_contain_text("page 2 of")
    second = indices(page)
    assert len(second) == size
    assert not set(first) & set(second)
    page.get_by_test_id("card").nth(3).click()
    expect(page.get_by_test_id("detail")).to_have_attribute("data-index", str(second[3]))
    assert asked(page)["digit"] == [str(second[3])]
    again = tabs_of().context.new_page()
    again.set_viewport_size({"width": 1400, "height": 900})
    again.goto(page.url)
    expect(again.get_by_test_id("detail")).to_have_attribute("data-index", str(second[3]))
    settled(again)
    assert indices(again) == second
    again.close()


def test_of_two_quick_requests_none_is_lost(page, gallery):
    visit(page, gallery, by="worst")
    settled(page)
    third = page.evaluate("""() => {
      for (let i = 0; i < 2; i++) document.querySelector('[aria-label="Next page"]').click();
      const card = document.querySelectorAll('[data-testid=card]')[2];
      card.click();
      return Number(card.dataset.index);
    }""")
    expect(page.get_by_test_id("page")).to_contain_text("page 3 of")
    expect(page.get_by_test_id("detail")).to_have_attribute("data-index", str(third))


@pytest.mark.proof
def test_random_digits_are_others_each_time_and_the_same_by_link(page, gallery):
    visit(page, gallery)
    choose(page, "random")
    page.wait_for_function("() => location.search.includes('seed=')")
    until_other(page, list(range(16)))
    first = indices(page)
    page.get_by_role("button", name="Again").click()
    until_other(page, first)
    second = indices(page)
    page.reload()
    expect(page.get_by_test_id("card").first).to_have_attribute("data-index", str(second[0]))


@pytest.mark.proof
def test_by_label_and_by_index(page, gallery, mnist):
    visit(page, gallery, by="label", label="7", of="held_out")
    assert indices(page)[:5] == (np.flatnonzero(mnist.labels[60_000:] == 7)[:5] + 60_000).tolist()
    choose(page, "index")
    number = page.get_by_label("Number of the digit")
    number.fill("60,123")
    number.press("Enter")
    until(page, 60_123)
    assert indices(page)[:3] == [60_123, 60_124, 60_125]
    expect(page.get_by_test_id("detail")).to_have_attribute("data-index", "60123")


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ({"index": "5", "of": "held_out"}, "Type a number from 60,000 to 69,999"),
        pytest.param({"index": "70000"}, "no digit 70,000. Type a number from 0 to 69,999.", marks=pytest.mark.proof),
        pytest.param({"index": "seven"}, "Type a number from 0 to 69,999.", marks=pytest.mark.proof),
    ],
)
def test_an_index_out_of_range_is_said_beside_the_choice(page, gallery, address, sentence):
    open_at(page, gallery, by="index", **address)
    expect(page.get_by_role("alert").filter(has_text=sentence)).to_be_visible()
    assert page.get_by_test_id("card").count() == 0


def test_the_difference_and_pca_stand_beside_on_demand(page, gallery):
    visit(page, gallery)
    card = page.get_by_test_id("card").first
    assert card.locator("canvas").count() == 2
    page.get_by_test_id("show-difference").check()
    expect(card.get_by_test_id("difference")).to_be_visible()
    page.get_by_test_id("show-pca").check()
    expect(card.get_by_test_id("pca")).to_be_visible()
    assert asked(page)["pca"] == ["1"] == asked(page)["difference"]
    assert len(re.findall(r"0\.\d{4}", card.inner_text())) == 2


def test_the_keyboard_goes_from_card_to_card_opens_one_and_turns_the_page(page, gallery):
    visit(page, gallery, by="label", label="3")
    settled(page)
    before = indices(page)
    page.get_by_label("Next page").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("detail")).to_have_attribute("data-index", str(before[2]))
    page.keyboard.press("PageDown")
    expect(page.get_by_test_id("page")).to_contain_text("page 2 of")
    assert page.evaluate("document.activeElement.dataset.testid") == "card"


@pytest.mark.proof
def test_how_long_a_page_takes_to_turn(page, gallery, space):
    visit(page, gallery, by="worst")
    settled(page)
    page.evaluate(TURNS)
    took = sorted(page.evaluate("turns(12)"))
    print(f"page turn, from click to drawn: median {took[6]:.0f} ms, worst {took[-1]:.0f} ms")
    worst_first = np.argsort(space.errors, kind="stable")[::-1]
    assert indices(page)[0] == worst_first[12 * len(indices(page))]


TURNS = """
globalThis.turns = async (count) => {
  const took = [];
  for (let i = 0; i < count; i++) {
    const sheet = document.querySelector('[data-testid=sheet]');
    const start = performance.now();
    const drawn = new Promise((resolve) => {
      new MutationObserver((_, seen) => { seen.disconnect(); resolve(); }).observe(sheet, { childList: true });
    });
    document.querySelector('[aria-label="Next page"]').click();
    await drawn;
    took.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
  return took;
};
"""


# ---- one digit ----


def test_a_digit_opens_beside_the_sheet_with_all_that_is_known_of_it(page, gallery, mnist, network, space):
    visit(page, gallery, digit="60123")
    detail = page.get_by_test_id("detail")
    expect(detail).to_have_attribute("data-index", "60123")
    error = float(space.errors[60_123])
    share = np.floor(percentile(space.errors[mnist.held_out], error) * 10) / 10
    expect(detail.get_by_test_id("digit-error")).to_have_text(f"{error:.4f} MSE per pixel ({error * 65025:,.0f} grey²)")
    expect(detail.get_by_test_id("percentile")).to_have_text(f"worse than {share:.1f}% of 10,000 held-out digits")
    assert np.array_equal(ink(detail.get_by_test_id("original")), mnist.images[60_123])
    made = grey(network.decode(space.codes[60_123:60_124]))[0]
    assert gap(ink(detail.get_by_test_id("reconstruction")), made) <= 1
    for i, value in enumerate(space.codes[60_123]):
        assert f"{value:.2f}".replace("-", "\u2212") in detail.get_by_test_id("code").locator("li").nth(i).inner_text()
    leads_to = detail.get_by_test_id("to-map").evaluate("link => link.href")
    assert leads_to == f"{gallery.url}/latent_space?run={RUN}&digit=60123"
    sheet, beside = page.get_by_test_id("sheet").bounding_box(), detail.bounding_box()
    assert beside["x"] >= sheet["x"] + sheet["width"]


def test_a_drawn_digit_is_passed_through_the_network_and_taken_to_the_map(page, gallery, network, space):
    visit(page, gallery)
    settled(page)
    page.get_by_test_id("draw-own").click()
    pad = page.get_by_test_id("pad")
    expect(pad).to_be_in_viewport()
    expect(page.get_by_test_id("drawing-to-map")).to_be_hidden()
    box = pad.bounding_box()
    for step, (x, y) in enumerate([(0.5, 0.2), (0.45, 0.5), (0.5, 0.8)]):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        if not step:
            page.mouse.down()
    page.mouse.up()
    expect(page.get_by_test_id("drawing-nearest").locator("[data-index]")).to_have_count(10)
    form = ink(page.get_by_test_id("drawing-form"))
    code = network.encode(form[None])
    assert gap(ink(page.get_by_test_id("drawing-made")), grey(network.decode(code))[0]) <= 1
    error = float(network.errors(form[None], code)[0])
    share = np.floor(percentile(space.errors[60_000:], error) * 10) / 10
    expect(page.get_by_test_id("drawing-percentile")).to_have_text(f"worse than {share:.1f}% of 10,000 held-out digits")
    page.get_by_test_id("drawing-to-map").click()
    expect(page.locator(".lab-ring.lab-drawn")).to_have_count(1)
    assert np.array_equal(ink(page.get_by_test_id("drawing-form")), form)
    assert asked(page)["draw"] == ["1"]
    page.get_by_test_id("drawing-clear").click()


def test_its_ten_nearest_neighbours_can_be_opened(page, gallery, mnist, space):
    visit(page, gallery, digit="60123")
    neighbours = page.get_by_test_id("neighbours").get_by_role("button")
    nearest = nearest_codes(space.codes, 60_123).tolist()
    assert [int(each.get_attribute("data-index")) for each in neighbours.all()] == nearest
    assert np.array_equal(ink(neighbours.nth(2).locator("canvas")), mnist.images[nearest[2]])
    neighbours.nth(2).click()
    expect(page.get_by_test_id("detail")).to_have_attribute("data-index", str(nearest[2]))
    assert asked(page)["digit"] == [str(nearest[2])]


# ---- where it is good and bad ----


def test_errors_by_label_their_distribution_and_the_confused_pairs(page, gallery):
    visit(page, gallery)
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    bars = page.locator(".js-plotly-plot").first.evaluate("plot => plot.data.map(trace => trace.y.length)")
    assert bars == [10, 10]
    expect(page.get_by_test_id("confused").locator("li").first).to_contain_text("4 – 9")
    page.get_by_role("button", name="Worst first").click()
    page.wait_for_function("() => ['by=worst', 'of=held_out'].every((part) => location.search.includes(part))")
    expect(page.locator("input[value=worst]")).to_be_checked()


# ---- sliders ----


def test_the_decoded_digit_follows_the_sliders(page, gallery, network, space, mnist):
    visit(page, gallery, digit="60123")
    board = ready_sliders(page)
    ranges = sliders(space.codes, mnist.labels, 10)
    assert gap(decoded(board), grey(network.decode(ranges.average[None]))[0]) <= 2
    inputs = board.locator("input[type=range]")
    order = [int(each.get_attribute("data-dimension")) for each in inputs.all()]
    assert order == list(ranges.dimensions)
    low, high = (float(inputs.first.get_attribute(end)) for end in ("min", "max"))
    assert (low, high) == pytest.approx((ranges.low[order[0]], ranges.high[order[0]]), rel=1e-3)
    took = board.evaluate(SWEEP)
    print(f"slider to drawn digit: median {sorted(took)[20]:.1f} ms, worst {max(took):.1f} ms")
    code = ranges.average.copy()
    code[order[0]] = float(inputs.first.input_value())
    assert gap(decoded(board), grey(network.decode(code[None]))[0]) <= 2


SWEEP = """
(board) => {
  const slider = board.querySelector('input[type=range]');
  const [low, high] = [Number(slider.min), Number(slider.max)];
  return Array.from({ length: 41 }, (_, i) => {
    const start = performance.now();
    slider.value = low + (high - low) * (i / 40) * 0.7;
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    return performance.now() - start;
  });
}
"""


@pytest.mark.proof
def test_a_dimension_and_its_number_stand_on_one_line(page, gallery):
    visit(page, gallery, run="wide", digit="60123")
    for place in (page.get_by_test_id("code"), ready_sliders(page)):
        lines = place.locator("li > span:first-child").evaluate_all(
            "names => names.map((name) => name.scrollHeight / parseFloat(getComputedStyle(name).fontSize))"
        )
        assert len(lines) >= 32
        assert max(lines) < 2


@pytest.mark.proof
def test_sliders_begin_at_a_digit_at_a_labels_average_and_anew(page, gallery, network, space, mnist):
    visit(page, gallery, digit="60123")
    board, ranges = ready_sliders(page), sliders(space.codes, mnist.labels, 10)
    board.get_by_role("button", name="Start from digit 60,123").click()
    assert gap(decoded(board), grey(network.decode(space.codes[60_123:60_124]))[0]) <= 2
    board.get_by_label("The average code of all 4s").click()
    assert gap(decoded(board), grey(network.decode(ranges.by_label[4:5]))[0]) <= 2
    slider = board.get_by_label("dimension 1", exact=True)
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(board.get_by_role("status")).to_contain_text("turned by hand")
    assert gap(decoded(board), grey(network.decode(ranges.by_label[4:5]))[0]) > 0
    board.get_by_role("button", name="Reset").click()
    assert gap(decoded(board), grey(network.decode(ranges.average[None]))[0]) <= 2


# ---- all kinds of runs ----


@pytest.mark.proof
def test_sliders_of_forty_dimensions_are_the_thirty_two_that_vary_most(page, gallery):
    visit(page, gallery, run="wide")
    board = ready_sliders(page)
    assert board.locator("input[type=range]").count() == 32
    assert page.get_by_test_id("code").locator("li").count() == 40


@pytest.mark.proof
def test_a_collapsed_run_works_as_well(page, gallery, mnist):
    visit(page, gallery, run="one-point", digit="5")
    neighbours = page.get_by_test_id("neighbours").get_by_role("button")
    assert neighbours.count() == 10
    board = ready_sliders(page)
    assert board.locator("input[type=range]:disabled").count() == 2
    assert decoded(board).max() > 0


def test_a_run_under_way_shows_its_last_checkpoint(page, gallery, mnist, network):
    visit(page, gallery, run="under-way")
    made = grey(network.reconstruct(pixels(mnist.images[:1])))[0]
    assert gap(ink(page.get_by_test_id("card").first.get_by_test_id("reconstruction")), made) <= 1
    expect(page.get_by_role("button", name="Show what it has learned since")).to_be_visible()


def test_a_run_that_has_learned_nothing_says_what_to_do(page, gallery):
    open_at(page, gallery, run="nothing-yet")
    expect(page.get_by_text("Its reconstructions appear after the first epoch.")).to_be_visible()


def test_a_run_of_the_course_says_that_no_digit_was_held_out(page, gallery):
    visit(page, gallery, run="course-8d")
    expect(page.get_by_text("on the last 10,000 digits, trained on too").first).to_be_visible()


def test_the_web_process_has_no_tensorflow(page, gallery):
    visit(page, gallery)
    maps = Path(f"/proc/{gallery.process.pid}/maps").read_text()
    assert "numpy" in maps
    assert "tensorflow" not in maps


# ---- any screen ----


@pytest.mark.parametrize("scheme", [pytest.param("light", marks=pytest.mark.proof), "dark"])
def test_on_a_phone_nothing_sticks_out_and_two_cards_stand_side_by_side(new_context, gallery, scheme):
    phone = new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme).new_page()
    visit(phone, gallery)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    boxes = [card.bounding_box() for card in phone.get_by_test_id("card").all()[:3]]
    assert boxes[0]["y"] == boxes[1]["y"] < boxes[2]["y"]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)
    sheet, detail = (phone.get_by_test_id(name).bounding_box() for name in ("sheet", "detail"))
    assert detail["y"] >= sheet["y"] + sheet["height"]
    phone.context.close()


def test_on_a_phone_a_tapped_card_opens_in_place_with_a_way_back(new_context, gallery):
    phone = new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).new_page()
    visit(phone, gallery)
    settled(phone)
    cards, detail = phone.get_by_test_id("card"), phone.get_by_test_id("detail")
    tapped = indices(phone)[4]
    cards.nth(4).tap()
    expect(detail).to_have_attribute("data-index", str(tapped))
    expect(detail).not_to_have_attribute("data-waiting", "")
    card, after, opened = cards.nth(4).bounding_box(), cards.nth(6).bounding_box(), detail.bounding_box()
    assert card["y"] + card["height"] <= opened["y"] < card["y"] + card["height"] + 60  # right under its row
    assert after["y"] >= opened["y"] + opened["height"]
    assert 0 <= card["y"] < 300  # and on the screen
    phone.get_by_test_id("back").tap()
    expect(phone.get_by_test_id("back")).to_be_hidden()
    expect(cards.nth(4)).to_be_focused()
    sheet, opened = phone.get_by_test_id("sheet").bounding_box(), detail.bounding_box()
    assert opened["y"] >= sheet["y"] + sheet["height"]
    phone.context.close()


@pytest.mark.parametrize(("scheme", "paper"), [pytest.param("light", 255, marks=pytest.mark.proof), ("dark", 0)])
def test_ink_on_paper_in_both_themes(new_context, gallery, scheme, paper):
    shown = new_context(viewport={"width": 1400, "height": 900}, color_scheme=scheme).new_page()
    visit(shown, gallery)
    canvas = shown.get_by_test_id("card").first.get_by_test_id("original")
    inverted = "invert(1)" in canvas.evaluate("node => getComputedStyle(node).filter")
    assert inverted == (paper == 255)
    assert ink(canvas)[0] == 0  # the canvas itself holds grey levels in either theme
    shown.context.close()


# ---- words for the tests ----


def open_at(page: Page, gallery: App, **address: str) -> None:
    query = "&".join(f"{name}={value}" for name, value in ({"run": RUN} | address).items())
    page.goto(f"{gallery.url}/reconstructions?{query}")


def visit(page: Page, gallery: App, **address: str) -> None:
    open_at(page, gallery, **address)
    page.get_by_test_id("detail").wait_for()
    page.get_by_test_id("card").first.wait_for()


def settled(page: Page) -> None:
    """The first answer does not know yet how many cards fit."""
    expect(page.locator(".lab-reconstructions[data-full]")).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def choose(page: Page, way: str) -> None:
    page.get_by_test_id("choose-by").locator(f"input[value={way}]").check(force=True)


def until(page: Page, first: int) -> None:
    expect(page.get_by_test_id("card").first).to_have_attribute("data-index", str(first))


def until_other(page: Page, digits: list[int]) -> None:
    expect(page.get_by_test_id("card").first).not_to_have_attribute("data-index", str(digits[0]))


def indices(page: Page) -> list[int]:
    return page.get_by_test_id("card").evaluate_all("cards => cards.map(card => Number(card.dataset.index))")


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def ink(canvas: Locator) -> np.ndarray:
    """(784,) the red channel of a picture."""
    read = "c => [...c.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 === 0)"
    return np.array(canvas.evaluate(read), np.uint8)


def ready_sliders(page: Page) -> Locator:
    board = page.get_by_test_id("sliders")
    board.and_(page.locator("[data-ready]")).wait_for()
    return board


def decoded(board: Locator) -> np.ndarray:
    return ink(board.get_by_test_id("decoded"))


def gap(one: np.ndarray, other: np.ndarray) -> int:
    return int(np.abs(one.astype(int) - other.astype(int)).max())
