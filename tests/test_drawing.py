"""Drawn digits in the form of MNIST: JavaScript beside NumPy, on real digits and on lines of the pen."""

from __future__ import annotations

import json
import math
import subprocess
from pathlib import Path

import numpy as np
import pytest
from playwright._impl._driver import compute_driver_executable

from autoencoder.analysis.digits import percentile
from autoencoder.data.dataset import load_dataset
from autoencoder.network.protocol import Array

SHARED = Path(__file__).parents[1] / "ui" / "components" / "shared"
WIDE = 280  # dots along a side of the canvas


def in_the_browser(script: str, given: bytes, *arguments: object) -> bytes:
    """What a script writes that uses the components' modules; `given`: the bytes that it reads."""
    node, _ = compute_driver_executable()
    imports = f"""
        import {{ readFileSync }} from "node:fs";
        import {{ blank, drawLine, fillPixel }} from "{SHARED}/drawing/ink.js";
        import {{ inMnistForm }} from "{SHARED}/drawing/mnist_form.js";
        import {{ percentileOf }} from "{SHARED}/percentile.js";
        const given = new Uint8Array(readFileSync(0));
        const [, ...said] = process.argv;
        const write = (...parts) => process.stdout.write(Buffer.concat(parts.map((part) => Buffer.from(part))));
    """
    command = [node, "--input-type=module", "-e", imports + script, *map(json.dumps, arguments)]
    return subprocess.run(command, input=given, capture_output=True, check=True, timeout=60).stdout


def in_mnist_form(ink: Array) -> Array:
    """(280, 280) ink -> (28, 28) grey levels: the rule in NumPy, as two matrices of overlaps."""
    rows, columns = np.nonzero(ink.any(axis=1))[0], np.nonzero(ink.any(axis=0))[0]
    drawn = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(float)
    dots = max(drawn.shape) / 20
    down, across = (overlaps(length, dots) for length in drawn.shape)
    small = np.floor(down @ drawn @ across.T + 0.5)
    picture = np.zeros((28, 28))
    places = [
        min(
            max(0, math.ceil(13.5 - small.sum(axis=1 - axis) @ np.arange(small.shape[axis]) / small.sum())), 28 - length
        )
        for axis, length in enumerate(small.shape)
    ]
    picture[places[0] : places[0] + small.shape[0], places[1] : places[1] + small.shape[1]] = small
    return picture


def overlaps(count: int, dots: float) -> Array:
    """(pixels, dots): the share of each pixel's side that a dot covers."""
    pixels = np.arange(math.ceil(count / dots - 1e-9))[:, None]
    edges = np.arange(count) / dots
    return np.clip(np.minimum(edges + 1 / dots, pixels + 1) - np.maximum(edges, pixels), 0, None)


def test_a_digit_of_mnist_that_is_blown_up_comes_back_as_it_was() -> None:
    digits = load_dataset().images[60_000:60_500]
    found = in_the_browser(
        """
        for (let from = 0; from < given.length; from += 784) {
          const ink = blank();
          for (let pixel = 0; pixel < 784; pixel++) fillPixel(ink, pixel, given[from + pixel]);
          write(inMnistForm(ink, 280));
        }
        """,
        digits.tobytes(),
    )
    back = np.frombuffer(found, np.uint8).reshape(-1, 784)
    assert (back == digits).all(axis=1).mean() == 1


@pytest.mark.parametrize("seed", range(4))
def test_lines_of_the_pen_take_the_form_that_numpy_finds(seed: int) -> None:
    """Anywhere on the canvas and of any size, off its edges too."""
    random = np.random.default_rng(seed)
    middle, reach = random.uniform(60, 220, 2), random.uniform(5, 150)
    places = (middle + random.uniform(-reach, reach, (6, 2))).round(2).tolist()
    found = in_the_browser(
        """
        const places = JSON.parse(said[0]), ink = blank();
        places.forEach((place, i) => drawLine(ink, places[Math.max(0, i - 1)], place));
        write(ink, inMnistForm(ink, 280));
        """,
        b"",
        places,
    )
    ink, form = np.frombuffer(found[: WIDE**2], np.uint8), np.frombuffer(found[WIDE**2 :], np.uint8)
    assert np.abs(ink.reshape(WIDE, WIDE) - pen(places)).max() <= 1
    expected = in_mnist_form(ink.reshape(WIDE, WIDE))
    assert np.abs(form.reshape(28, 28) - expected).max() <= 1
    sums = [expected.sum(axis=axis) @ np.arange(28) / expected.sum() for axis in (0, 1)]
    at_the_edge = [expected.any(axis=axis)[[0, -1]].any() for axis in (0, 1)]
    assert all(13.5 <= centre < 14.5 or edge for centre, edge in zip(sums, at_the_edge, strict=True))


def pen(places: list[list[float]]) -> Array:
    """(280, 280) ink of a pen 24 dots wide that goes from place to place."""
    y, x = np.mgrid[:WIDE, :WIDE] + 0.5
    ink = np.zeros((WIDE, WIDE))
    for a, b in zip([places[0], *places], places, strict=False):
        (ax, ay), way = a, np.subtract(b, a)
        along = np.clip(((x - ax) * way[0] + (y - ay) * way[1]) / max(1e-12, way @ way), 0, 1)
        ink = np.maximum(ink, np.clip(12.5 - np.hypot(x - ax - along * way[0], y - ay - along * way[1]), 0, 1))
    return np.floor(255 * ink + 0.5)


def test_the_percentile_is_the_one_that_the_server_finds() -> None:
    errors = np.sort(np.random.default_rng(0).gamma(2, 0.02, 999).astype(np.float32))
    asked = [0.0, 1.0, float(errors[0]), float(errors[500]), 0.03, float(errors[-1])]
    script = "write(JSON.stringify(JSON.parse(said[0]).map((e) => percentileOf(new Float32Array(given.buffer), e))));"
    found = json.loads(in_the_browser(script, errors.tobytes(), asked))
    np.testing.assert_allclose(found, [percentile(errors, error) for error in asked])
