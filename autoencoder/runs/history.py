"""The losses of a run, as they grow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from autoencoder.training.records import EpochRecord

MAX_POINTS = 4_000  # loss points kept; beyond, neighbours are averaged


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


def record_from_json(record: list[Any]) -> EpochRecord:
    epoch, loss, val_loss, seconds, dead = record
    val_loss = None if val_loss is None else float(val_loss)
    return EpochRecord(int(epoch), float(loss), val_loss, float(seconds), tuple(int(unit) for unit in dead))
