"""The latent space of a model as data for a map: codes and errors of all digits, and planes through the codes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import orthogonal_procrustes

from autoencoder.analysis.projection import principal_axes
from autoencoder.data.dataset import Dataset
from autoencoder.errors import InvalidArchitecture
from autoencoder.network.protocol import Array, Model

COPIED = 10_000  # digits at once whose errors are looked up: 8 MB


@dataclass(frozen=True, eq=False)
class LatentSpace:
    """Codes and errors of all digits of a data set, by one model."""

    codes: Array  # (n, d) float32
    errors: Array  # (n,) float32, MSE per digit on [0, 1]
    spread: Array | None = None  # (n, d) float32 standard deviations of the codes, by a variational model

    def errors_of(self, digits: Array | slice) -> Array:
        """The errors of some digits: rows, or a slice of them."""
        return self.errors[digits]


class LazyLatentSpace:
    """As a LatentSpace, but errors are computed on first use: decoding is more than half of the work.

    Thread-safe. `turns`: a semaphore that bounds how many threads pass digits through models at the same time.
    """

    def __init__(
        self, model: Callable[[], Model], dataset: Dataset, turns: AbstractContextManager[Any] | None = None
    ) -> None:
        """Encode all digits; errors are computed when they are first needed.

        `model` gives the model whenever one is needed, so that a space can be kept without it: a map's codes are a few
        hundred kilobytes, its weights megabytes. Where it raises, so do the errors that are not known yet.
        """
        self._model, self._images, self._turns = model, dataset.images, turns or nullcontext()
        with self._turns:
            self.codes = model().encode(dataset.images)
        self._errors = np.empty(len(dataset), np.float32)
        self._known = np.zeros(len(dataset), bool)
        self._lock = threading.Lock()
        self._model_spread: Array | None = None

    @property
    def errors(self) -> Array:
        """(n,) MSE per digit on [0, 1]; computes those that are not known yet."""
        return self.errors_of(slice(None))

    def errors_of(self, digits: Array | slice) -> Array:
        """The errors of some digits: rows, or a slice of them; computes those that are not known yet."""
        with self._lock:
            unknown = np.arange(len(self._known))[digits]
            unknown = unknown[~self._known[unknown]]
            if len(unknown):
                with self._turns:
                    self._find(unknown)
        return self._errors[digits]

    @property
    def spread(self) -> Array | None:
        """(n, d) standard deviations of the codes, computed on first use; None where each digit has one code."""
        with self._lock:
            if self._model_spread is None and (model := self._model()).description().log_variance is not None:
                with self._turns:
                    self._model_spread = model.spread(self._images)
        return self._model_spread

    def _find(self, digits: Array) -> None:
        model = self._model()
        for i in range(0, len(digits), COPIED):
            rows = digits[i : i + COPIED]
            self._errors[rows] = model.errors(self._images[rows], self.codes[rows])
            self._known[rows] = True


@dataclass(frozen=True, eq=False)
class Plane:
    """A view of the latent space: positions p on it decode as origin + p @ basis."""

    positions: Array  # (n, k) float32, k = 1, 2 or 3
    origin: Array  # (d,) float32
    basis: Array  # (k, d) float32


def latent_space(model: Model, dataset: Dataset) -> LatentSpace:
    """Encode and decode every digit."""
    codes = model.encode(dataset.images)
    return LatentSpace(codes, model.errors(dataset.images, codes), model.spread(dataset.images))


def plane(codes: Array, axes: str = "") -> Plane:
    """(n, d) codes -> a plane through them. `axes`: "pca", or dimensions counted from 0 such as "0,3".

    Without `axes`: the dimensions themselves where d is 1, 2 or 3, else the principal axes.

    Raises InvalidArchitecture for axes that are not there.
    """
    d = codes.shape[1]
    chosen = list(range(d)) if not axes and d <= 3 else None if axes in ("", "pca") else _axes(axes, d)
    if chosen is None:
        centre = codes.mean(axis=0)
        basis = principal_axes(codes).T  # (2, d)
        return Plane((codes - centre) @ basis.T, centre, basis)
    origin = codes.mean(axis=0)
    origin[chosen] = 0
    return Plane(codes[:, chosen], origin, np.eye(d, dtype=np.float32)[chosen])


def variance_shares(view: Plane, codes: Array) -> Array:
    """(k,) share of the variance of the (n, d) codes that each axis of a plane shows."""
    return np.asarray(view.positions.var(axis=0) / (codes.var(axis=0).sum() or 1))


def aligned(frames: Array, shown: Array) -> Array:
    """(f, n, 2) maps over time, all rotated by the one rotation that best fits the last to the (n, 2) `shown`."""
    centre = frames[-1].mean(axis=0)
    turn, _ = orthogonal_procrustes(frames[-1] - centre, shown - shown.mean(axis=0))
    return np.asarray((frames - centre) @ turn + shown.mean(axis=0), np.float32)


def _axes(text: str, d: int) -> list[int]:
    parts = text.split(",")
    if all(part.isdecimal() and len(part) < 4 for part in parts):
        numbers = [int(part) for part in parts]
        if len(numbers) in (1, 2, 3) and len(set(numbers)) == len(numbers) and max(numbers) < d:
            return numbers
    raise InvalidArchitecture(
        "Axes are up to three different numbers below {d}, such as 0,1, or pca; got {axes!r}.", d=d, axes=text[:40]
    )
