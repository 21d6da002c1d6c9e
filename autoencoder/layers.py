"""A line of the table of a network's layers, and how the memory of weights is written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

KERNEL = 3  # pixels along a side of what a convolution looks at


@dataclass(frozen=True)
class Convolution:
    """How a layer looks at pictures of `channels` numbers a pixel, square, row by row: Keras's padding `same`."""

    side: int  # pixels along a side of what enters,
    channels: int
    side_out: int  # and of what leaves
    channels_out: int
    transposed: bool = False  # from few pixels to more, as decoders do

    @property
    def stride(self) -> int:
        """From one place of the kernel to the next, in pixels of the larger picture."""
        return max(self.side, self.side_out) // min(self.side, self.side_out)

    @property
    def margin(self) -> int:
        """Pixels by which the kernel looks beyond the upper and the left edge; the rest is beyond the other two."""
        return max(KERNEL - self.stride, 0) // 2

    @property
    def kernel_shape(self) -> tuple[int, int, int, int]:
        """As Keras has it: of a transposed one the channels that leave come first."""
        ends = (self.channels_out, self.channels) if self.transposed else (self.channels, self.channels_out)
        return (KERNEL, KERNEL, *ends)

    @property
    def multiply_adds(self) -> int:
        """Of one picture: each place of the kernel meets each of its numbers once."""
        return min(self.side, self.side_out) ** 2 * KERNEL**2 * self.channels * self.channels_out


@dataclass(frozen=True)
class Layer:
    """One line of the layer table: a dense layer, a convolution, or the input (`inputs == 0`)."""

    name: str
    inputs: int
    outputs: int
    activation: str
    convolution: Convolution | None = None

    @property
    def output_shape(self) -> tuple[int | None, ...]:
        """As `model.summary()` prints it: any number of images, and the layer's neurons."""
        if self.convolution is None:
            return (None, self.outputs)
        return (None, self.convolution.side_out, self.convolution.side_out, self.convolution.channels_out)

    @property
    def kernel_shape(self) -> tuple[int, ...]:
        """Of its weights."""
        return (self.inputs, self.outputs) if self.convolution is None else self.convolution.kernel_shape

    @property
    def bias_shape(self) -> tuple[int]:
        """One bias per neuron, or per channel."""
        return (self.outputs if self.convolution is None else self.convolution.channels_out,)

    @property
    def parameters(self) -> int:
        """Weights and biases."""
        return math.prod(self.kernel_shape) + self.bias_shape[0] if self.inputs else 0

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds for one digit, biases included: a dense layer uses each parameter once."""
        return self.parameters if self.convolution is None else self.convolution.multiply_adds + self.outputs


# Hidden layers of a convolutional network before the code, and all layers after it: those of Keras's VAE example,
# https://keras.io/examples/generative/vae. A number: a dense layer with so many neurons.
BEFORE: tuple[int | Convolution, ...] = (Convolution(28, 1, 14, 32), Convolution(14, 32, 7, 64), 16)
AFTER: tuple[int | Convolution, ...] = (
    7 * 7 * 64,
    Convolution(7, 64, 14, 64, transposed=True),
    Convolution(14, 64, 28, 32, transposed=True),
    Convolution(28, 32, 28, 1, transposed=True),
)


def table_of(
    pixels: int,
    encoder: Sequence[int | Convolution],
    latent_dim: int,
    decoder: Sequence[int | Convolution],
    activations: tuple[str, str, str],
    variational: bool,
) -> tuple[Layer, ...]:
    """The layer table from the input to the output. A number: a dense layer with so many neurons.

    `activations`: of the hidden layers, the code and the output, which is the decoder's last layer. Beside the code of
    a variational network stands its log variance, from the same inputs.
    """
    hidden, latent, output = activations
    table, inputs = [Layer("input_layer", 0, pixels, "")], pixels

    def add(name: str, shape: int | Convolution, activation: str) -> None:
        convolution = shape if isinstance(shape, Convolution) else None
        outputs = shape if isinstance(shape, int) else shape.side_out**2 * shape.channels_out
        table.append(Layer(name, inputs, outputs, activation, convolution))

    for number, shape in enumerate(encoder, 1):
        add(f"encoder_{number}", shape, hidden)
        inputs = table[-1].outputs
    add("latent_layer", latent_dim, latent)
    if variational:
        add("log_variance", latent_dim, "linear")
    for number, shape in enumerate(decoder[:-1], 1):
        inputs = table[-1].outputs
        add(f"decoder_{number}", shape, hidden)
    inputs = table[-1].outputs
    add("reconstruction", decoder[-1], output)
    return tuple(table)


def readable_size(size: float) -> str:
    """As Keras writes it: the largest unit that keeps the figure above 1, two decimals."""
    units = ("B", "KB", "MB", "GB")
    exponent = min(int(math.log(size, 1024)), len(units) - 1) if size else 0
    return f"{size / 1024**exponent:.2f} {units[exponent]}"
