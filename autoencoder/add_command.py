"""`python -m autoencoder add`: a file of images as a data set, and what was understood of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autoencoder.data.own import add_dataset
from autoencoder.data.reading.records import NO_LABELS, SCALES, Choices, Preview, Upload
from autoencoder.data.reading.understand import OWN_PART, understand

EXAMPLES = """examples:
  python -m autoencoder add letters.zip --name Letters
  python -m autoencoder add train.csv --name "My digits" --labels class --held-out 0.2
  python -m autoencoder add train-images.gz train-labels.gz --name Kana
"""
_LISTED = 12  # classes that are named


def add_add(commands: Any) -> None:
    """The command and its flags."""
    parser = commands.add_parser(
        "add",
        help="add a data set of your own images: .npz, .npy, .csv, IDX, or a .zip of PNG or JPEG",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("files", nargs="+", type=Path, metavar="FILE", help="one file; several only of IDX, images and labels")
    add("--name", required=True, help="what it is called")
    yes_or_no = argparse.BooleanOptionalAction
    add("--invert", action=yes_or_no, help="dark ink on bright paper becomes bright on dark")
    add("--transpose", action=yes_or_no, help="exchange rows and columns of each image")
    add("--scale", type=int, choices=SCALES, help="the value of full ink")
    add("--labels", metavar="COLUMN", help=f"the column or array of the labels, or {NO_LABELS}")
    add("--held-out", metavar="SHARE|COLUMN", help="how much is held out, such as 0.2, or the column that says it")
    parser.set_defaults(command=_add)


def _add(asked: argparse.Namespace) -> int:
    choices = Choices(asked.invert, asked.transpose, asked.scale, asked.labels, _held_out(asked.held_out))
    found = understand([Upload.of(path) for path in asked.files], asked.name, choices)
    for line in described(found.preview, choices):
        print(line, file=sys.stderr)
    added = add_dataset(found.dataset, asked.name, None, found.preview.name)
    print(f"{added.id}: {added.name}. Train on it with: --dataset {added.id}", file=sys.stderr)
    print(added.id)
    return 0


def described(preview: Preview, asked: Choices) -> Iterator[str]:
    """What was understood of a file, a line each; what was proposed and not asked for is marked."""
    yield f"{preview.name}: {preview.count:,} images ({preview.kind})"
    height, width = preview.sizes[0]
    yield f"  size      {height}×{width}" + (f" and {len(preview.sizes) - 1} others" if len(preview.sizes) > 1 else "")
    yield f"  values    {preview.low:g} to {preview.high:g}"
    yield f"  labels    {_labels(preview)}"
    apart = preview.choices.held_out
    drawn = "of each class alike" if preview.classes else "at random"
    how = "the file's own part" if apart == OWN_PART else f"{drawn}, {apart:.3g}"
    how = f"as “{apart}” says" if isinstance(apart, str) and apart != OWN_PART else how
    yield f"  held out  {preview.n_held_out:,} of {preview.count:,} ({how})"
    for name, flag in (("invert", "--invert"), ("transpose", "--transpose"), ("scale", "--scale")):
        proposed = "" if getattr(asked, name) is not None else "  (proposed)"
        yield f"  {flag[2:]:9} {_said(getattr(preview.choices, name))}{proposed}"
    for note in preview.notes:
        yield f"  note: {note}"
    for left in preview.left_out:
        yield f"  left out: {left}"


def _labels(preview: Preview) -> str:
    if not preview.classes:
        return NO_LABELS
    names = ", ".join(preview.classes[:_LISTED]) + (", …" if len(preview.classes) > _LISTED else "")
    origin = "folders" if preview.labels_from == "/" else preview.labels_from
    return f"{len(preview.classes)} from {origin}: {names}"


def _said(value: object) -> str:
    return f"0 to {value}" if type(value) is int else "yes" if value else "no"


def _held_out(text: str | None) -> float | str | None:
    if text is None:
        return None
    try:
        return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        return text
