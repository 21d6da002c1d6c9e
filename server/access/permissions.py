"""Who may change what: one function that every route and every page asks."""

from __future__ import annotations

from typing import Protocol

from starlette.requests import Request

from autoencoder.errors import NotAllowed
from autoencoder.presets import PRESETS
from autoencoder.runs.run import Run, hashed
from server.access.codes import access, cookies_of
from server.access.owner import owner_of


class Owned(Protocol):
    """A run, or a computation about one."""

    @property
    def owner(self) -> str | None: ...


def may_change(thing: Owned, secret: str | None, host: bool) -> bool:
    """Whoever started it and the host: pause, stop, rename, delete. Everybody else looks on. Shipped runs stay."""
    if isinstance(thing, Run) and thing.id in PRESETS:
        return False
    return host or is_owner(thing, secret)


def is_owner(thing: Owned, secret: str | None) -> bool:
    return bool(secret and thing.owner and thing.owner == hashed(secret))


def require_change(thing: Owned, secret: str | None, host: bool) -> None:
    """Raises NotAllowed."""
    if not may_change(thing, secret, host):
        raise NotAllowed("Only the browser that started this training, or the host, can change it. Start your own.")


def require_host(host: bool) -> None:
    """Raises NotAllowed."""
    if not host:
        raise NotAllowed("Only the host of this room can do that. Enter the host's code first.")


def asker_of(request: Request) -> tuple[str | None, bool]:
    """(secret, whether it is the host's) of the browser that sends a request."""
    return owner_of(request.headers), access().is_host(cookies_of(request.headers))
