"""Who comes in, and who is the host: the room's code and the host's, each typed once and then a ticket in a cookie.

A ticket is a random word with its time and their HMAC under a key of this server's folder; the code itself is in no
cookie. It survives a restart, and is worth nothing once its time is over or the code is another one.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import os
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Literal

from starlette.datastructures import Headers
from starlette.responses import Response

from autoencoder.errors import AutoencoderError, InvalidSetting, LimitReached, NotAllowed
from autoencoder.workshop import Workshop

Kind = Literal["room", "host"]
COOKIES: dict[Kind, str] = {"room": "lab_room", "host": "lab_host"}
SECONDS: dict[Kind, int] = {"room": 30 * 24 * 3600, "host": 12 * 3600}
VARIABLES: dict[Kind, str] = {"room": "WORKSHOP_CODE", "host": "HOST_CODE"}
SHORTEST_CODE, LONGEST_CODE = 6, 200
_access: Access | None = None


@dataclass
class Bucket:
    """Wrong codes, leaking away at a steady rate; when it is full, the next attempt waits."""

    size: float
    per_second: float
    level: float = 0.0
    at: float = 0.0

    def wait(self, moment: float) -> float:
        """Seconds until there is room for one more."""
        return max(0.0, (self.now(moment) + 1 - self.size) / self.per_second)

    def now(self, moment: float) -> float:
        self.level, self.at = max(0.0, self.level - max(0.0, moment - self.at) * self.per_second), moment
        return self.level


@dataclass
class Attempts:
    """Slows down who guesses. A room may sit behind one address, so that the first ten mistakes cost nothing."""

    clock: Callable[[], float] = time.monotonic
    everyone: Bucket = field(default_factory=lambda: Bucket(60, 1.0))
    clients: dict[str, Bucket] = field(default_factory=dict)

    def wait(self, client: str) -> float:
        moment = self.clock()
        mine = self.clients.get(client)
        return max(self.everyone.wait(moment), mine.wait(moment) if mine else 0.0)

    def wrong(self, client: str) -> None:
        moment = self.clock()
        if len(self.clients) > 1_000:
            self.clients = {name: bucket for name, bucket in self.clients.items() if bucket.now(moment) > 0}
        for bucket in (self.everyone, self.clients.setdefault(client, Bucket(10, 0.2))):
            bucket.level = bucket.now(moment) + 1


class Access:
    """The codes of this server, if any: without a room's code everyone is in, without a host's nobody is the host."""

    def __init__(
        self,
        codes: Mapping[Kind, str],
        models: Path,
        attempts: Attempts | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._codes = {kind: code for kind, code in codes.items() if code}
        self._room, self._attempts, self._now = Workshop(models), attempts or Attempts(), now

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
        return kind in self._codes

    def may_enter(self, cookies: Mapping[str, str]) -> bool:
        return not self.asks_for("room") or self._has("room", cookies) or self.is_host(cookies)

    def is_host(self, cookies: Mapping[str, str]) -> bool:
        return self.asks_for("host") and self._has("host", cookies)

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

    def hand_out(self, kind: Kind, response: Response, secure: bool) -> None:
        word = f"{int(self._now())}-{secrets.token_urlsafe(18)}"
        ticket = f"{word}.{self._seal(kind, word)}"
        response.set_cookie(COOKIES[kind], ticket, SECONDS[kind], httponly=True, samesite="lax", secure=secure)

    def _has(self, kind: Kind, cookies: Mapping[str, str]) -> bool:
        word, _, seal = cookies.get(COOKIES[kind], "").partition(".")
        return bool(word) and _same(seal, self._seal(kind, word)) and self._now() - _issued(word) < SECONDS[kind]

    def _is_code(self, kind: Kind, typed: str) -> bool:
        return kind in self._codes and _same(typed.strip()[:LONGEST_CODE], self._codes[kind])

    def _seal(self, kind: Kind, word: str) -> str:
        sealed = f"{kind}\n{self._codes.get(kind, '')}\n{word}".encode(errors="replace")
        return hmac.new(self._key, sealed, hashlib.sha256).hexdigest()

    @cached_property
    def _key(self) -> bytes:
        try:
            return self._room.key()
        except (AutoencoderError, OSError):  # a folder that cannot be written: tickets last until the next start
            return secrets.token_bytes(32)


def _issued(word: str) -> float:
    """When a ticket whose seal is right was handed out, in seconds since 1970."""
    return float(word.partition("-")[0])


def _same(one: str, other: str) -> bool:
    """In a time that says nothing about where they differ, nor about how long they are."""
    digests = (hashlib.sha256(text.encode(errors="replace")).digest() for text in (one, other))
    return hmac.compare_digest(*digests)


def use(access: Access) -> None:
    """Called once by the server before the first page."""
    global _access
    _access = access


def access() -> Access:
    """A server without codes where none was set up."""
    return _access or Access({}, Path(os.devnull))


def cookies_of(headers: Headers) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(headers.get("cookie", "")).items()}
    except CookieError:
        return {}
