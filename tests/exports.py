"""A finished run to take home, and zips of it that are changed by hand."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from conftest import QUICK, SMALL, random_weights

from autoencoder.analysis.latent_space import latent_space
from autoencoder.analysis.metrics import measure
from autoencoder.data.dataset import load_dataset
from autoencoder.export.archive import archive_of
from autoencoder.export.manifest import MANIFEST
from autoencoder.export.source import Source
from autoencoder.network.kinds import model_with
from autoencoder.runs.history import History
from autoencoder.runs.run import Run
from autoencoder.runs.store import RunStore
from autoencoder.settings import Architecture, Training
from autoencoder.training.records import EpochRecord, Frame


def finished_run(
    store: RunStore, architecture: Architecture = SMALL, training: Training = QUICK, run_id: str = "a-run"
) -> Run:
    """A run with random weights that are measured for real, its losses and two maps; Keras's files are stand-ins."""
    dataset, weights = load_dataset(training.dataset), random_weights(architecture)
    space = latent_space(model_with(architecture, weights), dataset)
    run = Run(
        run_id, architecture, training, "My run", owner="somebody", created="2026-01-01T00:00:00+00:00",
        status="finished", epoch=2, seconds=1, measures=measure(space, training, dataset), note="A note.",
        beside="b-run",
    )  # fmt: skip
    files = {f"{part}.keras": part.encode() for part in ("model", "encoder", "decoder")}
    store.save_weights(run.id, weights, files)
    store.save_history(
        run.id, History([(0.5, 0.06), (1.0, 0.05)], [EpochRecord(1, 0.05, 0.06, 0.5), EpochRecord(2, 0.04, 0.05, 0.5)])
    )
    for epoch in (1.0, 2.0):
        store.save_frame(run.id, Frame(epoch, epoch * space.codes[-10:, :2], dataset.images[:16]))
    store.save_space(run.id, space)
    store.save(run)
    return run


def zipped(store: RunStore, run: Run, path: Path, with_images: bool = False) -> Path:
    """The run's zip, without the other exports, which cost time."""
    archive_of(()).write(Source(run, store, with_images), path)
    return path


def contents_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed_again(path: Path, files: dict[str, bytes], told: bool = True) -> Path:
    """A zip of these files; `told`: whether the manifest is brought up to them, as somebody would who means harm."""
    files = dict(files)
    if told and files.get(MANIFEST, b"").startswith(b"{") and len(files[MANIFEST]) > 1:
        manifest = json.loads(files[MANIFEST])
        manifest["files"] = {
            name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in files.items()
            if name != MANIFEST
        }
        files[MANIFEST] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def arrays(pickled: bool = False, **values: Any) -> bytes:
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=pickled, **values)
    return content.getvalue()


def with_json(content: bytes, **changes: Any) -> bytes:
    return json.dumps({**json.loads(content), **changes}).encode()


def under_another_name(run: Run) -> Run:
    """What of a run is the same after it was opened elsewhere."""
    return replace(run, id="", owner=None, beside=None, created="", preset=None)
