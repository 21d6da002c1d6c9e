"""Laws of the data sets that people add: one id for the same content, one owner's to rename and delete, quotas."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import SMALL, synthetic_digits
from distributed import Client, LocalCluster

from autoencoder.__main__ import main
from autoencoder.analysis.digits import sliders
from autoencoder.analysis.latent_space import latent_space
from autoencoder.analysis.metrics import ComparedWithPca, compare, measure
from autoencoder.analysis.neighbours import nearest_codes, neighbourhoods
from autoencoder.data.baseline import pca_baseline
from autoencoder.data.dataset import Dataset, data_home, load_dataset
from autoencoder.data.own import (
    DatasetLimits,
    add_dataset,
    delete_dataset,
    own_datasets,
    rename_dataset,
    title_of,
)
from autoencoder.engine.supplies import supplied, supply
from autoencoder.errors import DataUnavailable, InvalidData, LimitReached, NotAllowed
from autoencoder.runs.run import Run, hashed
from autoencoder.settings import Training
from server.settings_words import rows_of
from ui import session
from ui.drawing import other_dataset

IMAGES, LABELS = synthetic_digits(70)
ANN, BEN = "ann", "ben"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AUTOENCODER_DATA", str(tmp_path / "home"))
    return tmp_path / "home"


def letters(classes: tuple[str, ...] = tuple("abñdefghij"), seed: int = 0) -> Dataset:
    images, labels = synthetic_digits(70, seed)
    return Dataset("new", images, labels, 50, classes, rows=np.arange(70, 0, -1, np.int32))


class TestStored:
    def test_it_is_read_again_as_it_was_under_an_id_of_its_content(self) -> None:
        added = add_dataset(letters(), "Letters", ANN, "letters.zip")
        found = load_dataset(added.id)
        assert added.id == f"own:{letters().fingerprint}"
        assert found.fingerprint == letters().fingerprint
        assert (found.n_training, found.classes) == (50, tuple("abñdefghij"))
        np.testing.assert_array_equal(found.rows, np.arange(70, 0, -1))
        np.testing.assert_array_equal(found.images, IMAGES)

    def test_without_labels_or_with_256_of_them(self) -> None:
        images, _ = synthetic_digits(300)
        many = Dataset("many", images, np.arange(300).clip(0, 255).astype(np.uint8), 200, tuple(map(str, range(256))))
        for dataset in (replace(letters(), classes=(), labels=np.zeros(70, np.uint8)), many):
            found = load_dataset(add_dataset(dataset, "Some", ANN, "f").id)
            assert (found.classes, found.labelled) == (dataset.classes, bool(dataset.classes))

    def test_other_names_of_the_labels_make_another_set_and_mnists_fingerprint_stays(self) -> None:
        assert letters(tuple("0123456789")).fingerprint != letters().fingerprint
        assert letters(tuple("0123456789")).fingerprint == Dataset("x", IMAGES, LABELS, 50).fingerprint

    def test_rows_and_classes_that_are_damaged_are_refused(self) -> None:
        added = add_dataset(letters(), "Letters", ANN, "f")
        path = data_home() / "own" / f"{added.id.removeprefix('own:')}.npz"
        with np.load(path) as kept:
            arrays = dict(kept)
        np.savez_compressed(path, **{**arrays, "classes": np.frombuffer(b'["a', np.uint8)})
        with pytest.raises(InvalidData, match="names of the labels"):
            load_dataset(added.id)

    @pytest.mark.parametrize("id_", ["own:", "own:../../x", "own:" + "g" * 32, "own:" + "a" * 31])
    def test_an_id_cannot_leave_the_folder(self, id_: str) -> None:
        with pytest.raises(InvalidData, match="not the id"):
            load_dataset(id_)


class TestOwners:
    def test_whoever_adds_the_same_file_names_it_for_themselves_and_it_is_stored_once(self, home: Path) -> None:
        first, second = (add_dataset(letters(), name, owner, "f") for name, owner in (("Letras", ANN), ("ABC", BEN)))
        assert first.id == second.id
        assert len(list((home / "own").glob("*.npz"))) == 1
        assert [title_of(first.id, owner) for owner in (ANN, BEN, "somebody")] == ["Letras", "ABC", "Letras"]
        assert ("Data set", "Letras") in rows_of(Training(dataset=first.id), "en")

    def test_only_its_owner_renames_and_deletes(self) -> None:
        added = add_dataset(letters(), "Letters", ANN, "f")
        for change in (lambda: rename_dataset(added.id, "Mine", BEN), lambda: delete_dataset(added.id, BEN)):
            with pytest.raises(NotAllowed, match="whoever added"):
                change()
        rename_dataset(added.id, "  Old   letters ", ANN)
        assert [each.name for each in own_datasets(ANN)] == ["Old letters"]
        assert own_datasets(BEN) == []

    def test_it_goes_with_its_last_owner_and_then_its_name_is_still_told(self) -> None:
        id_ = add_dataset(letters(), "Letters", ANN, "f").id
        add_dataset(letters(), "ABC", BEN, "f")
        delete_dataset(id_, ANN)
        assert load_dataset(id_).n_training == 50
        delete_dataset(id_, BEN)
        with pytest.raises(DataUnavailable, match="“Letters” has been deleted"):
            load_dataset(id_)
        add_dataset(letters(), "Again", BEN, "f")
        assert load_dataset(id_).n_training == 50

    def test_where_one_draws_it_has_the_name_that_its_reader_gave_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        id_ = add_dataset(letters(), "Letters", hashed("another browser"), "f").id
        add_dataset(letters(), "ABC", hashed("this browser"), "f")
        monkeypatch.setattr(session, "owner", lambda: "this browser")
        assert other_dataset(Run("letters", SMALL, Training(dataset=id_))) == "ABC"

    def test_one_that_never_was_here_says_what_to_do(self) -> None:
        with pytest.raises(DataUnavailable, match="Add its file again"):
            load_dataset("own:" + "a" * 32)

    @pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\0b"])
    def test_a_name_is_one_line_of_letters(self, name: str) -> None:
        with pytest.raises(InvalidData, match="cannot be the name"):
            add_dataset(letters(), name, ANN, "f")

    def test_quotas_are_of_each_person_and_the_command_line_has_none(self) -> None:
        two = DatasetLimits.from_environment({"LIMIT_DATASETS": "2"})
        for seed in (1, 2):
            add_dataset(letters(seed=seed), "Some", ANN, "f", two)
        with pytest.raises(LimitReached, match=r"2 data sets.*LIMIT_DATASETS"):
            add_dataset(letters(seed=3), "Some", ANN, "f", two)
        add_dataset(letters(seed=2), "The same again", ANN, "f", two)
        add_dataset(letters(seed=3), "Another's", BEN, "f", two)
        assert len([add_dataset(letters(seed=seed), "Some", None, "f") for seed in (4, 5, 6)]) == 3

    def test_what_would_take_too_much_room_is_not_kept(self, home: Path) -> None:
        images = np.random.default_rng(0).integers(0, 256, (2_000, 784), np.uint8)
        noise = Dataset("noise", images, np.zeros(2_000, np.uint8), 1_000)
        with pytest.raises(LimitReached, match="LIMIT_DATASET_MEGABYTES"):
            add_dataset(noise, "Noise", ANN, "f", DatasetLimits(dataset_megabytes=1))
        assert list((home / "own").iterdir()) == []


def subject(dataset: Dataset, d: int = 2) -> tuple:
    model = pca_baseline(dataset).model(d)
    assert model is not None
    return latent_space(model, dataset), dataset


class TestWithoutLabelsOrVariety:
    """No division by zero, and what cannot be said is left out."""

    def test_without_labels_the_measures_that_need_them_are_left_out(self) -> None:
        space, dataset = subject(replace(letters(), classes=(), labels=np.zeros(70, np.uint8)))
        measures, compared = measure(space, Training(), dataset), compare(space, dataset)
        assert measures.knn_accuracy is None
        assert measures.test_mse is not None
        assert (compared.model["knn_15"], compared.model["linear"]) == (None, None)
        assert ComparedWithPca.from_json(compared.to_json()).complete
        around = neighbourhoods(space.codes, dataset.labels, dataset.n_classes)
        assert (around.pairs, around.mixed.max()) == ((), 0)
        assert sliders(space.codes, dataset.labels, 0).by_label.shape == (0, 2)
        assert dataset.shown_classes == ("–",)

    @pytest.mark.parametrize("n", [2, 3, 12, 70])
    @pytest.mark.parametrize("constant", [False, True])
    def test_few_images_all_alike_of_one_class(self, n: int, constant: bool) -> None:
        images = np.zeros((n, 784), np.uint8) if constant else IMAGES[:n]
        space, dataset = subject(Dataset("one", images, np.zeros(n, np.uint8), max(1, n // 2), ("a",)))
        measures, compared = measure(space, Training(), dataset), compare(space, dataset)
        assert measures.test_mse is not None
        assert np.isfinite(measures.test_mse)
        assert compared.model["linear"] is None
        assert neighbourhoods(space.codes, dataset.labels, 1).mixed.max() == 0
        assert len(nearest_codes(space.codes, 0)) == min(10, n - 1)


def test_the_command_adds_a_file_and_says_what_was_understood_and_proposed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(tmp_path / "letters.bin", images=255 - IMAGES, letter=np.array(list("abcdefghij"))[LABELS])
    file = str(tmp_path / "letters.bin.npz")
    assert main(["add", file, "--name", "Letters", "--held-out", "20%", "--no-transpose"]) == 0
    said = capsys.readouterr()
    (id_,) = said.out.split()
    assert "70 images (npz)" in said.err
    assert "10 from letter: a, b, c" in said.err
    assert "14 of 70" in said.err
    assert "invert    yes  (proposed)" in said.err
    assert "transpose no\n" in said.err
    assert f"--dataset {id_}" in said.err
    assert title_of(id_) == "Letters"
    np.testing.assert_array_equal(np.sort(load_dataset(id_).images.sum(axis=1)), np.sort(IMAGES.sum(axis=1)))


def test_a_file_that_cannot_be_read_ends_the_command_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x").write_bytes(b"%PDF-1.7\0")
    assert main(["add", str(tmp_path / "x"), "--name", "Letters"]) == 1
    assert "x is of no kind that is read here" in capsys.readouterr().err
    assert main(["add", str(tmp_path / "nothing"), "--name", "Letters"]) == 1
    assert "cannot be opened" in capsys.readouterr().err


@pytest.mark.slow
def test_sets_without_labels_and_with_27_classes_are_trained_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELS_DIR", str(tmp_path / "models"))
    images, _ = synthetic_digits(140)
    many = Dataset("m", images, (np.arange(140) % 27).astype(np.uint8), 100, tuple(f"c{i}" for i in range(27)))
    plain = replace(many, classes=(), labels=np.zeros(140, np.uint8))
    alike = Dataset("a", np.zeros((2, 784), np.uint8), np.zeros(2, np.uint8), 1, ("a",))
    for dataset in (many, plain, alike):
        id_ = add_dataset(dataset, "Mine", None, "f").id
        network = ["--encoder", str(SMALL.encoder[0]), "--batch-size", "32", "--epochs", "1"]
        assert main(["train", "--dataset", id_, *network]) == 0, capsys.readouterr().err
        assert "finished after 1 epochs" in capsys.readouterr().out


@pytest.mark.slow
def test_a_worker_on_another_machine_is_sent_what_it_has_not_seen_and_told_what_nobody_has(tmp_path: Path) -> None:
    id_ = add_dataset(letters(), "Letters", None, "f").id
    elsewhere = {"AUTOENCODER_DATA": str(tmp_path / "elsewhere")}
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None, env=elsewhere) as cluster,
        Client(cluster) as client,
        ThreadPoolExecutor(1) as pool,
    ):
        supply(client, pool)
        found = client.submit(supplied, id_).result(timeout=60)
        assert (found.fingerprint, found.classes) == (letters().fingerprint, letters().classes)
        assert len(list((tmp_path / "elsewhere" / "own").glob("*.npz"))) == 1
        with pytest.raises(DataUnavailable, match="Add its file again"):
            client.submit(supplied, "own:" + "a" * 32).result(timeout=60)
