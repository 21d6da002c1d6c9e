"""NumPy files: .npy holds one array, .npz several with names. Pickles are refused, never read."""

from __future__ import annotations

import math
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy

from autoencoder.data.reading.arrays import as_images, image_shape, require_images
from autoencoder.data.reading.idx import HELD_OUT
from autoencoder.data.reading.packed import LARGEST_ENTRY, Contents, Member
from autoencoder.data.reading.records import NO_LABELS, Choices, Raw, Upload, text_of
from autoencoder.errors import N_, InvalidData
from autoencoder.network.protocol import Array
from autoencoder.sentences import Said

MAGIC = b"\x93NUMPY"
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
_IMAGES = re.compile(r"^(x|images?|data|digits|arr_0|pixels)$", re.IGNORECASE)
_LABELS = re.compile(r"^(y|labels?|targets?|class(es)?|arr_1)$", re.IGNORECASE)
_PART = re.compile(r"[_-]?(train(ing)?|test(ing)?|t10k|val(id(ation)?)?|held[_-]?out)[_-]?", re.IGNORECASE)


@dataclass(frozen=True)
class _Named:
    """An array by what its header says."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    member: Member | None = None

    @property
    def role(self) -> str:
        """The name without the part: `x` of `x_train`."""
        return _PART.sub("", self.name)

    @property
    def held_out(self) -> bool:
        return HELD_OUT.search(self.name) is not None

    @property
    def is_labels(self) -> bool:
        flat = len(self.shape) == 1 or (len(self.shape) == 2 and self.shape[1] == 1)
        return flat or (len(self.shape) == 2 and self.shape[1] <= 256 and bool(_LABELS.match(self.role)))


def read_npy(upload: Upload) -> Raw:
    """The images of one array, without labels. Raises InvalidData."""
    with open(upload.path, "rb") as file:
        named = _read_header(upload.name, upload.path.stat().st_size, file, None)
    if image_shape(named.shape) is None:
        raise _no_images([named])
    require_images(named.shape[0])
    return Raw(as_images(np.load(upload.path, mmap_mode="r", allow_pickle=False)))


def read_npz(path: Path, found: Contents, choices: Choices) -> Raw:
    """Images and labels by their shapes and names; arrays whose name says test are held out. Raises InvalidData."""
    with zipfile.ZipFile(path) as archive:
        arrays = []
        for member in found.members:
            with archive.open(member.info) as stream:
                name = member.name.removesuffix(".npy")
                arrays.append(_read_header(name, member.info.file_size, stream, member))
        pictures = _pictures(arrays)
        require_images(sum(named.shape[0] for named in pictures))
        labels = _labels(pictures, arrays, choices)
        apart = np.concatenate([np.full(named.shape[0], named.held_out) for named in pictures])
        if isinstance(choices.held_out, str):
            column = _chosen(arrays, choices.held_out, pictures)
            apart = np.concatenate([_read(archive, named).reshape(-1) for named in column]).astype(bool)
        unused = [named.name for named in arrays if named not in pictures and named not in labels]
        said = Said(N_("Arrays that are neither images nor their labels: {names}."), {"names": ", ".join(unused[:10])})
        images = [as_images(_read(archive, named)) for named in pictures]
        return Raw(
            images=_joined(images),
            labels=np.concatenate([_flat(_read(archive, named)) for named in labels]) if labels else None,
            held_out=apart if apart.any() and not apart.all() else None,
            labels_from=", ".join(named.name for named in labels),
            columns=tuple(dict.fromkeys(named.name for named in arrays if named.is_labels)),
            left_out=(*found.left_out, *([said] if unused else [])),
        )


def _joined(images: list[Array]) -> Array:
    if len({array.shape[1:] for array in images}) > 1:
        sizes = ", ".join(f"{array.shape[1]}×{array.shape[2]}" for array in images)
        raise InvalidData(
            "The arrays hold images of different sizes ({sizes}). Give all of them the same.", sizes=sizes
        )
    return images[0] if len(images) == 1 else np.concatenate(images)


def _pictures(arrays: list[_Named]) -> list[_Named]:
    """The arrays that hold the images; those that are held out come last."""
    fit = [named for named in arrays if image_shape(named.shape) is not None and not _LABELS.match(named.role)]
    if not fit:
        raise _no_images(arrays)
    called = [named for named in fit if _IMAGES.match(named.role)] or fit
    role = max(called, key=lambda named: math.prod(named.shape)).role
    return sorted((named for named in called if named.role == role), key=lambda named: named.held_out)


def _labels(pictures: list[_Named], arrays: list[_Named], choices: Choices) -> list[_Named]:
    """An array of labels for each of images; none where one has none."""
    if choices.labels == NO_LABELS:
        return []
    if choices.labels is not None:
        return _chosen(arrays, choices.labels, pictures)
    found = []
    for images in pictures:
        fit = [
            named
            for named in arrays
            if named.is_labels and named not in pictures and named.shape[0] == images.shape[0]
            if named.held_out == images.held_out
        ]
        found.append(min(fit, key=lambda named: not _LABELS.match(named.role), default=None))
    known = [named for named in found if named is not None]
    return known if len(known) == len(found) else []


def _chosen(arrays: list[_Named], name: str, pictures: list[_Named]) -> list[_Named]:
    """The arrays of that name, or that name and a part: as many numbers as there are images. Raises InvalidData."""
    wanted = [named for named in arrays if name in (named.name, named.role) and named not in pictures]
    wanted += [] if wanted else [a for a in arrays if a.role == _PART.sub("", name) and a not in pictures]
    found = sorted(wanted, key=lambda named: named.held_out)
    if [named.shape[0] for named in found] != [named.shape[0] for named in pictures]:
        roles = {_PART.sub("", name)}
        found = sorted((a for a in arrays if a.role in roles and a not in pictures), key=lambda named: named.held_out)
    if [named.shape[0] for named in found] != [named.shape[0] for named in pictures]:
        raise InvalidData(
            "No array “{name}” has one entry for each image. Choose one of: {names}.",
            name=name,
            names=", ".join(named.name for named in arrays if named.is_labels) or "–",
        )
    return found


def _flat(labels: Array) -> Array:
    """(n,), (n, 1) or (n, classes) of zeros with a one each -> (n,) text."""
    if labels.ndim == 2 and labels.shape[1] > 1:
        labels = labels.argmax(axis=1)
    return text_of(labels.reshape(-1))


def _read(archive: zipfile.ZipFile, named: _Named) -> Array:
    assert named.member is not None
    try:
        with archive.open(named.member.info) as stream:
            return npy.read_array(stream, allow_pickle=False)
    except Exception as error:  # hostile bytes make zlib and NumPy raise almost anything
        raise _damaged(named.name, error) from error


def _read_header(name: str, size: int, stream: IO[bytes], member: Member | None) -> _Named:
    """Refuse an array by its header alone: its kind, its size, and whether the two declared sizes agree."""
    try:
        shape, _, dtype = _HEADERS[npy.read_magic(stream)](stream)
    except Exception as error:
        raise _damaged(name, error) from error
    if dtype.kind == "O":
        raise InvalidData(
            "The array “{name}” holds Python objects, a pickle, which can run programs and is never read. "
            "Save numbers or text: numpy.savez(path, images=images.astype('uint8'), labels=labels.astype(str)).",
            name=name,
        )
    if dtype.kind not in "uifbUS" or dtype.itemsize > 4 * 256:
        raise InvalidData(
            "The array “{name}” holds values of type {dtype}, expected numbers. Save it as uint8.",
            name=name,
            dtype=str(dtype),
        )
    expected = math.prod(shape) * dtype.itemsize
    if expected > LARGEST_ENTRY:
        raise InvalidData(
            "The array “{name}” would unpack to {size} MB; at most {limit} MB are read. "
            "Save the images as uint8, or save fewer of them.",
            name=name,
            size=expected // 2**20,
            limit=LARGEST_ENTRY // 2**20,
        )
    if expected != size - stream.tell():
        raise InvalidData(
            "The array “{name}” says that it is {shape}, and its size says otherwise: the file is damaged. "
            "Write it again.",
            name=name,
            shape="×".join(map(str, shape)),
        )
    return _Named(name, shape, dtype, member)


def _no_images(arrays: list[_Named]) -> InvalidData:
    found = ", ".join(f"{named.name} ({'×'.join(map(str, named.shape))})" for named in arrays[:10])
    return InvalidData(
        "No array holds images: expected the shape n×height×width, or n rows with as many pixels as a square has. "
        "Found: {found}.",
        found=found or "–",
    )


def _damaged(name: str, error: Exception) -> InvalidData:
    return InvalidData(
        "The array “{name}” cannot be read ({reason}): the file was cut short or damaged. Write it again.",
        name=name,
        reason=str(error) or type(error).__name__,
    )
