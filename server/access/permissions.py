"""Who may change what. Every route and every page asks here."""

from __future__ import annotations

from typing import Protocol

from starlette.requests import HTTPConnection

from autoencoder.errors import NotAllowed
from autoencoder.presets import PRESETS
from autoencoder.runs.run import Run, hashed
from server.access.codes import access
from server.access.owner import owner_of


class Owned(Protocol):
    """A run, or a computation about one."""

    @property
    def owner(self) -> str | None:
        """The hashed secret of the browser that started it; None for shipped runs and those of the command line."""


def may_change(thing: Owned, secret: str | None, host: bool) -> bool:
    """Whether a browser may pause, stop, rename, delete: the owner's and the host's. Nobody may change a shipped run.

    `secret`: the browser's, not hashed; `host`: whether it is the host's browser.
    """
    if isinstance(thing, Run) and thing.id in PRESETS:
        return False
    return host or is_owner(thing, secret)


def is_owner(thing: Owned, secret: str | None) -> bool:
    """Whether the browser with this secret started it."""
    return bool(secret and thing.owner and thing.owner == hashed(secret))


def started_by_people(runs: list[Run]) -> list[Run]:
    """Those that somebody's browser has started: no shipped ones, none of the command line."""
    return [run for run in runs if run.owner is not None and run.id not in PRESETS]


def require_change(thing: Owned, secret: str | None, host: bool) -> None:
    """Raises NotAllowed where `may_change` is false."""
    if not may_change(thing, secret, host):
        raise NotAllowed("Only the browser that started this training, or the host, can change it. Start your own.")


def require_host(host: bool) -> None:
    """Raises NotAllowed where `host` is false."""
    if not host:
        raise NotAllowed("Only the host of this room can do that. Enter the host's code first.")


def asker_of(request: HTTPConnection) -> tuple[str | None, bool]:
    """The browser that sends a request: its secret, and whether it is the host's."""
    return owner_of(request.cookies), access().is_host(request.cookies)
