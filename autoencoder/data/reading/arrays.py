"""Arrays of any numeric type as images: three axes, few bytes, and nothing that is not a number."""

from __future__ import annotations

import math

import numpy as np

from autoencoder.data.reading.records import LARGEST_SIDE, MOST_IMAGES
from autoencoder.data.reading.wrong import Wrong
from autoencoder.errors import N_, InvalidData
from autoencoder.network.protocol import Array

PIECE = 4_096  # images that are looked at together
NOT_FINITE = N_("Rows with a value that is missing or no number (empty, NaN or infinite): {rows}.")
LEAST_SIDE = 8  # of images in colour that lie in rows: shorter rows may be anything
_GREY = np.array([0.299, 0.587, 0.114], np.float32)  # luma of ITU-R BT.601, as in Pillow


def require_images(count: int) -> None:
    """Raises InvalidData for fewer than two images, and for too many."""
    if count < 2:
        raise InvalidData(
            "There are {count} images in the file; at least two are needed, one to train on and one to hold out. "
            "Add more images.",
            count=count,
        )
    if count > MOST_IMAGES:
        raise InvalidData(
            "There are {count:,} images in the file; at most {most:,} are read. Keep a part of them.",
            count=count,
            most=MOST_IMAGES,
        )


def image_shape(shape: tuple[int, ...]) -> tuple[int, int, int] | None:
    """Images, height and width of an array of images; None if it is none.

    Colours are its last axis, or the second; in rows of pixels they come one after the other, as in CIFAR's files.
    """
    if len(shape) == 2 and shape[1] >= 4 and math.isqrt(shape[1]) ** 2 == shape[1]:
        return shape[0], math.isqrt(shape[1]), math.isqrt(shape[1])
    if side := _side_in_colour(shape):
        return shape[0], side, side
    if len(shape) == 3 and min(shape[1:]) > 1:
        return shape
    if len(shape) == 4 and shape[3] in (1, 3, 4):
        return shape[0], shape[1], shape[2]
    if len(shape) == 4 and shape[1] in (1, 3, 4):
        return shape[0], shape[2], shape[3]
    return None


def as_images(array: Array) -> Array:
    """An array of images of any layout -> (n, h, w), compact and finite. Raises InvalidData that names wrong rows."""
    shape = image_shape(array.shape)
    assert shape is not None
    if max(shape[1:]) > LARGEST_SIDE:
        raise InvalidData(
            "The images have {height}×{width} pixels; at most {most} a side are read. Make them smaller first.",
            height=shape[1],
            width=shape[2],
            most=LARGEST_SIDE,
        )
    if side := _side_in_colour(array.shape):
        array = array.reshape(-1, 3, side, side)
    if array.ndim == 4 and array.shape[3] not in (1, 3, 4):
        array = np.moveaxis(array, 1, 3)
    if array.ndim == 4:
        array = _grey(array)
    return compact(array.reshape(shape))


def _side_in_colour(shape: tuple[int, ...]) -> int | None:
    """The side of squares whose three colours lie in rows; None where they do not."""
    side = math.isqrt(shape[1] // 3) if len(shape) == 2 else 0
    return side if side >= LEAST_SIDE and 3 * side * side == shape[1] else None


def compact(images: Array) -> Array:
    """(n, h, w) numbers -> uint8 or uint16 where they fit, else float32. Raises InvalidData that names wrong rows."""
    if images.dtype == np.uint8:
        return images
    if images.dtype.kind == "b":
        return images.astype(np.uint8)
    wrong, whole, low, high = Wrong(), True, np.inf, -np.inf
    for start in range(0, len(images), PIECE):
        piece = images[start : start + PIECE]
        finite = np.isfinite(piece).all(axis=(1, 2))
        wrong.rows(NOT_FINITE, 1 + start + np.flatnonzero(~finite))
        if finite.any():
            low, high = min(low, float(piece[finite].min())), max(high, float(piece[finite].max()))
        whole = whole and (piece.dtype.kind in "ui" or bool(np.array_equal(piece, np.rint(piece))))
    wrong.check()
    kind = np.uint8 if high <= 255 else np.uint16
    if not whole or low < 0 or high > 65_535 or (images.dtype.kind == "f" and high <= 1):
        return np.asarray(images, np.float32)
    return images.astype(kind)


def _grey(images: Array) -> Array:
    """(n, h, w, 1, 3 or 4) -> (n, h, w)."""
    if images.shape[3] == 1:
        return images[..., 0]
    grey = np.empty(images.shape[:3], np.float32)
    for start in range(0, len(images), PIECE):
        grey[start : start + PIECE] = images[start : start + PIECE, ..., :3].astype(np.float32) @ _GREY
    return np.rint(grey) if images.dtype.kind in "ui" else grey
