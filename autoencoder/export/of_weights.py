"""Weights of unknown origin as a run: shown with the digits of a data set, and measured on all of them.

How they were trained is not known: the run has no losses, and calls no digit held out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from autoencoder.analysis.latent_space import latent_space
from autoencoder.analysis.metrics import measure
from autoencoder.data.dataset import load_dataset
from autoencoder.export.weights_file import read_keras
from autoencoder.network.kinds import model_with
from autoencoder.network.protocol import Array
from autoencoder.runs.history import History
from autoencoder.runs.run import Run, clean_name, clean_note, now
from autoencoder.runs.store import RunStore
from autoencoder.settings import BOUNDED, MNIST, Architecture, Training
from autoencoder.training.frames import frame_by

_TRIED = 500  # digits by which the scale of the pixels is found out


@dataclass(frozen=True)
class About:
    """What the run is called, and with whose digits it is shown."""

    name: str
    note: str = ""
    dataset: str = MNIST


def open_weights(path: Path, store: RunStore, owner: str | None, about: About) -> Run:
    """A `.keras` file as a run in `store`. Raises InvalidRunFile, DataUnavailable, StorageError."""
    architecture, weights = read_keras(path)
    dataset = load_dataset(about.dataset)
    architecture = _with_scale(architecture, weights, dataset.images[:_TRIED])
    training = Training(epochs=1, digits="all", dataset=about.dataset)
    model = model_with(architecture, weights)
    space = latent_space(model, dataset)
    run = Run(
        store.new_id(), architecture, training, clean_name(about.name), owner=owner, created=now(), status="finished",
        epoch=1.0, measures=measure(space, training, dataset), note=clean_note(about.note),
    )  # fmt: skip
    store.save_weights(run.id, weights)
    store.save_history(run.id, History())
    store.save_space(run.id, space)
    store.save_frame(run.id, frame_by(model, space, dataset, run.epoch))
    store.save(run)
    return run


def _with_scale(architecture: Architecture, weights: tuple[Array, ...], images: Array) -> Architecture:
    """What the network was shown, pixels in [0, 1] or grey levels: the one by which it draws digits better."""
    if architecture.output_activation in BOUNDED:
        return architecture
    candidates = [replace(architecture, pixels=pixels) for pixels in ("unit", "grey")]
    return min(candidates, key=lambda each: _error(each, weights, images))


def _error(architecture: Architecture, weights: tuple[Array, ...], images: Array) -> float:
    model = model_with(architecture, weights)
    return float(np.mean(model.errors(images, model.encode(images))))
