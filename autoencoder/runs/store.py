"""Runs on disk, one folder each: `models/<id>/`. Every file is written whole or not at all.

run.json         settings, state, measures and events
history.json     losses by epoch, as columns
snapshots/       the map and sixteen reconstructions, one small file an epoch
checkpoint.npz   all that a training needs to go on; removed when it ends
weights.npz      the weights at the end
metrics.json     metrics computed on demand, beside PCA's
space.npz        the code and the error of each digit; derived from the weights
selections.json  selections of digits that the owner has named
tsne.npz         t-SNE of the held-out digits' codes, computed on demand
model.keras, encoder.keras, decoder.keras

JSON files are of the format `files.FORMAT`, where everything has a name; format 1 is still read
(docs/decisions/0012-records.md).

The runs that ship with the app are read-only, and listed beside those of every folder. Files derived from a shipped run
are kept here, in `.<id>-<fingerprint of its weights>/`, so a version that ships new weights gets new ones.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

from autoencoder.analysis.latent_space import LatentSpace
from autoencoder.analysis.metrics import ComparedWithPca
from autoencoder.data.quantised import restored, stepped
from autoencoder.errors import AutoencoderError, NotAllowed, RunNotFound, RunUnreadable, StorageError
from autoencoder.network.kinds import model_with
from autoencoder.network.protocol import Array, Model
from autoencoder.presets import PRESETS
from autoencoder.process.files import locked, remove, storage_error, write_atomically
from autoencoder.runs.checkpoint import checkpoint_from_arrays, checkpoint_to_arrays, series_of
from autoencoder.runs.files import (
    FORMAT,
    of_newer_version,
    read_json,
    read_npz,
    reading,
    unreadable,
    write_json,
    write_npz,
)
from autoencoder.runs.frames import evenly, frame_files, frame_to_arrays, read_frame
from autoencoder.runs.history import History, history_from_json, history_to_json
from autoencoder.runs.run import Run, run_from_json, run_to_json
from autoencoder.runs.selections import SelectionsFile
from autoencoder.training.records import MAPS, Checkpoint, Frame

SHIPPED = Path(__file__).parents[2] / "models"
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class RunStore:
    """A folder of runs, and the runs that ship with the app. Anyone may read a run; only who claims it may write it.

    Without `folder`: MODELS_DIR, or where the shipped runs are. With it: that folder alone, unless `shipped` is given.
    """

    def __init__(self, folder: Path | str | None = None, shipped: Path | None = None) -> None:
        """`shipped`: a folder of read-only runs that are seen beside those of `folder`."""
        self.folder = Path(folder or os.environ.get("MODELS_DIR") or SHIPPED)
        self._shipped = shipped if folder else SHIPPED
        self._read: dict[Path, tuple[int, Run]] = {}  # run.json by its time of change
        self._sizes: dict[str, tuple[int, int]] = {}  # bytes of a run by its folder's time of change

    # ---- runs ----

    def new_id(self) -> str:
        """A random id that nobody can guess."""
        return secrets.token_hex(8)

    def runs(self) -> tuple[list[Run], dict[str, RunUnreadable]]:
        """All readable runs, newest first; and why each unreadable one cannot be read, by id."""
        runs, unreadable = [], {}
        ids = {path.parent.name for path in self.folder.glob("*/run.json")}
        for run_id in ids | {preset for preset in PRESETS if self.ships(preset)}:
            try:
                runs.append(self.load(run_id))
            except RunNotFound:
                continue  # deleted in between, or a folder of somebody else's
            except RunUnreadable as problem:
                unreadable[run_id] = problem
        return sorted(runs, key=lambda run: run.created, reverse=True), dict(sorted(unreadable.items()))

    def load(self, run_id: str) -> Run:
        """A run; "interrupted" where it has not ended and no process has claimed it.

        Raises RunNotFound, RunUnreadable, and of the latter RunFromNewerVersion.
        """
        path = self._path(run_id) / "run.json"
        try:
            changed = path.stat().st_mtime_ns
        except OSError as problem:
            raise RunNotFound(
                "There is no run {run}; it may have been deleted. Open another one.", run=run_id
            ) from problem
        known = self._read.get(path)
        if known is None or known[0] != changed:
            values = read_json(run_id, path)
            with reading(run_id):
                known = self._read[path] = changed, run_from_json(run_id, values)
        run = known[1]
        return run if run.ended or self.is_claimed(run_id) else replace(run, status="interrupted")

    def ships(self, run_id: str) -> bool:
        """Whether the run is one that ships with the app, and therefore read-only."""
        if self._shipped is None or run_id not in PRESETS or self._shipped == self.folder:
            return False
        return not (self.folder / run_id / "run.json").exists() and (self._shipped / run_id / "run.json").exists()

    def save(self, run: Run) -> None:
        """Raises StorageError, as all that writes does."""
        write_json(self._own(run.id) / "run.json", run_to_json(run))

    def size(self, run_id: str) -> int:
        """Bytes on disk. Counted again only after a file was added, removed or replaced."""
        path, known = self._path(run_id), self._sizes.get(run_id, (0, 0))
        try:
            changed = path.stat().st_mtime_ns
            if known[0] != changed:
                known = self._sizes[run_id] = changed, sum(file.stat().st_size for file in path.rglob("*"))
        except OSError:  # gone, or being written at this moment
            pass
        return known[1]

    def delete(self, run_id: str) -> None:
        """Raises NotAllowed for what ships with the app, StorageError."""
        if self.ships(run_id):
            raise NotAllowed("Run {run} ships with the app and stays as it is.", run=run_id)
        path = self._own(run_id)
        remove(path / "run.json")  # without it the folder is no run, even if removing the rest fails
        shutil.rmtree(path, ignore_errors=True)
        self._read.pop(path / "run.json", None)
        self._sizes.pop(run_id, None)

    def take_in(self, folder: Path) -> None:
        """Keep a run that lies in another folder, under the same id: whole or not at all. Raises StorageError."""
        path = self._own(folder.name)
        part = self.folder / f".{folder.name}.part"
        try:
            shutil.copytree(folder, part)
            part.replace(path)
        except OSError as problem:
            shutil.rmtree(part, ignore_errors=True)
            raise storage_error(problem) from problem

    @contextmanager
    def claim(self, run_id: str) -> Iterator[None]:
        """Be the one process that writes this run; the claim ends with the process. Raises StorageError."""
        path = self._own(run_id)
        try:
            path.mkdir(parents=True, exist_ok=True)
            file = (path / ".lock").open("a")
        except OSError as problem:
            raise storage_error(problem) from problem
        with file:
            if not locked(file, fcntl.LOCK_EX, patience=0.5):  # a reader may hold it for a moment
                raise StorageError(
                    "Run {run} is being trained by another process. Stop it there, or wait for its end.", run=run_id
                )
            yield

    def is_claimed(self, run_id: str) -> bool:
        """Whether a process is writing this run."""
        try:
            file = (self._path(run_id) / ".lock").open("r")
        except OSError:  # never claimed, or not ours to read
            return False
        with file:
            return not locked(file, fcntl.LOCK_SH)

    def sweep(self) -> None:
        """Remove partial files of processes that were killed while writing: those older than an hour."""
        for pattern in ("*.part", "*/*.part", "*/snapshots/*.part"):
            for part in self.folder.glob(pattern):
                with suppress(OSError):  # complete by now and renamed, or not ours to remove
                    if time.time() - part.stat().st_mtime > 3600:
                        shutil.rmtree(part) if part.is_dir() else part.unlink()

    # ---- what belongs to a run ----

    def save_history(self, run_id: str, history: History) -> None:
        """Raises StorageError."""
        write_json(self._own(run_id) / "history.json", history_to_json(history))

    def load_history(self, run_id: str) -> History:
        """Empty for a run without a history yet. Raises RunUnreadable."""
        path = self._path(run_id) / "history.json"
        if not path.exists():
            return History()
        with reading(run_id):
            return history_from_json(read_json(run_id, path))

    def save_frame(self, run_id: str, frame: Frame) -> None:
        """Add a map, named by its epoch; codes are stored as 16-bit steps."""
        path = self._own(run_id) / "snapshots" / f"{frame.epoch:08.3f}.npz"
        write_npz(path, frame_to_arrays(frame))

    def drop_frames(self, run_id: str, after: float) -> None:
        """Remove the maps after an epoch; for a run that goes on from a checkpoint."""
        for epoch, path in self._frames(run_id):
            if epoch > after + 1e-6:
                remove(path)

    def load_frames(self, run_id: str, most: int = MAPS) -> list[Frame]:
        """Maps by epoch: at most `most`, evenly chosen, first and last among them. Raises RunUnreadable."""
        return [read_frame(run_id, epoch, path) for epoch, path in evenly(self._frames(run_id), most)]

    def thin_frames(self, run_id: str, most: int) -> None:
        """Remove all maps but `most`, chosen as by `load_frames`."""
        frames = self._frames(run_id)
        kept = evenly(frames, most)
        for frame in frames:
            if frame not in kept:
                remove(frame[1])

    def last_frame(self, run_id: str, until: float | None = None) -> Frame | None:
        """The latest map, with `until` of those up to that epoch; None where there is none. Raises RunUnreadable."""
        frames = [each for each in self._frames(run_id) if until is None or each[0] <= until + 1e-3]
        return read_frame(run_id, *frames[-1]) if frames else None

    def save_checkpoint(self, run_id: str, checkpoint: Checkpoint) -> None:
        """Uncompressed: it is written every few seconds. Raises StorageError."""
        write_npz(self._own(run_id) / "checkpoint.npz", checkpoint_to_arrays(checkpoint), compress=False)

    def load_checkpoint(self, run_id: str) -> Checkpoint | None:
        """The last checkpoint; None before the first one. Raises RunUnreadable."""
        path = self._path(run_id) / "checkpoint.npz"
        if not path.exists():
            return None
        arrays = read_npz(run_id, path)
        with reading(run_id):
            return checkpoint_from_arrays(arrays)

    def drop_checkpoint(self, run_id: str) -> None:
        """Remove the checkpoint, if there is one."""
        remove(self._own(run_id) / "checkpoint.npz")

    def save_weights(self, run_id: str, weights: tuple[Array, ...], files: dict[str, bytes] | None = None) -> None:
        """The weights, and files made of them by Keras, by name. Raises StorageError."""
        write_npz(self._own(run_id) / "weights.npz", {f"weights_{i:03d}": w for i, w in enumerate(weights)})
        for name, content in (files or {}).items():
            write_atomically(self._own(run_id) / name, content)

    def load_file(self, run_id: str, name: str) -> bytes | None:
        """A file that Keras made of the weights; None where the run has none of that name."""
        path = self._path(run_id) / name
        if not path.exists():
            return None
        with reading(run_id):
            return path.read_bytes()

    def parts(self, run_id: str) -> dict[str, Path]:
        """The files that an ended run is made of beside `run.json` and Keras's, by their names in its folder."""
        derived = {name: self._derived_or_shipped(run_id, name) for name in ("metrics.json", "space.npz", "tsne.npz")}
        kept = {name: self._path(run_id) / name for name in ("history.json", "weights.npz", "selections.json")}
        frames = {f"snapshots/{path.name}": path for _, path in self._frames(run_id)}
        return {name: path for name, path in {**kept, **derived, **frames}.items() if path.exists()}

    def save_space(self, run_id: str, space: LatentSpace) -> None:
        """Codes and their spread as 16-bit steps, as in frames; errors exactly."""
        spread = {} if space.spread is None else stepped(space.spread, _SPREAD)
        write_npz(self._derived(run_id, "space.npz"), {**stepped(space.codes), **spread, "errors": space.errors})

    def has(self, run_id: str) -> bool:
        """Whether there is a run with this id."""
        return (self._path(run_id) / "run.json").exists()

    def has_space(self, run_id: str) -> bool:
        """Whether `load_space` finds codes and errors."""
        return self._derived_or_shipped(run_id, "space.npz").exists()

    def load_space(self, run_id: str) -> LatentSpace | None:
        """Codes and errors of all digits; None if they were not stored. Raises RunUnreadable."""
        path = self._derived_or_shipped(run_id, "space.npz")
        if not path.exists():
            return None
        arrays = read_npz(run_id, path)
        with reading(run_id):
            spread = restored(arrays, _SPREAD) if f"{_SPREAD}codes" in arrays else None
            return LatentSpace(restored(arrays), arrays["errors"], spread)

    def selections(self, run_id: str) -> SelectionsFile:
        """Where the run's named selections are kept."""
        return SelectionsFile(run_id, self._path(run_id) / "selections.json")

    def save_compared(self, run_id: str, compared: ComparedWithPca) -> None:
        """What a newer version wrote there is kept. Raises StorageError."""
        with suppress(RunUnreadable):  # damaged: what was computed now replaces it
            before = self.load_compared(run_id)
            compared = compared if before is None else compared.over(before)
        write_json(self._derived(run_id, "metrics.json"), {"format": FORMAT, **compared.to_json()})

    def load_compared(self, run_id: str) -> ComparedWithPca | None:
        """The metrics computed on demand; None if they were not yet. Raises RunUnreadable."""
        for name in ("metrics.json", "worth.json"):  # the latter: format 1
            path = self._derived_or_shipped(run_id, name)
            if path.exists():
                with reading(run_id):
                    values = read_json(run_id, path)
                    others = of_newer_version(values, ("model", "pca"))
                    return replace(ComparedWithPca.from_json(values), others=others)
        return None

    def save_tsne(self, run_id: str, positions: Array) -> None:
        """(n held out, 2) positions, as 16-bit steps."""
        write_npz(self._derived(run_id, "tsne.npz"), stepped(positions))

    def has_tsne(self, run_id: str) -> bool:
        """Whether t-SNE of the run's codes was computed."""
        return self._derived_or_shipped(run_id, "tsne.npz").exists()

    def load_tsne(self, run_id: str) -> Array:
        """(n held out, 2) positions. Raises RunUnreadable, also if they were not computed."""
        arrays = read_npz(run_id, self._derived_or_shipped(run_id, "tsne.npz"))
        with reading(run_id):
            return restored(arrays)

    def model_of(self, run: Run) -> Model:
        """The network with the run's final weights or, before its end, its checkpoint's. Raises RunUnreadable."""
        folder = self._path(run.id)
        for name in ("weights.npz", "checkpoint.npz", "weights.npz"):  # again: the run may end between the first two
            try:
                weights = series_of(read_npz(run.id, folder / name, "weights_"), "weights")
                break
            except RunUnreadable as problem:
                if not isinstance(problem.__cause__, FileNotFoundError):
                    raise
        else:
            raise RunUnreadable("Run {run} has not learned anything yet. Wait for its first epoch.", run=run.id)
        try:
            return model_with(run.architecture, weights)
        except AutoencoderError as problem:
            raise unreadable(run.id, problem) from problem

    def mark(self, run_id: str) -> str:
        """A fingerprint of a preset's weights, "" for other runs.

        Caches need it for presets only: a later version of the app may ship one of the same id with other weights.
        """
        path = self._path(run_id) / "weights.npz"
        return f"-{_fingerprint(path)}" if run_id in PRESETS and path.exists() else ""

    def _frames(self, run_id: str) -> list[tuple[float, Path]]:
        return frame_files(self._path(run_id) / "snapshots")

    def _path(self, run_id: str) -> Path:
        """The folder that a run is read from. Raises RunNotFound for what is no id: no path may leave the folder."""
        own = self._own(run_id)
        return self._shipped / run_id if self._shipped is not None and self.ships(run_id) else own

    def _own(self, run_id: str) -> Path:
        """The folder that a run is written to. Raises RunNotFound."""
        if not _ID.fullmatch(run_id):
            raise RunNotFound("{run!r} is not the id of a run. Open another one.", run=run_id[:80])
        return self.folder / run_id

    def _derived(self, run_id: str, name: str) -> Path:
        """Where a file that is derived from the weights is written; of a shipped run it is outside the run's folder."""
        path = self._path(run_id)
        if not self.ships(run_id):
            return path / name
        return self.folder / f".{run_id}-{_fingerprint(path / 'weights.npz')}" / name

    def _derived_or_shipped(self, run_id: str, name: str) -> Path:
        """Where such a file is read: as it was written last, otherwise as it ships."""
        written = self._derived(run_id, name)
        return written if written.exists() else self._path(run_id) / name


@cache
def _fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


_SPREAD = "spread_"  # what the names of the codes' standard deviations begin with, in `space.npz`
