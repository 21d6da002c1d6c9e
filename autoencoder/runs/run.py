"""What a run is: one training with its settings, where it stands, and its history; and how that reads as JSON."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from autoencoder.analysis.metrics import Measures
from autoencoder.errors import N_
from autoencoder.presets import PRESETS
from autoencoder.runs.notices import Notice
from autoencoder.settings import Architecture, Training

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
COMMANDS: dict[Status, tuple[Command, ...]] = {  # what a run can be asked; where nothing stands here: nothing
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

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def commands(self) -> tuple[Command, ...]:
        """What it can be asked in its present status."""
        return COMMANDS.get(self.status, ())


def hashed(owner: str) -> str:
    """What is stored of an owner's secret, so that nobody who reads a run can become its owner."""
    return hashlib.sha256(owner.encode()).hexdigest()


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def run_to_json(run: Run) -> dict[str, Any]:
    return {
        "format": 1,
        **{name: getattr(run, name) for name in ("name", "preset", "owner", "created", "status", "epoch", "seconds")},
        "architecture": run.architecture.to_json(),
        "training": run.training.to_json(),
        "measures": run.measures and run.measures.to_json(),
        "events": [[event.kind, event.to_json()] for event in run.events],
    }


def run_from_json(run_id: str, values: dict[str, Any]) -> Run:
    """What is wrong with the values comes up as KeyError, TypeError, ValueError and the like."""
    status = values["status"]
    if status not in STATUS_LABELS:
        raise ValueError(f"status {status!r}")
    return Run(
        id=run_id,
        architecture=Architecture.from_json(values["architecture"]),
        training=Training.from_json(values["training"]),
        name=str(values["name"]),
        preset=values["preset"] if values["preset"] in PRESETS else None,
        owner=values["owner"] and str(values["owner"]),
        created=str(values["created"]),
        status=status,
        epoch=float(values["epoch"]),
        seconds=float(values["seconds"]),
        measures=None if values["measures"] is None else Measures.from_json(values["measures"]),
        events=tuple(Notice.from_json(kind, said) for kind, said in values["events"]),
    )
