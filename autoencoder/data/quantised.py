"""Numbers as 16-bit steps between the lowest and the highest of each column: half the bytes of float32.

A number comes back to within half a step, 1/131,070 of its column's range.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autoencoder.network.protocol import Array

STEPS = 65_535  # from the lowest to the highest


@dataclass(frozen=True, eq=False)
class Quantised:
    """(…, k) numbers: low + steps / 65,535 · (high - low)."""

    steps: Array  # (…, k) uint16
    low: Array  # (k,)
    high: Array  # (k,)

    def values(self) -> Array:
        """(…, k) float32."""
        share = self.steps.astype(np.float32) / np.float32(STEPS)
        return np.asarray(self.low + share * (self.high - self.low), np.float32)


def quantise(values: Array) -> Quantised:
    """(…, k) finite numbers, at least one row -> steps within each column."""
    columns = values.reshape(-1, values.shape[-1])
    low, high = columns.min(axis=0), columns.max(axis=0)
    span = np.where(high > low, high - low, 1)  # a column of equal numbers is all 0
    return Quantised(((values - low) / span * STEPS + 0.5).astype(np.uint16), low, high)


def stepped(values: Array, prefix: str = "") -> dict[str, Array]:
    """(n, k) numbers -> three arrays for a file, whose names begin with `prefix`; `restored` reads them."""
    found = quantise(values)
    return {f"{prefix}codes": found.steps, f"{prefix}low": found.low, f"{prefix}high": found.high}


def restored(arrays: dict[str, Array], prefix: str = "") -> Array:
    """(n, k) float32, from what `stepped` made. Raises KeyError where an array is missing."""
    return Quantised(arrays[f"{prefix}codes"], arrays[f"{prefix}low"], arrays[f"{prefix}high"]).values()
