"""Browsers are told apart without accounts: each gets a secret in a cookie that no script can read."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.access.cookies import OWNER_COOKIE, SECRET
from server.base_path import path_below

_YEAR = 365 * 24 * 3600


class OwnerCookie:
    """ASGI middleware: sets the cookie with the first page that a browser without one gets."""

    def __init__(self, app: ASGIApp) -> None:
        """`app`: what answers."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Adds the cookie to pages of the app only: one of a folder below them would stay in that folder."""
        if (
            scope["type"] != "http"
            or path_below(scope).count("/") != 1
            or owner_of(HTTPConnection(scope).cookies) is not None
        ):
            return await self._app(scope, receive, send)

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("set-cookie", _cookie(secure=scope.get("scheme") == "https"))
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def owner_of(cookies: Mapping[str, str]) -> str | None:
    """The secret among a browser's cookies; None where there is none or it is not one of ours."""
    secret = cookies.get(OWNER_COOKIE, "")
    return secret if SECRET.fullmatch(secret) else None


def _cookie(secure: bool) -> str:
    """Without a path: browsers keep it for the folder of the page, which only they know (`server/base_path.py`)."""
    value = f"{OWNER_COOKIE}={secrets.token_urlsafe(24)}; Max-Age={_YEAR}; HttpOnly; SameSite=Lax"
    return f"{value}; Secure" if secure else value
