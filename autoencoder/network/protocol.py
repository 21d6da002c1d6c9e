"""The interface of a trained model, enough for measures, maps and sheets. Keras files need an Architecture instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from autoencoder.layers import Convolution, Layer

Array = NDArray[Any]


class Model(Protocol):
    """Encodes and decodes digits: n images of 784 pixels, d latent dimensions."""

    @property
    def latent_dim(self) -> int:
        """d."""

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layer table from the pixels to the reconstruction."""

    @property
    def weights(self) -> tuple[Array, ...]:
        """Every array that was learned: they are the model's size and its identity."""

    @property
    def parameter_count(self) -> int:
        """How many numbers were learned."""

    def encode(self, images: Array) -> Array:
        """(n, 784) pixels in [0, 1], or uint8 grey levels -> (n, d) float32 codes."""

    def decode(self, codes: Array) -> Array:
        """(n, d) codes -> (n, 784) float32 pixels; they may leave [0, 1]."""

    def reconstruct(self, images: Array) -> Array:
        """(n, 784) pixels in [0, 1], or uint8 grey levels -> (n, 784) what `decode` makes of their codes."""

    def errors(self, images: Array, codes: Array) -> Array:
        """(n, 784) pixels in [0, 1], or uint8 grey levels, and (n, d) codes -> (n,) MSE of each digit on [0, 1]."""

    def spread(self, images: Array) -> Array | None:
        """(n, d) standard deviation of each code, of a model that encodes distributions; None of any other."""

    def description(self) -> Description:
        """The layers of encoder and decoder, for another forward pass such as the browser's."""


@dataclass(frozen=True, eq=False)
class Description:
    """A model as two stacks of layers."""

    encoder: tuple[DenseLayer, ...]  # from pixels times `scale` to the code
    decoder: tuple[DenseLayer, ...]  # from the code to pixels times `scale`
    scale: float = 1.0
    log_variance: DenseLayer | None = None  # of a variational network: beside the encoder's last layer, for its codes


@dataclass(frozen=True, eq=False)
class DenseLayer:
    """activation(x @ kernel + bias) of (n, inputs); or a convolution of pictures, in place of the product."""

    kernel: Array  # (inputs, outputs) float32; of a convolution as `Convolution.kernel_shape`
    bias: Array  # (outputs,) float32; of a convolution (channels_out,)
    activation: str  # one of settings.ACTIVATIONS
    convolution: Convolution | None = None

    @property
    def inputs(self) -> int:
        """Numbers that enter."""
        seen = self.convolution
        return int(self.kernel.shape[0]) if seen is None else seen.side**2 * seen.channels

    @property
    def outputs(self) -> int:
        """Numbers that leave."""
        made = self.convolution
        return int(self.kernel.shape[1]) if made is None else made.side_out**2 * made.channels_out
