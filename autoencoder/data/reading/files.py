"""A file of any known kind, told by its content and not by its ending, as images and labels."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from autoencoder.data.dataset import data_home
from autoencoder.data.reading.idx import is_idx, read_idx
from autoencoder.data.reading.numpy_files import MAGIC, read_npy, read_npz
from autoencoder.data.reading.packed import Contents, Member, contents, gunzipped, heads, unpacked
from autoencoder.data.reading.pictures import is_picture, read_pictures, require_pictures
from autoencoder.data.reading.records import Choices, Raw, Upload, with_note
from autoencoder.data.reading.table import is_text, read_table
from autoencoder.errors import DataUnavailable, InvalidData

_LOOKED_AT = 50  # files of an archive that tell what it holds
_ZIP, _GZIP, _PICKLE = b"PK\3\4", b"\x1f\x8b", b"\x80"
_HEAD = 4_096


def read_files(uploads: Sequence[Upload], choices: Choices) -> tuple[str, Raw]:
    """The kind of the files and what they hold; several only of IDX. Raises DataUnavailable, InvalidData."""
    room = data_home()
    room.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".reading-", dir=room) as made:  # the system's place may be memory
        folder = Path(made)
        opened = []
        for number, upload in enumerate(uploads):
            (folder / str(number)).mkdir()
            opened.append(_without_gzip(upload, folder / str(number)))
        if len(opened) > 1:
            _require_idx(opened)
            return "idx", read_idx(opened)
        return _read(opened[0], choices, folder)


def _read(upload: Upload, choices: Choices, folder: Path) -> tuple[str, Raw]:
    head = _head(upload)
    if head.startswith((_ZIP, b"PK\5\6")):
        return _read_zip(upload, choices, folder)
    if head.startswith(MAGIC):
        return "npy", read_npy(upload)
    if is_idx(head):
        return "idx", read_idx([upload])
    if head.startswith(_PICKLE):
        raise InvalidData(
            "{name} is a pickle, which can run programs and is never read. Save the images with numpy.savez.",
            name=upload.name,
        )
    if is_text(head):
        return "csv", read_table(upload.path, choices)
    raise InvalidData(
        "{name} is of no kind that is read here. Expected .npz, .npy, .csv, IDX, or a .zip of PNG or JPEG pictures.",
        name=upload.name,
    )


def _read_zip(upload: Upload, choices: Choices, folder: Path) -> tuple[str, Raw]:
    found = contents(upload.path)
    first = list(islice(heads(upload.path, found.members, 8), _LOOKED_AT))
    require_pictures(len(first))
    arrays = [member for member, head in first if head.startswith(MAGIC)]
    if arrays:
        return "npz", read_npz(upload.path, _only(found, ".npy"), choices)
    if any(is_picture(head) for _, head in first):
        return "pictures", read_pictures(upload.path, found, choices)
    inner = [member for member, head in first if is_idx(head) or head.startswith(_GZIP)]
    if inner:
        target = folder / "idx"
        target.mkdir()
        made = [_without_gzip(one, _new(target, one)) for one in unpacked(upload.path, tuple(inner), target)]
        _require_idx(made)
        return "idx", with_note(read_idx(made), *found.left_out)
    if len(found.members) == 1:
        target = folder / "single"
        target.mkdir()
        (single,) = unpacked(upload.path, found.members, target)
        if not _head(single).startswith(_ZIP):
            return _read(single, choices, folder)
    raise InvalidData(
        "The archive holds {count} files, and none is a picture or an array. Expected PNG or JPEG pictures, IDX files, "
        "NumPy arrays, or one table.",
        count=len(found.members),
    )


def _only(found: Contents, ending: str) -> Contents:
    members: tuple[Member, ...] = tuple(member for member in found.members if member.name.endswith(ending))
    return Contents(members, found.left_out)


def _new(folder: Path, upload: Upload) -> Path:
    made = folder / f"of-{upload.path.name}"
    made.mkdir()
    return made


def _without_gzip(upload: Upload, folder: Path) -> Upload:
    if not _head(upload).startswith(_GZIP):
        return upload
    return Upload(gunzipped(upload.path, folder), upload.name.removesuffix(".gz"))


def _require_idx(uploads: list[Upload]) -> None:
    others = [upload.name for upload in uploads if not is_idx(_head(upload))]
    if others:
        raise InvalidData(
            "Several files are read together only where all are IDX files; {names} are not. Add one file at a time.",
            names=", ".join(others[:10]),
        )


def _head(upload: Upload) -> bytes:
    try:
        with open(upload.path, "rb") as file:
            return file.read(_HEAD)
    except (OSError, ValueError) as error:
        raise DataUnavailable(
            "The file {path} cannot be opened ({reason}). Check that it exists and that you may read it.",
            path=str(upload.path),
            reason=str(error),
        ) from error
