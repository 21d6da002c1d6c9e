"""Data sets of 28×28 digits: the bundled MNIST, and what was fetched from OpenML.

MNIST: Yann LeCun and Corinna Cortes (1998), CC BY-SA 3.0, in the order of OpenML's `mnist_784`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import BinaryIO

import numpy as np

from autoencoder.data.archive import read_archive, write_archive
from autoencoder.data.pixels import as_labels, as_pixels
from autoencoder.errors import DataUnavailable, InvalidData
from autoencoder.settings import MNIST, PIXELS

BUNDLED = Path(__file__).parent / "mnist.npz"
CLASSES = tuple("0123456789")  # names of the labels of every data set that can be loaded
UNLABELLED = "–"
OPENML = "openml:"
OWN = "own:"
_BESIDE = ("n_training", "rows", "classes")  # of what was stored, where it is not as of MNIST
_loading = threading.Lock()


@dataclass(frozen=True, eq=False)
class Dataset:
    """Digits and their labels; the first `n_training` rows train, the others are held out. Raises InvalidData."""

    name: str
    images: np.ndarray  # (n, 784) uint8, 255 = ink, read-only
    labels: np.ndarray  # (n,) uint8 places in `classes`, read-only
    n_training: int
    classes: tuple[str, ...] = CLASSES  # their names, in the order of the labels; none: the digits have no labels
    rows: np.ndarray | None = None  # (n,) number of each row in the file that it came from, counted from 1

    def __post_init__(self) -> None:
        """Check the arrays and make them read-only. Raises InvalidData."""
        _check(self)
        for field in ("images", "labels"):
            array = getattr(self, field).view()
            array.flags.writeable = False
            object.__setattr__(self, field, array)

    def __len__(self) -> int:
        """How many digits."""
        return len(self.images)

    @property
    def training(self) -> slice:
        """The rows to train on."""
        return slice(0, self.n_training)

    @property
    def n_classes(self) -> int:
        """How many kinds of digits there are; 0 where they have no labels."""
        return len(self.classes)

    @property
    def shown_classes(self) -> tuple[str, ...]:
        """Names for what draws by label: one dash for all digits where they have no labels."""
        return self.classes or (UNLABELLED,)

    @property
    def labelled(self) -> bool:
        """Whether the digits have labels; else all of `labels` are 0."""
        return bool(self.classes)

    @property
    def n_held_out(self) -> int:
        """How many rows are held out."""
        return len(self) - self.n_training

    @property
    def held_out(self) -> slice:
        """The rows to measure on."""
        return slice(self.n_training, len(self))

    @cached_property
    def fingerprint(self) -> str:
        """Of the pixels, the labels, their names and which rows are held out, not of the set's name: 32 hex digits."""
        digest = hashlib.blake2b(np.ascontiguousarray(self.images).data, digest_size=16)
        digest.update(np.ascontiguousarray(self.labels).data)
        digest.update(str(self.n_training).encode())
        if self.classes != CLASSES:
            digest.update(json.dumps(self.classes).encode())
        return digest.hexdigest()

    @property
    def mark(self) -> np.ndarray:
        """The fingerprint as (16,) uint8, by which an archive says of which data it is."""
        return np.frombuffer(bytes.fromhex(self.fingerprint), np.uint8)


def load_dataset(name: str = MNIST) -> Dataset:
    """The data set of this id: MNIST, "openml:<name>" after `fetch_openml(<name>)`, or "own:<fingerprint>".

    One copy per process, shared by all threads: (n, 784) uint8 images, (n,) uint8 labels, read-only.
    Raises DataUnavailable if it is not on this machine, InvalidData if its file is damaged.
    """
    if name == MNIST:
        return load_from(name, BUNDLED)
    if name.startswith(OPENML):
        return load_from(name, _path_of(name.removeprefix(OPENML), None))
    if name.startswith(OWN) and (path := path_of(name)) is not None:
        return load_from(name, path)
    raise DataUnavailable(
        "There is no data set called “{name}”. Choose one of: {names}.", name=name, names=", ".join(dataset_names())
    )


def dataset_names() -> list[str]:
    """What `load_dataset` can load on this machine: MNIST first, then what was fetched."""
    names = sorted((path.stem for path in data_home().glob("*.npz") if _is_name(path.stem)), key=str.lower)
    return [MNIST, *(OPENML + name for name in names)]


def read_dataset(source: Path | BinaryIO, name: str) -> Dataset:
    """An archive of `images`, n×784 or n×28×28, and `labels`, n whole numbers; the last seventh is held out.

    Pixels may be uint8 or floats, in [0, 255] or [0, 1]. What `save_dataset` wrote says itself how many train and what
    the labels are called. Raises DataUnavailable, InvalidData.
    """
    images, labels, n_training, rows, classes = read_archive(source, "images", "labels", optional=_BESIDE)
    if not n_training.size:
        return _split(name, as_pixels(images), as_labels(labels, len(CLASSES)))
    names = _names(classes)
    known = as_labels(labels, max(1, len(names)))
    return Dataset(
        name, as_pixels(images), known, int(n_training.flat[0]), names, rows if rows.shape == known.shape else None
    )


def save_dataset(dataset: Dataset, path: Path) -> None:
    """An archive that `read_dataset` reads. Raises StorageError."""
    beside = {} if dataset.rows is None else {"rows": dataset.rows}
    written = np.frombuffer(json.dumps(dataset.classes).encode(), np.uint8)
    n_training = np.array([dataset.n_training])
    write_archive(path, images=dataset.images, labels=dataset.labels, n_training=n_training, classes=written, **beside)


def path_of(name: str, home: Path | None = None) -> Path | None:
    """Where a data set lies, or would: in `data_home()` or in `home`; None for the bundled one. Raises InvalidData."""
    if name.startswith(OWN):
        fingerprint = name.removeprefix(OWN)
        if not re.fullmatch("[0-9a-f]{32}", fingerprint):
            raise InvalidData("“{name}” is not the id of a data set of somebody's own.", name=name[:100])
        return data_home() / "own" / f"{fingerprint}.npz"
    return _path_of(name.removeprefix(OPENML), home) if name.startswith(OPENML) else None


def data_home() -> Path:
    """Where fetched data lives: the environment variable AUTOENCODER_DATA, or ~/.cache/autoencoder-lab."""
    return Path(os.environ.get("AUTOENCODER_DATA") or Path.home() / ".cache" / "autoencoder-lab")


def load_from(name: str, path: Path) -> Dataset:
    """The data set of that id in a file; one copy per process. Raises DataUnavailable, InvalidData."""
    try:
        modified = path.stat().st_mtime_ns
    except OSError as error:
        if name.startswith(OWN):
            raise _own_is_gone(name, path) from error
        raise DataUnavailable(
            "The data set “{name}” is not on this machine yet. "
            "Fetch it from OpenML first (this needs internet), or use the bundled “mnist”.",
            name=name,
        ) from error
    with _loading:  # a cache alone lets threads that arrive together each load a copy
        return _load_once(name, path, modified)


def _own_is_gone(name: str, path: Path) -> DataUnavailable:
    """Why a set of somebody's own cannot be read: its owner has deleted it, or it never was here."""
    try:
        called = str(json.loads(path.with_suffix(".json").read_text())["name"])
    except (OSError, ValueError, KeyError, TypeError):
        return DataUnavailable(
            "The data set “{name}” is not on this machine. Add its file again: then it has this id again.", name=name
        )
    return DataUnavailable(
        "The data set “{name}” has been deleted by its owner. What was trained on it keeps its weights and losses; "
        "whoever adds the same file again sees its digits again.",
        name=called,
    )


def _names(classes: np.ndarray) -> tuple[str, ...]:
    try:
        names = json.loads(classes.astype(np.uint8).tobytes())
        return tuple(str(name) for name in names)
    except (ValueError, TypeError) as error:
        raise InvalidData("The names of the labels cannot be read: the file is damaged. Add it again.") from error


@lru_cache(maxsize=4)
def _load_once(name: str, path: Path, modified: int) -> Dataset:
    """`modified` is part of the key: a file that was replaced is read again."""
    return read_dataset(path, name)


def _split(name: str, images: np.ndarray, labels: np.ndarray) -> Dataset:
    """Hold out the last seventh, as MNIST does: 10,000 of 70,000."""
    return Dataset(name, images, labels, n_training=len(images) - max(1, len(images) // 7))


def _path_of(name: str, home: Path | None) -> Path:
    if not _is_name(name):
        raise InvalidData(
            "“{name}” cannot be the name of an OpenML data set here: expected up to 100 letters, digits, “_”, “-” "
            "and “.”, starting with a letter or digit. Copy the name from openml.org, such as Fashion-MNIST.",
            name=name,
        )
    return (home or data_home()) / f"{name}.npz"


def _is_name(name: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", name) is not None


def _check(dataset: Dataset) -> None:
    images, labels = dataset.images, dataset.labels
    if images.dtype != np.uint8 or images.ndim != 2 or images.shape[1] != PIXELS:
        raise InvalidData(
            "The images are {dtype} of shape {shape}, expected uint8 of shape n×784. Convert them with as_pixels.",
            dtype=str(images.dtype),
            shape="×".join(map(str, images.shape)),
        )
    count = len(images)
    if labels.dtype != np.uint8 or labels.shape != (count,):
        raise InvalidData(
            "The labels are {dtype} of shape {shape}, expected uint8, one for each of the {count} images. "
            "Give every image one.",
            dtype=str(labels.dtype),
            shape="×".join(map(str, labels.shape)),
            count=count,
        )
    if count and labels.max() >= max(1, dataset.n_classes):
        raise InvalidData(
            "There is a label {label}, expected 0 to {last}. Renumber the classes first.",
            label=int(labels.max()),
            last=dataset.n_classes - 1,
        )
    if not 0 < dataset.n_training < count:
        raise InvalidData(
            "{n_training} of {count} images are to be trained on; expected at least one to train on and one to hold "
            "out. Use more images.",
            n_training=dataset.n_training,
            count=count,
        )
