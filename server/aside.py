"""Work in processes of their own, a folder each: what takes much memory, loads TensorFlow, or reads untrusted files.

At most two of them at once. Each ends when nobody waits for it any more.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.requests import Request

from autoencoder.data.reading.aside import ASKED, FOUND, said_of
from autoencoder.errors import AutoencoderError
from autoencoder.sentences import Said
from server import shutdown
from server.work import gone

AT_ONCE = 2  # processes
SECONDS = 600.0
PYTHON = (sys.executable, "-m")
_LOOK_SECONDS = 0.1
_turns = asyncio.Semaphore(AT_ONCE)


@dataclass(frozen=True)
class Endings:
    """What is raised where there is no answer."""

    given_up: Callable[[], AutoencoderError]  # nobody waits for it any more, or the server closes
    failed: Callable[[], AutoencoderError]  # it took too long or too much memory


@dataclass(frozen=True, eq=False)
class _Wait:
    """Somebody waits for what is done in a folder."""

    given_up: threading.Event = field(default_factory=threading.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)


_waits: dict[Path, _Wait] = {}  # by folder


async def done_aside(
    module: str, folder: Path, asked: dict[str, Any], endings: Endings, request: Request | None = None
) -> dict[str, Any]:
    """Have `python -m MODULE FOLDER` do what is asked; what it found.

    What is asked anew of a folder takes the place of what was asked before. Raises what `endings` say where it was
    ended: by `give_up`, by the browser of `request` that has gone, with the server, or because it took too much.
    """
    before = _waits.get(folder)
    wait = _waits[folder] = _Wait()
    left = asyncio.ensure_future(gone(request) if request else asyncio.Event().wait())
    left.add_done_callback(lambda _: wait.given_up.set())
    try:
        if before is not None:
            before.given_up.set()
            await before.over.wait()
        async with _turns:
            await _run(module, folder, asked, wait, endings)
    finally:
        left.cancel()
        wait.over.set()
        if _waits.get(folder) is wait:
            del _waits[folder]
    return _found(folder, endings)


def give_up(folder: Path) -> None:
    """Nobody waits for what is done in this folder any more: the process ends at once. From any thread."""
    if wait := _waits.get(folder):
        wait.given_up.set()


def problem_of(found: dict[str, Any]) -> Said | None:
    """Why it was not done; None where it was."""
    return said_of(found["problem"]) if "problem" in found else None


async def _run(module: str, folder: Path, asked: dict[str, Any], wait: _Wait, endings: Endings) -> None:
    if wait.given_up.is_set():
        raise endings.given_up()
    (folder / FOUND).unlink(missing_ok=True)
    (folder / ASKED).write_text(json.dumps(asked))
    process = await asyncio.create_subprocess_exec(*PYTHON, module, str(folder), cwd=Path(__file__).parents[1])
    end = time.monotonic() + SECONDS
    try:
        while process.returncode is None and time.monotonic() < end:
            if wait.given_up.is_set() or shutdown.requested():
                raise endings.given_up()
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), _LOOK_SECONDS)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _found(folder: Path, endings: Endings) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder / FOUND).read_text())
    except (OSError, ValueError) as problem:
        raise endings.failed() from problem
    return found
