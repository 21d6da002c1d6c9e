"""Writes an export, or opens a file as a run, in a process of its own: the web process never loads TensorFlow.

python -m autoencoder.export.aside FOLDER: what to do stands in `asked.json` there, what came of it in `found.json`.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from autoencoder.data.dataset import save_dataset
from autoencoder.data.reading.aside import ASKED, DATASET, FOUND, MEMORY_BYTES, plain_of
from autoencoder.errors import AutoencoderError, InvalidRunFile
from autoencoder.export.kinds import export_named
from autoencoder.export.of_weights import About
from autoencoder.export.opening import open_file
from autoencoder.export.source import Source
from autoencoder.runs.store import SHIPPED, RunStore

MADE = "made"  # the export
OPENED = "opened"  # a folder of runs, with the one that was opened
_NICE = 10  # trainings come first


def main(folder: Path) -> None:
    """Do what the folder asks for."""
    os.nice(_NICE)
    asked = json.loads((folder / ASKED).read_text())
    try:
        found = _export(folder, **asked["export"]) if "export" in asked else _open(folder, **asked["open"])
    except AutoencoderError as problem:
        found = {"problem": plain_of(problem)}
    (folder / FOUND).write_text(json.dumps(found))


def _export(folder: Path, models: str, run: str, what: str, images: bool) -> dict[str, Any]:
    store = RunStore(models, shipped=SHIPPED)
    export_named(what).write(Source(store.load(run), store, images), folder / MADE)
    return {}


def _open(folder: Path, file: str, name: str, note: str, owner: str) -> dict[str, Any]:
    """What the file holds counts against the memory of this process alone. Raises InvalidRunFile."""
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    try:
        opened = open_file(folder / file, RunStore(folder / OPENED), owner, About(name, note))
    except MemoryError as problem:
        raise InvalidRunFile("The file takes more memory than there is.") from problem
    if opened.images is not None:
        save_dataset(opened.images, folder / DATASET)
    return {"run": opened.run.id}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
