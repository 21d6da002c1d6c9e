"""Encoder and decoder as ONNX, written from the layers that a model describes: no TensorFlow, no tracing.

Pixels are in [0, 1] on both sides, whatever the network itself sees; any number of digits at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from autoencoder.errors import N_
from autoencoder.export.record import Export
from autoencoder.export.source import Source
from autoencoder.layers import KERNEL, Convolution
from autoencoder.network.protocol import Array, DenseLayer, Description
from autoencoder.process.files import write_atomically

OPSET = 20  # the first with Gelu; ONNX 1.15, of 2023
IR_VERSION = 9  # of the same release
_OPERATORS = {
    "relu": "Relu", "gelu": "Gelu", "elu": "Elu", "selu": "Selu", "tanh": "Tanh", "sigmoid": "Sigmoid",
    "softplus": "Softplus",
}  # fmt: skip
_TO_CHANNELS_FIRST, _TO_CHANNELS_LAST = (0, 3, 1, 2), (0, 2, 3, 1)


def encoder_onnx(described: Description) -> bytes:
    """`pixels` (n, 784) -> `code` (n, d) and, of a variational network, `log_variance` (n, d)."""
    graph = _Graph()
    x = graph.times("pixels", described.scale)
    for layer in described.encoder[:-1]:
        x = graph.layer(x, layer)
    ends = {"code": described.encoder[-1]}
    if described.log_variance is not None:
        ends["log_variance"] = described.log_variance
    for name, layer in ends.items():
        graph.call("Identity", [graph.layer(x, layer)], name)
    return graph.saved("encoder", ("pixels", described.encoder[0].inputs), {n: y.outputs for n, y in ends.items()})


def decoder_onnx(described: Description) -> bytes:
    """`code` (n, d) -> `pixels` (n, 784)."""
    graph, x = _Graph(), "code"
    for layer in described.decoder:
        x = graph.layer(x, layer)
    graph.call("Identity", [graph.times(x, 1 / described.scale)], "pixels")
    return graph.saved("decoder", ("code", described.decoder[0].inputs), {"pixels": described.decoder[-1].outputs})


class _Graph:
    """Nodes and constants as they are added; each node's output has a name of its own."""

    def __init__(self) -> None:
        import onnx  # 20 MB, which only exports need

        self._onnx = onnx
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def call(self, operator: str, inputs: Sequence[str], output: str = "", **attributes: Any) -> str:
        """A node; the name of its output."""
        output = output or f"{operator.lower()}_{len(self._nodes)}"
        self._nodes.append(self._onnx.helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def constant(self, value: Array) -> str:
        """The name of a constant."""
        name = f"constant_{len(self._constants)}"
        self._constants.append(self._onnx.numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def times(self, x: str, factor: float) -> str:
        """x · factor; x itself where that is 1."""
        return x if factor == 1 else self.call("Mul", [x, self.constant(np.array(factor, np.float32))])

    def layer(self, x: str, layer: DenseLayer) -> str:
        """activation(x @ kernel + bias), or of a convolution."""
        if layer.convolution is None:
            x = self.call("Gemm", [x, self.constant(layer.kernel), self.constant(layer.bias)])
        else:
            x = self._convolution(x, layer, layer.convolution)
        return self._activation(x, layer.activation)

    def _activation(self, x: str, name: str) -> str:
        if name == "linear":
            return x
        if name == "silu":
            return self.call("Mul", [x, self.call("Sigmoid", [x])])
        return self.call(_OPERATORS[name], [x])

    def _convolution(self, x: str, layer: DenseLayer, shape: Convolution) -> str:
        """Rows of numbers in and out, as everywhere here; ONNX has the channels first."""
        pictures = self.call("Reshape", [x, self._shape(-1, shape.side, shape.side, shape.channels)])
        pictures = self.call("Transpose", [pictures], perm=_TO_CHANNELS_FIRST)
        kernel = self.constant(layer.kernel.transpose(3, 2, 0, 1))
        before, after = _padding(shape)
        made = self.call(
            "ConvTranspose" if shape.transposed else "Conv", [pictures, kernel, self.constant(layer.bias)],
            kernel_shape=(KERNEL, KERNEL), strides=(shape.stride,) * 2, pads=(before, before, after, after),
        )  # fmt: skip
        made = self.call("Transpose", [made], perm=_TO_CHANNELS_LAST)
        return self.call("Reshape", [made, self._shape(-1, layer.outputs)])

    def _shape(self, *sides: int) -> str:
        return self.constant(np.array(sides, np.int64))

    def saved(self, name: str, entrance: tuple[str, int], exits: dict[str, int]) -> bytes:
        """The checked model; `entrance` and `exits`: names and how many numbers a digit has there."""
        onnx = self._onnx
        graph = onnx.helper.make_graph(
            self._nodes, name, [self._value(*entrance)], [self._value(*each) for each in exits.items()], self._constants
        )
        model = onnx.helper.make_model(
            graph, producer_name="Autoencoder Lab", ir_version=IR_VERSION,
            opset_imports=[onnx.helper.make_opsetid("", OPSET)],
        )  # fmt: skip
        onnx.checker.check_model(model, full_check=True)
        content: bytes = model.SerializeToString()
        return content

    def _value(self, name: str, numbers: int) -> Any:
        onnx = self._onnx
        return onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", numbers])


def _padding(shape: Convolution) -> tuple[int, int]:
    """Pixels added, or of a transposed one cut off, at the upper and left and at the lower and right edge."""
    if shape.transposed:
        whole = shape.stride * (shape.side - 1) + KERNEL
        return shape.margin, whole - shape.margin - shape.side_out
    reach = shape.stride * (shape.side_out - 1) + KERNEL
    return shape.margin, max(reach - shape.margin - shape.side, 0)


def _write(part: str, source: Source, path: Path) -> None:
    made = {"encoder": encoder_onnx, "decoder": decoder_onnx}[part]
    write_atomically(path, made(source.model.description()))


ENCODER_ONNX = Export(
    "onnx-encoder", N_("The encoder, as ONNX"), N_("From pixels to the code, in any language that runs ONNX."),
    "encoder.onnx", "application/octet-stream", partial(_write, "encoder"),
)  # fmt: skip
DECODER_ONNX = Export(
    "onnx", N_("The decoder, as ONNX"), N_("From a code to pixels, in any language that runs ONNX."),
    "decoder.onnx", "application/octet-stream", partial(_write, "decoder"),
)  # fmt: skip
