"""What each preset takes, and what comes out."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from autoencoder.presets import DEFAULT_PRESET, PRESETS, Preset
from autoencoder.settings import GREY_SQUARED
from benchmarks.figures import Effort, Figure, Section, Target
from benchmarks.process import Facts, Measured, Measurement

if TYPE_CHECKING:
    from autoencoder.training.records import Report

SECONDS, MSE = Target(10), Target(0.04)  # of Quick map


def measure(effort: Effort) -> Section:
    names: Iterable[str] = (DEFAULT_PRESET,) if effort.quick else PRESETS
    facts = {}
    for name in names:
        rounds = 3 if name == DEFAULT_PRESET and not effort.quick else 1
        with Measured(training, preset=name, dataset=effort.dataset) as process:
            facts[name] = [process.measure() for _ in range(rounds)]
    return Section(
        "Presets",
        "Wall time of the training once compiled, and the MSE per pixel on [0, 1] of what comes out.",
        tuple(figure for name, rounds in facts.items() for figure in _figures(PRESETS[name], rounds)),
    )


def training(preset: str, dataset: str) -> Measurement:
    from autoencoder.training.loop import warm_up

    settings = PRESETS[preset]
    settings = replace(settings, training=replace(settings.training, dataset=dataset))
    warm_up(settings.architecture, settings.training.batch_size, dataset)
    yield {}
    while True:
        yield _trained(settings)


def _trained(preset: Preset) -> Facts:
    from autoencoder.engine.local import train_and_keep
    from autoencoder.runs.store import RunStore

    reports: list[tuple[float, Report]] = []
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        run = train_and_keep(
            RunStore(folder),
            preset.architecture,
            preset.training,
            lambda report: reports.append((time.perf_counter() - started, report)),
            with_keras_files=False,
        )
    seconds, last = reports[-1]
    assert last.record is not None
    assert run.measures is not None
    knn = run.measures.knn_accuracy
    return {"seconds": seconds, "loss": last.record.loss, "test_mse": run.measures.test_mse, "knn": knn}


def _figures(preset: Preset, rounds: list[Facts]) -> tuple[Figure, ...]:
    quick = preset.id == DEFAULT_PRESET
    seconds = Figure(
        f"{preset.name}: training", tuple(f["seconds"] for f in rounds), "s", SECONDS if quick else None,
        beside=f"{preset.training.epochs} epochs of batch {preset.training.batch_size}",
    )  # fmt: skip
    if not preset.training.holds_out:  # nothing is held out: the course's own figure is the training loss
        loss = tuple(f["loss"] * GREY_SQUARED for f in rounds)
        printed = preset.course_losses[preset.training.epochs]
        return seconds, Figure(f"{preset.name}: loss", loss, "grey²", beside=f"the course printed {printed:,.1f}")
    mse = tuple(f["test_mse"] for f in rounds)
    beside = f"{mse[-1] * GREY_SQUARED:,.0f} grey², kNN accuracy {rounds[-1]['knn']:.3f}"
    return seconds, Figure(f"{preset.name}: held-out MSE", mse, "MSE", MSE if quick else None, beside)
