"""The latent space of a trained run as data for a map: where each digit lies, how well it is drawn, who its neighbours
are. NumPy, SciPy, scikit-learn."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import contourpy
import numpy as np
from scipy.linalg import orthogonal_procrustes
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from autoencoder.data import Dataset
from autoencoder.errors import InvalidArchitecture
from autoencoder.network import Array, Network
from autoencoder.projection import principal_axes

NEIGHBOURS = 15
COPIED = 10_000  # digits at once whose errors are looked up: 8 MB
TREE_DIMENSIONS = 8  # 70,000 digits in 8: tree 1.6 s, matrix products 5.7 s; in 16: 11.7 and 7; in 64: minutes and 11
GRID = 160  # cells on a side, for finding where labels mix
MIXED = 0.5  # a zone is mixed where so large a share of the neighbours has another label
DENSE = 0.05  # of the fullest cell: zones are not drawn where hardly any digit lies


@dataclass(frozen=True, eq=False)
class LatentSpace:
    """All digits of a data set as one network sees them."""

    codes: Array  # (n, d) float32
    errors: Array  # (n,) float32, MSE per digit on [0, 1]

    def errors_of(self, digits: Array | slice) -> Array:
        """The errors of some digits: rows, or a slice of them."""
        return self.errors[digits]


class Glimpse:
    """As a LatentSpace, but errors are worked out when somebody looks at them: they are more than half of it.

    Thread-safe. `turns` is held while digits pass through the network: a semaphore, where many glimpse at once.
    """

    def __init__(self, network: Network, dataset: Dataset, turns: AbstractContextManager[Any] | None = None) -> None:
        self._network, self._images, self._turns = network, dataset.images, turns or nullcontext()
        with self._turns:
            self.codes = network.encode(dataset.images)
        self._errors = np.empty(len(dataset), np.float32)
        self._known = np.zeros(len(dataset), bool)
        self._lock = threading.Lock()

    @property
    def errors(self) -> Array:
        return self.errors_of(slice(None))

    def errors_of(self, digits: Array | slice) -> Array:
        with self._lock:
            unknown = np.arange(len(self._known))[digits]
            unknown = unknown[~self._known[unknown]]
            if len(unknown):
                with self._turns:
                    self._find(unknown)
        return self._errors[digits]

    def _find(self, digits: Array) -> None:
        for i in range(0, len(digits), COPIED):
            rows = digits[i : i + COPIED]
            self._errors[rows] = self._network.errors(self._images[rows], self.codes[rows])
            self._known[rows] = True


@dataclass(frozen=True, eq=False)
class Plane:
    """A view of the latent space: positions p on it decode as origin + p @ basis."""

    positions: Array  # (n, k) float32, k = 1, 2 or 3
    origin: Array  # (d,) float32
    basis: Array  # (k, d) float32


@dataclass(frozen=True, eq=False)
class Neighbourhoods:
    """What the nearest codes say of each digit."""

    mixed: Array  # (n,) float32: share of the 15 nearest that have another label
    predicted: Array  # (n,) uint8: the label that most of the 15 nearest have
    pairs: tuple[tuple[int, int, float], ...]  # labels that mix most, and their share of all mixing


def latent_space(network: Network, dataset: Dataset) -> LatentSpace:
    """Encode and decode every digit."""
    codes = network.encode(dataset.images)
    return LatentSpace(codes, network.errors(dataset.images, codes))


def plane(codes: Array, axes: str = "") -> Plane:
    """(n, d) codes -> a plane through them. `axes`: "pca", or numbers counted from 0 such as "0,3"; "": as suits d.

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
    """(k,) shares of all that varies in the (n, d) codes: what each axis of a plane shows of it."""
    return np.asarray(view.positions.var(axis=0) / (codes.var(axis=0).sum() or 1))


def aligned(frames: Array, shown: Array) -> Array:
    """(f, n, 2) maps over time, turned as a whole until the last lies on the (n, 2) positions shown."""
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


def neighbourhoods(codes: Array, labels: Array) -> Neighbourhoods:
    """(n, d) codes and (n,) labels -> what the 15 nearest other codes say."""
    around = labels[_nearest_others(codes)]  # (n, 15)
    votes = np.stack([(around == label).sum(axis=1) for label in range(10)], axis=1)  # (n, 10)
    mixed = 1 - votes[np.arange(len(labels)), labels] / NEIGHBOURS
    return Neighbourhoods(mixed.astype(np.float32), votes.argmax(axis=1).astype(np.uint8), _pairs(votes, labels))


def _nearest_others(codes: Array) -> Array:
    """(n, d) codes -> (n, 15) rows. Codes that are equal are told apart by chance: a k-d tree of equal points would not
    end, and every digit would have the same neighbours."""
    noise = np.random.default_rng(0).normal(0, 1e-6 * (np.ptp(codes) or 1), codes.shape)
    spread = (codes - codes.mean(axis=0) + noise).astype(np.float32)
    nearest = _search(spread)  # the code itself is among them, seldom another in its place
    others = nearest != np.arange(len(codes))[:, None]
    others[others.all(axis=1), -1] = False
    return nearest[others].reshape(-1, NEIGHBOURS)


def _search(codes: Array) -> Array:
    """(n, d) codes -> (n, 16) rows of the nearest. A tree loses to plain distances where dimensions are many."""
    if codes.shape[1] <= TREE_DIMENSIONS:
        return np.asarray(cKDTree(codes).query(codes, NEIGHBOURS + 1, workers=-1)[1])
    from sklearn.neighbors import NearestNeighbors  # takes a second to import

    search = NearestNeighbors(n_neighbors=NEIGHBOURS + 1, algorithm="brute").fit(codes)
    return np.asarray(search.kneighbors(codes, return_distance=False))


def _pairs(votes: Array, labels: Array, most: int = 5) -> tuple[tuple[int, int, float], ...]:
    table = np.array([votes[labels == label].sum(axis=0) for label in range(10)], float)  # (10, 10)
    np.fill_diagonal(table, 0)
    between = np.triu(table + table.T)
    share = between / (between.sum() or 1)
    strongest = np.argsort(share, axis=None)[::-1][:most]
    return tuple((int(i // 10), int(i % 10), float(share.flat[i])) for i in strongest if share.flat[i] > 0)


def mixed_zones(positions: Array, mixed: Array) -> list[Array]:
    """(n, 2) positions and (n,) mixing -> outlines of the zones where labels mix, (m, 2) points each.

    The course asks for "the zone where the classes mix": here it is where, after smoothing, at least half of the
    neighbours have another label, and where digits lie at all.
    """
    low, high = np.percentile(positions, [0.5, 99.5], axis=0)
    if not np.all(high > low):
        return []
    x, y = positions.T
    edges = [np.linspace(low[k], high[k], GRID + 1) for k in (0, 1)]
    count, _, _ = np.histogram2d(x, y, bins=edges)
    total, _, _ = np.histogram2d(x, y, bins=edges, weights=mixed)
    count, total = gaussian_filter(count, 2.5), gaussian_filter(total, 2.5)
    share = np.where(count > DENSE * count.max(), total / np.maximum(count, 1e-9), 0)
    across, up = ((edge[1:] + edge[:-1]) / 2 for edge in edges)
    closed = np.pad(share[1:-1, 1:-1], 1)  # outlines end at the border
    lines = contourpy.contour_generator(x=across, y=up, z=closed.T).lines(MIXED)
    return [np.asarray(line) for line in lines if len(line) > 12]
