"""The dense autoencoder as a Keras model, and its .keras files."""

from __future__ import annotations

import os
import tempfile
import threading
from functools import cache
from pathlib import Path
from typing import Any

from autoencoder.network.protocol import Array
from autoencoder.settings import Architecture

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
    """The same network as an ordinary Keras model, layer names as in `Architecture.layers`."""
    _, keras = tensorflow()
    first, *dense = architecture.layers
    x = inputs = keras.Input((first.outputs,), name=first.name)
    for layer in dense:
        x = keras.layers.Dense(layer.outputs, activation=layer.activation, name=layer.name)(x)
    model = keras.Model(inputs, x, name="autoencoder")
    if weights is not None:
        model.set_weights(weights)
    return model


def keras_files(architecture: Architecture, weights: tuple[Array, ...]) -> dict[str, bytes]:
    """`model.keras`, and the encoder cut out of it as a model of its own: `encoder.keras`."""
    _, keras = tensorflow()
    model = build_model(architecture, weights)
    encoder = keras.Model(model.input, model.get_layer("latent_layer").output, name="encoder")
    return {"model.keras": _saved(model), "encoder.keras": _saved(encoder)}


def _saved(model: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()
