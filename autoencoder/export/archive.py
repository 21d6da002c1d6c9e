"""All of a run as one zip with a README, which opens again as a run (`opening.py`)."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from autoencoder.data.dataset import OWN, save_dataset
from autoencoder.errors import N_, AutoencoderError
from autoencoder.export.manifest import IMAGES, MANIFEST, RUN, FileSaid, Manifest, said_of
from autoencoder.export.readme import readme
from autoencoder.export.record import Export
from autoencoder.export.source import Source
from autoencoder.runs.files import write_json
from autoencoder.runs.run import run_to_json

_PACKED = (".npz", ".keras", ".parquet", ".gif")  # would not become smaller


def archive_of(others: Sequence[Export]) -> Export:
    """The export that holds these others beside the files of the run itself."""
    return Export(
        "zip", N_("All of it (zip)"), N_("Opens here again as a run, and holds everything below with a README."),
        "run.zip", "application/zip", partial(_write, others), keras=True,
    )  # fmt: skip


def _write(others: Sequence[Export], source: Source, path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        files = _run_files(source, Path(folder))
        made, left_out = _others(others, source, Path(folder))
        about = Path(folder) / "README.md"
        about.write_text(readme(source, made, left_out, with_images=IMAGES in files), encoding="utf-8")
        files = {"README.md": about, **{each.file: Path(folder) / each.file for each in made}, **files}
        said = {name: _add(archive, name, file) for name, file in files.items()}
        dataset = source.dataset_or_none
        fingerprint = None if dataset is None else dataset.fingerprint
        manifest = Manifest(source.run.id, source.run.training.dataset, fingerprint, said)
        archive.writestr(MANIFEST, json.dumps(manifest.to_json(), indent=1))


def _add(archive: zipfile.ZipFile, name: str, file: Path) -> FileSaid:
    how = zipfile.ZIP_STORED if file.suffix in _PACKED else zipfile.ZIP_DEFLATED
    archive.write(file, name, how)
    with file.open("rb") as stream:
        return said_of(stream)


def _run_files(source: Source, folder: Path) -> dict[str, Path]:
    """What the run is made of, without its owner; and the images, where they are wanted and it needs them."""
    run, store = source.run, source.store
    if not store.has_space(run.id) and source.dataset_or_none is not None:
        store.save_space(run.id, source.space)
    written = folder / "run.json"
    write_json(written, run_to_json(replace(run, owner=None, beside=None)))
    files = {f"{RUN}run.json": written, **{RUN + name: path for name, path in store.parts(run.id).items()}}
    if source.with_images and goes_with_images(run.training.dataset):
        save_dataset(source.dataset, folder / IMAGES)
        files[IMAGES] = folder / IMAGES
    return files


def goes_with_images(dataset: str) -> bool:
    """Whether a run's images are somebody's own, and travel only where that is ticked."""
    return dataset.startswith(OWN)


def _others(others: Sequence[Export], source: Source, folder: Path) -> tuple[list[Export], dict[str, AutoencoderError]]:
    """The exports that this run gives, written; and why it does not give the rest."""
    made, left_out = [], {}
    for each in others:
        try:
            each.write(source, folder / each.file)
            made.append(each)
        except AutoencoderError as problem:  # such as codes of digits that are gone
            left_out[each.file] = problem
    return made, left_out
