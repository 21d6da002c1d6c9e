"""What a trained autoencoder is worth, in numbers. No TensorFlow."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from autoencoder.analysis.latent_space import LatentSpace
from autoencoder.data.baseline import pca_baseline
from autoencoder.data.dataset import Dataset
from autoencoder.network.grey_levels import pixels
from autoencoder.network.protocol import Array
from autoencoder.settings import Training


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
    trained = dataset.training if training.holds_out else slice(None)
    return Measures(
        train_mse=float(errors[trained].mean()),
        test_mse=float(errors[dataset.held_out].mean()),
        held_out=training.holds_out,
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


SAMPLE = 2_000  # held-out digits for trustworthiness, whose cost grows with their square


@dataclass(frozen=True)
class Worth:
    """Codes of the training digits, scored on the held-out ones; all between 0 and 1 but the error."""

    test_mse: float  # per pixel on [0, 1], held-out digits
    knn_5: float  # accuracy of the 5 nearest codes
    knn_15: float
    linear: float  # accuracy of logistic regression on the codes: the course's "features for other methods"
    trustworthiness: float  # Venna and Kaski 2001, 15 neighbours, first 2,000 held-out digits


@dataclass(frozen=True)
class Compared:
    """A model beside PCA with as many dimensions; no twin where PCA is not kept for so many."""

    model: Worth
    pca: Worth | None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Compared:
        return cls(Worth(**values["model"]), Worth(**values["pca"]) if values["pca"] else None)


def compare(space: LatentSpace, dataset: Dataset) -> Compared:
    """About ten seconds for 70,000 digits in 8 dimensions: on a worker, once a run."""
    model = _worth(space.codes, float(space.errors[dataset.held_out].mean()), dataset)
    d, baseline = space.codes.shape[1], pca_baseline(dataset)
    pca = baseline.model(d)
    if pca is None:
        return Compared(model, None)
    return Compared(model, _worth(pca.encode(dataset.images), float(baseline.test_mse[d]), dataset))


def _worth(codes: Array, test_mse: float, dataset: Dataset) -> Worth:
    from sklearn.manifold import trustworthiness  # for workers, as in measures

    sample = slice(dataset.n_training, dataset.n_training + SAMPLE)
    return Worth(
        test_mse=test_mse,
        knn_5=knn_accuracy(codes, dataset, k=5),
        knn_15=knn_accuracy(codes, dataset, k=15),
        linear=_linear_accuracy(codes, dataset),
        trustworthiness=float(trustworthiness(pixels(dataset.images[sample]), codes[sample], n_neighbors=15)),
    )


def _linear_accuracy(codes: Array, dataset: Dataset) -> float:
    """Share of held-out digits that logistic regression on the codes names: (n, d) codes -> [0, 1]."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))
    classifier.fit(codes[dataset.training].astype(np.float64), dataset.labels[dataset.training])
    return float(classifier.score(codes[dataset.held_out].astype(np.float64), dataset.labels[dataset.held_out]))
