"""Training in short slices: the one module that imports TensorFlow, and only once a slice is trained.

`train` is an iterator of facts: `for slice_ in train(architecture, training): print(slice_.report.epoch)`. Stopping is
no longer iterating. The cluster runs the same slices through `train_slice`, one task each.
"""

from __future__ import annotations

import os
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from autoencoder.architecture import GREY_LEVELS, PIXELS, Architecture, Training
from autoencoder.data import Dataset, load_dataset
from autoencoder.measures import dead_units
from autoencoder.network import Array, grey, initial_weights
from autoencoder.projection import keeps_space, project

CHUNK_DIGITS = 4_096  # in one compiled call at most: about 75 ms with the course's network, a loss point each
CHUNK_WORK = 5_000_000_000  # digits × parameters in one compiled call: a wide network has fewer digits in it
WATCHED = 5_000  # held-out digits on the live map: the first ones held out
PICTURED = 16  # digits whose reconstructions are shown while it learns: the course's first sixteen


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Where a run stands between two slices: all that the next slice needs."""

    weights: tuple[Array, ...]  # as in network.Network
    optimizer: tuple[Array, ...] = ()  # Adam's own variables, in the order of Keras; empty before the first slice
    step: int = 0  # optimizer steps done
    squared_error: float = 0.0  # of the epoch under way: MSE summed over its digits
    epoch_seconds: float = 0.0  # of the epoch under way
    basis: Array | None = None  # (d, 2) axes of the last map frame, where d > 2
    best_loss: float = float("inf")  # where training may stop early: the best epoch so far, and its weights
    best_epoch: int = 0
    best_weights: tuple[Array, ...] = ()


@dataclass(frozen=True)
class EpochRecord:
    """One finished epoch. Losses are MSE per pixel on [0, 1]."""

    epoch: int
    loss: float  # mean over the epoch's steps, as Keras reports it
    val_loss: float | None  # on the held-out digits, after the epoch; None where nothing is held out
    seconds: float
    dead_units: tuple[int, ...] = ()  # counted from 1


@dataclass(frozen=True, eq=False)
class Frame:
    """The map and the pictures at one moment."""

    epoch: float
    codes: Array  # (5000, 1 or 2) float32: codes of the watched digits, projected where d > 2
    reconstructions: Array  # (16, 784) uint8
    space: Array | None = None  # (5000, d) float32: the codes themselves, where d is 3 to 8


@dataclass(frozen=True, eq=False)
class Report:
    """What one slice found out. Small: it travels, the checkpoint stays."""

    step: int
    epoch: float  # epochs done, with the share of the one under way
    points: tuple[tuple[float, float], ...]  # (epoch, MSE of the last chunk)
    seconds: float  # of training, without compiling
    learning_rate: float
    finite: bool  # False: loss or weights left the finite numbers; the checkpoint is the one before
    done: bool  # nothing is left to train
    record: EpochRecord | None
    frame: Frame | None
    worker: str  # host:process
    turn: float = 0.0  # seconds of all of it on the worker: compiling and measuring, too


class Slice(NamedTuple):
    checkpoint: Checkpoint
    report: Report


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


def chunk_steps(architecture: Architecture, batch_size: int) -> int:
    """Optimizer steps in one compiled call: it cannot be interrupted, and a slice has one at least."""
    return max(1, min(CHUNK_DIGITS, CHUNK_WORK // architecture.parameter_count) // batch_size)


def train_slice(
    architecture: Architecture, training: Training, checkpoint: Checkpoint, chunks: int, frame: bool
) -> Slice:
    """Train at most so many chunks, and never past the end of an epoch. Deterministic: same input, same output.

    `frame` asks for the map in the report even where no epoch ends.
    """
    began, dataset = time.perf_counter(), load_dataset(training.dataset)
    trainer = _trainer(architecture, training.batch_size, training.dataset)
    with trainer.lock:
        after, report = _train_slice(trainer, dataset, architecture, training, checkpoint, chunks, frame)
    return Slice(after, replace(report, turn=time.perf_counter() - began))


def _train_slice(
    trainer: _Trainer,
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
    trainer: _Trainer, dataset: Dataset, training: Training, checkpoint: Checkpoint, report: Report
) -> tuple[Checkpoint, Report]:
    """Measure the finished epoch, remember it where it is the best, and see whether it was the last."""
    epoch, loss = round(report.epoch), checkpoint.squared_error / _digits(training, dataset)
    held_out = training.digits == "training"
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
    trainer: _Trainer, dataset: Dataset, codes: Array, checkpoint: Checkpoint, report: Report
) -> tuple[Checkpoint, Report]:
    positions, basis = project(codes, checkpoint.basis)
    space = codes if keeps_space(codes.shape[1]) else None
    frame = Frame(report.epoch, positions, grey(trainer.reconstruct(dataset.images[:PICTURED])), space)
    return replace(checkpoint, basis=basis), replace(report, frame=frame)


def _digits(training: Training, dataset: Dataset) -> int:
    return dataset.n_training if training.digits == "training" else len(dataset)


def _shuffled(training: Training, dataset: Dataset, epoch: int) -> Array:
    """(steps, batch) int32: the epoch's digits in a fresh order; -1 where Keras leaves the last batch short."""
    n, steps = _digits(training, dataset), steps_per_epoch(training, dataset)
    batches = np.full(steps * training.batch_size, -1, np.int32)
    batches[:n] = np.random.default_rng((training.seed, epoch)).permutation(n)
    return batches.reshape(steps, training.batch_size)


# ---- TensorFlow from here on ----


class _Trainer:
    """A Keras model and its compiled training loop; many runs of one shape take turns in it."""

    def __init__(self, architecture: Architecture, batch_size: int, dataset: Dataset) -> None:
        tf, keras = tensorflow()
        self.lock = threading.Lock()
        self.holds: Checkpoint | None = None  # whose numbers the variables hold now
        self.model = build_model(architecture)
        self._optimizer = keras.optimizers.Adam()
        self._optimizer.build(self.model.trainable_variables)
        self._state = [v for v in self._optimizer.variables if v is not self._optimizer.learning_rate]
        self._fresh_state = tuple(v.numpy() for v in self._state)
        self._batch_size, self._chunk_steps = batch_size, chunk_steps(architecture, batch_size)
        self._pixel_scale = architecture.scale / GREY_LEVELS
        self._loss_scale = architecture.scale**2  # from the network's own units to [0, 1]
        self._run = self._compile(tf, _images_on_device(dataset.name, dataset.fingerprint))
        both = keras.Model(self.model.input, [self.model.get_layer("latent_layer").output, self.model.output])
        pixels = tf.TensorSpec((None, PIXELS), tf.uint8)
        self._evaluate = tf.function(lambda x: self._codes_and_errors(tf, both, x), input_signature=[pixels])
        self.run(np.empty((0, batch_size), np.int32), rate=0.0)  # compiles; no step is taken
        self.evaluate(dataset.images[:WATCHED])

    def _compile(self, tf: Any, images: Any) -> Any:
        model, optimizer, pixel_scale = self.model, self._optimizer, self._pixel_scale

        @tf.function(jit_compile=True)  # Keras turns XLA off on CPUs by itself
        def run(batches: Any, count: Any) -> Any:
            total, i = tf.zeros(()), tf.constant(0)
            while i < count:  # `for i in tf.range(count)` would compile anew for each count
                index = batches[i]  # (batch,)
                real = tf.cast(index >= 0, tf.float32)
                x = tf.cast(tf.gather(images, tf.maximum(index, 0)), tf.float32) * pixel_scale  # (batch, 784)
                with tf.GradientTape() as tape:
                    errors = tf.reduce_mean(tf.square(model(x, training=True) - x), axis=1)  # (batch,)
                    error = tf.reduce_sum(errors * real)
                    loss = error / tf.reduce_sum(real)
                optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
                total += error
                i += 1
            return total

        return run

    def run(self, batches: Array, rate: float) -> float:
        """(≤ chunk, batch) digit numbers -> their MSE on [0, 1], summed, each taken before its step."""
        padded = np.full((self._chunk_steps, self._batch_size), -1, np.int32)
        padded[: len(batches)] = batches
        self._optimizer.learning_rate.assign(rate)
        return float(self._run(padded, np.int32(len(batches)))) / self._loss_scale

    def evaluate(self, images: Array) -> tuple[Array, Array]:
        """(n, 784) uint8 -> (n, d) codes and (n,) MSE per digit on [0, 1]."""
        parts = [self._evaluate(images[i : i + WATCHED]) for i in range(0, len(images), WATCHED)]
        codes, errors = (np.concatenate([part[k].numpy() for part in parts]) for k in (0, 1))
        return codes, errors / self._loss_scale

    def _codes_and_errors(self, tf: Any, both: Any, images: Any) -> Any:
        x = tf.cast(images, tf.float32) * self._pixel_scale
        codes, outputs = both(x, training=False)
        return codes, tf.reduce_mean(tf.square(outputs - x), axis=1)

    def reconstruct(self, images: Array) -> Array:
        """(n, 784) uint8 -> (n, 784) pixels on [0, 1]."""
        outputs = self.model(images.astype(np.float32) * self._pixel_scale, training=False).numpy()
        return outputs / (self._pixel_scale * GREY_LEVELS)

    def load(self, checkpoint: Checkpoint) -> None:
        if checkpoint is self.holds:
            return
        self.model.set_weights(checkpoint.weights)
        for variable, value in zip(self._state, checkpoint.optimizer or self._fresh_state, strict=True):
            variable.assign(value)
        self.holds = None

    def save(self) -> Checkpoint:
        self.holds = None
        return Checkpoint(tuple(self.model.get_weights()), tuple(v.numpy() for v in self._state))


@lru_cache(maxsize=12)
def _new_trainer(architecture: Architecture, batch_size: int, dataset: str, _fingerprint: str) -> _Trainer:
    return _Trainer(architecture, batch_size, load_dataset(dataset))


def keep_compiled(networks: int) -> None:
    """So many stay compiled in this process, 12 if nobody says so; one that had to go compiles anew, 1.5 s."""
    global _new_trainer
    if _new_trainer.cache_parameters()["maxsize"] != networks:
        _new_trainer = lru_cache(maxsize=networks)(_new_trainer.__wrapped__)


_TRAINERS_LOCK = threading.Lock()
_IMPORTING = threading.Lock()


def _trainer(architecture: Architecture, batch_size: int, dataset: str) -> _Trainer:
    with _TRAINERS_LOCK:  # compiled once, also while the worker is still warming up
        return _new_trainer(architecture, batch_size, dataset, load_dataset(dataset).fingerprint)


@lru_cache(maxsize=3)
def _images_on_device(dataset: str, _fingerprint: str) -> Any:
    tf, _ = tensorflow()
    return tf.constant(load_dataset(dataset).images)


def tensorflow() -> tuple[Any, Any]:
    """TensorFlow and Keras, imported on first use: 3 to 5 s. AUTOENCODER_THREADS bounds the cores they take."""
    with _IMPORTING:  # one thread for all: Keras imports scikit-learn, too, and imports that cross may wait for ever
        return _imported()


@cache
def _imported() -> tuple[Any, Any]:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras
    import sklearn.neighbors  # noqa: F401 - for the measures
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(int(os.environ.get("AUTOENCODER_THREADS", "0")))
    tf.config.threading.set_inter_op_parallelism_threads(1)
    return tf, keras


def build_model(architecture: Architecture, weights: tuple[Array, ...] | None = None) -> Any:
    """The same network as an ordinary Keras model, layer names as in `Architecture.layers`."""
    _, keras = tensorflow()
    first, *dense = architecture.layers
    x = inputs = keras.Input((first.outputs,), name=first.name)
    for layer in dense:
        x = keras.layers.Dense(layer.outputs, activation=layer.activation, name=layer.name)(x)
    model = keras.Model(inputs, x, name="autoencoder")
    if weights is not None:
        model.set_weights(weights)
    return model


def keras_files(architecture: Architecture, weights: tuple[Array, ...]) -> dict[str, bytes]:
    """`model.keras`, and the encoder cut out of it as a model of its own: `encoder.keras`."""
    _, keras = tensorflow()
    model = build_model(architecture, weights)
    encoder = keras.Model(model.input, model.get_layer("latent_layer").output, name="encoder")
    return {"model.keras": _saved(model), "encoder.keras": _saved(encoder)}


def _saved(model: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()


def warm_up(architecture: Architecture, batch_size: int, dataset: str = "mnist") -> None:
    """Import TensorFlow and compile the loop of one shape, so that nobody waits for it after a click."""
    training = Training(batch_size=batch_size, dataset=dataset)
    train_slice(architecture, training, first_checkpoint(architecture, training), chunks=1, frame=True)
