"""The real app for the browser tests: with copies of the shipped models, and warm before the first test begins."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from cluster import ROOT, App, app, descendants, eventually
from distributed import Client

from autoencoder.presets import PRESETS
from autoencoder.training import warm_up

WARM_SECONDS = 240.0  # until a worker has loaded TensorFlow and compiled a preset, on a machine that is busy


@contextmanager
def warm_app(folder: Path, **environment: str) -> Iterator[App]:
    """The app on a port of its own, ready to train at once. Its models, the shipped ones, are in `folder/models`."""
    with app(shipped_models(folder / "models"), folder / "app.log", **environment) as served:
        wait_for_engine(served)
        yield served


def shipped_models(folder: Path) -> Path:
    """A copy of the presets that ship trained."""
    for preset in PRESETS:
        shutil.copytree(ROOT / "models" / preset, folder / preset)
    return folder


def wait_for_engine(served: App) -> None:
    """Stands in line behind the app's own warm-up: what is done for us was done for it before."""
    preset = next(iter(PRESETS.values()))
    with Client(eventually(lambda: _scheduler(served)), name="tests") as client:
        warm = client.submit(warm_up, preset.architecture, preset.training.batch_size, pure=False)
        warm.result(timeout=WARM_SECONDS)


def _scheduler(served: App) -> str | None:
    """Address of the Dask scheduler that the app has started, from the file that the scheduler leaves behind."""
    for process in descendants(served.process.pid):
        with suppress(psutil.Error, OSError, ValueError):  # just gone, or not there yet
            command = process.cmdline()
            if "distributed.Scheduler" in command[-1]:
                written = Path(json.loads(command[-1])["opts"]["scheduler_file"]).read_text()
                return str(json.loads(written)["address"])
    return None
