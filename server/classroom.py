"""The host's stream of everyone's runs and what the host may do to all of them; the challenge, for everyone."""

from __future__ import annotations

import asyncio
import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from autoencoder.errors import InvalidSetting
from server import state, tiles
from server.access.permissions import asker_of, require_host
from server.http import body_of, json_errors, language_of, refuse_other_sites

_board = tiles.Board()


def classroom_routes() -> list[Route]:
    return [
        Route("/api/classroom/events", everyones_runs),
        Route("/api/classroom/commands", host_command, methods=["POST"]),
        Route("/api/challenge", challenge),
    ]


@json_errors
async def everyones_runs(request: Request) -> Response:
    require_host(asker_of(request)[1])
    stream = tiles.stream(state.service(), state.workshop(), language_of(request))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


@json_errors
async def challenge(request: Request) -> Response:
    """What the host has set, the best ten, and where the asking browser stands."""
    secret, _host = asker_of(request)
    answer = await asyncio.to_thread(_board.answer, state.service(), state.workshop(), secret, language_of(request))
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})


@json_errors
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
    service = state.service()
    if action == "pause_all":
        return tiles.pause_all(service)
    if action == "resume_all":
        return tiles.resume_all(service)
    if action == "clear":
        return tiles.clear(service, named_too=asked.get("named_too") is True)
    if action == "end_challenge":
        state.workshop().end_challenge()
    elif action == "challenge":
        state.workshop().set_challenge(str(asked.get("preset")), str(asked.get("goal")), asked.get("seconds"))  # type: ignore[arg-type]
    else:
        raise InvalidSetting(
            "The action {action!r} is not known. Use the buttons of the page.", action=str(action)[:40]
        )
    return 1
