"""Somebody's `.keras` file, read for its weights: a zip with the layers in JSON and arrays in HDF5. Nothing of it runs.

Layers are taken by what they say of themselves, never made from it; arrays by name, where they lie in the file itself.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from autoencoder.data.reading.packed import contents
from autoencoder.errors import N_, AutoencoderError, InvalidRunFile
from autoencoder.network.dense import weight_shapes
from autoencoder.network.protocol import Array
from autoencoder.sentences import Said
from autoencoder.settings import ACTIVATIONS, MAX_PARAMETERS, PIXELS, Architecture

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
_LARGEST = {CONFIG: 5 * 10**6, WEIGHTS: 5 * 4 * MAX_PARAMETERS}  # bytes; with Adam's two moments, and some more
_MODELS = {"Functional": "functional", "Sequential": "sequential", "Model": "functional"}
_WEIGHTED = {"Dense": "dense", "Conv2D": "conv2d", "Conv2DTranspose": "conv2d_transpose"}
_APPLIED = {"Activation": None, "ReLU": "relu"}  # layers that are an activation: of the layer before them
_BENT = ("max_value", "negative_slope", "threshold")  # that make another function of ReLU
_PASSED_OVER = ("InputLayer", "Reshape", "Flatten", "Dropout", "GaussianNoise", "GaussianDropout")
_SAME = {"swish": "silu"}  # other names of activations
_DEEPEST = 4  # models in models


@dataclass(frozen=True)
class _Found:
    """A layer with weights, as the file describes it."""

    name: str
    kind: str
    activation: str
    place: str  # of its arrays in the HDF5 file


def read_keras(path: Path) -> tuple[Architecture, tuple[Array, ...]]:
    """The network of a `.keras` file, and its weights in the order of Keras. Pixels are taken for [0, 1].

    Raises InvalidRunFile where it is no autoencoder that this app knows, or the file is damaged.
    """
    config, weights = _parts(path)
    layers = _in_order(_with_activations(_layers(config, "", 0)))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "weights.h5"
        file.write_bytes(weights)
        try:
            arrays = _arrays(file, layers)
        except InvalidRunFile:
            raise
        except Exception as problem:  # HDF5 raises almost anything
            raise _damaged(problem) from problem
    architecture = _architecture(layers, arrays)
    expected = weight_shapes(architecture)
    if [array.shape for array in arrays] != expected:
        raise InvalidRunFile(
            "The layers of the file do not follow each other as those of an autoencoder of this app: {got}. Expected "
            "dense layers from 784 pixels to a code and back, or the app's own convolutional ones.",
            got=", ".join("×".join(map(str, array.shape)) for array in arrays[::2])[:200],
        )
    return architecture, tuple(arrays)


def _parts(path: Path) -> tuple[dict[str, Any], bytes]:
    try:
        names = [member.name for member in contents(path).members]
        with zipfile.ZipFile(path) as archive:
            for name, most in _LARGEST.items():
                if names.count(name) != 1 or archive.getinfo(name).file_size > most:
                    raise _damaged(Said(N_("no {name}, or a far too large one"), {"name": name}))
            config = json.loads(archive.read(CONFIG))
            if not isinstance(config, dict):
                raise _damaged(Said(N_("{name} is no description of a model"), {"name": CONFIG}))
            return config, archive.read(WEIGHTS)
    except InvalidRunFile:
        raise
    except AutoencoderError as problem:
        raise InvalidRunFile("The file cannot be opened as a run. {problem}", problem=problem) from problem
    except Exception as problem:  # zipfile, zlib and JSON raise almost anything
        raise _damaged(problem) from problem


def _layers(config: dict[str, Any], place: str, depth: int) -> Iterator[_Found]:
    """The layers with weights, in their order; models within models are gone through."""
    try:
        if config["class_name"] not in _MODELS or depth > _DEEPEST:
            raise _unknown(config["class_name"])
        used: Counter[str] = Counter()
        for layer in config["config"]["layers"]:
            kind, about = str(layer["class_name"]), layer["config"]
            stem = {**_MODELS, **_WEIGHTED}.get(kind)
            where = f"{place}layers/{stem}" + (f"_{used[stem]}" if stem and used[stem] else "")
            used[stem or ""] += 1
            if kind in _MODELS:
                yield from _layers(layer, f"{where}/", depth + 1)
            elif kind in _WEIGHTED:
                yield _Found(str(about.get("name", "")), kind, _activation(about.get("activation")), where)
            elif kind in _APPLIED and not any(about.get(name) for name in _BENT):
                yield _Found("", kind, _activation(_APPLIED[kind] or about.get("activation")), "")
            elif kind not in _PASSED_OVER:
                raise _unknown(kind)
    except (KeyError, TypeError, AttributeError) as problem:
        raise _damaged(problem) from problem


def _activation(given: object) -> str:
    name = _SAME.get(given, given) if isinstance(given, str) else None
    if name not in ACTIVATIONS:
        raise _unknown(f"activation {str(given)[:60]}")
    return name


def _with_activations(found: Iterable[_Found]) -> list[_Found]:
    """Layers that are an activation become that of the layer before them, which must have none of its own."""
    layers: list[_Found] = []
    for layer in found:
        if layer.kind not in _APPLIED:
            layers.append(layer)
        elif layers and layers[-1].activation == "linear":
            layers[-1] = replace(layers[-1], activation=layer.activation)
        else:
            raise _unknown(layer.kind)
    return layers


def _in_order(layers: list[_Found]) -> list[_Found]:
    """As here: Keras writes the log variance, which is an end of the model, after all others."""
    names = [layer.name for layer in layers]
    if "log_variance" not in names or "latent_layer" not in names:
        return layers
    beside = layers.pop(names.index("log_variance"))
    code = [layer.name for layer in layers].index("latent_layer")
    return [*layers[: code + 1], beside, *layers[code + 1 :]]


def _arrays(path: Path, layers: list[_Found]) -> list[Array]:
    """Kernel and bias of each layer; a bias of 0 where it has none."""
    import h5py  # 10 MB, which only this needs

    found: list[Array] = []
    with h5py.File(path, "r") as file:
        for layer in layers:
            kernel = _array(h5py, file, f"{layer.place}/vars/0")
            units = kernel.shape[-2 if layer.kind == "Conv2DTranspose" else -1]
            biased = f"{layer.place}/vars/1" in file
            bias = _array(h5py, file, f"{layer.place}/vars/1") if biased else np.zeros(units, np.float32)
            found += [kernel, bias]
    return found


def _array(h5py: Any, file: Any, place: str) -> Array:
    """An array that lies in the file itself: no link, no other file's bytes, nothing packed."""
    at = file
    for name in place.split("/"):
        if not isinstance(at.get(name, getlink=True), h5py.HardLink):
            raise _damaged(Said(N_("{place} is missing, or leads elsewhere"), {"place": place}))
        at = at[name]
    if not isinstance(at, h5py.Dataset) or at.is_virtual or at.external or at.chunks:
        raise _damaged(Said(N_("{place} is no plain array"), {"place": place}))
    if at.dtype.kind != "f" or at.size > MAX_PARAMETERS or not 1 <= at.ndim <= 4:
        said = {"place": place, "n": at.size, "kind": str(at.dtype)}
        raise _damaged(Said(N_("{place} has {n:,} numbers of kind {kind}"), said))
    values = np.asarray(at[()], np.float32)
    if not np.isfinite(values).all():
        raise _damaged(Said(N_("{place} has numbers that are not finite"), {"place": place}))
    return values


def _architecture(layers: list[_Found], arrays: list[Array]) -> Architecture:
    """What these layers are in the app's terms; whether shapes fit is for the caller to compare."""
    names = [layer.name for layer in layers]
    variational = "log_variance" in names
    convolutional = any(layer.kind != "Dense" for layer in layers)
    widths = [int(array.shape[-1]) for array in arrays[1::2]]
    chain = [i for i, name in enumerate(names) if name != "log_variance"]
    if len(chain) < 2:
        raise InvalidRunFile("The file has fewer than two layers with weights, so it is no autoencoder.")
    hidden = chain[:-1]
    code = names.index("latent_layer") if "latent_layer" in names else min(hidden, key=widths.__getitem__)
    activations = {layers[i].activation for i in hidden if i != code}
    if len(activations) > 1:
        raise InvalidRunFile(
            "The hidden layers of the file have several activations ({names}); here all have the same. Train it anew "
            "with one.",
            names=", ".join(sorted(activations)),
        )
    encoder = tuple(widths[i] for i in chain if i < code)
    decoder = tuple(widths[i] for i in chain[:-1] if i > code)
    usual = Architecture()
    return Architecture(
        encoder=usual.encoder if convolutional else encoder,
        latent_dim=widths[code],
        decoder=None if convolutional or decoder == encoder[::-1] else decoder,
        hidden_activation=activations.pop() if activations else usual.hidden_activation,
        latent_activation=layers[code].activation,
        output_activation=layers[chain[-1]].activation,
        variational=variational,
        convolutional=convolutional,
    )


def _unknown(what: object) -> InvalidRunFile:
    return InvalidRunFile(
        "The file holds {what}, which is not read here: only dense layers and the app's own convolutional ones are, "
        "from {pixels} pixels to a code and back.",
        what=str(what)[:80],
        pixels=PIXELS,
    )


def _damaged(problem: object) -> InvalidRunFile:
    return InvalidRunFile(
        "The file is no Keras model, or it is damaged ({problem}). Save the model anew with model.save(“model.keras”).",
        problem=problem if isinstance(problem, Said) else str(problem)[:200],
    )
