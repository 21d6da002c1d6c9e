"""What a run's zip says of itself: of which run and which digits it is, and the size and fingerprint of each file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import IO, Any

FORMAT = 1
MANIFEST = "manifest.json"
RUN = "run/"  # what the names of the files that the run is made of begin with
IMAGES = "images.npz"  # the data set, where it goes along
LARGEST_MANIFEST = 1_000_000  # bytes
_MEGABYTE = 10**6
LARGEST: dict[str, int] = {  # bytes unpacked, of the files that are read when the zip is opened
    f"{RUN}run.json": _MEGABYTE,
    f"{RUN}history.json": 20 * _MEGABYTE,
    f"{RUN}weights.npz": 100 * _MEGABYTE,
    f"{RUN}metrics.json": _MEGABYTE,
    f"{RUN}selections.json": 5 * _MEGABYTE,
    f"{RUN}space.npz": 400 * _MEGABYTE,
    f"{RUN}tsne.npz": 5 * _MEGABYTE,
    IMAGES: 200 * _MEGABYTE,
}
LARGEST_FRAME = 5 * _MEGABYTE
MOST_FRAMES = 200
_FRAME = re.compile(r"run/snapshots/\d{1,6}\.\d{3}\.npz")
_SHA256 = re.compile("[0-9a-f]{64}")
_PIECE = 2**20


@dataclass(frozen=True)
class FileSaid:
    """Of a file in the zip."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """Of a zip."""

    run: str  # the id that it had
    dataset: str  # the id of its data set
    fingerprint: str | None  # of the data set's content; None: it was not on that machine any more
    files: Mapping[str, FileSaid]  # all of the zip beside the manifest

    def to_json(self) -> dict[str, Any]:
        """As stored in `manifest.json`."""
        return {"format": FORMAT, "made by": "Autoencoder Lab", **asdict(self)}


def manifest_from_json(values: dict[str, Any]) -> Manifest:
    """What `to_json` wrote. Raises KeyError, TypeError, ValueError for anything else."""
    files = {
        str(name): FileSaid(_size(said["bytes"]), _matching(_SHA256, said["sha256"]))
        for name, said in dict(values["files"]).items()
    }
    fingerprint = values["fingerprint"]
    if fingerprint is not None:
        _matching(re.compile("[0-9a-f]{32}"), fingerprint)
    return Manifest(str(values["run"])[:100], str(values["dataset"])[:200], fingerprint, files)


def largest(name: str) -> int | None:
    """Bytes that a file may have which is read when the zip is opened; None: it is not read."""
    return LARGEST_FRAME if _FRAME.fullmatch(name) else LARGEST.get(name)


def is_frame(name: str) -> bool:
    """Whether a file is one of the maps of the training."""
    return _FRAME.fullmatch(name) is not None


def said_of(stream: IO[bytes], kept: Callable[[bytes], object] = lambda _piece: None) -> FileSaid:
    """Size and fingerprint of what a stream holds; each piece is handed to `kept`."""
    digest, size = hashlib.sha256(), 0
    while piece := stream.read(_PIECE):
        digest.update(piece)
        size += len(piece)
        kept(piece)
    return FileSaid(size, digest.hexdigest())


def _size(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{value!r} bytes")
    return value


def _matching(pattern: re.Pattern[str], value: object) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(f"fingerprint {value!r}")
    return value
