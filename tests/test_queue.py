"""The queue as those who wait in it see it: their place, and how long it will take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conftest import QUICK, SMALL

from autoencoder.engine.job import Job
from autoencoder.engine.queue import FIRST_TURN_SECONDS
from autoencoder.engine.service import TrainingService
from autoencoder.engine.throughput import Throughput
from autoencoder.runs.run import Run
from autoencoder.runs.store import RunStore
from autoencoder.training.records import Report
from server.run_events import Cursor


class Stuck:
    """A future of a cluster that never answers."""

    status = "pending"

    def add_done_callback(self, _: Callable[[Any], None]) -> None:
        pass

    def cancel(self) -> None:
        pass


class Busy:
    """A cluster that takes whatever it is given and is never done with it."""

    status = "running"

    def __init__(self, workers: int) -> None:
        self._workers = {f"worker {n}": {} for n in range(workers)}

    def scheduler_info(self, n_workers: int) -> dict[str, Any]:
        return {"workers": self._workers}

    def subscribe_topic(self, topic: str, handler: Callable[[Any], None]) -> None:
        pass

    def submit(self, *call: Any, **options: Any) -> Stuck:
        return Stuck()


def waiting(store: RunStore, workers: int) -> tuple[TrainingService, list[Run]]:
    service = TrainingService(store)
    service.connect(Busy(workers))  # type: ignore[arg-type]
    return service, [service.start(SMALL, QUICK, owner=f"person {n}") for n in range(5)]


def slice_done(service: TrainingService, run: Run, seconds: float) -> None:
    """A run's slice took so long; it goes to the end of the line."""
    job: Job = service._jobs[run.id]
    report = Report(1, 0.1, ((0.1, 0.1),), seconds / 2, 0.001, True, False, None, None, "worker 0", turn=seconds)
    job._take(Stuck(), job._ticket, report)  # type: ignore[arg-type]


def test_before_anybody_had_a_turn_it_is_the_time_to_compile(store: RunStore) -> None:
    service, runs = waiting(store, workers=1)
    told = [service.progress(run.id) for run in runs]
    assert [progress.place for progress in told] == [0, 1, 2, 3, 4]
    assert [progress.wait for progress in told] == [None, *(n * FIRST_TURN_SECONDS for n in range(1, 5))]


def test_two_workers_halve_it(store: RunStore) -> None:
    service, runs = waiting(store, workers=2)
    assert [service.progress(run.id).place for run in runs] == [0, 0, 1, 2, 3]
    assert service.progress(runs[-1].id).wait == 4 * FIRST_TURN_SECONDS / 2


def test_it_follows_what_the_turns_of_those_ahead_took(store: RunStore) -> None:
    service, runs = waiting(store, workers=1)
    slice_done(service, runs[0], 0.4)  # has had its turn, and comes after all others now
    assert [service.progress(run.id).place for run in runs[1:]] == [0, 1, 2, 3]
    for run in runs[1:4]:
        slice_done(service, run, 0.6)
        slice_done(service, run, 0.2)
    late = service.start(SMALL, QUICK, owner="late")
    turns = 0.4 + 3 * (0.7 * 0.6 + 0.3 * 0.2)
    first = 0.6  # of the one that has not begun: as most first turns took
    assert service.progress(late.id).wait == pytest.approx(turns + first)
    service.pause(runs[4].id)
    assert service.progress(late.id).wait == pytest.approx(turns)


def test_the_next_lesson_remembers_how_long_first_turns_take(store: RunStore) -> None:
    service, runs = waiting(store, workers=1)
    slice_done(service, runs[0], 0.25)
    for run in runs:
        service.delete(run.id)
    first, second = (service.start(SMALL, QUICK, owner=f"later {n}") for n in range(2))
    assert service.progress(first.id).wait is None
    assert service.progress(second.id).wait == 0.25


def test_the_page_hears_of_it(store: RunStore) -> None:
    service, runs = waiting(store, workers=1)
    told = Cursor().messages(service.progress(runs[2].id), mine=True, language="en")[0]
    assert (told["place"], told["wait"]) == (2, 2 * FIRST_TURN_SECONDS)


def test_the_time_left_is_told_once_it_is_known_and_goes_by_what_most_steps_cost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first slices of a slow network are one call each, and a map beside it: they cost much and train little."""
    clock, throughput = 100.0, Throughput()
    monkeypatch.setattr("autoencoder.engine.throughput.time.monotonic", lambda: clock)
    told = []
    for epochs, seconds in ((0.01, 9.0), (0.01, 0.8), (0.05, 0.5), (0.05, 1.2), (0.05, 0.5)):
        clock += seconds
        throughput.take(epochs, seconds)
        told.append(throughput.seconds_for(12))
    assert told[:2] == [None, None]
    assert all(seconds is not None and 12 * 10 < seconds < 12 * 24 for seconds in told[2:])  # in the end 12 * 17
