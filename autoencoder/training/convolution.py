"""Convolutions in the graph: oneDNN's, through TensorFlow, on rows of pixels.

A graph with them is not compiled by XLA, whose own convolutions and their gradients are many times slower on a
processor.
"""

from __future__ import annotations

from typing import Any

from autoencoder.layers import Convolution


def convolved(tf: Any, rows: Any, kernel: Any, shape: Convolution) -> Any:
    """(batch, side² · channels) -> (batch, side_out² · channels_out), without the bias."""
    pictures = tf.reshape(rows, (-1, shape.side, shape.side, shape.channels))
    if shape.transposed:
        size = (tf.shape(pictures)[0], shape.side_out, shape.side_out, shape.channels_out)
        out = tf.nn.conv2d_transpose(pictures, kernel, size, shape.stride, "SAME")
    else:
        out = tf.nn.conv2d(pictures, kernel, shape.stride, "SAME")
    return tf.reshape(out, (-1, shape.side_out**2 * shape.channels_out))
