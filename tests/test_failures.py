"""What may go wrong, provoked: killed processes, a full disk, a cluster that is not there or changes under way."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from cluster import (
    ENDLESS,
    ROOT,
    SHORT,
    SMALL,
    STEADY,
    App,
    alive,
    alone,
    app,
    background,
    descendants,
    eventually,
    free_port,
    left_behind,
    losses,
    python,
    service_on,
    shared_cluster,
    undisturbed,
    until_epoch,
    until_status,
)
from conftest import CROWD
from distributed import Client

from autoencoder.data.dataset import load_dataset
from autoencoder.engine import cluster
from autoencoder.engine.cluster import training_cluster, workers_here
from autoencoder.engine.service import TrainingService
from autoencoder.engine.supervisor import supervise
from autoencoder.errors import EngineError, StorageError
from autoencoder.network.protocol import Array
from autoencoder.runs.run import Run
from autoencoder.runs.store import RunStore
from autoencoder.settings import Architecture, Training
from autoencoder.training.loop import steps_per_epoch
from autoencoder.training.records import Checkpoint

pytestmark = pytest.mark.slow
LOST_SECONDS = 5.0  # of training, at most, when everything is killed
NOISE = 3.0  # how much a busy machine may stretch a bound


@pytest.fixture(scope="module")
def client(request: pytest.FixtureRequest) -> Client:
    return shared_cluster(request.config)


@pytest.fixture
def service(client: Client, tmp_path: Path) -> Iterator[TrainingService]:
    with service_on(tmp_path, client) as service:
        yield service


KINDS: dict[str, tuple[Architecture, Training]] = {
    "denoising": (SMALL, replace(STEADY, noise=0.3, mask=0.1)),
    "variational": (replace(SMALL, variational=True), replace(STEADY, loss="bce", beta=0.5, beta_warm_up=2)),
    "sparse": (SMALL, replace(STEADY, code_l1=1e-4, weight_decay=0.01, dropout=0.1)),
    "convolutional": (Architecture(convolutional=True), replace(STEADY, dataset=CROWD, batch_size=64, epochs=2)),
}  # of autoencoder; plain ones train in all other tests


def is_nanny(process: psutil.Process) -> bool:
    try:
        return "Nanny" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return False


def worker_process(client: Client) -> psutil.Process:
    """One that trains."""
    return psutil.Process(next(iter(client.run(os.getpid).values())))


def kinds(service: TrainingService, run: Run) -> list[str]:
    return [notice.kind for notice in service.progress(run.id).notices]


def finished_as_undisturbed(service: TrainingService, run: Run) -> None:
    until_status(service, run, "finished")
    assert losses(service, run) == alone(run.training).epochs
    assert service.progress(run.id).points == alone(run.training).points


class TestWorkers:
    def test_a_killed_worker_costs_nothing_but_time(self, client: Client, service: TrainingService) -> None:
        run = service.start(SMALL, STEADY)
        until_epoch(service, run, 1.5)
        worker_process(client).kill()
        finished_as_undisturbed(service, run)
        assert kinds(service, run) == ["recovered"]

    @pytest.mark.proof
    def test_a_killed_nanny_is_replaced(self, client: Client, service: TrainingService) -> None:
        run = service.start(SMALL, SHORT)
        until_epoch(service, run, 1.5)
        worker = worker_process(client)
        nanny = worker.parent()
        assert nanny is not None
        assert is_nanny(nanny)
        nanny.kill()
        eventually(lambda: not alive([worker]), timeout=30)
        finished_as_undisturbed(service, run)
        assert kinds(service, run) == ["recovered"]

    @pytest.mark.proof
    def test_a_nanny_that_ends_before_anybody_knows_it_is_replaced(self, tmp_path: Path) -> None:
        before = descendants(os.getpid())  # of the cluster that other tests share

        def nannies() -> list[psutil.Process]:
            return [p for p in alive(descendants(os.getpid())) if p not in before and is_nanny(p)]

        with kept_training(tmp_path / "models", None) as service:
            first = eventually(nannies)[0]
            first.kill()
            assert not service.ready
            wanted = workers_here()
            eventually(lambda: service.ready and len(nannies()) == wanted and first not in nannies())
            run = service.start(SMALL, replace(SHORT, epochs=1))
            until_status(service, run, "finished")

    @pytest.mark.proof
    @pytest.mark.parametrize("kind", KINDS)
    def test_a_run_of_each_kind_goes_on_after_a_pause_a_killed_worker_and_a_restart(
        self, client: Client, tmp_path: Path, kind: str
    ) -> None:
        architecture, training = KINDS[kind]
        (expected,) = undisturbed(architecture, training)
        with service_on(tmp_path, client) as first:
            run = first.start(architecture, training)
            until_epoch(first, run, 0.1 * training.epochs)
            first.pause(run.id)
            until_status(first, run, "paused")
            first.resume(run.id)
            until_epoch(first, run, 0.2 * training.epochs)
            worker_process(client).kill()
            eventually(lambda: "recovered" in kinds(first, run))
            stopped = until_epoch(first, run, 0.3 * training.epochs)
        with service_on(tmp_path, client) as second:
            assert second.run(run.id).status == "interrupted"
            assert second.run(run.id).epoch >= stopped
            second.resume(run.id)
            until_status(second, run, "finished")
            assert losses(second, run) == expected.epochs


class TestScheduler:
    @pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
    def test_what_it_logs_cannot_stop_it(self, client: Client) -> None:
        """Dask gives it a pipe for standard error that nobody empties: after 64 kB it would stand still."""
        errors = Path(f"/proc/{client.run_on_scheduler(os.getpid)}/fd/2").readlink()
        assert not errors.name.startswith("pipe:")

    @pytest.mark.proof
    def test_killed_beside_us_it_is_replaced_with_all_its_workers(self, tmp_path: Path) -> None:
        with kept_training(tmp_path / "models", None) as service:
            family = eventually(lambda: service.ready and descendants(os.getpid()))
            run, paused = service.start(SMALL, SHORT), service.start(SMALL, ENDLESS)
            service.pause(paused.id)
            until_epoch(service, run, 1.5)
            (scheduler,) = (p for p in family if is_scheduler_of(service, p))
            (nanny,) = (p for p in family if service._client.scheduler.address in p.cmdline())  # type: ignore[union-attr]
            ours = [scheduler, nanny, *nanny.children(recursive=True)]
            scheduler.kill()
            waiting_for_a_cluster(service, run)
            later = service.start(SMALL, replace(SHORT, epochs=1))
            assert service.run(later.id).status == "waiting"
            finished_as_undisturbed(service, run)
            until_status(service, later, "finished")
            assert service.run(paused.id).status == "paused"
            assert service.problem is None
            assert "recovered" in kinds(service, run)
            assert not alive(ours)

    @pytest.mark.proof
    def test_killed_elsewhere_and_started_again_it_goes_on(self, tmp_path: Path) -> None:
        port = free_port()
        with ExitStack() as cluster:
            scheduler = cluster.enter_context(existing_scheduler(tmp_path / "first.log", port))
            address = f"tcp://127.0.0.1:{port}"
            with kept_training(tmp_path / "models", address) as service:
                worker = cluster.enter_context(existing_worker(address, tmp_path / "worker.log"))
                run = service.start(SMALL, SHORT)
                until_epoch(service, run, 1.5)
                scheduler.kill()
                scheduler.wait()
                waiting_for_a_cluster(service, run)
                worker.wait(60)
                cluster.enter_context(existing_scheduler(tmp_path / "second.log", port))
                cluster.enter_context(existing_worker(address, tmp_path / "another_worker.log"))
                finished_as_undisturbed(service, run)
                assert "recovered" in kinds(service, run)


@contextmanager
def kept_training(folder: Path, address: str | None) -> Iterator[TrainingService]:
    """As the app does it."""
    service, stop = TrainingService(RunStore(folder)), threading.Event()
    thread = threading.Thread(target=supervise, args=(service, address, stop))
    thread.start()
    try:
        yield service
    finally:
        stop.set()
        thread.join()


def waiting_for_a_cluster(service: TrainingService, run: Run) -> None:
    asked = time.monotonic()
    eventually(lambda: service.problem, timeout=60)
    print(f"noticed after {time.monotonic() - asked:.1f} s")
    progress = eventually(lambda: (v := service.progress(run.id)).run.status == "waiting" and v)
    assert not progress.engine_ready
    assert isinstance(progress.engine_problem, EngineError)


def is_scheduler_of(service: TrainingService, process: psutil.Process) -> bool:
    assert service._client is not None
    port = int(service._client.scheduler.address.rsplit(":", 1)[1])
    listens = [c.laddr.port for c in process.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    return port in listens


_HOST = """
import json, sys, time
from autoencoder.settings import Architecture, Training
from autoencoder.engine.cluster import training_cluster
from autoencoder.engine.service import TrainingService
from autoencoder.runs.store import RunStore
architecture, training = json.loads(sys.argv[2])
with training_cluster() as client:
    service = TrainingService(RunStore(sys.argv[1]))
    service.connect(client)
    run = service.start(Architecture.from_json(architecture), Training.from_json(training))
    while True:
        progress = service.progress(run.id)
        print(json.dumps([run.id, progress.run.epoch, progress.run.seconds]), flush=True)
        time.sleep(0.05)
"""


_CLOCK = """
# Python runs this before anything else, in each process of the app: what time it is stands in a file.
import os, time
true, true_ns = time.time, time.time_ns

def off():
    try:
        return int(open(os.environ["CLOCK_OFF"]).read() or 0)
    except OSError:
        return 0

open(f"{os.environ['CLOCK_OFF']}-of-{os.getpid()}", "w").close()
time.time = lambda: true() + off()
time.time_ns = lambda: true_ns() + off() * 10**9
"""
DAY = 86_400  # seconds
_SET_BACK = """
import asyncio, json, time
true, off = time.time, [0]
time.time = lambda: true() + off[0]

from distributed.batched import BatchedSend
from tornado.ioloop import IOLoop
from autoencoder.process.clock import let_no_connection_wait_for_the_clock

class Connection:
    def __init__(self):
        self.written = []

    def closed(self):
        return False

    async def write(self, messages, **how):
        self.written += messages
        off[0] -= 86_400
        return 1

async def main():
    let_no_connection_wait_for_the_clock()
    connection, sender = Connection(), BatchedSend(interval="2ms", loop=IOLoop.current())
    sender.start(connection)
    for message in ("first", "second", "third"):
        sender.send(message)
        await asyncio.sleep(0.5)
    return connection.written

print(json.dumps(asyncio.run(main())))
"""


def test_a_clock_that_is_set_back_while_something_is_sent_holds_up_nothing() -> None:
    assert python(_SET_BACK) == ["first", "second", "third"]


@pytest.mark.proof
class TestTheClock:
    """Of the whole machine, as all processes see it: web, scheduler, nanny and worker."""

    @pytest.fixture
    def clock(self, tmp_path: Path) -> Path:
        (tmp_path / "sitecustomize.py").write_text(_CLOCK)
        return tmp_path / "clock"

    @pytest.mark.parametrize("patience", ["300s", "2s"], ids=["as it is", "Dask looks for lost workers all the time"])
    def test_jumping_by_days_it_disturbs_no_training(self, tmp_path: Path, clock: Path, patience: str) -> None:
        folder = tmp_path / "models"
        run = left_behind(folder, SHORT)
        paths = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}", "CLOCK_OFF": str(clock)}
        with app(folder, tmp_path / "app.log", DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL=patience, **paths) as served:
            assert served.command(run, "resume").status_code == 200
            served.until_epoch(run, 0.1)
            jumps = 0
            watcher = threading.Thread(target=served.until, args=(run, lambda m: m["type"] == "end"))
            watcher.start()
            while watcher.is_alive():
                jumps += 1
                write_whole(clock, str((-1) ** jumps * DAY))
                watcher.join(0.7)
            assert jumps > 3
            assert {p.pid for p in descendants(served.process.pid)} <= {int(f.name.split("-")[-1]) for f in seen(clock)}
            assert "Traceback" not in served.log.read_text()
        store = RunStore(folder)
        after, history = store.load(run.id), store.load_history(run.id)
        assert after.status == "finished"
        assert [(r.epoch, r.loss, r.val_loss) for r in history.records] == alone(SHORT).epochs
        assert 0 <= after.seconds < 3600


def seen(clock: Path) -> list[Path]:
    """By whom."""
    return list(clock.parent.glob(f"{clock.name}-of-*"))


def write_whole(path: Path, text: str) -> None:
    """Nobody reads half of it."""
    part = path.with_suffix(".part")
    part.write_text(text)
    part.replace(path)


TEN = [replace(STEADY, seed=seed) for seed in range(10)]


@pytest.mark.proof
class TestTenTrainings:
    """One process after the other ends while ten train; the app comes back, and all of them end as they should."""

    def test_nothing_is_lost(self, tmp_path: Path) -> None:
        folder = tmp_path / "models"
        store, runs = RunStore(folder), [left_behind(folder, training) for training in TEN]
        with app(folder, tmp_path / "first.log", LIMIT_TRAININGS="10") as first:
            resume_all(first, runs)
            first.until_epoch(runs[0], 1.0)
            kill(first, "multiprocessing.spawn")  # the worker
            first.until_epoch(runs[1], 2.0)
            kill(first, "distributed.Scheduler")
            first.until_epoch(runs[2], 3.0)
            seen = epochs(first, runs)
            first.process.terminate()
            first.process.wait(60)
        stopped = [store.load(run.id) for run in runs]
        assert {run.status for run in stopped} == {"interrupted"}
        assert all(round(run.epoch, 4) >= epoch for run, epoch in zip(stopped, seen, strict=True))
        with app(folder, tmp_path / "second.log", LIMIT_TRAININGS="10") as second:
            resume_all(second, runs)
            second.until_epoch(runs[3], 4.0)
            seen = epochs(second, runs)
            second.kill()
        kept = [store.load(run.id) for run in runs]
        assert {run.status for run in kept} <= {"interrupted", "finished"}
        with app(folder, tmp_path / "third.log", LIMIT_TRAININGS="10") as third:
            resume_all(third, [run for run in kept if run.status == "interrupted"])
            for run in runs:
                third.until(run, lambda m: m["type"] == "end")
        for before, epoch, training in zip(kept, seen, TEN, strict=True):
            after = store.load(before.id)
            assert after.status == "finished"
            assert (epoch - before.epoch) * after.seconds / after.epoch < LOST_SECONDS
            assert len(store.load_history(after.id).records) == training.epochs
            assert store.model_of(after).architecture == SMALL
            said = [notice.kind for notice in after.events]
            assert said.count("resumed") == 2 + (before.status == "interrupted"), said
            if training == STEADY:
                trained = [(r.epoch, r.loss, r.val_loss) for r in store.load_history(after.id).records]
                assert trained == alone(STEADY).epochs
        assert not list(folder.rglob("*.part"))


def resume_all(served: App, runs: list[Run]) -> None:
    for run in runs:
        assert served.command(run, "resume").status_code == 200


def epochs(served: App, runs: list[Run]) -> list[float]:
    """The epochs that the pages show, which are rounded to four places."""
    return [served.until(run, lambda m: m["type"] == "run")["epoch"] for run in runs]


def kill(served: App, named: str) -> None:
    next(p for p in descendants(served.process.pid) if named in command_line(p)).kill()


def command_line(process: psutil.Process) -> str:
    """Empty where it has ended meanwhile: of one that was killed a while ago a zombie may remain."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


class TestTheProcessThatHostsTheService:
    @pytest.mark.proof
    def test_killed_it_leaves_no_orphans_and_its_run_goes_on_from_the_last_checkpoint(
        self, service: TrainingService, tmp_path: Path
    ) -> None:
        settings = json.dumps([SMALL.to_json(), STEADY.to_json()])
        log = tmp_path / "host.log"
        with background(sys.executable, "-c", _HOST, str(service.store.folder), settings, log=log) as host:
            eventually(lambda: said(log)[1] > 2 and service.store.load_checkpoint(said(log)[0]))
            family = descendants(host.pid)
            assert len(family) >= 3  # scheduler, nanny, worker
            host.kill()
            host.wait()
            asked = time.monotonic()
            eventually(lambda: not alive(family), timeout=30)
            print(f"no process left {time.monotonic() - asked:.1f} s after the kill")
        run_id, epoch, seconds = said(log)
        run = service.run(run_id)
        assert run.status == "interrupted"
        history = service.progress(run_id)
        assert [r.epoch for r in history.records] == list(range(1, len(history.records) + 1))
        assert history.points == alone(STEADY).points[: len(history.points)]
        service.resume(run_id)
        lost = seconds - run.seconds
        print(f"seen at epoch {epoch:.2f}, resumed at {service.run(run_id).epoch:.2f}: {lost:.1f} s of training lost")
        assert lost < LOST_SECONDS * NOISE
        finished_as_undisturbed(service, run)
        assert kinds(service, run) == ["resumed"]


def said(log: Path) -> tuple[str, float, float]:
    lines = [line for line in log.read_text().splitlines() if line.startswith("[") and line.endswith("]")]
    return tuple(json.loads(lines[-1])) if lines else ("", -1.0, 0.0)


class TestTheApp:
    @pytest.mark.proof
    def test_terminated_it_leaves_quietly_and_killed_it_leaves_no_orphans(
        self, service: TrainingService, tmp_path: Path
    ) -> None:
        """One life of the app ends with SIGTERM, the next with SIGKILL; the run goes on after each."""
        run = left_behind(service.store.folder, STEADY)
        with app(service.store.folder, tmp_path / "first.log") as first:
            assert first.command(run, "resume").status_code == 200
            first.until_epoch(run, 1.0)
            family = descendants(first.process.pid)
            seen = first.until_epoch(run, 1.5)["epoch"]
            watched = first.events(run)
            next(watched)  # a page that has it open: the server waits for its streams before it says that it ends
            first.process.terminate()
            asked = time.monotonic()
            first.process.wait(30)
            print(f"ended {time.monotonic() - asked:.1f} s after SIGTERM")
            assert all(message["type"] for message in watched)  # to the last, and no error
            eventually(lambda: not alive(family), timeout=30)
            output = first.log.read_text()
            assert "Traceback" not in output, output
            assert "Error" not in output, output
        after = service.run(run.id)
        assert after.status == "interrupted"
        assert round(after.epoch, 4) >= seen

        with app(service.store.folder, tmp_path / "second.log") as second:
            assert second.until(run, lambda m: m["type"] == "run")["status"] == "interrupted"
            assert second.command(run, "resume").status_code == 200
            second.until_epoch(run, after.epoch + 1)
            family = descendants(second.process.pid)
            last = second.until_epoch(run, after.epoch + 1.5)
            second.kill()
            asked = time.monotonic()
            eventually(lambda: not alive(family), timeout=30)
            print(f"no process left {time.monotonic() - asked:.1f} s after the kill")
        killed = service.run(run.id)
        assert killed.status == "interrupted"
        lost = (last["epoch"] - killed.epoch) * last["seconds_per_epoch"]
        print(f"seen at epoch {last['epoch']:.2f}, kept {killed.epoch:.2f}: {lost:.1f} s of training lost")
        assert lost < LOST_SECONDS * NOISE
        service.resume(run.id)
        finished_as_undisturbed(service, run)
        assert kinds(service, run) == ["resumed"] * 3

    def test_its_cluster_listens_on_this_machine_only(self, client: Client) -> None:
        processes = [process for process in descendants(os.getpid()) if alive([process])]
        listening = [c.laddr.ip for p in processes for c in p.net_connections("inet") if c.status == psutil.CONN_LISTEN]
        assert len(listening) >= 3  # scheduler, nanny, worker
        assert set(listening) == {"127.0.0.1"}

    def test_pages_come_before_training_where_cores_are_few(self, client: Client) -> None:
        niceness = client.submit(os.getpriority, os.PRIO_PROCESS, 0, pure=False).result()
        assert niceness == min(19, os.getpriority(os.PRIO_PROCESS, 0) + cluster.NICENESS)

    def test_what_tensorflow_leaves_in_a_killed_worker_lies_where_dask_tidies_up(self, client: Client) -> None:
        assert client.run(tempfile.gettempdir) == client.run(lambda dask_worker: dask_worker.local_directory)

    def test_without_its_cluster_it_serves_pages_and_says_what_is_wrong(self, tmp_path: Path) -> None:
        run = left_behind(tmp_path / "models", SHORT)
        nowhere = f"tcp://127.0.0.1:{free_port()}"
        with app(tmp_path / "models", tmp_path / "app.log", AUTOENCODER_SCHEDULER=nowhere) as served:
            assert served.get("/train").status_code == 200
            assert served.command(run, "resume").status_code == 200
            told = served.until(run, lambda m: m["type"] == "run" and nowhere in (m["message"] or ""))
            assert told["status"] == "waiting"
            assert served.get("/train").status_code == 200
            served.process.terminate()
            served.process.wait(30)
            assert "Traceback" not in served.log.read_text()


class TestTheDisk:
    @pytest.fixture
    def tiny(self, tmp_path: Path) -> Iterator[Path]:
        folder = tmp_path / "models"
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as problem:
            pytest.skip(f"a small disk needs root and mount: {problem}")
        yield folder
        subprocess.run(["umount", "--lazy", str(folder)], check=True)

    def test_full_it_ends_no_training_and_the_run_is_saved_once_there_is_room(self, client: Client, tiny: Path) -> None:
        with service_on(tiny, client) as service:
            run = service.start(SMALL, SHORT)
            eventually(lambda: service.store.load_checkpoint(run.id))  # the next is written an epoch later
            fill(tiny / "ballast")
            with pytest.raises(StorageError, match="Free some space"):
                service.start(SMALL, SHORT)
            eventually(lambda: "not_saved" in kinds(service, run))
            until_status(service, run, "finished")
            assert kinds(service, run) == ["not_saved"]
            assert losses(service, run) == alone(SHORT).epochs
            assert RunStore(tiny).load(run.id).status != "finished"  # what is on the disk: old, but whole
            (tiny / "ballast").unlink()
            eventually(lambda: kinds(service, run) == [])
            assert not list((tiny / run.id).rglob("*.part"))
        with service_on(tiny, None) as service:
            finished_as_undisturbed(service, run)
            names = {path.name for path in (tiny / run.id).iterdir()}
            assert {"weights.npz", "model.keras", "encoder.keras", "decoder.keras", "history.json"} <= names


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue


class FaultyStore(RunStore):
    """Now and then something goes wrong in it that nobody has thought of."""

    def __init__(self, folder: Path, **faults: int) -> None:
        super().__init__(folder)
        self.faults, self.only = faults, ""  # how often, by method; for which run

    def _falter(self, method: str, run_id: str) -> None:
        if self.faults.get(method, 0) and run_id.startswith(self.only):
            self.faults[method] -= 1
            raise RuntimeError(f"{method} falters")

    def save_checkpoint(self, run_id: str, checkpoint: Checkpoint) -> None:
        self._falter("save_checkpoint", run_id)
        super().save_checkpoint(run_id, checkpoint)

    def drop_frames(self, run_id: str, after: float) -> None:
        self._falter("drop_frames", run_id)
        super().drop_frames(run_id, after)

    def save_weights(self, run_id: str, weights: tuple[Array, ...], files: dict[str, bytes] | None = None) -> None:
        self._falter("save_weights", run_id)
        super().save_weights(run_id, weights, files)


class TestFaultsOfOurOwn:
    def test_once_and_once_more_on_the_way_back_it_goes_on(self, client: Client, tmp_path: Path) -> None:
        store = FaultyStore(tmp_path, save_checkpoint=1, drop_frames=1)
        with service_on(store, client) as service:
            run = service.start(SMALL, SHORT)
            finished_as_undisturbed(service, run)
            assert kinds(service, run) == ["recovered"]
        assert store.faults == {"save_checkpoint": 0, "drop_frames": 0}

    @pytest.mark.proof
    def test_again_and_again_the_run_ends_and_says_why(self, client: Client, tmp_path: Path) -> None:
        with service_on(FaultyStore(tmp_path, save_weights=1000), client) as service:
            run = service.start(SMALL, replace(SHORT, epochs=1))
            until_status(service, run, "failed")
            [failed] = [notice for notice in service.progress(run.id).notices if notice.kind == "failed"]
            assert failed.values["problem"] == "RuntimeError: save_weights falters"
            assert losses(service, run) == alone(SHORT).epochs[:1]  # what was learned is still there to see

    def test_a_pause_that_could_not_be_written_is_written_later(self, client: Client, tmp_path: Path) -> None:
        store = FaultyStore(tmp_path, save_checkpoint=2)
        with service_on(store, client) as service:
            run = service.start(SMALL, STEADY)
            until_epoch(service, run, 0.1)
            service.pause(run.id)
            kept = eventually(lambda: store.load_checkpoint(run.id))
            assert store.faults == {"save_checkpoint": 0}
            steps = steps_per_epoch(STEADY, load_dataset(STEADY.dataset))
            assert kept.step / steps == pytest.approx(service.run(run.id).epoch)

    @pytest.mark.proof
    def test_of_one_run_they_do_not_reach_the_others(self, client: Client, tmp_path: Path) -> None:
        store = FaultyStore(tmp_path, drop_frames=1)
        with service_on(store, client) as service:
            faulty, sound = service.start(SMALL, STEADY), service.start(SMALL, STEADY)
            store.only = faulty.id
            for run in (faulty, sound):
                until_epoch(service, run, 0.1)

            def lost() -> bool:
                """Right after a checkpoint there is nothing to drop."""
                service.disconnect(EngineError("The cluster is gone."))
                if fell_back := not store.faults["drop_frames"]:
                    return fell_back
                service.connect(client)
                until_epoch(service, faulty, service.run(faulty.id).epoch + 0.01)
                return False

            eventually(lost)
            service.connect(client)
            finished_as_undisturbed(service, sound)
            finished_as_undisturbed(service, faulty)


class TestAClusterThatExists:
    @pytest.mark.proof
    def test_workers_come_and_go_and_the_run_goes_on(self, tmp_path: Path) -> None:
        port = free_port()
        address = f"tcp://127.0.0.1:{port}"
        with existing_scheduler(tmp_path / "scheduler.log", port), ExitStack() as workers:
            first = workers.enter_context(existing_worker(address, tmp_path / "first.log"))
            client = workers.enter_context(training_cluster(address))
            with service_on(tmp_path / "models", client) as service:
                run = service.start(SMALL, SHORT)
                until_epoch(service, run, 1.2)
                workers.enter_context(existing_worker(address, tmp_path / "second.log"))
                eventually(lambda: len(client.scheduler_info(n_workers=-1)["workers"]) == 2)
                first.send_signal(signal.SIGTERM)
                first.wait(60)
                finished_as_undisturbed(service, run)
                eventually(lambda: len(client.scheduler_info(n_workers=-1)["workers"]) == 1)

    @pytest.mark.parametrize("address", ["tcp://127.0.0.1:{port}", "127.0.0.1:{port}", "nonsense://x", "tcp://"])
    def test_where_nobody_answers_it_says_so(self, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cluster, "ANSWER_SECONDS", 1)
        address = address.format(port=free_port())
        before = clients()
        with pytest.raises(EngineError, match=r"No Dask scheduler answers.*Start one there"), training_cluster(address):
            pass
        assert clients() <= before  # half a client that is collected later can stop the one that starts just then


def clients() -> set[int]:
    return {id(thing) for thing in gc.get_objects() if type(thing) is Client}


@contextmanager
def existing_scheduler(log: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = (sys.executable, "-m", "dask", "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    with background(*command, log=log) as process:
        eventually(lambda: "Scheduler at" in log.read_text())
        yield process


@contextmanager
def existing_worker(address: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    options = ("--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard", "--local-directory", str(log.parent))
    with background(sys.executable, "-m", "dask", "worker", address, *options, log=log) as process:
        yield process
