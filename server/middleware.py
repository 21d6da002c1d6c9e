"""What every request and every websocket passes before a route or Streamlit answers, from the outside to the inside."""

from __future__ import annotations

from starlette.middleware import Middleware

from server.access.cookies import OneCookieEach
from server.access.headers import SecurityHeaders
from server.access.login import RequireLogin
from server.access.origin import OwnPagesOnly
from server.access.owner import OwnerCookie


def middleware(names: frozenset[str] = frozenset()) -> list[Middleware]:
    """For the server in `app.py`, in front of Streamlit's own; `names`: this server's, see `own_names`."""
    return [
        Middleware(SecurityHeaders),
        Middleware(OwnPagesOnly, names=names),
        Middleware(OneCookieEach),
        Middleware(OwnerCookie),
        Middleware(RequireLogin),
    ]
