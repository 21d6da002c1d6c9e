"""Maps beside the latent space, as a person meets them: a real browser, a real pointer, the real app."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import requests
from cluster import App, eventually
from latent_map import IN_SPACE, LEVELS, RED, Map, in_space
from playwright.sync_api import Locator, Page, expect
from sklearn.manifold import trustworthiness
from tabs import Tabs

from autoencoder.data.dataset import load_dataset
from autoencoder.data.embeddings import embedding
from autoencoder.network.grey_levels import grey, pixels
from autoencoder.runs.store import RunStore

pytestmark = pytest.mark.slow
START = 60_000  # the first held-out digit
PLACE_OF = """([plot, x, y]) => {
  const { xaxis, yaxis } = plot._fullLayout;
  return [xaxis._offset + xaxis.d2p(x), yaxis._offset + yaxis.d2p(y)];
}"""


@pytest.fixture(scope="module")
def store(models: Path) -> RunStore:
    """The runs of the app."""
    return RunStore(models)


@pytest.fixture
def page(tabs_of: Callable[..., Tabs]) -> Iterator[Page]:
    page = tabs_of().open(size={"width": 1280, "height": 820})
    yield page
    tabs_of().close(page)


def drawn(page: Page, testid: str) -> Locator:
    """A map with its points, and the sentence that it is being fetched gone."""
    plot = page.get_by_test_id(testid)
    page.wait_for_function("plot => plot.drawn", arg=plot.element_handle())
    expect(page.locator(".lab-map", has=plot).locator(".lab-status")).to_be_empty()
    return plot


def point_at(page: Page, plot: Locator, place: np.ndarray) -> tuple[float, float]:
    """Move the pointer over a place of a map; where that is, in pixels within the map."""
    x, y = page.evaluate(PLACE_OF, [plot.element_handle(), float(place[0]), float(place[1])])
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + x + 3, box["y"] + y, steps=3)
    page.mouse.move(box["x"] + x, box["y"] + y)
    return x, y


def echo(page: Page, plot: Locator) -> Locator:
    return page.locator(".lab-map", has=plot).locator("circle.lab-echo")


def echo_place(page: Page, plot: Locator) -> tuple[float, float]:
    """Where the other map's digit is marked, in pixels within this map."""
    ring = echo(page, plot)
    expect(ring).to_be_visible()
    area = page.evaluate(
        "plot => [plot._fullLayout.xaxis._offset, plot._fullLayout.yaxis._offset]", plot.element_handle()
    )
    return tuple(
        float(ring.get_attribute(name) or "nan") + offset for name, offset in zip(("cx", "cy"), area, strict=True)
    )


def lonely(positions: np.ndarray, rank: int = 1) -> int:
    """Of the digits in the first view the farthest from all others, or the one after it: none else can be meant."""
    distances = np.linalg.norm(positions[:2000, None] - positions[None], axis=2)
    distances[np.arange(2000), np.arange(2000)] = np.inf
    low, high = np.quantile(positions, [0.01, 0.99], axis=0)
    shown = ((positions > low) & (positions < high)).all(axis=1)[:2000]
    return int((distances.min(axis=1) * shown).argsort()[-rank])


def codes(store: RunStore, run: str = "quick-map") -> np.ndarray:
    mnist = load_dataset("mnist")
    return store.model_of(store.load(run)).encode(pixels(mnist.images[mnist.held_out]))


def test_the_digit_under_the_pointer_lights_up_in_the_other_map_both_ways(
    gallery: App, store: RunStore, page: Page
) -> None:
    held_out = {"latent-map": codes(store), "pixel-map": embedding(load_dataset("mnist"), "tsne")}
    page.goto(f"{gallery.url}/latent_space?run=quick-map")
    drawn(page, "latent-map")
    page.get_by_test_id("beside-tsne").click()
    plots = {testid: drawn(page, testid) for testid in held_out}
    expect(page.get_by_test_id("digits")).to_have_value("held_out")
    for here, there in (("latent-map", "pixel-map"), ("pixel-map", "latent-map")):
        digit = lonely(held_out[here])
        point_at(page, plots[here], held_out[here][digit])
        card = page.locator(".lab-map", has=plots[here]).get_by_test_id("digit-card")
        expect(card).to_have_attribute("data-index", str(START + digit))
        expected = page.evaluate(PLACE_OF, [plots[there].element_handle(), *held_out[there][digit].tolist()])
        assert np.hypot(*(np.array(echo_place(page, plots[there])) - expected)) < 2
        expect(echo(page, plots[here])).to_have_count(0)
    page.mouse.move(5, 5)
    expect(page.locator("circle.lab-echo")).to_have_count(0)


@pytest.mark.proof
def test_the_second_map_is_smaller_and_to_the_right_and_below_on_a_narrow_screen(gallery: App, page: Page) -> None:
    page.goto(f"{gallery.url}/latent_space?run=quick-map&beside=pca")
    main, beside = (drawn(page, testid) for testid in ("latent-map", "pixel-map"))
    a, b = main.bounding_box(), beside.bounding_box()
    assert a is not None
    assert b is not None
    assert b["x"] >= a["x"] + a["width"]
    assert b["width"] < a["width"]
    assert abs(a["y"] - b["y"]) < 12
    page.set_viewport_size({"width": 800, "height": 900})
    page.wait_for_function(
        "() => document.querySelector('[data-testid=pixel-map]').getBoundingClientRect().top >"
        " document.querySelector('[data-testid=latent-map]').getBoundingClientRect().bottom"
    )


@pytest.mark.proof
def test_the_address_is_the_main_maps_alone(gallery: App, page: Page) -> None:
    page.goto(f"{gallery.url}/latent_space?run=quick-map&beside=pca&colour=error")
    drawn(page, "latent-map")
    box = drawn(page, "pixel-map").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, -300)
    page.wait_for_timeout(800)  # longer than it takes a map to tell its address
    expect(page).to_have_url(re.compile("beside=pca.*colour=error|colour=error.*beside=pca"))
    assert "x0=" not in page.url


@pytest.mark.proof
def test_another_press_takes_it_away_and_brings_all_digits_back(gallery: App, page: Page) -> None:
    page.goto(f"{gallery.url}/latent_space?run=quick-map")
    drawn(page, "latent-map")
    page.get_by_test_id("beside-umap").click()
    drawn(page, "pixel-map")
    expect(page).to_have_url(re.compile("beside=umap"))
    page.get_by_test_id("beside-umap").click()
    expect(page.get_by_test_id("pixel-map")).to_have_count(0)
    expect(page.get_by_test_id("digits")).to_have_value("all")
    expect(page).not_to_have_url(re.compile("beside="))


@pytest.mark.proof
def test_tsne_of_the_codes_is_started_cancelled_and_shown(gallery: App, store: RunStore, page: Page) -> None:
    page.goto(f"{gallery.url}/latent_space?run=best-8d")
    drawn(page, "latent-map")
    page.get_by_test_id("axes").select_option("tsne")
    page.get_by_test_id("tsne-start").click()
    bar = page.get_by_test_id("tsne").locator("progress")
    expect(bar).to_be_visible()
    page.wait_for_function("() => document.querySelector('[data-testid=tsne] progress')?.value > 0")
    page.get_by_test_id("tsne-cancel").click()
    expect(page.get_by_test_id("tsne-start")).to_be_visible()
    assert requests.get(f"{gallery.url}/api/runs/best-8d/tsne", timeout=30).json()["status"] == "none"

    random = np.random.default_rng(0)  # as if it had been computed: what the map makes of it counts here
    store.save_tsne("best-8d", random.normal(0, 30, (10_000, 2)).astype(np.float32))
    positions = store.load_tsne("best-8d")
    page.reload()
    plot = drawn(page, "latent-map")
    expect(page.get_by_test_id("tsne")).to_have_count(0)
    digit = lonely(positions)
    x, y = point_at(page, plot, positions[digit])
    card = page.get_by_test_id("digit-card")
    expect(card).to_have_attribute("data-index", str(START + digit))
    expect(card.get_by_test_id("reconstruction")).to_be_visible()
    page.mouse.move(plot.bounding_box()["x"] + x + 30, plot.bounding_box()["y"] + y)  # type: ignore[index]
    expect(card).to_be_hidden()  # nothing can be decoded where t-SNE has left a gap

    page.get_by_test_id("walk").click()  # straight on the map, and straight in the space of eight dimensions
    ends = [digit, lonely(positions, rank=2)]
    for end in ends:
        point_at(page, plot, positions[end])
        page.mouse.down()
        page.mouse.up()
    steps = page.get_by_test_id("walk-strip").locator(".lab-step")
    expect(steps).to_have_count(16)
    steps.nth(5).click()
    expect(card).to_have_attribute("data-kind", "decoded")
    way = np.linspace(*codes(store, "best-8d")[ends], 16)
    drawn_there = np.array(card.get_by_test_id("reconstruction").evaluate(RED))
    network = store.model_of(store.load("best-8d"))
    assert np.abs(drawn_there - grey(network.decode(way[[5]].astype(np.float32)))[0]).max() <= LEVELS


@pytest.mark.proof  # a minute of the cluster
def test_tsne_of_the_codes_to_its_end(gallery: App, store: RunStore, page: Page) -> None:
    page.goto(f"{gallery.url}/latent_space?run=course-8d&axes=tsne")
    page.get_by_test_id("tsne-start").click()
    share = "() => document.querySelector('[data-testid=tsne] progress')?.value"
    seen = [0.0]
    while not store.has_tsne("course-8d"):
        seen.append(page.evaluate(share) or seen[-1])
        assert seen[-1] >= seen[-2]
        page.wait_for_timeout(500)
    assert sum(0 < value < 1 for value in set(seen)) > 10
    expect(page.get_by_test_id("tsne")).to_have_count(0)  # the map comes by itself
    plot = drawn(page, "latent-map")
    positions = store.load_tsne("course-8d")
    shown = np.sort(np.array(plot.evaluate("plot => Array.from(plot.drawn.x)")))
    np.testing.assert_allclose(shown, np.sort(positions[:, 0]), atol=np.ptp(positions[:, 0]) / 65_535)
    assert trustworthiness(codes(store, "course-8d")[:2000], positions[:2000]) > 0.9


@pytest.mark.proof
def test_in_three_dimensions_too_the_digit_under_the_pointer_lights_up_both_ways(
    gallery: App, store: RunStore, page: Page
) -> None:
    there = embedding(load_dataset("mnist"), "pca")
    page.goto(f"{gallery.url}/latent_space?run=small-3&axes=space&beside=pca")
    page.wait_for_function(IN_SPACE)
    beside, opened = drawn(page, "pixel-map"), Map(page).ready()
    digit = lonely(there)
    point_at(page, beside, there[digit])
    expect(page.locator(".lab-map", has=beside).get_by_test_id("digit-card")).to_have_attribute(
        "data-index", str(START + digit)
    )
    ring = echo(page, opened.plot)
    expect(ring).to_be_visible()
    box, mark = opened.plot.bounding_box(), [float(ring.get_attribute(name) or "nan") for name in ("cx", "cy")]
    assert box is not None
    np.testing.assert_allclose(
        mark + np.array([box["x"], box["y"]]), in_space(opened, codes(store, "small-3")[[digit]])[0], atol=2
    )

    page.mouse.move(5, 5)
    expect(ring).to_have_count(0)
    opened.plot.focus()
    page.keyboard.press("n")
    card = page.locator(".lab-map", has=opened.plot).get_by_test_id("digit-card")
    expect(card).to_be_visible()
    row = int(card.get_attribute("data-index") or -1) - START
    expected = page.evaluate(PLACE_OF, [beside.element_handle(), *there[row].tolist()])
    assert np.hypot(*(np.array(echo_place(page, beside)) - expected)) < 2


def test_somebody_else_cannot_cancel_it(gallery: App) -> None:
    url, mine = f"{gallery.url}/api/runs/best-map/tsne", {"lab_owner": "m" * 32}
    eventually(
        lambda: requests.post(url, cookies=mine, timeout=30).json().get("status") == "running"
    )  # a cluster first
    theirs = requests.delete(url, cookies={"lab_owner": "t" * 32}, timeout=30)
    assert theirs.status_code == 403
    assert "Only the browser that started" in theirs.json()["error"]
    assert requests.get(url, timeout=30).json()["mine"] is False
    foreign = requests.delete(url, cookies=mine, headers={"Sec-Fetch-Site": "cross-site"}, timeout=30)
    assert foreign.status_code == 403
    assert requests.delete(url, cookies=mine, timeout=30).json()["status"] == "none"
