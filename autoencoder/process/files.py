"""Files that are written whole or not at all."""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from autoencoder.errors import StorageError


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
