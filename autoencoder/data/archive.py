"""NumPy archives (.npz): read as untrusted input, written atomically."""

from __future__ import annotations

import io
import math
import zipfile
from pathlib import Path
from typing import IO, BinaryIO

import numpy as np
from numpy.lib import format as npy

from autoencoder.errors import DataUnavailable, InvalidData, StorageError
from autoencoder.process.files import write_atomically

LARGEST_ARRAY = 512 * 2**20  # bytes: 70,000 digits as float64 are 439 MB
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what NumPy writes; others unpack without a bound


def read_archive(source: str | Path | BinaryIO, *names: str, optional: tuple[str, ...] = ()) -> tuple[np.ndarray, ...]:
    """The named arrays of numbers of a .npz archive, in the order of `names`; after them those of `optional`.

    An empty array stands for an optional one that is not there.

    Declared sizes are checked before anything is unpacked, and nothing is ever unpickled.
    Raises DataUnavailable for a path that cannot be opened, InvalidData for anything wrong inside.
    """
    if not isinstance(source, (str, Path)):
        return _read_arrays(source, names, optional)
    try:
        file = open(source, "rb")  # noqa: SIM115 - closed below; only the opening may raise DataUnavailable
    except (OSError, ValueError) as error:
        raise DataUnavailable(
            "The file {path} cannot be opened ({reason}). Check that it exists and that you may read it.",
            path=str(source),
            reason=str(error),
        ) from error
    with file:
        return _read_arrays(file, names, optional)


def write_archive(path: Path, **arrays: np.ndarray) -> None:
    """A compressed .npz at `path`, the whole file or none of it. Raises StorageError."""
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)  # type: ignore[arg-type]
    try:
        write_atomically(path, content.getvalue())
    except StorageError as error:
        raise StorageError(
            "{path} could not be written ({reason}). Make room there, "
            "or set AUTOENCODER_DATA to a folder you can write.",
            path=str(path),
            reason=str(error.__cause__),
        ) from error.__cause__


def _read_arrays(file: BinaryIO, names: tuple[str, ...], optional: tuple[str, ...]) -> tuple[np.ndarray, ...]:
    try:
        with zipfile.ZipFile(file) as archive:
            there = set(archive.namelist())
            beside = (
                _read_array(archive, name) if f"{name}.npy" in there else np.zeros(0, np.uint8) for name in optional
            )
            return (*(_read_array(archive, name) for name in names), *beside)
    except InvalidData:
        raise
    except Exception as error:  # hostile bytes make zipfile, zlib, ast and NumPy raise almost anything
        raise InvalidData(
            "The file is not a readable .npz archive ({reason}): it may be truncated, damaged or of another kind. "
            "Write it again with numpy.savez_compressed(path, images=images, labels=labels).",
            reason=str(error) or type(error).__name__,
        ) from error


def _read_array(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    try:
        member = archive.getinfo(f"{name}.npy")
    except KeyError:
        raise InvalidData(
            "The archive has no array called “{name}”. It needs the arrays “images” and “labels”; it has: {found}.",
            name=name,
            found=", ".join(entry.removesuffix(".npy") for entry in archive.namelist()[:10]) or "–",
        ) from None
    if member.compress_type not in _METHODS:
        raise InvalidData(
            "The array “{name}” is packed in a way that NumPy does not write. Use numpy.savez_compressed.", name=name
        )
    with archive.open(member) as stream:
        _check_declared(name, member.file_size, stream)
    with archive.open(member) as stream:
        return npy.read_array(stream, allow_pickle=False)


def _check_declared(name: str, size: int, stream: IO[bytes]) -> None:
    """Refuse an array by its header alone: its kind, its size, and whether the two declared sizes agree."""
    if size > LARGEST_ARRAY:
        raise InvalidData(
            "The array “{name}” would unpack to {size} MB; at most {limit} MB are read. "
            "Save the images as uint8, or save fewer of them.",
            name=name,
            size=round(size / 2**20),
            limit=LARGEST_ARRAY // 2**20,
        )
    version = npy.read_magic(stream)
    if version not in _HEADERS:
        raise InvalidData(
            "The array “{name}” has a header of an unknown version. Use numpy.savez_compressed.", name=name
        )
    shape, _, dtype = _HEADERS[version](stream)
    if dtype.kind not in "uif":
        raise InvalidData(
            "The array “{name}” holds values of type {dtype}, expected numbers. Save it as uint8.",
            name=name,
            dtype=str(dtype),
        )
    if math.prod(shape) * dtype.itemsize != size - stream.tell():
        raise InvalidData(
            "The array “{name}” says that it is {shape}, and its size says otherwise: the file is damaged. "
            "Write it again.",
            name=name,
            shape="×".join(map(str, shape)),
        )
