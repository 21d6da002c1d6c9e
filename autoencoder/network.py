"""An autoencoder's weights and its forward pass in NumPy: encode, decode, reconstruct. No TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf, expit

from autoencoder.architecture import Architecture, Layer
from autoencoder.errors import InvalidArchitecture

Array = NDArray[Any]
BATCH = 2_000  # digits passed through at once: a thread takes about 30 MB for them, and 70 with 5,000


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
        """(n, 784) pixels in [0, 1] -> (n, d) latent codes."""
        scale = np.float32(self.architecture.scale)
        return self._batched(images, lambda x: self._forward(x * scale, 0, self._encoder_layers))

    def decode(self, codes: Array) -> Array:
        """(n, d) latent codes -> (n, 784) pixels, mostly in [0, 1]: only a sigmoid output cannot leave it."""
        scale = np.float32(self.architecture.scale)
        return self._batched(codes, lambda z: self._forward(z, self._encoder_layers, None) / scale)

    def reconstruct(self, images: Array) -> Array:
        """(n, 784) pixels in [0, 1] -> (n, 784) the decoder's output for their codes."""
        return self.decode(self.encode(images))

    @property
    def _encoder_layers(self) -> int:
        return self.architecture.depth + 1  # the hidden ones and the latent one

    def _forward(self, x: Array, first: int, last: int | None) -> Array:
        layers = self.architecture.layers[1:]
        for i in range(len(layers))[first:last]:
            x = ACTIVATION_FUNCTIONS[layers[i].activation](x @ self.weights[2 * i] + self.weights[2 * i + 1])
        return x

    @staticmethod
    def _batched(x: Array, function: Callable[[Array], Array]) -> Array:
        x = np.asarray(x, dtype=np.float32)
        if len(x) <= BATCH:
            return function(x)
        return np.concatenate([function(x[i : i + BATCH]) for i in range(0, len(x), BATCH)])


def pixels(images: Array) -> Array:
    """(n, 784) uint8 grey levels -> (n, 784) float32 pixels in [0, 1]."""
    return images.astype(np.float32) / np.float32(255)


def grey(images: Array) -> Array:
    """(n, 784) pixels in [0, 1] -> (n, 784) uint8 grey levels, what lies outside clipped."""
    return (np.clip(np.nan_to_num(images), 0, 1) * 255 + 0.5).astype(np.uint8)


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


def _elu(x: Array) -> Array:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


_SELU_ALPHA, _SELU_SCALE = np.float32(1.6732632), np.float32(1.0507010)  # Klambauer et al. 2017

ACTIVATION_FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "relu": lambda x: np.maximum(x, 0),
    "gelu": lambda x: x * (1 + erf(x / np.sqrt(2, dtype=x.dtype))) / 2,  # the exact form, as Keras's default
    "silu": lambda x: x * expit(x),
    "elu": _elu,
    "selu": lambda x: _SELU_SCALE * np.where(x > 0, x, _SELU_ALPHA * np.expm1(np.minimum(x, 0))),
    "tanh": np.tanh,
    "sigmoid": expit,
    "softplus": lambda x: np.logaddexp(x, np.zeros((), x.dtype)),
    "linear": lambda x: x,
}
