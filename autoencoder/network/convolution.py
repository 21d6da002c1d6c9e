"""Convolutions in NumPy, with TensorFlow's padding `same`: each is one matrix product."""

from __future__ import annotations

import numpy as np

from autoencoder.layers import KERNEL, Convolution
from autoencoder.network.protocol import Array


def convolved(x: Array, kernel: Array, shape: Convolution) -> Array:
    """(n, side² · channels) -> (n, side_out² · channels_out), row by row of each picture; without the bias."""
    pictures = x.reshape(len(x), shape.side, shape.side, shape.channels)
    return (_spread_out if shape.transposed else _gathered)(pictures, kernel, shape).reshape(len(x), -1)


def _gathered(pictures: Array, kernel: Array, shape: Convolution) -> Array:
    """Each pixel that leaves is a sum over the 3 × 3 pixels around its place."""
    stride, reach, out = shape.stride, shape.stride * (shape.side_out - 1) + 1, shape.side_out
    beyond = max(reach + KERNEL - 1 - shape.margin - shape.side, 0)  # the lower and the right edge
    padded = np.pad(pictures, ((0, 0), (shape.margin, beyond), (shape.margin, beyond), (0, 0)))
    patches = np.empty((len(pictures), out, out, KERNEL, KERNEL, shape.channels), np.float32)
    for row, column in _PLACES:
        patches[:, :, :, row, column] = padded[:, row : row + reach : stride, column : column + reach : stride]
    return patches.reshape(-1, KERNEL**2 * shape.channels) @ kernel.reshape(-1, shape.channels_out)


def _spread_out(pictures: Array, kernel: Array, shape: Convolution) -> Array:
    """Each pixel that enters is spread over the 3 × 3 pixels around its place; what falls off the edges is cut."""
    stride, reach, many = shape.stride, shape.stride * (shape.side - 1) + 1, shape.channels_out
    spread = pictures.reshape(-1, shape.channels) @ kernel.reshape(-1, shape.channels).T
    spread = spread.reshape(len(pictures), shape.side, shape.side, KERNEL, KERNEL, many)
    whole = np.zeros((len(pictures), reach + KERNEL - 1, reach + KERNEL - 1, many), np.float32)
    for row, column in _PLACES:
        whole[:, row : row + reach : stride, column : column + reach : stride] += spread[:, :, :, row, column]
    kept = slice(shape.margin, shape.margin + shape.side_out)
    return whole[:, kept, kept]


_PLACES = [(row, column) for row in range(KERNEL) for column in range(KERNEL)]
