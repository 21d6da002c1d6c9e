"""The network of an architecture as a Keras model, and its .keras files."""

from __future__ import annotations

import os
import tempfile
import threading
from functools import cache
from pathlib import Path
from typing import Any

from autoencoder.layers import KERNEL, Layer
from autoencoder.network.protocol import Array
from autoencoder.settings import PIXELS, Architecture

_IMPORTING = threading.Lock()


def tensorflow() -> tuple[Any, Any]:
    """TensorFlow and Keras, imported on first use: 3 to 5 s. AUTOENCODER_THREADS bounds the cores they take."""
    with _IMPORTING:  # one at a time: Keras imports scikit-learn too, and two threads that import both may deadlock
        return _imported()


@cache
def _imported() -> tuple[Any, Any]:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras
    import sklearn.neighbors  # noqa: F401 - for the measures
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(int(os.environ.get("AUTOENCODER_THREADS", "0")))
    tf.config.threading.set_inter_op_parallelism_threads(1)
    return tf, keras


def build_model(architecture: Architecture, weights: tuple[Array, ...] | None = None) -> Any:
    """The same network as an ordinary Keras model, layer names as in `Architecture.layers`.

    Its output is the reconstruction of the code; of a variational network [reconstruction of the mean, log variance].
    """
    _, keras = tensorflow()
    first, *dense = architecture.layers
    x = inputs = keras.Input((first.outputs,), name=first.name)
    before, outputs = x, []
    for layer in dense:
        beside = layer.name == "log_variance"
        made = _layer(keras, layer, before if beside else x)
        if beside:
            outputs.append(made)
        else:
            before, x = x, made
    x = _as(keras, x, (PIXELS,), "pixels")
    model = keras.Model(inputs, [x, *outputs] if outputs else x, name="autoencoder")
    if weights is not None:
        for variable, value in zip(variables_of(model, architecture), weights, strict=True):
            variable.assign(value)
    return model


def _layer(keras: Any, layer: Layer, x: Any) -> Any:
    """The Keras layer applied to x; convolutions see pictures, dense layers rows of numbers."""
    seen, about = layer.convolution, {"activation": layer.activation, "name": layer.name}
    if seen is None:
        return keras.layers.Dense(layer.outputs, **about)(_as(keras, x, (layer.inputs,), f"{layer.name}_row"))
    x = _as(keras, x, (seen.side, seen.side, seen.channels), f"{layer.name}_picture")
    kind = keras.layers.Conv2DTranspose if seen.transposed else keras.layers.Conv2D
    return kind(seen.channels_out, KERNEL, strides=seen.stride, padding="same", **about)(x)


def _as(keras: Any, x: Any, shape: tuple[int, ...], name: str) -> Any:
    """x in another shape; x itself where it has that shape already."""
    return x if tuple(x.shape[1:]) == shape else keras.layers.Reshape(shape, name=name)(x)


def variables_of(model: Any, architecture: Architecture) -> list[Any]:
    """Kernel and bias of each layer, in the order of `Architecture.layers`, which is that of stored weights."""
    layers = [model.get_layer(layer.name) for layer in architecture.layers[1:]]
    return [variable for layer in layers for variable in (layer.kernel, layer.bias)]


def keras_files(architecture: Architecture, weights: tuple[Array, ...]) -> dict[str, bytes]:
    """`model.keras`, and its two halves as models of their own: `encoder.keras` and `decoder.keras`.

    The encoder of a variational network gives [mean, log variance].
    """
    _, keras = tensorflow()
    model = build_model(architecture, weights)
    code = model.get_layer("latent_layer").output
    if architecture.variational:
        code = [code, model.get_layer("log_variance").output]
    encoder = keras.Model(model.input, code, name="encoder")
    saved = {"model.keras": _saved(model), "encoder.keras": _saved(encoder)}
    return saved | {"decoder.keras": _saved(_decoder(keras, model, architecture))}


def _decoder(keras: Any, model: Any, architecture: Architecture) -> Any:
    """From (n, d) codes to (n, 784) pixels, with the layers of the model."""
    x = code = keras.Input((architecture.latent_dim,), name="code")
    for layer in architecture.layers[architecture.code_at + 2 :]:
        if layer.name == "log_variance":
            continue
        seen = layer.convolution
        shape = (layer.inputs,) if seen is None else (seen.side, seen.side, seen.channels)
        x = model.get_layer(layer.name)(_as(keras, x, shape, f"{layer.name}_from"))
    return keras.Model(code, _as(keras, x, (PIXELS,), "pixels"), name="decoder")


def _saved(model: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()
