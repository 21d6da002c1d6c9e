"""Numbers as 16-bit steps between the lowest and the highest of each column."""

from __future__ import annotations

import numpy as np

from autoencoder.network.protocol import Array

# ---- numbers as 16-bit steps ----


def quantize(values: Array, low: Array, high: Array) -> Array:
    """(n, k) numbers -> (n, k) uint16: 0 is low, 65,535 is high."""
    span = np.where(high > low, high - low, 1)
    return ((values - low) / span * 65_535 + 0.5).astype(np.uint16)


def stepped(values: Array, of: str = "") -> dict[str, Array]:
    """(n, k) numbers as steps between the lowest and the highest of each column, to be written; `restored` reads it.

    `of`: what their names in the file begin with.
    """
    low, high = values.min(axis=0), values.max(axis=0)
    return {f"{of}codes": quantize(values, low, high), f"{of}low": low, f"{of}high": high}


def restored(arrays: dict[str, Array], of: str = "") -> Array:
    """What was written as `stepped`."""
    low, high = arrays[f"{of}low"], arrays[f"{of}high"]
    steps = arrays[f"{of}codes"].astype(np.float32) / np.float32(65_535)
    return np.asarray(low + steps * (high - low), np.float32)
