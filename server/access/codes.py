"""The two codes of a server: the room's lets a browser in, the host's makes it the host.

A code is typed once. From then on the browser holds a ticket in a cookie: a random word and its time, signed with a key
of the models folder. Tickets survive a restart, expire, and are worth nothing once the code is another one. No cookie
holds the code itself.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import os
import secrets
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal

from itsdangerous import BadSignature, TimestampSigner
from starlette.responses import Response

from autoencoder.errors import AutoencoderError, InvalidSetting, LimitReached, NotAllowed
from autoencoder.workshop import Workshop
from server.access.attempts import Attempts
from server.access.cookies import HOST_COOKIE, ROOM_COOKIE

Kind = Literal["room", "host"]
COOKIES: dict[Kind, str] = {"room": ROOM_COOKIE, "host": HOST_COOKIE}
SECONDS: dict[Kind, int] = {"room": 30 * 24 * 3600, "host": 12 * 3600}
CLOCK_TOLERANCE = 900  # seconds by which the clock may have been set back since a ticket was handed out
VARIABLES: dict[Kind, str] = {"room": "WORKSHOP_CODE", "host": "HOST_CODE"}
SHORTEST_CODE, LONGEST_CODE = 6, 200
_access: Access | None = None


class TicketSigner(TimestampSigner):
    """Signs with HMAC-SHA256, and takes its time from `now`."""

    def __init__(self, key: bytes, salt: str, now: Callable[[], float]) -> None:
        """`now`: seconds since 1970."""
        salted = salt.encode(errors="replace")
        super().__init__(key, salted, key_derivation="hmac", digest_method=hashlib.sha256)
        self._now = now

    def get_timestamp(self) -> int:
        """Seconds since 1970; written into each ticket."""
        return int(self._now())


class Access:
    """Who may enter and who is the host. Without a room's code everyone may enter; without a host's nobody is host."""

    def __init__(
        self,
        codes: Mapping[Kind, str],
        models: Path,
        attempts: Attempts | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`codes`: an empty one counts as none; `models`: the folder whose key signs the tickets."""
        self._codes = {kind: code for kind, code in codes.items() if code}
        self.workshop, self._attempts, self._now = Workshop(models), attempts or Attempts(), now

    @classmethod
    def from_environment(cls, models: Path, environment: Mapping[str, str] = os.environ) -> Access:
        """Raises InvalidSetting for codes that protect nothing or that nobody could type."""
        codes = {kind: environment.get(name, "").strip() for kind, name in VARIABLES.items()}
        for kind, code in codes.items():
            if code and not SHORTEST_CODE <= len(code) <= LONGEST_CODE:
                raise InvalidSetting(
                    "{name} must have {least} to {most} characters, this one has {n}.",
                    name=VARIABLES[kind], least=SHORTEST_CODE, most=LONGEST_CODE, n=len(code),
                )  # fmt: skip
        if codes["room"] and codes["room"] == codes["host"]:
            raise InvalidSetting("WORKSHOP_CODE and HOST_CODE must differ: with one code everybody would be the host.")
        return cls(codes, models)

    def asks_for(self, kind: Kind) -> bool:
        """Whether this server has such a code."""
        return kind in self._codes

    def may_enter(self, cookies: Mapping[str, str]) -> bool:
        """Whether a browser with these cookies gets pages and routes."""
        return not self.asks_for("room") or self._has_ticket("room", cookies) or self.is_host(cookies)

    def is_host(self, cookies: Mapping[str, str]) -> bool:
        """Whether a browser with these cookies may change everyone's runs."""
        return self.asks_for("host") and self._has_ticket("host", cookies)

    def try_code(self, kind: Kind, typed: str, client: str) -> list[Kind]:
        """The tickets that a code is good for; the host's opens the room too. Raises LimitReached, NotAllowed."""
        wait = self._attempts.wait(client)
        if wait > 0:
            raise LimitReached("Too many wrong codes. Wait {n} s, then try again.", n=math.ceil(wait))
        wanted: list[Kind] = ["room", "host"] if kind == "room" else ["host"]
        right = [each for each in wanted if self._is_code(each, typed)]
        if "host" in right and "room" not in right and self.asks_for("room"):
            right.append("room")  # so that who gives up hosting is still in
        if not right:
            self._attempts.wrong(client)
            if kind == "host":
                raise NotAllowed("That is not the host's code. Ask whoever started this server; capitals count.")
            raise NotAllowed("That is not the code. Look at the board, or ask whoever started this server.")
        return right

    @property
    def room_code(self) -> str | None:
        """What opens the room, for the host to show; None where it is open to everyone."""
        return self._codes.get("room")

    def hand_out(self, kind: Kind, response: Response, secure: bool) -> None:
        """Set a ticket's cookie; `secure`: for https only."""
        ticket = self._signer(kind).sign(secrets.token_urlsafe(18)).decode()
        response.set_cookie(
            COOKIES[kind], ticket, SECONDS[kind], path=None, httponly=True, samesite="lax", secure=secure
        )

    def _has_ticket(self, kind: Kind, cookies: Mapping[str, str]) -> bool:
        ticket = cookies.get(COOKIES[kind], "").encode(errors="replace")
        try:
            _word, issued = self._signer(kind).unsign(ticket, return_timestamp=True)
        except (BadSignature, ValueError, OverflowError, OSError):  # the last three: a time that no calendar has
            return False
        age = self._now() - issued.timestamp()  # with `max_age` all would be refused when the clock is set back
        return -CLOCK_TOLERANCE <= age < SECONDS[kind]

    def _signer(self, kind: Kind) -> TicketSigner:
        """The code is part of the salt: a new one ends all tickets of the old one."""
        return TicketSigner(self._key, f"{kind}\n{self._codes.get(kind, '')}", self._now)

    def _is_code(self, kind: Kind, typed: str) -> bool:
        return kind in self._codes and _same(typed.strip()[:LONGEST_CODE], self._codes[kind])

    @cached_property
    def _key(self) -> bytes:
        try:
            return self.workshop.key()
        except (AutoencoderError, OSError):  # a folder that cannot be written: tickets last until the next start
            return secrets.token_bytes(32)


def _same(one: str, other: str) -> bool:
    """Compare two texts in constant time; the digests also hide their length."""
    digests = (hashlib.sha256(text.encode(errors="replace")).digest() for text in (one, other))
    return hmac.compare_digest(*digests)


def use(access: Access) -> None:
    """Set the codes of this process; the server does so before the first page."""
    global _access
    _access = access


def access() -> Access:
    """The codes of this process; none where none were set."""
    return _access or Access({}, Path(os.devnull))
