"""Tables of text (.csv): separators, decimal commas, header and columns are found out; pandas reads the numbers."""

from __future__ import annotations

import codecs
import csv
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autoencoder.data.reading.arrays import NOT_FINITE, require_images
from autoencoder.data.reading.columns import Columns, columns_of
from autoencoder.data.reading.records import MOST_COLUMNS, MOST_IMAGES, Choices, Raw
from autoencoder.data.reading.wrong import Wrong
from autoencoder.errors import N_, InvalidData
from autoencoder.network.protocol import Array

CHUNK = 2_000  # rows that are read together
_HEAD = 2**18  # bytes from which the form is found out
_SEPARATORS = ";\t|, "
_TEXT = N_("Rows with text where a number is expected: {rows}.")
_WIDTH = N_("Rows with another number of columns than the first one: {rows}.")
_UNLABELLED = N_("Rows without a label: {rows}.")


@dataclass(frozen=True)
class _Form:
    """How a table is written."""

    encoding: str
    separator: str
    decimal: str
    header: tuple[str, ...] | None
    width: int


@dataclass(frozen=True)
class _Lines:
    """Which lines are rows: their numbers, counted from 1 without the header, and the lines that are skipped."""

    rows: Array
    skipped: list[int]
    misfits: list[int]  # numbers of the rows with more or fewer cells


def is_text(head: bytes) -> bool:
    """Whether these first bytes are a table of text."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    return b"\0" not in head and any(sign in head for sign in b";,\t| ") and any(48 <= sign <= 57 for sign in head)


def read_table(path: Path, choices: Choices) -> Raw:
    """One image a row: a column a pixel, and beside them labels and more. Raises InvalidData that names wrong rows."""
    form = _form(path)
    lines = _lines(path, form)
    require_images(len(lines.rows) + len(lines.misfits))
    first = next(_chunks(path, form, lines, {})) if len(lines.rows) else None
    if first is None:
        wrong = Wrong()
        wrong.rows(_WIDTH, lines.misfits)
        wrong.check()
    columns = columns_of(form.header, first, choices)
    return _read(path, form, lines, columns)


def _read(path: Path, form: _Form, lines: _Lines, columns: Columns) -> Raw:
    as_text = dict.fromkeys((c for c in (columns.labels, columns.part) if c is not None), str)
    n, side = len(lines.rows), math.isqrt(len(columns.pixels))
    images = np.zeros((n, len(columns.pixels)), np.uint8)
    labels: list[Array] = []
    part: list[Array] = []
    wrong, at = Wrong(), 0
    wrong.rows(_WIDTH, lines.misfits)
    for chunk in _chunks(path, form, lines, as_text):
        numbers = lines.rows[at : at + len(chunk)]
        values = _numbers(chunk[columns.pixels], numbers, wrong)
        images = _roomy(images, values)
        images[at : at + len(chunk)] = np.nan_to_num(values)
        for column, kept in ((columns.labels, labels), (columns.part, part)):
            if column is not None:
                found = chunk[column].fillna("").str.strip()
                wrong.rows(_UNLABELLED, numbers[(found == "").to_numpy()])
                kept.append(found.to_numpy(dtype=str))
        at += len(chunk)
    wrong.check()
    return Raw(
        images=images.reshape(n, side, side),
        labels=_plain(np.concatenate(labels)) if labels else None,
        held_out=columns.held_out(np.concatenate(part)) if part else None,
        labels_from=columns.name(columns.labels),
        columns=columns.choosable,
        left_out=columns.left_out,
    )


def _numbers(chunk: Any, numbers: Array, wrong: Wrong) -> Array:
    """The pixels of some rows as float32; what is no number is noted and NaN."""
    import pandas as pd

    for column in chunk.columns[[not pd.api.types.is_numeric_dtype(kind) for kind in chunk.dtypes]]:
        as_numbers = pd.to_numeric(chunk[column], errors="coerce")
        wrong.rows(_TEXT, numbers[(as_numbers.isna() & chunk[column].notna()).to_numpy()])
        wrong.rows(NOT_FINITE, numbers[chunk[column].isna().to_numpy()])
        chunk = _with(chunk, column, as_numbers.fillna(0))
    values = chunk.to_numpy(np.float32)
    wrong.rows(NOT_FINITE, numbers[~np.isfinite(values).all(axis=1)])
    return values


def _with(chunk: Any, column: Any, values: Any) -> Any:
    changed = chunk.copy()
    changed[column] = values
    return changed


def _roomy(images: Array, values: Array) -> Array:
    """The array as a type that holds these values too."""
    whole = np.array_equal(values, np.rint(values)) and values.min() >= 0
    needed = np.float32 if not whole or values.max() > 65_535 else np.uint16 if values.max() > 255 else np.uint8
    kind = np.promote_types(images.dtype, needed)
    return images if kind == images.dtype else images.astype(kind)


def _plain(labels: Array) -> Array:
    """`5.0` is `5` where all are whole numbers."""
    try:
        values = labels.astype(float)
    except ValueError:
        return labels
    whole = np.isfinite(values).all() and np.array_equal(values, np.rint(values))
    return values.astype(np.int64).astype(str) if whole else labels


def _chunks(path: Path, form: _Form, lines: _Lines, as_text: Mapping[int, type]) -> Iterator[Any]:
    import pandas as pd

    try:
        with pd.read_csv(
            path, sep=form.separator, decimal=form.decimal, encoding=form.encoding, encoding_errors="replace",
            header=None, names=list(range(form.width)), index_col=False, skiprows=lines.skipped, chunksize=CHUNK,
            low_memory=False, dtype=as_text, skipinitialspace=True,
        ) as reader:  # fmt: skip
            yield from reader
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError, csv.Error) as error:
        raise InvalidData("The table cannot be read ({reason}). Save it as CSV again.", reason=str(error)) from error


def _lines(path: Path, form: _Form) -> _Lines:
    rows: list[int] = []
    misfits: list[int] = []
    skipped = [0] if form.header else []
    number = 0
    with open(path, encoding=form.encoding, errors="replace") as file:
        for at, line in enumerate(file):
            if (at == 0 and form.header) or not line.strip():
                continue
            number += 1
            if number > MOST_IMAGES:
                continue
            if _width(line, form.separator) == form.width:
                rows.append(number)
            else:
                misfits.append(number)
                skipped.append(at)
    require_images(number)
    return _Lines(np.array(rows, np.int64), skipped, misfits)


def _form(path: Path) -> _Form:
    with open(path, "rb") as file:
        head = file.read(_HEAD)
    encoding = _encoding(head)
    text = head.decode(encoding, "replace")
    lines = [line for line in text.splitlines() if line.strip()]
    lines = lines[:-1] if len(head) == _HEAD and len(lines) > 1 else lines  # the last one may be cut
    if not lines:
        raise InvalidData("There are no rows in the table. Choose a file that holds some.")
    lines = lines[:50]
    separator = _separator(lines)
    decimal = "," if separator != "," and re.search(r"\d,\d", "\n".join(lines)) else "."
    cells = _cells(lines[0], separator)
    numeric = sum(_is_number(cell, decimal) for cell in cells)
    header = tuple(cell.strip() for cell in cells) if numeric <= len(cells) // 2 else None
    if len(cells) > MOST_COLUMNS:
        raise InvalidData(
            "The table has {count:,} columns; at most {most:,} are read. Make the images smaller.",
            count=len(cells),
            most=MOST_COLUMNS,
        )
    return _Form(encoding, separator, decimal, header, len(cells))


def _encoding(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # its last letter may be cut
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _separator(lines: list[str]) -> str:
    """The sign that most lines have equally often."""
    steady = {}
    for sign in _SEPARATORS:
        (width, lines_of_it), *_ = Counter(_width(line, sign) for line in lines).most_common(1)
        if width > 1 and 2 * lines_of_it > len(lines):
            steady[sign] = width
    return next((sign for sign in _SEPARATORS if steady.get(sign, 0) > 3), ",")


def _width(line: str, separator: str) -> int:
    return len(_cells(line, separator)) if '"' in line else line.rstrip("\r\n").count(separator) + 1


def _cells(line: str, separator: str) -> list[str]:
    return next(csv.reader([line.rstrip("\r\n")], delimiter=separator))


def _is_number(cell: str, decimal: str) -> bool:
    try:
        float(cell.strip().replace(decimal, "."))
    except ValueError:
        return False
    return True
