"""An autoencoder's weights and its forward pass in NumPy: encode, decode, reconstruct. No TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from autoencoder.errors import InvalidArchitecture
from autoencoder.network.activations import ACTIVATION_FUNCTIONS
from autoencoder.network.protocol import Array
from autoencoder.settings import Architecture, Layer

BATCH = 500  # digits passed through at once: a layer of them stays in the processor's cache


@dataclass(frozen=True, eq=False)
class Network:
    """Weights in the order of Keras: (inputs, outputs) kernel then (outputs,) bias, layer by layer."""

    architecture: Architecture
    weights: tuple[Array, ...]

    def __post_init__(self) -> None:
        """Raises InvalidArchitecture where the weights do not fit the layers."""
        expected, got = weight_shapes(self.architecture), [w.shape for w in self.weights]
        if got != expected:
            raise InvalidArchitecture(
                "The weights do not fit the architecture: expected {expected}, got {got}.", expected=expected, got=got
            )

    def encode(self, images: Array) -> Array:
        """(n, 784) pixels in [0, 1], or uint8 grey levels -> (n, d) latent codes."""
        codes = np.empty((len(images), self.architecture.latent_dim), np.float32)
        for rows, outputs in self._pass(images, 0, self._encoder_layers):
            codes[rows] = outputs
        return codes

    def decode(self, codes: Array) -> Array:
        """(n, d) latent codes -> (n, 784) pixels, mostly in [0, 1]: only a sigmoid output cannot leave it."""
        pictures = np.empty((len(codes), self.architecture.layers[-1].outputs), np.float32)
        for rows, outputs in self._pass(codes, self._encoder_layers, None):
            np.divide(outputs, np.float32(self.architecture.scale), out=pictures[rows])
        return pictures

    def reconstruct(self, images: Array) -> Array:
        """(n, 784) pixels in [0, 1], or uint8 grey levels -> (n, 784) the decoder's output for their codes."""
        return self.decode(self.encode(images))

    def errors(self, images: Array, codes: Array) -> Array:
        """(n, 784) uint8 grey levels and their (n, d) codes -> (n,) MSE per digit on [0, 1]."""
        errors = np.empty(len(codes), np.float32)
        originals = np.empty((min(BATCH, len(codes)), images.shape[1]), np.float32)
        for rows, outputs in self._pass(codes, self._encoder_layers, None):
            outputs /= np.float32(self.architecture.scale)
            outputs -= np.divide(images[rows], np.float32(255), out=originals[: len(outputs)])
            errors[rows] = np.square(outputs, out=outputs).mean(axis=1)
        return errors

    @property
    def _encoder_layers(self) -> int:
        return self.architecture.depth + 1  # the hidden ones and the latent one

    def _pass(self, inputs: Array, first: int, last: int | None) -> Iterator[tuple[slice, Array]]:
        """Through some of the layers, a batch at a time: which rows, and what comes out. The next batch overwrites it.

        Each layer's place is used again. New ones each time are new pages from the system: a third of the time.
        """
        layers = list(enumerate(self.architecture.layers[1:]))[first:last]
        most, width = min(BATCH, len(inputs)), layers[0][1].inputs
        if inputs.shape[1:] != (width,):
            raise ValueError(f"expected (n, {width}), got {inputs.shape}")
        entrance = np.empty((most, width), np.float32)
        places = [np.empty((2, most, layer.outputs), np.float32) for _, layer in layers]
        for start in range(0, len(inputs), BATCH):
            rows = slice(start, start + BATCH)
            n = len(inputs[rows])
            x = entrance[:n]
            x[:] = inputs[rows]
            if first == 0:
                x /= np.float32(255 if inputs.dtype == np.uint8 else 1)
                x *= np.float32(self.architecture.scale)
            for (i, layer), place in zip(layers, places, strict=True):
                x = np.matmul(x, self.weights[2 * i], out=place[0, :n])
                x += self.weights[2 * i + 1]
                ACTIVATION_FUNCTIONS[layer.activation](x, place[1, :n])
            yield rows, x


def weight_shapes(architecture: Architecture) -> list[tuple[int, ...]]:
    return [shape for layer in architecture.layers[1:] for shape in ((layer.inputs, layer.outputs), (layer.outputs,))]


def initial_weights(architecture: Architecture, seed: int) -> tuple[Array, ...]:
    """Glorot-uniform kernels and zero biases, Keras's own default for Dense (Glorot and Bengio 2010, eq. 16)."""
    random = np.random.default_rng(seed)
    return tuple(array for layer in architecture.layers[1:] for array in _glorot(layer, random))


def _glorot(layer: Layer, random: np.random.Generator) -> tuple[Array, Array]:
    limit = np.sqrt(6 / (layer.inputs + layer.outputs))
    kernel = random.uniform(-limit, limit, (layer.inputs, layer.outputs)).astype(np.float32)
    return kernel, np.zeros(layer.outputs, np.float32)
