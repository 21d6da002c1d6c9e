"""What each preset takes, and what comes out."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

from autoencoder.architecture import GREY_SQUARED
from autoencoder.presets import PRESETS, Preset
from benchmarks.figures import Effort, Figure, Section, Target
from benchmarks.process import Facts, Measured, Measurement

QUICK = "quick-map"
SECONDS, MSE = Target(10), Target(0.04)  # of Quick map


def measure(effort: Effort) -> Section:
    names: Iterable[str] = (QUICK,) if effort.quick else PRESETS
    facts = {}
    for name in names:
        rounds = 3 if name == QUICK and not effort.quick else 1
        with Measured(training, preset=name, dataset=effort.dataset) as process:
            facts[name] = [process.measure() for _ in range(rounds)]
    return Section(
        "Presets",
        "Wall time of train() once compiled, and the MSE per pixel on [0, 1] of what comes out.",
        tuple(figure for name, rounds in facts.items() for figure in _figures(PRESETS[name], rounds)),
    )


def training(preset: str, dataset: str) -> Measurement:
    from autoencoder.data import load_dataset
    from autoencoder.measures import measure as measure_network
    from autoencoder.network import Network
    from autoencoder.training import final_weights, first_checkpoint, train, warm_up

    architecture, settings = PRESETS[preset].architecture, replace(PRESETS[preset].training, dataset=dataset)
    warm_up(architecture, settings.batch_size, dataset)
    yield {}
    while True:
        started, loss, checkpoint = time.perf_counter(), 0.0, first_checkpoint(architecture, settings)
        for checkpoint, report in train(architecture, settings, checkpoint):
            loss = report.record.loss if report.record else loss
        seconds = time.perf_counter() - started
        measures = measure_network(Network(architecture, final_weights(checkpoint)), settings, load_dataset(dataset))
        yield {"seconds": seconds, "loss": loss, "test_mse": measures.test_mse, "knn": measures.knn_accuracy}


def _figures(preset: Preset, rounds: list[Facts]) -> tuple[Figure, ...]:
    quick = preset.id == QUICK
    seconds = Figure(
        f"{preset.name}: training", tuple(f["seconds"] for f in rounds), "s", SECONDS if quick else None,
        beside=f"{preset.training.epochs} epochs of batch {preset.training.batch_size}",
    )  # fmt: skip
    if preset.training.digits == "all":  # nothing is held out: the course's own figure is the training loss
        loss = tuple(f["loss"] * GREY_SQUARED for f in rounds)
        printed = preset.course_losses[preset.training.epochs]
        return seconds, Figure(f"{preset.name}: loss", loss, "grey²", beside=f"the course printed {printed:,.1f}")
    mse = tuple(f["test_mse"] for f in rounds)
    beside = f"{mse[-1] * GREY_SQUARED:,.0f} grey², kNN accuracy {rounds[-1]['knn']:.3f}"
    return seconds, Figure(f"{preset.name}: held-out MSE", mse, "MSE", MSE if quick else None, beside)
