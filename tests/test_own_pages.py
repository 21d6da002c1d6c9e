"""Pages of runs that learned from images somebody brought: without labels, with 27 of them, by link, and deleted."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from app_pages import component
from asgi import Browser, in_use
from conftest import QUICK, SMALL, random_weights, synthetic_digits
from starlette.applications import Starlette
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from autoencoder.analysis.metrics import Measures
from autoencoder.data.dataset import Dataset, load_dataset
from autoencoder.data.own import add_dataset, delete_dataset
from autoencoder.engine.service import TrainingService
from autoencoder.runs.history import History
from autoencoder.runs.run import Run, hashed
from autoencoder.runs.store import RunStore
from autoencoder.training.records import EpochRecord, Frame
from autoencoder.workshop import Workshop
from server.routes import routes
from server.tiles import Tiles

ROOT = Path(__file__).parents[1]
NO_LABELS = "These images have no labels"
ANN, BEN = "a" * 32, "b" * 32
NAMES = tuple([*"ABCDEFGHIJKLMN", "ñ", *"OPQRSTUVWXYZ"])


def brought(classes: tuple[str, ...]) -> str:
    """The id of 140 digits that Ann has added."""
    images, _ = synthetic_digits(140)
    labels = (np.arange(140) % max(1, len(classes))).astype(np.uint8)
    rows = np.random.default_rng(0).permutation(140).astype(np.int32) + 1
    dataset = Dataset("new", images, labels, 100, classes, rows)
    return add_dataset(dataset, "Letters" if classes else "Plain", hashed(ANN), "f.zip").id


def keep(store: RunStore, run_id: str, classes: tuple[str, ...]) -> Run:
    """A finished run on these digits."""
    found = Measures(train_mse=0.05, test_mse=0.06, held_out=True, knn_accuracy=0.5 if classes else None)
    training = replace(QUICK, dataset=brought(classes))
    run = Run(run_id, SMALL, training, owner=hashed(ANN), status="finished", epoch=2.0, measures=found)
    store.save(run)
    store.save_weights(run_id, random_weights(SMALL))
    store.save_history(
        run_id, History([(2.0, 0.05)], [EpochRecord(1, 0.08, 0.09, 1.0), EpochRecord(2, 0.05, 0.06, 1.0)])
    )
    store.save_frame(run_id, Frame(2.0, np.eye(40, 2, dtype=np.float32), np.zeros((16, 784), np.uint8)))
    return run


@pytest.fixture
def service(store: RunStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TrainingService]:
    monkeypatch.setenv("AUTOENCODER_DATA", str(tmp_path / "home"))
    visited_by(monkeypatch, ANN)
    for run_id, classes in (("plain", ()), ("plain-2", ()), ("letters", NAMES)):
        keep(store, run_id, classes)
    with in_use(TrainingService(store)) as service:
        yield service


def visited_by(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setattr(ContextProxy, "cookies", {"lab_owner": secret})


def opened(page: str, **query: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=60)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def said(at: AppTest, text: str) -> int:
    """How many sentences say it."""
    return sum(text in each.value for each in [*at.caption, *at.error, *at.markdown])


@pytest.mark.parametrize(
    ("page", "drawn"), [("train", "monitor"), ("latent_space", "map"), ("reconstructions", "sheet")]
)
def test_a_run_without_labels_is_shown_whole_and_what_needs_them_is_said_once(
    service: TrainingService, page: str, drawn: str
) -> None:
    plain = opened(page, run="plain")
    assert said(plain, NO_LABELS) == 1
    assert not plain.error
    assert component(plain, drawn)["classes"] == ["–"]
    words = component(plain, drawn)["words"]
    for key in words:
        if key.endswith("_unlabelled"):
            assert words[key.removesuffix("_unlabelled")] == words[key]
            assert "{label}" not in words[key]


def test_beside_others_it_is_said_which_have_no_labels(service: TrainingService) -> None:
    both = opened("compare", runs="plain,letters")
    assert not both.error
    assert said(both, "A: images without labels, and so without the measures that need them.") == 1
    assert said(opened("compare", runs="plain,plain-2"), "A, B: images without labels") == 1


def test_in_the_room_it_has_a_tile_with_a_map(service: TrainingService) -> None:
    told = Tiles(service, Workshop(service.store.folder), "en").messages()
    tiles = {message["run"]: message for message in told if message["type"] == "tile"}
    assert (tiles["plain"]["classes"], tiles["letters"]["classes"]) == (1, 27)
    assert all("frame" in tiles[run] for run in ("plain", "letters"))


def test_a_digit_keeps_the_row_that_it_had_in_its_file(service: TrainingService) -> None:
    dataset = load_dataset(service.run("letters").training.dataset)
    assert dataset.rows is not None
    sheet = component(opened("reconstructions", run="letters", digit="7"), "sheet")
    assert sheet["cards"]["file_rows"] == dataset.rows[:16].tolist()
    assert sheet["detail"]["file_row"] == dataset.rows[7]
    url = component(opened("latent_space", run="letters"), "map")["urls"]["file_rows"]
    answer = Browser(Starlette(routes=routes())).get(f"/{url}")
    np.testing.assert_array_equal(np.frombuffer(gzip.decompress(answer.content), "<i4"), dataset.rows)
    assert load_dataset().rows is None, "MNIST is no file that somebody brought"


def test_who_follows_a_link_sees_the_run_and_may_train_on_its_images_but_not_change_them(
    service: TrainingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = service.run("letters").training.dataset
    assert id_ in [each["id"] for each in component(opened("train", run="letters"), "dataset")["own"]]
    visited_by(monkeypatch, BEN)
    page = opened("train", run="letters")
    (chosen,) = (each for each in page.selectbox if each.key == "dataset")
    assert chosen.value == id_
    assert "Letters" in chosen.options
    assert component(page, "dataset")["own"] == []
    assert said(page, NO_LABELS) == 0
    assert component(opened("latent_space", run="letters"), "map")["classes"] == [*NAMES]


def test_once_its_owner_has_deleted_them_everybody_is_told_and_the_run_keeps_what_its_files_have(
    service: TrainingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete_dataset(service.run("letters").training.dataset, hashed(ANN))
    visited_by(monkeypatch, BEN)
    gone = "“Letters” has been deleted by its owner"
    page = opened("train", run="letters")
    assert said(page, gone) == 1
    assert {"0.0500", "0.0600", "50.0%"} == {figure.value for figure in page.metric}
    lines = json.loads(component(page, "figure")["figure"])["data"]
    assert [(line["x"], line["y"]) for line in lines] == [([1, 2], [0.08, 0.05]), ([1, 2], [0.09, 0.06])]
    for other in ("latent_space", "reconstructions"):
        assert said(opened(other, run="letters"), gone) == 1
    assert not opened("compare", runs="plain,letters").exception
