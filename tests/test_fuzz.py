"""Bad input and bad people: every route, with whatever may be sent to it. `make fuzz` for thousands of cases."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from cluster import SECRET, SHORT, left_behind
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from app import shipped_models
from autoencoder.engine.service import TrainingService
from autoencoder.runs.store import RunStore
from server import state
from server.access import codes
from server.access.codes import Access
from server.access.headers import HEADERS
from server.access.login import ENTER
from server.http import OPEN
from server.middleware import middleware
from server.routes import routes

pytestmark = pytest.mark.slow
STRANGER = "somebody-else-with-another-cookie-altogether"
SECONDS = 60.0  # for one answer, at the very most
METHODS = ("GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Server:
    """Our routes behind our middleware, without a network; with a run of somebody's in its folder."""

    def __init__(self, folder: Path, configured: dict[Any, str]) -> None:
        self.victim = left_behind(folder, SHORT, owner=SECRET).id
        self.service = TrainingService(RunStore(folder))
        state.use(self.service)
        codes.use(Access(configured, folder))
        self._app = Starlette(routes=routes(), middleware=middleware())
        self._loop = asyncio.new_event_loop()  # in a thread of its own: Playwright may have one running in this one
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._files = self.files()

    def files(self) -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in self.service.store.folder.rglob("*.json")}

    def unharmed(self) -> bool:
        now = self.files()
        return all(now.get(path) == content for path, content in self._files.items())

    def close(self) -> None:
        self.service.close()
        asyncio.run_coroutine_threadsafe(self._loop.shutdown_default_executor(), self._loop).result(SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def ask(self, asked: Asked) -> Answer:
        return asyncio.run_coroutine_threadsafe(self._ask(asked), self._loop).result(SECONDS)

    async def _ask(self, asked: Asked) -> Answer:
        sent = [{"type": "http.request", "body": asked.body, "more_body": False}]
        told: list[Any] = []

        async def receive() -> Any:
            return sent.pop() if sent else await asyncio.Event().wait()

        async def send(message: Any) -> None:
            told.append(message)

        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": asked.method, "scheme": "http",
            "path": asked.path, "raw_path": quote(asked.path).encode(), "query_string": asked.query, "root_path": "",
            "headers": asked.headers, "client": ("127.0.0.1", 5), "server": ("127.0.0.1", 80),
        }  # fmt: skip
        await self._app(scope, receive, send)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in told[0]["headers"]}
        return Answer(told[0]["status"], headers, b"".join(message.get("body", b"") for message in told[1:]))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shipped_models(tmp_path_factory.mktemp("fuzz") / "models")


@pytest.fixture(scope="class")
def open_server(models: Path) -> Iterator[Server]:
    yield from served(models, {"host": "the host's own code"})


@pytest.fixture(scope="class")
def closed_server(models: Path) -> Iterator[Server]:
    yield from served(models, {"room": "the room's code", "host": "the host's own code"})


@pytest.fixture(scope="class")
def host_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """What the host clears is gone: a folder of its own."""
    yield from served(shipped_models(tmp_path_factory.mktemp("host") / "models"), {"host": "the host's own code"})


def served(folder: Path, configured: dict[Any, str]) -> Iterator[Server]:
    server = Server(folder, configured)
    yield server
    server.close()
    state.use(None)
    codes.use(Access({}, folder))


# ---- what may be sent ----

numbers = st.sampled_from(["0", "-1", "1e999", "nan", "9" * 400, "0x10", "٣", "1_000", "70000", " 1"])
nasty = st.sampled_from(
    ["..", "../..", "%2e%2e", "\0", "\\", "a\nb", "{run}", "{0.__class__}", "'", "<b>", "ñ", "💥" * 50]
)
words = st.one_of(st.text(max_size=30), numbers, nasty)
known = st.sampled_from(
    ["quick-map", "best-8d", "mnist", "images", "labels", "pca", "tsne", "umap", "monitor/monitor.js"]
)
actions = st.sampled_from(
    ["pause", "resume", "step", "stop", "learning_rate", "delete", "rename", "pause_all", "resume_all", "clear",
     "challenge", "end_challenge", "__class__", ""]
)  # fmt: skip
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.just(10**400), st.floats(), words),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
    max_leaves=5,
)
keys = st.sampled_from(["value", "seconds", "preset", "goal", "named_too", "name"])
commands = st.builds(
    lambda action, more: json.dumps({"action": action, **more}).encode(),
    st.one_of(actions, values),
    st.dictionaries(keys, values, max_size=3),
)
forms = st.dictionaries(st.sampled_from(["code", "to", "lang"]), words).map(lambda fields: urlencode(fields).encode())
bodies = st.one_of(st.just(b""), commands, values.map(lambda v: json.dumps(v).encode()), forms, st.binary(max_size=60),
                   st.just(b"[" * 9_000), st.just(b" " * 20_000))  # fmt: skip
moments = st.one_of(st.from_regex(r"[0-9a-f]{16}-live", fullmatch=True), st.just("x" * 40 + "-live"), st.just("2.000"))
queries = st.dictionaries(
    st.sampled_from(["axes", "at", "start", "count", "lang", "run", "to", "owner", "points"]),
    st.one_of(words, known, moments),
    max_size=3,
).map(lambda query: urlencode(query, errors="replace").encode())
cookies = st.one_of(
    st.just(b""),
    st.just(f"lab_owner={STRANGER}".encode()),
    st.sampled_from(
        [b"lab_host=word.seal; lab_room=word.seal", b"lab_owner=" + b"x" * 64, b"lab_host=.", b"a=\xff;;="]
    ),
    st.binary(max_size=40),
)
sites = st.sampled_from([b"same-origin", b"cross-site", b"none", b"same-site", b"\xff"])


@st.composite
def requests(draw: st.DrawFn, victim: str = "") -> Asked:
    template = draw(st.sampled_from([route.path for route in routes() if isinstance(route, Route)]))
    part = st.one_of(known, st.just(victim), words)
    path = re.sub(r"\{\w+(?::\w+)?\}", lambda _: draw(part), template)
    headers = [(b"host", b"lab"), (b"cookie", draw(cookies)), (b"sec-fetch-site", draw(sites))]
    headers.append((b"accept-language", draw(words).encode(errors="replace")))
    headers.append((b"accept", draw(st.sampled_from([b"text/html", b"*/*"]))))
    return Asked(draw(st.sampled_from(METHODS)), path, draw(queries), headers, draw(bodies))


# ---- what must be so ----


def is_a_decent(answer: Answer) -> None:
    if answer.status == 503:  # the server's health, without a cluster
        assert json.loads(answer.body)["ready"] is False
        return
    assert answer.status < 500, answer
    assert b"Traceback" not in answer.body
    assert {name.lower() for name in HEADERS} <= set(answer.headers)
    if answer.status >= 400 and answer.headers.get("content-type") == "application/json":
        assert json.loads(answer.body)["error"]


class TestAnOpenRoom:
    @given(data=st.data())
    def test_nothing_that_a_stranger_sends_brings_it_down_or_changes_anything(
        self, data: st.DataObject, open_server: Server
    ) -> None:
        is_a_decent(open_server.ask(data.draw(requests(open_server.victim))))
        assert open_server.unharmed()

    @given(command=commands, cookie=cookies)
    def test_nobody_steers_the_run_of_another(self, command: bytes, cookie: bytes, open_server: Server) -> None:
        path, headers = f"/api/runs/{open_server.victim}/commands", [(b"cookie", cookie)]
        answer = open_server.ask(Asked("POST", path, b"", headers, command))
        is_a_decent(answer)
        assert answer.status in (400, 403)
        assert open_server.service.run(open_server.victim).status == "interrupted"
        assert open_server.unharmed()

    @given(command=commands)
    def test_the_owner_gets_an_error_or_what_was_asked(self, command: bytes, open_server: Server) -> None:
        """Without a cluster nothing trains: whatever is asked, the run can still be read."""
        path = f"/api/runs/{open_server.victim}/commands"
        is_a_decent(open_server.ask(Asked("POST", path, b"", [(b"cookie", f"lab_owner={SECRET}".encode())], command)))
        run = open_server.service.run(open_server.victim)
        assert run.status in ("interrupted", "waiting", "paused", "measuring")
        assert run.training == SHORT


class TestTheHost:
    @given(command=commands)
    def test_gets_an_error_or_what_was_asked(self, command: bytes, host_server: Server) -> None:
        ticket = Response()
        codes.access().hand_out("host", ticket, secure=False)
        cookie = ticket.headers["set-cookie"].partition(";")[0].encode()
        for path in ("/api/classroom/commands", "/api/runs/quick-map/commands", "/api/runs/best-map/commands"):
            is_a_decent(host_server.ask(Asked("POST", path, b"", [(b"cookie", cookie)], command)))
        challenge = host_server.ask(Asked("GET", "/api/challenge", b"", [], b""))
        assert challenge.status == 200
        assert host_server.service.run("quick-map").status == "finished"  # whoever is the host: shipped runs stay


class TestAClosedRoom:
    @given(data=st.data())
    def test_without_a_ticket_one_gets_the_door_and_nothing_else(
        self, data: st.DataObject, closed_server: Server
    ) -> None:
        asked = data.draw(requests(closed_server.victim))
        answer = closed_server.ask(asked)
        is_a_decent(answer)
        if asked.path not in (ENTER, *OPEN):
            assert answer.status == 403
        assert closed_server.unharmed()
