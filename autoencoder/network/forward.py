"""The forward pass in NumPy, of any model that describes itself as layers, dense or convolutional. No TensorFlow."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

import numpy as np

from autoencoder.network.activations import ACTIVATION_FUNCTIONS, standard_deviation
from autoencoder.network.convolution import convolved
from autoencoder.network.protocol import Array, DenseLayer, Description

CONVOLVED = 50  # of a convolutional network, whose layers are wide
BATCH = 500  # digits passed through at once: a layer of them stays in the processor's cache


class LayeredModel(ABC):
    """What `Model` asks for, from the description alone; a kind of model adds its own weights and layer table."""

    @abstractmethod
    def description(self) -> Description:
        """The layers of encoder and decoder."""

    def encode(self, images: Array) -> Array:
        """(n, 784) pixels in [0, 1], or uint8 grey levels -> (n, d) float32 codes."""
        described = self.description()
        codes = np.empty((len(images), described.encoder[-1].outputs), np.float32)
        for rows, outputs in _forward(described.encoder, images, _white(images), described.scale):
            codes[rows] = outputs
        return codes

    def decode(self, codes: Array) -> Array:
        """(n, d) codes -> (n, 784) float32 pixels, mostly in [0, 1]: only a sigmoid output cannot leave it."""
        described = self.description()
        pictures = np.empty((len(codes), described.decoder[-1].outputs), np.float32)
        for rows, outputs in _forward(described.decoder, codes):
            np.divide(outputs, np.float32(described.scale), out=pictures[rows])
        return pictures

    def reconstruct(self, images: Array) -> Array:
        """(n, 784) pixels in [0, 1], or uint8 grey levels -> (n, 784) what `decode` makes of their codes."""
        return self.decode(self.encode(images))

    def errors(self, images: Array, codes: Array) -> Array:
        """(n, 784) pixels in [0, 1], or uint8 grey levels, and (n, d) codes -> (n,) MSE of each digit on [0, 1]."""
        described = self.description()
        errors = np.empty(len(codes), np.float32)
        originals = np.empty((min(BATCH, len(codes)), images.shape[1]), np.float32)
        for rows, outputs in _forward(described.decoder, codes):
            outputs /= np.float32(described.scale)
            outputs -= np.divide(images[rows], np.float32(_white(images)), out=originals[: len(outputs)])
            errors[rows] = np.square(outputs, out=outputs).mean(axis=1)
        return errors

    def spread(self, images: Array) -> Array | None:
        """(n, 784) pixels -> (n, d) float32 standard deviation of each code; None where each digit has one code."""
        described = self.description()
        if described.log_variance is None:
            return None
        layers = (*described.encoder[:-1], described.log_variance)
        spread = np.empty((len(images), described.log_variance.outputs), np.float32)
        for rows, outputs in _forward(layers, images, _white(images), described.scale):
            standard_deviation(outputs, out=spread[rows])
        return spread


def _white(images: Array) -> float:
    return 255.0 if images.dtype == np.uint8 else 1.0


def _forward(
    layers: Sequence[DenseLayer], inputs: Array, white: float = 1.0, scale: float = 1.0
) -> Iterator[tuple[slice, Array]]:
    """(n, inputs) numbers / white * scale through the layers -> rows and their outputs, a batch at a time.

    The next batch overwrites the outputs. Each layer's memory is used again for every batch: new pages from the
    operating system would take a third of the time. Raises ValueError for inputs of another width.
    """
    batch = BATCH if all(layer.convolution is None for layer in layers) else CONVOLVED
    most, width = min(batch, len(inputs)), layers[0].inputs
    if inputs.shape[1:] != (width,):
        raise ValueError(f"expected (n, {width}), got {inputs.shape}")
    entrance = np.empty((most, width), np.float32)
    places = [np.empty((2, most, layer.outputs), np.float32) for layer in layers]
    for start in range(0, len(inputs), batch):
        rows = slice(start, start + batch)
        n = len(inputs[rows])
        x = entrance[:n]
        x[:] = inputs[rows]
        x /= np.float32(white)
        x *= np.float32(scale)
        for layer, place in zip(layers, places, strict=True):
            if layer.convolution is None:
                x = np.matmul(x, layer.kernel, out=place[0, :n])
                x += layer.bias
            else:
                x = convolved(x, layer.kernel, layer.convolution)
                x.reshape(n, -1, len(layer.bias))[:] += layer.bias
            ACTIVATION_FUNCTIONS[layer.activation](x, place[1, :n])
        yield rows, x
