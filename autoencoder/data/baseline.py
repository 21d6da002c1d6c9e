"""Principal component analysis as the yardstick: what a linear method reaches with as many numbers per digit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from autoencoder.data.archive import read_archive, write_archive
from autoencoder.data.dataset import Dataset, data_home
from autoencoder.errors import DataUnavailable, InvalidData, StorageError
from autoencoder.network.dense import BATCH
from autoencoder.network.grey_levels import pixels
from autoencoder.network.protocol import Array

BUNDLED_PCA = Path(__file__).parent / "mnist-pca.npz"
_computing = threading.Lock()


def pca_baseline(dataset: Dataset) -> PcaBaseline:
    """The PCA twin of any autoencoder on these digits: bundled for MNIST, otherwise computed once and kept on disk."""
    kept = data_home() / "pca" / f"{dataset.fingerprint}.npz"
    with _computing:
        for path in (BUNDLED_PCA, kept):
            with suppress(DataUnavailable, InvalidData):
                return read_pca(path, dataset.fingerprint)
        baseline = fit_pca(dataset.images[dataset.training], dataset.images[dataset.held_out])
        with suppress(StorageError):  # a full disk costs two seconds next time, not the answer
            save_pca(baseline, kept, dataset.fingerprint)
        return baseline


COMPONENTS = 64
_FIELDS = ("mean", "components", "train_mse", "test_mse", "black_mse")


@dataclass(frozen=True, eq=False)
class PcaBaseline:
    """Principal components fitted on the training digits only, and their errors. Pixels in [0, 1].

    Entry k of an error is the MSE per pixel with k components; k = 0 predicts the average digit.
    """

    mean: np.ndarray  # (784,) float32
    components: np.ndarray  # (64, 784) float32, orthonormal rows; zero rows where there are too few training digits
    train_mse: np.ndarray  # (65,) float64
    test_mse: np.ndarray  # (65,) float64, held-out digits
    black_mse: float  # what an all-black picture scores on the training digits


def fit_pca(training: np.ndarray, held_out: np.ndarray) -> PcaBaseline:
    """Two times (n, 784) uint8 digits -> their baseline; about two seconds for 60,000 digits."""
    # beside training two threads were five times slower than one; and one rounds the same on any number of cores
    with threadpool_limits(1):
        mean, components = _fit(training)
        return PcaBaseline(
            mean=mean,
            components=components,
            train_mse=_errors(training, mean, components),
            test_mse=_errors(held_out, mean, components),
            black_mse=sum(float(np.square(rows).sum()) for rows in _pieces(training)) / training.size,
        )


def save_pca(baseline: PcaBaseline, path: Path, fingerprint: str) -> None:
    """To a .npz that says of which data it is. Raises StorageError."""
    mark = np.frombuffer(bytes.fromhex(fingerprint), np.uint8)
    write_archive(path, fingerprint=mark, **{name: np.asarray(getattr(baseline, name)) for name in _FIELDS})


def read_pca(path: Path, fingerprint: str) -> PcaBaseline:
    """The baseline kept at `path`. Raises DataUnavailable, or InvalidData if it is damaged or of other data."""
    mark, *values = read_archive(path, "fingerprint", *_FIELDS)
    shapes = [array.shape for array in values]
    expected = [(784,), (COMPONENTS, 784), (COMPONENTS + 1,), (COMPONENTS + 1,), ()]
    if mark.tobytes().hex() != fingerprint or shapes != expected:
        raise InvalidData("The file {path} belongs to other data. Delete it; it is computed again.", path=str(path))
    mean, components, train_mse, test_mse, black_mse = values
    return PcaBaseline(mean, components, train_mse, test_mse, float(black_mse))


def _fit(training: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.decomposition import PCA  # takes a second to import; the bundled baseline does without

    count = min(COMPONENTS, len(training) - 1)  # n digits span at most n - 1 directions around their mean
    components = np.zeros((COMPONENTS, 784), np.float32)
    pixels = training.astype(np.float32) / 255
    if count > 0 and pixels.var() > 0:
        components[:count] = PCA(count, svd_solver="covariance_eigh").fit(pixels).components_
    return pixels.mean(axis=0, dtype=np.float64).astype(np.float32), components


def _errors(digits: np.ndarray, mean: np.ndarray, components: np.ndarray) -> np.ndarray:
    """(n, 784) uint8 digits -> (65,) MSE per pixel. Each orthonormal component takes its squared score off."""
    squares = np.zeros(COMPONENTS + 1)
    for rows in _pieces(digits):
        centred = rows - mean
        scores = centred @ components.T.astype(np.float64)  # (rows, 64)
        squares += [np.square(centred).sum(), *-np.square(scores).sum(axis=0)]
    return np.maximum(np.cumsum(squares), 0) / digits.size


def _pieces(digits: np.ndarray) -> Iterator[np.ndarray]:
    """Pixels in [0, 1] as float64, 5,000 digits at a time: all at once they would take 376 MB."""
    for start in range(0, len(digits), 5000):
        yield digits[start : start + 5000] / 255


# ---- PCA, the yardstick ----


def pca_reconstruct(baseline: PcaBaseline, images: Array, d: int) -> Array:
    """(n, 784) uint8 digits -> (n, 784) pixels that d principal components make of them; they may leave [0, 1]."""
    components = baseline.components[:d]
    return np.asarray((pixels(images) - baseline.mean) @ components.T @ components + baseline.mean)


def pca_errors(baseline: PcaBaseline, images: Array, d: int) -> Array:
    """(n, 784) uint8 digits -> (n,) float32 MSE per digit with d components: what they leave of its square."""
    errors = np.empty(len(images), np.float32)
    for i in range(0, len(images), BATCH):
        centred = pixels(images[i : i + BATCH]) - baseline.mean
        scores = centred @ baseline.components[:d].T  # (BATCH, d)
        left = np.square(centred).sum(axis=1) - np.square(scores).sum(axis=1)
        errors[i : i + BATCH] = np.maximum(left, 0) / images.shape[1]
    return errors
