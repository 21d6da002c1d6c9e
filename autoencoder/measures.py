"""What a trained autoencoder is worth, in numbers. No TensorFlow."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from autoencoder.architecture import Training
from autoencoder.data import Dataset
from autoencoder.latent import LatentSpace
from autoencoder.network import Array


@dataclass(frozen=True)
class Measures:
    """A finished run in numbers. MSE is per pixel on [0, 1]; times 65,025 it is in squared grey levels."""

    train_mse: float  # final weights, on the digits that were trained on
    test_mse: float  # final weights, on the last 10,000 digits
    held_out: bool  # False: those 10,000 were trained on too, as in the course
    knn_accuracy: float  # k = 5, codes of the first 60,000 digits, scored on the last 10,000
    dead_units: tuple[int, ...]  # counted from 1

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Measures:
        return cls(
            **{name: float(values[name]) for name in ("train_mse", "test_mse", "knn_accuracy")},
            held_out=bool(values["held_out"]),
            dead_units=tuple(int(unit) for unit in values["dead_units"]),
        )


def measure(space: LatentSpace, training: Training, dataset: Dataset) -> Measures:
    codes, errors = space.codes, space.errors
    trained = dataset.training if training.digits == "training" else slice(None)
    return Measures(
        train_mse=float(errors[trained].mean()),
        test_mse=float(errors[dataset.held_out].mean()),
        held_out=training.digits == "training",
        knn_accuracy=knn_accuracy(codes, dataset),
        dead_units=dead_units(codes),
    )


def knn_accuracy(codes: Array, dataset: Dataset, k: int = 5) -> float:
    """Share of held-out digits whose label the k nearest training codes name: (n, d) codes -> [0, 1]."""
    from sklearn.neighbors import KNeighborsClassifier  # for workers: it takes a second and 120 MB to import

    classifier = KNeighborsClassifier(k).fit(codes[dataset.training], dataset.labels[dataset.training])
    return float(classifier.score(codes[dataset.held_out], dataset.labels[dataset.held_out]))


def dead_units(codes: Array) -> tuple[int, ...]:
    """Latent units, counted from 1, that say the same for at least 99 of 100 digits: (n, d) codes -> numbers."""
    typical = np.median(codes, axis=0)
    differs = np.abs(codes - typical) > 1e-4 * (np.abs(codes).max() or 1.0)
    return tuple(int(i) + 1 for i in np.flatnonzero(differs.mean(axis=0) <= 0.01))
