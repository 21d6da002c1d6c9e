"""One reading of the `Cookie` header for routes, websockets and pages.

Browsers send the cookies of every app on the same host, whatever its port, and some of those no parser agrees on. The
header is read here as RFC 6265 (5.2) has browsers read what is set, and rewritten: what comes after this finds the
cookies of this app and of Streamlit, each name once, and no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from starlette.types import ASGIApp, Receive, Scope, Send

OWNER_COOKIE, ROOM_COOKIE, HOST_COOKIE = "lab_owner", "lab_room", "lab_host"
SECRET = re.compile(r"[A-Za-z0-9_-]{32,64}")
_TICKET = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_STREAMLITS = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")  # cookie-octets
_QUOTED = re.compile(r'"(.*)"')
_FORMS = {OWNER_COOKIE: SECRET, ROOM_COOKIE: _TICKET, HOST_COOKIE: _TICKET}


class OneCookieEach:
    """ASGI middleware: of several cookies of one name the first that is well formed stays; foreign ones are dropped."""

    def __init__(self, app: ASGIApp) -> None:
        """`app`: what answers."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands on a scope with one `Cookie` header, or with none."""
        if scope["type"] in ("http", "websocket"):
            given = [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"cookie"]
            others = [(name, value) for name, value in scope["headers"] if name.lower() != b"cookie"]
            kept = "; ".join(f"{name}={value}" for name, value in our_cookies(";".join(given)).items())
            scope = {**scope, "headers": [*others, (b"cookie", kept.encode("latin-1"))] if kept else others}
        await self._app(scope, receive, send)


def our_cookies(header: str) -> dict[str, str]:
    """The cookies of a header that are this app's or Streamlit's."""
    found: dict[str, str] = {}
    for name, value in _pairs(header):
        if _is_well_formed(name, value):
            found.setdefault(name, value)
    return found


def _pairs(header: str) -> Iterator[tuple[str, str]]:
    for part in header.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            yield name.strip(" \t"), _QUOTED.sub(r"\1", value.strip(" \t"))


def _is_well_formed(name: str, value: str) -> bool:
    form = _FORMS.get(name) or (_STREAMLITS if name.startswith("_streamlit") else None)
    return form is not None and form.fullmatch(value) is not None
