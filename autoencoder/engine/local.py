"""A run without a cluster: trained in this process, kept in the store like any other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from autoencoder.analysis.latent_space import latent_space
from autoencoder.analysis.metrics import measure
from autoencoder.data.dataset import load_dataset
from autoencoder.network.dense import DenseAutoencoder
from autoencoder.network.keras import keras_files
from autoencoder.runs.history import History
from autoencoder.runs.notices import of_slice
from autoencoder.runs.run import Run, Status, now
from autoencoder.runs.store import RunStore
from autoencoder.settings import Architecture, Training
from autoencoder.training.loop import final_weights, first_checkpoint, train
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
    """Train to the end, telling each report. KeyboardInterrupt ends it early; what was learned is kept all the same."""
    dataset = load_dataset(training.dataset)  # before anything is written: it may not be there
    run = Run(run_id or store.new_id(), architecture, training, name, preset, created=now(), status="training")
    store.save(run)
    with store.claim(run.id):
        history = History()
        status: Status = "finished"
        checkpoint = first_checkpoint(architecture, training)
        try:
            for slice_ in train(architecture, training, checkpoint):
                run, checkpoint = _take_in(store, run, history, slice_.report), slice_.checkpoint
                told(slice_.report)
                if not slice_.report.finite:
                    status = "stopped"
        except KeyboardInterrupt:
            status = "stopped"
            store.drop_frames(run.id, after=run.epoch)
        weights = final_weights(checkpoint)
        space = latent_space(DenseAutoencoder(architecture, weights), dataset)
        measures = measure(space, training, dataset)
        store.save_weights(run.id, weights, keras_files(architecture, weights) if with_keras_files else {})
        store.save_space(run.id, space)
        store.save_history(run.id, history)
        run = replace(run, status=status, measures=measures)
        store.save(run)
    return run


def _take_in(store: RunStore, run: Run, history: History, report: Report) -> Run:
    """What takes long comes first: whoever interrupts it is left with a run and a history that agree."""
    if report.frame is not None and report.record is not None:
        store.save_frame(run.id, report.frame)
    said = of_slice(run.training, run.training.learning_rate, run.epoch, report)
    run = replace(run, events=(*run.events, *said))
    if report.finite:
        run = replace(run, epoch=report.epoch, seconds=run.seconds + report.seconds)
    history.add_points(report.points)
    if report.record is not None:
        history.records.append(report.record)
    return run
