"""t-SNE of a run's codes on a real cluster: it moves on, can be cancelled, and is kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from cluster import eventually, service_on, shared_cluster
from conftest import CROWD, random_weights
from distributed import Client

from autoencoder.engine.service import TrainingService
from autoencoder.engine.tsne_jobs import MOST
from autoencoder.errors import EngineError, LimitReached, RunUnreadable
from autoencoder.network.dense import DenseAutoencoder
from autoencoder.runs.run import Run, Status, hashed
from autoencoder.settings import Architecture, Training

pytestmark = [pytest.mark.slow, pytest.mark.proof]
NET = Architecture(encoder=(8,), latent_dim=4)
HELD_OUT = 1500


@pytest.fixture(scope="module")
def client(request: pytest.FixtureRequest) -> Client:
    return shared_cluster(request.config)


@pytest.fixture
def service(client: Client, tmp_path: Path) -> Iterator[TrainingService]:
    with service_on(tmp_path, client) as service:
        eventually(lambda: service.ready)  # loading TensorFlow comes first
        yield service


def learned(service: TrainingService, name: str = "learned", status: Status = "finished") -> Run:
    """A run that has ended, with weights."""
    run = Run(name, NET, Training(dataset=CROWD), status=status, epoch=1.0)
    service.store.save(run)
    service.store.save_weights(run.id, random_weights(NET))
    return run


def share(service: TrainingService, run: Run) -> float:
    return service.tsne.progress(run.id).share


def test_progress_grows_until_the_map_is_kept(service: TrainingService) -> None:
    run = learned(service)
    assert service.tsne.progress(run.id).status == "none"
    service.tsne.start(run)
    seen = [0.0]

    def done() -> bool:
        seen.append(share(service, run))
        return service.tsne.progress(run.id).status == "done"

    eventually(done)
    assert seen == sorted(seen)
    assert any(0 < value < 1 for value in seen)
    positions = service.store.load_tsne(run.id)
    assert positions.shape == (HELD_OUT, 2)
    assert np.ptp(positions, axis=0).min() > 10  # it has unfolded from 0.0001
    assert not list(service.store.folder.rglob("*.part"))


def test_cancel_ends_it_long_before_it_would_be_done(service: TrainingService, client: Client) -> None:
    run = learned(service)
    service.tsne.start(run)
    eventually(lambda: share(service, run))
    service.tsne.cancel(run.id)
    assert service.tsne.progress(run.id).status == "none"
    eventually(lambda: not any(client.processing().values()), timeout=20)  # a whole one takes a minute
    eventually(lambda: not [thread for thread in threading.enumerate() if thread.name == f"tsne-{run.id}"])
    assert not service.store.has_tsne(run.id)


def test_after_a_cancel_it_can_be_started_again(service: TrainingService) -> None:
    run = learned(service)
    for _ in range(3):
        service.tsne.start(run)
        service.tsne.cancel(run.id)
    service.tsne.start(run)
    eventually(lambda: share(service, run))
    service.tsne.cancel(run.id)


def test_asked_for_twice_it_is_computed_once_and_belongs_to_who_came_first(service: TrainingService) -> None:
    run = learned(service)
    service.tsne.start(run, "first")
    service.tsne.start(run, "second")
    assert service.tsne.progress(run.id).owner == hashed("first")
    assert len([thread for thread in threading.enumerate() if thread.name == f"tsne-{run.id}"]) == 1
    service.tsne.cancel(run.id)


def test_only_so_many_are_computed_at_once(service: TrainingService) -> None:
    runs = [learned(service, f"learned-{i}") for i in range(MOST + 1)]
    for run in runs[:MOST]:
        service.tsne.start(run)
    with pytest.raises(LimitReached, match="most at once"):
        service.tsne.start(runs[MOST])
    service.tsne.start(runs[0])  # under way already: nothing is asked for
    service.tsne.cancel(runs[0].id)
    service.tsne.start(runs[MOST])
    for run in runs[1:]:
        service.tsne.cancel(run.id)


def test_a_run_that_is_deleted_takes_it_along(service: TrainingService) -> None:
    run = learned(service)
    service.tsne.start(run)
    eventually(lambda: share(service, run))
    service.delete(run.id)
    eventually(lambda: not [thread for thread in threading.enumerate() if thread.name == f"tsne-{run.id}"])
    assert not (service.store.folder / run.id).exists()


def test_what_goes_wrong_on_the_cluster_is_told_and_can_be_tried_again(
    service: TrainingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = learned(service)
    good = service.store.model_of(run)
    bad = DenseAutoencoder(NET, tuple(np.full_like(array, np.nan) for array in good.weights))
    monkeypatch.setattr(service.store, "model_of", lambda _run: bad)
    service.tsne.start(run)
    eventually(lambda: service.tsne.progress(run.id).status == "failed")
    assert "t-SNE could not be computed" in str(service.tsne.progress(run.id).problem)
    monkeypatch.setattr(service.store, "model_of", lambda _run: good)
    service.tsne.start(run)
    assert service.tsne.progress(run.id).status == "running"
    service.tsne.cancel(run.id)


def test_what_cannot_be_arranged_says_why(service: TrainingService, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="still learning"):
        service.tsne.start(learned(service, "learning", "training"))
    empty = Run("empty", NET, Training(dataset=CROWD), status="failed")
    service.store.save(empty)
    with pytest.raises(RunUnreadable, match="has not learned anything"):
        service.tsne.start(empty)
    with service_on(tmp_path / "alone", None) as alone, pytest.raises(EngineError, match="not there yet"):
        alone.tsne.start(learned(alone))
