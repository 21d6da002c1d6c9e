"""The compiled training loop: TensorFlow on a Keras model, one XLA call for a chunk of steps."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from autoencoder.analysis.metrics import is_dead_layer
from autoencoder.data.dataset import Dataset, load_dataset
from autoencoder.network.activations import standard_deviation
from autoencoder.network.keras import build_model, tensorflow, variables_of
from autoencoder.network.protocol import Array
from autoencoder.settings import GREY_LEVELS, PIXELS, Architecture, Training
from autoencoder.training.forward_pass import CORRUPTION, Chance, ForwardPass, series
from autoencoder.training.objective import Strengths, objective_of
from autoencoder.training.records import WATCHED, Checkpoint, Terms

CHUNK_DIGITS = 4_096  # in one compiled call at most: about 75 ms with the course's network, a loss point each
CHUNK_WORK = 5_000_000_000  # multiply-adds in one compiled call at most: a wide network has fewer digits in it


def chunk_steps(architecture: Architecture, batch_size: int) -> int:
    """Optimizer steps in one compiled call. At least one; a call cannot be interrupted, so its work is limited."""
    return max(1, min(CHUNK_DIGITS, CHUNK_WORK // architecture.multiply_adds) // batch_size)


class GraphKey(NamedTuple):
    """All that the compiled graph depends on. An option that changes the graph must be part of it."""

    architecture: Architecture
    batch_size: int
    dataset: str
    fingerprint: str  # of the data set's content: its images lie on the device
    noise: float  # of the input, as in `Training`
    mask: float
    trained: tuple[str, ...]  # terms of the loss; their weights are arguments, as the other `Strengths` are
    watched: tuple[str, ...]  # terms beside it
    loss: str  # as in `Training`
    drops: bool  # whether neurons are silenced,
    decays: bool  # and weights shrunk


def graph_key(architecture: Architecture, training: Training) -> GraphKey:
    """Trainings with equal keys share one compiled loop. Raises DataUnavailable, InvalidData, InvalidTraining."""
    dataset, objective = load_dataset(training.dataset), objective_of(architecture, training)
    return GraphKey(
        architecture, training.batch_size, training.dataset, dataset.fingerprint, training.noise, training.mask,
        tuple(objective.weights), objective.watched, training.loss, training.dropout > 0, training.weight_decay > 0,
    )  # fmt: skip


class Evaluated(NamedTuple):
    """What a network makes of n digits."""

    codes: Array  # (n, d)
    spread: Array | None  # (n, d) their standard deviations, of a variational network
    terms: dict[str, Array]  # (n,) of each term of the loss by its name
    brightest: Array  # (784,) the highest of each pixel on [0, 1]
    dead_layers: tuple[str, ...]  # hidden layers that say the same of every digit


class _Piece(NamedTuple):
    """The same of at most WATCHED digits, as the graph returns it: in the network's own units."""

    codes: Any
    log_variance: Any  # None of a network that is not variational
    terms: dict[str, Any]
    brightest: Any
    ranges: dict[str, Any]  # (2, neurons) of each hidden layer by its name: the lowest and the highest outputs


class Trainer:
    """A Keras model and its compiled training loop. Runs with the same graph key take turns in it, each with `lock`."""

    def __init__(self, key: GraphKey, dataset: Dataset) -> None:
        """Build and compile: about 1.5 seconds."""
        tf, keras = tensorflow()
        architecture, batch_size = key.architecture, key.batch_size
        self.lock = threading.Lock()
        self.holds: Checkpoint | None = None  # the checkpoint that the variables are equal to; None: not known
        self.model = build_model(architecture)
        self._optimizer = keras.optimizers.Adam()
        self._variables = variables_of(self.model, architecture)
        self._optimizer.build(self._variables)
        self._state = [v for v in self._optimizer.variables if v is not self._optimizer.learning_rate]
        self._fresh_state = tuple(v.numpy() for v in self._state)
        self._batch_size, self._chunk_steps = batch_size, chunk_steps(architecture, batch_size)
        self._pixel_scale = architecture.scale / GREY_LEVELS
        self._loss_scale = architecture.scale**2  # from the network's own units to [0, 1]
        self._terms = (*key.trained, *key.watched)
        self._hidden = [layer.name for layer in architecture.layers if layer.name.startswith(("encoder_", "decoder_"))]
        self._pass = ForwardPass(tf, self.model, architecture, self._terms, key.loss)
        self._run = self._compile(tf, key, _images_on_device(dataset.name, dataset.fingerprint), _corruption(tf, key))
        pixels = tf.TensorSpec((None, PIXELS), tf.uint8)
        self._evaluate = tf.function(lambda x: self._codes_and_terms(tf, x), input_signature=[pixels])
        nothing = np.empty((0, batch_size), np.int32)
        self.run(nothing, 0.0, 0, 0, Strengths((0.0,) * len(key.trained)))  # compiles; no step is taken
        self.evaluate(dataset.images[:WATCHED])

    def _compile(self, tf: Any, key: GraphKey, images: Any, corrupt: Callable[[Any, Any], Any]) -> Any:
        variables, optimizer, pixel_scale, passing = self._variables, self._optimizer, self._pixel_scale, self._pass
        kernels = [v for v in variables if len(v.shape) > 1]

        # Keras turns XLA off on CPUs by itself. Convolutions are faster without: see `convolution.py`.
        @tf.function(jit_compile=not key.architecture.convolutional)
        def run(batches: Any, count: Any, step: Any, seed: Any, strengths: Strengths) -> Any:
            totals, i = tf.zeros(len(self._terms)), tf.constant(0)
            while i < count:  # `for i in tf.range(count)` would compile anew for each count
                index = batches[i]  # (batch,)
                real = tf.cast(index >= 0, tf.float32)
                x = tf.cast(tf.gather(images, tf.maximum(index, 0)), tf.float32) * pixel_scale  # (batch, 784)
                random = tf.stack([seed, step + tf.cast(i, tf.int64)])
                chance = Chance(random, strengths.dropout if key.drops else None)
                with tf.GradientTape() as tape:
                    terms = passing.terms(passing(corrupt(x, random), chance), x)
                    sums = {name: tf.reduce_sum(values * real) for name, values in terms.items()}
                    weighted = [strengths.weights[k] * sums[name] for k, name in enumerate(key.trained)]
                    loss = tf.add_n(weighted) / tf.reduce_sum(real)
                if key.decays:  # as Keras's AdamW: before Adam's own step
                    for kernel in kernels:
                        kernel.assign(kernel - kernel * (strengths.weight_decay * optimizer.learning_rate))
                optimizer.apply(tape.gradient(loss, variables), variables)
                totals += tf.stack([sums[name] for name in self._terms])
                i += 1
            return totals

        return run

    def run(self, batches: Array, rate: float, step: int, seed: int, strengths: Strengths) -> Terms:
        """Train on a chunk: (≤ chunk_steps, batch) row numbers of digits, -1 for none.

        Random numbers depend on the seed and the number of the optimizer step alone; `step` is that of the first one.
        Returns each term of the loss summed over these digits, as it was before the step that they were part of.
        """
        padded = np.full((self._chunk_steps, self._batch_size), -1, np.int32)
        padded[: len(batches)] = batches
        self._optimizer.learning_rate.assign(rate)
        strong = [np.asarray(each, np.float32) for each in strengths]
        totals = self._run(padded, np.int32(len(batches)), np.int64(step), np.int64(seed), Strengths(*strong)).numpy()
        return {name: float(total) / self._loss_scale for name, total in zip(self._terms, totals, strict=True)}

    def evaluate(self, images: Array) -> Evaluated:
        """(n, 784) uint8 -> what the network makes of them, as pages see it."""
        parts: list[_Piece] = [self._evaluate(images[i : i + WATCHED]) for i in range(0, len(images), WATCHED)]
        variances = [part.log_variance.numpy() for part in parts if part.log_variance is not None]
        terms = {name: np.concatenate([part.terms[name].numpy() for part in parts]) for name in self._terms}
        ranges = {name: np.stack([part.ranges[name].numpy() for part in parts]) for name in self._hidden}
        return Evaluated(
            codes=np.concatenate([part.codes.numpy() for part in parts]),
            spread=standard_deviation(np.concatenate(variances)) if variances else None,
            terms={name: values / self._loss_scale for name, values in terms.items()},
            brightest=np.max([part.brightest.numpy() for part in parts], axis=0) / (self._pixel_scale * GREY_LEVELS),
            dead_layers=tuple(
                name for name, at in ranges.items() if is_dead_layer(at[:, 0].min(axis=0), at[:, 1].max(axis=0))
            ),
        )

    def _codes_and_terms(self, tf: Any, images: Any) -> Any:
        x = tf.cast(images, tf.float32) * self._pixel_scale
        passed, terms = self._pass.measured(x)
        bounds = [tf.stack([tf.reduce_min(x, axis=0), tf.reduce_max(x, axis=0)]) for x in passed.hidden]
        ranges = dict(zip(self._hidden, bounds, strict=True))
        return _Piece(passed.codes, passed.log_variance, terms, tf.reduce_max(passed.outputs, axis=0), ranges)

    def reconstruct(self, images: Array) -> Array:
        """(n, 784) uint8 -> (n, 784) pixels on [0, 1]."""
        outputs = self._pass(images.astype(np.float32) * self._pixel_scale).outputs.numpy()
        return outputs / (self._pixel_scale * GREY_LEVELS)

    def load(self, checkpoint: Checkpoint) -> None:
        """Set model and optimizer to a checkpoint, unless they are there already."""
        if checkpoint is self.holds:
            return
        for variable, value in zip(self._variables, checkpoint.weights, strict=True):
            variable.assign(value)
        for variable, value in zip(self._state, checkpoint.optimizer or self._fresh_state, strict=True):
            variable.assign(value)
        self.holds = None

    def save(self) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
        """The weights, and Adam's variables, as in a checkpoint."""
        self.holds = None
        return tuple(v.numpy() for v in self._variables), tuple(v.numpy() for v in self._state)


def _corruption(tf: Any, key: GraphKey) -> Callable[[Any, Any], Any]:
    """(batch, 784) inputs of the network and an int64 pair that decides the random numbers -> corrupted inputs.

    As `autoencoder.data.corruption` does it in NumPy: noise first, limited to the range of the pixels, then the mask.
    """
    white, noise, mask = key.architecture.scale, key.noise * key.architecture.scale, key.mask

    def corrupt(x: Any, random: Any) -> Any:
        if noise:
            normal = tf.random.stateless_normal(x.shape, series(tf, random, CORRUPTION[0]))
            x = tf.clip_by_value(x + noise * normal, 0.0, white)
        if mask:
            kept = tf.random.stateless_uniform(x.shape, series(tf, random, CORRUPTION[1])) >= mask
            x = tf.where(kept, x, 0.0)
        return x

    return corrupt


@lru_cache(maxsize=12)
def _compiled(key: GraphKey) -> Trainer:
    return Trainer(key, load_dataset(key.dataset))


def keep_compiled(networks: int) -> None:
    """Set how many trainers stay compiled in this process, by default 12; an evicted one takes 1.5 s to compile."""
    global _compiled
    if _compiled.cache_parameters()["maxsize"] != networks:
        _compiled = lru_cache(maxsize=networks)(_compiled.__wrapped__)


_TRAINERS_LOCK = threading.Lock()


def trainer_of(architecture: Architecture, training: Training) -> Trainer:
    """The compiled trainer of these settings; compiled at most once, also while the worker is still warming up."""
    with _TRAINERS_LOCK:
        return _compiled(graph_key(architecture, training))


@lru_cache(maxsize=3)
def _images_on_device(dataset: str, _fingerprint: str) -> Any:
    tf, _ = tensorflow()
    return tf.constant(load_dataset(dataset).images)
