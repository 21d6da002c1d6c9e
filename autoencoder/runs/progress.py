"""The state of a run at one moment, in two sizes: for its own page, and for a small tile among many runs."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

from autoencoder.data.baseline import pca_baseline
from autoencoder.data.dataset import load_dataset
from autoencoder.errors import AutoencoderError
from autoencoder.runs.history import History
from autoencoder.runs.notices import KL_PER_DIMENSION, MARKED_ONLY, MARKS, Notice, ruin, troubles
from autoencoder.runs.run import Run, kept_epoch
from autoencoder.training.objective import objective_of
from autoencoder.training.records import EpochRecord, Frame


@dataclass(frozen=True)
class RunProgress:
    """A run as a page draws it, with the points and epochs that the page has not seen yet."""

    run: Run
    points: list[tuple[float, float]]  # (epoch, MSE per pixel on [0, 1])
    parts: dict[str, list[float]]  # at each point, `loss` and what each of its terms adds to it; empty: it is the MSE
    records: list[EpochRecord]
    frame: Frame | None
    notices: list[Notice]
    marks: list[Notice]  # events that the loss chart marks
    kept: float | None  # the epoch whose weights an ended run keeps
    learning_rate: float
    seconds_per_epoch: float | None
    # of a run under way:
    version: int = -1  # as of `TrainingService.version`
    rewrites: int = -1  # as of `History`; -1 differs from any job's, so that who saw a job's history reads all again
    seconds_left: float | None = None
    sharing: int = 0  # runs that take turns now
    place: int | None = None  # slices of other runs that come first, while it has not begun
    wait: float | None = None  # seconds until then, as long as the turns of those runs took so far
    paused_because: str = ""  # an English sentence, where somebody else than the owner has paused it
    engine_ready: bool = False
    engine_problem: AutoencoderError | None = None


@dataclass(frozen=True)
class RunSummary:
    """A run among many: what fits on a small tile."""

    run: Run
    version: int  # as of `TrainingService.version`
    mse: float | None  # on [0, 1], the latest
    held_out: bool  # whether that is on held-out digits
    frame: Frame | None
    place: int | None
    wait: float | None


def progress_of(
    run: Run,
    history: History,
    frame: Frame | None,
    points: int,
    records: int,
    problem: AutoencoderError | None = None,
) -> RunProgress:
    """As a run and its history tell it, from so many points and records on; `problem` as for `all_notices`."""
    return RunProgress(
        run=run,
        points=history.mse_points(points),
        parts=_parts(run, history, points),
        records=history.records[records:],
        frame=frame,
        notices=all_notices(run, history, problem),
        marks=[event for event in run.events if event.kind in MARKS],
        kept=kept_epoch(run, history.records) if run.status in ("finished", "stopped") else None,
        learning_rate=run.learning_rate,
        seconds_per_epoch=typical_seconds(history.records),
    )


def _parts(run: Run, history: History, start: int) -> dict[str, list[float]]:
    """The loss at the points from `start` on, in parts."""
    objective = objective_of(run.architecture, run.training)
    if objective.is_mse:
        return {}
    parts = {name: [weight * v for v in history.term_points(name, start)] for name, weight in objective.weights.items()}
    return {"loss": [loss for _, loss in history.points[start:]], **parts}


def held_out_parts(run: Run, record: EpochRecord) -> dict[str, float]:
    """The same of an epoch on the held-out digits; empty where there are none, or the loss is the MSE."""
    objective = objective_of(run.architecture, run.training)
    terms = {name: float(record.columns.get(f"val_{name}", math.nan)) for name in objective.weights}
    if objective.is_mse or record.val_loss is None:
        return {}
    return {"loss": record.val_loss, **objective.parts(terms)}


def all_notices(run: Run, history: History, problem: AutoencoderError | None = None) -> list[Notice]:
    """What is said about a run. `problem`: why it cannot be saved at the moment."""
    baseline = pca_baseline(load_dataset(run.training.dataset))
    unsaved = [Notice("not_saved", {"problem": problem})] if problem else []
    events = [event for event in run.events if event.is_known and event.kind not in MARKED_ONLY]
    most_kl = KL_PER_DIMENSION * run.architecture.latent_dim
    kept = history.records if run.kept is None else [each for each in history.records if each.epoch <= run.kept]
    found = troubles(kept, baseline.average_mse, baseline.black_mse, most_kl)
    start = run.training.learning_rate
    ruined = ruin(history.mse_points(), baseline.average_mse, run.events, start, can_go_back=bool(run.best_epoch))
    if ruined is not None and run.kept in (None, run.epoch):  # else it keeps an epoch from before, and says so
        found.insert(0, ruined)
    return [*unsaved, *events, *found]


def latest_mse(run: Run, history: History) -> tuple[float | None, bool]:
    """The latest MSE per pixel on [0, 1], and whether it is on held-out digits; (None, False) before the first."""
    if run.measures is not None and run.measures.error is not None:
        return run.measures.error, run.measures.held_out
    last = history.records[-1] if history.records else None
    if last is not None and last.val_mse is not None:
        return last.val_mse, True
    return history.latest_mse, False


def typical_seconds(records: list[EpochRecord]) -> float | None:
    """Median seconds of the last five epochs; None before the first."""
    return statistics.median(record.seconds for record in records[-5:]) if records else None
