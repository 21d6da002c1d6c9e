"""What is known of images that somebody brings: the choices about them, what a file held, and the preview of both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from autoencoder.data.dataset import Dataset
from autoencoder.errors import InvalidData
from autoencoder.network.protocol import Array
from autoencoder.sentences import Said

MOST_IMAGES = 100_000
MOST_CLASSES = 256
MOST_COLUMNS = 4_096 + 16  # of a table: 64 × 64 pixels, and some beside them
LARGEST_SIDE = 4_096  # pixels of a picture that is read
UNPACKED_BYTES = 2**30  # of all that one file holds
SCALES = (1, 16, 255, 65_535)  # values of full ink, or of white paper
SHARE = 1 / 7  # held out where the file has no part of its own: MNIST's 10,000 of 70,000
PICTURED = 24  # images that a preview shows
NO_LABELS = "none"


@dataclass(frozen=True)
class Choices:
    """What may be chosen about a file; None: as the preview proposes. Raises InvalidData."""

    invert: bool | None = None
    transpose: bool | None = None
    scale: int | None = None  # one of SCALES
    labels: str | None = None  # a column or an array, or NO_LABELS
    held_out: float | str | None = None  # a share, or the column that says it

    def __post_init__(self) -> None:
        """Check them."""
        if self.scale is not None and self.scale not in SCALES:
            raise InvalidData(
                "{scale} is no scale of pixels here. Choose one of: {scales}.",
                scale=self.scale,
                scales=", ".join(map(str, SCALES)),
            )
        if isinstance(self.held_out, float) and not 0 < self.held_out < 1:
            raise InvalidData(
                "{share:g} of the images cannot be held out. Choose a share above 0 and below 1, such as 0.15.",
                share=self.held_out,
            )


@dataclass(frozen=True)
class Upload:
    """One file on disk, and the name that its owner knows it by."""

    path: Path
    name: str

    @classmethod
    def of(cls, path: Path) -> Upload:
        """A file under its own name."""
        return cls(path, path.name)


@dataclass(frozen=True, eq=False)
class Raw:
    """What a file holds, before anything is decided about its pixels."""

    images: Array  # (n, h, w) uint8, uint16 or float32, finite
    labels: Array | None = None  # (n,) text
    held_out: Array | None = None  # (n,) whether the file itself sets this row apart
    labels_from: str = ""  # the column, array or folders that they come from
    columns: tuple[str, ...] = ()  # what may be chosen as labels
    boxes: Array | None = None  # (n, 2) height and width of each picture within its 28 × 28, where they were fitted
    sizes: tuple[tuple[int, int], ...] = ()  # heights and widths as they came, the most frequent first
    paper: float | None = None  # mean value at the edges; None: to be computed from `images`
    left_out: tuple[Said, ...] = ()
    in_order: bool = False  # whether the rows are stored in the order of the file

    def __len__(self) -> int:
        """How many images."""
        return len(self.images)


@dataclass(frozen=True, eq=False)
class Preview:
    """What was understood of a file, what was proposed and what was left out, before any of it counts."""

    name: str  # of the file
    kind: str  # such as "csv"
    count: int
    n_training: int
    sizes: tuple[tuple[int, int], ...]  # heights and widths, the most frequent first
    low: float
    high: float
    classes: tuple[str, ...]
    counts: tuple[int, ...]  # images of each class
    labels_from: str
    columns: tuple[str, ...]  # what may be chosen as labels
    own_part: bool  # whether the file says itself which images are held out
    choices: Choices  # as they are now, none of them None
    notes: tuple[Said, ...]  # what was proposed, and what was done to fit
    left_out: tuple[Said, ...]
    images: Array  # (up to PICTURED, 784) uint8
    labels: Array  # (up to PICTURED,) places in `classes`
    fingerprint: str

    @property
    def n_held_out(self) -> int:
        """How many images are held out."""
        return self.count - self.n_training


@dataclass(frozen=True, eq=False)
class Understood:
    """A file as a data set, and the preview of it."""

    preview: Preview
    dataset: Dataset


def text_of(values: Array) -> Array:
    """(n,) numbers or text -> (n,) text; whole numbers without a decimal point."""
    if values.dtype.kind == "S":
        return np.char.decode(values, "utf-8", "replace")
    if values.dtype.kind == "f" and np.isfinite(values).all() and np.array_equal(values, np.rint(values)):
        values = values.astype(np.int64)
    if values.dtype.kind == "b":
        values = values.astype(np.uint8)
    return values.astype(str)


def with_note(raw: Raw, *notes: Said) -> Raw:
    """The same with more that was left out."""
    return replace(raw, left_out=(*raw.left_out, *notes))
