"""What HTTP routes have in common: errors as sentences, the reader's language, limits on a request."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import wraps
from typing import Any

from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from autoencoder.errors import (
    AutoencoderError,
    DataChanged,
    InvalidCommand,
    NotAllowed,
    RunNotFound,
    ServerBusy,
    SnapshotGone,
)
from server.language import best_locale, sentence

OPEN = ("/_stcore/health", "/healthz")  # for monitoring: they say nothing about anybody
_A_YEAR = "max-age=31536000, immutable"
FOREVER = f"public, {_A_YEAR}"
FOREVER_PRIVATE = f"private, {_A_YEAR}"  # of runs: not in caches that several people share, as some need a code
_STATUS: dict[type[AutoencoderError], int] = {
    RunNotFound: 404,
    DataChanged: 404,
    NotAllowed: 403,
    SnapshotGone: 409,
    ServerBusy: 503,
}
Handler = Callable[[Request], Awaitable[Response]]


def json_errors(handler: Handler) -> Handler:
    """Decorates a route: an AutoencoderError is answered by {"error": a sentence in the reader's language}.

    Status 404, 403, 409 or 503 where `_STATUS` says so, otherwise 400.
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


def gzipped_stream(parts: Sequence[bytes], cache: str) -> Response:
    """As `gzipped_response`, for parts that other answers send too: a slow reader holds none of them for itself."""

    async def one_by_one() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    length = str(sum(map(len, parts)))
    headers = {"Cache-Control": cache, "Content-Encoding": "gzip", "Content-Length": length}
    return StreamingResponse(one_by_one(), media_type="application/octet-stream", headers=headers)


def language_of(request: HTTPConnection) -> str:
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
