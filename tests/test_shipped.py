"""The runs that ship with the app are seen in every folder of runs, and stay as they are."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cluster import ROOT

from autoencoder.analysis.latent_space import LatentSpace
from autoencoder.engine.service import TrainingService
from autoencoder.errors import NotAllowed, RunNotFound
from autoencoder.presets import PRESETS
from autoencoder.runs.run import Run
from autoencoder.runs.store import RunStore

NAME = "quick-map"
SPACE = LatentSpace(np.arange(20, dtype=np.float32).reshape(10, 2), np.ones(10, np.float32))


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """As in an image: what git keeps."""
    folder = tmp_path / "image" / "models"
    shutil.copytree(
        ROOT / "models" / NAME, folder / NAME, ignore=shutil.ignore_patterns("*.keras", "space.npz", ".lock")
    )
    return folder


@pytest.fixture
def store(tmp_path: Path, shipped: Path) -> RunStore:
    return RunStore(tmp_path / "volume", shipped)


def own_run(store: RunStore) -> Run:
    run = Run("0123456789abcdef", PRESETS[NAME].architecture, PRESETS[NAME].training, status="finished")
    store.save(run)
    return run


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class TestInAFolder:
    def test_that_is_new_they_are_there_whole(self, store: RunStore, shipped: Path) -> None:
        ((run,), unreadable) = store.runs()
        original = RunStore(shipped)
        assert (run, unreadable) == (original.load(NAME), {})
        assert store.has(NAME)
        assert store.load_history(NAME) == original.load_history(NAME)
        assert len(store.load_frames(NAME)) == len(original.load_frames(NAME)) > 0
        assert store.load_compared(NAME) == original.load_compared(NAME) is not None
        assert store.model_of(run).architecture == run.architecture

    def test_of_an_earlier_version_they_stand_beside_what_is_there(self, store: RunStore) -> None:
        own = own_run(store)
        assert {run.id for run in store.runs()[0]} == {own.id, NAME}

    def test_that_has_one_of_its_own_under_that_name_its_own_is_meant(self, store: RunStore) -> None:
        own = replace(store.load(NAME), name="of my own")
        store.save(own)
        assert not store.ships(NAME)
        assert store.load(NAME).name == "of my own"
        store.delete(NAME)
        assert store.load(NAME).name != "of my own"

    def test_nothing_but_presets_is_taken_for_one(self, store: RunStore, shipped: Path) -> None:
        shutil.copytree(shipped / NAME, shipped / "0123456789abcdef")
        assert [run.id for run in store.runs()[0]] == [NAME]
        with pytest.raises(RunNotFound):
            store.load("0123456789abcdef")


class TestTheyStayAsTheyAre:
    def test_whatever_is_asked(self, store: RunStore, shipped: Path, tmp_path: Path) -> None:
        before = files(shipped)
        with pytest.raises(NotAllowed, match="ships with the app"):
            store.delete(NAME)
        service = TrainingService(store)
        with pytest.raises(NotAllowed, match="ships with the app"):
            service.rename(NAME, "mine")
        with pytest.raises(NotAllowed, match="ships with the app"):
            service.delete(NAME)
        service.close()
        store.save_space(NAME, SPACE)
        store.save_tsne(NAME, SPACE.codes)
        assert files(shipped) == before
        assert store.load(NAME).name != "mine"


class TestWhatIsWorkedOut:
    def test_is_kept_in_the_folder(self, store: RunStore, shipped: Path) -> None:
        assert not store.has_space(NAME)
        store.save_space(NAME, SPACE)
        store.save_tsne(NAME, SPACE.codes)
        again = RunStore(store.folder, shipped)
        kept = again.load_space(NAME)
        assert kept is not None
        np.testing.assert_allclose(kept.codes, SPACE.codes, atol=1e-3)
        np.testing.assert_allclose(again.load_tsne(NAME), SPACE.codes, atol=1e-3)
        assert [run.id for run in again.runs()[0]] == [NAME]

    def test_replaces_what_ships_without_a_metric_of_today(self, store: RunStore, shipped: Path) -> None:
        whole = store.load_compared(NAME)
        assert whole is not None
        assert whole.complete
        earlier = replace(whole, model=dict(list(whole.model.items())[1:]))
        (shipped / NAME / "metrics.json").write_text(json.dumps({"format": 2, **earlier.to_json()}))
        before, found = files(shipped), store.load_compared(NAME)
        assert found is not None
        assert not found.complete
        store.save_compared(NAME, whole)
        assert store.load_compared(NAME) == whole
        assert files(shipped) == before

    def test_is_worked_out_anew_once_it_ships_with_other_weights(
        self, store: RunStore, shipped: Path, tmp_path: Path
    ) -> None:
        store.save_space(NAME, SPACE)
        store.save_tsne(NAME, SPACE.codes)
        upgraded = tmp_path / "upgraded" / "models"
        shutil.copytree(shipped, upgraded)
        weights = store.model_of(store.load(NAME)).weights
        RunStore(upgraded).save_weights(NAME, tuple(2 * w for w in weights))
        later = RunStore(store.folder, upgraded)
        assert not later.has_space(NAME)
        assert not later.has_tsne(NAME)
        assert store.has_space(NAME)


class TestWhereTheyComeFrom:
    def test_models_dir_shows_them_too(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MODELS_DIR", str(tmp_path))
        assert {run.id for run in RunStore().runs()[0]} == set(PRESETS)
        assert RunStore().folder == tmp_path

    def test_without_it_they_are_ordinary_runs_of_the_folder(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("MODELS_DIR", raising=False)
        assert not any(RunStore().ships(preset) for preset in PRESETS)
        assert set(PRESETS) <= {run.id for run in RunStore().runs()[0]}

    def test_a_folder_that_is_named_is_meant_alone(self, tmp_path: Path) -> None:
        assert RunStore(tmp_path).runs() == ([], {})
