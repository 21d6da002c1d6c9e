"""The tasks that are submitted to the cluster's workers for a run: train a slice, measure the end, compare with PCA."""

from __future__ import annotations

from autoencoder.analysis.latent_space import LatentSpace, latent_space
from autoencoder.analysis.metrics import ComparedWithPca, compare
from autoencoder.engine.outcome import Outcome, outcome_of, space_of
from autoencoder.engine.supplies import supplied
from autoencoder.network.kinds import model_with
from autoencoder.network.protocol import Array, Model
from autoencoder.settings import Architecture, Training
from autoencoder.training.best_epoch import Keep
from autoencoder.training.loop import train_slice
from autoencoder.training.records import Checkpoint, Report, Slice


def advance(
    architecture: Architecture, training: Training, start: Checkpoint | Slice, chunks: int, frame: bool
) -> Slice:
    """The next slice, after another slice or from a checkpoint; arguments as of `train_slice`."""
    supplied(training.dataset)
    return train_slice(architecture, training, _checkpoint(start), chunks, frame)


def report_of(slice_: Slice) -> Report:
    """The part of a slice that travels to the web process."""
    return slice_.report


def conclude(
    architecture: Architecture, training: Training, start: Checkpoint | Slice, keep: Keep | None = None
) -> Outcome:
    """The outcome of a training that ends after this slice or at this checkpoint; `keep` as of `outcome_of`."""
    supplied(training.dataset)
    return outcome_of(architecture, training, _checkpoint(start), keep)


def latent_space_of(model: Model, dataset: str) -> LatentSpace:
    """All digits of a data set as a model encodes and reconstructs them."""
    return latent_space(model, supplied(dataset))


def space_of_run(architecture: Architecture, training: Training, weights: tuple[Array, ...]) -> LatentSpace:
    """All digits as a run's network encodes and reconstructs them."""
    return space_of(architecture, training, model_with(architecture, weights), supplied(training.dataset))


def compare_with_pca(model: Model, dataset: str) -> ComparedWithPca:
    """The metrics computed on demand, and PCA's."""
    return compare(latent_space_of(model, dataset), supplied(dataset))


def _checkpoint(start: Checkpoint | Slice) -> Checkpoint:
    return start.checkpoint if isinstance(start, Slice) else start
