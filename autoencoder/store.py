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
import io
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np

from autoencoder.architecture import Architecture, Training
from autoencoder.errors import AutoencoderError, NotAllowed, RunNotFound, RunUnreadable, StorageError
from autoencoder.latent import LatentSpace
from autoencoder.measures import Measures
from autoencoder.network import Array, Network
from autoencoder.notices import Notice
from autoencoder.presets import PRESETS
from autoencoder.training import Checkpoint, EpochRecord, Frame
from autoencoder.worth import Compared

Status = Literal["waiting", "training", "paused", "measuring", "finished", "stopped", "failed", "interrupted"]
ENDED: tuple[Status, ...] = ("finished", "stopped", "failed")
SHIPPED = Path(__file__).parents[1] / "models"
MAX_SNAPSHOTS = 100
MAX_POINTS = 4_000  # loss points kept; beyond, neighbours are averaged
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_SEPARATORS = (",", ":")


@dataclass(frozen=True)
class Run:
    """One training: its settings, where it stands and what came out."""

    id: str
    architecture: Architecture
    training: Training
    name: str = ""
    preset: str | None = None
    owner: str | None = None  # who started it, hashed; None: everybody's, such as the shipped presets
    created: str = ""  # ISO 8601, UTC
    status: Status = "waiting"
    epoch: float = 0.0  # epochs done
    seconds: float = 0.0  # of training
    measures: Measures | None = None
    events: tuple[Notice, ...] = ()  # what happened to it, beside what the losses say

    @property
    def ended(self) -> bool:
        return self.status in ENDED


@dataclass
class History:
    """The losses of a run, as they grow."""

    points: list[tuple[float, float]] = field(default_factory=list)  # (epoch, MSE on [0, 1]), several an epoch
    records: list[EpochRecord] = field(default_factory=list)
    rewrites: int = 0  # how often earlier points were changed; readers then start again

    def add_points(self, points: tuple[tuple[float, float], ...]) -> None:
        self.points.extend(points)
        if len(self.points) > MAX_POINTS:
            pairs = zip(self.points[::2], self.points[1::2], strict=False)
            self.points = [(b[0], (a[1] + b[1]) / 2) for a, b in pairs]
            self.rewrites += 1

    def rewind(self, epoch: float) -> None:
        """Forget what came after; for a run that goes on from a checkpoint."""
        self.points = [p for p in self.points if p[0] <= epoch + 1e-9]
        self.records = [r for r in self.records if r.epoch <= epoch + 1e-9]
        self.rewrites += 1


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
        if path not in self._read or self._read[path][0] != changed:
            self._read[path] = changed, _run_from_json(run_id, _read_json(run_id, path))
        run = self._read[path][1]
        return run if run.ended or self.is_claimed(run_id) else replace(run, status="interrupted")

    def ships(self, run_id: str) -> bool:
        """Whether it is the app's own and not in the folder: nothing of it is changed."""
        if self._shipped is None or run_id not in PRESETS or self._shipped == self.folder:
            return False
        return not (self.folder / run_id / "run.json").exists() and (self._shipped / run_id / "run.json").exists()

    def save(self, run: Run) -> None:
        _write_json(self._own(run.id) / "run.json", _run_to_json(run))

    def size(self, run_id: str) -> int:
        """Bytes on disk. Counted again only where a file has come, gone or been replaced."""
        path = self._path(run_id)
        try:
            changed = path.stat().st_mtime_ns
            if self._sizes.get(run_id, (0, 0))[0] != changed:
                self._sizes[run_id] = changed, sum(file.stat().st_size for file in path.rglob("*"))
        except OSError:  # gone, or being written at this moment
            return self._sizes.get(run_id, (0, 0))[1]
        return self._sizes[run_id][1]

    def delete(self, run_id: str) -> None:
        """Raises NotAllowed for what ships with the app, StorageError."""
        if self.ships(run_id):
            raise NotAllowed("Run {run} ships with the app and stays as it is.", run=run_id)
        path = self._own(run_id)
        _remove(path / "run.json")  # from here on it is no run any more, even where the rest stays
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
            raise _storage_error(problem) from problem
        with file:
            if not _locked(file, fcntl.LOCK_EX, patience=0.5):  # somebody may be looking, for a moment
                raise StorageError("Run {run} is being trained by another process.", run=run_id)
            yield

    def is_claimed(self, run_id: str) -> bool:
        try:
            file = (self._path(run_id) / ".lock").open("r")
        except OSError:  # never claimed, or not ours to read
            return False
        with file:
            return not _locked(file, fcntl.LOCK_SH)

    # ---- what belongs to a run ----

    def save_history(self, run_id: str, history: History) -> None:
        records = [list(asdict(record).values()) for record in history.records]
        _write_json(self._own(run_id) / "history.json", {"points": history.points, "epochs": records})

    def load_history(self, run_id: str) -> History:
        """Raises RunUnreadable. A run without a history yet has an empty one."""
        path = self._path(run_id) / "history.json"
        if not path.exists():
            return History()
        values = _read_json(run_id, path)
        with _reading(run_id):
            points = [(float(epoch), float(loss)) for epoch, loss in values["points"]]
            return History(points, [_record_from_json(record) for record in values["epochs"]])

    def save_frame(self, run_id: str, frame: Frame) -> None:
        """Keep the map as it is now; codes as 16-bit steps between each axis's lowest and highest."""
        low, high = frame.codes.min(axis=0), frame.codes.max(axis=0)
        path = self._own(run_id) / "snapshots" / f"{frame.epoch:08.3f}.npz"
        codes = quantize(frame.codes, low, high)
        _write_npz(path, {"codes": codes, "low": low, "high": high, "reconstructions": frame.reconstructions})

    def drop_frames(self, run_id: str, after: float) -> None:
        """Forget the maps after an epoch; for a run that goes on from a checkpoint."""
        for epoch, path in self._frames(run_id):
            if epoch > after + 1e-6:
                _remove(path)

    def load_frames(self, run_id: str, most: int = MAX_SNAPSHOTS) -> list[Frame]:
        """Maps by epoch, at most so many, evenly chosen, first and last among them. Raises RunUnreadable."""
        frames = self._frames(run_id)
        if len(frames) > most:
            frames = [frames[i] for i in np.unique(np.linspace(0, len(frames) - 1, most).round().astype(int))]
        return [_frame(run_id, epoch, path) for epoch, path in frames]

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
        _write_npz(self._own(run_id) / "checkpoint.npz", arrays, compress=False)

    def load_checkpoint(self, run_id: str) -> Checkpoint | None:
        """None where the run has not got so far. Raises RunUnreadable."""
        path = self._path(run_id) / "checkpoint.npz"
        if not path.exists():
            return None
        arrays = _read_npz(run_id, path)
        with _reading(run_id):
            step, squared_error, seconds, best_loss, best_epoch = map(float, arrays["scalars"])
            series = {kind: _series(arrays, kind) for kind in _SERIES}
            return Checkpoint(
                step=int(step), squared_error=squared_error, epoch_seconds=seconds, basis=arrays.get("basis"),
                best_loss=best_loss, best_epoch=int(best_epoch), **series,
            )  # fmt: skip

    def drop_checkpoint(self, run_id: str) -> None:
        _remove(self._own(run_id) / "checkpoint.npz")

    def save_weights(self, run_id: str, weights: tuple[Array, ...], files: dict[str, bytes] | None = None) -> None:
        """The weights, and what Keras made of them: `model.keras` and `encoder.keras`."""
        _write_npz(self._own(run_id) / "weights.npz", {f"weights_{i:03d}": w for i, w in enumerate(weights)})
        for name, content in (files or {}).items():
            write_atomically(self._own(run_id) / name, content)

    def save_space(self, run_id: str, space: LatentSpace) -> None:
        """Codes as 16-bit steps, like the frames'; errors as they are."""
        low, high = space.codes.min(axis=0), space.codes.max(axis=0)
        codes = quantize(space.codes, low, high)
        _write_npz(
            self._derived(run_id, "space.npz"), {"codes": codes, "low": low, "high": high, "errors": space.errors}
        )

    def has(self, run_id: str) -> bool:
        return (self._path(run_id) / "run.json").exists()

    def has_space(self, run_id: str) -> bool:
        return self._derived(run_id, "space.npz").exists()

    def load_space(self, run_id: str) -> LatentSpace | None:
        """None where it was not kept. Raises RunUnreadable."""
        path = self._derived(run_id, "space.npz")
        if not path.exists():
            return None
        arrays = _read_npz(run_id, path)
        with _reading(run_id):
            return LatentSpace(_codes(arrays), arrays["errors"])

    def save_worth(self, run_id: str, compared: Compared) -> None:
        _write_json(self._derived(run_id, "worth.json"), compared.to_json())

    def load_worth(self, run_id: str) -> Compared | None:
        """None where it was not measured yet. Raises RunUnreadable."""
        path = self._derived(run_id, "worth.json")
        if not path.exists():
            return None
        with _reading(run_id):
            return Compared.from_json(_read_json(run_id, path))

    def save_tsne(self, run_id: str, positions: Array) -> None:
        """(n held out, 2) positions, as 16-bit steps."""
        low, high = positions.min(axis=0), positions.max(axis=0)
        codes = quantize(positions, low, high)
        _write_npz(self._derived(run_id, "tsne.npz"), {"codes": codes, "low": low, "high": high})

    def has_tsne(self, run_id: str) -> bool:
        return self._derived(run_id, "tsne.npz").exists()

    def load_tsne(self, run_id: str) -> Array:
        """(n held out, 2). Raises RunUnreadable, also where it was not computed."""
        arrays = _read_npz(run_id, self._derived(run_id, "tsne.npz"))
        with _reading(run_id):
            return _codes(arrays)

    def load_network(self, run: Run) -> Network:
        """What a run has learned so far. Raises RunUnreadable, also where nothing was learned yet."""
        path = self._path(run.id) / "weights.npz"
        checkpoint = None if path.exists() else self.load_checkpoint(run.id)
        if not path.exists() and checkpoint is None:
            raise RunUnreadable("Run {run} has not learned anything yet. Wait for its first epoch.", run=run.id)
        weights = checkpoint.weights if checkpoint else _series(_read_npz(run.id, path), "weights")
        try:
            return Network(run.architecture, weights)
        except AutoencoderError as problem:
            raise _unreadable(run.id, problem) from problem

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


def quantize(values: Array, low: Array, high: Array) -> Array:
    """(n, k) numbers -> (n, k) uint16: 0 is low, 65,535 is high."""
    span = np.where(high > low, high - low, 1)
    return ((values - low) / span * 65_535 + 0.5).astype(np.uint16)


def hashed(owner: str) -> str:
    """What is stored of an owner's secret, so that nobody who reads a run can become its owner."""
    return hashlib.sha256(owner.encode()).hexdigest()


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


# ---- files ----

_SERIES = ("weights", "optimizer", "best_weights")


def _series(arrays: dict[str, Array], kind: str) -> tuple[Array, ...]:
    return tuple(arrays[name] for name in sorted(arrays) if re.fullmatch(rf"{kind}_\d{{3}}", name))


def _locked(file: IO[str], kind: int, patience: float = 0.0) -> bool:
    """Whether the lock was had; it falls when the file is closed."""
    end = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() >= end:
                return False
            time.sleep(0.01)
        else:
            return True


def write_atomically(path: Path, content: bytes, private: bool = False) -> None:
    """The whole file or none of it, also when the disk is full or the process is killed. Raises StorageError.

    `private`: to be read by this user of the machine only.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(3)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(part, "xb", opener=_private if private else None) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as problem:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise _storage_error(problem) from problem


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as problem:
        raise _storage_error(problem) from problem


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _storage_error(problem: OSError) -> StorageError:
    return StorageError(
        "Could not write to {file}: {reason}. Free some space, or set MODELS_DIR to another folder.",
        file=problem.filename or "the models folder",
        reason=problem.strerror or str(problem),
    )


def _write_json(path: Path, values: object) -> None:
    write_atomically(path, json.dumps(values, separators=_SEPARATORS).encode())


def _write_npz(path: Path, arrays: dict[str, Array], compress: bool = True) -> None:
    buffer = io.BytesIO()
    (np.savez_compressed if compress else np.savez)(buffer, **arrays)  # type: ignore[arg-type]
    write_atomically(path, buffer.getvalue())


def _read_json(run_id: str, path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_bytes())
    except FileNotFoundError as problem:
        raise RunNotFound("There is no run {run}. Choose one from the list.", run=run_id) from problem
    except (OSError, ValueError, RecursionError) as problem:
        raise _unreadable(run_id, problem) from problem
    if not isinstance(values, dict):
        raise _unreadable(run_id, "not an object")
    return values


def _read_npz(run_id: str, path: Path) -> dict[str, Array]:
    with _reading(run_id), np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
        if not all(isinstance(array, np.ndarray) for array in arrays.values()):
            raise ValueError("not an archive of arrays")
        return arrays


@contextmanager
def _reading(run_id: str) -> Iterator[None]:
    """Whatever a damaged file brings up while it is read (zlib, zipfile, NumPy and JSON have a dozen) is one error."""
    try:
        yield
    except (RunUnreadable, RunNotFound):
        raise
    except Exception as problem:
        raise _unreadable(run_id, problem) from problem


def _frame(run_id: str, epoch: float, path: Path) -> Frame:
    arrays = _read_npz(run_id, path)
    with _reading(run_id):
        return Frame(epoch, _codes(arrays), arrays["reconstructions"])


def _codes(arrays: dict[str, Array]) -> Array:
    span = arrays["high"] - arrays["low"]
    return np.asarray(arrays["low"] + arrays["codes"].astype(np.float32) / np.float32(65_535) * span, np.float32)


def _unreadable(run_id: str, problem: object) -> RunUnreadable:
    return RunUnreadable(
        "The files of run {run} cannot be read ({problem}). The other runs are not affected; delete this one.",
        run=run_id,
        problem=problem,
    )


def _run_to_json(run: Run) -> dict[str, Any]:
    return {
        "format": 1,
        **{name: getattr(run, name) for name in ("name", "preset", "owner", "created", "status", "epoch", "seconds")},
        "architecture": run.architecture.to_json(),
        "training": run.training.to_json(),
        "measures": run.measures and run.measures.to_json(),
        "events": [[event.kind, event.values] for event in run.events],
    }


def _run_from_json(run_id: str, values: dict[str, Any]) -> Run:
    with _reading(run_id):
        status = values["status"]
        if status not in ("waiting", "training", "paused", "measuring", "interrupted", *ENDED):
            raise ValueError(f"status {status!r}")
        return Run(
            id=run_id,
            architecture=Architecture.from_json(values["architecture"]),
            training=Training.from_json(values["training"]),
            name=str(values["name"]),
            preset=values["preset"] if values["preset"] in PRESETS else None,
            owner=values["owner"] and str(values["owner"]),
            created=str(values["created"]),
            status=status,
            epoch=float(values["epoch"]),
            seconds=float(values["seconds"]),
            measures=None if values["measures"] is None else Measures.from_json(values["measures"]),
            events=tuple(_notice(kind, dict(said)) for kind, said in values["events"]),
        )


def _notice(kind: str, said: dict[str, Any]) -> Notice:
    notice = Notice(kind, said)
    str(notice)  # it can be said
    return notice


def _record_from_json(record: list[Any]) -> EpochRecord:
    epoch, loss, val_loss, seconds, dead = record
    val_loss = None if val_loss is None else float(val_loss)
    return EpochRecord(int(epoch), float(loss), val_loss, float(seconds), tuple(int(unit) for unit in dead))
