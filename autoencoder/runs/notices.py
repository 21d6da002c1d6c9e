"""Notices: trouble of a training, and what happened to it, each one sentence with what to do.

Troubles are derived from the history whenever they are shown (`troubles`); what happened is stored with the run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from autoencoder.analysis.metrics import UNUSED_NATS
from autoencoder.errors import N_, AutoencoderError
from autoencoder.sentences import fill
from autoencoder.settings import Training
from autoencoder.training.early_stopping import is_exhausted
from autoencoder.training.records import EpochRecord, Report

Level = Literal["info", "warning", "error"]
# When a training loses what it had learned (`ruin`):
RISEN = 2.0  # its loss is so many times its own best,
ABOVE_AVERAGE = 1.2  # or, having been below it, so many times the MSE of predicting the average digit
LEAST_RISE = 0.05  # of that MSE: where nearly nothing is left to learn, twice the best is still next to nothing
KL_PER_DIMENSION = 24 * math.log(2)  # nats: more than the 24 bits that a number of a code can hold
NEAR_BEST = 1.2  # times its own best: so far it has to come back

KINDS: dict[str, tuple[Level, str]] = {
    "dead_unit": (
        "warning",
        N_(
            "Latent dimension {unit} has been silent since epoch {epoch}: it says the same for at least 99 of 100 "
            "digits. Try a linear latent activation, or another seed."
        ),
    ),
    "dead_layer": (
        "warning",
        N_(
            "The hidden layer {layer} has said the same of every digit since epoch {epoch}: it has died. Try another "
            "hidden activation than relu, a lower learning rate, or another seed."
        ),
    ),
    "dark_pixels": (
        "warning",
        N_(
            "Since epoch {epoch} no reconstruction lights up {count:,} of the pixels that digits do: these outputs "
            "have died. Try a sigmoid output, a lower learning rate, or another seed."
        ),
    ),
    "unused_dimensions": (
        "info",
        N_(
            "Since epoch {epoch} these latent dimensions carry less than {least} nats and are not used: {units}. The "
            "others are enough, or β is high: try a lower one, or fewer dimensions."
        ),
    ),
    "kl_exploded": (
        "warning",
        N_(
            "Since epoch {epoch} the KL divergence is {kl:,.0f} nats a digit, more than {most:,.0f}: the codes have "
            "left the prior, and a sample from it will be no digit. Try a higher β, or a lower learning rate."
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
            "The weights of epoch {kept:.2f} are the last good ones. Try {advice:g}."
        ),
    ),
    "ruined_by_rate": (
        "error",
        N_(
            "Since the learning rate was set to {rate:g} at epoch {epoch:.1f} the loss has risen far above its best, "
            "{best:.4f}: what was learned is lost. A lower rate alone seldom brings it back; its best epoch does."
        ),
    ),
    "ruined": (
        "error",
        N_(
            "Since epoch {epoch:.1f} the loss has risen far above its best, {best:.4f}: what was learned is lost. "
            "A learning rate of {rate:g} is too high here: choose a lower one, and go on from the best epoch."
        ),
    ),
    "ruined_early": (
        "error",
        N_(
            "Since epoch {epoch:.1f} the loss has risen far above its best, {best:.4f}, and there is no whole epoch to "
            "go back to. A learning rate of {rate:g} is too high here: start again with a lower one."
        ),
    ),
    "early_stop": (
        "info",
        N_(
            "Stopped early: epoch {epoch} was the best, and {patience} more did not improve on it. "
            "Its weights are kept."
        ),
    ),
    "kept_best": (
        "info",
        N_("Epoch {epoch} is kept, the best: its loss was {best:.4f}, that of the last weights is {loss:.4f}."),
    ),
    "went_back": (
        "info",
        N_(
            "Went back to epoch {epoch} from epoch {left:.1f}, where the loss was {loss:.4f} and the learning rate "
            "{had:g}. The rate is {rate:g} again."
        ),
    ),
    "paused": ("info", N_("Paused at epoch {epoch:.1f}.")),
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

MARKS = ("rate_changed", "paused", "recovered", "resumed", "went_back")  # events with an epoch that charts mark
MARKED_ONLY = ("paused",)  # events that are no notice: the chart's mark says enough


@dataclass(frozen=True)
class Notice:
    """One sentence about a run: its kind, and the values that fill the gaps.

    A run may hold notices of kinds that only a newer version knows: they are kept and not shown.
    """

    kind: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def is_known(self) -> bool:
        """Whether this version has a sentence for it."""
        return self.kind in KINDS

    @property
    def level(self) -> Level:
        """How serious it is."""
        return KINDS[self.kind][0]

    @property
    def template(self) -> str:
        """The English sentence with gaps."""
        return KINDS[self.kind][1]

    def __str__(self) -> str:
        """The English sentence."""
        return fill(self.template, self.values)

    def to_json(self) -> dict[str, Any]:
        """Its values; errors among them as template and values."""
        return {name: v.to_json() if isinstance(v, AutoencoderError) else v for name, v in self.values.items()}

    @classmethod
    def from_json(cls, kind: str, values: dict[str, Any]) -> Notice:
        """Raises KeyError, TypeError, ValueError and the like where the sentence of a known kind cannot be formed."""
        if kind not in KINDS:
            return cls(str(kind), dict(values))
        problem = values.get("problem")
        if isinstance(problem, dict):
            values = {**values, "problem": AutoencoderError.from_json(problem)}
        str(notice := cls(kind, values))  # raises where values are missing
        return notice


def of_slice(training: Training, rate: float, kept: float, report: Report) -> list[Notice]:
    """What to say at the end of a slice: the training diverged, or stopped early.

    `rate`: the learning rate in force. `kept`: the epoch of the last finite weights.
    """
    if not report.finite:
        return [Notice("diverged", {"rate": rate, "epoch": report.epoch, "kept": kept, "advice": rate / 10})]
    if is_exhausted(training, report.epoch, report.best_epoch) and report.epoch < training.epochs:
        return [Notice("early_stop", {"epoch": report.best_epoch, "patience": training.patience})]
    return []


def troubles(
    records: Sequence[EpochRecord], average_mse: float, black_mse: float, most_kl: float = math.inf
) -> list[Notice]:
    """Troubles that the epochs so far show.

    `average_mse`, `black_mse`: MSE on [0, 1] of predicting the average digit, and an all-black picture. `most_kl`: nats
    a digit, of a variational network.
    """
    if not records:
        return []
    unused = records[-1].unused_units
    dead = [unit for unit in records[-1].dead_units if unit not in unused]
    found = [Notice("dead_unit", {"unit": unit, "epoch": _dead_since(records, unit)}) for unit in dead]
    if unused:
        epoch = _since(records, lambda record: record.unused_units == unused)
        told = {"epoch": epoch, "units": ", ".join(map(str, unused)), "least": UNUSED_NATS}
        found.append(Notice("unused_dimensions", told))
    if records[-1].kl > most_kl:
        epoch = _since(records, lambda record: record.kl > most_kl)
        found.append(Notice("kl_exploded", {"epoch": epoch, "kl": records[-1].kl, "most": most_kl}))
    if records[-1].dead_layers:
        layer = records[-1].dead_layers[0]  # what comes after it can say no more
        found.append(Notice("dead_layer", {"layer": layer, "epoch": _since(records, lambda r: layer in r.dead_layers)}))
    for kind, floor, tolerance in (("average_digit", average_mse, 0.02), ("all_black", black_mse, 0.01)):
        since = _stuck_since(records, floor, tolerance)
        if since is not None:
            found.append(Notice(kind, {"epoch": since}))
    dark = records[-1].dark_pixels
    if dark and not any(notice.kind == "all_black" for notice in found):
        epoch = _since(records, lambda record: record.dark_pixels > 0)
        found.append(Notice("dark_pixels", {"count": dark, "epoch": epoch}))
    risen = _overfits_since(records)
    return found if risen is None else [*found, Notice("overfitting", {"epoch": risen})]


def ruin(
    points: Sequence[tuple[float, float]],
    average_mse: float,
    events: Sequence[Notice],
    started_with: float,
    can_go_back: bool,
) -> Notice | None:
    """The notice that a training loses what it had learned, with its cause; None while it does not.

    Its (epoch, MSE) points have risen above RISEN times their own best, or have been below the MSE of predicting the
    average digit and are above ABOVE_AVERAGE times it; and since then they have not come back near their best.
    `events` tell of other learning rates than the one that it `started_with`; `can_go_back`: to its best epoch.
    """
    found = _ruined_since(points, average_mse)
    if found is None:
        return None
    since, best = found
    changes = [event for event in events if event.kind == "rate_changed" and event.values["epoch"] <= since]
    rates = [started_with, *(float(change.values["rate"]) for change in changes)]
    if not can_go_back:
        return Notice("ruined_early", {"rate": rates[-1], "epoch": since, "best": best})
    if len(rates) > 1 and rates[-1] > rates[-2]:
        return Notice("ruined_by_rate", {"rate": rates[-1], "epoch": changes[-1].values["epoch"], "best": best})
    return Notice("ruined", {"rate": rates[-1], "epoch": since, "best": best})


def _ruined_since(points: Sequence[tuple[float, float]], average_mse: float) -> tuple[float, float] | None:
    """(the epoch since when, the best MSE before it). Two neighbours have to agree: a point of few digits is noisy."""
    losses = np.fromiter((loss for _, loss in points), float, len(points))
    if len(losses) < 3:
        return None
    high, low = np.minimum(losses[:-1], losses[1:]), np.maximum(losses[:-1], losses[1:])
    best = np.concatenate([[np.inf], np.minimum.accumulate(low)[:-1]])  # before each pair
    risen = (high > RISEN * best) & (high - best > LEAST_RISE * average_mse)
    risen |= (best < average_mse) & (high > ABOVE_AVERAGE * average_mse)
    came_back = np.flatnonzero(low <= NEAR_BEST * best)
    ill = np.flatnonzero(risen[came_back[-1] :]) if len(came_back) else np.flatnonzero(risen)
    if not len(ill):
        return None
    first = int(ill[0] + (came_back[-1] if len(came_back) else 0))
    return float(points[first][0]), float(losses[: first + 1].min())


def _dead_since(records: Sequence[EpochRecord], unit: int) -> int:
    return _since(records, lambda record: unit in record.dead_units)


def _since(records: Sequence[EpochRecord], holds: Callable[[EpochRecord], bool]) -> int:
    """The epoch since when something has held without a break; it holds at the last one."""
    since = records[-1].epoch
    for record in reversed(records):
        if not holds(record):
            break
        since = record.epoch
    return since


def _stuck_since(records: Sequence[EpochRecord], floor: float, tolerance: float) -> int | None:
    """Since which epoch the MSE has been at the floor, where it is so for at least two epochs."""
    stuck = 0
    while stuck < len(records) and abs(records[-1 - stuck].mse - floor) < tolerance * floor:
        stuck += 1
    return records[-stuck].epoch if stuck >= 2 else None


def _overfits_since(records: Sequence[EpochRecord], epochs: int = 3, rise: float = 1.01) -> int | None:
    """The best epoch on held-out digits, where the last three are all 1 % worse and the training loss fell."""
    held_out = [record.val_loss for record in records]
    if None in held_out:
        return None
    losses = [loss for loss in held_out if loss is not None]
    best = losses.index(min(losses))
    later = losses[best + 1 :]
    worse = len(later) >= epochs and min(later[-epochs:]) > rise * losses[best]
    return records[best].epoch if worse and records[-1].loss < records[best].loss else None
