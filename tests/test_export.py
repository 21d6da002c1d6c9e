"""Laws of what is taken home: every export opens in the program that it is for, and holds what the run has."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import QUICK, SMALL, random_weights
from exports import contents_of, finished_run, zipped

from autoencoder.__main__ import main
from autoencoder.data.dataset import Dataset, load_dataset
from autoencoder.errors import InvalidExport
from autoencoder.export.animation import animation
from autoencoder.export.codes import table
from autoencoder.export.kinds import EXPORTS, ZIP, export_named
from autoencoder.export.onnx_files import decoder_onnx, encoder_onnx
from autoencoder.export.script import notebook_of, told_of
from autoencoder.export.script_text import script_text
from autoencoder.export.source import Source
from autoencoder.network.kinds import model_with
from autoencoder.runs.notices import Notice
from autoencoder.runs.store import RunStore
from autoencoder.settings import ACTIVATIONS, Architecture
from autoencoder.training.records import Frame

VARIATIONAL = replace(SMALL, variational=True)
GREY = replace(SMALL, pixels="grey", output_activation="relu")


@pytest.fixture
def source(store: RunStore) -> Source:
    return Source(finished_run(store), store)


class TestTables:
    def test_a_row_a_digit_with_label_error_and_code(self, source: Source, tmp_path: Path) -> None:
        EXPORTS["csv"].write(source, tmp_path / "codes.csv")
        rows = list(csv.DictReader(io.StringIO((tmp_path / "codes.csv").read_text())))
        dataset = load_dataset(QUICK.dataset)
        assert list(rows[0]) == ["digit", "label", "held_out", "mse", "code_1", "code_2"]
        assert [row["label"] for row in rows] == [dataset.classes[label] for label in dataset.labels]
        assert [row["held_out"] for row in rows].count("True") == dataset.n_held_out
        codes = np.array([[float(row["code_1"]), float(row["code_2"])] for row in rows])
        np.testing.assert_allclose(codes, source.space.codes, rtol=1e-6)

    def test_rows_of_a_file_of_ones_own_are_told_and_no_label_is_a_formula(
        self, source: Source, tiny: Dataset, tmp_path: Path
    ) -> None:
        names = ("=1+1", "@x", *(str(label) for label in range(8)))
        own = replace(tiny, classes=names, rows=np.arange(len(tiny))[::-1].copy())
        source.__dict__["dataset"] = own  # in place of the one that the run names
        EXPORTS["csv"].write(source, tmp_path / "codes.csv")
        rows = list(csv.DictReader(io.StringIO((tmp_path / "codes.csv").read_text())))
        assert [int(row["row"]) for row in rows] == own.rows.tolist()
        assert {row["label"] for row in rows} == {"'=1+1", "'@x", *names[2:]}
        assert set(table(source)["label"]) == set(names)  # in Parquet they stay as they are

    def test_parquet_holds_the_same_with_types_and_the_spread_of_a_variational_run(
        self, store: RunStore, tmp_path: Path
    ) -> None:
        import pandas as pd

        source = Source(finished_run(store, VARIATIONAL), store)
        EXPORTS["parquet"].write(source, tmp_path / "codes.parquet")
        table = pd.read_parquet(tmp_path / "codes.parquet")
        assert table["code_1"].dtype == np.float32
        np.testing.assert_array_equal(table[["code_1", "code_2"]], source.space.codes)
        np.testing.assert_array_equal(table[["spread_1", "spread_2"]], source.space.spread)
        np.testing.assert_array_equal(table["mse"], source.space.errors)


class TestOnnx:
    @pytest.mark.parametrize(
        "architecture",
        [*(Architecture((9, 8), 3, (7,), name, name, "sigmoid") for name in ACTIVATIONS), VARIATIONAL, GREY,
         Architecture(latent_dim=2, convolutional=True, variational=True)],
        ids=[*ACTIVATIONS, "variational", "grey", "convolutional"],
    )  # fmt: skip
    def test_onnxruntime_gives_the_numbers_of_the_app(self, architecture: Architecture) -> None:
        import onnxruntime

        model, images = model_with(architecture, random_weights(architecture)), load_dataset(QUICK.dataset).images[:5]
        described, pixels = model.description(), images.astype(np.float32) / 255
        encoder, decoder = (
            onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
            for content in (encoder_onnx(described), decoder_onnx(described))
        )
        code, *spread = encoder.run(None, {"pixels": pixels})
        codes = model.encode(images)
        np.testing.assert_allclose(code, codes, rtol=1e-5, atol=1e-5 * np.abs(codes).max())
        if architecture.variational:
            np.testing.assert_allclose(np.exp(spread[0] / 2), model.spread(images), rtol=1e-4)
        (drawn,) = decoder.run(None, {"code": codes})
        wanted = model.decode(codes)
        np.testing.assert_allclose(drawn, wanted, rtol=1e-5, atol=1e-5 * max(1, np.abs(wanted).max()))


class TestScript:
    def test_it_is_python_and_names_the_run(self, source: Source) -> None:
        script = script_text(told_of(source))
        compile(script, "train.py", "exec")
        assert "My run" in script
        assert "within 2 %" in script

    @pytest.mark.parametrize(
        ("architecture", "training"),
        [
            (VARIATIONAL, replace(QUICK, beta=2.0, beta_warm_up=2, code_l1=1e-3)),
            (SMALL, replace(QUICK, noise=0.3, mask=0.1, dropout=0.2, schedule="one-cycle")),
            (SMALL, replace(QUICK, weight_decay=0.1, loss="bce", schedule="cosine")),
            (Architecture(convolutional=True), QUICK),
        ],
    )
    def test_of_every_kind_of_run(self, store: RunStore, architecture: Architecture, training: object) -> None:
        source = Source(finished_run(store, architecture, training), store)  # type: ignore[arg-type]
        script = script_text(told_of(source))
        compile(script, "train.py", "exec")
        assert all(f'"{layer.name}"' in script for layer in architecture.layers[1:])
        chance = source.run.training.noise or source.run.training.dropout or architecture.variational
        assert ("over seeds" in script) == bool(chance)

    def test_it_learns_at_the_rates_that_the_run_was_set_to(self, store: RunStore) -> None:
        run = finished_run(store)
        run = replace(run, events=(Notice("rate_changed", {"rate": 0.001, "epoch": 1.5}),))
        assert "RATES = [(0.0, 0.01), (1.5, 0.001)]" in script_text(told_of(Source(run, store)))

    def test_a_name_cannot_end_a_string_of_the_program(self, store: RunStore) -> None:
        run = replace(finished_run(store), name='a"""\nimport os\nos.abort()\n"""\\')
        head = script_text(told_of(Source(run, store))).split('"""')[1]
        assert "os.abort()" in head
        assert "\nimport" not in head

    def test_the_notebook_holds_the_same_cells(self, source: Source) -> None:
        import nbformat

        notebook = notebook_of(script_text(told_of(source)))
        nbformat.validate(nbformat.from_dict(notebook))
        code = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")
        compile(code, "train.ipynb", "exec")
        assert "trained.fit(" in code
        assert "sys.argv" not in code


def test_the_film_shows_each_map_that_was_kept(source: Source) -> None:
    from PIL import Image

    frames = source.store.load_frames(source.run.id)
    with Image.open(io.BytesIO(animation(frames, source.dataset.labels[-10:], {1: 0.05}))) as film:
        assert film.n_frames == len(frames) == 2
        first = film.convert("RGB").tobytes()
        film.seek(1)
        assert film.convert("RGB").tobytes() != first
    one = [Frame(frame.epoch, frame.codes[:, :1], frame.reconstructions) for frame in frames]
    assert animation(one, None, {}).startswith(b"GIF89a")


class TestZip:
    def test_it_holds_every_other_export_and_a_readme_that_names_them(self, source: Source, tmp_path: Path) -> None:
        ZIP.write(source, tmp_path / "run.zip")
        files = contents_of(tmp_path / "run.zip")
        readme = files["README.md"].decode()
        for export in EXPORTS.values():
            if export is not ZIP:
                assert files[export.file]
                assert f"`{export.file}`: {export.label}" in readme
        assert readme.startswith("# My run")
        assert "A note." in readme
        assert "python -m autoencoder open" in readme

    def test_it_does_not_say_whose_it_was(self, source: Source, tmp_path: Path) -> None:
        files = contents_of(zipped(source.store, source.run, tmp_path / "run.zip"))
        stored = json.loads(files["run/run.json"])
        assert stored["owner"] is None
        assert "beside" not in stored
        assert not any(b"somebody" in content for content in files.values())

    def test_what_this_run_cannot_give_is_named_in_the_readme(self, source: Source, tmp_path: Path) -> None:
        source.store.drop_frames(source.run.id, after=0)
        ZIP.write(source, tmp_path / "run.zip")
        files = contents_of(tmp_path / "run.zip")
        assert "training.gif" not in files
        assert "`training.gif` is missing: Run a-run has kept no maps" in files["README.md"].decode()


def test_only_a_run_that_has_ended_is_taken_home(store: RunStore) -> None:
    run = replace(finished_run(store), status="paused", measures=None)
    with pytest.raises(InvalidExport, match="has not ended"):
        Source(run, store)
    with pytest.raises(InvalidExport, match=r"no export called .docx.\. Choose one of: zip, model"):
        export_named("docx")


def test_each_kind_is_registered_once() -> None:
    assert next(iter(EXPORTS)) == "zip"
    files = [export.file for export in EXPORTS.values()]
    assert len(set(files)) == len(files)
    assert all(export.label and export.about.endswith(".") for export in EXPORTS.values())


def test_on_the_command_line(store: RunStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELS_DIR", str(store.folder))
    run = finished_run(store)
    assert main(["export", run.id, "--what", "csv", "--to", str(tmp_path)]) == 0
    assert (tmp_path / "codes.csv").read_text().startswith("digit,label")
    assert main(["export", run.id, "--to", str(tmp_path / "all.zip")]) == 0
    assert main(["open", str(tmp_path / "all.zip")]) == 0
    assert len(store.runs()[0]) == 2
    assert main(["export", run.id, "--what", "nothing"]) == 1
    assert main(["export", run.id, "--to", str(tmp_path / "no" / "folder.zip")]) == 1
    assert main(["open", str(tmp_path / "nothing.zip")]) == 1
    assert zipfile.is_zipfile(tmp_path / "all.zip")
