"""The routes for named selections of digits: whoever may see a run sees them, its owner and the host change them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from autoencoder.data.dataset import load_dataset
from autoencoder.runs.run import Run
from autoencoder.runs.selections import LONGEST_SELECTION_NAME, Selections
from server import state
from server.access.origin import refuse_other_sites
from server.access.permissions import asker_of, may_change, require_change
from server.http import body_of, command_in, json_errors, language_of, no_command, unknown_action
from server.language import sentence
from server.work import LOOKUPS

MAX_BODY = 1_000_000  # bytes: the numbers of all digits of the largest data set, so that too many are told of by number


def selections_routes() -> list[Route]:
    """One to look, one to change."""
    return [
        Route("/api/runs/{run}/selections", selections_of),
        Route("/api/runs/{run}/selections", change_selections, methods=["POST"]),
    ]


@json_errors
async def selections_of(request: Request) -> Response:
    """{"selections": [{"id", "name", "digits": [index, …]}, …], "mine": may change them, "longest": of a name}."""
    run, selections = await LOOKUPS.run(request, _look_up, request.path_params["run"])
    listed = [{"id": each.id, "name": each.name, "digits": each.digits} for each in selections.all]
    answer = {"selections": listed, "mine": may_change(run, *asker_of(request)), "longest": LONGEST_SELECTION_NAME}
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})


@json_errors
async def change_selections(request: Request) -> Response:
    """A command from the run's owner or the host: one of `_CHANGES`; answers {} when done."""
    refuse_other_sites(request)
    run_id = request.path_params["run"]
    require_change(await asyncio.to_thread(state.service().run, run_id), *asker_of(request))
    body = await body_of(request, MAX_BODY)
    if body is None:
        return JSONResponse({"error": sentence(no_command(), language_of(request))}, 413)
    await asyncio.to_thread(_carry_out, run_id, command_in(body))
    return JSONResponse({})


def _look_up(run_id: str) -> tuple[Run, Selections]:
    service = state.service()
    return service.run(run_id), service.store.selections(run_id).load()


def _carry_out(run_id: str, command: Mapping[str, Any]) -> None:
    service = state.service()
    change = _CHANGES.get(str(command["action"]))
    if change is None:
        raise unknown_action(command["action"])
    run = service.run(run_id)
    service.change_selections(run_id, lambda selections: change(selections, command, run))


def _named(selections: Selections, asked: Mapping[str, Any], run: Run) -> Selections:
    return selections.with_new(asked.get("name"), asked.get("digits"), len(load_dataset(run.training.dataset)))


_CHANGES: dict[str, Callable[[Selections, Mapping[str, Any], Run], Selections]] = {  # by their action
    "name": _named,
    "rename": lambda selections, asked, run: selections.renamed(asked.get("selection"), asked.get("name")),
    "delete": lambda selections, asked, run: selections.without(asked.get("selection")),
}
