"""The nearest codes of each digit: where labels mix, and which labels."""

from __future__ import annotations

from dataclasses import dataclass

import contourpy
import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from autoencoder.network.protocol import Array

NEIGHBOURS = 15
TREE_DIMENSIONS = 8  # 70,000 digits in 8: tree 1.6 s, matrix products 5.7 s; in 16: 11.7 and 7; in 64: minutes and 11
GRID = 160  # cells on a side, for finding where labels mix
MIXED = 0.5  # a zone is mixed where so large a share of the neighbours has another label
DENSE = 0.05  # of the fullest cell: zones are not drawn where hardly any digit lies


@dataclass(frozen=True, eq=False)
class Neighbourhoods:
    """What the nearest codes say of each digit."""

    mixed: Array  # (n,) float32: share of the 15 nearest that have another label
    predicted: Array  # (n,) uint8: the label that most of the 15 nearest have
    pairs: tuple[tuple[int, int, float], ...]  # labels that mix most, and their share of all mixing


def neighbourhoods(codes: Array, labels: Array, classes: int) -> Neighbourhoods:
    """(n, d) codes and (n,) labels below `classes` -> what the 15 nearest other codes say; all others of fewer digits.

    Without classes all labels are the same, and nothing mixes.
    """
    around = labels[_nearest_others(codes)]  # (n, 15)
    votes = np.stack([(around == label).sum(axis=1) for label in range(classes or 1)], axis=1)  # (n, classes)
    mixed = 1 - votes[np.arange(len(labels)), labels] / around.shape[1]
    return Neighbourhoods(mixed.astype(np.float32), votes.argmax(axis=1).astype(np.uint8), _pairs(votes, labels))


def _nearest_others(codes: Array) -> Array:
    """(n, d) codes -> (n, 15) rows of the nearest other codes; fewer columns where there are fewer codes.

    A little noise tells equal codes apart: building a k-d tree of equal points takes minutes.
    """
    noise = np.random.default_rng(0).normal(0, 1e-6 * (np.ptp(codes) or 1), codes.shape)
    spread = (codes - codes.mean(axis=0) + noise).astype(np.float32)
    count = min(NEIGHBOURS, len(codes) - 1)
    nearest = _search(spread, count + 1)  # the digit itself is nearly always among them
    others = nearest != np.arange(len(codes))[:, None]
    others[others.all(axis=1), -1] = False
    return nearest[others].reshape(-1, count)


def _search(codes: Array, count: int) -> Array:
    """(n, d) codes -> (n, count) rows of the nearest; with many dimensions all distances are faster than a tree."""
    if codes.shape[1] <= TREE_DIMENSIONS:
        return np.asarray(cKDTree(codes).query(codes, count, workers=-1)[1])
    from sklearn.neighbors import NearestNeighbors  # takes a second to import

    search = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(codes)
    return np.asarray(search.kneighbors(codes, return_distance=False))


def _pairs(votes: Array, labels: Array, most: int = 5) -> tuple[tuple[int, int, float], ...]:
    classes = votes.shape[1]
    table = np.array([votes[labels == label].sum(axis=0) for label in range(classes)], float)  # (classes, classes)
    np.fill_diagonal(table, 0)
    between = np.triu(table + table.T)
    share = between / (between.sum() or 1)
    strongest = np.argsort(share, axis=None)[::-1][:most]
    return tuple((int(i // classes), int(i % classes), float(share.flat[i])) for i in strongest if share.flat[i] > 0)


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


def nearest_codes(codes: Array, index: int, count: int = 10) -> Array:
    """The digits whose codes lie nearest to that of one digit, nearest first: (n, d) codes -> (count,) indices."""
    count = min(count, len(codes) - 1)
    distances = np.square(codes - codes[index]).sum(axis=1)
    distances[index] = np.inf  # not its own neighbour
    nearest = np.argpartition(distances, count)[:count]
    return nearest[np.lexsort((nearest, distances[nearest]))]
