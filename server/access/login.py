"""Login: without the room's code a browser gets no page, no route and no websocket. The pages where codes are typed.

They are plain forms without scripts, since a browser that is not in yet may fetch nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from autoencoder.errors import AutoencoderError, LimitReached, NotAllowed
from server.access.codes import COOKIES, Kind, access
from server.access.origin import refuse_other_sites
from server.http import OPEN, body_of, language_of
from server.language import sentence, translate

ENTER, HOST = "/enter", "/host"
_OUR_PAGE = re.compile(r"/(?:[\w-][^\s\\]{0,500})?")  # never an address of another site's
_TEMPLATES = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined)


class RequireLogin:
    """ASGI middleware: where there is a room's code, only browsers with a ticket get past it."""

    def __init__(self, app: ASGIApp) -> None:
        """`app`: what answers those who may enter."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Everybody else gets the form, 403, or their websocket closed."""
        if scope["type"] not in ("http", "websocket") or scope["path"] in OPEN or _may_enter(scope):
            return await self._app(scope, receive, send)
        if scope["type"] == "websocket":
            await receive()
            return await send({"type": "websocket.close", "code": 1008})
        request = Request(scope, receive)
        answer = await enter(request) if request.url.path == ENTER else _closed(request)
        await answer(scope, receive, send)


def login_routes() -> list[Route]:
    """Where the two codes are typed, and where the host's is given back."""
    return [
        Route(ENTER, enter, methods=["GET", "POST"]),
        Route(HOST, host, methods=["GET", "POST"]),
        Route("/host/leave", leave, methods=["POST"]),
    ]


async def enter(request: Request) -> Response:
    """The form for the room's code, and its answer; also for those who are in already."""
    return await _answer_form("room", request) if request.method == "POST" else _form("room", request, "/")


async def host(request: Request) -> Response:
    """The form for the host's code, and its answer; for the host, a button to stop hosting."""
    if not access().asks_for("host"):
        return RedirectResponse("/", 303)
    if request.method == "POST":
        return await _answer_form("host", request)
    if access().is_host(request.cookies):
        return _page(request, _words_for_the_host(language_of(request)), "/host/leave")
    return _form("host", request, "/classroom")


async def leave(request: Request) -> Response:
    """Stop hosting: deletes this browser's ticket."""
    try:
        refuse_other_sites(request)
    except NotAllowed as problem:
        return JSONResponse({"error": sentence(problem, language_of(request))}, 403)
    answer = RedirectResponse("/train", 303)
    answer.delete_cookie(COOKIES["host"], httponly=True, samesite="lax")
    return answer


def _may_enter(scope: Scope) -> bool:
    return access().may_enter(HTTPConnection(scope).cookies)


def _closed(request: Request) -> Response:
    """For who may not enter: the form where a page was wanted, an error otherwise."""
    if "text/html" in request.headers.get("accept", "") and request.method == "GET":
        return _form("room", request, _wanted_page(request), status=403)
    said = translate("This room asks for a code. Open its first page and enter it.", language_of(request))
    return JSONResponse({"error": said}, 403, {"Cache-Control": "no-store"})


async def _answer_form(kind: Kind, request: Request) -> Response:
    """On to the page that was wanted, with tickets; or the form again, with what was wrong."""
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


def _wanted_page(request: Request) -> str:
    path, query = request.url.path, request.url.query
    return _safe(f"{path}?{query}" if query else path)


def _safe(goal: str) -> str:
    return goal if _OUR_PAGE.fullmatch(goal) else "/"


# ---- the page: login.html ----


@dataclass(frozen=True)
class Words:
    """What a login page says."""

    title: str
    why: str
    button: str


def _form(kind: Kind, request: Request, goal: str, status: int = 200, problem: str = "") -> Response:
    language = language_of(request)
    words, action = (_words_of_room(language), ENTER) if kind == "room" else (_words_of_host(language), HOST)
    label, typed = translate("Code", language), "text" if kind == "room" else "password"  # the room's is on the board
    return _page(request, words, action, status, label=label, typed=typed, goal=goal, problem=problem)


def _words_of_room(language: str) -> Words:
    return Words(
        translate("Enter the code of this room", language),
        translate("It is on the board, or whoever runs the workshop tells you.", language),
        translate("Come in", language),
    )


def _words_of_host(language: str) -> Words:
    return Words(
        translate("Host this room", language),
        translate("With the host's code this browser may pause, stop and delete everyone's trainings.", language),
        translate("Be the host", language),
    )


def _words_for_the_host(language: str) -> Words:
    return Words(
        translate("You host this room", language),
        translate("This browser may pause, stop and delete everyone's trainings.", language),
        translate("Stop hosting", language),
    )


def _page(request: Request, words: Words, action: str, status: int = 200, **field: str) -> Response:
    """`field`: where a code is typed, if anywhere."""
    template = _TEMPLATES.get_template("login.html")
    content = template.render(language=language_of(request), words=words, action=action, **field)
    return HTMLResponse(content, status, {"Cache-Control": "no-store"})
