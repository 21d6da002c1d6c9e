"""Runs beside each other: the options in which they differ, and their measures with the best of each marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autoencoder.analysis.metrics import AT_END, METRICS, ComparedWithPca, Metric
from autoencoder.choices import OPTIONS, values_of
from autoencoder.runs.run import Run

LEAST, MOST = 2, 6  # runs that can be told apart on one page


@dataclass(frozen=True)
class MeasureRow:
    """One metric of several runs; None where it is not known. `best`: places of the best, if any is better."""

    metric: Metric
    values: tuple[float | None, ...]
    best: frozenset[int]


def differing_options(runs: Sequence[Run]) -> list[str]:
    """The names of the options whose values are not the same in all of these runs, in the order of the form."""
    values = [values_of(run.architecture, run.training) for run in runs]
    return [name for name in OPTIONS if any(of[name] != values[0][name] for of in values)]


def measures_beside(runs: Sequence[Run], compared: Mapping[str, ComparedWithPca]) -> list[MeasureRow]:
    """A row for each metric that at least one of these runs has; `compared`: those on demand, by the id of the run.

    Where some runs hold digits out, those that were judged on digits that they trained on are never the best.
    """
    judged = {run.id: run.measures.held_out for run in runs if run.measures is not None}
    fair = [judged.get(run.id, False) or not any(judged.values()) for run in runs]
    rows = []
    for metric in METRICS:
        values = tuple(_value(metric, run, compared.get(run.id)) for run in runs)
        if any(value is not None for value in values):
            candidates = [value if ok else None for value, ok in zip(values, fair, strict=True)]
            rows.append(MeasureRow(metric, values, best_of(metric, candidates)))
    return rows


def best_of(metric: Metric, values: Sequence[float | None]) -> frozenset[int]:
    """Places of the best values, equal ones as they are shown together; none where fewer than two are known."""
    known = [value for value in values if value is not None]
    if len(known) < LEAST:
        return frozenset()
    best = format(min(known) if metric.lower_is_better else max(known), metric.form)
    found = frozenset(i for i, value in enumerate(values) if value is not None and format(value, metric.form) == best)
    return found if len(found) < len(known) else frozenset()


def _value(metric: Metric, run: Run, compared: ComparedWithPca | None) -> float | None:
    if run.measures is None:
        return None
    if not metric.keeps_its_label(run.measures.held_out):
        return None
    if metric in AT_END:
        return run.measures.value(metric.name)
    return None if compared is None else compared.model.get(metric.name)
