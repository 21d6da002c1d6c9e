"""The Latent space page in a test's hands: a real pointer, what it finds there, and what NumPy says to it."""

from __future__ import annotations

import base64
import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
from playwright.sync_api import Download, Locator, Page, expect
from scipy.ndimage import uniform_filter

from autoencoder.analysis.latent_space import LatentSpace, latent_space
from autoencoder.data.dataset import Dataset, load_dataset
from autoencoder.network.dense import DenseAutoencoder
from autoencoder.network.grey_levels import grey
from autoencoder.network.protocol import Array
from autoencoder.runs.run import Run

LEVELS = 2  # grey levels between the browser's 32-bit arithmetic and NumPy's
NEAR = 12  # pixels in which a digit is meant
Visit = Callable[..., "Map"]

RED = "canvas => Array.from(canvas.getContext('2d').getImageData(0, 0, 28, 28).data).filter((_, i) => i % 4 === 0)"
IMAGES_HERE = "() => performance.getEntriesByType('resource').some(entry => entry.name.endsWith('/images'))"
READY = """() => {
  const status = document.querySelector('.lab-status'), plot = document.querySelector('[data-testid=latent-map]');
  return plot?.drawn && status?.textContent === '';
}"""
UNCOVERED = """(plot, [x, y]) => {
  const top = document.elementFromPoint(x, y);
  return !top.closest("button") && plot.parentElement.contains(top);
}"""
IN_SPACE = "() => document.querySelector('[data-testid=latent-map]')?.drawn?.camera"
AREA = """plot => {
  const { xaxis, yaxis } = plot._fullLayout, box = plot.getBoundingClientRect();
  return [box.left + xaxis._offset, box.top + yaxis._offset, xaxis._length, yaxis._length];
}"""
RANGES = "plot => [plot._fullLayout.xaxis.range, plot._fullLayout.yaxis.range]"
# Playwright packs each number of a list on its own: 70,000 would take it seconds.
FLOATS = """(plot, names) => {
  return names.map(name => {
    const bytes = new Uint8Array(Float32Array.from(plot.drawn[name]).buffer);
    let text = '';
    for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    return btoa(text);
  });
}"""
# Counts the different pictures of a replay on the way from epoch to epoch, in `window.seen`.
WATCH_MOTION = """() => {
  const canvas = document.querySelector('[data-testid=points]');
  window.seen = new Set();
  (function look() {
    if (canvas.closest('.lab-stage').querySelector('[data-moving]')) {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let sum = 0;
      for (let i = 0; i < data.length; i += 4) sum = (sum * 31 + data[i] + data[i + 3]) | 0;
      window.seen.add(sum);
    }
    requestAnimationFrame(look);
  })();
}"""


@dataclass(frozen=True)
class Truth:
    """What NumPy says of a run."""

    run: Run
    network: DenseAutoencoder

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
        (left, top, width, height), ((x0, x1), (y0, y1)) = self.area(), self.ranges()
        x, y = np.asarray(places, float).T
        return np.stack([left + (x - x0) / (x1 - x0) * width, top + (y1 - y) / (y1 - y0) * height], axis=1)

    def places(self, points: Any) -> Array:
        """(n, 2) pixels on the screen -> (n, 2) places on the plane."""
        (left, top, width, height), ((x0, x1), (y0, y1)) = self.area(), self.ranges()
        x, y = np.asarray(points, float).T
        return np.stack([x0 + (x - left) / width * (x1 - x0), y1 - (y - top) / height * (y1 - y0)], axis=1)

    def drawn(self) -> Array:
        """(n, 2) places of the points drawn, in drawing order."""
        return self.floats("x", "y")

    def colours(self) -> Array:
        """(n,) values on the colour scale, in drawing order."""
        return self.floats("values")[:, 0]

    def floats(self, *names: str) -> Array:
        read = self.plot.evaluate(FLOATS, names)
        return np.stack([np.frombuffer(base64.b64decode(each), np.float32) for each in read], axis=1).astype(float)

    def area(self) -> Array:
        """Left, top, width and height of the plot on the screen, in pixels."""
        return np.array(self.plot.evaluate(AREA))

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

    def draw(self, places: list[tuple[float, float]]) -> None:
        """A line of the pen, in shares of the sides of the place to draw on."""
        box = self.part("pad").bounding_box()
        assert box is not None
        self.drag(np.array([(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places]))

    def drawn_picture(self, testid: str) -> Array:
        """(784,) uint8 grey levels of the drawing as the network sees it, or of what it makes of it."""
        return np.array(self.part(testid).evaluate(RED), np.uint8)

    def mark(self) -> tuple[float, float]:
        """Where the mark of the drawing is, in pixels of the screen."""
        box = self.page.locator(".lab-ring.lab-drawn").bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def downloaded(self) -> list[dict[str, str]]:
        with self.page.expect_download() as download:
            self.part("csv").click()
        return list(csv.DictReader(text_of(download.value).splitlines()))

    def address(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.page.url).query).items()}


def text_of(download: Download) -> str:
    with TemporaryDirectory() as folder:
        download.save_as(Path(folder) / "file")
        return (Path(folder) / "file").read_text()


def mnist() -> Dataset:
    return load_dataset("mnist")


def lonely(opened: Map, positions: Array, count: int, seed: int = 0) -> Array:
    """Rows of digits in the window with no other closer than 6 pixels and no button over them, at most `count`."""
    left, top, width, height = opened.area()
    points = opened.screen(positions)
    inside = ((points > [left + 8, top + 8]) & (points < [left + width - 8, top + height - 8])).all(axis=1)
    cells = np.floor((points[inside] - [left, top]) / 6).astype(int)
    crowd = np.zeros(cells.max(axis=0) + 1)
    np.add.at(crowd, tuple(cells.T), 1)
    around = uniform_filter(crowd, 3, mode="constant") * 9
    alone = np.flatnonzero(inside)[np.isclose(around[tuple(cells.T)], 1)]
    shuffled = np.random.default_rng(seed).permutation(alone)
    free = [row for row in shuffled[: 2 * count + 20] if opened.plot.evaluate(UNCOVERED, points[row].tolist())]
    return np.array(free[:count])


def empty_points(opened: Map, positions: Array, count: int) -> Array:
    """(count, 2) whole pixels of the window around which no digit is meant."""
    left, top, width, height = opened.area()
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


def in_space(opened: Map, codes: Array) -> Array:
    """(n, 3) codes -> (n, 2) pixels on the screen, as the camera says that the map has."""
    read = "plot => ({ camera: plot.drawn.camera, ranges: plot.drawn.ranges, equal: plot.drawn.equal })"
    seen = opened.plot.evaluate(read)
    eye, centre, up = np.array(seen["camera"], float).reshape(3, 3)
    ranges = np.array([seen["ranges"][axis] for axis in "xyz"])
    sides = np.ptp(ranges, axis=1)
    places = (codes - ranges.mean(axis=1)) / (sides.max() if seen["equal"] else sides) - eye
    ahead = (centre - eye) / np.linalg.norm(centre - eye)
    right = np.cross(ahead, up) / np.linalg.norm(np.cross(ahead, up))
    box = opened.plot.bounding_box()
    assert box is not None
    size = min(box["width"], box["height"]) / 2 / np.tan(np.pi / 8) / (places @ ahead)
    across, down = places @ right * size, -(places @ np.cross(right, ahead)) * size
    return np.stack([box["x"] + box["width"] / 2 + across, box["y"] + box["height"] / 2 + down], axis=1)
