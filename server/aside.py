"""Work in processes of their own, a folder each: what takes much memory, loads TensorFlow, or reads untrusted files."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from autoencoder.data.reading.aside import ASKED, FOUND, said_of
from autoencoder.errors import DataUnavailable
from autoencoder.sentences import Said

AT_ONCE = 2  # processes
SECONDS = 600.0
_turns = asyncio.Semaphore(AT_ONCE)


async def done_aside(module: str, folder: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """Have `python -m MODULE FOLDER` do what is asked; what it found. Raises DataUnavailable where it was ended."""
    (folder / FOUND).unlink(missing_ok=True)
    (folder / ASKED).write_text(json.dumps(asked))
    async with _turns:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, str(folder), cwd=Path(__file__).parents[1]
        )
        try:
            await asyncio.wait_for(process.wait(), SECONDS)
        except TimeoutError:
            pass
        finally:
            with suppress(ProcessLookupError):
                process.kill()
    try:
        found: dict[str, Any] = json.loads((folder / FOUND).read_text())
    except (OSError, ValueError) as problem:
        raise DataUnavailable(
            "The file could not be read: it took too long or too much memory. Use fewer images, or smaller ones."
        ) from problem
    return found


def problem_of(found: dict[str, Any]) -> Said | None:
    """Why it was not done; None where it was."""
    return said_of(found["problem"]) if "problem" in found else None
