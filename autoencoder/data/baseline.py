"""PCA of a data set, stored: what a linear method reaches with as many numbers per digit as an autoencoder."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from cachetools import LRUCache, cached
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from autoencoder.data.archive import read_archive, write_archive
from autoencoder.data.dataset import Dataset, data_home, load_dataset
from autoencoder.errors import DataUnavailable, InvalidData, StorageError
from autoencoder.network.pca import Pca, errors_by_components, fit, in_pieces
from autoencoder.settings import PIXELS, Training

BUNDLED_PCA = Path(__file__).parent / "mnist-pca.npz"
COMPONENTS = 64  # principal components that are stored
_FIELDS = ("mean", "components", "train_mse", "test_mse", "black_mse")


@cached(LRUCache(4), key=lambda dataset: dataset.fingerprint, condition=threading.Condition())
def pca_baseline(dataset: Dataset) -> PcaBaseline:
    """The PCA twin of any autoencoder on these digits: bundled for MNIST, otherwise computed once and kept on disk."""
    kept = data_home() / "pca" / f"{dataset.fingerprint}.npz"
    for path in (BUNDLED_PCA, kept):
        with suppress(DataUnavailable, InvalidData):
            return read_pca(path, dataset)
    baseline = fit_pca(dataset.images[dataset.training], dataset.images[dataset.held_out])
    with suppress(StorageError):  # if it cannot be saved, another process computes it again: two seconds
        save_pca(baseline, kept, dataset)
    return baseline


@dataclass(frozen=True, eq=False)
class PcaBaseline:
    """Principal components fitted on the training digits only, and their errors. Pixels in [0, 1].

    Entry k of an error is the MSE per pixel with k components; k = 0 predicts the average digit.
    """

    mean: np.ndarray  # (784,) float32
    components: np.ndarray  # (64, 784) float32, orthonormal rows; zero rows where there are too few training digits
    train_mse: np.ndarray  # (65,) float64
    test_mse: np.ndarray  # (65,) float64, held-out digits
    black_mse: float  # MSE of an all-black picture on the training digits

    @property
    def average_mse(self) -> float:
        """What predicting the average digit for everything scores on the training digits."""
        return float(self.train_mse[0])

    def keeps(self, d: int) -> bool:
        """Whether there are d components."""
        return d <= len(self.components)

    def model(self, d: int) -> Pca | None:
        """PCA with d components, as a Model; None if fewer are stored."""
        return Pca(self.mean, self.components[:d]) if self.keeps(d) else None


def pca_mse(training: Training, d: int) -> float | None:
    """PCA with d components on the digits of a run's score: held-out ones or, if it holds none out, all.

    None where fewer are kept. Raises DataUnavailable, InvalidData.
    """
    dataset = load_dataset(training.dataset)
    baseline = pca_baseline(dataset)
    if not baseline.keeps(d):
        return None
    seen = 0.0 if training.holds_out else dataset.n_training / len(dataset)  # of those digits, PCA was fitted on
    return float(seen * baseline.train_mse[d] + (1 - seen) * baseline.test_mse[d])


def average_mse(training: Training) -> float:
    """What predicting the average digit for everything scores on the same digits. Raises as `pca_mse`."""
    return pca_mse(training, 0) or 0.0  # PCA without components, which is always kept


def fit_pca(training: np.ndarray, held_out: np.ndarray) -> PcaBaseline:
    """Two times (n, 784) uint8 digits -> their baseline; about two seconds for 60,000 digits."""
    # beside training two threads were five times slower than one; and one rounds the same on any number of cores
    with threadpool_limits(1):
        pca = fit(training, COMPONENTS)
        return PcaBaseline(
            mean=pca.mean,
            components=pca.components,
            train_mse=errors_by_components(pca, training),
            test_mse=errors_by_components(pca, held_out),
            black_mse=sum(float(np.square(pixels).sum()) for pixels in in_pieces(training)) / training.size,
        )


def save_pca(baseline: PcaBaseline, path: Path, dataset: Dataset) -> None:
    """Save it as .npz, with the fingerprint of its data set. Raises StorageError."""
    write_archive(path, fingerprint=dataset.mark, **{name: np.asarray(getattr(baseline, name)) for name in _FIELDS})


def read_pca(path: Path, dataset: Dataset) -> PcaBaseline:
    """The baseline kept at `path`. Raises DataUnavailable, or InvalidData if it is damaged or of other data."""
    mark, *values = read_archive(path, "fingerprint", *_FIELDS)
    shapes = [array.shape for array in values]
    expected = [(PIXELS,), (COMPONENTS, PIXELS), (COMPONENTS + 1,), (COMPONENTS + 1,), ()]
    if not np.array_equal(mark, dataset.mark) or shapes != expected:
        raise InvalidData("The file {path} belongs to other data. Delete it; it is computed again.", path=str(path))
    mean, components, train_mse, test_mse, black_mse = values
    return PcaBaseline(mean, components, train_mse, test_mse, float(black_mse))
