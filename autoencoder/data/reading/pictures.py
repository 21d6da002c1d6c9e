"""PNG and JPEG pictures of a .zip: grey levels through Pillow, labels from the folders, sizes by the headers."""

from __future__ import annotations

import re
import struct
import zipfile
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import IO

import numpy as np
from PIL import Image, ImageOps

from autoencoder.data.reading.arrays import require_images
from autoencoder.data.reading.fitting import fitted, fitted_size, paper_of
from autoencoder.data.reading.packed import Contents, Member, heads
from autoencoder.data.reading.records import LARGEST_SIDE, NO_LABELS, Choices, Raw
from autoencoder.data.reading.wrong import Wrong
from autoencoder.errors import N_, InvalidData
from autoencoder.network.protocol import Array
from autoencoder.sentences import Said

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
HEAD = 32
LARGEST_PICTURE = 64 * 2**20  # bytes of a file
_TRAINING = {"train", "training"}
_HELD_OUT = {"test", "testing", "val", "valid", "validation", "held_out", "held-out"}
_TOO_LARGE = N_("Pictures of more than 4,096 pixels a side ({count}): {files}.")
_UNREADABLE = N_("Pictures that cannot be read, cut short or damaged ({count}): {files}.")


def is_picture(head: bytes) -> bool:
    """Whether these first bytes are of a PNG or a JPEG."""
    return head.startswith((PNG, JPEG))


def read_pictures(path: Path, found: Contents, choices: Choices) -> Raw:
    """Each picture fitted into 28×28, in the order of their paths. Raises InvalidData that names wrong files."""
    pictures, others = _checked(path, found)
    require_images(len(pictures))
    placed, boxes, paper, sizes = _decoded(path, pictures)
    said = Said(
        N_("{count} files that are neither PNG nor JPEG, such as {name}."),
        {"count": len(others), "name": others[0].name if others else ""},
    )
    folders, apart = _folders([member.path for member in pictures])
    labels = None if choices.labels == NO_LABELS else folders
    return Raw(
        images=placed,
        labels=labels,
        held_out=apart,
        labels_from="/" if labels is not None else "",
        columns=("/",) if folders is not None else (),
        boxes=boxes,
        sizes=sizes,
        paper=paper,
        left_out=(*found.left_out, *([said] if others else [])),
    )


def _checked(path: Path, found: Contents) -> tuple[list[Member], list[Member]]:
    """The pictures and the other files, by their first bytes; what a PNG states of its size is checked first."""
    pictures, others, wrong = [], [], Wrong()
    for member, head in heads(path, found.members, HEAD):
        if not is_picture(head):
            others.append(member)
            continue
        pictures.append(member)
        stated = struct.unpack(">2I", head[16:24]) if head.startswith(PNG) and len(head) >= 24 else (1, 1)
        if max(stated) > LARGEST_SIDE or member.info.file_size > LARGEST_PICTURE:
            wrong.file(_TOO_LARGE, member.name)
    wrong.check()
    return sorted(pictures, key=lambda member: _natural(member.path)), others


def _decoded(path: Path, pictures: list[Member]) -> tuple[Array, Array, float, tuple[tuple[int, int], ...]]:
    placed, boxes = np.zeros((len(pictures), 28, 28), np.uint8), np.zeros((len(pictures), 2), np.int16)
    paper, sizes, wrong = 0.0, Counter[tuple[int, int]](), Wrong()
    with zipfile.ZipFile(path) as archive:
        for number, member in enumerate(pictures):
            try:
                with archive.open(member.info) as stream:
                    grey = _grey(stream)
            except Exception as error:  # hostile bytes make Pillow and zlib raise almost anything
                wrong.file(_TOO_LARGE if _is_too_large(error) else _UNREADABLE, member.name)
                continue
            height, width = grey.shape
            sizes[height, width] += 1
            boxes[number] = fitted_size(height, width)
            placed[number] = np.clip(np.rint(fitted(grey)), 0, 255)
            paper += float(paper_of(grey[None])[0])
    wrong.check()
    return placed, boxes, paper / len(pictures), tuple(size for size, _ in sizes.most_common())


def _grey(stream: IO[bytes]) -> Array:
    """(h, w) uint8, 0 = black."""
    with Image.open(stream, formats=("PNG", "JPEG")) as opened:
        if max(opened.size) > LARGEST_SIDE:
            raise Image.DecompressionBombError
        picture: Image.Image = ImageOps.exif_transpose(opened)
        if picture.mode.startswith("I"):  # 16 bits
            return np.rint(np.asarray(picture, np.float32).clip(0, 65_535) / 257).astype(np.uint8)
        if "A" in picture.mode or "transparency" in picture.info:
            return _on_paper(np.asarray(picture.convert("RGBA")), np.asarray(picture.convert("RGBA").convert("L")))
        return np.asarray(picture.convert("L"))


def _on_paper(colours: Array, grey: Array) -> Array:
    """What is drawn on nothing, on paper that shows it: white under dark ink, black under bright ink."""
    alpha = colours[..., 3].astype(np.float32) / 255
    if (alpha == 1).all():
        return grey
    ink = float((grey * alpha).sum() / max(alpha.sum(), 1e-6))
    paper = 255 if ink < 128 else 0
    return np.rint(grey * alpha + paper * (1 - alpha)).astype(np.uint8)


def _folders(paths: list[PurePosixPath]) -> tuple[Array | None, Array | None]:
    """The label of each picture, its folder, and whether it is held out, by a folder such as `test`."""
    parts = [[folder.lower() for folder in path.parts[:-1]] for path in paths]
    apart = np.array([bool(_HELD_OUT & set(folders)) for folders in parts])
    if not (apart.any() and any(_TRAINING & set(folders) for folders in parts)):
        apart = np.zeros(len(paths), bool)
    ignored = _TRAINING | _HELD_OUT if apart.any() else set()
    names = [next((f for f in reversed(path.parts[:-1]) if f.lower() not in ignored), "") for path in paths]
    labels = np.array(names) if len(set(names)) > 1 else None
    return labels, apart if apart.any() else None


def _natural(path: PurePosixPath) -> list[tuple[int, str | int]]:
    """So that 2.png comes before 10.png."""
    parts = re.split(r"(\d+)", str(path).lower())
    return [(0, int(part)) if part.isascii() and part.isdecimal() else (1, part) for part in parts]


def _is_too_large(error: Exception) -> bool:
    return isinstance(error, (Image.DecompressionBombError, Image.DecompressionBombWarning))


def require_pictures(count: int) -> None:
    """Raises InvalidData where an archive holds nothing that is read."""
    if not count:
        raise InvalidData(
            "The archive holds nothing that can be read. Expected PNG or JPEG pictures, IDX files, NumPy arrays, or "
            "one table."
        )
