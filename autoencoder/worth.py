"""What a latent space is worth, in numbers, and what PCA with as many dimensions is worth on the same digits."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from autoencoder.data import Dataset, pca_baseline
from autoencoder.latent import LatentSpace
from autoencoder.measures import knn_accuracy
from autoencoder.network import Array, pixels

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
    if d >= len(baseline.test_mse):
        return Compared(model, None)
    codes = (pixels(dataset.images) - baseline.mean) @ baseline.components[:d].T
    return Compared(model, _worth(codes, float(baseline.test_mse[d]), dataset))


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
