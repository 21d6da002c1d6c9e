"""Laws of the script and the notebook: they train the run anew, with Keras alone, and end where it ended."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import CROWD, QUICK, SMALL
from exports import finished_run

from autoencoder.data.dataset import load_dataset, save_dataset
from autoencoder.engine.local import train_and_keep
from autoencoder.export.kinds import EXPORTS
from autoencoder.export.source import Source
from autoencoder.network.grey_levels import pixels
from autoencoder.network.keras import tensorflow
from autoencoder.runs.store import RunStore
from autoencoder.settings import Architecture, Training

LONGER = replace(QUICK, dataset=CROWD, batch_size=64, epochs=2, learning_rate=0.003)
VARIATIONAL = replace(SMALL, encoder=(32,), variational=True)
KINDS = {
    "denoising": (SMALL, replace(LONGER, noise=0.3, mask=0.2)),
    "variational": (VARIATIONAL, replace(LONGER, beta=0.5, beta_warm_up=1, loss="bce")),
    "sparse": (SMALL, replace(LONGER, code_l1=1e-3, weight_decay=0.1, schedule="cosine")),
    "grey": (replace(SMALL, pixels="grey", output_activation="relu"), replace(LONGER, digits="all")),
    "thinned": (replace(SMALL, encoder=(32,)), replace(LONGER, dropout=0.2, schedule="one-cycle")),
    "convolutional": (Architecture(convolutional=True), replace(LONGER, epochs=1, batch_size=500)),
}


@pytest.mark.proof
def test_the_script_ends_where_the_run_ended(store: RunStore, tmp_path: Path) -> None:
    architecture = Architecture((16,), 2)
    ran(architecture, replace(LONGER, schedule="one-cycle"), store, tmp_path, within=0.02)


@pytest.mark.slow
def test_keras_opens_the_halves_of_a_run_that_has_no_files_of_keras_yet(store: RunStore, tmp_path: Path) -> None:
    """As of the shipped runs: they are made from the weights."""
    _, keras = tensorflow()
    run = finished_run(store)
    for path in (store.folder / run.id).glob("*.keras"):
        path.unlink()
    source, parts = Source(run, store), {}
    for part in ("model", "encoder", "decoder"):
        EXPORTS[part].write(source, tmp_path / f"{part}.keras")
        parts[part] = keras.models.load_model(tmp_path / f"{part}.keras")
    images = pixels(source.dataset.images[:9])
    codes = parts["encoder"].predict(images, verbose=0)
    np.testing.assert_allclose(codes, source.model.encode(images), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(
        parts["decoder"].predict(codes, verbose=0), parts["model"].predict(images, verbose=0), rtol=1e-5, atol=1e-5
    )


@pytest.mark.proof
@pytest.mark.parametrize(("architecture", "training"), KINDS.values(), ids=KINDS)
def test_of_each_kind_of_run(architecture: Architecture, training: Training, store: RunStore, tmp_path: Path) -> None:
    """Where chance has a part in the training: within the spread of the app's own runs over seeds."""
    spread = 0.02
    if training.noise or training.dropout or architecture.variational:
        others = [trained(store, architecture, replace(training, seed=seed), f"seed-{seed}")[1] for seed in range(3)]
        spread = max(0.02, 1.5 * (max(others) - min(others)) / min(others))
    ran(architecture, training, store, tmp_path, within=spread)


@pytest.mark.proof
def test_the_notebook_runs_in_jupyter(store: RunStore, tmp_path: Path) -> None:
    import nbformat
    from nbclient import NotebookClient

    source, mse = trained(store, SMALL, replace(LONGER, epochs=1), "a-run")
    save_dataset(load_dataset(CROWD), tmp_path / "images.npz")
    EXPORTS["notebook"].write(source, tmp_path / "train.ipynb")
    notebook = nbformat.read(tmp_path / "train.ipynb", as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    said = "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))
    assert mse_in(said) == pytest.approx(mse, rel=0.02)


def trained(store: RunStore, architecture: Architecture, training: Training, run_id: str) -> tuple[Source, float]:
    """A run trained for real, and the MSE that it reached."""
    run = train_and_keep(store, architecture, training, lambda _: None, run_id=run_id, with_keras_files=False)
    assert run.measures is not None
    assert run.measures.error is not None
    return Source(run, store), run.measures.error


def ran(architecture: Architecture, training: Training, store: RunStore, folder: Path, within: float) -> None:
    """The script, in a process of its own: as many parameters, and an MSE within this share of the run's."""
    source, mse = trained(store, architecture, training, "a-run")
    save_dataset(load_dataset(training.dataset), folder / "images.npz")
    EXPORTS["script"].write(source, folder / "train.py")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "train.py", "images.npz"],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=250,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"{architecture.parameter_count:,} parameters" in done.stdout
    assert mse_in(done.stdout) == pytest.approx(mse, rel=within), json.dumps(done.stdout)
    assert {"autoencoder.keras", "encoder.keras", "decoder.keras"} <= {path.name for path in folder.iterdir()}
    assert np.isfinite(mse_in(done.stdout))


def mse_in(said: str) -> float:
    found = re.search(r"MSE (\d\.\d+)", said)
    assert found, said
    return float(found[1])
