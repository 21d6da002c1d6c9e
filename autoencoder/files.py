"""Files as the store writes and reads them: whole or not at all, and never trusted."""

from __future__ import annotations

import fcntl
import io
import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

from autoencoder.errors import RunNotFound, RunUnreadable, StorageError
from autoencoder.network import Array


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
        raise storage_error(problem) from problem


def remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as problem:
        raise storage_error(problem) from problem


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def storage_error(problem: OSError) -> StorageError:
    return StorageError(
        "Could not write to {file}: {reason}. Free some space, or set MODELS_DIR to another folder.",
        file=problem.filename or "the models folder",
        reason=problem.strerror or str(problem),
    )


def write_json(path: Path, values: object) -> None:
    write_atomically(path, json.dumps(values, separators=(",", ":")).encode())


def write_npz(path: Path, arrays: dict[str, Array], compress: bool = True) -> None:
    buffer = io.BytesIO()
    (np.savez_compressed if compress else np.savez)(buffer, **arrays)  # type: ignore[arg-type]
    write_atomically(path, buffer.getvalue())


def read_json(run_id: str, path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_bytes())
    except FileNotFoundError as problem:
        raise RunNotFound("There is no run {run}. Choose one from the list.", run=run_id) from problem
    except (OSError, ValueError, RecursionError) as problem:
        raise unreadable(run_id, problem) from problem
    if not isinstance(values, dict):
        raise unreadable(run_id, "not an object")
    return values


def read_npz(run_id: str, path: Path, prefix: str = "") -> dict[str, Array]:
    """The arrays whose names begin so; of the others nothing is read."""
    with reading(run_id), path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files if name.startswith(prefix)}
        if not all(isinstance(array, np.ndarray) for array in arrays.values()):
            raise ValueError("not an archive of arrays")
        return arrays


@contextmanager
def reading(run_id: str) -> Iterator[None]:
    """Whatever a damaged file brings up while it is read (zlib, zipfile, NumPy and JSON have a dozen) is one error."""
    try:
        yield
    except (RunUnreadable, RunNotFound):
        raise
    except Exception as problem:
        raise unreadable(run_id, problem) from problem


def unreadable(run_id: str, problem: object) -> RunUnreadable:
    return RunUnreadable(
        "The files of run {run} cannot be read ({problem}). The other runs are not affected; delete this one.",
        run=run_id,
        problem=problem,
    )


def locked(file: IO[str], kind: int, patience: float = 0.0) -> bool:
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


# ---- numbers as 16-bit steps ----


def quantize(values: Array, low: Array, high: Array) -> Array:
    """(n, k) numbers -> (n, k) uint16: 0 is low, 65,535 is high."""
    span = np.where(high > low, high - low, 1)
    return ((values - low) / span * 65_535 + 0.5).astype(np.uint16)


def stepped(values: Array, of: str = "") -> dict[str, Array]:
    """(n, k) numbers as steps between the lowest and the highest of each column, to be written; `restored` reads it.

    `of`: what their names in the file begin with.
    """
    low, high = values.min(axis=0), values.max(axis=0)
    return {f"{of}codes": quantize(values, low, high), f"{of}low": low, f"{of}high": high}


def restored(arrays: dict[str, Array], of: str = "") -> Array:
    """What was written as `stepped`."""
    low, high = arrays[f"{of}low"], arrays[f"{of}high"]
    steps = arrays[f"{of}codes"].astype(np.float32) / np.float32(65_535)
    return np.asarray(low + steps * (high - low), np.float32)
