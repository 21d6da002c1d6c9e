"""Real processes for the tests: a training cluster, the app, a training alone, and how to wait for what they do."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest
import requests
from distributed import Client
from shared import made_once
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from autoencoder.data.dataset import data_home
from autoencoder.engine.cluster import training_cluster
from autoencoder.engine.service import TrainingService
from autoencoder.runs.run import Run
from autoencoder.runs.store import RunStore
from autoencoder.settings import Architecture, Training
from server.event_stream import HERE

ROOT = Path(__file__).parents[1]
SMALL = Architecture(encoder=(32,))
SHORT = Training(batch_size=256, epochs=6, learning_rate=0.003, schedule="constant", seed=7)
STEADY = Training(batch_size=32, epochs=4, learning_rate=0.001, schedule="constant", seed=6)  # slower than SHORT
LONG = Training(batch_size=64, epochs=60, learning_rate=0.001, schedule="constant", seed=8)
ENDLESS = Training(batch_size=256, epochs=1000, learning_rate=0.001, schedule="constant", seed=9)
SECRET = "the-secret-of-the-browser-that-started-it"
PATIENCE = 240.0  # seconds: TensorFlow may have to load on a busy machine
_SHARED = pytest.StashKey[Client]()
T = TypeVar("T")


def shared_cluster(config: pytest.Config) -> Client:
    """One cluster for all test files: loading TensorFlow takes its time."""
    if _SHARED not in config.stash:
        stack = ExitStack()
        config.stash[_SHARED] = stack.enter_context(training_cluster())
        config.add_cleanup(stack.close)
    return config.stash[_SHARED]


def address_of_cluster(config: pytest.Config) -> str:
    """Of the same cluster, for apps that need none of their own."""
    return str(shared_cluster(config).scheduler.address)


@contextmanager
def service_on(where: Path | RunStore, client: Client | None) -> Iterator[TrainingService]:
    service = TrainingService(where if isinstance(where, RunStore) else RunStore(where))
    if client is not None:
        service.connect(client)
    try:
        yield service
    finally:
        service.close()


# ---- waiting ----


def eventually(ask: Callable[[], T], timeout: float = PATIENCE) -> T:
    """What is asked for, as soon as it is true."""
    end = time.monotonic() + timeout
    while not (answer := ask()):
        assert time.monotonic() < end, f"still {answer!r} after {timeout:g} s"
        time.sleep(0.02)
    return answer


def until_epoch(service: TrainingService, run: Run, epoch: float) -> float:
    """Wait until a run has come so far; where it stands then."""
    return eventually(lambda: _alive(service.run(run.id)).epoch >= epoch and service.run(run.id).epoch)


def until_status(service: TrainingService, run: Run, *statuses: str, timeout: float = PATIENCE) -> Run:
    eventually(lambda: service.run(run.id).status in statuses, timeout)
    return service.run(run.id)


def _alive(run: Run) -> Run:
    assert run.status != "failed", run.events
    return run


# ---- other processes ----


def python(code: str, *arguments: str, timeout: float = 240, **environment: str) -> Any:
    """Run a script in a process of its own; what it prints last is JSON."""
    told = f"import faulthandler; faulthandler.dump_traceback_later({timeout}, exit=True)\n{code}"  # where it hangs
    command = [sys.executable, "-c", told, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=_environment(**environment))
    assert done.returncode == 0, done.stderr[-6000:]
    return json.loads(done.stdout.splitlines()[-1])


@dataclass(frozen=True)
class Undisturbed:
    """What `train` gives in a process of its own, without a cluster."""

    epochs: list[tuple[int, float, float | None]]  # epoch, loss, held-out loss
    points: list[tuple[float, float]]


def alone(training: Training) -> Undisturbed:
    """SHORT or STEADY on the small network."""
    return _undisturbed()[training]


def undisturbed(architecture: Architecture, *trainings: Training) -> list[Undisturbed]:
    """Each of these, trained anew in a process that is this test's own."""
    settings = json.dumps([architecture.to_json(), [training.to_json() for training in trainings]])
    return [_from_json(result) for result in python(_ALONE, settings, AUTOENCODER_DATA=str(data_home()))]


@cache
def _undisturbed() -> dict[Training, Undisturbed]:
    asked = (SHORT, STEADY)
    settings = json.dumps([SMALL.to_json(), [training.to_json() for training in asked]])
    kept = made_once("undisturbed.json", lambda part: part.write_text(json.dumps(python(_ALONE, settings))))
    return dict(zip(asked, map(_from_json, json.loads(kept.read_text())), strict=True))


def _from_json(result: list[list[list[Any]]]) -> Undisturbed:
    epochs, points = result
    return Undisturbed([tuple(e) for e in epochs], [tuple(p) for p in points])


_ALONE = """
import json, sys
from autoencoder.settings import Architecture, Training
from autoencoder.training.loop import train
architecture, trainings = json.loads(sys.argv[1])
results = []
for training in trainings:
    reports = [s.report for s in train(Architecture.from_json(architecture), Training.from_json(training))]
    epochs = [(r.record.epoch, r.record.loss, r.record.val_loss) for r in reports if r.record]
    results.append((epochs, [point for r in reports for point in r.points]))
print(json.dumps(results))
"""


def losses(service: TrainingService, run: Run) -> list[tuple[int, float, float | None]]:
    return [(r.epoch, r.loss, r.val_loss) for r in service.progress(run.id).records]


def left_behind(folder: Path, training: Training, owner: str = SECRET) -> Run:
    """A run that was asked for but has not begun: its app was closed before there was a cluster."""
    with service_on(folder, None) as service:
        return service.start(SMALL, training, owner=owner, name="left behind")


def descendants(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [process for process in processes if _lives(process)]


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def kill(process: psutil.Process | subprocess.Popen[bytes]) -> None:
    with suppress(psutil.NoSuchProcess):  # ended in this moment by itself
        process.kill()


@contextmanager
def background(*command: str, log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process beside the test, ended with all its children when the test is over."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, env=_environment(**environment)
        )
    try:
        yield process
    finally:
        family = descendants(process.pid) if process.poll() is None else []
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for child in alive(family):
            kill(child)


def _environment(**more: str) -> dict[str, str]:
    """Without what an earlier cluster in this process has set for its own workers."""
    plain = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("DASK_", "AUTOENCODER_", "MODELS_DIR", "LIMIT_", "WORKSHOP_", "HOST_", "SERVER_"))
    }
    ours = {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3", "AUTOENCODER_WARM_UP": "1"}  # a core's half minute
    return plain | ours | more


# ---- the app ----


@dataclass
class App:
    """`streamlit run app.py`, as seen from outside."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def get(self, path: str, **options: Any) -> requests.Response:
        return requests.get(f"{self.url}/{path.removeprefix('/')}", timeout=30, **options)

    def command(self, run: Run, action: str, secret: str = SECRET, **more: Any) -> requests.Response:
        return requests.post(
            f"{self.url}/api/runs/{run.id}/commands",
            json={"action": action, **more},
            cookies={"lab_owner": secret},
            timeout=30,
        )

    def events(self, run: Run, secret: str | None = SECRET, timeout: float = PATIENCE) -> Iterator[dict[str, Any]]:
        """The messages of a run as they come, to the last."""
        cookies = {"Cookie": f"lab_owner={secret}"} if secret else {}
        url = f"{self.url.replace('http', 'ws', 1)}/api/runs/{run.id}/events?lang=en"
        socket = connect(url, additional_headers=cookies, max_size=None, open_timeout=timeout)
        with socket, suppress(ConnectionClosed):
            while True:
                message = json.loads(socket.recv(timeout))
                if message != HERE:
                    yield message

    def until(self, run: Run, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first message that is wanted."""
        messages = self.events(run)
        try:
            return next(message for message in messages if wanted(message))
        finally:
            messages.close()

    def until_epoch(self, run: Run, epoch: float) -> dict[str, Any]:
        return self.until(run, lambda m: m["type"] == "run" and m["epoch"] >= epoch)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def app(folder: Path, log: Path, **environment: str) -> Iterator[App]:
    port = free_port()
    command = (sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port))
    where = ("--server.address", "127.0.0.1")
    with background(*command, *where, log=log, MODELS_DIR=str(folder), **environment) as process:
        served = App(process, f"http://127.0.0.1:{port}", log)
        eventually(lambda: _answers(served))
        yield served


def _answers(served: App) -> bool:
    assert served.process.poll() is None, served.log.read_text()
    try:
        return served.get("/_stcore/health").ok
    except requests.ConnectionError:
        return False


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Curve:
    """What a page makes of the messages: lists that are cut and extended."""

    def __init__(self) -> None:
        self.points: list[tuple[float, float]] = []
        self.epochs: list[dict[str, Any]] = []

    def take(self, message: dict[str, Any]) -> None:
        if message["type"] == "points":
            assert message["from"] <= len(self.points)
            self.points[message["from"] :] = [tuple(point) for point in message["points"]]
        elif message["type"] == "epochs":
            assert message["from"] <= len(self.epochs)
            self.epochs[message["from"] :] = message["epochs"]
