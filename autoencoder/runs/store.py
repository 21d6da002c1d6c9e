"""Runs on disk, one folder each: `models/<id>/`. Every file is written whole or not at all.

run.json         what was chosen, where it stands, what it is worth
history.json     losses and notices
snapshots/       the map and sixteen reconstructions, one small file an epoch
checkpoint.npz   all that the training needs to go on; gone once it has ended
weights.npz      what was learned
worth.json       what the latent space is worth beside PCA, where somebody asked
space.npz        where each digit lies, and its error; can be made again from the weights
tsne.npz         t-SNE of the held-out digits' codes, where somebody asked
model.keras, encoder.keras

The runs that ship with the app stay where they are, read-only, and are seen in every folder of runs. What is worked out
about one of them lies in the folder in `.<id>-<fingerprint of its weights>/`: a later version of the app that ships it
trained anew works it out anew.
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
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

import numpy as np

from autoencoder.analysis.latent_space import LatentSpace
from autoencoder.analysis.metrics import Compared
from autoencoder.data.quantised import restored, stepped
from autoencoder.errors import AutoencoderError, NotAllowed, RunNotFound, RunUnreadable, StorageError
from autoencoder.network.dense import DenseAutoencoder
from autoencoder.network.protocol import Array, Model
from autoencoder.presets import PRESETS
from autoencoder.process.files import locked, remove, storage_error, write_atomically
from autoencoder.runs.files import read_json, read_npz, reading, unreadable, write_json, write_npz
from autoencoder.runs.history import History, record_from_json
from autoencoder.runs.run import Run, run_from_json, run_to_json
from autoencoder.training.records import Checkpoint, Frame

SHIPPED = Path(__file__).parents[2] / "models"
MAX_SNAPSHOTS = 100
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class RunStore:
    """The folder of runs, and those that ship with the app. Readers may be many; a run has one writer, with its claim.

    Without a folder: MODELS_DIR, or where the shipped runs are. With one: that folder alone, unless told otherwise.
    """

    def __init__(self, folder: Path | str | None = None, shipped: Path | None = None) -> None:
        self.folder = Path(folder or os.environ.get("MODELS_DIR") or SHIPPED)
        self._shipped = shipped if folder else SHIPPED
        self._read: dict[Path, tuple[int, Run]] = {}  # run.json by its time of change
        self._sizes: dict[str, tuple[int, int]] = {}  # bytes of a run by its folder's time of change

    # ---- runs ----

    def new_id(self) -> str:
        return secrets.token_hex(8)

    def runs(self) -> tuple[list[Run], list[str]]:
        """All runs, newest first, and the ids of those that cannot be read."""
        runs, unreadable = [], []
        ids = {path.parent.name for path in self.folder.glob("*/run.json")}
        for run_id in ids | {preset for preset in PRESETS if self.ships(preset)}:
            try:
                runs.append(self.load(run_id))
            except RunNotFound:
                continue  # deleted in between, or a folder of somebody else's
            except AutoencoderError:
                unreadable.append(run_id)
        return sorted(runs, key=lambda run: run.created, reverse=True), sorted(unreadable)

    def load(self, run_id: str) -> Run:
        """Raises RunNotFound, RunUnreadable. A run that says it trains but that no process has claimed: interrupted."""
        path = self._path(run_id) / "run.json"
        try:
            changed = path.stat().st_mtime_ns
        except OSError as problem:
            raise RunNotFound("There is no run {run}. Choose one from the list.", run=run_id) from problem
        known = self._read.get(path)
        if known is None or known[0] != changed:
            values = read_json(run_id, path)
            with reading(run_id):
                known = self._read[path] = changed, run_from_json(run_id, values)
        run = known[1]
        return run if run.ended or self.is_claimed(run_id) else replace(run, status="interrupted")

    def ships(self, run_id: str) -> bool:
        """Whether it is the app's own and not in the folder: nothing of it is changed."""
        if self._shipped is None or run_id not in PRESETS or self._shipped == self.folder:
            return False
        return not (self.folder / run_id / "run.json").exists() and (self._shipped / run_id / "run.json").exists()

    def save(self, run: Run) -> None:
        write_json(self._own(run.id) / "run.json", run_to_json(run))

    def size(self, run_id: str) -> int:
        """Bytes on disk. Counted again only where a file has come, gone or been replaced."""
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
        remove(path / "run.json")  # from here on it is no run any more, even where the rest stays
        shutil.rmtree(path, ignore_errors=True)
        self._read.pop(path / "run.json", None)
        self._sizes.pop(run_id, None)

    @contextmanager
    def claim(self, run_id: str) -> Iterator[None]:
        """Be the one process that writes this run; the claim falls when the process does. Raises StorageError."""
        path = self._own(run_id)
        try:
            path.mkdir(parents=True, exist_ok=True)
            file = (path / ".lock").open("a")
        except OSError as problem:
            raise storage_error(problem) from problem
        with file:
            if not locked(file, fcntl.LOCK_EX, patience=0.5):  # somebody may be looking, for a moment
                raise StorageError(
                    "Run {run} is being trained by another process. Stop it there, or wait for its end.", run=run_id
                )
            yield

    def is_claimed(self, run_id: str) -> bool:
        try:
            file = (self._path(run_id) / ".lock").open("r")
        except OSError:  # never claimed, or not ours to read
            return False
        with file:
            return not locked(file, fcntl.LOCK_SH)

    def sweep(self) -> None:
        """Remove what processes left that were killed while they wrote: a file takes seconds, none an hour."""
        for pattern in ("*.part", "*/*.part", "*/snapshots/*.part"):
            for part in self.folder.glob(pattern):
                with suppress(OSError):  # written to its end meanwhile, or not ours to remove
                    if time.time() - part.stat().st_mtime > 3600:
                        part.unlink()

    # ---- what belongs to a run ----

    def save_history(self, run_id: str, history: History) -> None:
        records = [list(asdict(record).values()) for record in history.records]
        write_json(self._own(run_id) / "history.json", {"points": history.points, "epochs": records})

    def load_history(self, run_id: str) -> History:
        """Raises RunUnreadable. A run without a history yet has an empty one."""
        path = self._path(run_id) / "history.json"
        if not path.exists():
            return History()
        values = read_json(run_id, path)
        with reading(run_id):
            points = [(float(epoch), float(loss)) for epoch, loss in values["points"]]
            return History(points, [record_from_json(record) for record in values["epochs"]])

    def save_frame(self, run_id: str, frame: Frame) -> None:
        """Keep the map as it is now; codes as 16-bit steps."""
        path = self._own(run_id) / "snapshots" / f"{frame.epoch:08.3f}.npz"
        space = {} if frame.space is None else stepped(frame.space, _SPACE)
        write_npz(path, {**stepped(frame.codes), **space, "reconstructions": frame.reconstructions})

    def drop_frames(self, run_id: str, after: float) -> None:
        """Forget the maps after an epoch; for a run that goes on from a checkpoint."""
        for epoch, path in self._frames(run_id):
            if epoch > after + 1e-6:
                remove(path)

    def load_frames(self, run_id: str, most: int = MAX_SNAPSHOTS) -> list[Frame]:
        """Maps by epoch, at most so many, evenly chosen, first and last among them. Raises RunUnreadable."""
        return [_frame(run_id, epoch, path) for epoch, path in _evenly(self._frames(run_id), most)]

    def thin_frames(self, run_id: str, most: int) -> None:
        """Keep so many maps, chosen in the same way, for good."""
        frames = self._frames(run_id)
        kept = _evenly(frames, most)
        for frame in frames:
            if frame not in kept:
                remove(frame[1])

    def last_frame(self, run_id: str) -> Frame | None:
        frames = self._frames(run_id)
        return _frame(run_id, *frames[-1]) if frames else None

    def save_checkpoint(self, run_id: str, checkpoint: Checkpoint) -> None:
        arrays = {f"{kind}_{i:03d}": a for kind in _SERIES for i, a in enumerate(getattr(checkpoint, kind))}
        scalars = [checkpoint.step, checkpoint.squared_error, checkpoint.epoch_seconds]
        scalars += [checkpoint.best_loss, checkpoint.best_epoch]
        arrays["scalars"] = np.array(scalars, np.float64)
        if checkpoint.basis is not None:
            arrays["basis"] = checkpoint.basis
        write_npz(self._own(run_id) / "checkpoint.npz", arrays, compress=False)

    def load_checkpoint(self, run_id: str) -> Checkpoint | None:
        """None where the run has not got so far. Raises RunUnreadable."""
        path = self._path(run_id) / "checkpoint.npz"
        if not path.exists():
            return None
        arrays = read_npz(run_id, path)
        with reading(run_id):
            step, squared_error, seconds, best_loss, best_epoch = map(float, arrays["scalars"])
            series = {kind: _series(arrays, kind) for kind in _SERIES}
            return Checkpoint(
                step=int(step), squared_error=squared_error, epoch_seconds=seconds, basis=arrays.get("basis"),
                best_loss=best_loss, best_epoch=int(best_epoch), **series,
            )  # fmt: skip

    def drop_checkpoint(self, run_id: str) -> None:
        remove(self._own(run_id) / "checkpoint.npz")

    def save_weights(self, run_id: str, weights: tuple[Array, ...], files: dict[str, bytes] | None = None) -> None:
        """The weights, and what Keras made of them: `model.keras` and `encoder.keras`."""
        write_npz(self._own(run_id) / "weights.npz", {f"weights_{i:03d}": w for i, w in enumerate(weights)})
        for name, content in (files or {}).items():
            write_atomically(self._own(run_id) / name, content)

    def save_space(self, run_id: str, space: LatentSpace) -> None:
        """Codes as 16-bit steps, like the frames'; errors as they are."""
        write_npz(self._derived(run_id, "space.npz"), {**stepped(space.codes), "errors": space.errors})

    def has(self, run_id: str) -> bool:
        return (self._path(run_id) / "run.json").exists()

    def has_space(self, run_id: str) -> bool:
        return self._derived(run_id, "space.npz").exists()

    def load_space(self, run_id: str) -> LatentSpace | None:
        """None where it was not kept. Raises RunUnreadable."""
        path = self._derived(run_id, "space.npz")
        if not path.exists():
            return None
        arrays = read_npz(run_id, path)
        with reading(run_id):
            return LatentSpace(restored(arrays), arrays["errors"])

    def save_worth(self, run_id: str, compared: Compared) -> None:
        write_json(self._derived(run_id, "worth.json"), compared.to_json())

    def load_worth(self, run_id: str) -> Compared | None:
        """None where it was not measured yet. Raises RunUnreadable."""
        path = self._derived(run_id, "worth.json")
        if not path.exists():
            return None
        with reading(run_id):
            return Compared.from_json(read_json(run_id, path))

    def save_tsne(self, run_id: str, positions: Array) -> None:
        """(n held out, 2) positions, as 16-bit steps."""
        write_npz(self._derived(run_id, "tsne.npz"), stepped(positions))

    def has_tsne(self, run_id: str) -> bool:
        return self._derived(run_id, "tsne.npz").exists()

    def load_tsne(self, run_id: str) -> Array:
        """(n held out, 2). Raises RunUnreadable, also where it was not computed."""
        arrays = read_npz(run_id, self._derived(run_id, "tsne.npz"))
        with reading(run_id):
            return restored(arrays)

    def model_of(self, run: Run) -> Model:
        """What a run has learned so far. Raises RunUnreadable, also where nothing was learned yet."""
        folder = self._path(run.id)
        for name in ("weights.npz", "checkpoint.npz", "weights.npz"):  # the last of a run that ends at this moment
            try:
                weights = _series(read_npz(run.id, folder / name, "weights_"), "weights")
                break
            except RunUnreadable as problem:
                if not isinstance(problem.__cause__, FileNotFoundError):
                    raise
        else:
            raise RunUnreadable("Run {run} has not learned anything yet. Wait for its first epoch.", run=run.id)
        try:
            return DenseAutoencoder(run.architecture, weights)
        except AutoencoderError as problem:
            raise unreadable(run.id, problem) from problem

    def mark(self, run_id: str) -> str:
        """Of a preset's weights, "" for any other run: a later version of the app has presets of the same name anew."""
        path = self._path(run_id) / "weights.npz"
        return f"-{_fingerprint(path)}" if run_id in PRESETS and path.exists() else ""

    def _frames(self, run_id: str) -> list[tuple[float, Path]]:
        found = []
        for path in (self._path(run_id) / "snapshots").glob("*.npz"):
            try:
                found.append((float(path.stem), path))
            except ValueError:
                continue
        return sorted(found)

    def _path(self, run_id: str) -> Path:
        """Where a run is read. Raises RunNotFound for what is no id: nothing outside the folder is ever reached."""
        own = self._own(run_id)
        return self._shipped / run_id if self._shipped is not None and self.ships(run_id) else own

    def _own(self, run_id: str) -> Path:
        """Where a run is written."""
        if not _ID.fullmatch(run_id):
            raise RunNotFound("{run!r} is not the id of a run. Choose one from the list.", run=run_id[:80])
        return self.folder / run_id

    def _derived(self, run_id: str, name: str) -> Path:
        """A file that can be made again from the weights."""
        path = self._path(run_id) / name
        if path.exists() or not self.ships(run_id):
            return path
        return self.folder / f".{run_id}-{_fingerprint(path.with_name('weights.npz'))}" / name


@cache
def _fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


_SPACE = "space_"  # what the names of a frame's codes in all dimensions begin with
_SERIES = ("weights", "optimizer", "best_weights")


def _series(arrays: dict[str, Array], kind: str) -> tuple[Array, ...]:
    return tuple(arrays[name] for name in sorted(arrays) if re.fullmatch(rf"{kind}_\d{{3}}", name))


def _evenly(frames: list[tuple[float, Path]], most: int) -> list[tuple[float, Path]]:
    if len(frames) <= most:
        return frames
    return [frames[i] for i in np.unique(np.linspace(0, len(frames) - 1, most).round().astype(int))]


def _frame(run_id: str, epoch: float, path: Path) -> Frame:
    arrays = read_npz(run_id, path)
    with reading(run_id):
        space = restored(arrays, _SPACE) if f"{_SPACE}codes" in arrays else None
        return Frame(epoch, restored(arrays), arrays["reconstructions"], space)
