"""IDX files, the format of MNIST: a kind of number, a shape, and the numbers."""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass

import numpy as np

from autoencoder.data.reading.arrays import compact, require_images
from autoencoder.data.reading.records import UNPACKED_BYTES, Raw, Upload, text_of
from autoencoder.errors import N_, InvalidData
from autoencoder.network.protocol import Array
from autoencoder.sentences import Said

_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
HELD_OUT = re.compile("test|t10k|val|held", re.IGNORECASE)


@dataclass(frozen=True)
class _Header:
    upload: Upload
    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]
    offset: int


def is_idx(head: bytes) -> bool:
    """Whether these first bytes are of an IDX file."""
    return len(head) >= 4 and head[:2] == b"\0\0" and head[2] in _TYPES and 1 <= head[3] <= 4


def read_idx(uploads: list[Upload]) -> Raw:
    """Images and, beside them, labels; those of a file whose name says so are held out. Raises InvalidData."""
    headers = [_header(upload) for upload in uploads]
    pictures = [header for header in headers if len(header.shape) > 1]
    labels = [header for header in headers if len(header.shape) == 1]
    if not pictures:
        raise InvalidData("There are labels in the files and no images. Add the IDX file of the images to them.")
    require_images(sum(header.shape[0] for header in pictures))
    pictures.sort(key=lambda header: _is_held_out(header))  # what is held out comes last
    partners = [_partner(header, labels) for header in pictures]
    unused = [header.upload.name for header in labels if header not in partners]
    left = (Said(N_("{name}: there are no images that these labels belong to."), {"name": name}) for name in unused)
    apart = np.concatenate([np.full(header.shape[0], _is_held_out(header)) for header in pictures])
    found = [partner for partner in partners if partner is not None]
    return Raw(
        images=np.concatenate([_images(header) for header in pictures]),
        labels=text_of(np.concatenate([_numbers(p) for p in found])) if len(found) == len(pictures) else None,
        held_out=apart if apart.any() and not apart.all() else None,
        labels_from=", ".join(header.upload.name for header in found) if len(found) == len(pictures) else "",
        left_out=tuple(left),
    )


def _header(upload: Upload) -> _Header:
    with open(upload.path, "rb") as file:
        magic = file.read(4)
        shape = struct.unpack(f">{magic[3]}I", (file.read(4 * magic[3])).ljust(4 * magic[3], b"\0"))
    dtype, offset = np.dtype(_TYPES[magic[2]]), 4 + 4 * magic[3]
    expected, size = offset + math.prod(shape) * dtype.itemsize, upload.path.stat().st_size
    if expected > UNPACKED_BYTES:
        raise InvalidData(
            "{name} says that it holds {size} MB of numbers; at most {most} MB are read. Use fewer images.",
            name=upload.name,
            size=expected // 2**20,
            most=UNPACKED_BYTES // 2**20,
        )
    if size != expected:
        raise InvalidData(
            "{name} has {size:,} bytes where its header says {expected:,}: it was cut short or damaged. "
            "Copy or fetch it again.",
            name=upload.name,
            size=size,
            expected=expected,
        )
    return _Header(upload, dtype, shape, offset)


def _is_held_out(header: _Header) -> bool:
    return HELD_OUT.search(header.upload.name) is not None


def _partner(images: _Header, labels: list[_Header]) -> _Header | None:
    """The labels of these images: as many of them, and of the same part."""
    fit = [header for header in labels if header.shape[0] == images.shape[0]]
    return next((header for header in fit if _is_held_out(header) == _is_held_out(images)), fit[0] if fit else None)


def _images(header: _Header) -> Array:
    numbers = _numbers(header)
    if numbers.ndim == 2:  # rows of pixels
        side = math.isqrt(numbers.shape[1])
        numbers = numbers.reshape(len(numbers), side, -1) if side * side == numbers.shape[1] else numbers[:, None]
    return compact(numbers.reshape(len(numbers), numbers.shape[1], -1))


def _numbers(header: _Header) -> Array:
    return np.fromfile(header.upload.path, header.dtype, offset=header.offset).reshape(header.shape)
