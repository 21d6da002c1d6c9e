"""The colours of the ten digits: the same in Python and JavaScript, and told apart by people who see fewer colours."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from autoencoder.colours import DIGIT_COLOURS, SHAPES
from autoencoder.network.protocol import Array
from ui.compare.runs import COLOURS, LETTERS

SCRIPT = Path(__file__).parents[1] / "ui" / "components" / "shared" / "colours.js"
SEEN_BY = {  # linear RGB -> linear RGB, complete deficiency: Machado, Oliveira and Fernandes 2009, table 1
    "everybody else": np.eye(3),
    "protanopes": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopes": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopes": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
)
WHITE = TO_XYZ.sum(axis=1)


def lab(linear: Array) -> Array:
    """(n, 3) linear RGB in [0, 1] -> (n, 3) CIELAB."""
    x, y, z = (np.where((t := linear @ TO_XYZ.T / WHITE) > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


@pytest.mark.parametrize("people", SEEN_BY)
def test_no_two_digits_look_alike(people: str) -> None:
    """At least 15 in CIELAB, where 2.3 is just noticeable; of the colours that Plotly takes two are 4.6 apart."""
    srgb = np.array([[int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)] for colour in DIGIT_COLOURS])
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = lab(np.clip(linear @ np.asarray(SEEN_BY[people]).T, 0, 1))
    assert min(np.linalg.norm(one - other) for one, other in combinations(seen, 2)) > 15


def test_javascript_draws_with_the_same_colours() -> None:
    written = re.search(r"DIGIT_COLOURS = \[(.*?)\]", SCRIPT.read_text(), re.S)
    assert written is not None
    assert tuple(re.findall(r"#\w{6}", written[1])) == DIGIT_COLOURS


def test_javascript_draws_with_the_same_shapes() -> None:
    assert tuple(re.findall(r'path:\s*"(.*?)"', SCRIPT.with_name("shapes.js").read_text())) == SHAPES


@pytest.mark.parametrize("colour", COLOURS)
def test_the_letters_of_compared_runs_can_be_read_and_their_curves_seen_on_both_papers(colour: str) -> None:
    """WCAG 2.2: 4.5:1 for the white letter, 3:1 for the curve on light and on dark."""
    assert len(COLOURS) == len(set(COLOURS)) == len(LETTERS)
    white, dark = luminance("#ffffff"), luminance("#14171b")
    own = luminance(colour)
    assert (white + 0.05) / (own + 0.05) >= 4.5
    assert (own + 0.05) / (dark + 0.05) >= 3


def luminance(colour: str) -> float:
    srgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])
