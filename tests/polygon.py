"""Which points lie inside a polygon, in NumPy: what lassos and outlined zones are held against."""

from __future__ import annotations

import numpy as np

from autoencoder.network.protocol import Array


def contains(polygon: Array, points: Array) -> Array:
    """(m, 2) corners and (n, 2) points -> (n,) bool: a ray to the right crosses the outline an odd number of times."""
    inside = np.zeros(len(points), bool)
    x, y = np.asarray(points, float).T
    for (xa, ya), (xb, yb) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        with np.errstate(divide="ignore", invalid="ignore"):
            crossing = xa + (y - ya) * (xb - xa) / (yb - ya)
        inside ^= ((ya > y) != (yb > y)) & (x < crossing)
    return inside
