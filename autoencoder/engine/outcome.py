"""The end of a run: what its last weights give, computed on a worker, and how it is written down."""

from __future__ import annotations

from dataclasses import dataclass

from autoencoder.analysis.latent_space import LatentSpace, latent_space
from autoencoder.analysis.metrics import Measures, measure
from autoencoder.data.dataset import load_dataset
from autoencoder.network.keras import keras_files
from autoencoder.network.kinds import model_with
from autoencoder.network.protocol import Array
from autoencoder.process.memory import release_freed_memory
from autoencoder.runs.history import History
from autoencoder.runs.run import Run
from autoencoder.runs.store import RunStore
from autoencoder.settings import Architecture, Training
from autoencoder.training.early_stopping import final_weights
from autoencoder.training.records import Checkpoint


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a training leaves behind."""

    weights: tuple[Array, ...]
    space: LatentSpace
    measures: Measures
    files: dict[str, bytes]  # Keras's, by name


def outcome_of(
    architecture: Architecture, training: Training, checkpoint: Checkpoint, with_keras_files: bool = True
) -> Outcome:
    """Encode and measure all digits with the weights that are kept. Raises DataUnavailable, InvalidData."""
    weights, dataset = final_weights(checkpoint), load_dataset(training.dataset)
    space = latent_space(model_with(architecture, weights), dataset)
    files = keras_files(architecture, weights) if with_keras_files else {}
    outcome = Outcome(weights, space, measure(space, training, dataset), files)
    release_freed_memory()  # after hundreds of runs a worker's heap is fragmented, and half of it unused
    return outcome


def save_outcome(store: RunStore, run: Run, history: History, outcome: Outcome) -> None:
    """Write an ended run, `run.json` last: whoever sees the end finds the rest. Raises StorageError."""
    store.save_weights(run.id, outcome.weights, outcome.files)
    store.save_space(run.id, outcome.space)
    store.save_history(run.id, history)
    store.save(run)
    store.drop_checkpoint(run.id)
