"""Training speed in the course's 8-D setting, beside Keras, PyTorch and the machine's own matrix multiplication."""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import numpy as np

from autoencoder.data.dataset import load_dataset
from autoencoder.network.dense import initial_weights
from autoencoder.network.protocol import Array
from autoencoder.presets import PRESETS
from autoencoder.settings import Architecture
from benchmarks.figures import Effort, Figure, Section, Target, pairwise
from benchmarks.process import Facts, Measured, Measurement, in_turns

COURSE = PRESETS["course-8d"]
BATCH = COURSE.training.batch_size
MATRIX = 2048  # rows and columns: far beyond any cache, so that both libraries are at their best
PRODUCTS = 3


def measure(effort: Effort) -> Section:
    measurements: dict[str, Callable[..., Measurement]] = {
        "NumPy": numpy_rate,
        "TensorFlow": tensorflow_rate,
        "bare": bare_loop,
        "ours": ours,
        "tuned": tuned_fit,
        "torch": pytorch_eager,
        "plain": plain_fit,
    }
    if importlib.util.find_spec("torch") is None:
        del measurements["torch"]
    with ExitStack() as open_:
        competitors = {
            name: open_.enter_context(Measured(measurement, dataset=effort.dataset))
            for name, measurement in measurements.items()
        }
        facts = in_turns(competitors, rounds=2 if effort.quick else 9)
    return _section(facts, len(load_dataset(effort.dataset)))


def _section(facts: dict[str, list[Facts]], digits: int) -> Section:
    wall = {name: [f["seconds"] for f in rounds] for name, rounds in facts.items() if "seconds" in rounds[0]}
    reported = [f["reported_seconds"] for f in facts["ours"]]
    rates = {name: tuple(f["gflops"] for f in facts[name]) for name in ("NumPy", "TensorFlow")}

    def speed(name: str, seconds: list[float]) -> Figure:
        each = tuple(1 / s for s in seconds)
        return Figure(name, each, "epochs/s", beside=_beside_the_machine(each, rates, digits))

    figures = [
        Figure(f"{library} matrix product, {MATRIX}×{MATRIX} float32", rate, "GFLOP/s")
        for library, rate in rates.items()
    ]
    figures += [
        speed("ours: train()", wall["ours"]),
        speed("ours: train(), seconds of its reports", reported),
        speed("bare compiled loop", wall["bare"]),
        speed("Keras fit(jit_compile=True, steps_per_execution=50)", wall["tuned"]),
        *([speed("PyTorch, eager", wall["torch"])] if "torch" in wall else []),
        speed("Keras, plain fit()", wall["plain"]),
        Figure("ours / plain fit", pairwise(wall["plain"], wall["ours"]), "×", Target(5, at_least=True)),
        Figure("ours / bare loop", pairwise(wall["bare"], wall["ours"]), "×", Target(0.9, at_least=True)),
        Figure("ours / bare loop, by the reports", pairwise(wall["bare"], reported), "×", Target(0.9, at_least=True)),
        Figure("ours / tuned fit", pairwise(wall["tuned"], wall["ours"]), "×"),
    ]
    if "torch" in wall:
        figures.append(Figure("ours / PyTorch", pairwise(wall["torch"], wall["ours"]), "×"))
    method = (
        f"Course 8-D, batch {BATCH}, {digits:,} digits. {len(reported)} rounds, taken in turns; each ratio is of one"
        " round. Wall time of an epoch after the first, shuffling included."
    )
    if "torch" not in wall:
        method += " PyTorch is not installed here: left out."
    return Section("Training speed", method, tuple(figures))


def _beside_the_machine(epochs_per_second: tuple[float, ...], rates: dict[str, tuple[float, ...]], digits: int) -> str:
    gflops = [speed * digits * flops_per_digit(COURSE.architecture) / 1e9 for speed in epochs_per_second]
    shares = [float(np.median(pairwise(gflops, rate))) for rate in rates.values()]
    return f"{np.median(gflops):.0f} GFLOP/s, " + ", ".join(
        f"{share:.2f} of {library}'s" for library, share in zip(rates, shares, strict=True)
    )


def flops_per_digit(architecture: Architecture) -> int:
    """Of the matrix products in one training step: forward, and two gradients a layer but one in the first."""
    kernels = [layer.inputs * layer.outputs for layer in architecture.layers[1:]]
    return 2 * (3 * sum(kernels) - kernels[0])


# ---- the competitors, each in its own process ----


def numpy_rate(dataset: str) -> Measurement:
    matrix = _matrix()
    yield from _rate(lambda: matrix @ matrix)


def tensorflow_rate(dataset: str) -> Measurement:
    tf, _ = _tensorflow()
    matrix = tf.constant(_matrix())
    yield from _rate(lambda: tf.matmul(matrix, matrix).numpy())


def ours(dataset: str) -> Measurement:
    from autoencoder.training.loop import train

    slices = train(COURSE.architecture, replace(COURSE.training, dataset=dataset, epochs=1000))
    yield from _epochs(lambda: _reported_epoch(slices))


def bare_loop(dataset: str) -> Measurement:
    """Nothing but the steps: one compiled call an epoch, no reports, the short last batch left out."""
    tf, keras = _tensorflow()
    images, model = tf.constant(_grey_levels(dataset)), _keras_model(keras)
    optimizer = keras.optimizers.Adam(COURSE.training.learning_rate)
    optimizer.build(model.trainable_variables)
    random = np.random.default_rng(0)

    @tf.function(jit_compile=True)
    def epoch(batches: Any) -> Any:
        total = tf.zeros(())
        for i in tf.range(batches.shape[0]):
            x = tf.gather(images, batches[i])  # (batch, 784)
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(model(x, training=True) - x))
            optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
            total += loss
        return total

    yield from _epochs(lambda: epoch(_full_batches(random, len(images))).numpy() and {})


def tuned_fit(dataset: str) -> Measurement:
    yield from _fit(dataset, jit_compile=True, steps_per_execution=50)


def plain_fit(dataset: str) -> Measurement:
    """As in the notebook, without its progress bar."""
    yield from _fit(dataset)


def pytorch_eager(dataset: str) -> Measurement:
    import torch

    images = torch.from_numpy(_grey_levels(dataset))
    layers = [part for layer in COURSE.architecture.layers[1:] for part in _torch_layer(torch, layer)]
    model = torch.nn.Sequential(*layers)
    optimizer = torch.optim.Adam(model.parameters(), COURSE.training.learning_rate)

    def epoch() -> Facts:
        for index in torch.randperm(len(images)).split(BATCH):
            x = images[index]
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(model(x), x).backward()
            optimizer.step()
        return {}

    yield from _epochs(epoch)


# ---- what they share ----


def _epochs(train_one: Callable[[], Facts]) -> Measurement:
    """The first epoch compiles; each after that is timed."""
    train_one()
    yield {}
    while True:
        started = time.perf_counter()
        facts = train_one()
        yield {"seconds": time.perf_counter() - started} | facts


def _rate(product: Callable[[], Array]) -> Measurement:
    product()
    yield {}
    while True:
        started = time.perf_counter()
        for _ in range(PRODUCTS):
            product()
        yield {"gflops": PRODUCTS * 2 * MATRIX**3 / (time.perf_counter() - started) / 1e9}


def _reported_epoch(slices: Iterator[Any]) -> Facts:
    seconds = 0.0
    for slice_ in slices:
        seconds += slice_.report.seconds
        if slice_.report.record is not None:
            break
    return {"reported_seconds": seconds}


def _fit(dataset: str, **compile_options: Any) -> Measurement:
    _, keras = _tensorflow()
    images, model = _grey_levels(dataset), _keras_model(keras)
    model.compile(keras.optimizers.Adam(COURSE.training.learning_rate), loss="mse", **compile_options)
    clock = _epoch_clock(keras)

    def epoch() -> Facts:
        model.fit(images, images, epochs=1, batch_size=BATCH, verbose=0, callbacks=[clock])
        return {"seconds": clock.seconds}  # without what fit() does once a training

    yield from _epochs(epoch)


def _epoch_clock(keras: Any) -> Any:
    class EpochClock(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self._started = time.perf_counter()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.seconds = time.perf_counter() - self._started

    return EpochClock()


def _keras_model(keras: Any) -> Any:
    """Built here, not by `autoencoder.training.loop`, which would bring its thread settings along."""
    first, *dense = COURSE.architecture.layers
    model = keras.Sequential([keras.Input((first.outputs,))])
    for layer in dense:
        model.add(keras.layers.Dense(layer.outputs, activation=layer.activation))
    model.set_weights(initial_weights(COURSE.architecture, COURSE.training.seed))
    return model


def _torch_layer(torch: Any, layer: Any) -> list[Any]:
    return [torch.nn.Linear(layer.inputs, layer.outputs), torch.nn.ReLU()]  # the course's: ReLU everywhere


def _tensorflow() -> tuple[Any, Any]:
    """As it comes, with its own thread settings."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras
    import tensorflow as tf

    return tf, keras


def _grey_levels(dataset: str) -> Array:
    """(n, 784) float32 raw grey levels, as the course trains on."""
    return load_dataset(dataset).images.astype(np.float32)


def _full_batches(random: np.random.Generator, digits: int) -> Array:
    """(steps, batch) int32 digit numbers in a fresh order."""
    steps = digits // BATCH
    return random.permutation(digits)[: steps * BATCH].reshape(steps, BATCH).astype(np.int32)


def _matrix() -> Array:
    return np.random.default_rng(0).random((MATRIX, MATRIX), np.float32)
