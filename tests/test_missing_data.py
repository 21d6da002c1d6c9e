"""A run whose data set is no longer on this machine: every page says so, and all else goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from app_pages import component
from asgi import Browser, in_use
from conftest import QUICK, SMALL
from starlette.applications import Starlette
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from autoencoder.analysis.metrics import Measures
from autoencoder.engine.service import TrainingService
from autoencoder.runs.history import History
from autoencoder.runs.run import Run, hashed
from autoencoder.runs.store import RunStore
from autoencoder.training.records import EpochRecord, Frame
from autoencoder.workshop import Workshop
from server.routes import routes
from server.tiles import Tiles

ROOT = Path(__file__).parents[1]
GONE = replace(QUICK, dataset="openml:gone")
HERE = Run("here", SMALL, QUICK, owner=hashed("somebody"), created="2026-01-01", status="finished", epoch=2.0)
KEPT = Measures(train_mse=0.0512, test_mse=0.06, held_out=True, knn_accuracy=0.75)
LOST = replace(HERE, id="lost", name="On what is gone", training=GONE, measures=KEPT)


@pytest.fixture
def service(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[TrainingService]:
    monkeypatch.setattr(ContextProxy, "cookies", {})
    for run in (HERE, LOST):
        store.save(run)
        store.save_history(run.id, History([(2.0, 0.05)], [EpochRecord(2, 0.05, 0.06, 1.0)]))
        store.save_frame(run.id, Frame(2.0, np.zeros((10, 2), np.float32), np.zeros((16, 784), np.uint8)))
    with in_use(TrainingService(store)) as service:
        yield service


def test_on_the_classroom_page_its_tile_has_no_map_and_the_others_are_told(service: TrainingService) -> None:
    told = Tiles(service, Workshop(service.store.folder), "en").messages()
    tiles = {message["run"]: message for message in told if message["type"] == "tile"}
    assert ("frame" in tiles["here"], "frame" in tiles["lost"]) == (True, False)
    assert tiles["here"]["labels_url"]
    assert tiles["lost"]["labels_url"] is None
    assert (tiles["lost"]["title"], tiles["lost"]["mse"]) == (LOST.name, 0.06)


@pytest.mark.parametrize("status", ["finished", "interrupted"])
def test_the_train_page_says_why_and_still_lists_the_runs(service: TrainingService, status: str) -> None:
    service.store.save(replace(LOST, status="training" if status == "interrupted" else status))
    page = AppTest.from_file(str(ROOT / "pages" / "train.py"), default_timeout=60)
    page.query_params["run"] = LOST.id
    page.run()
    assert not page.exception
    assert "gone" in page.error[0].value
    assert {"0.0512", "0.0600", "75.0%"} == {figure.value for figure in page.metric}, "what its files have is shown"
    assert {HERE.id, LOST.id} <= {row["run"] for row in component(page, "run_list")["rows"]}


@pytest.mark.parametrize("page", ["reconstructions", "latent_space"])
def test_the_other_pages_say_why(service: TrainingService, page: str) -> None:
    at = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=60)
    at.query_params["run"] = LOST.id
    at.run()
    assert not at.exception
    assert at.error


def test_its_events_are_refused_with_the_reason_and_never_an_empty_stream(service: TrainingService) -> None:
    browser = Browser(Starlette(routes=routes()))
    assert browser.connect(f"/api/runs/{LOST.id}/events") == "websocket.close"
    answer = browser.get(f"/api/runs/{LOST.id}/events?lang=es")
    assert (answer.status, answer.header("content-type")) == (400, "application/json")
    assert "gone" in answer.text
