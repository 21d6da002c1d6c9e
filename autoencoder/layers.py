"""A line of the table of a network's layers, and how the memory of weights is written."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Layer:
    """One line of the layer table: a dense layer, or the input (`inputs == 0`)."""

    name: str
    inputs: int
    outputs: int
    activation: str

    @property
    def output_shape(self) -> tuple[None, int]:
        """As `model.summary()` prints it: any number of images, and the layer's neurons."""
        return (None, self.outputs)

    @property
    def parameters(self) -> int:
        """One weight per connection and one bias per neuron."""
        return (self.inputs + 1) * self.outputs if self.inputs else 0

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds for one digit, biases included: a dense layer uses each parameter once."""
        return self.parameters


def readable_size(size: float) -> str:
    """As Keras writes it: the largest unit that keeps the figure above 1, two decimals."""
    units = ("B", "KB", "MB", "GB")
    exponent = min(int(math.log(size, 1024)), len(units) - 1) if size else 0
    return f"{size / 1024**exponent:.2f} {units[exponent]}"
