"""Convolutions in the graph as one matrix product each, as `autoencoder.network.convolution` has them in NumPy.

XLA's own convolutions, and above all their gradients, are many times slower on a processor.
"""

from __future__ import annotations

from typing import Any

from autoencoder.layers import KERNEL, Convolution


def convolved(tf: Any, rows: Any, kernel: Any, shape: Convolution) -> Any:
    """(batch, side² · channels) -> (batch, side_out² · channels_out), without the bias."""
    pictures = tf.reshape(rows, (-1, shape.side, shape.side, shape.channels))
    if not shape.transposed:
        out = _gathered(tf, pictures, kernel, shape)
    elif shape.stride == 1:  # the same as looking around with the kernel turned
        out = _gathered(tf, pictures, tf.transpose(kernel[::-1, ::-1], (0, 1, 3, 2)), shape)
    else:
        out = _spread_out(tf, pictures, kernel, shape)
    return tf.reshape(out, (-1, shape.side_out**2 * shape.channels_out))


def _gathered(tf: Any, pictures: Any, kernel: Any, shape: Convolution) -> Any:
    """Each pixel that leaves is a sum over the 3 × 3 pixels around its place."""
    stride, reach = shape.stride, shape.stride * (shape.side_out - 1) + 1
    beyond = max(reach + KERNEL - 1 - shape.margin - shape.side, 0)
    edges = (shape.margin, beyond)
    padded = tf.pad(pictures, ((0, 0), edges, edges, (0, 0)))
    seen = [
        padded[:, row : row + reach : stride, column : column + reach : stride]
        for row in range(KERNEL)
        for column in range(KERNEL)
    ]
    patches = tf.reshape(tf.stack(seen, axis=3), (-1, KERNEL**2 * shape.channels))
    return tf.matmul(patches, tf.reshape(kernel, (-1, shape.channels_out)))


def _spread_out(tf: Any, pictures: Any, kernel: Any, shape: Convolution) -> Any:
    """Each pixel that enters is spread over the 3 × 3 pixels around its place; of stride 2, without a margin."""
    assert shape.stride == 2
    assert shape.margin == 0
    weights = tf.reshape(kernel, (-1, shape.channels))
    spread = tf.matmul(tf.reshape(pictures, (-1, shape.channels)), weights, transpose_b=True)
    spread = tf.reshape(spread, (-1, shape.side, shape.side, KERNEL, KERNEL, shape.channels_out))
    lines = _interleaved(tf, spread, shape.side)  # (batch, side_out, side, 3, channels_out)
    turned = tf.transpose(lines, (0, 2, 1, 3, 4))
    return tf.transpose(_interleaved(tf, turned, shape.side), (0, 2, 1, 3))


def _interleaved(tf: Any, spread: Any, side: int) -> Any:
    """(batch, side, other, 3, …) -> (batch, 2 · side, other, …).

    Places 0 and 2 of the kernel meet on even lines, place 1 falls on odd ones.
    """
    first, middle, after = (spread[:, :, :, place] for place in range(KERNEL))
    nothing = [(0, 0)] * (len(after.shape) - 2)
    even = first + tf.pad(after[:, :-1], [(0, 0), (1, 0), *nothing])
    both = tf.stack([even, middle], axis=2)
    return tf.reshape(both, (-1, 2 * side, *both.shape[3:]))
