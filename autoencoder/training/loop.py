"""Training in short slices: the one module that imports TensorFlow, and only once a slice is trained.

`train` is an iterator of facts: `for slice_ in train(architecture, training): print(slice_.report.epoch)`. Stopping is
no longer iterating. The cluster runs the same slices through `train_slice`, one task each.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from autoencoder.analysis.metrics import dead_units
from autoencoder.analysis.projection import keeps_space, project
from autoencoder.data.dataset import Dataset, load_dataset
from autoencoder.network.dense import initial_weights
from autoencoder.network.grey_levels import grey
from autoencoder.network.protocol import Array
from autoencoder.settings import MNIST, Architecture, Training
from autoencoder.training.compiled import Trainer, chunk_steps, trainer_of
from autoencoder.training.records import PICTURED, WATCHED, Checkpoint, EpochRecord, Frame, Report, Slice


def train(architecture: Architecture, training: Training, checkpoint: Checkpoint | None = None) -> Iterator[Slice]:
    """Train to the end, about half a second a slice; goes on from a checkpoint where one is given."""
    checkpoint = checkpoint or first_checkpoint(architecture, training)
    chunks = 1
    while True:
        slice_ = train_slice(architecture, training, checkpoint, chunks, frame=False)
        yield slice_
        checkpoint, report = slice_
        if report.done:
            return
        chunks = next_chunks(report)


def next_chunks(report: Report, seconds: float = 0.5) -> int:
    """Chunks that the next slice should have to take about so many seconds."""
    return max(1, round(seconds * max(1, len(report.points)) / max(report.seconds, 1e-3)))


def first_checkpoint(architecture: Architecture, training: Training) -> Checkpoint:
    return Checkpoint(initial_weights(architecture, training.seed))


def final_weights(checkpoint: Checkpoint) -> tuple[Array, ...]:
    """What a run keeps: the best epoch's weights where it may stop early, otherwise the last."""
    return checkpoint.best_weights or checkpoint.weights


def steps_per_epoch(training: Training, dataset: Dataset) -> int:
    return -(-_digits(training, dataset) // training.batch_size)


def train_slice(
    architecture: Architecture, training: Training, checkpoint: Checkpoint, chunks: int, frame: bool
) -> Slice:
    """Train at most so many chunks, and never past the end of an epoch. Deterministic: same input, same output.

    `frame` asks for the map in the report even where no epoch ends.
    """
    began, dataset = time.perf_counter(), load_dataset(training.dataset)
    trainer = trainer_of(architecture, training.batch_size, training.dataset)
    with trainer.lock:
        after, report = _train_slice(trainer, dataset, architecture, training, checkpoint, chunks, frame)
    return Slice(after, replace(report, turn=time.perf_counter() - began))


def _train_slice(
    trainer: Trainer,
    dataset: Dataset,
    architecture: Architecture,
    training: Training,
    checkpoint: Checkpoint,
    chunks: int,
    frame: bool,
) -> Slice:
    per_epoch = steps_per_epoch(training, dataset)
    batches = _shuffled(training, dataset, epoch=checkpoint.step // per_epoch)
    trainer.load(checkpoint)
    step, squared_error, points = checkpoint.step, checkpoint.squared_error, []
    started = time.perf_counter()
    for _ in range(chunks):
        chunk = batches[step % per_epoch :][: chunk_steps(architecture, training.batch_size)]
        rate = training.rate(step / (training.epochs * per_epoch))
        error = trainer.run(chunk, rate)
        step, squared_error = step + len(chunk), squared_error + error
        points.append((step / per_epoch, error / int((chunk >= 0).sum())))
        if step % per_epoch == 0 or not np.isfinite(error):
            break
    seconds = time.perf_counter() - started

    after = replace(
        trainer.save(), step=step, squared_error=squared_error, epoch_seconds=checkpoint.epoch_seconds + seconds,
        basis=checkpoint.basis, best_loss=checkpoint.best_loss, best_epoch=checkpoint.best_epoch,
        best_weights=checkpoint.best_weights,
    )  # fmt: skip
    report = Report(
        step, step / per_epoch, tuple(p for p in points if np.isfinite(p[1])), seconds, rate, True,
        done=step >= training.epochs * per_epoch, record=None, frame=None,
        worker=f"{socket.gethostname()}:{os.getpid()}",
    )  # fmt: skip
    if not (np.isfinite(squared_error) and all(np.isfinite(w).all() for w in after.weights)):
        return Slice(checkpoint, replace(report, finite=False, done=True))
    if step % per_epoch == 0:
        after, report = _end_epoch(trainer, dataset, training, after, report)
    elif frame:
        codes, _ = trainer.evaluate(dataset.images[dataset.held_out][:WATCHED])
        after, report = _picture(trainer, dataset, codes, after, report)
    trainer.holds = after
    return Slice(after, report)


def _end_epoch(
    trainer: Trainer, dataset: Dataset, training: Training, checkpoint: Checkpoint, report: Report
) -> tuple[Checkpoint, Report]:
    """Measure the finished epoch, remember it where it is the best, and see whether it was the last."""
    epoch, loss = round(report.epoch), checkpoint.squared_error / _digits(training, dataset)
    held_out = training.holds_out
    started = time.perf_counter()
    codes, errors = trainer.evaluate(dataset.images[dataset.held_out][: None if held_out else WATCHED])
    val_loss = float(errors.mean()) if held_out else None
    seconds = checkpoint.epoch_seconds + time.perf_counter() - started
    record = EpochRecord(epoch, loss, val_loss, seconds, dead_units(codes))
    checkpoint = replace(checkpoint, squared_error=0.0, epoch_seconds=0.0)
    done = report.done
    if training.patience is not None:
        current = loss if val_loss is None else val_loss
        if current < checkpoint.best_loss:
            checkpoint = replace(checkpoint, best_loss=current, best_epoch=epoch, best_weights=checkpoint.weights)
        done = done or epoch - checkpoint.best_epoch >= training.patience
    return _picture(trainer, dataset, codes[:WATCHED], checkpoint, replace(report, record=record, done=done))


def _picture(
    trainer: Trainer, dataset: Dataset, codes: Array, checkpoint: Checkpoint, report: Report
) -> tuple[Checkpoint, Report]:
    positions, basis = project(codes, checkpoint.basis)
    space = codes if keeps_space(codes.shape[1]) else None
    frame = Frame(report.epoch, positions, grey(trainer.reconstruct(dataset.images[:PICTURED])), space)
    return replace(checkpoint, basis=basis), replace(report, frame=frame)


def _digits(training: Training, dataset: Dataset) -> int:
    return dataset.n_training if training.holds_out else len(dataset)


def _shuffled(training: Training, dataset: Dataset, epoch: int) -> Array:
    """(steps, batch) int32: the epoch's digits in a fresh order; -1 where Keras leaves the last batch short."""
    n, steps = _digits(training, dataset), steps_per_epoch(training, dataset)
    batches = np.full(steps * training.batch_size, -1, np.int32)
    batches[:n] = np.random.default_rng((training.seed, epoch)).permutation(n)
    return batches.reshape(steps, training.batch_size)


def warm_up(architecture: Architecture, batch_size: int, dataset: str = MNIST) -> None:
    """Import TensorFlow and compile the loop of one shape, so that nobody waits for it after a click."""
    training = Training(batch_size=batch_size, dataset=dataset)
    train_slice(architecture, training, first_checkpoint(architecture, training), chunks=1, frame=True)
