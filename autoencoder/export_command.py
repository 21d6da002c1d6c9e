"""`python -m autoencoder export` and `open`: a run as files for other programs, and a file of it as a run again."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from autoencoder.data.own import add_dataset
from autoencoder.errors import InvalidExport
from autoencoder.export.kinds import EXPORTS, export_named
from autoencoder.export.of_weights import About
from autoencoder.export.opening import open_file
from autoencoder.export.readme import name_of
from autoencoder.export.source import Source
from autoencoder.process.files import storage_error
from autoencoder.runs.store import RunStore
from autoencoder.settings import MNIST

EXAMPLES = """examples:
  python -m autoencoder export quick-map --what zip --to quick-map.zip
  python -m autoencoder export best-8d --what csv --to codes.csv
  python -m autoencoder open quick-map.zip
  python -m autoencoder open model.keras
"""


def add_export(commands: Any) -> None:
    """The command and its flags."""
    what = "\n".join(f"  {each.name:12}{each.label}. {each.about}" for each in EXPORTS.values())
    parser = commands.add_parser(
        "export",
        help="take a run home: as Keras or ONNX models, tables, or one zip with all of it",
        epilog=f"what there is:\n{what}\n\n{EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("run", metavar="RUN", help="its id, as `runs` lists it")
    parser.add_argument("--what", default="zip", metavar="WHAT", help=f"one of: {', '.join(EXPORTS)}")
    parser.add_argument("--to", type=Path, metavar="PATH", help="a file or a folder; without it: here")
    parser.add_argument("--images", action="store_true", help="with images of your own, which else stay here")
    parser.add_argument(
        "--digits", type=int, default=Source.digits, metavar="N", help="of the map as a web page, at most"
    )
    parser.set_defaults(command=_export)


def add_open(commands: Any) -> None:
    """The command and its flags."""
    parser = commands.add_parser(
        "open",
        help="open a zip of `export`, or a Keras model of the same kind of network, as a run",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--dataset", default=MNIST, help="whose digits a Keras model is shown with; mnist")
    parser.set_defaults(command=_open)


def _export(asked: argparse.Namespace) -> int:
    export, store = export_named(asked.what), RunStore()
    path = asked.to or Path(export.file)
    if path.is_dir():
        path = path / export.file
    if not path.parent.is_dir():
        raise InvalidExport("There is no folder {folder} to write to. Make it first.", folder=str(path.parent))
    source = Source(store.load(asked.run), store, asked.images, _digits(asked.digits))
    try:
        export.write(source, path)
    except OSError as problem:
        raise storage_error(problem) from problem
    print(f"{path}: {path.stat().st_size / 1e6:,.1f} MB. {export.label}.", file=sys.stderr)
    return 0


def _digits(number: int) -> int:
    if number < 1:
        raise InvalidExport("A map has at least one digit, got {number}. Choose more.", number=number)
    return number


def _open(asked: argparse.Namespace) -> int:
    if not asked.file.is_file():
        raise InvalidExport("There is no file {file}.", file=str(asked.file))
    opened = open_file(asked.file, RunStore(), about=About(asked.file.stem, dataset=asked.dataset))
    if opened.images is not None:
        add_dataset(opened.images, name_of(opened.run), None, asked.file.name)
    print(opened.run.id)
    print(f"“{name_of(opened.run)}” is run {opened.run.id} here.", file=sys.stderr)
    return 0
