"""What is made small: the terms of the loss, each in its own unit, with their weights, from the settings alone.

The compiled step trains on it (`compiled.py`), and whatever reports a loss asks here for the terms and their sum. The
units: `mse` and `bce` (nats) per pixel on [0, 1], `code_l1` summed over the numbers of a code; of a variational network
`reconstruction` and `kl` in nats per digit (Kingma and Welling 2014, eq. 10). Each is a mean over digits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from autoencoder.analysis.metrics import Measures, kl_by_dimension
from autoencoder.errors import N_, InvalidTraining
from autoencoder.network.grey_levels import pixels
from autoencoder.network.protocol import Array, Model
from autoencoder.settings import PIXELS, Architecture, Training
from autoencoder.training.records import Terms

TERMS = {  # what they are called
    "mse": N_("squared error"),
    "bce": N_("cross-entropy"),
    "reconstruction": N_("reconstruction, nats"),
    "kl": N_("KL, nats"),
    "code_l1": N_("L1 of the code"),
}
PIECE = 5_000  # digits measured at once: 47 MB of pixels
LEAST_CHANCE = 1e-7  # of ink, in binary cross-entropy of pixels that a sigmoid has rounded to 0 or 1: as Keras


@dataclass(frozen=True)
class Objective:
    """The terms of a loss."""

    weights: Mapping[str, float]  # of each term in the loss
    watched: tuple[str, ...] = ()  # terms that are reported beside it: `mse`, so that all runs compare

    @property
    def terms(self) -> tuple[str, ...]:
        """The names of all that is reported."""
        return (*self.weights, *self.watched)

    @property
    def is_mse(self) -> bool:
        """Whether the loss is the mean squared error, and nothing else is to be told of it."""
        return dict(self.weights) == {"mse": 1.0}

    def parts(self, terms: Terms) -> dict[str, float]:
        """What each term adds to the loss: its value times its weight."""
        return {name: weight * terms[name] for name, weight in self.weights.items()}

    def loss(self, terms: Terms) -> float:
        """The loss: the weighted sum of its terms."""
        return sum(self.parts(terms).values())


class Strengths(NamedTuple):
    """How strongly a step acts: numbers that the compiled graph takes, and need no other one."""

    weights: Any  # (terms,) of the loss's terms, in their order
    dropout: Any = 0.0
    weight_decay: Any = 0.0


def require_fitting(architecture: Architecture, training: Training) -> None:
    """Raises InvalidTraining where a network cannot be trained so."""
    if training.loss == "bce" and (architecture.output_activation != "sigmoid" or architecture.pixels != "unit"):
        raise InvalidTraining(
            "Binary cross-entropy needs outputs and pixels between 0 and 1. Choose a sigmoid output and pixels scaled "
            "to [0, 1], or the squared error as the loss."
        )


def objective_of(architecture: Architecture, training: Training) -> Objective:
    """The loss of a training, with β as it is after its warm-up. Raises InvalidTraining as `require_fitting`."""
    require_fitting(architecture, training)
    weights = {"reconstruction": 1.0, "kl": training.beta} if architecture.variational else {training.loss: 1.0}
    if training.code_l1:
        weights["code_l1"] = training.code_l1
    return Objective(weights, () if "mse" in weights else ("mse",))


def strengths_at(architecture: Architecture, training: Training, progress: float) -> Strengths:
    """Those of the steps after a share of the training, progress in [0, 1]."""
    weights = dict(objective_of(architecture, training).weights)
    if "kl" in weights:
        weights["kl"] = training.beta_at(progress)
    return Strengths(tuple(weights.values()), training.dropout, training.weight_decay)


def loss_of(architecture: Architecture, training: Training, measures: Measures) -> float | None:
    """The loss that a run was left with, on the digits that it is judged on; None where it was not measured."""
    objective = objective_of(architecture, training)
    found = {name: measures.error if name == "mse" else measures.value(name) for name in objective.terms}
    terms = {name: value for name, value in found.items() if value is not None}
    return objective.loss(terms) if len(terms) == len(found) else None


def terms_of(architecture: Architecture, training: Training, model: Model, images: Array) -> dict[str, float]:
    """Each term of the loss of a model on (n, 784) uint8 images, without TensorFlow.

    Codes are means; only the `reconstruction` of a variational network is that of one code drawn for each digit.
    """
    sums = dict.fromkeys(objective_of(architecture, training).terms, 0.0)
    random = np.random.default_rng(0)
    for start in range(0, len(images), PIECE):
        found = _piece_terms(training, model, pixels(images[start : start + PIECE]), random)
        for name in sums:
            sums[name] += float(found[name].sum(dtype=np.float64))
    return {name: total / len(images) for name, total in sums.items()}


def _piece_terms(training: Training, model: Model, wanted: Array, random: np.random.Generator) -> dict[str, Array]:
    """(n, 784) pixels -> (n,) of each term that there is."""
    codes, spread = model.encode(wanted), model.spread(wanted)
    drawn = model.decode(codes)
    terms = {"mse": _mse(drawn, wanted), "code_l1": np.abs(codes).sum(axis=1)}
    if training.loss == "bce":
        terms["bce"] = _bce(drawn, wanted)
    if spread is not None:
        other = model.decode(codes + spread * random.standard_normal(codes.shape, np.float32))
        per_pixel = _bce(other, wanted) if training.loss == "bce" else _mse(other, wanted) / 2
        terms |= {"kl": kl_by_dimension(codes, spread).sum(axis=1), "reconstruction": PIXELS * per_pixel}
    return terms


def _mse(drawn: Array, wanted: Array) -> Array:
    return np.asarray(np.square(drawn - wanted).mean(axis=1))


def _bce(drawn: Array, wanted: Array) -> Array:
    ink = np.clip(drawn, LEAST_CHANCE, 1 - LEAST_CHANCE)
    return np.asarray(-(wanted * np.log(ink) + (1 - wanted) * np.log1p(-ink)).mean(axis=1))
