"""Train a run in this process, without a cluster, and keep it in the store like any other."""

from __future__ import annotations

from collections.abc import Callable

from autoencoder.data.dataset import load_dataset
from autoencoder.engine.outcome import ended_run, outcome_of, save_outcome
from autoencoder.runs.changes import after_slice
from autoencoder.runs.history import History
from autoencoder.runs.run import Run, Status, now
from autoencoder.runs.store import RunStore
from autoencoder.settings import Architecture, Training, require_learning_rate
from autoencoder.training.loop import first_checkpoint, train
from autoencoder.training.objective import require_fitting
from autoencoder.training.records import Report


def train_and_keep(
    store: RunStore,
    architecture: Architecture,
    training: Training,
    told: Callable[[Report], None],
    *,
    run_id: str | None = None,
    preset: str | None = None,
    name: str = "",
    with_keras_files: bool = True,
) -> Run:
    """Train to the end and call `told` with each report. KeyboardInterrupt ends it early; what was learned is kept.

    Raises InvalidTraining, DataUnavailable, InvalidData, StorageError.
    """
    require_learning_rate(training.learning_rate)
    require_fitting(architecture, training)
    load_dataset(training.dataset)  # raises before anything is written
    run = Run(run_id or store.new_id(), architecture, training, name, preset, created=now(), status="training")
    store.save(run)
    with store.claim(run.id):
        history = History()
        status: Status = "finished"
        checkpoint = first_checkpoint(architecture, training)
        try:
            for slice_ in train(architecture, training, checkpoint):
                report = slice_.report
                if report.frame is not None and report.record is not None:
                    store.save_frame(run.id, report.frame)  # first: an interrupt here leaves run and history in step
                run, checkpoint = after_slice(run, history, report), slice_.checkpoint
                told(report)
                if not report.finite:
                    status = "stopped"
        except KeyboardInterrupt:
            status = "stopped"
            store.drop_frames(run.id, after=run.epoch)
        outcome = outcome_of(architecture, training, checkpoint, with_keras_files=with_keras_files)
        run = ended_run(run, status, outcome)
        save_outcome(store, run, history, outcome)
    return run
