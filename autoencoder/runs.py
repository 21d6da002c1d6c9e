"""What a run is: one training with its settings, where it stands, and its history; and how that reads as JSON."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from autoencoder.architecture import Architecture, Training
from autoencoder.measures import Measures
from autoencoder.notices import Notice
from autoencoder.presets import PRESETS
from autoencoder.training import EpochRecord

Status = Literal["waiting", "training", "paused", "measuring", "finished", "stopped", "failed", "interrupted"]
ENDED: tuple[Status, ...] = ("finished", "stopped", "failed")
MAX_POINTS = 4_000  # loss points kept; beyond, neighbours are averaged


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


@dataclass
class History:
    """The losses of a run, as they grow."""

    points: list[tuple[float, float]] = field(default_factory=list)  # (epoch, MSE on [0, 1]), several an epoch
    records: list[EpochRecord] = field(default_factory=list)
    rewrites: int = 0  # how often earlier points were changed; readers then start again

    def add_points(self, points: tuple[tuple[float, float], ...]) -> None:
        self.points.extend(points)
        if len(self.points) > MAX_POINTS:
            pairs = zip(self.points[::2], self.points[1::2], strict=False)
            self.points = [(b[0], (a[1] + b[1]) / 2) for a, b in pairs]
            self.rewrites += 1

    def rewind(self, epoch: float) -> None:
        """Forget what came after; for a run that goes on from a checkpoint."""
        self.points = [p for p in self.points if p[0] <= epoch + 1e-9]
        self.records = [r for r in self.records if r.epoch <= epoch + 1e-9]
        self.rewrites += 1


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
    if status not in ("waiting", "training", "paused", "measuring", "interrupted", *ENDED):
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


def record_from_json(record: list[Any]) -> EpochRecord:
    epoch, loss, val_loss, seconds, dead = record
    val_loss = None if val_loss is None else float(val_loss)
    return EpochRecord(int(epoch), float(loss), val_loss, float(seconds), tuple(int(unit) for unit in dead))
