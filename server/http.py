"""What all HTTP routes have in common: errors as sentences, the reader's language, caching."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial, wraps
from typing import ParamSpec, TypeVar
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from autoencoder.errors import AutoencoderError, DataChanged, NotAllowed, RunNotFound, SnapshotGone
from server.language import best_language, sentence

FOREVER = "public, max-age=31536000, immutable"
_STATUS: dict[type[AutoencoderError], int] = {RunNotFound: 404, DataChanged: 404, NotAllowed: 403, SnapshotGone: 409}
Handler = Callable[[Request], Awaitable[Response]]
P = ParamSpec("P")
R = TypeVar("R")
# What takes longer than a moment has threads of its own: commands and events never wait behind fifty maps, nor a
# first picture of one behind what is fetched when it is there, nor what is known behind what a network has yet to say.
PICTURES = ThreadPoolExecutor(2, thread_name_prefix="pictures")
UNDER_WAY = ThreadPoolExecutor(2, thread_name_prefix="under-way")
NEIGHBOURS = ThreadPoolExecutor(2, thread_name_prefix="neighbours")


def answering_errors(handler: Handler) -> Handler:
    """Errors that a user can meet become a sentence in the user's language, never a stack trace."""

    @wraps(handler)
    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except AutoencoderError as problem:
            status = _STATUS.get(type(problem), 400)
            return JSONResponse({"error": sentence(problem, language_of(request))}, status)

    return answer


def binary_response(content: bytes, cache: str) -> Response:
    """Bytes that are compressed with gzip already; `cache` is their Cache-Control."""
    headers = {"Cache-Control": cache, "Content-Encoding": "gzip"}
    return Response(content, media_type="application/octet-stream", headers=headers)


async def worked_out(threads: Executor, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    return await asyncio.get_running_loop().run_in_executor(threads, partial(work, *args, **kwargs))


def language_of(request: Request) -> str:
    asked = request.query_params.get("lang") or request.headers.get("accept-language", "")
    return best_language(asked[:20])


async def body_of(request: Request, most: int) -> bytes | None:
    """None where it is too large; the rest is then not read."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > most:
            return None
    return body


def refuse_other_sites(request: Request) -> None:
    """Raises NotAllowed where a page of somebody else's asks in our reader's name.

    Browsers tell the site only over https and to this machine; in a room's plain http they tell the origin.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        ours = site in ("same-origin", "none")
    else:
        ours = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if not ours:
        raise NotAllowed("Commands are taken from the app's own pages only. Open one of them and try again.")
