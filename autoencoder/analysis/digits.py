"""Single digits: which ones the contact sheet shows, errors by label, ranges for the latent sliders.

NumPy only. Errors are MSE per pixel on [0, 1].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from autoencoder.data.dataset import Dataset
from autoencoder.errors import NoSuchDigit
from autoencoder.network.protocol import Array

Way = Literal["first", "random", "best", "worst", "label", "index"]
Part = Literal["all", "held_out", "training"]
WAYS: tuple[Way, ...] = get_args(Way)
PARTS: tuple[Part, ...] = get_args(Part)
FIRST = 16  # as many as the course looks at
SLIDERS = 32


@dataclass(frozen=True)
class Choice:
    """How the digits of the contact sheet are chosen."""

    way: Way = "first"
    part: Part = "all"
    label: int = 0  # for the way "label"
    index: int = 0  # for the way "index": the sheet begins there
    seed: int = 0  # for the way "random"

    def __post_init__(self) -> None:
        """Raises NoSuchDigit for a way or a part that is not known."""
        for name, value, known in (("way", self.way, WAYS), ("part", self.part, PARTS)):
            if value not in known:
                raise NoSuchDigit(
                    "There is no {name} {value!r} of choosing digits. Choose one of: {known}.",
                    name=name,
                    value=str(value)[:40],
                    known=", ".join(known),
                )


@dataclass(frozen=True, eq=False)
class Sliders:
    """What latent sliders need: up to 32 dimensions, those of largest variance first."""

    dimensions: tuple[int, ...]  # counted from 0
    low: Array  # (d,) first percentile of the codes, all dimensions
    high: Array  # (d,) 99th percentile
    average: Array  # (d,) mean code
    by_label: Array  # (classes, d) mean code of each label; the mean of all where a label has no digits


# ---- which digits ----


def rows_of(part: Part, dataset: Dataset) -> slice:
    """The rows of a part of the data set."""
    return {"all": slice(0, len(dataset)), "held_out": dataset.held_out, "training": dataset.training}[part]


def chosen_digits(choice: Choice, dataset: Dataset, errors_of: Callable[[slice], Array]) -> Array:
    """(m,) indices into the data set, in the order of the sheet.

    `errors_of` gives the errors of a slice of the digits; it is asked only where they decide the order.

    Raises NoSuchDigit for a label that there is not, or an index outside the part that is looked at.
    """
    rows = rows_of(choice.part, dataset)
    digits = np.arange(rows.start, rows.stop)
    if choice.way == "first":
        return digits[:FIRST]
    if choice.way == "random":
        return np.random.default_rng(choice.seed).permutation(digits)
    if choice.way == "label":
        _check_label(choice.label, len(dataset.shown_classes))
        return digits[dataset.labels[rows] == choice.label]
    if choice.way == "index":
        check_index(choice.index, choice.part, dataset)
        return digits[choice.index - rows.start :]
    ascending = np.argsort(errors_of(rows), kind="stable") + rows.start
    return ascending if choice.way == "best" else ascending[::-1]


def _check_label(label: int, classes: int) -> None:
    if not 0 <= label < classes:
        raise NoSuchDigit("Labels are 0 to {last}, got {label}. Choose one of them.", label=label, last=classes - 1)


def check_index(index: int, part: Part, dataset: Dataset) -> None:
    """Raises NoSuchDigit for an index outside the part that is looked at."""
    rows = rows_of(part, dataset)
    if rows.start <= index < rows.stop:
        return
    said = {"index": index, "first": rows.start, "last": rows.stop - 1}
    if index < 0:
        raise NoSuchDigit("That is not the number of a digit. Type a number from {first:,} to {last:,}.", **said)
    if part == "all":
        raise NoSuchDigit("There is no digit {index:,}. Type a number from {first:,} to {last:,}.", **said)
    raise NoSuchDigit(
        "Digit {index:,} is not among those looked at. Type a number from {first:,} to {last:,}, "
        "or look at all digits.",
        **said,
    )


# ---- one digit ----


def percentile(errors: Array, error: float) -> float:
    """Share of the (n,) errors that are smaller, in percent: 99 is unusually bad."""
    return float(100 * np.mean(errors < error))


# ---- the model as a whole ----


def mean_by_label(errors: Array, labels: Array, classes: int) -> Array:
    """(n,) errors and labels below `classes` -> (classes,) mean errors; NaN for a label without digits."""
    counts = np.bincount(labels, minlength=classes)
    totals = np.bincount(labels, weights=errors, minlength=classes)
    return np.divide(totals, counts, out=np.full(classes, np.nan), where=counts > 0)


def sliders(codes: Array, labels: Array, classes: int) -> Sliders:
    """(n, d) codes and (n,) labels below `classes` -> ranges and averages for up to 32 sliders."""
    low, high = np.percentile(codes, [1, 99], axis=0)
    average = codes.mean(axis=0)
    of = [labels == label for label in range(classes)]
    by_label = [codes[rows].mean(axis=0) if np.any(rows) else average for rows in of]
    largest_first = np.argsort(-codes.var(axis=0), kind="stable")
    return Sliders(
        tuple(int(i) for i in largest_first[:SLIDERS]),
        low,
        high,
        average,
        np.array(by_label).reshape(classes, codes.shape[1]),
    )
