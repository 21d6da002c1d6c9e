"""The image at work, for `make image-check`, which builds it, starts it and calls this: APP_URL, CONTAINER, PODMAN.

A training is cut short by a stop of the container and goes on after its next start; meanwhile a browser waits for the
first map. Prints what it measures; whatever is not as it should be ends it with an error.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import requests
from browser import ARGUMENTS, installed_chromium
from cluster import SECRET, App, eventually
from playwright.sync_api import Browser, Error, sync_playwright

from autoencoder.presets import PRESETS
from autoencoder.runs.run import ENDED, Run

DRAWN = "() => document.querySelector('[data-testid=latent-map]')?.drawn && document.querySelector('.lab-status')"
DRAWN = f"{DRAWN}?.textContent === ''"
EPOCHS = 30
ASK = f"""
import json
from autoencoder.settings import Architecture, Training
from autoencoder.engine.service import TrainingService
from autoencoder.runs.store import RunStore
service = TrainingService(RunStore())
run = service.start(Architecture(), Training(epochs={EPOCHS}), owner={SECRET!r}, name="image check")
service.close()
print(json.dumps(run.id))
"""


@dataclass(frozen=True)
class Container:
    """One that was started from the image, by Podman or Docker."""

    engine: tuple[str, ...]
    name: str

    def inside(self, *command: str) -> str:
        return self.engine_does("exec", self.name, *command)

    def engine_does(self, *arguments: str) -> str:
        done = subprocess.run([*self.engine, *arguments], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def begun_training(self) -> Run:
        """A run that waits for Resume, as after a stop of the app."""
        return Run(json.loads(self.inside("python", "-c", ASK)), None, None)  # type: ignore[arg-type]

    def runs(self) -> dict[str, dict]:
        listed = self.inside("python", "-m", "autoencoder", "runs", "--json")
        return {run["run"]: run for run in map(json.loads, listed.splitlines())}

    def writes_only_json_lines(self) -> None:
        for line in self.engine_does("logs", self.name).splitlines():
            assert {"time", "level", "logger", "message"} <= set(json.loads(line)), line


FLAGS = """
import json, os
from pathlib import Path
files = Path(os.environ["PYTHONPYCACHEPREFIX"]).rglob("*.pyc")
print(json.dumps([int.from_bytes(file.read_bytes()[4:8], "little") for file in files]))
"""


def main() -> None:
    try_out(Container(tuple(os.environ["PODMAN"].split()), os.environ["CONTAINER"]), os.environ["APP_URL"])


def try_out(container: Container, url: str) -> None:
    served = outside(url)
    assert served.get("/healthz").json() == {"ready": True}
    assert set(PRESETS) <= set(container.runs()), "presets are missing in a fresh volume"
    flags = json.loads(container.inside("python", "-c", FLAGS))
    assert len(flags) > 1000, "no bytecode of what is imported"
    assert set(flags) == {1}, "bytecode that goes by the times of files, which Docker's cache may change"
    run = container.begun_training()
    assert served.command(run, "resume").ok
    seen = float(served.until_epoch(run, 2.0)["epoch"])
    stop = partial(container.engine_does, "stop", "--time", "20", container.name)
    tell("stopped in the middle of a training", seconds(stop))
    container.writes_only_json_lines()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed_chromium(whole=True), args=ARGUMENTS)
        ready, drawn = _start_again(container, served, browser)
        browser.close()
    tell("from start to healthy", ready)
    tell("from start to the first map in a browser", drawn)
    kept = container.runs()[run.id]
    assert kept["status"] == "interrupted", kept
    assert kept["epoch"] >= seen, (kept, seen)
    assert served.command(run, "resume").ok
    until_finished(served, run)
    print(f"a run stopped at epoch {seen:.1f} was kept at {kept['epoch']:.1f}, went on and finished")
    container.writes_only_json_lines()


def outside(url: str) -> App:
    return App(None, url, Path(os.devnull))  # type: ignore[arg-type]  # its process is the container


def until_finished(served: App, run: Run) -> None:
    over = served.until(run, lambda message: message["type"] == "run" and message["status"] in ENDED)
    assert over["status"] == "finished", over


def _start_again(container: Container, served: App, browser: Browser) -> tuple[float, float]:
    """Seconds from the start until healthy, and until a map is drawn."""
    start, ready = time.monotonic(), []

    def watch() -> None:
        eventually(lambda: is_ready(served))
        ready.append(time.monotonic() - start)

    page = browser.new_page()
    container.engine_does("start", container.name)
    threading.Thread(target=watch).start()
    while True:
        try:
            page.goto(f"{served.url}/latent_space?run=quick-map")
            break
        except Error:  # not yet
            time.sleep(0.1)
    page.wait_for_function(DRAWN, timeout=120_000)
    drawn = time.monotonic() - start
    return eventually(lambda: ready)[0], drawn


def is_ready(served: App) -> bool:
    try:
        return served.get("/healthz").ok
    except requests.ConnectionError:
        return False


def seconds(do: Callable[[], object]) -> float:
    start = time.monotonic()
    do()
    return time.monotonic() - start


def tell(what: str, seconds: float) -> None:
    print(f"{what:<42}{seconds:.1f} s", flush=True)


if __name__ == "__main__":
    main()
