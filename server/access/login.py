"""The door: nobody without the room's code gets a page, a route or a live connection; and where the codes are typed.

The pages here are plain forms without any script: they must work before anything else may be fetched.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from autoencoder.errors import AutoencoderError, LimitReached, NotAllowed
from server.access.codes import COOKIES, Kind, access, cookies_of
from server.http import body_of, language_of, refuse_other_sites
from server.language import sentence, translate

ENTER = "/enter"
OPEN = ("/_stcore/health", "/healthz")  # for whoever watches over the server; says nothing about anybody
_OUR_PAGE = re.compile(r"/(?:[\w-][^\s\\]{0,500})?")  # never an address of another site's
_FIELDS = """<label>{label}<input name="code" type="{typed}" autocapitalize="none" spellcheck="false" autocomplete="off"
autofocus required maxlength="200"></label>
<p class="problem" role="alert">{problem}</p>
<input type="hidden" name="to" value="{to}">"""
_PAGE = (Path(__file__).parent / "login.html").read_text()


class RequireLogin:
    """Lets in who has a ticket, where the room asks for one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"] in OPEN or _may_enter(scope):
            return await self._app(scope, receive, send)
        if scope["type"] == "websocket":
            await receive()
            return await send({"type": "websocket.close", "code": 1008})
        request = Request(scope, receive)
        answer = await enter(request) if request.url.path == ENTER else _closed(request)
        await answer(scope, receive, send)


def door_routes() -> list[Route]:
    return [
        Route(ENTER, enter, methods=["GET", "POST"]),
        Route("/host", host, methods=["GET", "POST"]),
        Route("/host/leave", leave, methods=["POST"]),
    ]


async def enter(request: Request) -> Response:
    """The room's code, typed; also for those who are in already."""
    return await _typed("room", request) if request.method == "POST" else _form("room", request, "/")


async def host(request: Request) -> Response:
    """The host's code, typed."""
    if not access().asks_for("host"):
        return RedirectResponse("/", 303)
    if request.method == "POST":
        return await _typed("host", request)
    if access().is_host(cookies_of(request.headers)):
        return _leaving(request)
    return _form("host", request, "/classroom")


async def leave(request: Request) -> Response:
    """This browser is the host's no more."""
    try:
        refuse_other_sites(request)
    except NotAllowed as problem:
        return JSONResponse({"error": sentence(problem, language_of(request))}, 403)
    answer = RedirectResponse("/train", 303)
    answer.delete_cookie(COOKIES["host"], httponly=True, samesite="lax")
    return answer


def _may_enter(scope: Scope) -> bool:
    return access().may_enter(cookies_of(Headers(scope=scope)))


def _closed(request: Request) -> Response:
    if "text/html" in request.headers.get("accept", "") and request.method == "GET":
        return _form("room", request, _asked(request), status=403)
    said = translate("This room asks for a code. Open its first page and enter it.", language_of(request))
    return JSONResponse({"error": said}, 403, {"Cache-Control": "no-store"})


async def _typed(kind: Kind, request: Request) -> Response:
    body = await body_of(request, most=2_000)
    fields = parse_qs((body or b"").decode(errors="replace"))
    goal = _safe(fields.get("to", ["/"])[0])
    client = request.client.host if request.client else ""
    try:
        refuse_other_sites(request)
        tickets = access().try_code(kind, fields.get("code", [""])[0], client)
    except AutoencoderError as problem:
        status = 429 if isinstance(problem, LimitReached) else 403
        return _form(kind, request, goal, status, sentence(problem, language_of(request)))
    answer = RedirectResponse(goal, 303, {"Cache-Control": "no-store"})
    for ticket in tickets:
        access().hand_out(ticket, answer, secure=request.url.scheme == "https")
    return answer


def _asked(request: Request) -> str:
    """The page that was asked for, to go on to."""
    path, query = request.url.path, request.url.query
    return _safe(f"{path}?{query}" if query else path)


def _safe(goal: str) -> str:
    return goal if _OUR_PAGE.fullmatch(goal) else "/"


def _form(kind: Kind, request: Request, goal: str, status: int = 200, problem: str = "") -> Response:
    language = language_of(request)
    words = {
        "room": (
            translate("Enter the code of this room", language),
            translate("It is on the board, or whoever runs the workshop tells you.", language),
            translate("Come in", language),
        ),
        "host": (
            translate("Host this room", language),
            translate("With the host's code this browser may pause, stop and delete everyone's trainings.", language),
            translate("Be the host", language),
        ),
    }[kind]
    label, typed = translate("Code", language), "text" if kind == "room" else "password"  # the room's is on the board
    fields = _filled(_FIELDS, label=label, typed=typed, to=goal, problem=problem)
    return _page(request, words, ENTER if kind == "room" else "/host", fields, status)


def _leaving(request: Request) -> Response:
    language = language_of(request)
    words = (
        translate("You host this room", language),
        translate("This browser may pause, stop and delete everyone's trainings.", language),
        translate("Stop hosting", language),
    )
    return _page(request, words, "/host/leave")


def _page(request: Request, words: tuple[str, str, str], action: str, fields: str = "", status: int = 200) -> Response:
    """`words`: title, why, button; `fields` is HTML already."""
    title, why, button = words
    head, foot = _PAGE.split("{fields}")
    said = {"language": language_of(request), "title": title, "why": why, "button": button, "action": action}
    content = _filled(head, **said) + fields + _filled(foot, **said)
    return HTMLResponse(content, status, {"Cache-Control": "no-store"})


def _filled(html: str, **values: str) -> str:
    """The gaps of a piece of HTML filled in; nothing that comes from outside becomes part of it."""
    return re.sub(r"\{(\w+)\}", lambda gap: escape(values[gap[1]]), html)
