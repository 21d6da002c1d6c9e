"""A sweep on the cluster: its members wait on disk, a person's limit holds, and it is paused and stopped as one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cluster import eventually
from conftest import QUICK, SMALL
from test_queue import Busy

from autoencoder.engine.many import train_on_cluster
from autoencoder.engine.service import TrainingService
from autoencoder.errors import InvalidSweep, LimitReached
from autoencoder.runs.limits import Limits
from autoencoder.runs.run import Run, hashed
from autoencoder.runs.store import RunStore
from autoencoder.runs.sweep_groups import SweepGroup
from autoencoder.sweep import Sweep
from server import classroom

FOUR = Sweep((SMALL, QUICK), (("latent_dim", (1, 2, 3, 4)),))


@pytest.fixture
def service(store: RunStore) -> Iterator[TrainingService]:
    """On a cluster that takes whatever it is given and is never done with it."""
    service = TrainingService(store, Limits(trainings=2, runs=6))
    service.connect(Busy(1))  # type: ignore[arg-type]
    yield service
    service.sweeps.close()


def under_way(service: TrainingService, owner: str = "me") -> list[Run]:
    return [run for run in service.runs()[0] if not run.ended and run.owner == hashed(owner)]


def end(service: TrainingService, run_id: str) -> None:
    """As if it had been trained to its end."""
    run = service.run(run_id)
    service._forget(run)
    service.store.save(replace(run, status="finished", epoch=2.0))


def test_no_more_members_train_at_once_than_a_person_may_and_the_next_follows(service: TrainingService) -> None:
    group = service.start_sweep(FOUR, "me")
    assert [run is not None for run in group.runs] == [True, True, False, False]
    assert sorted(run.architecture.latent_dim for run in under_way(service)) == [1, 2]
    end(service, group.started[0])
    eventually(lambda: len(service.sweeps.group(group.id).started) == 3)
    assert len(under_way(service)) == 2
    for at in range(1, 4):
        eventually(lambda at=at: len(service.sweeps.group(group.id).started) > at)
        end(service, service.sweeps.group(group.id).started[at])
    eventually(lambda: service.sweeps.group(group.id).status == "finished")
    dims = [service.run(run).architecture.latent_dim for run in service.sweeps.group(group.id).started]
    assert dims == [1, 2, 3, 4]


def test_what_would_exceed_the_runs_of_a_person_is_refused_beforehand_with_the_number(service: TrainingService) -> None:
    for i in range(3):
        service.store.save(Run(f"kept-{i}", SMALL, QUICK, name="kept", owner=hashed("me"), status="finished"))
    with pytest.raises(
        LimitReached, match=r"4 trainings.*6 runs here.*3 of yours are named or under way: at most 3 fit"
    ):
        service.start_sweep(FOUR, "me")
    assert under_way(service) == []
    assert service.sweeps.all() == []
    service.start_sweep(FOUR, "somebody else")


def test_it_pauses_resumes_and_stops_as_one(service: TrainingService) -> None:
    group = service.start_sweep(FOUR, "me")
    service.sweeps.pause(group.id)
    assert {run.status for run in under_way(service)} == {"paused"}
    service.sweeps.fill()
    assert len(service.sweeps.group(group.id).started) == 2
    with pytest.raises(InvalidSweep, match="Stop it first"):
        service.sweeps.forget(group.id)
    service.sweeps.resume(group.id)
    assert {run.status for run in under_way(service)} == {"waiting"}
    assert len(service.sweeps.group(group.id).started) == 2
    service.sweeps.stop(group.id)
    service.sweeps.fill()
    assert service.sweeps.group(group.id).status == "stopped"
    assert len(service.sweeps.group(group.id).started) == 2
    service.sweeps.forget(group.id)
    assert service.sweeps.all() == []


def test_two_people_s_sweeps_each_have_their_turns(service: TrainingService) -> None:
    for owner in ("me", "you"):
        service.start_sweep(FOUR, owner)
    assert len(under_way(service, "me")) == len(under_way(service, "you")) == 2


def test_sweeps_leave_half_the_queue_to_those_who_press_start(store: RunStore) -> None:
    service = TrainingService(store, Limits(trainings=2, queue=6))
    for owner in ("me", "you", "they", "we"):
        service.start_sweep(FOUR, owner)
    started = [len(under_way(service, owner)) for owner in ("me", "you", "they", "we")]
    assert started == [2, 1, 1, 1]
    service.start(SMALL, QUICK, owner="somebody else")
    service.sweeps.close()


def test_a_sweep_outlives_the_app_and_waits_to_be_resumed(service: TrainingService, store: RunStore) -> None:
    two = Sweep((SMALL, QUICK), (("encoder", ((8,), (16, 8))), ("learning_rate", (0.1, 0.0123))), seeds=2)
    group = service.start_sweep(replace(two, seeds=1), "me")
    service.sweeps.close()
    again = TrainingService(store, Limits(trainings=2, runs=6))
    (found,) = again.sweeps.all()
    assert found == replace(service.sweeps.group(group.id), status="paused")
    assert found.sweep == replace(two, seeds=1)


def test_another_process_sees_a_sweep_at_once_and_leaves_it_to_the_one_that_has_it(
    service: TrainingService, store: RunStore
) -> None:
    other = TrainingService(store, Limits(trainings=2, runs=6))
    group = service.start_sweep(FOUR, "me")
    assert [(each.id, each.status) for each in other.sweeps.all()] == [(group.id, "running")]
    assert other.sweeps.group(group.id).started == group.started
    for ask in (other.sweeps.pause, other.sweeps.stop, other.sweeps.resume):
        with pytest.raises(InvalidSweep, match="another process"):
            ask(group.id)
    other.sweeps.pause_all()
    other.sweeps.clear()
    other.sweeps.fill()
    assert service.sweeps.group(group.id).status == "running"
    service.sweeps.pause(group.id)
    assert other.sweeps.group(group.id).status == "paused"
    service.sweeps.close()
    other.sweeps.stop(group.id)
    other.sweeps.forget(group.id)
    assert service.sweeps.all() == []


def test_files_that_are_no_sweep_hurt_nobody(service: TrainingService, store: RunStore) -> None:
    group: SweepGroup = service.start_sweep(FOUR, "me")
    folder: Path = store.folder / ".sweeps"
    for name, text in (("a", ""), ("b", "[]"), ("c", '{"status": "running"}')):
        (folder / f"{name}.json").write_text(text)
    assert [each.id for each in TrainingService(store).sweeps.all()] == [group.id]
    assert len(store.runs()[0]) == 2
    with pytest.raises(InvalidSweep, match="There is no sweep nope"):
        service.sweeps.group("nope")


def test_the_host_s_pause_resume_and_clear_reach_sweeps_too(service: TrainingService) -> None:
    group = service.start_sweep(FOUR, "me")
    assert classroom.pause_all(service) == 2
    service.sweeps.fill()
    assert [run.status for run in under_way(service)] == ["paused", "paused"]
    assert service.sweeps.group(group.id).status == "paused"
    assert classroom.resume_all(service) == 2
    assert (service.sweeps.group(group.id).status, len(under_way(service))) == ("running", 2)
    assert classroom.clear(service, named_too=False) == 2
    service.sweeps.fill()
    assert (service.sweeps.all(), under_way(service)) == ([], [])


def test_the_command_line_keeps_all_workers_of_a_cluster_busy_and_tells_each_run_as_it_ends(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[TrainingService] = []

    class Noted(TrainingService):
        def __init__(self, store: RunStore) -> None:
            super().__init__(store)
            begun.append(self)

    def look(_seconds: float) -> None:
        """Whenever it waits, the newest of the runs under way ends."""
        (service,) = begun
        going = [run for run in service.runs()[0] if not run.ended]
        at_once.append(len(going))
        end(service, max(going, key=lambda run: run.architecture.latent_dim).id)

    at_once: list[int] = []
    monkeypatch.setattr("autoencoder.engine.many.TrainingService", Noted)
    monkeypatch.setattr("autoencoder.engine.many.sleep", look)
    wanted = [member.settings for member in FOUR.members()]
    found = list(train_on_cluster(store, wanted, Busy(2)))  # type: ignore[arg-type]
    assert [at for at, _run in found] == [2, 3, 1, 0]
    assert [run.architecture.latent_dim for _at, run in found] == [3, 4, 2, 1]
    assert at_once == [3, 3, 2, 1]
