"""Archives and compressed files, checked before anything is unpacked: count, sizes, ratio, paths, links, pickles."""

from __future__ import annotations

import gzip
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from autoencoder.data.reading.records import UNPACKED_BYTES, Upload
from autoencoder.data.reading.wrong import Wrong
from autoencoder.errors import N_, InvalidData
from autoencoder.sentences import Said

MOST_ENTRIES = 250_000  # macOS adds one for each file
LARGEST_ENTRY = 2**29  # bytes: an array of 70,000 images as float64 is 439 MB
RATIO = 200  # unpacked to packed bytes, of what unpacks to more than
RATIO_COUNTS_FROM = 16 * 2**20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_END, _ENTRY, _END64 = b"PK\5\6", b"PK\1\2", b"PK\6\7"
_UTF8 = 0x800
PIECE = 2**20


@dataclass(frozen=True)
class Member:
    """A file in an archive."""

    info: zipfile.ZipInfo
    path: PurePosixPath  # its letters composed: macOS takes them apart

    @property
    def name(self) -> str:
        """Its path, as people write it."""
        return str(self.path)


@dataclass(frozen=True)
class Contents:
    """What an archive holds: its files, and what was left out of them."""

    members: tuple[Member, ...]
    left_out: tuple[Said, ...]


def contents(path: Path) -> Contents:
    """The files of a .zip, checked by what the archive says of them; nothing is unpacked. Raises InvalidData."""
    with _opened(path) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    _check(entries)
    members = [Member(entry, PurePosixPath(_name_of(entry))) for entry in entries]
    litter = [member for member in members if _is_litter(member.path)]
    kept = tuple(member for member in members if not _is_litter(member.path))
    said = Said(N_("{count} files that the system put into the archive, such as {name}."), _counted(litter))
    return Contents(kept, (said,) if litter else ())


def unpacked(path: Path, members: tuple[Member, ...], folder: Path) -> list[Upload]:
    """Some checked files of an archive, each in a file of its own. Raises InvalidData."""
    made = []
    with _opened(path) as archive:
        for number, member in enumerate(members):
            target = folder / f"{number}"
            with archive.open(member.info) as stream, open(target, "wb") as file:
                while piece := stream.read(PIECE):
                    file.write(piece)
            made.append(Upload(target, member.name))
    return made


def gunzipped(path: Path, folder: Path) -> Path:
    """A .gz unpacked, never more than UNPACKED_BYTES or RATIO times its size. Raises InvalidData."""
    target, size, written = folder / "unpacked", path.stat().st_size, 0
    try:
        with gzip.open(path) as stream, open(target, "wb") as file:
            while piece := stream.read(PIECE):
                written += len(piece)
                if written > UNPACKED_BYTES or (written > RATIO_COUNTS_FROM and written > RATIO * size):
                    raise InvalidData(
                        "The file {name} unpacks to far more than it says ({size} MB and more): it was not unpacked. "
                        "Add the file without compression.",
                        name=path.name,
                        size=written // 2**20,
                    )
                file.write(piece)
    except (EOFError, OSError, zlib.error) as error:
        raise InvalidData(
            "The compressed file cannot be unpacked ({reason}): it was cut short or damaged. Copy or fetch it again.",
            reason=str(error) or type(error).__name__,
        ) from error
    return target


def heads(path: Path, members: tuple[Member, ...], size: int) -> Iterator[tuple[Member, bytes]]:
    """The first bytes of files of an archive. Raises InvalidData."""
    with _opened(path) as archive:
        for member in members:
            with archive.open(member.info) as stream:
                head = stream.read(size)
            yield member, head


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """An archive whose entries have been counted. Raises InvalidData, also for what goes wrong while it is read."""
    try:
        with open(path, "rb") as file:
            _check_count(file)
        with zipfile.ZipFile(path) as archive:
            yield archive
    except InvalidData:
        raise
    except Exception as error:  # hostile bytes make zipfile and zlib raise almost anything
        raise _damaged(error) from error


def _check_count(file: BinaryIO) -> None:
    """Count the entries without keeping any: a list of a million of them would fill the memory."""
    directory, end, claimed = _directory(file)
    count, header = 0, bytearray(46)
    file.seek(directory)
    while max(count, claimed) <= MOST_ENTRIES and directory < end:
        if file.readinto(header) < 46 or not header.startswith(_ENTRY):  # type: ignore[attr-defined]
            break
        count += 1
        beside = sum(struct.unpack_from("<3H", header, 28))  # its name, and what else is written of it
        directory = file.seek(beside, 1) if beside else directory + 46
    if max(count, claimed) > MOST_ENTRIES:
        raise InvalidData(
            "The archive holds {count:,} files; at most {most:,} are read. Put fewer images into it.",
            count=max(count, claimed),
            most=MOST_ENTRIES,
        )


def _directory(file: BinaryIO) -> tuple[int, int, int]:
    """Where the list of an archive's entries begins and ends, and how many it says that there are."""
    size = file.seek(0, 2)
    start = max(0, size - 65_557)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        raise _damaged(zipfile.BadZipFile("no list of files at the end"))
    count, length = struct.unpack("<HI", tail[at + 10 : at + 16])
    end = start + at
    if tail[max(0, at - 20) : at][:4] == _END64:  # more than 65,535 entries: a second record before it says how many
        file.seek(max(0, end - 76))
        count, length = struct.unpack("<QQ", file.read(56)[32:48])
        end -= 76
    return max(0, end - length), end, count


def _check(entries: list[zipfile.ZipInfo]) -> None:
    wrong = Wrong()
    for entry in entries:
        if reason := _trouble(entry):
            wrong.file(reason, _name_of(entry))
    wrong.check()
    total = sum(entry.file_size for entry in entries)
    if total > UNPACKED_BYTES:
        raise InvalidData(
            "The archive would unpack to {size} MB; at most {most} MB are read. Put fewer or smaller images into it.",
            size=total // 2**20,
            most=UNPACKED_BYTES // 2**20,
        )


def _trouble(entry: zipfile.ZipInfo) -> str | None:
    name = _name_of(entry)
    if ".." in PurePosixPath(name).parts or name.startswith("/") or ":" in name.split("/")[0] or "\0" in name:
        return N_("Files whose path leads out of the archive ({count}): {files}.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        return N_("Links in place of files ({count}): {files}.")
    if entry.flag_bits & 1:
        return N_("Files behind a password ({count}): {files}.")
    if entry.compress_type not in _METHODS:
        return N_("Files packed in an unusual way ({count}), where a zip normally deflates: {files}.")
    bomb = entry.file_size > RATIO_COUNTS_FROM and entry.file_size > RATIO * max(1, entry.compress_size)
    if bomb or entry.file_size > LARGEST_ENTRY:
        return N_("Files that would unpack to far too much ({count}): {files}.")
    if PurePosixPath(name).suffix.lower() in (".pkl", ".pickle"):
        return N_("Pickles ({count}), which can run programs and are never read: {files}.")
    return None


def _name_of(entry: zipfile.ZipInfo) -> str:
    name = entry.filename.replace("\\", "/")
    if not entry.flag_bits & _UTF8 and not name.isascii():
        with suppress(UnicodeEncodeError, UnicodeDecodeError):  # many programs write UTF-8 and do not say so
            name = name.encode("cp437").decode("utf-8")
    return unicodedata.normalize("NFC", name)


def _is_litter(path: PurePosixPath) -> bool:
    return path.parts[0] == "__MACOSX" or path.name.startswith(".") or path.name.lower() in ("thumbs.db", "desktop.ini")


def _counted(members: list[Member]) -> dict[str, object]:
    return {"count": len(members), "name": members[0].name if members else ""}


def _damaged(error: Exception) -> InvalidData:
    return InvalidData(
        "The archive cannot be read ({reason}): it was cut short, damaged or is of another kind. Pack it again.",
        reason=str(error) or type(error).__name__,
    )
