"""Grey levels 0 to 255 as pixels in [0, 1], and back."""

from __future__ import annotations

import numpy as np

from autoencoder.network.protocol import Array


def pixels(images: Array) -> Array:
    """(n, 784) uint8 grey levels -> (n, 784) float32 pixels in [0, 1]."""
    return images.astype(np.float32) / np.float32(255)


def grey(images: Array) -> Array:
    """(n, 784) pixels in [0, 1] -> (n, 784) uint8 grey levels, what lies outside clipped."""
    return (np.clip(np.nan_to_num(images), 0, 1) * 255 + 0.5).astype(np.uint8)
