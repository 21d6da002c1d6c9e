"""Login: without the room's code a browser gets no page, no route and no websocket. The pages where codes are typed.

They are plain forms without scripts, since a browser that is not in yet may fetch nothing else.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from autoencoder.errors import AutoencoderError, LimitReached, StorageError
from autoencoder.runs.run import hashed
from autoencoder.workshop import LONGEST_NICKNAME
from server.access.codes import COOKIES, Kind, access
from server.access.origin import refuse_other_sites, refuse_websocket
from server.access.owner import owner_of
from server.access.suggested_names import suggested_name
from server.base_path import path_below, relative
from server.http import OPEN, body_of, json_errors, language_of
from server.language import sentence, translate

ENTER, HOST, LEAVE = "/enter", "/host", "/leave"
_OUR_PAGE = re.compile(r"/(?:[\w-][^\s\\]{0,500})?")  # never an address of another site's
_TEMPLATES = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined)


class RequireLogin:
    """ASGI middleware: where there is a room's code, only browsers with a ticket get past it."""

    def __init__(self, app: ASGIApp) -> None:
        """`app`: what answers those who may enter."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Everybody else gets the form, 403, or their websocket closed."""
        if scope["type"] not in ("http", "websocket") or path_below(scope) in OPEN or _may_enter(scope):
            return await self._app(scope, receive, send)
        if scope["type"] == "websocket":
            return await refuse_websocket(receive, send)
        request = Request(scope, receive)
        answer = await enter(request) if path_below(scope) == ENTER else _closed(request)
        await answer(scope, receive, send)


def login_routes() -> list[Route]:
    """Where the two codes are typed, and where the host's is given back."""
    return [
        Route(ENTER, enter, methods=["GET", "POST"]),
        Route(HOST, host, methods=["GET", "POST"]),
        Route(LEAVE, leave, methods=["POST"]),
    ]


async def enter(request: Request) -> Response:
    """The form for the room's code, and its answer; also for those who are in already."""
    return await _answer_form("room", request) if request.method == "POST" else _form("room", request, "/")


async def host(request: Request) -> Response:
    """The form for the host's code, and its answer; for the host, a button to stop hosting."""
    if not access().asks_for("host"):
        return _on_to("/", request)
    if request.method == "POST":
        return await _answer_form("host", request)
    if access().is_host(request.cookies):
        return _page(request, _words_for_the_host(language_of(request)), LEAVE)
    return _form("host", request, "/classroom")


@json_errors
async def leave(request: Request) -> Response:
    """Stop hosting: deletes this browser's ticket."""
    refuse_other_sites(request)
    answer = _on_to("/train", request)
    answer.set_cookie(COOKIES["host"], "", 0, 0, path=None, httponly=True, samesite="lax")  # deleted
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
    body = await body_of(request, most=4_000)
    fields = {key: typed[0] for key, typed in parse_qs((body or b"").decode(errors="replace"), True).items()}
    goal, name = _safe(fields.get("to", "/")), fields.get("name")
    client = request.client.host if request.client else ""
    try:
        refuse_other_sites(request)
        tickets = access().try_code(kind, fields.get("code", ""), client)
    except AutoencoderError as problem:
        status = 429 if isinstance(problem, LimitReached) else 403
        return _form(kind, request, goal, status, sentence(problem, language_of(request)), name)
    if name is not None:
        _keep_name(request, name)
    answer = _on_to(goal, request)
    for ticket in tickets:
        access().hand_out(ticket, answer, secure=request.url.scheme == "https")
    return answer


def _keep_name(request: Request, name: str) -> None:
    """The nickname that was given with the code."""
    secret = owner_of(request.cookies)
    with suppress(StorageError):  # who is in can give it again, and is told then
        if secret is not None:
            access().workshop.set_name(hashed(secret), name)


def _name_to_show(request: Request, typed: str | None) -> str:
    """In the form: what was typed, else the name that this browser has, else one that nobody has."""
    if typed is not None:
        return typed[:LONGEST_NICKNAME]
    workshop, secret = access().workshop, owner_of(request.cookies)
    mine = workshop.name(hashed(secret)) if secret else ""
    return mine or suggested_name(language_of(request), workshop.names().values())


def _wanted_page(request: Request) -> str:
    path, query = path_below(request.scope), request.url.query
    return _safe(f"{path}?{query}" if query else path)


def _on_to(goal: str, request: Request) -> Response:
    return RedirectResponse(relative(request.scope, goal), 303, {"Cache-Control": "no-store"})


def _safe(goal: str) -> str:
    return goal if _OUR_PAGE.fullmatch(goal) else "/"


# ---- the page: login.html ----


@dataclass(frozen=True)
class Words:
    """What a login page says."""

    title: str
    why: str
    button: str


def _form(
    kind: Kind, request: Request, goal: str, status: int = 200, problem: str = "", name: str | None = None
) -> Response:
    """`name`: as it was typed; None where it was not yet asked for."""
    language = language_of(request)
    field = {"label": translate("Code", language), "goal": goal, "problem": problem}
    if kind == "host":
        return _page(request, _words_of_host(language), HOST, status, typed="password", **field)
    asked = {
        "name": _name_to_show(request, name),
        "name_label": translate("Your name here", language),
        "name_help": translate("The host and the board show it. Another one will do, or none.", language),
        "name_longest": str(LONGEST_NICKNAME),
    }
    return _page(request, _words_of_room(language), ENTER, status, typed="text", **field, **asked)  # the board has it


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
    content = template.render(
        language=language_of(request), words=words, action=relative(request.scope, action), **field
    )
    return HTMLResponse(content, status, {"Cache-Control": "no-store"})
