"""How long people wait: for the engine, for the first loss point, for what they press."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from autoencoder.presets import PRESETS
from benchmarks.figures import Effort, Figure, Section, Target
from benchmarks.process import Facts, Measured, Measurement

if TYPE_CHECKING:
    from autoencoder.engine.service import TrainingService
    from autoencoder.settings import Architecture
    from benchmarks.headless import Reader

COURSE = PRESETS["course-8d"]
LABELS: dict[str, tuple[str, Target | None]] = {
    "load": ("load_dataset(), the first time", Target(0.5)),
    "ready": ("process start to engine ready", None),
    "first point": ("start to first loss point, a preset", Target(2.5)),
    "first point, new shape": ("start to first loss point, layers never seen", Target(2.5)),
    "rate": ("learning rate changed to a slice trained with it", Target(1)),
    "pause": ("pause", Target(1)),
    "resume": ("resume, right after the pause, to the next loss point", Target(1)),
    "step": ("one epoch more, to its first loss point", Target(1)),
    "stop": ("stop, until the run is closed and being measured", Target(1)),
    "measured": ("stop, until it is measured and kept", None),
}


def measure(effort: Effort) -> Section:
    values: dict[str, list[float]] = {name: [] for name in LABELS}
    for _ in range(1 if effort.quick else 3):
        with Measured(loading, dataset=effort.dataset) as fresh:
            values["load"].append(fresh.ready["seconds"])
        with Measured(answers, dataset=effort.dataset) as fresh:
            values["ready"].append(fresh.ready_seconds)
            for _ in range(1 if effort.quick else 4):
                for name, seconds in fresh.measure().items():
                    values[name].append(seconds)
    return Section(
        "Waiting",
        "From the call to the moment the event stream tells of it, in fresh processes; Course 8-D trains meanwhile.",
        tuple(Figure(label, tuple(values[name]), "s", target) for name, (label, target) in LABELS.items()),
    )


# ---- in processes of their own ----


def loading(dataset: str) -> Measurement:
    from autoencoder.data.dataset import load_dataset

    started = time.perf_counter()
    load_dataset(dataset)
    yield {"seconds": time.perf_counter() - started}


def answers(dataset: str) -> Measurement:
    """Ready as soon as the engine is; measured only once it has nothing left to compile."""
    from benchmarks.headless import engine, finish_warming_up

    width = 64
    with engine() as (service, client):
        yield {}
        finish_warming_up(client)
        while True:
            width += 1
            unseen = replace(COURSE.architecture, encoder=(256, 128, width))
            with _training(service, unseen, dataset) as (_, first_point):
                facts = {"first point, new shape": first_point}
            with _training(service, COURSE.architecture, dataset) as (reader, first_point):
                facts |= {"first point": first_point} | _commands(service, reader)
            yield facts


@contextmanager
def _training(service: TrainingService, architecture: Architecture, dataset: str) -> Iterator[tuple[Reader, float]]:
    """A long run with its reader, and the seconds to its first loss point. Deleted in the end."""
    from benchmarks.headless import Reader, has_points

    started = time.perf_counter()
    run = service.start(architecture, replace(COURSE.training, dataset=dataset, epochs=1000))
    reader = Reader(service, run.id)
    yield reader, reader.wait_for(has_points) - started
    service.delete(run.id)


def _commands(service: TrainingService, reader: Reader) -> Facts:
    from benchmarks.headless import has_points, has_status, is_end

    run_id, facts = reader.run_id, {}
    reader.wait_for(has_points, count=3)  # slices have found their length

    pressed = time.perf_counter()
    service.set_learning_rate(run_id, COURSE.training.learning_rate / 2)
    # the slice under way began with the old rate; the second to report is the first with the new one
    facts["rate"] = reader.wait_for(has_points, since=pressed, count=2) - pressed

    pressed = time.perf_counter()
    service.pause(run_id)
    facts["pause"] = reader.wait_for(has_status("paused"), since=pressed) - pressed

    pressed = time.perf_counter()
    service.resume(run_id)
    facts["resume"] = reader.wait_for(has_points, since=pressed) - pressed

    service.pause(run_id)
    reader.wait_for(has_status("paused"), since=pressed)
    pressed = time.perf_counter()
    service.step(run_id)
    facts["step"] = reader.wait_for(has_points, since=pressed) - pressed

    pressed = time.perf_counter()
    service.stop(run_id)
    facts["stop"] = reader.wait_for(has_status("measuring"), since=pressed) - pressed
    facts["measured"] = reader.wait_for(is_end, since=pressed) - pressed
    return facts
