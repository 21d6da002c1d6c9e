"""The real app for the tests: on a port of its own, with models of its own, ended by its process id."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil
from distributed import Client

from autoencoder.presets import PRESETS
from autoencoder.training import warm_up

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "models"
START_SECONDS = 60.0  # until pages are served
WARM_SECONDS = 120.0  # until a worker has loaded TensorFlow and compiled a preset
END_SECONDS = 20.0  # from the signal until it is gone, its cluster closed


@dataclass(frozen=True)
class App:
    """An app that runs. `log` is what it has printed."""

    address: str
    models: Path
    log: Path
    process: psutil.Process


@contextmanager
def running_app(folder: Path, *, models: Path | None = None) -> Iterator[App]:
    """The app with TensorFlow loaded and its presets compiled; log and models, the shipped ones, in `folder`."""
    models = models or shipped_models(folder / "models")
    port, log = free_port(), folder / "app.log"
    with log.open("ab") as written:
        command = [sys.executable, "-m", "streamlit", "run", "app.py"]
        options = [f"--server.port={port}", "--server.address=127.0.0.1"]
        environment = {**os.environ, "MODELS_DIR": str(models)}
        started = subprocess.Popen([*command, *options], cwd=ROOT, env=environment, stdout=written, stderr=written)
    app = App(f"http://127.0.0.1:{port}", models, log, psutil.Process(started.pid))
    try:
        wait_until(lambda: started.poll() is not None or _answers(app), START_SECONDS, "the app to serve pages")
        assert started.poll() is None, log.read_text()
        wait_for_engine(app)
        yield app
    finally:
        started.terminate()
        try:
            started.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def shipped_models(folder: Path) -> Path:
    """A copy of the presets that ship trained."""
    for preset in PRESETS:
        if (SHIPPED / preset / "weights.npz").exists():
            shutil.copytree(SHIPPED / preset, folder / preset)
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_engine(app: App) -> None:
    """Stands in line behind the app's own warm-up: what is done for us was done for it before."""
    preset = next(iter(PRESETS.values()))
    with Client(_scheduler(app), name="tests") as client:
        warm = client.submit(warm_up, preset.architecture, preset.training.batch_size, pure=False)
        warm.result(timeout=WARM_SECONDS)


def wait_until(happened: Callable[[], object], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"waited {seconds:g} s for {what}"
        time.sleep(0.05)


def _answers(app: App) -> bool:
    try:
        with urlopen(f"{app.address}/_stcore/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _scheduler(app: App) -> str:
    """Address of the Dask scheduler that the app has started, from the file that the scheduler leaves behind."""
    found: list[str] = []
    wait_until(lambda: found.extend(_schedulers(app)) or found, START_SECONDS, "the training cluster")
    return found[0]


def _schedulers(app: App) -> Iterator[str]:
    for process in app.process.children(recursive=True):
        with suppress(psutil.Error, OSError, ValueError):  # just gone, or not there yet
            command = process.cmdline()
            if "distributed.Scheduler" in command[-1]:
                written = Path(json.loads(command[-1])["opts"]["scheduler_file"]).read_text()
                yield json.loads(written)["address"]
