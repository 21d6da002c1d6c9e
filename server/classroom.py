"""What only the host may do: watch everyone's runs, pause, resume or delete them all, set a challenge."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from autoencoder.engine.service import TrainingService
from autoencoder.errors import N_, AutoencoderError, RunNotFound
from autoencoder.runs.run import Run
from server import state, tiles
from server.access.origin import refuse_other_sites
from server.access.permissions import asker_of, require_host, started_by_people
from server.event_stream import no_websocket, send_events
from server.http import body_of, command_in, json_errors, language_of, unknown_action


def classroom_routes() -> list[BaseRoute]:
    """For the host."""
    return [
        WebSocketRoute("/api/classroom/events", everyones_runs),
        Route("/api/classroom/events", no_events_of_runs),
        Route("/api/classroom/commands", host_command, methods=["POST"]),
    ]


async def everyones_runs(socket: WebSocket) -> None:
    """The stream of tiles."""
    host, language = asker_of(socket)[1], language_of(socket)
    await send_events(
        socket,
        lambda: require_host(host),
        lambda: tiles.stream(state.service(), state.workshop(), language),
    )


@json_errors
async def no_events_of_runs(request: Request) -> Response:
    """The same address without a websocket."""
    return await no_websocket(request, lambda: require_host(asker_of(request)[1]))


@json_errors
async def host_command(request: Request) -> Response:
    """Pause or resume all, clear the room, set or end a challenge: for the host only, from our own pages only."""
    refuse_other_sites(request)
    require_host(asker_of(request)[1])
    command = command_in(await body_of(request, most=2_000) or b"")
    return JSONResponse({"done": await asyncio.to_thread(_carry_out, command["action"], command)})


def _carry_out(action: object, command: dict[str, object]) -> int:
    """How many runs were changed; 1 for a challenge."""
    service = state.service()
    if action == "pause_all":
        return pause_all(service)
    if action == "resume_all":
        return resume_all(service)
    if action == "clear":
        return clear(service, named_too=command.get("named_too") is True)
    if action == "end_challenge":
        state.workshop().end_challenge()
    elif action == "challenge":
        state.workshop().set_challenge(str(command.get("preset")), str(command.get("goal")), command.get("seconds"))  # type: ignore[arg-type]
    else:
        raise unknown_action(action)
    return 1


# ---- to everyone's runs ----


def pause_all(service: TrainingService) -> int:
    """Pause what trains or waits, sweeps too. How many runs were paused."""
    service.sweeps.pause_all()  # first, or they would start more in place of what pauses
    pause = partial(service.pause, because=N_("The host has paused all trainings."))
    return _each(pause, [run for run in started_by_people(service.runs()[0]) if "pause" in run.commands])


def resume_all(service: TrainingService) -> int:
    """Resume what is paused or interrupted, as far as the limits let it, then sweeps. How many runs were resumed."""
    done = _each(service.resume, [run for run in started_by_people(service.runs()[0]) if "resume" in run.commands])
    service.sweeps.resume_all()
    return done


def clear(service: TrainingService, named_too: bool) -> int:
    """Delete people's runs, also those under way, and end their sweeps; those with a name only where `named_too`.

    How many were deleted.
    """
    service.sweeps.clear()
    gone = RunNotFound("The host has cleared the room, and this run with it. Start another one.")
    runs = [run for run in started_by_people(service.runs()[0]) if named_too or not run.name]
    return _each(partial(service.delete, because=gone), runs)


def _each(act: Callable[[str], None], runs: list[Run]) -> int:
    done = 0
    for run in runs:
        with suppress(AutoencoderError):  # ended or deleted at this moment, or another process has it
            act(run.id)
            done += 1
    return done
