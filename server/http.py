"""What HTTP routes have in common: errors as sentences, the reader's language, thread pools, limits on a request."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from autoencoder.errors import AutoencoderError, DataChanged, InvalidCommand, NotAllowed, RunNotFound, SnapshotGone
from server.language import best_locale, sentence

OPEN = ("/_stcore/health", "/healthz")  # for monitoring: they say nothing about anybody
_A_YEAR = "max-age=31536000, immutable"
FOREVER = f"public, {_A_YEAR}"
FOREVER_PRIVATE = f"private, {_A_YEAR}"  # of runs: not in caches that several people share, as some need a code
_STATUS: dict[type[AutoencoderError], int] = {RunNotFound: 404, DataChanged: 404, NotAllowed: 403, SnapshotGone: 409}
Handler = Callable[[Request], Awaitable[Response]]
P = ParamSpec("P")
R = TypeVar("R")
# What takes longer than a moment has threads of its own, so that commands and events never wait for it. What a page
# draws first does not wait for what it fetches afterwards, nor for runs under way, whose codes are not computed yet.
MAP_THREADS = ThreadPoolExecutor(2, thread_name_prefix="maps")  # maps and digits
NEIGHBOUR_THREADS = ThreadPoolExecutor(2, thread_name_prefix="neighbours")  # fetched once a map is drawn
ENCODING_THREADS = ThreadPoolExecutor(2, thread_name_prefix="encoding")  # maps of runs under way


def json_errors(handler: Handler) -> Handler:
    """Decorates a route: an AutoencoderError is answered by {"error": a sentence in the reader's language}.

    Status 404, 403 or 409 where `_STATUS` says so, otherwise 400.
    """

    @wraps(handler)
    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except AutoencoderError as problem:
            status = _STATUS.get(type(problem), 400)
            return JSONResponse({"error": sentence(problem, language_of(request))}, status)

    return answer


def gzipped_response(content: bytes, cache: str, media_type: str = "application/octet-stream") -> Response:
    """Bytes that are compressed with gzip already; `cache` is their Cache-Control."""
    headers = {"Cache-Control": cache, "Content-Encoding": "gzip"}
    return Response(content, media_type=media_type, headers=headers)


async def run_in_pool(threads: Executor, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The result of `work`, computed in one of these threads: as `asyncio.to_thread`, which has the default pool."""
    return await asyncio.get_running_loop().run_in_executor(threads, partial(work, *args, **kwargs))


def language_of(request: Request) -> str:
    """As the address names it with `lang`, which components send; otherwise the browser's. With its region: `es-MX`."""
    requested = request.query_params.get("lang") or request.headers.get("accept-language", "")
    return best_locale(requested[:20])


async def body_of(request: Request, most: int) -> bytes | None:
    """The body of a request; None, and the rest is not read, where it has more than `most` bytes."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > most:
            return None
    return body


def command_in(body: bytes, parse_int: Callable[[str], float] = int) -> dict[str, Any]:
    """The command that the body of a request holds: JSON with an "action". Raises InvalidCommand for anything else."""
    try:
        command: dict[str, Any] = json.loads(body, parse_int=parse_int)
        command["action"]
    except (ValueError, TypeError, KeyError, RecursionError) as problem:
        raise no_command() from problem
    return command


def no_command() -> InvalidCommand:
    """What is said of a request that holds no command."""
    return InvalidCommand('Expected {{"action": …}}, got something else.')


def unknown_action(action: object) -> InvalidCommand:
    """What is said of a command that nobody takes."""
    return InvalidCommand("The action {action!r} is not known. Use the buttons of the page.", action=str(action)[:40])
