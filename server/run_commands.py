"""The route for commands to a run: pause, resume, one epoch, stop, learning rate, back to the best epoch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from autoencoder.engine.service import TrainingService
from autoencoder.errors import N_, InvalidCommand
from autoencoder.training.best_epoch import Keep
from server import state
from server.access.origin import refuse_other_sites
from server.access.permissions import asker_of, is_owner, require_change
from server.http import body_of, command_in, json_errors, language_of, no_command, unknown_action
from server.language import sentence

MAX_BODY = 10_000


@json_errors
async def run_command(request: Request) -> Response:
    """{"action": …, "value": …} from the run's owner or the host, sent by our own pages only; answers {} when done."""
    refuse_other_sites(request)
    body = await body_of(request, MAX_BODY)
    if body is None:
        return JSONResponse({"error": sentence(no_command(), language_of(request))}, 413)
    command = command_in(body, parse_int=float)  # an integer of a thousand digits becomes infinity, not an error
    service, run_id = state.service(), request.path_params["run"]
    run = await asyncio.to_thread(service.run, run_id)
    secret, host = asker_of(request)
    require_change(run, secret, host)
    await asyncio.to_thread(_carry_out, service, run_id, command["action"], command.get("value"), is_owner(run, secret))
    return JSONResponse({})


def _carry_out(service: TrainingService, run_id: str, action: object, value: object, owners: bool) -> None:
    """`owners`: whether its owner asks, who needs not be told about it."""
    pause = partial(service.pause, because="" if owners else N_("The host has paused this training."))
    steer: dict[str, Callable[[str], None]]
    steer = {"pause": pause, "resume": service.resume, "step": service.step, "go_back": service.go_back}
    if action == "learning_rate":
        service.set_learning_rate(run_id, value)  # type: ignore[arg-type]  # checked there
    elif action == "stop":
        service.stop(run_id, _weights_to_keep(value))
    elif isinstance(action, str) and action in steer:
        steer[action](run_id)
    else:
        raise unknown_action(action)


def _weights_to_keep(value: object) -> Keep | None:
    """Raises InvalidCommand for other words."""
    if value is None or value == "best" or value == "last":
        return value
    raise InvalidCommand("Stop keeps the “best” or the “last” epoch, got {value!r}.", value=str(value)[:40])
