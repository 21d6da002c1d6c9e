"""From whose page a request comes, and under which name it has reached this server: for routes and websockets alike."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from autoencoder.errors import InvalidSetting, NotAllowed
from server.base_path import path_below
from server.http import OPEN, language_of
from server.language import sentence

NAMES_VARIABLE = "SERVER_NAMES"
POLICY_VIOLATION = 1008  # of a websocket that is closed
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|[0-9a-f:]+")


class OwnPagesOnly:
    """ASGI middleware: refuses websockets of other sites' pages, and all that asks under a name that is not ours.

    A page of another site may open a websocket to any server, and send this browser's cookies along. With DNS rebinding
    another site's name leads here; then its pages count as ours, except where our names are listed.
    """

    def __init__(self, app: ASGIApp, names: frozenset[str] = frozenset()) -> None:
        """`names`: see `own_names`; empty, every name is taken for ours."""
        self._app, self._names = app, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Health checks, which ask under whatever name, are answered."""
        if scope["type"] not in ("http", "websocket") or path_below(scope) in OPEN:
            return await self._app(scope, receive, send)
        connection = HTTPConnection(scope)
        ours = not self._names or name_of(connection.headers.get("host", "")) in self._names
        if scope["type"] == "websocket" and not (ours and is_from_our_page(connection.headers)):
            return await refuse_websocket(receive, send)
        if not ours:
            return await _not_our_name(Request(scope))(scope, receive, send)
        await self._app(scope, receive, send)


async def refuse_websocket(receive: Receive, send: Send) -> None:
    """Close a websocket before it is opened."""
    await receive()
    await send({"type": "websocket.close", "code": POLICY_VIOLATION})


def own_names(environment: Mapping[str, str] = os.environ) -> frozenset[str]:
    """The names and addresses of this server, from the environment. Raises InvalidSetting."""
    given = [name.strip().lower() for name in environment.get(NAMES_VARIABLE, "").split(",") if name.strip()]
    for name in given:
        if not _NAME.fullmatch(name):
            raise InvalidSetting(
                "{variable} must be names without https:// and port, such as lab.school.example, separated by commas; "
                "got {name!r}.", variable=NAMES_VARIABLE, name=name,
            )  # fmt: skip
    return frozenset(given)


def name_of(host: str) -> str:
    """The name in a `Host` header: without its port, in small letters; "" where there is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_from_our_page(headers: Headers) -> bool:
    """Whether a request was sent by a page of this server, or by no page at all.

    Browsers send `Sec-Fetch-Site` over https and to localhost only; over plain http, as in a room, they send `Origin`.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site in ("same-origin", "none")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def refuse_other_sites(request: HTTPConnection) -> None:
    """Protects against cross-site request forgery. Raises NotAllowed where another site's page sent the request."""
    if not is_from_our_page(request.headers):
        raise NotAllowed("Commands are taken from the app's own pages only. Open one of them and try again.")


def _not_our_name(request: Request) -> JSONResponse:
    refusal = NotAllowed(
        "This server does not go by the name {name!r}. Open it under a name that its host has told you.",
        name=name_of(request.headers.get("host", ""))[:80],
    )
    return JSONResponse({"error": sentence(refusal, language_of(request))}, 400, {"Cache-Control": "no-store"})
