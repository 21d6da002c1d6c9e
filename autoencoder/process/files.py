"""Atomic writes and file locks."""

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
    """Write a file whole or not at all, also when the disk is full or the process is killed.

    `private`: only this user of the machine may read it. Raises StorageError.
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
    """Delete a file, if it is there. Raises StorageError."""
    try:
        path.unlink(missing_ok=True)
    except OSError as problem:
        raise storage_error(problem) from problem


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def storage_error(problem: OSError) -> StorageError:
    """An error of the file system as a sentence with a remedy."""
    return StorageError(
        "Could not write to {file}: {reason}. Free some space, or set MODELS_DIR to another folder.",
        file=problem.filename or "the models folder",
        reason=problem.strerror or str(problem),
    )


def locked(file: IO[str], kind: int, patience: float = 0.0) -> bool:
    """Lock an open file; `kind` is fcntl.LOCK_EX or LOCK_SH. The lock ends when the file is closed.

    False where another process still holds it after `patience` seconds.
    """
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
