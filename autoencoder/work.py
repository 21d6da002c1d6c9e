"""What the cluster's workers do for a run: train a slice of it, measure it, compare it. Only this travels to them."""

from __future__ import annotations

from dataclasses import dataclass

from autoencoder.architecture import Architecture, Training
from autoencoder.data import load_dataset
from autoencoder.latent import LatentSpace, latent_space
from autoencoder.measures import Measures, measure
from autoencoder.memory import release_freed_memory
from autoencoder.network import Array, Network
from autoencoder.training import Checkpoint, Report, Slice, final_weights, keras_files, train_slice
from autoencoder.worth import Compared, compare


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
    space = latent_space(Network(architecture, weights), dataset)
    outcome = Outcome(weights, space, measure(space, training, dataset), keras_files(architecture, weights))
    release_freed_memory()  # a heap that two hundred runs have passed through is half holes
    return outcome


def space_of(network: Network, dataset: str) -> LatentSpace:
    return latent_space(network, load_dataset(dataset))


def compare_with_pca(network: Network, dataset: str) -> Compared:
    return compare(space_of(network, dataset), load_dataset(dataset))


def _checkpoint(start: Checkpoint | Slice) -> Checkpoint:
    return start.checkpoint if isinstance(start, Slice) else start
