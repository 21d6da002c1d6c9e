"""Training in short slices.

`train` is an iterator: `for slice_ in train(architecture, training): print(slice_.report.epoch)`. To stop a training,
stop iterating. On the cluster each slice is a task that calls `train_slice`.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autoencoder.analysis.metrics import dark_pixels, dead_units, unused_units
from autoencoder.data.dataset import Dataset, load_dataset
from autoencoder.network.dense import initial_weights
from autoencoder.network.grey_levels import grey
from autoencoder.network.protocol import Array
from autoencoder.settings import Architecture, Training
from autoencoder.training.best_epoch import remember_best
from autoencoder.training.compiled import Evaluated, Trainer, chunk_steps, trainer_of
from autoencoder.training.early_stopping import is_exhausted
from autoencoder.training.frames import frame_of
from autoencoder.training.objective import Objective, objective_of, strengths_at
from autoencoder.training.records import (
    PICTURED,
    WATCHED,
    Checkpoint,
    EpochRecord,
    Report,
    Slice,
    Terms,
)


def train(architecture: Architecture, training: Training, checkpoint: Checkpoint | None = None) -> Iterator[Slice]:
    """Train to the end, about half a second a slice, from the beginning or from a checkpoint.

    Raises DataUnavailable, InvalidData, InvalidTraining.
    """
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
    """Chunks for the next slice to last about `seconds`, judged by the slice before it."""
    return max(1, round(seconds * max(1, len(report.points)) / max(report.seconds, 1e-3)))


def first_checkpoint(architecture: Architecture, training: Training) -> Checkpoint:
    """Before the first step: the initial weights of the seed."""
    return Checkpoint(initial_weights(architecture, training.seed))


def steps_per_epoch(training: Training, dataset: Dataset) -> int:
    """Optimizer steps in an epoch; the last batch may be a short one, as with Keras."""
    return -(-_digits(training, dataset) // training.batch_size)


def steps_of(training: Training) -> int:
    """Optimizer steps in an epoch of its data set. Raises DataUnavailable, InvalidData."""
    return steps_per_epoch(training, load_dataset(training.dataset))


def epochs_done(checkpoint: Checkpoint, training: Training) -> float:
    """Epochs behind a checkpoint, with the share of the unfinished one. Raises DataUnavailable, InvalidData."""
    return checkpoint.step / steps_of(training)


def train_slice(
    architecture: Architecture, training: Training, checkpoint: Checkpoint, chunks: int, frame: bool
) -> Slice:
    """Train at most `chunks` chunks, and never past the end of an epoch. Deterministic: same input, same output.

    With `frame` the report holds a map also where no epoch ends. Raises DataUnavailable, InvalidData, InvalidTraining.
    """
    began, dataset = time.perf_counter(), load_dataset(training.dataset)
    trainer = trainer_of(architecture, training)
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
    objective = objective_of(architecture, training)
    batches = _shuffled(training, dataset, epoch=checkpoint.step // steps_per_epoch(training, dataset))
    trainer.load(checkpoint)
    trained = _train_chunks(trainer, architecture, training, checkpoint, batches, chunks)
    step, per_epoch = trained.step, len(batches)

    weights, optimizer = trainer.save()
    after = replace(
        checkpoint, weights=weights, optimizer=optimizer, step=step, term_sums=trained.sums,
        epoch_seconds=checkpoint.epoch_seconds + trained.seconds,
    )  # fmt: skip
    report = Report(
        step, step / per_epoch, tuple(trained.points), trained.seconds, trained.rate, True,
        done=step >= training.epochs * per_epoch, record=None, frame=None,
        worker=f"{socket.gethostname()}:{os.getpid()}",
        terms={name: tuple(values) for name, values in trained.terms.items()}, best_epoch=checkpoint.best_epoch,
    )  # fmt: skip
    if not (np.isfinite(objective.loss(trained.sums)) and all(np.isfinite(w).all() for w in after.weights)):
        return Slice(checkpoint, replace(report, finite=False, done=True))
    if step % per_epoch == 0:
        after, report = _end_epoch(trainer, dataset, training, objective, after, report)
    elif frame:
        codes = trainer.evaluate(dataset.images[dataset.held_out][:WATCHED]).codes
        after, report = _picture(trainer, dataset, codes, after, report)
    trainer.holds = after
    return Slice(after, report)


@dataclass(frozen=True)
class _Chunks:
    """What the chunks of a slice came to."""

    step: int  # after the last one
    sums: Terms  # of each term of the loss over the digits of the epoch so far
    points: list[tuple[float, float]]  # (epoch, loss) of each chunk
    terms: dict[str, list[float]]  # of the loss, at each point
    rate: float  # of learning, in the last one
    seconds: float


def _train_chunks(
    trainer: Trainer,
    architecture: Architecture,
    training: Training,
    checkpoint: Checkpoint,
    batches: Array,
    chunks: int,
) -> _Chunks:
    """Train at most `chunks` chunks of the (steps, batch) digits of an epoch, never past its end.

    It stops where the loss is not finite.
    """
    per_epoch, length = len(batches), chunk_steps(architecture, training.batch_size)
    step, sums, points = checkpoint.step, dict(checkpoint.term_sums), []
    objective = objective_of(architecture, training)
    terms: dict[str, list[float]] = {name: [] for name in objective.terms}
    started = time.perf_counter()
    for _ in range(chunks):
        chunk = batches[step % per_epoch :][:length]
        progress = step / (training.epochs * per_epoch)
        rate = training.rate(progress)
        chunk_sums = trainer.run(chunk, rate, step, training.seed, strengths_at(architecture, training, progress))
        step, digits, error = step + len(chunk), int((chunk >= 0).sum()), objective.loss(chunk_sums)
        for name, total in chunk_sums.items():
            sums[name] = sums.get(name, 0.0) + total
        if np.isfinite(error):
            points.append((step / per_epoch, error / digits))
            for name, total in chunk_sums.items():
                terms[name].append(total / digits)
        if step % per_epoch == 0 or not np.isfinite(error):
            break
    return _Chunks(step, sums, points, terms, rate, time.perf_counter() - started)


def _end_epoch(
    trainer: Trainer,
    dataset: Dataset,
    training: Training,
    objective: Objective,
    checkpoint: Checkpoint,
    report: Report,
) -> tuple[Checkpoint, Report]:
    """Measure the finished epoch, remember it where it is the best, and see whether it was the last."""
    epoch, n = round(report.epoch), _digits(training, dataset)
    terms = {name: total / n for name, total in checkpoint.term_sums.items()}
    held_out = training.holds_out
    started = time.perf_counter()
    images = dataset.images[dataset.held_out][: None if held_out else WATCHED]
    found = trainer.evaluate(images)
    val_terms = {name: float(values.mean()) for name, values in found.terms.items()} if held_out else {}
    seconds = checkpoint.epoch_seconds + time.perf_counter() - started
    record = EpochRecord(
        epoch, objective.loss(terms), objective.loss(val_terms) if held_out else None, seconds, dead_units(found.codes),
        {**terms, **{f"val_{name}": value for name, value in val_terms.items()}, **_troubles(found, images)},
    )  # fmt: skip
    checkpoint = remember_best(replace(checkpoint, term_sums={}, epoch_seconds=0.0), record)
    done = report.done or is_exhausted(training, epoch, checkpoint.best_epoch)
    report = replace(report, record=record, done=done, best_epoch=checkpoint.best_epoch)
    return _picture(trainer, dataset, found.codes[:WATCHED], checkpoint, report)


def _troubles(found: Evaluated, images: Array) -> dict[str, Any]:
    """What an epoch's record says of trouble, by name; nothing where there is none."""
    unused = () if found.spread is None else unused_units(found.codes, found.spread)
    dark = dark_pixels(found.brightest, images)
    troubles = {"unused_units": unused, "dead_layers": found.dead_layers, "dark_pixels": dark}
    return {name: value for name, value in troubles.items() if value}


def _picture(
    trainer: Trainer, dataset: Dataset, codes: Array, checkpoint: Checkpoint, report: Report
) -> tuple[Checkpoint, Report]:
    """Add the map of the (n, d) codes to the report, and its axes to the checkpoint."""
    pictures = dataset.images[:PICTURED]
    made = grey(trainer.reconstruct(pictures))
    frame, basis = frame_of(report.epoch, codes, trainer.evaluate(pictures).codes, made, checkpoint.basis)
    return replace(checkpoint, basis=basis), replace(report, frame=frame)


def _digits(training: Training, dataset: Dataset) -> int:
    """How many digits are trained on."""
    return dataset.n_training if training.holds_out else len(dataset)


def _shuffled(training: Training, dataset: Dataset, epoch: int) -> Array:
    """(steps, batch) int32: the epoch's digits, shuffled; padded with -1 if the last batch is not full."""
    n, steps = _digits(training, dataset), steps_per_epoch(training, dataset)
    batches = np.full(steps * training.batch_size, -1, np.int32)
    batches[:n] = np.random.default_rng((training.seed, epoch)).permutation(n)
    return batches.reshape(steps, training.batch_size)


def warm_up(architecture: Architecture, batch_size: int, dataset: str = Training.dataset) -> None:
    """Import TensorFlow and compile a trainer ahead of time: it takes seconds, and a click then starts at once."""
    training = Training(batch_size=batch_size, dataset=dataset)
    train_slice(architecture, training, first_checkpoint(architecture, training), chunks=1, frame=True)
