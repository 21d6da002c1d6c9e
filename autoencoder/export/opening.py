"""Opens a run's zip as a run: everything is checked before anything is unpacked, parsed, and written anew by the store.

Nothing of the file reaches the folder of runs as it is: settings, losses, weights, maps and codes go through the same
readers as stored runs do, and what those do not know does not come along.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from autoencoder.data.dataset import OWN, Dataset, load_dataset, read_dataset
from autoencoder.data.reading.packed import contents
from autoencoder.errors import N_, AutoencoderError, InvalidData, InvalidRunFile, RunFromNewerVersion
from autoencoder.export.manifest import (
    FORMAT,
    IMAGES,
    LARGEST_MANIFEST,
    MANIFEST,
    MOST_FRAMES,
    RUN,
    FileSaid,
    Manifest,
    is_frame,
    largest,
    manifest_from_json,
    said_of,
)
from autoencoder.export.of_weights import About, open_weights
from autoencoder.export.weights_file import CONFIG, WEIGHTS
from autoencoder.network.protocol import Array
from autoencoder.presets import exact_preset
from autoencoder.runs.run import Run, clean_name, clean_note, now
from autoencoder.runs.store import RunStore
from autoencoder.sentences import Said
from autoencoder.settings import PIXELS
from autoencoder.training.records import PICTURED, WATCHED

_THERE = "opened"  # the id that it has while it is read
_MOST_ARRAYS = 200  # in one file of arrays
_RATIO = 200  # unpacked to packed bytes of these


@dataclass(frozen=True, eq=False)
class Opened:
    """A run that was opened, and the data set that came with it."""

    run: Run
    images: Dataset | None = None


def open_file(path: Path, store: RunStore, owner: str | None = None, about: About | None = None) -> Opened:
    """A zip of *Take it home*, or a `.keras` file, as a run in `store`. Raises InvalidRunFile, StorageError."""
    try:
        names = {member.name for member in contents(path).members}
    except InvalidData as problem:
        raise InvalidRunFile(
            "The file is no zip of a run and no Keras model, or it is damaged. {problem}", problem=problem
        ) from problem
    if MANIFEST not in names and {CONFIG, WEIGHTS} & names:
        return Opened(open_weights(path, store, owner, about or About(path.stem)))
    return open_archive(path, store, owner)


def open_archive(path: Path, store: RunStore, owner: str | None = None) -> Opened:
    """The run of a zip, written to `store` with a new id and this owner (hashed). Raises InvalidRunFile, StorageError.

    The data set that came along is checked and handed over; nobody has added it yet.
    """
    try:
        return _opened(path, store, owner)
    except (InvalidRunFile, RunFromNewerVersion):
        raise
    except AutoencoderError as problem:
        raise InvalidRunFile("The file cannot be opened as a run. {problem}", problem=problem) from problem


def _opened(path: Path, store: RunStore, owner: str | None) -> Opened:
    names = _names(path)
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
        manifest = _manifest(archive, names)
        _check(archive, names, manifest)
        there = RunStore(Path(folder))
        for name in names:
            if largest(name) is not None:
                _unpack(archive, name, manifest.files[name], _place(Path(folder), name))
        images = _images(Path(folder) / IMAGES, manifest) if IMAGES in names else None
        return Opened(_written_anew(there, store, owner, images), images)


# ---- before anything is unpacked ----


def _names(path: Path) -> list[str]:
    try:
        found = contents(path)
    except InvalidData as problem:
        raise InvalidRunFile("The file is no zip of a run, or it is damaged. {problem}", problem=problem) from problem
    names = [member.name for member in found.members]
    if doubled := sorted({name for name in names if names.count(name) > 1}) if len(names) < 1_000 else names:
        raise InvalidRunFile("The zip holds the file {name} twice; a run's zip does not.", name=doubled[0][:100])
    if MANIFEST not in names:
        raise InvalidRunFile(
            "The zip holds no {name}, so it is no run that was taken home. Choose a zip of *Take it home*.",
            name=MANIFEST,
        )
    return names


def _manifest(archive: zipfile.ZipFile, names: Iterable[str]) -> Manifest:
    if archive.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
        raise _damaged(MANIFEST, Said(N_("it is too large")))
    try:
        values = json.loads(archive.read(MANIFEST))
        version = int(values["format"])
        if version <= FORMAT:
            return manifest_from_json(values)
    except Exception as problem:  # JSON, zipfile and zlib raise almost anything
        raise _damaged(MANIFEST, problem) from problem
    raise InvalidRunFile(
        "A newer version of the app made this zip (format {found}, this one reads up to {known}). Update the app.",
        found=version,
        known=FORMAT,
    )


def _check(archive: zipfile.ZipFile, names: list[str], manifest: Manifest) -> None:
    """Names, sizes and numbers, by what zip and manifest say."""
    for name in (f"{RUN}run.json", f"{RUN}weights.npz"):
        if name not in names:
            raise InvalidRunFile("The zip lacks the file {name}: a part of it was lost. Take it home again.", name=name)
    if sum(map(is_frame, names)) > MOST_FRAMES:
        raise _damaged(f"{RUN}snapshots", Said(N_("more than {most} maps"), {"most": MOST_FRAMES}))
    for name in names:
        if name == MANIFEST:
            continue
        most, size = largest(name), archive.getinfo(name).file_size
        if name.startswith(RUN) and most is None:
            raise InvalidRunFile("The zip holds {name}, which no run has. Take it home again.", name=name[:100])
        if name not in manifest.files or manifest.files[name].bytes != size:
            raise _damaged(name, Said(N_("its size is not the one that was written down")))
        if most is not None and size > most:
            raise _damaged(name, Said(N_("{size:,} bytes are too many"), {"size": size}))


def _damaged(name: str, problem: object) -> InvalidRunFile:
    return InvalidRunFile(
        "The file {name} in the zip is not as it was when the run was taken home ({problem}). Take it home again.",
        name=name[:100],
        problem=problem if isinstance(problem, Said) else str(problem)[:200],
    )


# ---- unpacking ----


def _place(folder: Path, name: str) -> Path:
    """Where a known file goes: its name is one of those that `largest` knows, so it leads nowhere else."""
    return folder / _THERE / name.removeprefix(RUN) if name.startswith(RUN) else folder / name


def _unpack(archive: zipfile.ZipFile, name: str, wanted: FileSaid, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with archive.open(name) as stream, path.open("wb") as file:
            found = said_of(stream, file.write)
    except Exception as problem:  # zipfile and zlib raise almost anything
        raise _damaged(name, problem) from problem
    if found != wanted:
        raise _damaged(name, Said(N_("its fingerprint differs")))
    if path.suffix == ".npz":
        _check_arrays(name, path)


def _check_arrays(name: str, path: Path) -> None:
    """By what the archive of arrays says of itself, since it is a zip in the zip."""
    try:
        with zipfile.ZipFile(path) as arrays:
            entries = arrays.infolist()
    except Exception as problem:
        raise _damaged(name, problem) from problem
    size = sum(entry.file_size for entry in entries)
    if len(entries) > _MOST_ARRAYS or size > max(10**6, _RATIO * path.stat().st_size):
        said = Said(N_("it would unpack to {size:,} bytes in {n:,} arrays"), {"size": size, "n": len(entries)})
        raise _damaged(name, said)


def _images(path: Path, manifest: Manifest) -> Dataset:
    dataset = read_dataset(path, manifest.dataset)
    if dataset.fingerprint != manifest.fingerprint or manifest.dataset != OWN + dataset.fingerprint:
        raise _damaged(IMAGES, Said(N_("its images are others than those that the run was trained on")))
    return dataset


# ---- parsed, and written anew ----


def _written_anew(there: RunStore, store: RunStore, owner: str | None, images: Dataset | None) -> Run:
    found = there.load(_THERE)
    if not found.ended or found.measures is None:
        raise InvalidRunFile("The run in the zip has not ended, so it cannot be opened. Take it home at its end.")
    run = replace(
        found,
        id=store.new_id(),
        name=clean_name(found.name),
        note=clean_note(found.note),
        preset=exact_preset(found.architecture, found.training),
        owner=owner,
        beside=None,
        created=now(),
        best_epoch=0,
        others={},
    )
    weights = _weights(there, found)
    history = there.load_history(_THERE)
    digits = len(images) if images is not None else _digits_here(run.training.dataset)
    space, frames = there.load_space(_THERE), there.load_frames(_THERE, most=MOST_FRAMES)
    if space is not None:
        n = len(space.errors) if digits is None else digits
        _require(f"{RUN}space.npz", space.errors, (n,))
        for codes in (space.codes, *([] if space.spread is None else [space.spread])):
            _require(f"{RUN}space.npz", codes, (n, run.architecture.latent_dim))
    for frame in frames:
        name = f"{RUN}snapshots/{frame.epoch:08.3f}.npz"
        n, shown = len(frame.codes), len(frame.reconstructions)
        _require(name, frame.codes, (min(n, WATCHED), min(2, run.architecture.latent_dim)))
        _require(name, frame.reconstructions, (min(shown, PICTURED), PIXELS))
        if frame.space is not None:
            _require(name, frame.space, (n, run.architecture.latent_dim))
    compared = there.load_compared(_THERE)
    tsne = there.load_tsne(_THERE) if there.has_tsne(_THERE) else None
    counted = digits if digits is not None else 0 if space is None else len(space.errors)
    selections = there.selections(_THERE).load().checked(counted)

    store.save_weights(run.id, weights)
    store.save_history(run.id, history)
    for frame in frames:
        store.save_frame(run.id, frame)
    if space is not None:
        store.save_space(run.id, space)
    if compared is not None:
        store.save_compared(run.id, compared)
    if selections.all:
        store.selections(run.id).save(selections)
    if tsne is not None:
        _require(f"{RUN}tsne.npz", tsne, (len(tsne), 2))
        store.save_tsne(run.id, tsne)
    store.save(run)  # last: whoever sees the run finds the rest
    return run


def _weights(there: RunStore, run: Run) -> tuple[Array, ...]:
    weights = there.model_of(run).weights  # of the right shapes, or it raises
    if not all(w.dtype == np.float32 and np.isfinite(w).all() for w in weights):
        raise _damaged(f"{RUN}weights.npz", Said(N_("weights are no finite 32-bit numbers")))
    return weights


def _digits_here(dataset: str) -> int | None:
    """How many digits a data set has; None where it is not on this machine."""
    try:
        return len(load_dataset(dataset))
    except AutoencoderError:
        return None


def _require(name: str, array: Array, shape: tuple[int, ...]) -> None:
    if array.shape != shape or array.dtype.kind not in "fu" or not np.isfinite(array).all():
        said: dict[str, object] = {"got": str(array.shape), "kind": str(array.dtype), "shape": str(shape)}
        raise _damaged(name, Said(N_("an array of shape {got} and kind {kind}, expected finite ones {shape}"), said))
