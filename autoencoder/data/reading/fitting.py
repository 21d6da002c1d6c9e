"""Images of other sizes, fitted into 28×28 with their proportions and centred."""

from __future__ import annotations

import numpy as np
from PIL import Image

from autoencoder.network.protocol import Array

SIDE = 28


def fitted_size(height: int, width: int) -> tuple[int, int]:
    """Height and width within 28×28 with the same proportions; the longer side is 28."""
    longer = max(height, width)
    return max(1, round(SIDE * height / longer)), max(1, round(SIDE * width / longer))


def fitted(image: Array) -> Array:
    """(h, w) numbers -> (28, 28) float32, resampled and centred; around it 0."""
    height, width = fitted_size(*image.shape)
    values = np.asarray(image, np.float32)
    if values.shape != (height, width):
        resized = Image.fromarray(values).resize((width, height), Image.Resampling.BILINEAR)  # widened when it shrinks
        values = np.asarray(resized)
    placed = np.zeros((SIDE, SIDE), np.float32)
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    placed[top : top + height, left : left + width] = values
    return placed


def inside(boxes: Array) -> Array:
    """(n, 2) heights and widths -> (n, 28, 28) whether a pixel belongs to the picture that was fitted."""
    at = np.arange(SIDE)
    masks = []
    for axis in (0, 1):
        start = ((SIDE - boxes[:, axis]) // 2)[:, None]
        masks.append((at >= start) & (at < start + boxes[:, axis, None]))
    return masks[0][:, :, None] & masks[1][:, None, :]


def paper_of(images: Array) -> Array:
    """(n, h, w) -> (n,) mean value at the edges, which is the background of most pictures."""
    edges = np.concatenate([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], axis=1)
    return edges.mean(axis=1, dtype=np.float64)
