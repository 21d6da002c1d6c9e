"""The network of an architecture: its weights, and those that it begins with. No TensorFlow."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from autoencoder.errors import InvalidArchitecture
from autoencoder.layers import Layer
from autoencoder.network.forward import LayeredModel
from autoencoder.network.protocol import Array, DenseLayer, Description
from autoencoder.settings import Architecture


@dataclass(frozen=True, eq=False)
class DenseAutoencoder(LayeredModel):
    """A `Model`. Weights in the order of Keras: (inputs, outputs) kernel then (outputs,) bias, layer by layer."""

    architecture: Architecture
    weights: tuple[Array, ...]

    def __post_init__(self) -> None:
        """Raises InvalidArchitecture where the weights do not fit the layers."""
        expected, got = weight_shapes(self.architecture), [w.shape for w in self.weights]
        if got != expected:
            raise InvalidArchitecture(
                "The weights do not fit the architecture: expected {expected}, got {got}.", expected=expected, got=got
            )

    @property
    def latent_dim(self) -> int:
        """d."""
        return self.architecture.latent_dim

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layer table from the pixels to the reconstruction."""
        return self.architecture.layers

    @property
    def parameter_count(self) -> int:
        """How many numbers were learned."""
        return self.architecture.parameter_count

    def description(self) -> Description:
        """The layers of encoder and decoder."""
        kernels, biases, table = self.weights[::2], self.weights[1::2], self.layers[1:]
        layers = [
            DenseLayer(k, b, layer.activation, layer.convolution)
            for k, b, layer in zip(kernels, biases, table, strict=True)
        ]
        code = self.architecture.code_at + 1  # the hidden layers and the latent one
        log_variance = layers.pop(code) if self.architecture.variational else None
        return Description(tuple(layers[:code]), tuple(layers[code:]), self.architecture.scale, log_variance)


def weight_shapes(architecture: Architecture) -> list[tuple[int, ...]]:
    """Of the kernel and the bias of each layer, in the order of Keras."""
    return [shape for layer in architecture.layers[1:] for shape in (layer.kernel_shape, layer.bias_shape)]


def initial_weights(architecture: Architecture, seed: int) -> tuple[Array, ...]:
    """Glorot-uniform kernels and zero biases, Keras's own default (Glorot and Bengio 2010, eq. 16)."""
    random = np.random.default_rng(seed)
    return tuple(array for layer in architecture.layers[1:] for array in _glorot(layer, random))


def _glorot(layer: Layer, random: np.random.Generator) -> tuple[Array, Array]:
    *patch, ends, other = layer.kernel_shape
    limit = np.sqrt(6 / (math.prod(patch) * (ends + other)))
    kernel = random.uniform(-limit, limit, layer.kernel_shape).astype(np.float32)
    return kernel, np.zeros(layer.bias_shape, np.float32)
