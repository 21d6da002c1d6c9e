"""A run: one training with its settings, its state and its results; and its form in `run.json`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from autoencoder.analysis.metrics import Measures
from autoencoder.errors import N_, AutoencoderError, RunFromNewerVersion
from autoencoder.presets import PRESETS
from autoencoder.runs.history import History
from autoencoder.runs.notices import Notice, of_slice
from autoencoder.settings import Architecture, Training
from autoencoder.training.records import Report

FORMAT = 2
LONGEST_NAME = 60  # characters
S = TypeVar("S", Architecture, Training)
Status = Literal["waiting", "training", "paused", "measuring", "finished", "stopped", "failed", "interrupted"]
Command = Literal["pause", "resume", "step", "stop", "learning_rate"]
ENDED: tuple[Status, ...] = ("finished", "stopped", "failed")
STATUS_LABELS: dict[Status, str] = {
    "waiting": N_("Waiting"),
    "training": N_("Training"),
    "paused": N_("Paused"),
    "measuring": N_("Measuring"),
    "finished": N_("Finished"),
    "stopped": N_("Stopped and kept"),
    "failed": N_("Failed"),
    "interrupted": N_("Interrupted"),
}
COMMANDS: dict[Status, tuple[Command, ...]] = {  # that each status accepts; others accept none
    "waiting": ("pause", "stop"),
    "training": ("pause", "step", "stop", "learning_rate"),
    "paused": ("resume", "step", "stop", "learning_rate"),
    "interrupted": ("resume",),
}


@dataclass(frozen=True)
class Run:
    """One training: its settings, where it stands and what came out."""

    id: str
    architecture: Architecture
    training: Training
    name: str = ""
    preset: str | None = None
    owner: str | None = None  # who started it, hashed; None: everybody's, such as the shipped presets
    created: str = ""  # ISO 8601, UTC
    status: Status = "waiting"
    epoch: float = 0.0  # epochs done
    seconds: float = 0.0  # of training
    measures: Measures | None = None
    events: tuple[Notice, ...] = ()  # what happened to it, beside what the losses say
    others: Mapping[str, Any] = field(default_factory=dict, hash=False)  # written by a newer version; kept unchanged

    @property
    def ended(self) -> bool:
        """Whether nothing more is trained or measured."""
        return self.status in ENDED

    @property
    def commands(self) -> tuple[Command, ...]:
        """The commands that its present status accepts."""
        return COMMANDS.get(self.status, ())

    @property
    def learning_rate(self) -> float:
        """The learning rate now in use: as chosen at the start, or as last changed."""
        changes = [event.values["rate"] for event in self.events if event.kind == "rate_changed"]
        return float(changes[-1]) if changes else self.training.learning_rate


def after_slice(run: Run, history: History, report: Report) -> Run:
    """The run after a slice; the losses that the slice reports are added to the history."""
    history.add(report)
    said = of_slice(run.training, run.learning_rate, run.epoch, report)
    run = replace(run, events=(*run.events, *said))
    if not report.finite:  # the weights are those from before the slice
        return run
    return replace(run, epoch=report.epoch, seconds=run.seconds + report.seconds)


def hashed(owner: str) -> str:
    """The hash of an owner's secret. Only it is stored, so that nobody who reads a run can become its owner."""
    return hashlib.sha256(owner.encode()).hexdigest()


def now() -> str:
    """The time as runs store it: ISO 8601, UTC, in seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def run_to_json(run: Run) -> dict[str, Any]:
    """As stored in `run.json`; the id is the name of its folder."""
    return {
        "format": FORMAT,
        **run.others,
        **{name: getattr(run, name) for name in ("name", "preset", "owner", "created", "status", "epoch", "seconds")},
        "architecture": run.architecture.to_json(),
        "training": run.training.to_json(),
        "measures": run.measures and run.measures.to_json(),
        "events": [[event.kind, event.to_json()] for event in run.events],
    }


def run_from_json(run_id: str, values: dict[str, Any]) -> Run:
    """Format 1 or 2; defaults for what is missing, and what is unknown is kept.

    Raises RunFromNewerVersion where it has an option that is unknown here; KeyError, TypeError, ValueError and the like
    where it is damaged.
    """
    number = int(values.get("format", 1))
    try:
        return _run(run_id, values, number)
    except RunFromNewerVersion:
        raise
    except Exception as problem:
        if number > FORMAT:  # it may be intact, in a form that we do not know
            raise _newer(run_id, N_("A newer version of the app made it. Update the app to open it.")) from problem
        raise


def _run(run_id: str, values: dict[str, Any], number: int) -> Run:
    status, preset, owner, measures = (
        values["status"],
        values.get("preset"),
        values.get("owner"),
        values.get("measures"),
    )
    if status not in STATUS_LABELS:
        raise ValueError(f"status {status!r}")
    known = {each.name for each in fields(Run)} | {"format"}
    others = {name: value for name, value in values.items() if name not in known}
    return Run(
        id=run_id,
        architecture=_settings(run_id, Architecture, values["architecture"]),
        training=_settings(run_id, Training, values["training"]),
        name=str(values.get("name", "")),
        preset=preset if preset in PRESETS else None,
        owner=owner and str(owner),
        created=str(values.get("created", "")),
        status=status,
        epoch=float(values.get("epoch", 0.0)),
        seconds=float(values.get("seconds", 0.0)),
        measures=None if measures is None else Measures.from_json(measures),
        events=tuple(Notice.from_json(kind, said) for kind, said in values.get("events", ())),
        others=others | {"format": number} if number > FORMAT else others,
    )


def _settings(run_id: str, kind: type[S], values: object) -> S:
    try:
        return kind.from_json(values)
    except AutoencoderError as problem:
        if isinstance(values, dict) and values.keys() - {each.name for each in fields(kind)}:
            raise _newer(run_id, problem.without_traceback()) from problem
        raise


def _newer(run_id: str, problem: object) -> RunFromNewerVersion:
    return RunFromNewerVersion(
        "Run {run} cannot be opened here, and nothing is wrong with its files. {problem}", run=run_id, problem=problem
    )
