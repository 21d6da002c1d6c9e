"""What happens to a run while it trains: the run that follows a slice, another rate, a pause, a setback, a way back."""

from __future__ import annotations

from dataclasses import replace

from autoencoder.runs.history import History
from autoencoder.runs.notices import MARKS, Notice, of_slice
from autoencoder.runs.run import Run
from autoencoder.training.records import Report


def after_slice(run: Run, history: History, report: Report) -> Run:
    """The run after a slice; the losses that the slice reports are added to the history."""
    history.add(report)
    said = of_slice(run.training, run.learning_rate, run.epoch, report)
    run = replace(run, events=(*run.events, *said))
    if not report.finite:  # the weights are those from before the slice
        return run
    return replace(run, epoch=report.epoch, seconds=run.seconds + report.seconds, best_epoch=report.best_epoch)


def with_rate(run: Run, rate: float, under_way: float | None = None) -> Run:
    """The run with another learning rate; `under_way`: that of the slice that is being trained, if there is one.

    A rate that no slice was trained with leaves no trace.
    """
    events = tuple(e for e in run.events if e.kind != "rate_changed" or e.values["epoch"] != run.epoch)
    run = replace(run, events=events)
    for used in (under_way, rate):
        if used is not None and used != run.learning_rate:
            said = Notice("rate_changed", {"rate": float(used), "epoch": run.epoch})
            run = replace(run, events=(*run.events, said))
    return run


def with_slice_trained_at(run: Run, rate: float, epoch: float) -> Run:
    """A slice with this learning rate ended at `epoch`: another one that was set meanwhile counts from there on."""
    if run.learning_rate == rate:
        return run
    last = max(i for i, event in enumerate(run.events) if event.kind == "rate_changed")
    later = replace(run.events[last], values={**run.events[last].values, "epoch": epoch})
    return replace(run, events=(*run.events[:last], later, *run.events[last + 1 :]))


def with_pause(run: Run) -> Run:
    """The run paused where it stands."""
    pause = Notice("paused", {"epoch": run.epoch})
    known = pause in run.events or not run.epoch
    return replace(run, status="paused", events=run.events if known else (*run.events, pause))


def rewound(run: Run, epoch: float, best_epoch: int) -> Run:
    """The run as it goes on from an earlier checkpoint, because what came after was lost.

    What had happened after it holds from there on: another learning rate is not forgotten.
    """
    return replace(run, epoch=epoch, best_epoch=best_epoch, events=tuple(_at_most(e, epoch) for e in run.events))


def _at_most(event: Notice, epoch: float) -> Notice:
    late = event.kind in MARKS and event.values["epoch"] > epoch
    return replace(event, values={**event.values, "epoch": epoch}) if late else event


def gone_back(run: Run, history: History, seconds: float) -> Run:
    """The run at its best epoch again, of its own will; losses and events after it leave the history.

    One event tells of them: how far it had come, with which learning rate and which loss. `seconds`: of the
    unfinished epoch that is given up.
    """
    best, left = run.best_epoch, [event for event in run.events if _is_after(event, run.best_epoch)]
    lost = sum(record.seconds for record in history.records if record.epoch > best)
    lost += seconds + sum(event.values.get("seconds", 0.0) for event in left if event.kind == "went_back")
    back = replace(run, epoch=float(best), events=tuple(event for event in run.events if event not in left))
    loss = history.points[-1][1] if history.points else None
    told = {"epoch": best, "left": run.epoch, "loss": loss, "had": run.learning_rate}
    told |= {"rate": back.learning_rate, "seconds": lost}
    history.rewind(best)
    return replace(back, events=(*back.events, Notice("went_back", told)))


def _is_after(event: Notice, epoch: float) -> bool:
    """Whether it belongs to what was trained after an epoch; so does a learning rate that was set at its end."""
    at = event.values.get("epoch")
    if event.kind not in MARKS or at is None:
        return False
    return at > epoch + 1e-9 or (event.kind == "rate_changed" and at > epoch - 1e-9)
