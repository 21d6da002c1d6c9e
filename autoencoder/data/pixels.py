"""Arrays of any numeric type as pixels and labels; InvalidData says what is wrong with those that do not fit."""

from __future__ import annotations

import numpy as np

from autoencoder.errors import InvalidData
from autoencoder.settings import PIXELS


def as_pixels(images: np.ndarray) -> np.ndarray:
    """(n, 784) or (n, 28, 28) numbers in [0, 255], or floats in [0, 1] -> (n, 784) uint8, 255 = ink.

    Floats count as [0, 1] when none of them is above 1. Raises InvalidData.
    """
    if images.shape[1:] not in ((PIXELS,), (28, 28)):
        raise InvalidData(
            "The images have the shape {shape}, expected n×784 or n×28×28. Scale them to 28×28 pixels first.",
            shape="×".join(map(str, images.shape)) or "()",
        )
    if len(images) == 0:
        raise InvalidData("There are no images in the data, expected at least two. Choose a file that holds some.")
    images = images.reshape(len(images), PIXELS)
    with np.errstate(invalid="ignore"):  # NaN is looked for below
        low, high = images.min(), images.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise InvalidData(
            "Some pixels are not a number (NaN) or infinite, expected values from 0 to 255. Fill or drop those images."
        )
    if low < 0 or high > 255:
        raise InvalidData(
            "The pixels run from {low} to {high}, expected 0 to 255 (or 0 to 1). Rescale them first.",
            low=f"{low:.6g}",
            high=f"{high:.6g}",
        )
    if images.dtype == np.uint8:
        return np.ascontiguousarray(images)
    return _rounded(images, 255 if images.dtype.kind == "f" and high <= 1 else 1)


def as_labels(labels: np.ndarray, classes: int) -> np.ndarray:
    """(n,) whole numbers of any numeric type, 0 to classes - 1 -> (n,) uint8. Raises InvalidData."""
    if labels.ndim != 1:
        raise InvalidData(
            "The labels have the shape {shape}, expected one number per image. Save them as a plain list of n numbers.",
            shape="×".join(map(str, labels.shape)) or "()",
        )
    if not np.isin(labels, np.arange(classes)).all():
        raise InvalidData(
            "Some labels are not among the classes. Expected whole numbers from 0 to {last}. "
            "Renumber the classes first.",
            last=classes - 1,
        )
    return labels.astype(np.uint8)


def _rounded(images: np.ndarray, scale: int) -> np.ndarray:
    pixels = np.empty(images.shape, np.uint8)
    for start in range(0, len(images), 4096):  # in pieces: a float copy of 70,000 digits takes 439 MB
        rows = slice(start, start + 4096)
        pixels[rows] = np.rint(images[rows] * scale)
    return pixels
