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
from pathlib import Path

import requests
from browser import ARGUMENTS, installed_chromium
from cluster import SECRET, App, eventually
from playwright.sync_api import Browser, Error, sync_playwright

from autoencoder.presets import PRESETS
from autoencoder.runs import Run

DRAWN = "() => document.querySelector('[data-testid=latent-map]')?._fullLayout && document.querySelector('.lab-status')"
DRAWN = f"{DRAWN}?.textContent === ''"
EPOCHS = 30
ASK = f"""
import json
from autoencoder.architecture import Architecture, Training
from autoencoder.service import TrainingService
from autoencoder.store import RunStore
service = TrainingService(RunStore())
run = service.start(Architecture(), Training(epochs={EPOCHS}), owner={SECRET!r}, name="image check")
service.close()
print(json.dumps(run.id))
"""


def main() -> None:
    served = App(None, os.environ["APP_URL"], Path(os.devnull))  # type: ignore[arg-type]  # its process is the container
    assert served.get("/healthz").json() == {"ready": True}
    assert set(PRESETS) <= set(_runs()), "presets are missing in a fresh volume"
    run = Run(json.loads(_inside("python", "-c", ASK)), None, None)  # type: ignore[arg-type]
    assert served.command(run, "resume").ok
    seen = float(served.until_epoch(run, 2.0)["epoch"])
    _tell("stopped in the middle of a training", _seconds(lambda: _podman("stop", "--time", "20", _container())))
    _only_json_lines()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed_chromium(), args=ARGUMENTS)
        ready, drawn = _start_again(served, browser)
        browser.close()
    _tell("from start to healthy", ready)
    _tell("from start to the first map in a browser", drawn)
    kept = _runs()[run.id]
    assert kept["status"] == "interrupted", kept
    assert kept["epoch"] >= seen, (kept, seen)
    assert served.command(run, "resume").ok
    served.until(run, lambda message: message["type"] == "run" and message["status"] == "finished")
    print(f"a run stopped at epoch {seen:.1f} was kept at {kept['epoch']:.1f}, went on and finished")
    _only_json_lines()


def _start_again(served: App, browser: Browser) -> tuple[float, float]:
    """Seconds from the start until healthy, and until a map is drawn."""
    start, ready = time.monotonic(), []

    def watch() -> None:
        eventually(lambda: _ready(served))
        ready.append(time.monotonic() - start)

    page = browser.new_page()
    _podman("start", _container())
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


def _ready(served: App) -> bool:
    try:
        return served.get("/healthz").ok
    except requests.ConnectionError:
        return False


def _runs() -> dict[str, dict]:
    listed = _inside("python", "-m", "autoencoder", "runs", "--json")
    return {run["run"]: run for run in map(json.loads, listed.splitlines())}


def _only_json_lines() -> None:
    for line in _podman("logs", _container()).splitlines():
        assert {"time", "level", "logger", "message"} <= set(json.loads(line)), line


def _inside(*command: str) -> str:
    return _podman("exec", _container(), *command)


def _container() -> str:
    return os.environ["CONTAINER"]


def _podman(*arguments: str) -> str:
    command = [*os.environ["PODMAN"].split(), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _seconds(do: Callable[[], object]) -> float:
    start = time.monotonic()
    do()
    return time.monotonic() - start


def _tell(what: str, seconds: float) -> None:
    print(f"{what:<42}{seconds:.1f} s", flush=True)


if __name__ == "__main__":
    main()
