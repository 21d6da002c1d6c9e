"""What the cluster's workers do for a run: train a slice of it, measure it, compare it. Only this travels to them."""

from __future__ import annotations

from dataclasses import dataclass

from autoencoder.analysis.latent_space import LatentSpace, latent_space
from autoencoder.analysis.metrics import Compared, Measures, compare, measure
from autoencoder.data.dataset import load_dataset
from autoencoder.network.dense import DenseAutoencoder
from autoencoder.network.keras import keras_files
from autoencoder.network.protocol import Array, Model
from autoencoder.process.memory import release_freed_memory
from autoencoder.settings import Architecture, Training
from autoencoder.training.loop import final_weights, train_slice
from autoencoder.training.records import Checkpoint, Report, Slice


@dataclass(frozen=True, eq=False)
class Outcome:
    """What is left of a training once it has ended."""

    weights: tuple[Array, ...]
    space: LatentSpace
    measures: Measures
    files: dict[str, bytes]


def advance(
    architecture: Architecture, training: Training, start: Checkpoint | Slice, chunks: int, frame: bool
) -> Slice:
    """The next slice, after another one or from a checkpoint."""
    return train_slice(architecture, training, _checkpoint(start), chunks, frame)


def report_of(slice_: Slice) -> Report:
    return slice_.report


def conclude(architecture: Architecture, training: Training, start: Checkpoint | Slice) -> Outcome:
    weights, dataset = final_weights(_checkpoint(start)), load_dataset(training.dataset)
    space = latent_space(DenseAutoencoder(architecture, weights), dataset)
    outcome = Outcome(weights, space, measure(space, training, dataset), keras_files(architecture, weights))
    release_freed_memory()  # a heap that two hundred runs have passed through is half holes
    return outcome


def latent_space_of(model: Model, dataset: str) -> LatentSpace:
    return latent_space(model, load_dataset(dataset))


def compare_with_pca(model: Model, dataset: str) -> Compared:
    return compare(latent_space_of(model, dataset), load_dataset(dataset))


def _checkpoint(start: Checkpoint | Slice) -> Checkpoint:
    return start.checkpoint if isinstance(start, Slice) else start
