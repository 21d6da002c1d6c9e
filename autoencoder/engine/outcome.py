"""The end of a run: what its last weights give, computed on a worker, and how it is written down."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from autoencoder.analysis.latent_space import LatentSpace, latent_space
from autoencoder.analysis.metrics import Measures, measure
from autoencoder.data.dataset import Dataset, load_dataset
from autoencoder.network.keras import keras_files
from autoencoder.network.kinds import model_with
from autoencoder.network.protocol import Array, Model
from autoencoder.process.memory import release_freed_memory
from autoencoder.runs.history import History
from autoencoder.runs.notices import Notice
from autoencoder.runs.run import Run, Status
from autoencoder.runs.store import RunStore
from autoencoder.settings import Architecture, Training
from autoencoder.training.best_epoch import Keep, is_much_worse
from autoencoder.training.compiled import trainer_of
from autoencoder.training.frames import frame_by
from autoencoder.training.loop import epochs_done
from autoencoder.training.objective import loss_of, objective_of, terms_of
from autoencoder.training.records import Checkpoint, Frame


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a training leaves behind."""

    weights: tuple[Array, ...]
    space: LatentSpace
    measures: Measures
    files: dict[str, bytes]  # Keras's, by name
    kept: float  # the epoch of these weights
    instead: Notice | None = None  # why they are not the last ones, where nobody has asked for that
    frame: Frame | None = None  # the map and the pictures by these weights


def outcome_of(
    architecture: Architecture,
    training: Training,
    checkpoint: Checkpoint,
    keep: Keep | None = None,
    with_keras_files: bool = True,
) -> Outcome:
    """Encode and measure all digits with the weights that are kept: those asked for with `keep`.

    None: with early stopping the best epoch's, otherwise the last ones unless they are much worse. Raises
    DataUnavailable, InvalidData.
    """
    dataset = load_dataset(training.dataset)
    wanted = keep or ("last" if training.patience is None else "best")
    best = float(checkpoint.best_epoch), checkpoint.best_weights
    kept, weights = best if wanted == "best" and best[1] else (epochs_done(checkpoint, training), checkpoint.weights)
    space, measures = _measured(architecture, training, weights, dataset)
    instead = None
    found = loss_of(architecture, training, measures)
    loss = math.nan if found is None else found
    if keep is None and best[1] and kept != best[0] and is_much_worse(loss, checkpoint.best_loss):
        said = {"epoch": checkpoint.best_epoch, "best": checkpoint.best_loss, "loss": loss}
        instead, (kept, weights) = Notice("kept_best", said), best
        space, measures = _measured(architecture, training, weights, dataset)
    files = keras_files(architecture, weights) if with_keras_files else {}
    # That of the epoch that is kept may not be among the frames that are stored.
    frame = frame_by(model_with(architecture, weights), space, dataset, kept, checkpoint.basis)
    release_freed_memory()  # after hundreds of runs a worker's heap is fragmented, and half of it unused
    return Outcome(weights, space, measures, files, kept, instead, frame)


def _measured(
    architecture: Architecture, training: Training, weights: tuple[Array, ...], dataset: Dataset
) -> tuple[LatentSpace, Measures]:
    """All digits as these weights encode them, and the measures; among them the terms of a loss that has others."""
    model, objective = model_with(architecture, weights), objective_of(architecture, training)
    space = space_of(architecture, training, model, dataset)
    measures = measure(space, training, dataset)
    if not objective.is_mse:
        judged_on = dataset.images[dataset.held_out if training.holds_out else slice(None)]
        terms = terms_of(architecture, training, model, judged_on)
        others = {name: value for name, value in terms.items() if name != "mse"}
        measures = replace(measures, others={**measures.others, **others})
    return space, measures


def space_of(architecture: Architecture, training: Training, model: Model, dataset: Dataset) -> LatentSpace:
    """Codes and errors of all digits; those of a convolutional network by TensorFlow, since NumPy takes a minute."""
    if not architecture.convolutional:
        return latent_space(model, dataset)
    trainer = trainer_of(architecture, training)
    with trainer.lock:
        trainer.load(Checkpoint(model.weights))
        found = trainer.evaluate(dataset.images)
    return LatentSpace(found.codes, found.terms["mse"], found.spread)


def ended_run(run: Run, status: Status, outcome: Outcome) -> Run:
    """The run as it ends with this outcome; the same again where it has ended so already, but could not be saved."""
    said = () if outcome.instead is None or outcome.instead in run.events else (outcome.instead,)
    return replace(run, status=status, measures=outcome.measures, kept=outcome.kept, events=(*run.events, *said))


def save_outcome(store: RunStore, run: Run, history: History, outcome: Outcome) -> None:
    """Write an ended run, `run.json` last: whoever sees the end finds the rest. Raises StorageError."""
    store.save_weights(run.id, outcome.weights, outcome.files)
    store.save_space(run.id, outcome.space)
    store.save_history(run.id, history)
    store.save(run)
    store.drop_checkpoint(run.id)
