"""Files that people bring: streamed to disk, read by a process aside, added as a data set or opened as a run.

One folder for each upload, which only the browser that made it can name. It goes when the data set is added or given
up, and a day later in any case. There are at most MOST_UPLOADS: the oldest that rests makes room for another.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import time
from pathlib import Path
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from autoencoder.data.dataset import data_home, read_dataset
from autoencoder.data.own import (
    MEGABYTE,
    DatasetLimits,
    add_dataset,
    checked_name,
    delete_dataset,
    rename_dataset,
)
from autoencoder.data.reading.aside import DATASET, said_of
from autoencoder.errors import DataUnavailable, InvalidCommand, LimitReached, NotAllowed
from autoencoder.process.files import storage_error
from autoencoder.runs.run import hashed
from server.access.origin import refuse_other_sites
from server.access.owner import owner_of
from server.aside import Endings, done_aside, give_up, problem_of
from server.http import body_of, command_in, json_errors, language_of, no_command, unknown_action
from server.language import sentence
from server.opened_runs import open_upload

DAY = 24 * 3600.0
MOST_UPLOADS = 20  # of all visitors: a browser can throw its cookie away, and the disk is everybody's
RESTING_SECONDS = 900.0  # without a file, or a question to read it, until an upload may make room for another
MOST_FILES = 8  # four IDX files, and what was added by mistake
MAX_BODY = 10_000
_PIECE = 2**20
_NAMES = "names.json"  # in the folder of an upload: what its files were called, which lie beside it as 0, 1, …
_CHOICES = ("invert", "transpose", "scale", "labels", "held_out")


def upload_routes() -> list[BaseRoute]:
    """For `routes.py`."""
    return [
        Route("/api/uploads", receive, methods=["POST"]),
        Route("/api/uploads/{upload}", upload_command, methods=["POST"]),
        Route("/api/own-datasets", dataset_command, methods=["POST"]),
    ]


@json_errors
async def receive(request: Request) -> Response:
    """One file, its name in the address; with `to`, beside those of that upload. Answers {"upload": its id}."""
    refuse_other_sites(request)
    owner = _owner(request)
    name = request.query_params.get("name", "")[-200:] or "file"
    most = DatasetLimits.from_environment().upload_megabytes * MEGABYTE
    given = request.query_params.get("to")
    folder = _folder(given, owner) if given else await asyncio.to_thread(_new_folder, owner)
    names = _names(folder) if given else []
    before = sum((folder / str(number)).stat().st_size for number in range(len(names)))
    if len(names) >= MOST_FILES or before + _declared(request) > most:
        raise _too_large(most)
    try:
        await _to_disk(request, folder / str(len(names)), most - before)
    except (LimitReached, ClientDisconnect, OSError) as problem:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        if isinstance(problem, OSError):
            raise storage_error(problem) from problem
        raise
    (folder / _NAMES).write_text(json.dumps([*names, name]))
    return JSONResponse({"upload": folder.name.removeprefix(f"{owner[:16]}-")})


@json_errors
async def upload_command(request: Request) -> Response:
    """{"action": "read", "choices": …}, {"action": "add", "name": …}, {"action": "open"} or {"action": "forget"}."""
    refuse_other_sites(request)
    owner, command = _owner(request), await _command(request)
    folder = _folder(request.path_params["upload"], owner)
    if command["action"] == "forget":
        give_up(folder)
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        return JSONResponse({})
    if command["action"] == "read":
        return JSONResponse(await _read(request, folder, _choices(command), language_of(request)))
    if command["action"] == "add":
        return JSONResponse({"dataset": await asyncio.to_thread(_add, folder, str(command.get("name", "")), owner)})
    if command["action"] == "open":
        answer = await open_upload(folder, _names(folder)[0], owner, language_of(request), _ENDINGS)
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        return JSONResponse(answer)
    raise unknown_action(command["action"])


@json_errors
async def dataset_command(request: Request) -> Response:
    """{"action": "rename" or "delete", "dataset": id, "name": …} from one of its owners."""
    refuse_other_sites(request)
    owner, command = _owner(request), await _command(request)
    id_ = str(command.get("dataset", ""))
    if command["action"] == "rename":
        await asyncio.to_thread(rename_dataset, id_, str(command.get("name", "")), owner)
    elif command["action"] == "delete":
        await asyncio.to_thread(delete_dataset, id_, owner)
    else:
        raise unknown_action(command["action"])
    return JSONResponse({})


async def _command(request: Request) -> dict[str, Any]:
    body = await body_of(request, MAX_BODY)
    if body is None:
        raise no_command()
    return command_in(body)


def _owner(request: Request) -> str:
    secret = owner_of(request.cookies)
    if secret is None:
        raise NotAllowed("Only a browser that keeps cookies can add a data set. Allow cookies and reload the page.")
    return hashed(secret)


def _choices(command: dict[str, Any]) -> dict[str, Any]:
    """Those of `Choices`, each of a type that it can have. Raises InvalidCommand."""
    given = command.get("choices") or {}
    if not isinstance(given, dict) or not all(isinstance(v, bool | int | float | str | None) for v in given.values()):
        raise InvalidCommand("Expected choices by name. Use the buttons of the page.")
    chosen = {name: given[name] for name in _CHOICES if given.get(name) is not None}
    if isinstance(chosen.get("held_out"), int):
        chosen["held_out"] = float(chosen["held_out"])
    return chosen


# ---- files ----


def _uploads() -> Path:
    return data_home() / ".uploads"


def _new_folder(owner: str) -> Path:
    """A place for an upload. The one before of the same browser goes, and what is a day old."""
    place = _uploads()
    try:
        place.mkdir(parents=True, exist_ok=True)
        for folder in place.iterdir():
            if folder.name.startswith(f"{owner[:16]}-") or _age(folder) > DAY:
                give_up(folder)
                shutil.rmtree(folder, ignore_errors=True)
        _make_room(place)
        made = place / f"{owner[:16]}-{secrets.token_hex(8)}"
        made.mkdir()
    except OSError as problem:
        raise storage_error(problem) from problem
    return made


def _names(folder: Path) -> list[str]:
    names: list[str] = json.loads((folder / _NAMES).read_text())
    return names


def _make_room(place: Path) -> None:
    """Raises LimitReached where there are as many uploads as may be, and all of them are in use."""
    oldest_first = sorted(place.iterdir(), key=_age, reverse=True)
    for folder in oldest_first[: max(0, len(oldest_first) - MOST_UPLOADS + 1)]:
        if _age(folder) < RESTING_SECONDS:
            raise LimitReached(
                "{n} people are adding files just now, as many as may at once. Try again in some minutes.",
                n=MOST_UPLOADS,
            )
        give_up(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _age(folder: Path) -> float:
    """Seconds since a file in it was made or removed."""
    return time.time() - folder.stat().st_mtime


def _folder(upload: str, owner: str) -> Path:
    folder = _uploads() / f"{owner[:16]}-{upload}"
    if not upload.isalnum() or not (folder / _NAMES).exists():
        raise _gone()
    return folder


async def _to_disk(request: Request, path: Path, most: int) -> None:
    """Raises LimitReached as soon as more has come than may."""
    received, waiting = 0, bytearray()
    with open(path, "wb") as file:
        async for part in request.stream():
            received += len(part)
            if received > most:
                raise _too_large(most)
            waiting += part
            if len(waiting) >= _PIECE:
                await asyncio.to_thread(file.write, bytes(waiting))
                waiting.clear()
        await asyncio.to_thread(file.write, bytes(waiting))


def _declared(request: Request) -> int:
    """Bytes that the request says it has; 0 where it does not say."""
    length = request.headers.get("content-length", "")
    return int(length[:18]) if length.isascii() and length.isdecimal() else 0


def _too_large(most: int) -> LimitReached:
    return LimitReached(
        "A file may have {most} MB here (LIMIT_UPLOAD_MEGABYTES), all files of an upload together. Leave out some "
        "images, or pack the file into a zip.",
        most=most // MEGABYTE,
    )


# ---- reading and adding ----


def _gone() -> DataUnavailable:
    return DataUnavailable("This upload is gone: it was added, given up, or is a day old. Choose the file again.")


def _took_too_much() -> DataUnavailable:
    return DataUnavailable(
        "The file could not be read: it took too long or too much memory. Use fewer images, or smaller ones."
    )


_ENDINGS = Endings(given_up=_gone, failed=_took_too_much)


async def _read(request: Request, folder: Path, choices: dict[str, Any], language: str) -> dict[str, Any]:
    """The data set of the last good preview stays."""
    asked = {"names": _names(folder), "choices": choices}
    found = await done_aside("autoencoder.data.reading.aside", folder, asked, _ENDINGS, request)
    if problem := problem_of(found):
        return {"error": sentence(problem, language)}
    preview = found["preview"]
    said = {key: [sentence(said_of(each), language) for each in preview[key]] for key in ("notes", "left_out")}
    return {"preview": {**preview, **said}}


def _add(folder: Path, name: str, owner: str) -> str:
    checked_name(name)
    if not (folder / DATASET).exists():
        raise DataUnavailable("The file has not been read yet. Wait for the preview.")
    dataset = read_dataset(folder / DATASET, name)
    added = add_dataset(dataset, name, owner, ", ".join(_names(folder)), DatasetLimits.from_environment())
    shutil.rmtree(folder, ignore_errors=True)
    return added.id
