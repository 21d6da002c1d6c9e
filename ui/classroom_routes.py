"""The host's stream of everyone's runs and what the host may do to all of them; the challenge, for everyone."""

from __future__ import annotations

import asyncio
import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from autoencoder.errors import InvalidSetting
from ui import classroom, session
from ui.answers import answering_errors, body_of, language_of, refuse_other_sites
from ui.permissions import asker_of, require_host

_board = classroom.Board()


def classroom_routes() -> list[Route]:
    return [
        Route("/api/classroom/events", everyones_runs),
        Route("/api/classroom/commands", host_command, methods=["POST"]),
        Route("/api/challenge", challenge),
    ]


@answering_errors
async def everyones_runs(request: Request) -> Response:
    require_host(asker_of(request)[1])
    stream = classroom.stream(session.service(), session.room(), language_of(request))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


@answering_errors
async def challenge(request: Request) -> Response:
    """What the host has set, the best ten, and where the asking browser stands."""
    secret, _host = asker_of(request)
    answer = await asyncio.to_thread(_board.answer, session.service(), session.room(), secret, language_of(request))
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})


@answering_errors
async def host_command(request: Request) -> Response:
    """Pause or resume all, clear the room, set or end a challenge: for the host only, from our own pages only."""
    refuse_other_sites(request)
    require_host(asker_of(request)[1])
    try:
        asked = json.loads(await body_of(request, most=2_000) or b"")
        action = asked["action"]
    except (ValueError, TypeError, KeyError, RecursionError) as problem:
        raise InvalidSetting('Expected {{"action": …}}, got something else.') from problem
    return JSONResponse({"done": await asyncio.to_thread(_carry_out, action, asked)})


def _carry_out(action: object, asked: dict[str, object]) -> int:
    service = session.service()
    if action == "pause_all":
        return classroom.pause_all(service)
    if action == "resume_all":
        return classroom.resume_all(service)
    if action == "clear":
        return classroom.clear(service, named_too=asked.get("named_too") is True)
    if action == "end_challenge":
        session.room().end_challenge()
    elif action == "challenge":
        session.room().set_challenge(str(asked.get("preset")), str(asked.get("goal")), asked.get("seconds"))  # type: ignore[arg-type]
    else:
        raise InvalidSetting(
            "The action {action!r} is not known. Use the buttons of the page.", action=str(action)[:40]
        )
    return 1
