"""What has come of a sweep so far: a point for each of its members, their means over seeds, and all of it as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from autoencoder.choices import OPTIONS, Pair
from autoencoder.errors import AutoencoderError
from autoencoder.runs.run import Run
from autoencoder.runs.sweep_groups import SweepGroup
from autoencoder.sweep import Member, Sweep

AROUND_SECONDS = 5.0  # of a training: the first turn compiles, and the end is measured on all digits


@dataclass(frozen=True)
class Point:
    """A member of a sweep and its run; None: it waits, or its run has been deleted."""

    member: Member
    run: Run | None

    @property
    def error(self) -> float | None:
        """MSE of the run once it is measured."""
        return self.run.measures.error if self.run is not None and self.run.measures is not None else None


@dataclass(frozen=True)
class Mean:
    """All seeds of one choice of values: MSE, mean, lowest and highest; the points that it is of."""

    values: tuple[Any, ...]
    mean: float | None  # None: none is measured yet
    low: float | None
    high: float | None
    points: tuple[Point, ...]


def points_of(group: SweepGroup, run_of: Callable[[str], Run]) -> list[Point]:
    """In the order of the members."""
    return [Point(member, _found(run, run_of)) for member, run in zip(group.sweep.members(), group.runs, strict=True)]


def means_of(points: Sequence[Point]) -> list[Mean]:
    """One for each choice of values, in their order."""
    by_values: dict[tuple[tuple[str, Any], ...], list[Point]] = {}
    for point in points:
        by_values.setdefault(point.member.values, []).append(point)
    means = []
    for values, alike in by_values.items():
        errors = [point.error for point in alike if point.error is not None]
        mean, low, high = (fmean(errors), min(errors), max(errors)) if errors else (None, None, None)
        means.append(Mean(tuple(value for _name, value in values), mean, low, high, tuple(alike)))
    return means


def as_csv(points: Sequence[Point]) -> str:
    """A line a member: what was chosen, the seed, and what came of it."""
    names = [name for name, _value in points[0].member.values] if points else []
    lines, file = [], io.StringIO()
    for point in points:
        chosen = {name: OPTIONS[name].to_text(value) for name, value in point.member.values}
        lines.append({**chosen, "seed": point.member.seed, **_outcome(point.run)})
    columns = [*names, *(name for name in ("seed", *_OUTCOME) if name not in names)]
    writer = csv.DictWriter(file, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return file.getvalue()


def expected_seconds(sweep: Sweep, runs: Sequence[Run]) -> float | None:
    """Of all members where nobody else trains, by what the runs that are known took; None where none is known."""
    trained = [run for run in runs if run.epoch > 0 and run.seconds > 0]
    if not trained:
        return None
    pace = median(run.seconds / (run.epoch * run.architecture.multiply_adds) for run in trained)
    work = sum(training.epochs * architecture.multiply_adds for architecture, training in _settings(sweep))
    return sweep.size * AROUND_SECONDS + pace * work


_MEASURED = ("error", "held_out", "train_mse", "test_mse", "knn_accuracy")  # of `Measures`
_OUTCOME = ("run", "status", *_MEASURED, "parameters", "seconds")


def _outcome(run: Run | None) -> dict[str, Any]:
    if run is None:
        return dict.fromkeys(_OUTCOME, "")
    found = run.measures
    measured = {name: "" if found is None else getattr(found, name) for name in _MEASURED}
    known = {name: "" if value is None else value for name, value in measured.items()}
    cost = {"parameters": run.architecture.parameter_count, "seconds": round(run.seconds, 3)}
    return {"run": run.id, "status": run.status, **known, **cost}


def _found(run_id: str | None, run_of: Callable[[str], Run]) -> Run | None:
    try:
        return None if run_id is None else run_of(run_id)
    except AutoencoderError:
        return None


def _settings(sweep: Sweep) -> list[Pair]:
    return [member.settings for member in sweep.members()]
