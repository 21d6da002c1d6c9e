"""The training as an animated GIF: the map as it forms, and beside it what the network makes of the first digits."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from autoencoder.colours import DIGIT_COLOURS
from autoencoder.errors import N_, InvalidExport
from autoencoder.export.record import Export
from autoencoder.export.source import Source
from autoencoder.network.protocol import Array
from autoencoder.process.files import write_atomically
from autoencoder.training.records import Frame

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

MOST = 60  # frames
POINTS = 2_500  # digits on the map
SIDE, DOT, GAP = 384, 3, 16  # pixels: of the map, of a dot, between things
ZOOM, ACROSS = 3, 4  # of a digit, and digits in a row
HEAD, FOOT = 32, 32  # pixels above, for the epoch, and below, for the legend
MOST_NAMED = 10  # labels in the legend: colours repeat after them
STEP_MS, END_MS = 160, 2_500
_GREYS = 64
_PAPER, _INK = 0, 1  # places in the palette: then the colours of the labels, then greys from paper to ink
_COLOURS = 2
_FIRST_GREY = _COLOURS + len(DIGIT_COLOURS)
_OUTLIERS = 1.0  # per cent at either end of an axis


def animation(
    frames: Sequence[Frame], labels: Array | None, losses: dict[int, float], names: Sequence[str] = ()
) -> bytes:
    """A GIF. `labels`: (n,) of the map's digits, None without; `losses`: by epoch; `names`: of the labels."""
    ranges = _ranges(frames)
    images = [_drawn(frame, labels, ranges, _caption(frame, losses), names) for frame in frames]
    content, times = io.BytesIO(), [STEP_MS] * (len(images) - 1) + [END_MS]
    images[0].save(
        content, "GIF", save_all=True, append_images=images[1:], duration=times, loop=0, optimize=False, disposal=1
    )
    return content.getvalue()


def _caption(frame: Frame, losses: dict[int, float]) -> str:
    loss = losses.get(round(frame.epoch))
    return f"epoch {frame.epoch:g}" + ("" if loss is None else f"   MSE {loss:.4f}")


def _ranges(frames: Sequence[Frame]) -> Array:
    """(2, axes): the lowest and the highest that is shown, the same in all frames so that what moves is the codes."""
    ends = [np.percentile(frame.codes[:POINTS], [_OUTLIERS, 100 - _OUTLIERS], axis=0) for frame in frames]
    return np.array([np.min([low for low, _ in ends], axis=0), np.max([high for _, high in ends], axis=0)])


def _drawn(frame: Frame, labels: Array | None, ranges: Array, caption: str, names: Sequence[str]) -> Image:
    from PIL import Image, ImageDraw, ImageFont  # 3 MB

    pictures = _pictures(frame.reconstructions)
    picture = np.full((HEAD + SIDE + FOOT, SIDE + 3 * GAP + pictures.shape[1]), _PAPER, np.uint8)
    picture[HEAD : HEAD + SIDE, GAP : GAP + SIDE] = _map(frame.codes[:POINTS], labels, ranges)
    left = SIDE + 2 * GAP
    picture[HEAD : HEAD + len(pictures), left : left + pictures.shape[1]] = pictures
    image = Image.fromarray(picture)
    image.putpalette(_palette())
    pen = ImageDraw.Draw(image)
    pen.fontmode = "1"
    pen.text((GAP, 8), caption, fill=_INK, font=ImageFont.load_default(size=16))
    pen.rectangle((GAP - 1, HEAD - 1, GAP + SIDE, HEAD + SIDE), outline=_FIRST_GREY + _GREYS // 4)
    _add_legend(pen, names[:MOST_NAMED])
    return image


def _add_legend(pen: ImageDraw, names: Sequence[str]) -> None:
    """A square in the colour of each label, and its name."""
    from PIL import ImageFont

    font, left, top = ImageFont.load_default(size=13), GAP, HEAD + SIDE + 10
    for at, name in enumerate(names):
        pen.rectangle((left, top + 3, left + 8, top + 11), fill=_COLOURS + at)
        pen.text((left + 13, top), name[:12], fill=_INK, font=font)
        left += 13 + round(pen.textlength(name[:12], font=font)) + 14


def _map(codes: Array, labels: Array | None, ranges: Array) -> Array:
    """(n, 1 or 2) codes -> (SIDE, SIDE) places in the palette. With one dimension, a row a label."""
    image = np.full((SIDE, SIDE), _PAPER, np.uint8)
    known = np.zeros(len(codes), int) if labels is None else labels[: len(codes)].astype(int)
    shares = (codes - ranges[0]) / np.maximum(ranges[1] - ranges[0], 1e-9)
    up = shares[:, 1] if codes.shape[1] > 1 else 1 - (known + 0.5) / max(1, known.max(initial=0) + 1)
    inside = np.isfinite(shares).all(axis=1) & (shares >= 0).all(axis=1) & (shares <= 1).all(axis=1)
    columns = np.rint(shares[inside, 0] * (SIDE - DOT)).astype(int)
    rows = np.rint((1 - up[inside]) * (SIDE - DOT)).astype(int)
    for down in range(DOT):
        for right in range(DOT):
            image[rows + down, columns + right] = _COLOURS + known[inside] % len(DIGIT_COLOURS)
    return image


def _pictures(reconstructions: Array) -> Array:
    """(n, 784) grey levels -> a grid of them, as places in the palette."""
    rows = -(-len(reconstructions) // ACROSS)
    side = 28 * ZOOM
    grid = np.full((rows * (side + 4), ACROSS * (side + 4)), _PAPER, np.uint8)
    for place, digit in enumerate(reconstructions):
        top, left = (place // ACROSS) * (side + 4), (place % ACROSS) * (side + 4)
        grey = _FIRST_GREY + digit.reshape(28, 28).astype(int) * (_GREYS - 1) // 255
        grid[top : top + side, left : left + side] = grey.repeat(ZOOM, axis=0).repeat(ZOOM, axis=1)
    return grid


def _palette() -> bytes:
    greys = [255 - round(255 * i / (_GREYS - 1)) for i in range(_GREYS)]
    colours = b"".join(bytes.fromhex(colour[1:]) for colour in DIGIT_COLOURS)
    return b"\xff\xff\xff" + b"\x22\x22\x22" + colours + bytes(level for grey in greys for level in (grey,) * 3)


def _write(source: Source, path: Path) -> None:
    frames = source.store.load_frames(source.run.id, most=MOST)
    if not frames:
        raise InvalidExport("Run {run} has kept no maps of its training, so there is no film of it.", run=source.run.id)
    dataset = source.dataset_or_none
    labels = None if dataset is None or not dataset.labelled else dataset.labels[dataset.held_out]
    losses = {record.epoch: record.mse for record in source.history.records}
    names = dataset.classes if dataset is not None else ()
    write_atomically(path, animation(frames, labels, losses, names))


ANIMATION = Export(
    "animation", N_("The training as a film (GIF)"), N_("The map as it formed, and the first digits beside it."),
    "training.gif", "image/gif", _write,
)  # fmt: skip
