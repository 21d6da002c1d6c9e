"""Trouble recognised while it happens, in one plain sentence with what to do. Derived from the history, not stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from autoencoder.errors import N_, AutoencoderError
from autoencoder.settings import Training

Level = Literal["info", "warning", "error"]


class Record(Protocol):
    """The part of training.EpochRecord that is looked at."""

    @property
    def epoch(self) -> int: ...
    @property
    def loss(self) -> float: ...
    @property
    def val_loss(self) -> float | None: ...
    @property
    def dead_units(self) -> tuple[int, ...]: ...


class SliceEnd(Protocol):
    """The part of training.Report that is looked at."""

    @property
    def epoch(self) -> float: ...
    @property
    def finite(self) -> bool: ...
    @property
    def done(self) -> bool: ...


KINDS: dict[str, tuple[Level, str]] = {
    "dead_unit": (
        "warning",
        N_(
            "Latent dimension {unit} has been silent since epoch {epoch}: it says the same for at least 99 of 100 "
            "digits. Try a linear latent activation, or another seed."
        ),
    ),
    "average_digit": (
        "warning",
        N_(
            "Since epoch {epoch} the loss is that of predicting the average digit for everything: the code is not "
            "used. Try a lower learning rate, another seed, or inputs scaled to [0, 1]."
        ),
    ),
    "all_black": (
        "warning",
        N_(
            "Since epoch {epoch} the loss is that of an all-black picture: the output has died. "
            "Try a lower learning rate or a sigmoid output."
        ),
    ),
    "overfitting": (
        "warning",
        N_(
            "The held-out loss has risen since epoch {epoch} while the training loss falls: it learns by heart. "
            "Stop here, or try fewer epochs or a smaller network."
        ),
    ),
    "diverged": (
        "error",
        N_(
            "A learning rate of {rate:g} is too high here: the loss became infinite at epoch {epoch:.2f}. "
            "The weights of epoch {kept:.2f} are kept. Try {advice:g}."
        ),
    ),
    "early_stop": (
        "info",
        N_(
            "Stopped early: epoch {epoch} was the best, and {patience} more did not improve on it. "
            "Its weights are kept."
        ),
    ),
    "rate_changed": ("info", N_("Learning rate set to {rate:g} at epoch {epoch:.1f}.")),
    "recovered": (
        "info",
        N_("A worker stopped in the middle of this training. It went on from epoch {epoch:.1f}; nothing was lost."),
    ),
    "resumed": ("info", N_("The app had stopped. The training went on from its checkpoint at epoch {epoch:.1f}.")),
    "failed": ("error", N_("The training failed: {problem}")),
    "not_saved": (
        "error",
        N_("This run could not be saved. {problem} It is tried again every few seconds."),
    ),
}


@dataclass(frozen=True)
class Notice:
    """One thing worth saying about a run."""

    kind: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        return KINDS[self.kind][0]

    @property
    def template(self) -> str:
        return KINDS[self.kind][1]

    def __str__(self) -> str:
        return self.template.format(**self.values)

    def to_json(self) -> dict[str, Any]:
        """Its values."""
        return {name: v.to_json() if isinstance(v, AutoencoderError) else v for name, v in self.values.items()}

    @classmethod
    def from_json(cls, kind: str, values: dict[str, Any]) -> Notice:
        """What is wrong with the values comes up as KeyError, TypeError, ValueError and the like."""
        problem = values.get("problem")
        if isinstance(problem, dict):
            values = {**values, "problem": AutoencoderError.from_json(problem)}
        str(notice := cls(kind, values))  # it can be said
        return notice


def of_slice(training: Training, rate: float, kept: float, report: SliceEnd) -> list[Notice]:
    """What the end of a slice says: it diverged, or stopped early. `kept`: the epoch whose weights are kept."""
    if not report.finite:
        return [Notice("diverged", {"rate": rate, "epoch": report.epoch, "kept": kept, "advice": rate / 10})]
    if report.done and training.patience is not None and report.epoch < training.epochs:
        best = round(report.epoch) - training.patience
        return [Notice("early_stop", {"epoch": best, "patience": training.patience})]
    return []


def troubles(records: Sequence[Record], average_mse: float, black_mse: float) -> list[Notice]:
    """What the epochs so far say. The two floors, MSE on [0, 1]: predicting the average digit; all black."""
    if not records:
        return []
    found = [Notice("dead_unit", {"unit": u, "epoch": _dead_since(records, u)}) for u in records[-1].dead_units]
    for kind, floor, tolerance in (("average_digit", average_mse, 0.02), ("all_black", black_mse, 0.01)):
        since = _stuck_since(records, floor, tolerance)
        if since is not None:
            found.append(Notice(kind, {"epoch": since}))
    risen = _overfits_since(records)
    return found if risen is None else [*found, Notice("overfitting", {"epoch": risen})]


def _dead_since(records: Sequence[Record], unit: int) -> int:
    since = records[-1].epoch
    for record in reversed(records):
        if unit not in record.dead_units:
            break
        since = record.epoch
    return since


def _stuck_since(records: Sequence[Record], floor: float, tolerance: float) -> int | None:
    """The first of at least two last epochs whose loss lies at the floor."""
    stuck = 0
    while stuck < len(records) and abs(records[-1 - stuck].loss - floor) < tolerance * floor:
        stuck += 1
    return records[-stuck].epoch if stuck >= 2 else None


def _overfits_since(records: Sequence[Record], epochs: int = 3, rise: float = 1.01) -> int | None:
    """The best held-out epoch, where all of at least three later ones are 1 % worse and the training loss fell."""
    held_out = [record.val_loss for record in records]
    if None in held_out:
        return None
    losses = [loss for loss in held_out if loss is not None]
    best = losses.index(min(losses))
    later = losses[best + 1 :]
    worse = len(later) >= epochs and min(later[-epochs:]) > rise * losses[best]
    return records[best].epoch if worse and records[-1].loss < records[best].loss else None
