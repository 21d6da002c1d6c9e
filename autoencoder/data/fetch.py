"""Data sets of OpenML: fetched once, and then understood as the files that people bring."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from autoencoder.data import openml
from autoencoder.data.dataset import OPENML, Dataset, load_from, path_of, save_dataset
from autoencoder.data.reading.arrays import as_images, image_shape, require_images
from autoencoder.data.reading.records import Raw, text_of
from autoencoder.data.reading.understand import understood
from autoencoder.errors import DataUnavailable, InvalidData
from autoencoder.network.protocol import Array

HELD_OUT = 7  # one of so many is held out: MNIST's 10,000 of 70,000
_fetching: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


def fetch_openml(
    name: str = openml.MNIST_ON_OPENML,
    *,
    progress: Callable[[int], None] | None = None,
    data_home: Path | None = None,
) -> Dataset:
    """Download a set of square images from openml.org once; later calls read it from disk.

    `progress` is told the bytes received so far, in the caller's thread. The last seventh is held out.
    Afterwards `load_dataset("openml:<name>")` knows it, in worker processes too.
    Raises DataUnavailable without internet, InvalidData for a name or data that do not fit, StorageError.
    """
    path = path_of(OPENML + name, data_home)
    assert path is not None
    with _fetching[str(path)]:  # a whole classroom asks for the same set at once: one download
        with suppress(DataUnavailable, InvalidData):  # absent or damaged: fetch it
            return load_from(OPENML + name, path)
        images, target = openml.download(name, path.parent, progress or (lambda received: None))
        save_dataset(_dataset(OPENML + name, images, target), path)
        return load_from(OPENML + name, path)


def _dataset(name: str, images: Array, target: Array) -> Dataset:
    """(n, k) numbers and (n,) names -> the data set, its rows in their order."""
    require_images(len(images))
    if image_shape(images.shape) is None:
        raise InvalidData(
            "The images have the shape {shape}, expected as many pixels as a square has. Choose an image set such as "
            "Fashion-MNIST.",
            shape="×".join(map(str, images.shape)),
        )
    count = len(images)
    apart = np.arange(count) >= count - max(1, count // HELD_OUT)
    raw = Raw(as_images(images), labels=text_of(_numbers_where_possible(target)), held_out=apart, in_order=True)
    return understood("openml", name, raw).dataset


def _numbers_where_possible(target: Array) -> Array:
    try:
        return target.astype(np.float64)
    except (TypeError, ValueError):
        return target.astype(str)
