"""From whose page and under which name: one rule for routes and websockets."""

from __future__ import annotations

import asyncio

import pytest
from asgi import Browser
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from autoencoder.errors import InvalidSetting, NotAllowed
from server.access.origin import name_of, own_names, refuse_other_sites
from server.http import OPEN
from server.middleware import middleware

SENT = [  # headers, and whether a page of ours (or no page) sends them
    ({}, True),
    ({"origin": "http://lab"}, True),
    ({"origin": "http://lab:9999"}, False),
    ({"origin": "http://localhost:9999"}, False),  # Streamlit takes every port of localhost for its own
    ({"origin": "http://evil.example"}, False),
    ({"origin": "null"}, False),
    ({"sec_fetch_site": "same-origin", "origin": "http://lab"}, True),
    ({"sec_fetch_site": "none"}, True),
    ({"sec_fetch_site": "same-site", "origin": "http://lab:9999"}, False),
    ({"sec_fetch_site": "cross-site"}, False),
]


def app(*names: str) -> Starlette:
    async def page(request: Request) -> Response:
        try:
            refuse_other_sites(request)
        except NotAllowed:
            return Response(status_code=403)
        return PlainTextResponse("inside")

    async def live(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    routes = [Route("/{path:path}", page), WebSocketRoute("/{path:path}", live)]
    return Starlette(routes=routes, middleware=middleware(frozenset(names)))


@pytest.mark.parametrize(("headers", "ours"), SENT)
def test_a_websocket_is_refused_where_a_command_is(headers: dict[str, str], ours: bool) -> None:
    browser = Browser(app())
    assert (browser.get("/api/x", **headers).status == 200) == ours
    for path in ("/_stcore/stream", "/api/x/events"):
        assert (browser.connect(path, **headers) == "websocket.accept") == ours


@pytest.mark.parametrize(
    ("host", "known"),
    [("lab.example", True), ("LAB.example:8501", True), ("lab.example.", True), ("10.0.0.5:8501", True),
     ("[fe80::1]:8501", True), ("evil.example", False), ("lab.example.evil.example", False), ("lab", False),
     ("", False), ("[", False), ("evil@lab.example", True)],
)  # fmt: skip
def test_where_names_are_listed_no_other_is_answered(host: str, known: bool) -> None:
    """DNS rebinding: a name of another site that leads to this server. Its pages would be of one origin with ours."""
    browser = Browser(app("lab.example", "10.0.0.5", "fe80::1"))
    origin = f"http://{host}"
    answer = browser.get("/train", host=host, origin=origin)
    assert (answer.status == 200) == known
    assert known or "does not go by the name" in answer.text
    assert (browser.connect("/_stcore/stream", host=host, origin=origin) == "websocket.accept") == known


def test_who_leaves_in_the_middle_of_a_request_raises_nothing() -> None:
    async def wait(request: Request) -> Response:
        await request.body()
        raise AssertionError("it came to an end")

    async def leave() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def told(message: object) -> None:
        raise AssertionError(message)

    left = Starlette(routes=[Route("/", wait, methods=["POST"])], middleware=middleware())
    scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b"", "root_path": ""}
    asyncio.run(left(scope, leave, told))  # type: ignore[arg-type]


def test_health_checks_ask_under_any_name() -> None:
    for path in OPEN:
        assert Browser(app("lab.example")).get(path, host="127.0.0.1").status == 200


def test_without_a_list_every_name_is_taken() -> None:
    assert Browser(app()).get("/train", host="whatever").status == 200


def test_the_list_is_read_from_the_environment() -> None:
    assert own_names({}) == frozenset()
    assert own_names({"SERVER_NAMES": " Lab.Example, 10.0.0.5 ,,::1"}) == {"lab.example", "10.0.0.5", "::1"}
    for wrong in ("https://lab.example", "lab.example:8501", "*.example", "lab example", "/"):
        with pytest.raises(InvalidSetting, match="SERVER_NAMES must be names"):
            own_names({"SERVER_NAMES": wrong})


def test_the_name_in_a_host_header() -> None:
    assert [name_of(host) for host in ("a:1", "A", "[::1]:5", "", "a:b:c")] == ["a", "a", "::1", "", "a"]
