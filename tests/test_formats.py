"""Runs that other versions of the app have written: `fixtures/runs` holds one of each kind, on the synthetic digits.

format-1: ended. format-1-interrupted: in the middle, with its checkpoint. Both were written by the last version of that
format. format-2-newer: ended, with a loss term, measures and keys that this version does not know.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asgi import in_use
from conftest import SMALL, assert_same_weights, random_weights
from streamlit.testing.v1 import AppTest

from autoencoder.analysis.metrics import ComparedWithPca, Measures
from autoencoder.engine.service import TrainingService
from autoencoder.errors import RunFromNewerVersion, RunUnreadable
from autoencoder.presets import PRESETS
from autoencoder.runs.files import read_npz, write_npz
from autoencoder.runs.history import History, history_from_json, history_to_json
from autoencoder.runs.run import Run
from autoencoder.runs.store import RunStore
from autoencoder.settings import Architecture, Training
from autoencoder.training.loop import epochs_done, train, train_slice
from autoencoder.training.records import Checkpoint, EpochRecord
from server import state
from server.run_events import Cursor

ROOT = Path(__file__).parents[1]
FIXTURES = Path(__file__).parent / "fixtures" / "runs"
PAGES = ("train", "reconstructions", "latent_space")
ENDED, INTERRUPTED, NEWER = "format-1", "format-1-interrupted", "format-2-newer"


pytestmark = pytest.mark.usefixtures("browser_without_cookies")


@pytest.fixture
def store(tmp_path: Path, tiny: object) -> RunStore:
    shutil.copytree(FIXTURES, tmp_path / "models")
    return RunStore(tmp_path / "models")


@pytest.fixture
def service(store: RunStore) -> Iterator[TrainingService]:
    with in_use(TrainingService(store)) as service:
        yield service


def opened(page: str, run_id: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=60)
    at.query_params["run"] = run_id
    at.run()
    assert not at.exception
    return at


def stored(store: RunStore, run_id: str, file: str = "run.json") -> dict[str, Any]:
    return json.loads((store.folder / run_id / file).read_bytes())


def change(store: RunStore, run_id: str, **values: object) -> RunStore:
    """The store as another process finds it after `run.json` was changed."""
    path = store.folder / run_id / "run.json"
    path.write_text(json.dumps(stored(store, run_id) | values))
    return RunStore(store.folder)


class TestOpening:
    @pytest.mark.parametrize("run_id", [ENDED, INTERRUPTED, NEWER])
    @pytest.mark.parametrize("page", PAGES)
    def test_runs_of_other_versions_open_on_every_page(self, page: str, run_id: str, service: TrainingService) -> None:
        assert not opened(page, run_id).error

    def test_of_format_1_all_that_was_stored_is_read(self, store: RunStore) -> None:
        run, history, old = store.load(ENDED), store.load_history(ENDED), stored(store, ENDED, "history.json")
        assert run.measures is not None
        assert run.measures.to_json() == {**stored(store, ENDED)["measures"], "dead_units": ()}
        assert history.points == [tuple(point) for point in old["points"]]
        assert [[r.epoch, r.loss, r.val_loss, r.seconds, list(r.dead_units)] for r in history.records] == old["epochs"]
        assert [(r.mse, r.val_mse) for r in history.records] == [(r.loss, r.val_loss) for r in history.records]
        assert store.model_of(run).weights

    def test_the_metrics_of_format_1_beside_pca_are_read_under_todays_names(self, store: RunStore) -> None:
        old, compared = stored(store, ENDED, "worth.json"), store.load_compared(ENDED)
        assert compared is not None
        assert compared.complete
        assert compared.model == {name: old["model"][name] for name in ("knn_15", "linear", "trustworthiness")}
        assert compared.pca is not None
        assert compared.pca["knn_accuracy"] == old["pca"]["knn_5"]

    def test_rewritten_it_is_of_format_2_and_says_the_same(self, store: RunStore) -> None:
        run, history = store.load(ENDED), store.load_history(ENDED)
        store.save(run)
        store.save_history(ENDED, history)
        again = RunStore(store.folder)
        assert (again.load(ENDED), again.load_history(ENDED)) == (run, history)
        assert stored(store, ENDED)["format"] == stored(store, ENDED, "history.json")["format"] == 2


class TestResuming:
    def test_a_checkpoint_of_format_1_is_read_whole(self, store: RunStore) -> None:
        arrays = read_npz(INTERRUPTED, store.folder / INTERRUPTED / "checkpoint.npz")
        checkpoint = store.load_checkpoint(INTERRUPTED)
        assert checkpoint is not None
        step, squared_error, seconds, best_loss, best_epoch = arrays["scalars"]
        assert (checkpoint.step, checkpoint.best_epoch) == (step, best_epoch)
        assert checkpoint.term_sums == {"mse": squared_error}
        assert (checkpoint.epoch_seconds, checkpoint.best_loss) == (seconds, best_loss)
        assert (len(checkpoint.weights), len(checkpoint.optimizer), len(checkpoint.best_weights)) == (8, 17, 8)
        assert checkpoint.others == {}

    @pytest.mark.slow
    def test_a_training_interrupted_in_format_1_ends_as_an_undisturbed_one(self, store: RunStore) -> None:
        run, checkpoint = store.load(INTERRUPTED), store.load_checkpoint(INTERRUPTED)
        assert run.status == "interrupted"
        assert checkpoint is not None
        assert epochs_done(checkpoint, run.training) == run.epoch == 3
        resumed = [s.report.record for s in train(run.architecture, run.training, checkpoint) if s.report.record]
        undisturbed = [s.report.record for s in train(run.architecture, run.training) if s.report.record]
        assert [r.epoch for r in resumed] == [4, 5, 6]
        assert [r.loss for r in resumed] == pytest.approx([r.loss for r in undisturbed[3:]], rel=1e-3)

    def test_it_can_be_resumed(self, service: TrainingService, store: RunStore) -> None:
        """Without a cluster it waits for one."""
        service.resume(INTERRUPTED)
        progress = service.progress(INTERRUPTED)
        assert (progress.run.status, progress.run.epoch) == ("waiting", 3)
        assert [r.epoch for r in progress.records] == [1, 2, 3]


def with_later_options(record: dict[str, Any]) -> dict[str, Any]:
    """A stored run as it is written again: options that are younger than it stand there with their defaults."""
    kinds = {"architecture": Architecture, "training": Training}
    return record | {part: kind().to_json() | record[part] for part, kind in kinds.items()}


class TestWhatANewerVersionWrote:
    def test_survives_a_rename(self, service: TrainingService, store: RunStore) -> None:
        before = stored(store, NEWER)
        assert {"tags"} <= before.keys()
        assert {"silhouette"} <= before["measures"].keys()
        service.rename(NEWER, "My name")
        assert stored(store, NEWER) == with_later_options(before) | {"name": "My name"}

    def test_survives_in_the_history_when_it_is_written_again(self, store: RunStore) -> None:
        before = stored(store, NEWER, "history.json")
        assert {"kl", "val_kl"} <= before["epochs"].keys()
        store.save_history(NEWER, store.load_history(NEWER))
        after = stored(store, NEWER, "history.json")
        assert {name: after["points"][name] for name in before["points"]} == before["points"]
        assert {name: after["epochs"][name] for name in before["epochs"]} == before["epochs"]
        assert (after["format"], after["augmentation"]) == (before["format"], before["augmentation"])

    @pytest.mark.slow
    def test_survives_in_a_checkpoint_that_training_goes_on_from(self, store: RunStore) -> None:
        path = store.folder / INTERRUPTED / "checkpoint.npz"
        beta = np.array([0.5, 0.25])
        write_npz(path, {**read_npz(INTERRUPTED, path), "beta": beta})
        run, checkpoint = store.load(INTERRUPTED), store.load_checkpoint(INTERRUPTED)
        assert checkpoint is not None
        after = train_slice(run.architecture, run.training, checkpoint, 1, frame=False).checkpoint
        assert after.step > checkpoint.step
        store.save_checkpoint(INTERRUPTED, after)
        np.testing.assert_array_equal(read_npz(INTERRUPTED, path)["beta"], beta)

    def test_survives_as_an_event_that_is_not_shown_and_as_a_preset(
        self, service: TrainingService, store: RunStore
    ) -> None:
        added: dict[str, Any] = {"events": [["noise_added", {"share": 0.1}]], "preset": "best-sparse-map"}
        change(store, NEWER, **added)
        before = stored(store, NEWER)
        assert not opened("train", NEWER).error
        assert [notice.kind for notice in service.progress(NEWER).notices if notice.kind == "noise_added"] == []
        service.rename(NEWER, "My name")
        assert stored(store, NEWER) == with_later_options(before) | {"name": "My name"}

    def test_survives_in_a_column_that_holds_no_numbers(self, store: RunStore) -> None:
        whole = stored(store, NEWER, "history.json")
        phases = ["warm-up" if i == 0 else "main" for i in range(len(whole["points"]["epoch"]))]
        whole["points"]["phase"] = phases
        (store.folder / NEWER / "history.json").write_text(json.dumps(whole))
        history = store.load_history(NEWER)
        store.save_history(NEWER, history)
        assert stored(store, NEWER, "history.json")["points"]["phase"] == phases
        history.add_points(((4.0, 0.1),))
        assert history_to_json(history)["points"]["phase"] == [*phases, None]
        history.rewind(0.0)
        assert history_to_json(history)["points"]["phase"] == []

    def test_survives_when_metrics_are_computed_again(self, store: RunStore) -> None:
        path = store.folder / NEWER / "metrics.json"
        known = stored(store, NEWER, "metrics.json")
        newer = {"format": 3, "seconds": 9.5, "model": known["model"] | {"curvature": [1, 2]}, "pca": known["pca"]}
        path.write_text(json.dumps(newer))
        store.save_compared(NEWER, ComparedWithPca({"linear": 0.25}, {"linear": 0.5}))
        after = stored(store, NEWER, "metrics.json")
        assert after["model"] == newer["model"] | {"linear": 0.25}
        assert after["pca"] == newer["pca"] | {"linear": 0.5}
        assert (after["format"], after["seconds"]) == (3, 9.5)

    def test_a_higher_format_with_known_fields_opens(self, store: RunStore) -> None:
        known = store.load(ENDED)
        changed = change(store, ENDED, format=17)
        assert replace(changed.load(ENDED), others={}) == known
        changed.save(changed.load(ENDED))
        assert stored(store, ENDED)["format"] == 17

    @pytest.mark.parametrize("part", ["architecture", "training"])
    def test_an_unknown_option_says_that_a_newer_version_made_the_run(self, part: str, store: RunStore) -> None:
        options = stored(store, ENDED)[part] | {"jitter": 4}
        runs, unreadable = change(store, ENDED, **{part: options}).runs()
        assert ENDED not in [run.id for run in runs]
        problem = unreadable[ENDED]
        assert isinstance(problem, RunFromNewerVersion)
        assert "nothing is wrong with its files" in str(problem)
        assert "newer version" in str(problem)
        assert "jitter" in str(problem)
        assert "delete" not in str(problem)

    @pytest.mark.parametrize(
        ("part", "option", "word"), [("training", "schedule", "warm-up"), ("architecture", "hidden_activation", "mish")]
    )
    def test_an_unknown_word_of_a_choice_does_too(self, part: str, option: str, word: str, store: RunStore) -> None:
        changed = change(store, ENDED, **{part: stored(store, ENDED)[part] | {option: word}})
        with pytest.raises(RunFromNewerVersion, match=rf"newer version: .* '{word}' is not known here. Update the app"):
            changed.load(ENDED)

    def test_such_a_run_is_in_the_list_with_that_reason_and_not_as_damaged(
        self, service: TrainingService, store: RunStore
    ) -> None:
        change(store, ENDED, training=stored(store, ENDED)["training"] | {"jitter": 4})
        change(store, NEWER, status="asleep", format=1)  # damaged
        said = [warning.value for warning in opened("train", INTERRUPTED).warning]
        assert [("nothing is wrong with its files" in text, "cannot be read" in text) for text in said] == [
            (True, False),
            (False, True),
        ]

    def test_a_state_that_only_a_newer_format_has_is_no_damage(self, store: RunStore) -> None:
        with pytest.raises(RunFromNewerVersion, match="Update the app"):
            change(store, ENDED, status="asleep", format=3).load(ENDED)
        with pytest.raises(RunUnreadable, match="delete this one"):
            change(store, ENDED, status="asleep", format=2).load(ENDED)


class TestWhatIsMissing:
    def test_in_a_run_has_a_default(self, store: RunStore) -> None:
        path = store.folder / ENDED / "run.json"
        needed = ("format", "status", "architecture", "training")
        path.write_text(json.dumps({name: value for name, value in stored(store, ENDED).items() if name in needed}))
        run = RunStore(store.folder).load(ENDED)
        assert run == Run(ENDED, run.architecture, run.training, status="finished")

    @pytest.mark.parametrize("page", PAGES)
    def test_among_the_measures_is_left_out_of_every_page(
        self, page: str, service: TrainingService, store: RunStore
    ) -> None:
        change(store, ENDED, measures={"knn_accuracy": 0.5})
        run = service.run(ENDED)
        assert run.measures == Measures(held_out=run.training.holds_out, knn_accuracy=0.5)
        assert not opened(page, ENDED).error

    def test_in_a_cell_of_an_epoch_has_a_default(self) -> None:
        columns = {"epoch": [1, 2], "loss": [0.2, 0.1], "seconds": [None, 0.5], "dead_units": [[1], None]}
        history = history_from_json({"format": 2, "points": {"epoch": [], "loss": []}, "epochs": columns})
        assert history.records == [EpochRecord(1, 0.2, None, 0.0, (1,)), EpochRecord(2, 0.1, None, 0.5)]

    def test_in_a_history_has_a_default(self) -> None:
        columns = {"epoch": [1, 2], "loss": [0.2, 0.1]}
        history = history_from_json({"format": 2, "points": columns, "epochs": columns})
        assert history.records == [EpochRecord(1, 0.2, None, 0.0), EpochRecord(2, 0.1, None, 0.0)]

    def test_in_a_checkpoint_has_a_default(self, store: RunStore) -> None:
        weights = random_weights(SMALL)
        arrays = {f"weights_{i:03d}": array for i, array in enumerate(weights)}
        write_npz(store.folder / INTERRUPTED / "checkpoint.npz", arrays)
        checkpoint = store.load_checkpoint(INTERRUPTED)
        assert checkpoint is not None
        assert_same_weights(checkpoint.weights, weights)
        assert vars(replace(checkpoint, weights=())) == vars(Checkpoint(()))

    @pytest.mark.parametrize("columns", [{"epoch": [1.0], "loss": []}, {"epoch": [1], "loss": [0.1], "kl": []}])
    @pytest.mark.parametrize("part", ["points", "epochs"])
    def test_in_a_column_is_damage(self, part: str, columns: dict[str, Any], store: RunStore) -> None:
        whole = {"format": 2, "points": {"epoch": [], "loss": []}, "epochs": {}}
        (store.folder / ENDED / "history.json").write_text(json.dumps(whole | {part: columns}))
        with pytest.raises(RunUnreadable):
            store.load_history(ENDED)


class TestALossOfTerms:
    @pytest.mark.slow
    def test_each_term_is_reported_by_its_name_in_its_own_units(self, store: RunStore) -> None:
        run = store.load(ENDED)
        history = History()
        for slice_ in train(run.architecture, run.training):
            history.add(slice_.report)
        assert history.columns.keys() == {"mse"}
        assert list(history.columns["mse"]) == [loss for _, loss in history.points]
        assert [r.columns for r in history.records] == [{"mse": r.loss, "val_mse": r.val_loss} for r in history.records]

    def test_a_new_term_needs_no_other_format(self) -> None:
        """What a loop with a second term reports comes back; points from before it have none."""
        history = History()
        history.add_points(((0.5, 0.3),), {"mse": (0.3,)})
        history.add_points(((1.0, 0.7),), {"mse": (0.2,), "kl": (5.0,)})
        history.records.append(EpochRecord(1, 0.7, 0.8, 1.0, (), {"mse": 0.2, "kl": 5.0, "val_kl": 6.0}))
        back = history_from_json(json.loads(json.dumps(history_to_json(history))))
        assert back.points == history.points
        assert (back.columns["kl"][1], list(back.columns["mse"])) == (5.0, [0.3, 0.2])
        assert np.isnan(back.columns["kl"][0])
        assert back.records == history.records
        assert (back.records[0].mse, back.records[0].loss) == (0.2, 0.7)

    def test_the_monitor_is_told_the_mse_of_a_loss_with_more_terms(self, service: TrainingService) -> None:
        history = History()
        history.add_points(((0.5, 0.9), (1.0, 0.7)), {"mse": (0.3, 0.2), "kl": (6.0, 5.0)})
        history.records.append(EpochRecord(1, 0.7, 0.8, 1.0, (), {"mse": 0.2, "val_mse": 0.25}))
        service.store.save_history(ENDED, history)
        told = {said["type"]: said for said in Cursor().messages(service.progress(ENDED), mine=True, language="en")}
        assert told["points"]["points"] == [(0.5, 0.3), (1.0, 0.2)]
        assert [(epoch["mse"], epoch["val_mse"]) for epoch in told["epochs"]["epochs"]] == [(0.2, 0.25)]

    def test_terms_follow_their_points_when_these_are_averaged_or_forgotten(self) -> None:
        history = History()
        n = 4_002
        history.add_points(tuple((i / 10, float(i)) for i in range(n)), {"mse": tuple(2.0 * i for i in range(n))})
        assert list(history.columns["mse"]) == [2 * loss for _, loss in history.points]
        history.rewind(7.0)
        assert 0 < len(history.points) == len(history.columns["mse"]) < 100


@pytest.mark.parametrize("run_id", PRESETS)
def test_both_pages_show_the_same_knn_accuracy(run_id: str, store: RunStore) -> None:
    """It is measured once, when the run ends."""
    service = TrainingService(RunStore(ROOT / "models"))
    state.use(service)
    try:
        on_train, on_latent_space = (
            next(metric.value for metric in opened(page, run_id).metric if metric.label == label)
            for page, label in (("train", "kNN accuracy"), ("latent_space", "kNN accuracy, k = 5"))
        )
    finally:
        state.use(None)
        service.close()
    assert on_train == on_latent_space
