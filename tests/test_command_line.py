"""Laws of `python -m autoencoder`: what it prints where, how it ends, what it keeps."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import QUICK, SMALL, TINY, random_weights

from autoencoder.__main__ import main
from autoencoder.analysis.latent_space import latent_space
from autoencoder.analysis.metrics import Measures, measure
from autoencoder.data.baseline import pca_baseline
from autoencoder.data.dataset import load_dataset
from autoencoder.engine.local import train_and_keep
from autoencoder.errors import DataUnavailable
from autoencoder.network.dense import DenseAutoencoder
from autoencoder.presets import PRESETS
from autoencoder.runs.history import History
from autoencoder.runs.run import Run
from autoencoder.runs.store import RunStore
from autoencoder.settings import PIXELS
from autoencoder.training.loop import train
from autoencoder.training.records import EpochRecord

ROOT = Path(__file__).parents[1]
TRAIN = ["train", "--encoder", "8", "--batch-size", "2048", "--dataset", TINY]
RESULT = [  # of issue 2, and two more: what became of it, and whether the test digits were held out
    "run", "status", "train_mse", "train_mse_grey", "test_mse", "test_mse_grey", "held_out", "knn_accuracy",
    "dead_units", "parameters", "seconds", "epochs_per_second",
]  # fmt: skip


def command(models: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "autoencoder", *arguments],
        cwd=ROOT, env={**os.environ, "MODELS_DIR": str(models)}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=_listens_to_ctrl_c,
    )  # fmt: skip


def _listens_to_ctrl_c() -> None:
    """As in a terminal: a shell's background job, such as a run of the tests, hands down that it is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    output, errors = process.communicate(timeout=120)
    return process.returncode, output, errors


@pytest.fixture
def models(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    """The folder that a command in this process works in."""
    monkeypatch.setenv("MODELS_DIR", str(store.folder))
    return store


@pytest.fixture
def finished(models: RunStore, tiny: object) -> Run:
    weights, dataset = random_weights(SMALL), load_dataset(TINY)
    run = Run(
        "a-run", SMALL, QUICK, "My run", created="2026-01-01T00:00:00+00:00", status="finished", epoch=2, seconds=1
    )
    run = replace(run, measures=measure(latent_space(DenseAutoencoder(SMALL, weights), dataset), QUICK, dataset))
    models.save(run)
    models.save_weights(run.id, weights)
    models.save_history(run.id, History([], [EpochRecord(1, 0.05, 0.06, 0.5), EpochRecord(2, 0.04, None, 0.5)]))
    return run


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, list[dict], str, RunStore]:
    """Exit status, the lines printed, standard error and the folder of one command."""
    folder = tmp_path_factory.mktemp("models")
    status, output, errors = ended(command(folder, *TRAIN, "--epochs", "3", "--seed", "5", "--json"))
    return status, [json.loads(line) for line in output.splitlines()], errors, RunStore(folder)


@pytest.mark.slow
class TestJson:
    def test_prints_one_object_an_epoch_and_a_last_one(self, trained: tuple) -> None:
        status, lines, errors, _ = trained
        assert status == 0, errors
        *epochs, last = lines
        assert [list(line) for line in epochs] == [["epoch", "loss", "loss_grey", "val_loss", "seconds"]] * 3
        assert [line["epoch"] for line in epochs] == [1, 2, 3]
        assert list(last) == RESULT

    def test_its_numbers_are_those_of_training_in_a_loop(self, trained: tuple) -> None:
        _, (*epochs, last), _, store = trained
        run = store.load(last["run"])
        slices = list(train(run.architecture, run.training))
        records = [slice_.report.record for slice_ in slices if slice_.report.record]
        assert [(line["loss"], line["val_loss"]) for line in epochs] == [(r.loss, r.val_loss) for r in records]
        assert [line["loss_grey"] for line in epochs] == pytest.approx([r.loss * 65_025 for r in records])
        for ours, kept in zip(slices[-1].checkpoint.weights, store.model_of(run).weights, strict=True):
            np.testing.assert_array_equal(ours, kept)

    def test_the_last_line_holds_the_metrics_of_the_kept_run(self, trained: tuple) -> None:
        _, (*epochs, last), _, store = trained
        run, dataset = store.load(last["run"]), load_dataset(TINY)
        found = measure(latent_space(store.model_of(run), dataset), run.training, dataset)
        assert run.measures == found
        assert (last["train_mse"], last["test_mse"]) == (found.train_mse, found.test_mse)
        assert last["test_mse_grey"] == pytest.approx(found.test_mse * 65_025)
        assert last["parameters"] == (784 + 1) * 8 + (8 + 1) * 2 + (2 + 1) * 8 + (8 + 1) * 784
        assert last["seconds"] > 0
        assert last["epochs_per_second"] == pytest.approx(3 / run.seconds, rel=1e-3)
        assert 0 < last["seconds"] <= sum(line["seconds"] for line in epochs) + 0.001

    def test_what_was_asked_for_is_what_was_trained(self, trained: tuple) -> None:
        run = trained[3].load(trained[1][-1]["run"])
        quick = PRESETS["quick-map"]
        assert run.architecture == replace(quick.architecture, encoder=(8,))
        assert run.training == replace(quick.training, epochs=3, batch_size=2048, seed=5, dataset=TINY)
        assert run.preset is None  # it is no longer the preset's training
        assert (run.status, run.epoch) == ("finished", 3)

    def test_everything_that_belongs_to_a_run_is_kept(self, trained: tuple) -> None:
        store = trained[3]
        run_id = trained[1][-1]["run"]
        files = {path.name for path in (store.folder / run_id).iterdir()}
        assert {
            "run.json",
            "history.json",
            "weights.npz",
            "model.keras",
            "encoder.keras",
            "decoder.keras",
            "snapshots",
        } <= files
        assert [frame.epoch for frame in store.load_frames(run_id)] == [1, 2, 3]
        assert len(store.load_history(run_id).records) == 3


def test_the_terms_of_another_loss_are_in_the_last_object_and_in_show(finished: Run, models: RunStore, capsys) -> None:
    sparse = replace(finished.training, loss="bce", code_l1=0.01)
    measures = replace(finished.measures, others={"bce": 0.2, "code_l1": 3.0})
    models.save(replace(finished, training=sparse, measures=measures))
    terms = {"mse": 0.05, "bce": 0.2, "code_l1": 3.0, "val_mse": 0.06, "val_bce": 0.21, "val_code_l1": 3.1}
    models.save_history(finished.id, History([], [EpochRecord(1, 0.23, 0.241, 0.5, (), terms)]))
    main(["show", finished.id, "--json"])
    told = json.loads(capsys.readouterr().out)
    assert (told["loss"], told["bce"], told["code_l1"]) == (pytest.approx(0.23), 0.2, 3.0)
    assert told["test_mse"] == finished.measures.test_mse
    main(["show", finished.id])
    head, row = capsys.readouterr().out.splitlines()[-2:]
    assert head.split() == ["epoch", "MSE", "grey²", "held", "out", "bce", "code_l1"]
    assert row.split() == ["1", "0.0500", "3251.2", "0.0600", "0.2100", "3.1000"]


@pytest.mark.slow
class TestProgress:
    def test_goes_to_standard_error_and_trouble_is_said_in_a_sentence(self, tmp_path: Path) -> None:
        """Six linear layers at a learning rate of 1: it cannot go well."""
        arguments = ["--encoder", "8-8-8-8-8-8", "--pixels", "grey", "--learning-rate", "1", "--batch-size", "16"]
        for part in ("hidden", "latent", "output"):
            arguments += [f"--{part}-activation", "linear"]
        process = command(tmp_path, "train", "--dataset", TINY, "--schedule", "constant", *arguments)
        status, output, errors = ended(process)
        assert "epoch 1 of 5" in errors
        assert "of 5" not in output
        assert "A learning rate of 1 is too high here" in output
        assert "PCA, 2 components" in output
        assert status == 1
        (run,), unreadable = RunStore(tmp_path).runs()
        assert (run.status, unreadable) == ("stopped", {})
        assert [event.kind for event in run.events] == ["diverged"]
        assert all(np.isfinite(w).all() for w in RunStore(tmp_path).model_of(run).weights)


@pytest.mark.slow
class TestInterrupt:
    def test_ctrl_c_keeps_what_was_trained(self, tmp_path: Path) -> None:
        process = command(tmp_path, *TRAIN, "--epochs", "1000", "--json")
        assert process.stdout
        seen = [json.loads(process.stdout.readline()) for _ in range(3)]
        process.send_signal(signal.SIGINT)
        status, output, errors = ended(process)
        *more, last = [json.loads(line) for line in output.splitlines()]
        assert status == 130, errors
        assert "Traceback" not in errors
        assert (last["status"], last["test_mse"] > 0) == ("stopped", True)
        store = RunStore(tmp_path)
        run = store.load(last["run"])
        epochs = [line["epoch"] for line in seen + more]
        assert run.status == "stopped"
        assert epochs == list(range(1, len(epochs) + 1))
        assert len(epochs) < 1_000
        records = store.load_history(run.id).records
        assert [record.epoch for record in records][: len(epochs)] == epochs
        assert run.epoch == pytest.approx(len(records))
        assert store.model_of(run).encode(np.zeros((1, PIXELS))).shape == (1, 2)


class TestArguments:
    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            ([], "required"),
            (["learn"], "invalid choice"),
            (["train", "--preset", "best"], "invalid choice: 'best'"),
            (["train", "--epochs", "many"], "invalid int value: 'many'"),
            (
                ["train", "--encoder", "256,128"],
                "such as 256-128-64, each from 1 to 4096, got '256,128'",
            ),
            (["train", "--hidden-activation", "swish"], "invalid choice: 'swish'"),
            (["train", "--colour"], "unrecognized arguments: --colour"),
            (["show"], "required: RUN"),
            (["presets", "worst"], "invalid choice: 'worst'"),
        ],
    )
    def test_wrong_ones_end_with_2(
        self, arguments: list[str], words: str, models: RunStore, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert end.value.code == 2
        said = capsys.readouterr()
        assert words in said.err
        assert said.out == ""
        assert not models.folder.exists()

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["train", "--latent-dim", "0"], "Latent dimensions must be a whole number between 1 and 784, got 0"),
            (["train", "--depth", "7"], "Depth must be a whole number between 1 and 6, got 7"),
            (["train", "--learning-rate", "-1"], "Learning rate must be above 0 and at most 1, got -1."),
            (["train", "--pixels", "grey"], "A sigmoid output never exceeds 1"),
            (["show", "nowhere"], "There is no run nowhere; it may have been deleted. Open another one."),
            (["show", "../secrets"], "'../secrets' is not the id of a run"),
        ],
    )
    def test_impossible_ones_end_with_1_and_a_sentence(
        self, arguments: list[str], words: str, models: RunStore, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(arguments) == 1
        said = capsys.readouterr()
        assert said.err.startswith("error: ")
        assert words in said.err
        assert said.out == ""
        assert not models.folder.exists()

    def test_help_shows_examples_that_can_be_typed(self, tmp_path: Path) -> None:
        status, output, _ = ended(command(tmp_path, "--help"))
        assert status == 0
        examples = [line.split("autoencoder ")[1] for line in output.splitlines() if line.startswith("  python -m")]
        assert len(examples) >= 5
        for example in examples:
            with suppress(SystemExit):
                main([*example.split(), "--help"])
        status, _, errors = ended(command(tmp_path, "train", "--epochs"))
        assert status == 2
        assert "expected one argument" in errors


class TestRuns:
    def test_are_listed_with_their_errors(
        self, finished: Run, models: RunStore, capsys: pytest.CaptureFixture[str]
    ) -> None:
        models.save(replace(finished, id="newer", name="", created="2026-02-01T00:00:00+00:00", measures=None))
        (models.folder / "broken").mkdir()
        (models.folder / "broken" / "run.json").write_text("{")
        assert main(["runs"]) == 0
        said = capsys.readouterr()
        head, *rows = said.out.splitlines()
        assert head.split() == ["RUN", "STATUS", "CODE", "ERROR", "ON", "CREATED", "NAME"]
        mine = next(row for row in rows if row.startswith("a-run"))
        assert mine[head.index("NAME") :] == "My run"
        assert mine[head.index("ON") :].startswith("held out")
        listed = [row.split()[0] for row in rows]
        assert [run_id for run_id in listed if run_id not in PRESETS] == ["newer", "a-run"]
        assert set(PRESETS) < set(listed)
        assert finished.measures
        assert f"{finished.measures.test_mse:.4f}" in said.out
        assert "My run" in said.out
        assert said.err == "broken: its files cannot be read\n"

    def test_as_json_one_a_line(self, finished: Run, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["runs", "--json"]) == 0
        described = json.loads(capsys.readouterr().out.splitlines()[-1])  # the oldest
        assert finished.measures
        assert (described["run"], described["test_mse"]) == ("a-run", finished.measures.test_mse)
        assert described["architecture"] == finished.architecture.to_json()

    def test_without_any_those_that_ship_are_listed(self, models: RunStore, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["runs"]) == 0
        assert {line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]} == set(PRESETS)


class TestShow:
    def test_prints_its_metrics_its_layers_and_its_losses(
        self, finished: Run, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["show", "a-run"]) == 0
        said = capsys.readouterr().out
        assert finished.measures
        assert "run a-run (My run): finished after 2 epochs" in said
        assert f"{finished.measures.test_mse:.4f} per pixel, {finished.measures.test_mse * 65_025:,.1f} grey²" in said
        for layer in finished.architecture.layers:
            assert layer.name in said
        assert f"{finished.architecture.parameter_count:,}" in said
        rows = [line.split() for line in said.splitlines()[-2:]]
        assert rows == [["1", "0.0500", "3251.2", "0.0600"], ["2", "0.0400", "2601.0", "-"]]

    def test_of_a_run_on_all_digits_pca_is_that_of_the_digits_it_is_judged_on(
        self, finished: Run, models: RunStore, capsys: pytest.CaptureFixture[str]
    ) -> None:
        run = replace(finished, training=replace(finished.training, digits="all"), measures=Measures(0.1, 0.1))
        models.save(replace(run, preset="of a newer version"))
        assert main(["show", run.id]) == 0
        said, dataset = capsys.readouterr().out, load_dataset(run.training.dataset)
        d, baseline = run.architecture.latent_dim, pca_baseline(dataset)
        seen = dataset.n_training / len(dataset)
        on_all = seen * baseline.train_mse[d] + (1 - seen) * baseline.test_mse[d]
        assert f"{on_all:.4f}" != f"{baseline.test_mse[d]:.4f}"
        assert re.search(rf"PCA, {d} components +{on_all:.4f} per pixel", said)
        assert f"last {dataset.n_held_out:,} (trained on)" in said

    def test_as_json_says_the_same_as_the_list(self, finished: Run, capsys: pytest.CaptureFixture[str]) -> None:
        main(["runs", "--json"])
        listed = capsys.readouterr().out.splitlines()
        assert main(["show", "a-run", "--json"]) == 0
        assert capsys.readouterr().out.splitlines() == listed[-1:]


class TestKeep:
    def test_a_training_that_cannot_begin_leaves_no_run(self, store: RunStore) -> None:
        with pytest.raises(DataUnavailable):
            train_and_keep(store, SMALL, replace(QUICK, dataset="openml:absent"), lambda report: None)
        assert store.runs() == ([], {})

    @pytest.mark.slow
    def test_a_run_that_stopped_early_says_so(self, store: RunStore) -> None:
        training = replace(QUICK, learning_rate=0.03, epochs=60, patience=2)
        run = train_and_keep(store, SMALL, training, lambda report: None, with_keras_files=False)
        assert run.epoch < 60
        assert [event.kind for event in run.events] == ["early_stop"]

    @pytest.mark.slow
    def test_an_interruption_before_the_first_epoch_keeps_the_run_as_stopped(self, store: RunStore) -> None:
        def interrupt(report: object) -> None:
            raise KeyboardInterrupt

        run = train_and_keep(store, SMALL, replace(QUICK, epochs=50), interrupt, with_keras_files=False)
        assert run.status == store.load(run.id).status == "stopped"
        assert run.epoch == 1  # the slice that had just been trained
        assert store.model_of(run).weights
        assert not store.is_claimed(run.id)
