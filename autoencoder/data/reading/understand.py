"""What a file is taken for: a scale, ink or paper, labels, what is held out; proposed, and as somebody chose."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from autoencoder.data.dataset import Dataset
from autoencoder.data.reading.arrays import PIECE
from autoencoder.data.reading.files import read_files
from autoencoder.data.reading.fitting import fitted, inside, paper_of
from autoencoder.data.reading.records import (
    MOST_CLASSES,
    NO_LABELS,
    PICTURED,
    SCALES,
    SHARE,
    Choices,
    Preview,
    Raw,
    Understood,
    Upload,
)
from autoencoder.errors import N_, InvalidData
from autoencoder.network.protocol import Array
from autoencoder.sentences import Said
from autoencoder.settings import PIXELS

LONGEST_LABEL = 60  # letters
TOLERANCE = 1.001  # values a little above the scale are rounding errors
_SAMPLED = 1_000  # images that tell the background
OWN_PART = "own"
AROUND_ZERO = N_("The values run from -1 to 1: read as 0 to 1.")


def understand(uploads: Sequence[Upload], name: str, choices: Choices | None = None) -> Understood:
    """Files as a data set called `name`, with what was understood of them. Raises DataUnavailable, InvalidData."""
    choices = choices or Choices()
    kind, raw = read_files(uploads, choices)
    return understood(kind, name, raw, choices, ", ".join(upload.name for upload in uploads))


def understood(kind: str, name: str, raw: Raw, choices: Choices | None = None, files: str = "") -> Understood:
    """As `understand`, of what has been read already. Raises InvalidData."""
    choices = choices or Choices()
    raw = _with_labels(raw, kind, choices)
    low, high = float(raw.images.min()), float(raw.images.max())
    if around_zero := -TOLERANCE <= low < 0 and high <= TOLERANCE:
        raw = replace(raw, images=(np.maximum(raw.images, -1) + 1) / 2)
    scale, said_scale = (1, [Said(AROUND_ZERO)]) if around_zero else _scale(raw, low, high, choices)
    invert, said_paper = _inverted(raw, scale, choices)
    made = replace(choices, scale=scale, invert=invert, transpose=bool(choices.transpose))
    images = _pixels(raw, scale, invert, bool(choices.transpose))
    classes, labels = _numbered(raw.labels, len(raw))
    apart, share = _apart(raw, labels, choices)
    order = np.argsort(apart, kind="stable") if raw.in_order else _order(apart)
    dataset = Dataset(
        name, images[order], labels[order], int((~apart).sum()), classes, rows=(order + 1).astype(np.int32)
    )
    chosen = raw.labels_from or NO_LABELS
    preview = Preview(
        name=files,
        kind=kind,
        count=len(raw),
        n_training=dataset.n_training,
        sizes=raw.sizes or (raw.images.shape[1:],),
        low=low,
        high=high,
        classes=classes,
        counts=tuple(np.bincount(labels, minlength=len(classes)).tolist()) if classes else (),
        labels_from=raw.labels_from,
        columns=raw.columns,
        own_part=raw.held_out is not None,
        choices=replace(made, labels=chosen, held_out=share),
        notes=(*said_scale, *said_paper, *_about_size(raw), *_about_content(images, classes)),
        left_out=raw.left_out,
        images=dataset.images[:PICTURED],
        labels=dataset.labels[:PICTURED],
        fingerprint=dataset.fingerprint,
    )
    return Understood(preview, dataset)


def _with_labels(raw: Raw, kind: str, choices: Choices) -> Raw:
    """Without labels where none are wanted. Raises InvalidData where others are than such a file can have."""
    if choices.labels == NO_LABELS:
        return replace(raw, labels=None, labels_from="")
    if choices.labels not in (None, raw.labels_from) and kind in ("idx", "npy", "pictures"):
        raise InvalidData("“{name}” is no column of this file. Choose “none”, or leave it out.", name=choices.labels)
    return raw


def _scale(raw: Raw, low: float, high: float, choices: Choices) -> tuple[int, list[Said]]:
    """The value of full ink, and what is to be said of it. Raises InvalidData."""
    if low < 0:
        raise InvalidData(
            "The pixels run from {low} to {high}, expected values from 0 on, or from -1 to 1. Bring them back to such "
            "a scale first; standardised values have lost theirs.",
            low=f"{low:.6g}",
            high=f"{high:.6g}",
        )
    fits = [scale for scale in SCALES if high <= scale * TOLERANCE]
    wanted = choices.scale
    if not fits or (wanted is not None and wanted not in fits):
        raise InvalidData(
            "The pixels run from {low} to {high}, which is more than the scale 0 to {scale}. Choose another scale, or "
            "rescale them first.",
            low=f"{low:.6g}",
            high=f"{high:.6g}",
            scale=wanted or SCALES[-1],
        )
    if wanted is not None:
        return wanted, []
    certain = fits[0] == 255 or high > 2**14 or (raw.images.dtype == np.float32 and fits[0] == 1)
    if certain:
        return fits[0], []
    asked = Said(
        N_("The highest value is {high:g}: read as 0 to {scale}. If full ink is 255, choose the scale 0 to 255."),
        {"high": high, "scale": fits[0]},
    )
    return fits[0], [asked]


def _inverted(raw: Raw, scale: int, choices: Choices) -> tuple[bool, list[Said]]:
    if choices.invert is not None:
        return choices.invert, []
    paper = raw.paper
    if paper is None:
        sample = raw.images[:: max(1, len(raw) // _SAMPLED)]
        paper = float(paper_of(sample).mean())
    if paper <= scale / 2:
        return False, []
    return True, [Said(N_("The background is bright: the images are inverted, so that ink is what counts."))]


def _about_size(raw: Raw) -> list[Said]:
    sizes = raw.sizes or (raw.images.shape[1:],)
    if sizes == ((28, 28),):
        return []
    height, width = sizes[0]
    if len(sizes) == 1:
        return [
            Said(
                N_("The images have {height}×{width} pixels: fitted into 28×28 with their proportions."),
                {"height": height, "width": width},
            )
        ]
    return [
        Said(
            N_("The images have {count} different sizes, most of them {height}×{width}: each is fitted into 28×28."),
            {"count": len(sizes), "height": height, "width": width},
        )
    ]


def _about_content(images: Array, classes: tuple[str, ...]) -> list[Said]:
    said = []
    if (images == images[0]).all():
        said.append(Said(N_("All images are the same: a network has nothing to tell apart here.")))
    if len(classes) == 1:
        said.append(Said(N_("All images have the same label, {label}."), {"label": classes[0]}))
    return said


def _pixels(raw: Raw, scale: int, invert: bool, transpose: bool) -> Array:
    """(n, 784) uint8, 255 = ink."""
    pixels = np.empty((len(raw), PIXELS), np.uint8)
    for start in range(0, len(raw), PIECE):
        piece = slice(start, start + PIECE)
        values = np.minimum(raw.images[piece].astype(np.float32) * np.float32(255 / scale), 255)
        if invert:
            values = 255 - values
        if raw.boxes is not None:
            values *= inside(raw.boxes[piece])
        elif values.shape[1:] != (28, 28):
            values = np.stack([fitted(image) for image in values])
        if transpose:
            values = values.transpose(0, 2, 1)
        pixels[piece] = np.clip(np.rint(values), 0, 255).reshape(len(values), PIXELS)
    return pixels


def _numbered(labels: Array | None, count: int) -> tuple[tuple[str, ...], Array]:
    """(n,) text -> the names of the classes in order, and (n,) uint8 places in them. Raises InvalidData."""
    if labels is None:
        return (), np.zeros(count, np.uint8)
    names = np.array([unicodedata.normalize("NFC", str(name).strip())[:LONGEST_LABEL] for name in np.unique(labels)])
    found, place = np.unique(names, return_inverse=True)
    if len(found) > MOST_CLASSES:
        raise InvalidData(
            "There are {count:,} different labels, at most {most} are read. Choose another column, or none.",
            count=len(found),
            most=MOST_CLASSES,
        )
    order = sorted(range(len(found)), key=lambda i: _in_order(str(found[i])))
    position = np.empty(len(found), np.uint8)
    position[order] = np.arange(len(found))
    _, inverse = np.unique(labels, return_inverse=True)
    return tuple(str(found[i]) for i in order), position[place[inverse.reshape(-1)]]


def _in_order(name: str) -> tuple[bool, float, str, str]:
    """Numbers first, by size; then letters, with those that carry a mark after the plain ones: n, ñ, o."""
    try:
        return False, float(name), "", name
    except ValueError:
        return True, 0.0, unicodedata.normalize("NFD", name.casefold()), name


def _apart(raw: Raw, labels: Array, choices: Choices) -> tuple[Array, float | str]:
    """(n,) whether a row is held out, and how that was chosen: OWN_PART, a column, or a share."""
    if raw.held_out is not None and not isinstance(choices.held_out, float):
        return raw.held_out, choices.held_out or OWN_PART
    if isinstance(choices.held_out, str) and choices.held_out != OWN_PART:
        raise InvalidData("“{name}” does not say which images are held out. Choose a share.", name=choices.held_out)
    share = choices.held_out if isinstance(choices.held_out, float) else SHARE
    return fairly_apart(labels, share), share


def fairly_apart(labels: Array, share: float) -> Array:
    """(n,) labels -> (n,) whether a row is held out: of each class the same share, in a fixed random order.

    At least one row, and never all.
    """
    count = len(labels)
    wanted = min(max(1, round(count * share)), count - 1)
    ranked = np.empty(count)
    random = np.random.default_rng(0)
    for label in np.unique(labels):
        rows = random.permutation(np.flatnonzero(labels == label))
        ranked[rows] = (np.arange(len(rows)) + 0.5) / len(rows)  # how far into its class each row comes
    apart = np.zeros(count, bool)
    apart[np.argsort(ranked, kind="stable")[:wanted]] = True
    return apart


def _order(apart: Array) -> Array:
    """The rows as they are stored: training first, each part in a fixed random order, however the file is sorted."""
    random = np.random.default_rng(0)
    return np.concatenate([random.permutation(np.flatnonzero(~apart)), random.permutation(np.flatnonzero(apart))])
