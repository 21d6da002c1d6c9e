"""Laws of the training service, on a real cluster with real digits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cluster import (
    ENDLESS,
    LONG,
    SHORT,
    SMALL,
    STEADY,
    alone,
    eventually,
    losses,
    python,
    service_on,
    shared_cluster,
    until_epoch,
    until_status,
)
from conftest import install
from distributed import Client, Event, Future

from autoencoder.data.dataset import load_dataset
from autoencoder.engine.background import COMPARING
from autoencoder.engine.cluster import networks_within, workers_here
from autoencoder.engine.job import CLOSING_SECONDS, Job
from autoencoder.engine.service import TrainingService
from autoencoder.engine.tasks import advance
from autoencoder.errors import (
    AutoencoderError,
    EngineError,
    InvalidTraining,
    RunNotFound,
    RunUnreadable,
    StorageError,
)
from autoencoder.network.keras import tensorflow
from autoencoder.presets import PRESETS
from autoencoder.runs.history import MAX_POINTS, History
from autoencoder.runs.run import Run
from autoencoder.runs.store import RunStore
from autoencoder.settings import Architecture, Training
from autoencoder.training.best_epoch import Keep
from autoencoder.training.loop import steps_per_epoch
from autoencoder.training.records import Checkpoint

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def client(request: pytest.FixtureRequest) -> Client:
    return shared_cluster(request.config)


@pytest.fixture
def service(client: Client, tmp_path: Path) -> Iterator[TrainingService]:
    with service_on(tmp_path, client) as service:
        yield service


@pytest.fixture
def tiny_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rates too small to move any weight may be set: the held-out loss then stands still."""
    monkeypatch.setattr("autoencoder.settings.MIN_LEARNING_RATE", 0.0)


@pytest.fixture(scope="module")
def undisturbed(client: Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TrainingService, Run]]:
    """One run from start to end."""
    with service_on(tmp_path_factory.mktemp("models"), client) as service:
        run = service.start(SMALL, SHORT, name="undisturbed")
        yield service, until_status(service, run, "finished")


class SlowStore(RunStore):
    """A disk that takes its time."""

    def save_checkpoint(self, run_id: str, checkpoint: Checkpoint) -> None:
        time.sleep(1)
        super().save_checkpoint(run_id, checkpoint)


def kinds(service: TrainingService, run: Run) -> list[str]:
    return [notice.kind for notice in service.progress(run.id).notices]


class TestFromStartToEnd:
    def test_its_losses_are_those_of_a_training_alone_to_the_last_digit(
        self, undisturbed: tuple[TrainingService, Run]
    ) -> None:
        service, run = undisturbed
        expected = alone(SHORT)
        assert losses(service, run) == expected.epochs
        assert service.progress(run.id).points == expected.points
        assert len(expected.epochs) == SHORT.epochs

    def test_its_folder_holds_all_that_was_learned_and_no_checkpoint(
        self, undisturbed: tuple[TrainingService, Run]
    ) -> None:
        service, run = undisturbed
        folder = service.store.folder / run.id
        files = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
        assert {
            "run.json",
            "history.json",
            "snapshots",
            "weights.npz",
            "model.keras",
            "encoder.keras",
            "decoder.keras",
        } <= files
        assert "checkpoint.npz" not in files
        assert not list(folder.rglob("*.part"))
        assert [frame.epoch for frame in service.store.load_frames(run.id)] == list(range(1, SHORT.epochs + 1))

    def test_its_measures_agree_with_its_last_epoch(self, undisturbed: tuple[TrainingService, Run]) -> None:
        service, run = undisturbed
        assert run.measures is not None
        assert run.measures.test_mse == pytest.approx(losses(service, run)[-1][2], rel=1e-5)
        assert run.epoch == SHORT.epochs
        assert 0 < run.seconds < 60

    def test_keras_opens_the_files_and_agrees_with_the_network(self, undisturbed: tuple[TrainingService, Run]) -> None:
        service, run = undisturbed
        images = load_dataset("mnist").images[:100].astype(np.float32) / 255
        network = service.store.model_of(run)
        codes, reconstructions = _as_keras(service.store.folder / run.id, images)
        np.testing.assert_allclose(network.encode(images), codes, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(network.reconstruct(images), reconstructions, atol=1e-5)

    @pytest.mark.proof
    def test_the_process_that_serves_never_imports_tensorflow(self, client: Client, tmp_path: Path) -> None:
        seen = python(_WITHOUT_TENSORFLOW, client.scheduler.address, str(tmp_path))
        assert seen == {"status": "finished", "modules": [], "mapped": False}


def _as_keras(folder: Path, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes and reconstructions as the two files give them."""
    _, keras = tensorflow()
    encoder, model = (keras.models.load_model(folder / f"{name}.keras") for name in ("encoder", "model"))
    return encoder(images).numpy(), model(images).numpy()


_WITHOUT_TENSORFLOW = """
import json, sys, time
from autoencoder.settings import Architecture, Training
from autoencoder.engine.cluster import training_cluster
from autoencoder.engine.service import TrainingService
from autoencoder.runs.store import RunStore
with training_cluster(sys.argv[1]) as client:
    service = TrainingService(RunStore(sys.argv[2]))
    service.connect(client)
    run = service.start(Architecture(encoder=(32,)), Training(epochs=1))
    while not service.run(run.id).ended:
        time.sleep(0.05)
    status = service.run(run.id).status
    service.close()
modules = [name for name in sys.modules if name.split(".")[0] in ("tensorflow", "keras")]
mapped = "tensorflow" in open("/proc/self/maps").read()
print(json.dumps({"status": status, "modules": modules, "mapped": mapped}))
"""


def test_from_its_first_epoch_on_a_run_can_be_shown(service: TrainingService, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a full room three seconds of its own training are minutes."""
    monkeypatch.setattr("autoencoder.engine.job.CHECKPOINT_SECONDS", 1e9)
    run = service.start(SMALL, ENDLESS)
    with pytest.raises(RunUnreadable, match="Wait for its first epoch"):
        service.store.model_of(run)
    until_epoch(service, run, 1.0)
    kept = eventually(lambda: service.store.load_checkpoint(run.id))
    assert kept.step == steps_per_epoch(ENDLESS, load_dataset(ENDLESS.dataset))
    service.stop(run.id)


class TestSteering:
    def test_paused_at_once_and_nothing_comes_after(self, service: TrainingService) -> None:
        run = service.start(SMALL, ENDLESS)
        until_epoch(service, run, 0.5)
        service.pause(run.id)
        assert service.run(run.id).status == "paused"
        before = service.progress(run.id)
        time.sleep(1.5)
        after = service.progress(run.id)
        assert (after.points, after.run.epoch) == (before.points, before.run.epoch)
        assert after.seconds_left is None
        asked = time.monotonic()
        service.resume(run.id)
        assert service.run(run.id).status == "training"
        points = eventually(lambda: service.progress(run.id, before.rewrites, len(before.points)).points)
        print(f"first point {time.monotonic() - asked:.2f} s after resume")
        assert 0 < points[0][0] - before.run.epoch < 0.1  # it goes on where it stood

    def test_a_step_ends_at_the_end_of_the_epoch_paused(self, service: TrainingService) -> None:
        run = service.start(SMALL, ENDLESS)
        epoch = until_epoch(service, run, 0.05)
        service.step(run.id)
        stepped = until_status(service, run, "paused")
        assert stepped.epoch == int(stepped.epoch) >= epoch
        service.step(run.id)
        assert service.run(run.id).status == "training"
        again = until_status(service, run, "paused")
        assert again.epoch == stepped.epoch + 1
        assert len(losses(service, run)) == again.epoch

    def test_a_name_is_kept_at_once(self, tmp_path: Path) -> None:
        with service_on(tmp_path, None) as service:  # without a cluster no checkpoint ever comes
            run = service.start(SMALL, ENDLESS)
            service.rename(run.id, "mine")
            eventually(lambda: service.store.load(run.id).name == "mine", timeout=30)

    def test_all_share_the_time_that_there_is_for_last_checkpoints(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        given: list[float] = []

        def slow(_: Job, timeout: float) -> None:
            given.append(timeout)
            time.sleep(0.2)

        with service_on(tmp_path, None) as service:
            for _ in range(3):
                service.start(SMALL, ENDLESS)
            monkeypatch.setattr(Job, "_save_checkpoint", slow)
        assert CLOSING_SECONDS >= given[0] > given[1] + 0.15 > given[2] + 0.3

    def test_stopped_it_is_measured_and_kept(self, service: TrainingService) -> None:
        run = service.start(SMALL, ENDLESS)
        until_epoch(service, run, 1.2)
        asked = time.monotonic()
        service.stop(run.id)
        assert service.run(run.id).status == "measuring"
        print(f"stop answered after {time.monotonic() - asked:.3f} s")
        stopped = until_status(service, run, "stopped")
        assert stopped.measures is not None
        assert 0 < stopped.measures.test_mse < 0.08
        assert service.store.model_of(stopped).reconstruct(np.zeros((1, 784), np.float32)).shape == (1, 784)
        assert len(losses(service, run)) == int(stopped.epoch)

    def test_a_stopped_pause_is_kept_too(self, service: TrainingService) -> None:
        run = service.start(SMALL, ENDLESS)
        until_epoch(service, run, 0.2)
        service.pause(run.id)
        epoch = service.run(run.id).epoch
        service.stop(run.id)
        stopped = until_status(service, run, "stopped")
        assert (stopped.epoch, stopped.measures is not None) == (epoch, True)

    def test_the_learning_rate_changes_from_the_next_slice_on(self, service: TrainingService, tiny_rates: None) -> None:
        run = service.start(SMALL, ENDLESS)
        until_epoch(service, run, 0.1)
        asked = time.monotonic()
        service.set_learning_rate(run.id, 1e-30)  # too small to move any weight: the held-out loss stands still
        eventually(lambda: (e := losses(service, run))[1:] and e[-1][2] == e[-2][2])
        print(f"two still epochs {time.monotonic() - asked:.2f} s after the change")
        progress = service.progress(run.id)
        assert progress.learning_rate == 1e-30
        (notice,) = [n for n in progress.notices if n.kind == "rate_changed"]
        assert notice.values["rate"] == 1e-30

    def test_what_follows_a_command_is_soon_to_be_seen(
        self, client: Client, service: TrainingService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The first slice after it is as short as can be, the next as long as ever."""
        chunks: list[int] = []

        def submit(function: Callable[..., object], *arguments: object, **options: object) -> Future:
            if function is advance:
                chunks.append(arguments[3])
            return submitted(function, *arguments, **options)

        def is_long() -> bool:
            return chunks[-1:] > [2]

        submitted = client.submit
        monkeypatch.setattr(client, "submit", submit)
        run = service.start(SMALL, ENDLESS)
        for command in (
            lambda: service.set_learning_rate(run.id, 0.0005),
            lambda: (service.pause(run.id), service.resume(run.id)),
        ):
            eventually(is_long)
            already = len(chunks)
            command()
            eventually(lambda already=already: 1 in chunks[already:])
        eventually(is_long)

    def test_rates_that_nothing_was_learned_with_leave_no_trace(self, service: TrainingService) -> None:
        run = service.start(SMALL, ENDLESS)
        until_epoch(service, run, 0.2)
        service.pause(run.id)
        for rate in (0.1, 0.2, 0.2, 0.3):
            service.set_learning_rate(run.id, rate)
        assert [e.values["rate"] for e in service.run(run.id).events if e.kind == "rate_changed"] == [0.3]

    @pytest.mark.parametrize("rate", [0, -0.1, 1.5, float("nan"), float("inf"), "0.1", None, True, [0.1]])
    def test_a_learning_rate_that_cannot_be_is_refused_without_harm(
        self, service: TrainingService, rate: object
    ) -> None:
        run = service.start(SMALL, ENDLESS)
        with pytest.raises(InvalidTraining, match="Learning rate"):
            service.set_learning_rate(run.id, rate)  # type: ignore[arg-type]
        assert service.progress(run.id).learning_rate == ENDLESS.learning_rate
        assert kinds(service, run) == []
        service.delete(run.id)

    def test_pauses_and_steps_do_not_change_what_is_learned(self, service: TrainingService) -> None:
        run = service.start(SMALL, SHORT)
        until_epoch(service, run, 0.3)
        service.pause(run.id)
        service.resume(run.id)
        service.step(run.id)
        until_status(service, run, "paused")
        service.step(run.id)
        service.pause(run.id)
        service.pause(run.id)
        service.resume(run.id)
        until_status(service, run, "finished")
        assert losses(service, run) == alone(SHORT).epochs
        assert service.progress(run.id).points == alone(SHORT).points

    @pytest.mark.proof
    def test_a_pause_between_the_last_slice_and_the_measuring_adds_no_epoch(
        self, client: Client, tmp_path: Path
    ) -> None:
        with service_on(SlowStore(tmp_path), client) as service:
            run = service.start(SMALL, replace(SHORT, epochs=2))
            eventually(lambda: len(losses(service, run)) == 2)
            service.pause(run.id)
            assert service.run(run.id).status == "paused"
            time.sleep(2)
            service.resume(run.id)
            until_status(service, run, "finished")
            assert losses(service, run) == alone(SHORT).epochs[:2]

    def test_what_was_answered_before_a_stop_does_not_undo_it(self, service: TrainingService) -> None:
        run = service.start(SMALL, ENDLESS)
        until_epoch(service, run, 0.5)
        job = service._jobs[run.id]
        with job.lock:  # a report has arrived, and waits for the lock while somebody stops the run
            start, ticket = job._start.at, job._ticket
            service.stop(run.id)
            job._take(start, ticket, None)  # type: ignore[arg-type]
        assert until_status(service, run, "stopped", "training").status == "stopped"

    def test_what_has_ended_or_never_was_takes_no_commands(self, undisturbed: tuple[TrainingService, Run]) -> None:
        service, run = undisturbed
        commands = (service.pause, service.resume, service.step, service.stop)
        for command in (*commands, lambda run_id: service.set_learning_rate(run_id, 0.1)):
            with pytest.raises(EngineError, match="has ended"):
                command(run.id)
            with pytest.raises(RunNotFound, match="no run"):
                command("0123456789abcdef")
            with pytest.raises(RunNotFound, match="not the id"):
                command("../etc")
        for gone in (service.progress, service.run):
            with pytest.raises(RunNotFound):
                gone("0123456789abcdef")


def at_step(service: TrainingService, run: Run, epoch: int) -> Run:
    """Paused at the end of this epoch."""
    for _ in range(epoch - int(service.run(run.id).epoch)):
        service.step(run.id)
        until_status(service, run, "paused")
    return service.run(run.id)


def started_paused(service: TrainingService, training: Training) -> Run:
    run = service.start(SMALL, training)
    service.pause(run.id)
    return run


def ruined(service: TrainingService, epochs: int = 1) -> Run:
    """SHORT, of which two good epochs are followed by some with a rate of 1; paused there."""
    run = started_paused(service, SHORT)
    at_step(service, run, 2)
    service.set_learning_rate(run.id, 1.0)
    return at_step(service, run, 2 + epochs)


class TestGoingBack:
    def test_it_is_said_while_it_happens_and_the_way_back_trains_as_if_nothing_had_been(
        self, service: TrainingService
    ) -> None:
        run = ruined(service)
        (told,) = [n for n in service.progress(run.id).notices if n.kind.startswith("ruined")]
        assert (told.kind, told.values["rate"], told.values["epoch"]) == ("ruined_by_rate", 1.0, 2.0)
        assert (run.best_epoch, run.learning_rate) == (2, 1.0)
        service.go_back(run.id)
        progress = service.progress(run.id)
        assert (progress.learning_rate, [n.kind for n in progress.notices]) == (SHORT.learning_rate, ["went_back"])
        assert max(epoch for epoch, _ in progress.points[:-1]) <= progress.run.epoch
        ended = until_status(service, run, "finished")
        assert losses(service, run) == alone(SHORT).epochs
        assert service.progress(run.id).points == alone(SHORT).points
        assert [frame.epoch for frame in service.store.load_frames(run.id)] == [1, 2, 3, 4, 5, 6]
        (back,) = [event for event in ended.events if event.kind == "went_back"]
        assert (back.values["epoch"], back.values["left"], back.values["had"]) == (2, 3.0, 1.0)
        assert ended.kept == 6.0

    @pytest.mark.proof
    def test_also_while_it_trains_again_and_again(self, service: TrainingService) -> None:
        run = service.start(SMALL, replace(SHORT, epochs=200))
        for _ in range(3):
            best = eventually(lambda: service.run(run.id).best_epoch)
            service.set_learning_rate(run.id, 1.0)
            eventually(lambda: any(kind.startswith("ruined") for kind in kinds(service, run)))
            service.go_back(run.id)
            now = service.progress(run.id)
            assert (now.run.status, now.learning_rate) == ("training", SHORT.learning_rate)
            assert best <= now.run.best_epoch <= now.run.epoch < now.run.best_epoch + 1
            until_epoch(service, run, now.run.best_epoch + 1.2)
        done = len(losses(service, run))
        assert losses(service, run)[:6] == alone(SHORT).epochs[: min(6, done)]
        service.delete(run.id)

    def test_what_was_interrupted_goes_back_too_and_an_app_that_stops_then_changes_nothing(
        self, client: Client, tmp_path: Path
    ) -> None:
        with service_on(tmp_path, client) as service:
            run = ruined(service)
        with service_on(tmp_path, None) as service:
            assert (service.run(run.id).status, service.run(run.id).best_epoch) == ("interrupted", 2)
            service.go_back(run.id)
            assert (service.run(run.id).status, service.run(run.id).epoch) == ("waiting", 2.0)
        with service_on(tmp_path, client) as service:
            assert (service.run(run.id).epoch, service.store.load_checkpoint(run.id).best_epoch) == (2.0, 2)
            service.resume(run.id)
            until_status(service, run, "finished")
            assert losses(service, run) == alone(SHORT).epochs

    def test_a_full_disk_refuses_the_way_back_and_harms_nothing(
        self, service: TrainingService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = ruined(service)

        def full(*_: object) -> None:
            raise StorageError("The disk is full.")

        eventually(lambda: service._jobs[run.id]._saved == service.run(run.id).seconds)
        with monkeypatch.context() as patched:
            patched.setattr(RunStore, "save_checkpoint", full)
            with pytest.raises(StorageError, match="full"):
                service.go_back(run.id)
        assert (service.run(run.id).status, service.run(run.id).epoch) == ("paused", 3.0)
        assert len(losses(service, run)) == 3
        service.go_back(run.id)
        assert service.run(run.id).status == "training"
        service.delete(run.id)

    @pytest.mark.parametrize(
        ("keep", "kept", "said"), [(None, 2.0, ["kept_best"]), ("best", 2.0, []), ("last", 3.0, ["ruined_by_rate"])]
    )
    def test_a_ruin_is_not_kept_unless_somebody_wants_it(
        self, service: TrainingService, keep: Keep | None, kept: float, said: list[str]
    ) -> None:
        run = ruined(service)
        service.stop(run.id, keep)
        stopped = until_status(service, run, "stopped")
        assert (stopped.kept, stopped.epoch, service.progress(run.id).kept) == (kept, 3.0, kept)
        assert service.progress(run.id).frame.epoch == service.frame(run.id).epoch == kept
        best, last = (loss for _, _, loss in losses(service, run)[1:])
        assert stopped.measures.test_mse == pytest.approx(best if kept == 2 else last, rel=1e-4)
        others = ("rate_changed", "dark_pixels")  # of the ruin itself
        assert [kind for kind in kinds(service, run) if kind not in others] == said

    def test_the_last_is_kept_where_it_is_nearly_as_good_as_the_best(self, service: TrainingService) -> None:
        run = started_paused(service, SHORT)
        at_step(service, run, 2)
        service.resume(run.id)
        until_epoch(service, run, 2.1)
        service.stop(run.id)
        stopped = until_status(service, run, "stopped")
        assert stopped.kept == stopped.epoch > 2


class TestManyRuns:
    def test_they_take_fair_turns(self, service: TrainingService) -> None:
        runs = [service.start(SMALL, replace(ENDLESS, seed=seed)) for seed in (1, 2, 3)]
        for run in runs:
            until_epoch(service, run, 0.2)
        eventually(lambda: service.progress(runs[0].id).sharing == 3)
        before = [service.run(run.id).epoch for run in runs]
        eventually(
            lambda: min(service.run(r.id).epoch - b for r, b in zip(runs, before, strict=True)) > 4
        )  # several turns each
        progress = [service.run(r.id).epoch - b for r, b in zip(runs, before, strict=True)]
        print("progress in epochs:", progress)
        assert max(progress) / min(progress) < 2

    @pytest.mark.proof
    def test_in_a_crowd_each_gets_its_first_turn(self, service: TrainingService) -> None:
        """Dask's own default holds back tasks without ancestors while workers are busy: some runs would never begin."""
        runs = [service.start(SMALL, replace(ENDLESS, seed=seed)) for seed in range(20)]
        eventually(lambda: all(service.run(run.id).epoch > 0 for run in runs), timeout=120)
        before = [service.run(run.id).epoch for run in runs]
        eventually(lambda: all(service.run(r.id).epoch > b for r, b in zip(runs, before, strict=True)), timeout=120)

    def test_those_that_wait_show_their_place(self, client: Client, service: TrainingService) -> None:
        workers = len(client.scheduler_info(n_workers=-1)["workers"])
        busy = [client.submit(lambda: Event("their turn").wait(60), pure=False, priority=100) for _ in range(workers)]
        eventually(lambda: sum(len(tasks) for tasks in client.processing().values()) >= workers)
        runs = [service.start(SMALL, ENDLESS) for _ in range(workers + 2)]
        assert [service.progress(run.id).place for run in runs] == [0] * workers + [1, 2]
        assert {service.run(run.id).status for run in runs} == {"waiting"}
        Event("their turn", client=client).set()
        until_epoch(service, runs[-1], 0.01)
        client.gather(busy)
        assert service.progress(runs[-1].id).place is None


_WARMING_UP = """
import json, os
from autoencoder.engine.cluster import training_cluster
from cluster import eventually

def compiled():
    from autoencoder.training import compiled as training
    return training._compiled.cache_info().currsize

del os.environ["AUTOENCODER_WARM_UP"]  # of the tests: one preset is enough for most
with training_cluster() as client:
    print(json.dumps(eventually(lambda: (found := min(client.run(compiled).values(), default=0)) >= 5 and found)))
"""


@pytest.mark.proof
def test_before_the_first_click_all_presets_are_compiled() -> None:
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n{_WARMING_UP}"
    assert python(code) == len({(p.architecture, p.training.batch_size) for p in PRESETS.values()}) == 5


@pytest.mark.parametrize(("gigabytes", "networks"), [(0, 12), (2, 12), (4, 22), (8, 44), (64, 64)])
def test_a_worker_keeps_more_networks_compiled_where_it_has_the_memory(gigabytes: int, networks: int) -> None:
    assert networks_within(gigabytes * 10**9) == networks


@pytest.mark.parametrize(
    ("threads", "cores", "workers"), [("", 8, 4), ("1", 8, 8), ("4", 8, 2), ("0", 8, 1), ("", 1, 1)]
)
def test_there_is_a_worker_for_each_share_of_the_cores(
    monkeypatch: pytest.MonkeyPatch, threads: str, cores: int, workers: int
) -> None:
    monkeypatch.setenv("AUTOENCODER_THREADS", threads)
    monkeypatch.setattr("autoencoder.engine.cluster.CPU_COUNT", cores)
    assert workers_here() == workers


class TestWithoutACluster:
    def test_what_waits_begins_when_there_is_one(self, client: Client, tmp_path: Path) -> None:
        with service_on(tmp_path, None) as service:
            trained, stopped = service.start(SMALL, replace(SHORT, epochs=1)), service.start(SMALL, ENDLESS)
            paused = service.start(SMALL, ENDLESS)
            service.stop(stopped.id)
            service.pause(paused.id)
            progress = service.progress(trained.id)
            assert (progress.run.status, progress.place, progress.engine_ready, progress.points) == (
                "waiting",
                None,
                False,
                [],
            )
            service.connect(client)
            until_status(service, trained, "finished")
            assert until_status(service, stopped, "stopped").measures is not None
            assert (service.run(paused.id).status, service.run(paused.id).epoch) == ("paused", 0.0)
            eventually(lambda: service.ready)

    def test_closed_it_leaves_runs_that_go_on_later(self, client: Client, tmp_path: Path) -> None:
        with service_on(tmp_path, client) as service:
            run = service.start(SMALL, STEADY)
            until_epoch(service, run, 1.3)
        with service_on(tmp_path, client) as service:
            assert service.run(run.id).status == "interrupted"
            with pytest.raises(EngineError, match="interrupted"):
                service.pause(run.id)
            service.resume(run.id)
            until_status(service, run, "finished")
            assert losses(service, run) == alone(STEADY).epochs
            assert kinds(service, run) == ["resumed"]

    @pytest.mark.parametrize("patience", [None, 1])
    @pytest.mark.proof
    def test_closed_while_it_is_measured_it_learns_nothing_more(
        self, client: Client, tmp_path: Path, patience: int | None, tiny_rates: None
    ) -> None:
        still = Training(epochs=2 if patience is None else 50, learning_rate=1e-30, patience=patience)
        with service_on(tmp_path, client) as service:
            run = service.start(SMALL, still)
            until_status(service, run, "measuring")
            before = losses(service, run)
        with service_on(tmp_path, client) as service:
            assert service.run(run.id).status == "interrupted"
            service.resume(run.id)
            until_status(service, run, "finished")
            assert losses(service, run) == before
            assert len(before) == 2


def named_tasks(client: Client) -> list[str]:
    return client.run_on_scheduler(lambda dask_scheduler: list(dask_scheduler.tasks))


class TestComparisonWithPca:
    @pytest.mark.proof
    def test_while_others_train_only_a_few_wait_to_be_compared(self, client: Client, tmp_path: Path) -> None:
        """Each in line takes megabytes on scheduler and worker; in a crowd that trains they would pile up."""
        with service_on(tmp_path, client) as service:
            runs = [service.start(SMALL, replace(SHORT, epochs=1)) for _ in range(4)]
            for run in runs:
                until_status(service, run, "finished")
            for busy in [service.start(SMALL, ENDLESS) for _ in range(3)]:
                until_epoch(service, busy, 0.01)
            for run in runs:
                assert service.compared(run.id) is None
            until_epoch(service, busy, service.run(busy.id).epoch + 0.2)  # by then the scheduler has heard of all
            assert 1 <= sum(name.startswith("compare_with_pca") for name in named_tasks(client)) <= COMPARING
            for busy in service.runs()[0]:
                if not busy.ended:
                    service.stop(busy.id)
            eventually(lambda: all([service.compared(run.id) for run in runs]))


class TestClaims:
    def test_a_run_has_one_service_at_a_time(self, client: Client, tmp_path: Path) -> None:
        with service_on(tmp_path, client) as first, service_on(tmp_path, client) as second:
            run = first.start(SMALL, STEADY)
            until_epoch(first, run, 0.2)
            for command in (second.resume, second.pause, second.delete):
                with pytest.raises(EngineError, match="another process"):
                    command(run.id)
            assert second.run(run.id).status in ("waiting", "training")
            first.close()
            assert second.run(run.id).status == "interrupted"
            second.resume(run.id)
            until_status(second, run, "finished")
            assert losses(second, run) == alone(STEADY).epochs

    @pytest.mark.proof
    def test_of_two_that_resume_at_once_one_wins(self, client: Client, tmp_path: Path) -> None:
        with service_on(tmp_path, client) as first:
            run = first.start(SMALL, STEADY)
            until_epoch(first, run, 0.2)
        with service_on(tmp_path, client) as one, service_on(tmp_path, client) as two:
            together = threading.Barrier(2)

            def resume(service: TrainingService) -> AutoencoderError | None:
                together.wait()
                try:
                    return service.resume(run.id)
                except AutoencoderError as problem:
                    return problem

            with ThreadPoolExecutor(2) as threads:
                problems = list(threads.map(resume, (one, two)))
            assert sorted(problem is None for problem in problems) == [False, True]
            winner = one if problems[0] is None else two
            until_status(winner, run, "finished")
            assert losses(winner, run) == alone(STEADY).epochs
            assert kinds(winner, run) == ["resumed"]


class TestNamesAndDeleting:
    @pytest.mark.proof
    def test_an_interrupted_run_that_is_named_can_still_be_resumed(self, client: Client, tmp_path: Path) -> None:
        with service_on(tmp_path, client) as service:
            run = service.start(SMALL, STEADY)
            until_epoch(service, run, 1.3)
            with service_on(tmp_path, None) as another, pytest.raises(EngineError, match="another process"):
                another.rename(run.id, "not mine")
        with service_on(tmp_path, client) as service:
            service.rename(run.id, "keep this one")
            assert (service.run(run.id).status, service.run(run.id).name) == ("interrupted", "keep this one")
            service.resume(run.id)
            assert until_status(service, run, "finished").name == "keep this one"
            assert losses(service, run) == alone(STEADY).epochs

    def test_deleted_while_it_trains_it_is_gone_for_good(self, service: TrainingService) -> None:
        runs = [service.start(SMALL, ENDLESS) for _ in range(3)]
        until_epoch(service, runs[0], 0.3)
        service.delete(runs[0].id)
        service.pause(runs[1].id)  # writes its checkpoint in a moment
        service.delete(runs[1].id)
        service.stop(runs[2].id)
        service.delete(runs[2].id)
        time.sleep(3)
        assert service.runs() == ([], {})
        assert not list(service.store.folder.glob("*/run.json"))
        with pytest.raises(RunNotFound):
            service.progress(runs[0].id)

    def test_a_name_given_while_it_is_paused_is_on_disk(self, service: TrainingService) -> None:
        run = service.start(SMALL, ENDLESS)
        until_epoch(service, run, 0.2)
        service.pause(run.id)
        service.rename(run.id, "kept")
        eventually(lambda: RunStore(service.store.folder).load(run.id).name == "kept")

    def test_a_name_lasts(self, client: Client, tmp_path: Path) -> None:
        with service_on(tmp_path, client) as service:
            run = service.start(SMALL, ENDLESS, name="  first\n name ")
            assert run.name == "first name"
            until_epoch(service, run, 0.1)
            service.rename(run.id, "second " + "x" * 100)
            assert service.run(run.id).name == "second " + "x" * 53
            service.rename(run.id, "third")
            service.stop(run.id)
            until_status(service, run, "stopped")
            eventually(lambda: service.version(run.id) == -1)  # written, and let go of
            assert service.run(run.id).name == "third"
            service.rename(run.id, "fourth")
        with service_on(tmp_path, client) as service:
            assert service.run(run.id).name == "fourth"
            assert [r.name for r in service.runs()[0]] == ["fourth"]


class TestWhatHappensToIt:
    @pytest.mark.proof
    def test_it_stops_early_where_nothing_improves(self, service: TrainingService, tiny_rates: None) -> None:
        run = service.start(SMALL, Training(epochs=50, learning_rate=1e-30, patience=2))
        ended = until_status(service, run, "finished")
        assert [epoch for epoch, _, _ in losses(service, run)] == [1, 2, 3]
        (notice,) = [n for n in service.progress(run.id).notices if n.kind == "early_stop"]
        assert notice.values == {"epoch": 1, "patience": 2}
        assert ended.measures is not None

    @pytest.mark.parametrize(
        ("kind", "architecture", "rate", "epochs"),
        [
            ("dead_unit", replace(SMALL, hidden_activation="relu", latent_activation="relu"), 0.02, 2),
            ("all_black", replace(SMALL, output_activation="relu"), 1.0, 3),
            ("average_digit", replace(SMALL, hidden_activation="sigmoid", latent_activation="sigmoid"), 0.001, 6),
        ],
    )
    @pytest.mark.proof
    def test_what_goes_wrong_is_said_while_it_trains(
        self, service: TrainingService, kind: str, architecture: Architecture, rate: float, epochs: int
    ) -> None:
        """Each provoked on real digits. It trains on: the sentence comes before the end."""
        run = service.start(
            architecture, Training(batch_size=512, epochs=50, learning_rate=rate, schedule="constant", seed=1)
        )
        eventually(lambda: kind in kinds(service, run))
        progress = service.progress(run.id)
        assert progress.run.status == "training"
        assert progress.records[-1].epoch <= epochs + 5
        service.delete(run.id)

    @pytest.mark.proof
    def test_learning_by_heart_is_said_while_it_trains(self, service: TrainingService, data_home: Path) -> None:
        """Of noise nothing can be learned but the pictures themselves."""
        noise = np.random.default_rng(0).integers(0, 256, (70, 784)).astype(np.uint8)
        install(data_home, "openml:noise", noise, (np.arange(70) % 10).astype(np.uint8))
        training = Training(dataset="openml:noise", batch_size=16, epochs=400, learning_rate=0.003, schedule="constant")
        run = service.start(Architecture(encoder=(128,), latent_dim=32), training)
        eventually(lambda: "overfitting" in kinds(service, run))
        progress = service.progress(run.id)
        (notice,) = [n for n in progress.notices if n.kind == "overfitting"]
        assert progress.records[-1].loss < progress.records[notice.values["epoch"] - 1].loss
        assert progress.records[-1].val_loss > progress.records[notice.values["epoch"] - 1].val_loss
        service.delete(run.id)

    def test_what_diverges_ends_with_its_last_good_weights(self, service: TrainingService) -> None:
        deep = Architecture(encoder=(64,) * 6, hidden_activation="linear", output_activation="linear", pixels="grey")
        run = service.start(deep, replace(ENDLESS, learning_rate=1e-4))
        until_epoch(service, run, 0.1)
        service.set_learning_rate(run.id, 1.0)
        ended = until_status(service, run, "stopped")
        (notice,) = [n for n in service.progress(run.id).notices if n.kind == "diverged"]
        assert notice.values["rate"] == 1.0
        assert notice.values["kept"] == ended.epoch > 0
        assert all(np.isfinite(w).all() for w in service.store.model_of(ended).weights)
        assert all(np.isfinite(loss) for _, loss in service.progress(run.id).points)
        assert ended.measures is not None
        assert np.isfinite(ended.measures.test_mse)

    def test_an_unreadable_run_harms_no_other(self, client: Client, tmp_path: Path) -> None:
        with service_on(tmp_path, client) as service:
            good, bad = (service.start(SMALL, replace(SHORT, epochs=1)) for _ in range(2))
            for run in (good, bad):
                until_status(service, run, "finished")
        files = [path for path in (tmp_path / bad.id).rglob("*") if path.is_file() and path.name != "run.json"]
        for path in files:
            path.write_bytes(b"rubbish")
        for name, content in (("no-json", b"{"), ("other-json", b"[1]"), ("old-format", b'{"status": "done"}')):
            (tmp_path / name).mkdir()
            (tmp_path / name / "run.json").write_bytes(content)
        (tmp_path / "not-a-run").mkdir()
        (tmp_path / bad.id / "space.npz").unlink(missing_ok=True)
        with service_on(tmp_path, client) as service:
            runs, unreadable = service.runs()
            assert {run.id for run in runs} == {good.id, bad.id}
            assert list(unreadable) == ["no-json", "old-format", "other-json"]
            for run_id in (bad.id, *unreadable):
                with pytest.raises(RunUnreadable, match=run_id):
                    service.progress(run_id)
            assert service.progress(good.id).run.status == "finished"
            another = service.start(SMALL, replace(SHORT, epochs=1))
            until_status(service, another, "finished")
            service.delete("no-json")
            assert list(service.runs()[1]) == ["old-format", "other-json"]


class TestReaders:
    def test_what_comes_after_the_cursor_adds_up_to_the_whole(self, service: TrainingService) -> None:
        run = service.start(SMALL, SHORT)
        points, records, rewrites, reads = [], [], -1, 0
        while True:
            progress = service.progress(run.id, rewrites, len(points), len(records))
            if progress.rewrites != rewrites:
                rewrites, points, records = progress.rewrites, [], []
            points += progress.points
            records += progress.records
            reads += bool(progress.points)
            if progress.run.ended:
                break
            time.sleep(0.02)
        assert reads > 3
        assert points == alone(SHORT).points
        assert [(r.epoch, r.loss, r.val_loss) for r in records] == alone(SHORT).epochs
        eventually(lambda: service.version(run.id) == -1)  # written, and let go of
        again = service.progress(run.id)
        assert (again.points, again.records) == (points, records)
        assert service.progress(run.id, again.rewrites, len(points), len(records)).points == []

    @pytest.mark.proof
    def test_also_where_earlier_points_are_rewritten(self, client: Client, tmp_path: Path) -> None:
        """A run with nearly as many points as are kept; the next epoch makes it too many."""
        with service_on(tmp_path, client) as service:
            run = service.start(SMALL, LONG)
            epoch = until_epoch(service, run, 0.1)
        epoch = service.run(run.id).epoch
        dense = [(epoch * (i + 1) / (MAX_POINTS - 5), 0.1) for i in range(MAX_POINTS - 5)]
        service.store.save_history(run.id, History(points=dense))
        with service_on(tmp_path, client) as service:
            service.resume(run.id)
            start = service.progress(run.id)
            seen, points, rewritten = start.rewrites, start.points, 0
            while not rewritten or len(points) < MAX_POINTS // 2 + 20:
                progress = service.progress(run.id, seen, len(points))
                if progress.rewrites != seen:
                    seen, points, rewritten = progress.rewrites, [], rewritten + 1
                    assert len(progress.points) < MAX_POINTS
                points = points + progress.points
                time.sleep(0.05)
            service.pause(run.id)
            points += service.progress(run.id, seen, len(points)).points
            whole = service.progress(run.id)
            assert rewritten == 1
            assert points == whole.points
            assert [e for e, _ in points] == sorted(e for e, _ in points)
