"""A file that somebody has sent is opened as a run: read by a process aside, then kept like a run that was trained."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from autoencoder.data.dataset import read_dataset
from autoencoder.data.own import DatasetLimits, add_dataset
from autoencoder.data.reading.aside import DATASET
from autoencoder.errors import N_
from autoencoder.export.aside import OPENED
from autoencoder.runs.store import RunStore
from server import state
from server.aside import Endings, done_aside, problem_of
from server.language import fill, sentence, translate

_MODULE = "autoencoder.export.aside"
_OF_WEIGHTS = N_("The weights of the file {file}; how they were trained is not known.")


async def open_upload(folder: Path, file: str, owner: str, language: str, endings: Endings) -> dict[str, Any]:
    """{"run": its new id} or {"error": a sentence}. `folder`: of the upload, whose file was called `file`.

    `owner`: hashed. Raises LimitReached, StorageError, DataUnavailable.
    """
    note = fill(translate(_OF_WEIGHTS, language), {"file": file}, language)
    asked = {"file": "0", "name": Path(file).stem, "note": note, "owner": owner}
    found = await done_aside(_MODULE, folder, {"open": asked}, endings)
    if problem := problem_of(found):
        return {"error": sentence(problem, language)}
    await asyncio.to_thread(_keep, folder, found["run"], file, owner)
    return {"run": found["run"]}


def _keep(folder: Path, run_id: str, file: str, owner: str) -> None:
    """The images that came along first: without room for them the run is not kept either."""
    opened = RunStore(folder / OPENED)
    if (folder / DATASET).exists():
        name = opened.load(run_id).name or Path(file).stem[:60]
        add_dataset(read_dataset(folder / DATASET, name), name, owner, file, DatasetLimits.from_environment())
    state.service().take_in(opened, run_id)
