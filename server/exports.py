"""A finished run as a file for other programs: made by a process aside, kept for an hour, and sent from disk."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from pathlib import Path
from weakref import WeakValueDictionary

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from autoencoder.data.own import has_added
from autoencoder.errors import NotAllowed, ServerBusy
from autoencoder.export.archive import goes_with_images
from autoencoder.export.aside import MADE
from autoencoder.export.kinds import export_named
from autoencoder.export.readme import name_of
from autoencoder.export.record import Export
from autoencoder.export.source import Source
from autoencoder.process.files import storage_error
from autoencoder.runs.run import Run, hashed, run_to_json
from server import state
from server.access.origin import refuse_other_sites
from server.access.permissions import asker_of
from server.aside import Endings, done_aside, problem_of
from server.http import json_errors, language_of
from server.language import sentence
from server.work import visitor_of

KEPT_SECONDS = 3600.0
MOST_BYTES = 10**9  # of all that is kept
_MODULE = "autoencoder.export.aside"
_making: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()  # by name: asked for twice, it is made once
_with_keras = asyncio.Semaphore(1)  # TensorFlow takes 500 MB in each process
_waiting: set[str] = set()  # visitors for whom one is being made


@json_errors
async def export(request: Request) -> Response:
    """One export of a run; with `images=1` the images of somebody's own go along, to whoever has added them."""
    refuse_other_sites(request)
    what = export_named(request.path_params["what"])
    run = await asyncio.to_thread(state.service().run, request.path_params["run"])
    with_images = request.query_params.get("images") == "1" and goes_with_images(run.training.dataset)
    secret, _host = asker_of(request)
    if with_images and not has_added(secret and hashed(secret), run.training.dataset):
        raise NotAllowed("Only whoever added these images can take them along. Take the run home without them.")
    Source(run, state.service().store)  # raises where it has not ended
    path = _kept() / f"{run.id}-{_mark(run)}-{what.name}{'-images' if with_images else ''}"
    if not path.exists():
        with _one_each(visitor_of(request)):
            refused = await _made_once(run, what, with_images, path, language_of(request))
        if refused is not None:
            return JSONResponse({"error": refused}, 400)
    return FileResponse(
        path, media_type=what.media_type, filename=_file_name(run, what), headers={"Cache-Control": "no-store"}
    )


@contextmanager
def _one_each(visitor: str) -> Iterator[None]:
    """Raises ServerBusy where this visitor waits for another one."""
    if visitor in _waiting:
        raise ServerBusy("The file that you asked for before is still being made. Wait for it, then ask for this one.")
    _waiting.add(visitor)
    try:
        yield
    finally:
        _waiting.discard(visitor)


async def _made_once(run: Run, what: Export, with_images: bool, path: Path, language: str) -> str | None:
    """As `_made`, in its turn."""
    turn: AbstractAsyncContextManager[object] = _with_keras if what.keras else nullcontext()
    alone = _making.setdefault(path.name, asyncio.Lock())
    async with alone, turn:
        return None if path.exists() else await _made(run, what, with_images, path, language)


def _closing() -> ServerBusy:
    return ServerBusy("The server is closing. Ask for the file again in a moment.")


def _took_too_much() -> ServerBusy:
    return ServerBusy(
        "The file could not be made: it took too long or too much memory. Try again when fewer people train."
    )


_ENDINGS = Endings(given_up=_closing, failed=_took_too_much)


async def _made(run: Run, what: Export, with_images: bool, path: Path, language: str) -> str | None:
    """None, or why it was not made. What is old makes room first."""
    folder = path.with_name(f".{secrets.token_hex(8)}")
    try:
        await asyncio.to_thread(_tidy, path.parent)
        folder.mkdir(parents=True)
        asked = {"run": run.id, "what": what.name, "images": with_images, "models": _models()}
        found = await done_aside(_MODULE, folder, {"export": asked}, _ENDINGS)
        if problem := problem_of(found):
            return sentence(problem, language)
        (folder / MADE).replace(path)
    except OSError as problem:
        raise storage_error(problem) from problem
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    return None


def _models() -> str:
    return str(state.service().store.folder.absolute())


def _kept() -> Path:
    return Path(_models()) / ".exports"


def _tidy(folder: Path) -> None:
    """Remove what is old, and the oldest of what is too much; what is being sent is sent to its end."""
    if not folder.exists():
        return
    size = 0
    for path in sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True):
        about = path.stat()
        size += about.st_size
        if time.time() - about.st_mtime > KEPT_SECONDS or size > MOST_BYTES:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _mark(run: Run) -> str:
    """New when anything of the run is, such as its name."""
    told = json.dumps(run_to_json(run), sort_keys=True) + state.service().store.mark(run.id)
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _file_name(run: Run, what: Export) -> str:
    """Such as `quick-map-codes.csv`; of all of it `quick-map.zip`."""
    called = re.sub(r"[^\w-]+", "-", name_of(run)).strip("-").lower()[:40] or run.id
    return f"{called}{Path(what.file).suffix}" if what.name == "zip" else f"{called}-{what.file}"
