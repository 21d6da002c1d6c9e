"""`docker compose --profile cluster up` without Docker: commands and environment of compose.yaml, as processes here."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest
import requests
from cluster import SHORT, STEADY, App, alive, alone, background, descendants, eventually, free_port, kill, left_behind
from conftest import synthetic_digits
from container import command_of, environment_of

from autoencoder.data.dataset import Dataset, load_from
from autoencoder.data.own import add_dataset
from autoencoder.process.certificates import CERTIFICATE, KEY
from autoencoder.runs.run import Run
from autoencoder.runs.store import RunStore
from autoencoder.training.records import EpochRecord

pytestmark = pytest.mark.slow
OF_THE_IMAGE = ("PATH", "PYTHONPATH", "PYTHONPYCACHEPREFIX", "HOME")  # where things are in it; here they are elsewhere


class Workshop:
    """The containers of the profile, each a process with its children. All are on this machine, behind free ports."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.logs = folder, []
        self._stack = ExitStack()
        self.port = free_port()

    def start(self, service: str, **more: str) -> Popen[bytes]:
        log = self.folder / f"{service}-{len(self.logs)}.log"
        self.logs.append(log)
        elsewhere = {"//scheduler:8786": f"//127.0.0.1:{self.port}", "127.0.0.1:8787": f"127.0.0.1:{free_port()}",
                     "/certificates": str(self.folder / "certificates"), "/models": str(self.folder / "models"),
                     "0.0.0.0": "127.0.0.1", "8786": str(self.port)}  # fmt: skip
        command = [_here(word, elsewhere) for word in command_of(service)]
        if "dask" in command:
            command += ["--host", "127.0.0.1"]
        environment = {
            name: _here(value, elsewhere) for name, value in environment_of(service).items() if name not in OF_THE_IMAGE
        }
        environment |= {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **more}
        return self._stack.enter_context(background(*command, log=log, **environment))

    def start_web(self) -> App:
        port = free_port()
        process = self.start("web", STREAMLIT_SERVER_PORT=str(port))
        web = App(process, f"http://127.0.0.1:{port}", self.logs[-1])
        eventually(lambda: _health(web) is not None)
        return web

    def start_worker(self, **more: str) -> Popen[bytes]:
        """With as many threads as a training alone takes: the same sums in the same order."""
        return self.start("worker", AUTOENCODER_THREADS="0", **more)

    def close(self) -> None:
        self._stack.close()


def _here(word: str, elsewhere: dict[str, str]) -> str:
    for there, here in elsewhere.items():
        if there in word:
            return word.replace(there, here)
    return word


def _health(web: App) -> requests.Response | None:
    try:
        return web.get("/healthz")
    except requests.ConnectionError:
        return None


def pull_the_plug(process: Popen[bytes]) -> None:
    """As when a container is killed or its machine fails: all at once."""
    for one in [*descendants(process.pid), process]:
        kill(one)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    workshop = Workshop(tmp_path_factory.mktemp("workshop"))
    try:
        assert workshop.start("certificates").wait(60) == 0
        workshop.start("scheduler")
        eventually(lambda: "Scheduler at" in workshop.logs[-1].read_text())
        yield workshop
    finally:
        workshop.close()


@pytest.mark.proof
def test_it_says_healthy_once_a_worker_can_train_and_then_trains(workshop: Workshop) -> None:
    models = workshop.folder / "models"
    run = left_behind(models, SHORT)
    web = workshop.start_web()
    answer = _health(web)
    assert answer is not None
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert answer.json()["reason"]
    worker = workshop.start_worker()
    _until_healthy(web)
    assert web.command(run, "resume").status_code == 200
    web.until(run, lambda message: message["type"] == "run" and message["status"] == "finished")
    assert _losses(models, run) == alone(run.training).epochs
    pull_the_plug(worker)
    eventually(lambda: (sick := _health(web)) is not None and sick.status_code == 503)
    web.process.terminate()
    web.process.wait(60)


@pytest.mark.proof
def test_workers_come_and_go_and_nothing_is_lost(workshop: Workshop) -> None:
    """It says healthy only while one of them can train; what they were training ends as if nobody had left."""
    models = workshop.folder / "models"
    runs = [left_behind(models, SHORT), left_behind(models, STEADY)]
    web = workshop.start_web()
    answer = _health(web)
    assert answer is not None
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert answer.json()["reason"]
    stopped, killed = workshop.start_worker(), workshop.start_worker()
    _until_healthy(web)
    for run in runs:
        assert web.command(run, "resume").status_code == 200
    for run in runs:
        web.until_epoch(run, 0.5)
    pull_the_plug(killed)  # the other goes on alone
    for run in runs:
        web.until_epoch(run, 1.5)
    _until_healthy(web)
    stopped.send_signal(signal.SIGTERM)
    assert stopped.wait(60) >= 0
    eventually(lambda: (sick := _health(web)) is not None and sick.status_code == 503)
    workshop.start_worker()
    _until_healthy(web)
    for run in runs:
        web.until(run, lambda message: message["type"] == "run" and message["status"] == "finished")
        assert _losses(models, run) == alone(run.training).epochs
        assert RunStore(models).load_history(run.id).points == alone(run.training).points
    family = descendants(web.process.pid)
    web.process.terminate()
    assert web.process.wait(60) in (0, 128 + signal.SIGTERM)
    assert not alive(family)


@pytest.mark.proof
def test_a_worker_that_has_never_seen_images_of_ones_own_is_sent_them(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its disk is its own, as that of a container on another machine."""
    models, elsewhere = workshop.folder / "models", workshop.folder / "elsewhere"
    monkeypatch.setenv("AUTOENCODER_DATA", str(models / ".datasets"))  # where the web container keeps them
    id_ = add_dataset(Dataset("mine", *synthetic_digits(300), n_training=250), "Mine", None, "mine.npz").id
    run = left_behind(models, replace(SHORT, dataset=id_))
    web = workshop.start_web()
    worker = workshop.start_worker(AUTOENCODER_DATA=str(elsewhere))
    _until_healthy(web)
    assert web.command(run, "resume").status_code == 200
    web.until(run, lambda message: message["type"] == "run" and message["status"] == "finished")
    assert len(_losses(models, run)) == SHORT.epochs
    (sent,) = (elsewhere / "own").glob("*.npz")
    assert f"own:{load_from(id_, sent).fingerprint}" == id_
    pull_the_plug(worker)
    web.process.terminate()
    web.process.wait(60)


def _until_healthy(web: App) -> None:
    eventually(lambda: (healthy := _health(web)) is not None and healthy.json() == {"ready": True})


def _losses(models: Path, run: Run) -> list[tuple[int, float, float | None]]:
    records: list[EpochRecord] = RunStore(models).load_history(run.id).records
    return [(record.epoch, record.loss, record.val_loss) for record in records]


@pytest.mark.parametrize("dressed", [True, False], ids=["as a member", "as a stranger"])
def test_only_who_has_the_key_is_let_in(workshop: Workshop, dressed: bool) -> None:
    certificates = workshop.folder / "certificates"
    context = ssl.create_default_context(cafile=certificates / CERTIFICATE)
    context.check_hostname = False
    if dressed:
        context.load_cert_chain(certificates / CERTIFICATE, certificates / KEY)

    def first_words() -> bytes:
        with (
            socket.create_connection(("127.0.0.1", workshop.port), timeout=30) as plain,
            context.wrap_socket(plain) as encrypted,
        ):
            return encrypted.recv(8)

    if dressed:
        assert first_words()
    else:
        with pytest.raises(ssl.SSLError):
            first_words()


@pytest.mark.proof
def test_every_line_that_is_logged_is_one_json_object(workshop: Workshop) -> None:
    lines: list[dict[str, Any]] = [json.loads(line) for log in workshop.logs for line in log.read_text().splitlines()]
    assert all({"time", "level", "logger", "message"} <= set(line) for line in lines)
    loggers = {line["logger"] for line in lines}
    assert {"distributed.scheduler", "distributed.nanny"} <= loggers
