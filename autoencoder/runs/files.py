"""JSON and NumPy files: written whole or not at all, and never trusted when read."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from autoencoder.errors import RunNotFound, RunUnreadable
from autoencoder.network.protocol import Array
from autoencoder.process.files import write_atomically

FORMAT = 2  # of every JSON file of a run, as docs/decisions/0012-records.md describes it


def of_newer_version(values: Mapping[str, Any], known: Iterable[str]) -> dict[str, Any]:
    """The values that only a newer version knows, and the number of a newer format: they are written back."""
    unknown = {name: value for name, value in values.items() if name not in {*known, "format"}}
    number = int(values.get("format", 1))
    return unknown | {"format": number} if number > FORMAT else unknown


def write_json(path: Path, values: object) -> None:
    """Raises StorageError."""
    write_atomically(path, json.dumps(values, separators=(",", ":")).encode())


def write_npz(path: Path, arrays: dict[str, Array], compress: bool = True) -> None:
    """Raises StorageError."""
    buffer = io.BytesIO()
    (np.savez_compressed if compress else np.savez)(buffer, **arrays)  # type: ignore[arg-type]
    write_atomically(path, buffer.getvalue())


def read_json(run_id: str, path: Path) -> dict[str, Any]:
    """Read a JSON file that must hold an object. Raises RunNotFound if there is no such file, RunUnreadable."""
    try:
        values = json.loads(path.read_bytes())
    except FileNotFoundError as problem:
        raise RunNotFound("There is no run {run}; it may have been deleted. Open another one.", run=run_id) from problem
    except (OSError, ValueError, RecursionError) as problem:
        raise unreadable(run_id, problem) from problem
    if not isinstance(values, dict):
        raise unreadable(run_id, "not an object")
    return values


def read_npz(run_id: str, path: Path, prefix: str = "") -> dict[str, Array]:
    """The arrays whose names begin with `prefix`; the others are not read. Raises RunUnreadable."""
    with reading(run_id), path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files if name.startswith(prefix)}
        if not all(isinstance(array, np.ndarray) for array in arrays.values()):
            raise ValueError("not an archive of arrays")
        return arrays


@contextmanager
def reading(run_id: str) -> Iterator[None]:
    """Turn whatever is raised by reading a damaged file (zlib, zipfile, NumPy, JSON) into RunUnreadable."""
    try:
        yield
    except (RunUnreadable, RunNotFound):
        raise
    except Exception as problem:
        raise unreadable(run_id, problem) from problem


def unreadable(run_id: str, problem: object) -> RunUnreadable:
    """The error for damaged files."""
    return RunUnreadable(
        "The files of run {run} cannot be read ({problem}). The other runs are not affected; delete this one.",
        run=run_id,
        problem=problem,
    )
