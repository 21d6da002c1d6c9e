"""A client for an ASGI application, without a server and without a port."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp

from autoencoder.engine.service import TrainingService
from autoencoder.runs.store import RunStore
from server import state
from server.access import codes
from server.access.codes import Access
from server.access.cookies import OWNER_COOKIE
from server.routes import routes

HOST = "only the teacher knows"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    @property
    def cookies(self) -> dict[str, str]:
        """Each cookie that is set, with all that is said of it."""
        said = [value for key, value in self.headers if key == "set-cookie"]
        return {value.partition("=")[0]: value.partition("=")[2] for value in said}


class Browser:
    """Keeps its cookies from one request to the next."""

    def __init__(self, app: ASGIApp, client: str = "10.0.0.1", scheme: str = "http") -> None:
        self.app, self._client, self._scheme = app, client, scheme
        self.cookies: dict[str, str] = {}

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers={"accept": "text/html", **headers})

    def post(self, path: str, fields: Mapping[str, str], **headers: str) -> Answer:
        return self.ask("POST", path, urlencode(fields).encode(), headers)

    def ask(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        return asyncio.run(self.answer(method, path, body, headers))

    async def answer(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """As `ask`, beside others."""
        sent: list[dict[str, Any]] = []
        scope = self._scope("http", path, headers or {}) | {"method": method, "scheme": self._scheme}
        await self._talk(scope, [{"type": "http.request", "body": body}], sent)
        start = sent[0]
        content = b"".join(message.get("body", b"") for message in sent[1:])
        said = [(key.decode().lower(), value.decode()) for key, value in start["headers"]]
        answer = Answer(start["status"], said, content)
        for name, value in answer.cookies.items():
            self.cookies[name] = value.split(";")[0]
        return answer

    async def give_up(self, path: str, when: threading.Event) -> None:
        """Ask for a path, and close the connection before there is an answer."""

        async def receive() -> dict[str, Any]:
            await asyncio.to_thread(when.wait)
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            raise AssertionError(message)

        with suppress(ClientDisconnect):
            await self.app(self._scope("http", path, {}) | {"method": "GET", "scheme": "http"}, receive, send)  # type: ignore[arg-type]

    async def leave(self, method: str, path: str, body: bytes, when: threading.Event) -> Answer:
        """As `answer`, but the browser goes before there is one; what it would have been told."""
        sent: list[dict[str, Any]] = []
        said = [{"type": "http.request", "body": body}]

        async def receive() -> dict[str, Any]:
            if said:
                return said.pop(0)
            await asyncio.to_thread(when.wait)
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.app(self._scope("http", path, {}) | {"method": method, "scheme": self._scheme}, receive, send)  # type: ignore[arg-type]
        return Answer(sent[0]["status"], [], b"".join(message.get("body", b"") for message in sent[1:]))

    def connect(self, path: str, **headers: str) -> str:
        """Opens a websocket: the type of what it is answered, "websocket.accept" or "websocket.close"."""
        sent: list[dict[str, Any]] = []
        scope = self._scope("websocket", path, headers) | {"scheme": "ws", "subprotocols": []}
        asyncio.run(self._talk(scope, [{"type": "websocket.connect"}, {"type": "websocket.disconnect"}], sent))
        return str(sent[0]["type"])

    def _scope(self, kind: str, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
        plain, _, query = (path if path.startswith("/") else f"/{path}").partition("?")
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        given = {"host": "lab", "cookie": cookie, **{k.replace("_", "-"): v for k, v in headers.items()}}
        return {
            "type": kind,
            "path": plain,
            "raw_path": quote(plain).encode(),
            "query_string": query.encode(),
            "headers": [(key.encode(), value.encode("latin-1", "replace")) for key, value in given.items()],
            "client": (self._client, 50_000),
            "server": ("lab", 80),
            "http_version": "1.1",
            "root_path": "",
        }

    async def _talk(self, scope: dict[str, Any], said: list[dict[str, Any]], sent: list[dict[str, Any]]) -> None:
        async def receive() -> dict[str, Any]:
            return said.pop(0) if said else await asyncio.Event().wait()

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.app(scope, receive, send)  # type: ignore[arg-type]


@contextmanager
def in_use(service: TrainingService) -> Iterator[TrainingService]:
    """The service of this process, as pages and routes find it, until the end of the block."""
    state.use(service)
    try:
        yield service
    finally:
        state.use(None)
        service.close()


@contextmanager
def hosted(store: RunStore) -> Iterator[TrainingService]:
    """A service without a cluster, and in front of it a server with a host's code."""
    service = TrainingService(store)
    codes.use(Access({"host": HOST}, store.folder))
    with in_use(service):
        yield service
    codes.use(Access({}, Path("nowhere")))


def browser_of(secret: str | None = None, *, host: bool = False) -> Browser:
    """In front of all routes: somebody's, a stranger's without a cookie, or the host's."""
    opened = Browser(Starlette(routes=routes()))
    if secret:
        opened.cookies[OWNER_COOKIE] = secret
    if host:
        opened.post("/host", {"code": HOST})
    return opened
