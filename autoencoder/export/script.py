"""A script and a notebook that train a run anew with Keras alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from autoencoder.errors import N_
from autoencoder.export.record import Export
from autoencoder.export.script_text import CELL, Told, script_text
from autoencoder.export.source import Source
from autoencoder.process.files import write_atomically
from autoencoder.runs.run import Run, kept_epoch
from autoencoder.training.compiled import chunk_steps


def told_of(source: Source) -> Told:
    """What the script says of a run."""
    run, found = source.run, source.run.measures
    kept = kept_epoch(run, source.history.records)
    return Told(
        run,
        kept,
        rates_of(run),
        chunk_steps(run.architecture, run.training.batch_size),
        None if found is None else found.error,
    )


def rates_of(run: Run) -> tuple[tuple[float, float], ...]:
    """(epoch, learning rate) of each learning rate that the run was trained with, from its beginning on."""
    changes = [event.values for event in run.events if event.kind == "rate_changed"]
    return ((0.0, run.training.learning_rate), *((float(each["epoch"]), float(each["rate"])) for each in changes))


def notebook_of(script: str) -> dict[str, Any]:
    """The script as a notebook, a cell a section; the file of images is named in a cell, not on a command line."""
    head, *sections = script.split(CELL)
    about, code = head.split('"""')[1], head.split('"""')[2]
    cells = [_cell("markdown", about.strip()), _cell("code", code.strip())]
    for section in sections:
        title, _, text = section.partition("\n")
        text = text.replace("sys.argv[1] if len(sys.argv) > 1 else ", "")
        cells += [_cell("markdown", f"## {title}"), _cell("code", text.strip())]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    python = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": python}, "nbformat": 4, "nbformat_minor": 5}


def _cell(kind: str, text: str) -> dict[str, Any]:
    lines = text.splitlines(keepends=True)
    more: dict[str, Any] = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "metadata": {}, "source": lines, **more}


def _script(source: Source, path: Path) -> None:
    write_atomically(path, script_text(told_of(source)).encode())


def _notebook(source: Source, path: Path) -> None:
    write_atomically(path, json.dumps(notebook_of(script_text(told_of(source))), indent=1, ensure_ascii=False).encode())


SCRIPT = Export(
    "script", N_("A script that trains it anew"), N_("Plain Keras, without this app."),
    "train.py", "text/x-python", _script,
)  # fmt: skip
NOTEBOOK = Export(
    "notebook", N_("The same as a notebook"), N_("For Jupyter or Colab, a cell a step."),
    "train.ipynb", "application/x-ipynb+json", _notebook,
)  # fmt: skip
