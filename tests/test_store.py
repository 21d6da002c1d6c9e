"""Laws of the store: what is saved comes back, a file is whole or absent, a broken run harms no other."""

from __future__ import annotations

import gc
import io
import json
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import MISSING, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import QUICK, SMALL, assert_same_weights, random_weights
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autoencoder.analysis.latent_space import LatentSpace
from autoencoder.analysis.metrics import BESIDE_PCA, METRICS, ComparedWithPca, Measures
from autoencoder.data.quantised import quantise
from autoencoder.errors import RunNotFound, RunUnreadable, StorageError
from autoencoder.network.protocol import Array
from autoencoder.process.files import write_atomically
from autoencoder.runs import store as store_module
from autoencoder.runs.files import read_npz, unreadable
from autoencoder.runs.history import MAX_POINTS, History
from autoencoder.runs.notices import Notice
from autoencoder.runs.run import ENDED, Run, hashed, now
from autoencoder.runs.store import RunStore
from autoencoder.settings import Architecture, Training
from autoencoder.training.records import Checkpoint, EpochRecord, Frame
from server.run_events import frame_message

ROOT = Path(__file__).parents[1]
MEASURES = Measures(0.031, 0.032, True, 0.84, (1,))
FINISHED = Run("a-run", SMALL, QUICK, created="2026-01-01T00:00:00+00:00", status="finished", measures=MEASURES)
RUNS = [
    FINISHED,
    Run("b-run", Architecture(), Training(), status="stopped"),
    Run(
        "c-run", Architecture((256, 128, 64), 8, (64, 128), "relu", "relu", "relu", "grey"),
        Training(patience=3, digits="all"), "Ñandú – 8-D", "course-8d", hashed("secret"), now(), "failed", 3.25, 12.5,
        MEASURES, (Notice("failed", {"problem": "out of memory"}), Notice("rate_changed", {"rate": 0.1, "epoch": 2.0})),
        best_epoch=2, kept=2.0, beside="a-run",
    ),
]  # fmt: skip
COMPARED = ComparedWithPca(
    {metric.name: 0.1 * i for i, metric in enumerate(METRICS) if not metric.at_end}, dict.fromkeys(BESIDE_PCA, 0.5)
)
RECORDS = [EpochRecord(1, 0.05, 0.049, 0.6), EpochRecord(2, 0.04, None, 0.5, (1, 2))]


def failed_with(template: object, **values: object) -> list[object]:
    return [["failed", {"problem": {"template": template, "values": values}}]]


def frame_of(epoch: float, seed: int = 0) -> Frame:
    random = np.random.default_rng(seed)
    codes = (random.normal(size=(50, 2)) * [3, 100]).astype(np.float32)
    return Frame(epoch, codes, random.integers(0, 256, (16, 784), np.uint8))


def checkpoint_of(seed: int = 0) -> Checkpoint:
    random = np.random.default_rng(seed)
    return Checkpoint(
        random_weights(SMALL, seed), (np.array(7), *random_weights(SMALL, seed + 1)), step=7, term_sums={"mse": 1 / 3},
        epoch_seconds=0.7, basis=random.normal(size=(8, 2)), best_loss=0.1 + 0.2, best_epoch=2,
        best_weights=random_weights(SMALL, seed + 2), best_optimizer=(np.array(5), *random_weights(SMALL, seed + 3)),
    )  # fmt: skip


def kept_whole(store: RunStore, run_id: str) -> None:
    """A run with every file that a run can have."""
    store.save(replace(FINISHED, id=run_id))
    store.save_history(run_id, History([(0.5, 0.06), (1.0, 0.05)], list(RECORDS)))
    store.save_frame(run_id, frame_of(1))
    store.save_checkpoint(run_id, checkpoint_of())
    store.save_weights(run_id, random_weights(SMALL))
    store.save_space(run_id, LatentSpace(frame_of(1).codes, np.zeros(50, np.float32)))
    store.save_compared(run_id, COMPARED)


def read_all(store: RunStore, run_id: str) -> None:
    store.load(run_id)
    store.load_history(run_id)
    store.load_frames(run_id)
    store.last_frame(run_id)
    store.load_checkpoint(run_id)
    store.load_space(run_id)
    store.load_compared(run_id)
    store.model_of(replace(FINISHED, id=run_id))


FILES = [
    "run.json", "history.json", "snapshots/0001.000.npz", "checkpoint.npz", "weights.npz", "space.npz", "metrics.json",
]  # fmt: skip
ARCHIVES = [file for file in FILES if file.endswith(".npz")]


def assert_all_fields_are_set(value: Any) -> None:
    """Otherwise a field that is not stored would pass for one that is."""
    for each in fields(value):
        default = each.default_factory() if each.default_factory is not MISSING else each.default
        assert not np.array_equal(getattr(value, each.name), default), f"give {each.name} a value here"


class TestRoundTrip:
    def test_every_field_of_a_run_survives(self, store: RunStore) -> None:
        measures = Measures(0.031, 0.032, True, 0.84, (1,), {"silhouette": 0.5})
        run = replace(RUNS[-1], measures=measures, note="a note", others={"tags": ["mine"]})
        for value in (run, measures):
            assert_all_fields_are_set(value)
        store.save(run)
        assert RunStore(store.folder).load(run.id) == run

    def test_every_field_of_an_epoch_survives(self, store: RunStore) -> None:
        record = EpochRecord(1, 0.05, 0.049, 0.6, (1, 2), {"mse": 0.04})
        assert_all_fields_are_set(record)
        store.save_history("a-run", History([], [record]))
        assert store.load_history("a-run").records == [record]

    def test_every_field_of_a_checkpoint_survives(self, store: RunStore) -> None:
        checkpoint = replace(checkpoint_of(), others={"beta": np.arange(3.0)})
        assert_all_fields_are_set(checkpoint)
        store.save_checkpoint("a-run", checkpoint)
        np.testing.assert_equal(vars(store.load_checkpoint("a-run")), vars(checkpoint))

    def test_of_a_failure_the_sentence_is_kept_with_its_gaps(self, store: RunStore) -> None:
        problem = unreadable("a-run", OSError("no such file")).without_traceback()
        store.save(replace(FINISHED, status="failed", events=(Notice("failed", {"problem": problem}),)))
        [notice] = RunStore(store.folder).load("a-run").events
        assert str(notice) == f"The training failed: {problem}"
        assert notice.values["problem"].template == problem.template

    @pytest.mark.parametrize("run", RUNS, ids=lambda run: run.id)
    def test_a_run(self, run: Run, store: RunStore) -> None:
        store.save(run)
        assert RunStore(store.folder).load(run.id) == run

    def test_a_run_that_was_changed_is_read_again(self, store: RunStore) -> None:
        other = RunStore(store.folder)
        for name in ("first", "second"):
            store.save(replace(FINISHED, name=name))
            assert other.load(FINISHED.id).name == name

    def test_a_history(self, store: RunStore) -> None:
        points = [(0.25, 0.0612345678901234), (0.5, 1 / 3)]
        store.save_history("a-run", History(points, list(RECORDS)))
        back = store.load_history("a-run")
        assert (back.points, back.records) == (points, RECORDS)

    def test_a_run_without_history_has_an_empty_one(self, store: RunStore) -> None:
        assert store.load_history("a-run") == History()

    def test_a_checkpoint_to_the_last_bit(self, store: RunStore) -> None:
        checkpoint = checkpoint_of()
        store.save_checkpoint("a-run", checkpoint)
        back = store.load_checkpoint("a-run")
        assert back is not None
        for name in ("weights", "optimizer", "best_weights", "best_optimizer"):
            assert_same_weights(getattr(back, name), getattr(checkpoint, name))
        for name in ("step", "term_sums", "epoch_seconds", "best_loss", "best_epoch"):
            assert getattr(back, name) == getattr(checkpoint, name)
        assert back.basis is not None
        np.testing.assert_array_equal(back.basis, checkpoint.basis)

    def test_a_checkpoint_before_anything_was_learned(self, store: RunStore) -> None:
        store.save_checkpoint("a-run", Checkpoint(random_weights(SMALL)))
        back = store.load_checkpoint("a-run")
        assert back is not None
        assert (back.optimizer, back.basis, back.best_loss, back.best_weights) == ((), None, float("inf"), ())
        store.drop_checkpoint("a-run")
        store.drop_checkpoint("a-run")
        assert store.load_checkpoint("a-run") is None

    def test_weights_and_what_keras_made_of_them(self, store: RunStore) -> None:
        store.save_weights("a-run", random_weights(SMALL), {"model.keras": b"whole model"})
        assert_same_weights(store.model_of(FINISHED).weights, random_weights(SMALL))
        assert (store.folder / "a-run" / "model.keras").read_bytes() == b"whole model"

    def test_a_run_that_ends_while_it_is_read_is_read_as_it_ended(
        self, store: RunStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def ends_meanwhile(run_id: str, path: Path, prefix: str = "") -> dict[str, Array]:
            try:
                return read_npz(run_id, path, prefix)
            finally:
                store.save_weights(FINISHED.id, random_weights(SMALL))

        monkeypatch.setattr(store_module, "read_npz", ends_meanwhile)
        assert_same_weights(store.model_of(FINISHED).weights, random_weights(SMALL))

    def test_what_is_wrong_with_weights_is_said_once(self, store: RunStore) -> None:
        write(store, "weights.npz", b"no archive")
        with pytest.raises(RunUnreadable) as damaged:
            store.model_of(FINISHED)
        assert str(damaged.value).count("cannot be read") == 1

    def test_before_the_end_the_network_is_that_of_the_checkpoint(self, store: RunStore) -> None:
        with pytest.raises(RunUnreadable, match="not learned anything yet"):
            store.model_of(FINISHED)
        store.save_checkpoint("a-run", Checkpoint(random_weights(SMALL, 1)))
        assert_same_weights(store.model_of(FINISHED).weights, random_weights(SMALL, 1))
        store.save_weights("a-run", random_weights(SMALL, 2))
        assert_same_weights(store.model_of(FINISHED).weights, random_weights(SMALL, 2))

    def test_weights_of_other_layers_are_refused(self, store: RunStore) -> None:
        store.save_weights("a-run", random_weights(replace(SMALL, latent_dim=3)))
        with pytest.raises(RunUnreadable, match="do not fit"):
            store.model_of(FINISHED)


def test_what_a_killed_process_left_half_written_is_swept_away_and_nothing_else(store: RunStore) -> None:
    store.save(FINISHED)
    left, at_work = (store.folder / FINISHED.id / f"weights.npz.{n}.part" for n in (1, 2))
    for part in (left, at_work):
        part.write_bytes(b"half")
    taken_in = store.folder / ".another.part"  # a run that was opened from a file
    taken_in.mkdir()
    (taken_in / "run.json").write_text("{}")
    for part in (left, taken_in):
        os.utime(part, (0, time.time() - 3700))
    before = {path for path in store.folder.rglob("*") if path not in (left, taken_in, taken_in / "run.json")}
    store.sweep()
    assert set(store.folder.rglob("*")) == before
    assert store.load(FINISHED.id)


class TestFrames:
    def test_the_last_one_is_that_of_the_epoch_which_is_asked_for(self, store: RunStore) -> None:
        for epoch in (1.0, 2.0, 2.6):
            store.save_frame("a-run", frame_of(epoch))
        found = [store.last_frame("a-run", until) for until in (None, 2.6, 2.5, 2.0, 0.5)]
        assert [frame and frame.epoch for frame in found] == [2.6, 2.6, 2.0, 2.0, None]

    def test_codes_come_back_within_a_65535th_of_their_spread(self, store: RunStore) -> None:
        frame = frame_of(2)
        store.save_frame("a-run", frame)
        back = store.last_frame("a-run")
        assert back is not None
        assert back.epoch == 2
        step = np.ptp(frame.codes, axis=0) / 65_535
        assert (np.abs(back.codes - frame.codes) <= 0.51 * step + 1e-5 * np.abs(frame.codes)).all()
        assert (back.codes != frame.codes).any()
        np.testing.assert_array_equal(back.reconstructions, frame.reconstructions)

    def test_so_do_those_of_all_dimensions_where_the_map_has_fewer(self, store: RunStore) -> None:
        frame = replace(frame_of(2), space=np.random.default_rng(1).normal(size=(50, 8)).astype(np.float32))
        for epoch in (1, 2):
            store.save_frame("a-run", replace(frame, epoch=epoch, space=frame.space if epoch == 2 else None))
        without, back = store.load_frames("a-run")
        assert without.space is None
        np.testing.assert_allclose(back.space, frame.space, atol=1e-4)
        np.testing.assert_array_equal(back.codes, without.codes)

    def test_the_codes_of_the_pictures_stay_exactly_and_a_frame_of_earlier_versions_has_none(
        self, store: RunStore
    ) -> None:
        pictured = np.random.default_rng(1).normal(size=(16, 2)).astype(np.float32)
        for frame in (frame_of(1), replace(frame_of(2), pictured=pictured)):
            store.save_frame("a-run", frame)
        before, after = store.load_frames("a-run")
        assert before.pictured is None
        assert after.pictured is not None
        np.testing.assert_array_equal(after.pictured, pictured)
        told = [frame_message(frame, FINISHED.architecture)["pictured"] for frame in (before, after)]
        assert told[0] is None
        np.testing.assert_allclose(told[1], pictured, atol=0.0005)

    def test_the_lowest_is_0_and_the_highest_65535(self) -> None:
        values = np.array([[-3.0, 7.0], [0.0, 7.0], [5.0, 7.0]])
        steps = quantise(values).steps
        assert steps.dtype == np.uint16
        assert steps.tolist() == [[0, 0], [24576, 0], [65535, 0]]

    def test_come_in_the_order_of_their_epochs(self, store: RunStore) -> None:
        for epoch in (10, 2, 1, 100):
            store.save_frame("a-run", frame_of(epoch))
        assert [frame.epoch for frame in store.load_frames("a-run")] == [1, 2, 10, 100]

    def test_where_there_are_many_some_are_chosen_first_and_last_among_them(self, store: RunStore) -> None:
        for epoch in range(1, 31):
            store.save_frame("a-run", frame_of(epoch))
        epochs = [frame.epoch for frame in store.load_frames("a-run", most=4)]
        assert len(epochs) == 4
        assert (epochs[0], epochs[-1]) == (1, 30)
        assert max(np.diff(epochs)) - min(np.diff(epochs)) <= 1

    def test_the_others_can_be_let_go_for_good(self, store: RunStore) -> None:
        for epoch in range(1, 31):
            store.save_frame("a-run", frame_of(epoch))
        chosen = [frame.epoch for frame in store.load_frames("a-run", most=4)]
        store.thin_frames("a-run", most=4)
        store.thin_frames("a-run", most=10)
        assert [frame.epoch for frame in store.load_frames("a-run")] == chosen

    def test_those_after_an_epoch_can_be_forgotten(self, store: RunStore) -> None:
        for epoch in (1, 2, 3):
            store.save_frame("a-run", frame_of(epoch))
        store.drop_frames("a-run", after=2)
        assert [frame.epoch for frame in store.load_frames("a-run")] == [1, 2]

    def test_there_may_be_none(self, store: RunStore) -> None:
        assert store.load_frames("a-run") == []
        assert store.last_frame("a-run") is None


class TestSpace:
    def test_comes_back_within_a_65535th(self, store: RunStore) -> None:
        assert store.load_space("a-run") is None
        space = LatentSpace(frame_of(1).codes, np.arange(50, dtype=np.float32))
        store.save_space("a-run", space)
        back = store.load_space("a-run")
        assert store.has_space("a-run")
        assert back is not None
        assert (np.abs(back.codes - space.codes) <= 0.51 * np.ptp(space.codes, axis=0) / 65_535 + 1e-4).all()
        np.testing.assert_array_equal(back.errors, space.errors)

    def test_its_metrics_come_back_with_and_without_those_of_pca(self, store: RunStore) -> None:
        assert store.load_compared("a-run") is None
        for compared in (COMPARED, replace(COMPARED, pca=None)):
            store.save_compared("a-run", compared)
            assert store.load_compared("a-run") == compared


class TestHistory:
    def test_beyond_the_most_points_neighbours_are_averaged(self) -> None:
        history = History()
        points = [(i / 10, float(i)) for i in range(MAX_POINTS + 2)]
        history.add_points(tuple(points[:MAX_POINTS]))
        assert history.points == points[:MAX_POINTS]
        assert history.rewrites == 0
        history.add_points(tuple(points[MAX_POINTS:]))
        assert len(history.points) == (MAX_POINTS + 2) // 2
        assert history.points[0] == (0.1, 0.5)
        assert history.points[-1] == (points[-1][0], MAX_POINTS + 0.5)
        assert history.rewrites == 1

    def test_a_rewind_forgets_what_came_after(self) -> None:
        history = History([(0.5, 3.0), (1.0, 2.0), (1.5, 1.0)], list(RECORDS))
        history.rewind(1.0)
        assert history.points == [(0.5, 3.0), (1.0, 2.0)]
        assert history.records == RECORDS[:1]
        assert history.rewrites == 1


class TestList:
    def test_newest_first(self, store: RunStore) -> None:
        for run_id, day in (("old", "01"), ("new", "03"), ("middle", "02")):
            store.save(replace(FINISHED, id=run_id, created=f"2026-01-{day}T00:00:00+00:00"))
        assert [run.id for run in store.runs()[0]] == ["new", "middle", "old"]

    def test_of_an_empty_or_absent_folder_is_empty(self, store: RunStore) -> None:
        assert store.runs() == ([], {})

    def test_what_is_deleted_is_gone_and_others_stay(self, store: RunStore) -> None:
        for run_id in ("stays", "goes"):
            kept_whole(store, run_id)
        store.delete("goes")
        store.delete("goes")
        assert [run.id for run in store.runs()[0]] == ["stays"]
        assert not (store.folder / "goes").exists()
        with pytest.raises(RunNotFound):
            store.load("goes")
        assert not store.has("goes")
        read_all(store, "stays")

    def test_models_dir_moves_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MODELS_DIR", str(tmp_path / "elsewhere"))
        RunStore().save(FINISHED)
        assert (tmp_path / "elsewhere" / "a-run" / "run.json").exists()
        monkeypatch.delenv("MODELS_DIR")
        assert RunStore().folder == ROOT / "models"

    def test_new_ids_are_all_different_and_cannot_be_guessed(self, store: RunStore) -> None:
        ids = {store.new_id() for _ in range(1_000)}
        assert len(ids) == 1_000
        assert all(len(run_id) == 16 for run_id in ids)

    def test_of_an_owner_only_a_hash_is_stored(self, store: RunStore) -> None:
        store.save(replace(FINISHED, owner=hashed("my secret")))
        assert b"my secret" not in (store.folder / "a-run" / "run.json").read_bytes()
        assert hashed("my secret") == store.load("a-run").owner != hashed("another")


class TestIds:
    @pytest.mark.parametrize(
        "run_id",
        ["../x", "..", ".", "", "/etc", "a/b", "a\\b", "A", "ñ", "-a", "a" * 41, "a\n", "a\0", "a.b", "%2e%2e", " a"],
    )
    def test_what_is_no_id_reaches_no_file(self, run_id: str, store: RunStore, tmp_path: Path) -> None:
        outside = tmp_path / "x"
        outside.mkdir()
        (outside / "run.json").write_text("{}")
        network = replace(FINISHED, id=run_id)
        attempts: list[Callable[[], object]] = [
            lambda: store.load(run_id),
            lambda: store.save(network),
            lambda: store.delete(run_id),
            lambda: store.claim(run_id).__enter__(),
            lambda: store.is_claimed(run_id),
            lambda: store.has(run_id),
            lambda: store.load_history(run_id),
            lambda: store.save_history(run_id, History()),
            lambda: store.load_frames(run_id),
            lambda: store.save_frame(run_id, frame_of(1)),
            lambda: store.load_checkpoint(run_id),
            lambda: store.save_checkpoint(run_id, checkpoint_of()),
            lambda: store.save_weights(run_id, ()),
            lambda: store.model_of(network),
            lambda: store.load_space(run_id),
            lambda: store.load_compared(run_id),
        ]
        for attempt in attempts:
            with pytest.raises(RunNotFound, match="is not the id of a run"):
                attempt()
        assert [path.name for path in outside.iterdir()] == ["run.json"]
        assert not store.folder.exists()

    def test_an_unknown_one_is_not_found(self, store: RunStore) -> None:
        with pytest.raises(RunNotFound, match="no run nowhere"):
            store.load("nowhere")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # see the archive left open below
class TestUnreadable:
    @pytest.mark.parametrize("file", FILES)
    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\x00" * 300, b"PK\x05\x06" + b"\x00" * 18, b"null"])
    def test_says_so_and_harms_no_other_run(self, file: str, content: bytes, store: RunStore) -> None:
        for run_id in ("good", "bad"):
            kept_whole(store, run_id)
        (store.folder / "bad" / file).write_bytes(content)
        with pytest.raises(RunUnreadable, match="bad cannot be read"):
            read_all(store, "bad")
        read_all(store, "good")
        runs, unreadable = store.runs()
        assert "good" in [run.id for run in runs]
        assert list(unreadable) == (["bad"] if file == "run.json" else [])
        store.delete("bad")
        assert store.runs()[1] == {}

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(file=st.sampled_from(FILES), data=st.data())
    def test_bytes_that_were_changed_or_lost_raise_nothing_else(
        self, file: str, data: st.DataObject, tmp_path: Path
    ) -> None:
        whole, harmed = RunStore(tmp_path / "whole"), RunStore(tmp_path / "harmed")
        if not whole.has("a-run"):
            kept_whole(whole, "a-run")
        shutil.copytree(whole.folder, harmed.folder, dirs_exist_ok=True)
        content = bytearray((whole.folder / "a-run" / file).read_bytes())
        for _ in range(data.draw(st.integers(0, 5))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        write(harmed, file, bytes(content[: data.draw(st.integers(0, len(content)))]))
        with suppress(RunUnreadable, RunNotFound):
            read_all(harmed, "a-run")

    def test_a_damaged_archive_is_closed_at_once(self, store: RunStore) -> None:
        write(store, "weights.npz", b"PK\x03\x04" + bytes(100))
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            with suppress(RunUnreadable):
                store.model_of(FINISHED)
            gc.collect()
        assert not heard

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("status", "asleep"), ("status", None), ("architecture", {"latent_dim": 0}), ("architecture", []),
            ("training", {"epochs": "many"}), ("training", {"schedule": {}}), ("epoch", "late"), ("epoch", None),
            ("measures", 5), ("measures", {"train_mse": "low"}), ("events", 3), ("events", [[]]),
            ("events", [["failed"]]), ("events", [["failed", 3]]), ("preset", []),
        ],
    )  # fmt: skip
    def test_fields_of_another_kind_raise_nothing_else(self, field: str, value: object, store: RunStore) -> None:
        with pytest.raises(RunUnreadable):
            load_with(store, field, value)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            pytest.param("epoch", 10**400, id="epoch"),
            pytest.param("seconds", 10**400, id="seconds"),
            pytest.param("training", {"learning_rate": 10**400}, id="learning rate"),
        ],
    )
    def test_numbers_beyond_all_floats_raise_nothing_else(self, field: str, value: object, store: RunStore) -> None:
        with pytest.raises(RunUnreadable):
            load_with(store, field, value)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            pytest.param("measures", {**MEASURES.to_json(), "test_mse": "good"}, id="a word for a measure"),
            pytest.param("measures", {**MEASURES.to_json(), "test_mse": None}, id="no measure"),
            pytest.param("events", [["failed", {}]], id="notice without its values"),
            pytest.param("events", failed_with("{run.__class__}", run="a"), id="a sentence that reaches into objects"),
            pytest.param("events", failed_with("{run:>999999999}", run="a"), id="a sentence that fills memory"),
            pytest.param("events", failed_with("{run:9999}", run="a"), id="a sentence that fills a page"),
            pytest.param("events", failed_with("{run}{run}", run="a"), id="a sentence that grows"),
            pytest.param("events", failed_with("a" * 10_000), id="a sentence that does not end"),
            pytest.param("events", failed_with(""), id="an empty sentence"),
            pytest.param("events", failed_with("{run}"), id="a sentence without its values"),
            pytest.param("events", failed_with(3), id="no sentence"),
            pytest.param("events", [["failed", {"problem": {"template": "Oh.", "values": 3}}]], id="no values"),
        ],
    )
    def test_what_cannot_be_shown_is_unreadable(self, field: str, value: object, store: RunStore) -> None:
        with pytest.raises(RunUnreadable):
            load_with(store, field, value)

    @pytest.mark.parametrize(
        "history",
        [{}, {"points": [], "epochs": [[1]]}, {"points": [[1]], "epochs": []}, {"points": 3, "epochs": []},
         {"points": [], "epochs": [[1, "x", None, 1, []]]}, {"points": [["x", 1]], "epochs": []}],
    )  # fmt: skip
    def test_a_history_of_another_shape_raises_nothing_else(self, history: object, store: RunStore) -> None:
        write(store, "history.json", json.dumps(history).encode())
        with pytest.raises(RunUnreadable):
            store.load_history("a-run")

    @pytest.mark.parametrize(
        "history",
        ['{"points": [], "epochs": [[Infinity, 1, 1, 1, []]]}', '{"points": [[1' + "0" * 400 + ', 1]], "epochs": []}'],
    )
    def test_a_history_beyond_all_numbers_raises_nothing_else(self, history: str, store: RunStore) -> None:
        write(store, "history.json", history.encode())
        with pytest.raises(RunUnreadable):
            store.load_history("a-run")

    @pytest.mark.parametrize("scalars", [np.zeros(4), np.zeros((2, 5))], ids=["too few", "too many"])
    def test_a_checkpoint_of_another_shape_raises_nothing_else(self, scalars: Array, store: RunStore) -> None:
        write(store, "checkpoint.npz", packed(scalars=scalars))
        with pytest.raises(RunUnreadable):
            store.load_checkpoint("a-run")

    @pytest.mark.parametrize(
        "scalars", [np.array(["x"] * 5), np.array(1.0), np.full(5, np.nan)], ids=["words", "one number", "no numbers"]
    )
    def test_a_checkpoint_of_another_kind_raises_nothing_else(self, scalars: Array, store: RunStore) -> None:
        write(store, "checkpoint.npz", packed(scalars=scalars))
        with pytest.raises(RunUnreadable):
            store.load_checkpoint("a-run")

    @pytest.mark.parametrize("file", ARCHIVES)
    def test_pickled_objects_are_never_loaded(self, file: str, store: RunStore) -> None:
        fill(store, file, pickled())
        with pytest.raises(RunUnreadable):
            read_all(store, "a-run")

    @pytest.mark.parametrize("file", ARCHIVES)
    def test_archives_of_what_is_no_array_raise_nothing_else(self, file: str, store: RunStore) -> None:
        fill(store, file, b"no array")
        with pytest.raises(RunUnreadable):
            read_all(store, "a-run")


def fill(store: RunStore, file: str, content: bytes) -> None:
    """A whole run in which each member of one archive is this."""
    kept_whole(store, "a-run")
    with zipfile.ZipFile(store.folder / "a-run" / file) as archive:
        names = archive.namelist()
    replaced = io.BytesIO()
    with zipfile.ZipFile(replaced, "w") as archive:
        for name in names:
            archive.writestr(name, content)
    write(store, file, replaced.getvalue())


def load_with(store: RunStore, field: str, value: object) -> Run:
    store.save(FINISHED)
    path = store.folder / "a-run" / "run.json"
    write(store, "run.json", json.dumps({**json.loads(path.read_bytes()), field: value}).encode())
    return RunStore(store.folder).load("a-run")


def write(store: RunStore, file: str, content: bytes) -> None:
    path = store.folder / "a-run" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def packed(**arrays: Array) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def pickled() -> bytes:
    file = io.BytesIO()
    np.save(file, np.array([{"any": "object"}], dtype=object), allow_pickle=True)
    return file.getvalue()


KILLED_WRITERS = """
import os, random, signal, sys, time
import numpy as np
from test_store import MEASURES, RunStore, History, checkpoint_of, frame_of, kept_whole, read_all

store = RunStore(sys.argv[1])
kept_whole(store, "a-run")
random.seed(0)
for _ in range(40):
    writer = os.fork()
    if not writer:
        while True:
            kept_whole(store, "a-run")
    time.sleep(random.uniform(0.002, 0.05))
    os.kill(writer, signal.SIGKILL)
    os.waitpid(writer, 0)
    read_all(RunStore(store.folder), "a-run")
print(len(list(store.folder.rglob("*.part"))))
"""


class TestAtomicity:
    def test_a_writer_killed_at_any_moment_leaves_whole_files(self, tmp_path: Path) -> None:
        done = python(KILLED_WRITERS, str(tmp_path))
        assert done.returncode == 0, done.stderr
        assert int(done.stdout) > 0  # it was indeed killed while it wrote

    def test_a_full_disk_is_an_error_and_what_was_there_stays(self, small_disk: tuple[Path, Any]) -> None:
        folder, filled = small_disk
        store = RunStore(folder)
        kept_whole(store, "a-run")
        big = tuple(np.random.default_rng(0).normal(size=(300, 300)).astype(np.float32) for _ in range(4))
        with filled():
            with pytest.raises(StorageError, match="Free some space, or set MODELS_DIR"):
                store.save_weights("a-run", big)
            with pytest.raises(StorageError):
                store.save_checkpoint("a-run", replace(checkpoint_of(), best_weights=big))
        assert not list(folder.rglob("*.part"))
        assert_same_weights(store.model_of(FINISHED).weights, random_weights(SMALL))
        read_all(store, "a-run")

    def test_a_folder_that_cannot_be_made_is_an_error_with_its_reason(self, tmp_path: Path) -> None:
        (tmp_path / "models").write_text("a file where the folder should be")
        with pytest.raises(StorageError, match="Not a directory"):
            RunStore(tmp_path / "models").save(FINISHED)

    def test_a_read_only_disk_is_an_error_with_its_reason(self, tmpfs: Path) -> None:
        store = RunStore(tmpfs)
        store.save(FINISHED)
        subprocess.run(["mount", "-o", "remount,ro", tmpfs], check=True)
        assert store.load("a-run") == FINISHED
        with pytest.raises(StorageError, match="Read-only"):
            store.save(FINISHED)

    def test_replaces_the_whole_file(self, tmp_path: Path) -> None:
        for content in (b"a long content", b"short"):
            write_atomically(tmp_path / "file", content)
            assert (tmp_path / "file").read_bytes() == content
        assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.fixture
def tmpfs(tmp_path: Path) -> Iterator[Path]:
    """A disk of 400 kB; only root can make one."""
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", tmp_path], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.decode().strip()}")
    yield tmp_path
    subprocess.run(["umount", tmp_path], check=True)


@pytest.fixture(params=["tmpfs", "file size limit"])
def small_disk(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Any]:
    """A folder, and a context in which half a megabyte does not fit into it."""
    if request.param == "tmpfs":
        return request.getfixturevalue("tmpfs"), nullcontext
    return tmp_path, limited


@contextmanager
def limited() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


CLAIMS = """
import sys
from autoencoder.runs.store import RunStore

with RunStore(sys.argv[1]).claim("a-run"):
    print("claimed", flush=True)
    sys.stdin.read()
"""


class TestClaim:
    TRAINING = replace(FINISHED, status="training")

    def test_a_run_that_trains_without_a_claim_is_interrupted(self, store: RunStore) -> None:
        store.save(self.TRAINING)
        assert store.load("a-run").status == "interrupted"
        with store.claim("a-run"):
            assert store.load("a-run").status == "training"
        assert store.load("a-run").status == "interrupted"

    @pytest.mark.parametrize("status", ENDED)
    def test_one_that_has_ended_stays_as_it_ended(self, status: Any, store: RunStore) -> None:
        store.save(replace(FINISHED, status=status))
        assert store.load("a-run").status == status

    @pytest.mark.parametrize("status", ["waiting", "training", "paused", "measuring"])
    def test_one_that_has_not_ended_is_interrupted_whatever_it_did(self, status: Any, store: RunStore) -> None:
        store.save(replace(FINISHED, status=status))
        assert store.load("a-run").status == "interrupted"

    def test_only_one_at_a_time_also_within_a_process(self, store: RunStore) -> None:
        with store.claim("a-run"), pytest.raises(StorageError, match="trained by another process"):
            RunStore(store.folder).claim("a-run").__enter__()
        with store.claim("a-run"):
            pass

    def test_of_one_run_is_none_of_another(self, store: RunStore) -> None:
        with store.claim("a-run"):
            assert not store.is_claimed("b-run")
            with store.claim("b-run"):
                assert store.is_claimed("b-run")

    def test_another_process_s_claim_counts_and_falls_with_it(self, store: RunStore) -> None:
        store.save(self.TRAINING)
        other = subprocess.Popen(
            [sys.executable, "-c", CLAIMS, str(store.folder)], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        with other:
            assert other.stdout
            assert other.stdout.readline() == "claimed\n"
            assert store.load("a-run").status == "training"
            with pytest.raises(StorageError, match="trained by another process"):
                store.claim("a-run").__enter__()
            other.kill()
            other.wait()
        assert store.load("a-run").status == "interrupted"
        with store.claim("a-run"):
            assert store.is_claimed("a-run")

    def test_who_only_looks_never_keeps_another_from_claiming(self, store: RunStore) -> None:
        store.save(self.TRAINING)
        ended = threading.Event()

        def look() -> None:
            while not ended.is_set():
                RunStore(store.folder).load("a-run")

        looking = threading.Thread(target=look)
        looking.start()
        try:
            for _ in range(3_000):
                with store.claim("a-run"):
                    pass
        finally:
            ended.set()
            looking.join()


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
