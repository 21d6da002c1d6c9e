"""The real app in a process of its own, and what its processes take."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import requests

from autoencoder.presets import PRESETS

ROOT = Path(__file__).parents[2]
START_SECONDS = 120.0
MEGABYTE = 1e6


@dataclass(frozen=True)
class Usage:
    """Of one kind of process: memory in use now, and processor seconds since it began."""

    megabytes: float
    cpu_seconds: float


@dataclass(frozen=True)
class Served:
    url: str
    process: psutil.Process
    log: Path
    models: Path  # the folder of its runs

    def usage(self) -> dict[str, Usage]:
        """By what they do: web, scheduler, nannies, workers."""
        found: dict[str, Usage] = {}
        for process in (self.process, *self.process.children(recursive=True)):
            with suppress(psutil.Error):
                kind, times = self._kind(process), process.cpu_times()
                known = found.get(kind, Usage(0.0, 0.0))
                megabytes = known.megabytes + process.memory_info().rss / MEGABYTE
                found[kind] = Usage(megabytes, known.cpu_seconds + times.user + times.system)
        return found

    def _kind(self, process: psutil.Process) -> str:
        if process.pid == self.process.pid:
            return "web"
        command = " ".join(process.cmdline())
        named = {"distributed.Scheduler": "scheduler", "distributed.Nanny": "nannies", "resource_tracker": "nannies"}
        return next((kind for name, kind in named.items() if name in command), "workers")


@contextmanager
def served_app() -> Iterator[Served]:
    """The app on a free port of this machine, with the shipped runs and none else."""
    with tempfile.TemporaryDirectory() as folder:
        models, log = Path(folder) / "models", Path(folder) / "app.log"
        for preset in PRESETS:
            shutil.copytree(ROOT / "models" / preset, models / preset)
        with log.open("wb") as output:
            where = ("--server.address", "127.0.0.1", "--server.port", str(port := _free_port()))
            process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", "app.py", *where],
                cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, env=os.environ | {"MODELS_DIR": str(models)},
            )  # fmt: skip
        try:
            served = Served(f"http://127.0.0.1:{port}", psutil.Process(process.pid), log, models)
            _wait_for(served)
            yield served
        finally:
            process.terminate()
            process.wait(60)


def _wait_for(served: Served) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        with suppress(requests.ConnectionError):
            if requests.get(f"{served.url}/_stcore/health", timeout=10).ok:
                return
        time.sleep(0.1)
    raise TimeoutError(f"The app did not answer within {START_SECONDS:.0f} s:\n{served.log.read_text()}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
