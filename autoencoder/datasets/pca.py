"""Principal component analysis as the yardstick: what a linear method reaches with as many numbers per digit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from autoencoder.datasets.archive import read_archive, write_archive
from autoencoder.errors import InvalidData

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
