"""What every request and every websocket passes before a route or Streamlit answers, from the outside to the inside."""

from __future__ import annotations

from contextlib import suppress

from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from server.access.cookies import OneCookieEach
from server.access.headers import SecurityHeaders
from server.access.login import RequireLogin
from server.access.origin import OwnPagesOnly
from server.access.owner import OwnerCookie
from server.base_path import BasePath, PagesWithoutLastSlash


class QuietWhenLeft:
    """ASGI middleware: who closes the connection in the middle of a request leaves no traceback in the log."""

    def __init__(self, app: ASGIApp) -> None:
        """`app`: what answers."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Nobody is there to be answered."""
        with suppress(ClientDisconnect):
            await self._app(scope, receive, send)


def middleware(names: frozenset[str] = frozenset(), prefix: str = "") -> list[Middleware]:
    """For the server in `app.py`, in front of Streamlit's own.

    `names`: this server's, see `own_names`; `prefix`: of its paths, see `prefix_of`.
    """
    return [
        Middleware(QuietWhenLeft),
        Middleware(BasePath, prefix=prefix),
        Middleware(SecurityHeaders),
        Middleware(PagesWithoutLastSlash, prefix=prefix),
        Middleware(OwnPagesOnly, names=names),
        Middleware(OneCookieEach),
        Middleware(OwnerCookie),
        Middleware(RequireLogin),
    ]
