"""What the engine costs: slices, reports, events, frames and checkpoints beside the bare iterator."""

from __future__ import annotations

import os
import time
from dataclasses import replace

from autoencoder.presets import DEFAULT_PRESET, PRESETS, Preset
from benchmarks.figures import Effort, Figure, Section, Target, pairwise
from benchmarks.process import Facts, Measured, Measurement, in_turns

MEASURED = ("course-8d", DEFAULT_PRESET)


def measure(effort: Effort) -> Section:
    epochs = 4 if effort.quick else 12
    with Measured(whole_engine, dataset=effort.dataset, epochs=epochs) as engine:
        threads = {"AUTOENCODER_THREADS": f"{engine.ready['threads']:.0f}"}  # as many as one worker has
        with Measured(train_alone, threads, dataset=effort.dataset, epochs=epochs) as alone:
            facts = in_turns({"alone": alone, "engine": engine}, rounds=2 if effort.quick else 5)
    return Section(
        "The whole engine",
        f"Wall time per epoch, from the end of the first to the end of the {epochs}th. {len(facts['alone'])} rounds,"
        " taken in turns. The engine: one run on its Dask cluster, kept on disk, with one reader of its events.",
        tuple(figure for name in MEASURED for figure in _figures(PRESETS[name], facts)),
    )


def _figures(preset: Preset, facts: dict[str, list[Facts]]) -> tuple[Figure, ...]:
    alone = tuple(f[preset.id] for f in facts["alone"])
    engine = tuple(f[preset.id] for f in facts["engine"])
    last = facts["engine"][-1]
    sent = f"a run sends {last[f'{preset.id} frames']:.0f} frames, {last[f'{preset.id} bytes'] / 1000:.0f} kB in all"
    return (
        Figure(f"{preset.name}: train() alone", alone, "s/epoch"),
        Figure(f"{preset.name}: the engine", engine, "s/epoch", beside=sent),
        Figure(f"{preset.name}: engine / alone", pairwise(engine, alone), "×", Target(1.1)),
    )


# ---- the two sides, each in its own process ----


def train_alone(dataset: str, epochs: int) -> Measurement:
    from autoencoder.training.loop import warm_up

    for name in MEASURED:
        preset = _preset(name, dataset, epochs)
        warm_up(preset.architecture, preset.training.batch_size, dataset)
    yield {}
    while True:
        yield {name: _seconds_alone(_preset(name, dataset, epochs)) for name in MEASURED}


def whole_engine(dataset: str, epochs: int) -> Measurement:
    from benchmarks.headless import Reader, engine, finish_warming_up, has_finished_epoch, is_end

    with engine() as (service, client):
        finish_warming_up(client)
        yield {"threads": float(os.environ["AUTOENCODER_THREADS"])}
        while True:
            facts = {}
            for name in MEASURED:
                preset = _preset(name, dataset, epochs)
                run = service.start(preset.architecture, preset.training)
                reader = Reader(service, run.id)
                first, last = (reader.wait_for(has_finished_epoch(epoch)) for epoch in (1, epochs))
                reader.wait_for(is_end)
                facts[name] = (last - first) / (epochs - 1)
                facts[f"{name} frames"] = float(reader.count(lambda message: message["type"] == "frame"))
                facts[f"{name} bytes"] = float(reader.bytes)
            yield facts


def _seconds_alone(preset: Preset) -> float:
    from autoencoder.training.loop import train

    slices = train(preset.architecture, preset.training)
    ends = [time.perf_counter() for slice_ in slices if slice_.report.record is not None]
    return (ends[-1] - ends[0]) / (len(ends) - 1)


def _preset(name: str, dataset: str, epochs: int) -> Preset:
    preset = PRESETS[name]
    return replace(preset, training=replace(preset.training, dataset=dataset, epochs=epochs))
