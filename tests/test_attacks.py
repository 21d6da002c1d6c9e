"""Tried on the real app as attacks or bad luck: requests given up by the hundred, two apps, a worker that stops."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import requests
from cluster import (
    ENDLESS,
    ROOT,
    SECRET,
    SMALL,
    STEADY,
    App,
    alone,
    app,
    eventually,
    left_behind,
    losses,
    service_on,
    shared_cluster,
    until_epoch,
    until_status,
)
from conftest import random_weights
from distributed import Client

from autoencoder.data.dataset import load_dataset
from autoencoder.runs.run import Run
from autoencoder.runs.store import RunStore
from autoencoder.settings import Architecture, Training
from server.addresses import digits_url

pytestmark = [pytest.mark.slow, pytest.mark.proof]
WIDE = Architecture(encoder=(128,), latent_dim=64)
SHIPPED = "quick-map"
MEGABYTES = 10**6


@pytest.fixture(scope="module")
def client(request: pytest.FixtureRequest) -> Client:
    return shared_cluster(request.config)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    shutil.copytree(ROOT / "models" / SHIPPED, folder / SHIPPED)
    store = RunStore(folder)
    store.save(Run("wide", WIDE, Training(), status="finished", epoch=1.0))
    store.save_weights("wide", random_weights(WIDE))
    return folder


@pytest.fixture(scope="module")
def training(models: Path) -> Run:
    return left_behind(models, ENDLESS)


@pytest.fixture(scope="module")
def served(client: Client, models: Path, training: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    log = tmp_path_factory.mktemp("log") / "app.log"
    with app(models, log, AUTOENCODER_SCHEDULER=client.scheduler.address) as served:
        assert served.command(training, "resume").status_code == 200
        served.until_epoch(training, 0.1)
        yield served
    assert "Traceback" not in log.read_text()


def given_up(served: App, paths: list[str], method: str = "GET", **cookies: str) -> None:
    """Fifty at a time, each left after a second."""

    def ask(path: str) -> None:
        with suppress(requests.RequestException):
            requests.request(method, f"{served.url}/{path}", cookies=cookies, timeout=1)

    with ThreadPoolExecutor(50) as strangers:
        list(strangers.map(ask, paths))


def unharmed(served: App, training: Run, before: int) -> None:
    """Another visitor's map comes, the training goes on, and memory comes back."""
    began = time.monotonic()
    answer = served.get(f"api/runs/{SHIPPED}/map?axes=pca", cookies={"lab_owner": "v" * 32})
    print(f"another's map after {time.monotonic() - began:.2f} s")
    assert answer.status_code == 200
    served.until_epoch(training, served.until(training, lambda m: m["type"] == "run")["epoch"] + 1)
    print(f"memory {before // MEGABYTES} MB before, {memory(served) // MEGABYTES} MB after")
    eventually(lambda: memory(served) < before + 100 * MEGABYTES, timeout=60)


def memory(served: App) -> int:
    return int(psutil.Process(served.process.pid).memory_info().rss)


def test_a_hundred_ranges_of_digits_that_were_given_up(served: App, training: Run) -> None:
    served.get(digits_url(load_dataset(), "images"))
    before = memory(served)
    given_up(served, [digits_url(load_dataset(), "images", start) for start in range(1, 101)])
    unharmed(served, training, before)


def test_a_thousand_requests_for_neighbours_and_t_sne_of_64_dimensions(served: App, training: Run) -> None:
    for part in ("map", "neighbours"):  # what one visitor takes, the first time
        assert requests.get(f"{served.url}/api/runs/wide/{part}?axes=pca", timeout=120).status_code == 200
    before = memory(served)
    given_up(served, [f"api/runs/wide/neighbours?axes={n % 64},{n // 64}" for n in range(1_000)])
    given_up(served, ["api/runs/wide/tsne"] * 100, "POST", lab_owner=SECRET)
    given_up(served, [f"api/runs/wide/tsne/{part}" for part in ("map", "codes", "neighbours") for _ in range(300)])
    unharmed(served, training, before)
    requests.delete(f"{served.url}/api/runs/wide/tsne", cookies={"lab_owner": SECRET}, timeout=30)


def test_two_apps_on_one_folder_see_each_others_runs_and_only_one_steers(
    client: Client, served: App, training: Run, models: Path, tmp_path: Path
) -> None:
    log = tmp_path / "second.log"
    with app(models, log, AUTOENCODER_SCHEDULER=client.scheduler.address) as second:
        assert second.get(f"train?run={training.id}").status_code == 200
        assert second.until(training, lambda m: m["type"] == "run")["id"] == training.id
        for action in ("pause", "stop", "resume"):
            refused = second.command(training, action)
            assert refused.status_code == 400
            assert "another process" in refused.json()["error"], refused.text
        theirs = left_behind(models, STEADY)
        assert second.command(theirs, "resume").status_code == 200
        assert "another process" in served.command(theirs, "resume").json()["error"]
        second.until(theirs, lambda m: m["type"] == "run" and m["status"] == "finished")
        assert served.until(theirs, lambda m: m["type"] == "run")["status"] == "finished"
        assert served.command(training, "pause").status_code == 200
        served.until(training, lambda m: m["type"] == "run" and m["status"] == "paused")
        assert served.command(training, "resume").status_code == 200
    assert "Traceback" not in log.read_text()


def test_a_worker_that_stands_still_for_a_minute_costs_nothing_but_time(client: Client, tmp_path: Path) -> None:
    """A laptop that swaps, a virtual machine that is moved: SIGSTOP."""
    with service_on(tmp_path, client) as service:
        run = service.start(SMALL, STEADY, owner=SECRET)
        until_epoch(service, run, 1.5)
        workers = [psutil.Process(pid) for pid in client.run(os.getpid).values()]
        for worker in workers:
            worker.suspend()
        try:
            time.sleep(60)
            assert service.run(run.id).status in ("training", "waiting")
        finally:
            for worker in workers:
                worker.resume()
        until_status(service, run, "finished")
        assert losses(service, run) == alone(STEADY).epochs
