"""Who is who without accounts: each browser gets a secret in a cookie, set by the server, that no script can read."""

from __future__ import annotations

import re
import secrets
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OWNER_COOKIE = "lab_owner"
_SECRET = re.compile(r"[A-Za-z0-9_-]{32,64}")
_YEAR = 365 * 24 * 3600


class OwnerCookie:
    """Gives a browser that has none its secret, together with the page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or owner_of(Headers(scope=scope)) is not None:
            return await self._app(scope, receive, send)

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("set-cookie", _cookie(secure=scope.get("scheme") == "https"))
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def owner_of(headers: Headers) -> str | None:
    """The secret that a request carries, where it looks like one of ours."""
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(OWNER_COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel and _SECRET.fullmatch(morsel.value) else None


def _cookie(secure: bool) -> str:
    value = f"{OWNER_COOKIE}={secrets.token_urlsafe(24)}; Path=/; Max-Age={_YEAR}; HttpOnly; SameSite=Lax"
    return f"{value}; Secure" if secure else value
