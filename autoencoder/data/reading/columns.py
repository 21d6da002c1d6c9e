"""Which columns of a table are pixels, which one is the label, which one says what is held out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from autoencoder.data.reading.records import MOST_CLASSES, NO_LABELS, Choices
from autoencoder.errors import N_, InvalidData
from autoencoder.network.protocol import Array
from autoencoder.sentences import Said

_LABELS = {"label", "labels", "class", "classes", "target", "y", "digit", "letter", "character", "etiqueta", "clase"}
_PARTS = {"split", "part", "set", "usage", "subset", "partition", "fold", "parte", "conjunto"}
_IDS = {"id", "index", "idx", "row", "nr", "imageid", "filename", "file", "name", ""}
_HELD_OUT = {"test", "testing", "val", "valid", "validation", "held out", "held-out", "held_out", "1", "true", "yes"}


@dataclass(frozen=True)
class Columns:
    """The columns of a table by what they are; numbers of columns count from 0."""

    names: tuple[str, ...]
    pixels: list[int]
    labels: int | None
    part: int | None
    choosable: tuple[str, ...]
    left_out: tuple[Said, ...]

    def name(self, column: int | None) -> str:
        """What its owner calls it: its header, or its number counted from 1."""
        return "" if column is None else self.names[column]

    def held_out(self, part: Array) -> Array:
        """(n,) text of the column that says the part -> (n,) whether a row is held out. Raises InvalidData."""
        apart = np.isin(np.char.lower(part), list(_HELD_OUT))
        if apart.all() or not apart.any():
            raise InvalidData(
                "The column “{name}” does not set some rows apart from others: expected such as train and test, or "
                "0 and 1. Choose a share in its place.",
                name=self.name(self.part),
            )
        return apart


def columns_of(header: tuple[str, ...] | None, first: Any, choices: Choices) -> Columns:
    """From the names and the first rows, a pandas table. Raises InvalidData where no square of pixels is left."""
    count = first.shape[1]
    names = header or tuple(str(number + 1) for number in range(count))
    known = {column: name.lower() for column, name in enumerate(header or ())}
    empty = [c for c in range(count) if first[c].isna().all() and not known.get(c)]
    ids = [c for c, name in known.items() if name in _IDS and c not in empty]
    parts = [c for c, name in known.items() if name in _PARTS]
    labels = [c for c, name in known.items() if name in _LABELS]
    chosen = _column(names, choices.labels) if choices.labels not in (None, NO_LABELS) else None
    part = _column(names, choices.held_out) if isinstance(choices.held_out, str) else next(iter(parts), None)
    aside = {*empty, *ids, *parts, *labels, *({chosen, part} - {None})}
    pixels = [c for c in range(count) if c not in aside]
    if not _is_square(len(pixels)) and _is_square(len(pixels) - 1):
        labels.append(_likeliest(first, pixels))
        pixels.remove(labels[-1])
    if not _is_square(len(pixels)):
        raise InvalidData(
            "The table has {count} columns of pixels, expected as many as a square has, such as 784 for 28×28, and at "
            "most one column more, the label. Leave out the other columns.",
            count=len(pixels),
        )
    label = chosen if chosen is not None else next(iter(labels), None) if choices.labels is None else None
    unused = [c for c in [*ids, *parts, *labels] if c not in (label, part)]
    said = Said(
        N_("Columns that are not pixels: {names}."), {"names": ", ".join(names[c] or str(c + 1) for c in unused[:10])}
    )
    choosable = dict.fromkeys(names[c] for c in [*([chosen] if chosen is not None else []), *labels, *ids])
    return Columns(names, pixels, label, part, tuple(choosable), (said,) if unused else ())


def _column(names: tuple[str, ...], wanted: str | None) -> int:
    """A column by its name, or by its number counted from 1."""
    assert wanted is not None
    for column, name in enumerate(names):
        if name.lower() == wanted.strip().lower():
            return column
    if wanted.isdecimal() and 0 < int(wanted) <= len(names):
        return int(wanted) - 1
    raise InvalidData(
        "The table has no column “{name}”. Its first columns are {names}. Name one, or give its number from 1 on.",
        name=wanted[:100],
        names=", ".join(names[:6]),
    )


def _likeliest(first: Any, pixels: list[int]) -> int:
    """The first or the last column, whichever looks more like labels."""
    return max((pixels[0], pixels[-1]), key=lambda column: (_is_text(first[column]), _variety(first[column])))


def _is_text(values: Any) -> bool:
    return values.dtype.kind not in "uifb"


def _variety(values: Any) -> int:
    """How many different values; none where they are more than classes, or broken."""
    found = values.nunique()
    whole = _is_text(values) or bool((values.dropna() % 1 == 0).all())
    return int(found) if whole and found <= MOST_CLASSES else 0


def _is_square(count: int) -> bool:
    return count >= 4 and math.isqrt(count) ** 2 == count
