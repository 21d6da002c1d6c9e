"""What the latent map draws, as binary answers: computed once per run, compressed once, cached by the browser."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from autoencoder.analysis.latent_space import plane
from autoencoder.data.bundle import compressed, packed
from autoencoder.data.dataset import load_dataset
from autoencoder.export.map_parts import codes_part, frames_part, layers_part, neighbours_part, places_part
from autoencoder.runs.run import Run
from server import state
from server.cache import cached
from server.http import (
    FOREVER_PRIVATE,
    Handler,
    gzipped_response,
    json_errors,
)
from server.snapshots import is_under_way, latent_space_at, model_at, neighbourhoods_at, requested_snapshot
from server.work import ENCODING, LOOKUPS, MAPS, NEIGHBOURS, FairQueue

KEPT_BYTES = 16_000_000  # of answers of a kind whose size depends on the run: two however large they are


def latent_routes() -> list[Route]:
    """The parts of a run's map; `at` in their URLs is the snapshot id, `axes` the plane."""
    return [
        Route("/api/runs/{run}/map", _route(_map)),
        Route("/api/runs/{run}/codes", _route(_codes)),
        Route("/api/runs/{run}/decoder", _route(_decoder)),
        Route("/api/runs/{run}/encoder", _route(_encoder)),
        Route("/api/runs/{run}/errors", _route(_errors)),
        Route("/api/runs/{run}/neighbours", _route(_neighbours, NEIGHBOURS)),
        Route("/api/runs/{run}/frames", _route(_frames)),
    ]


def _route(answer: Callable[[str, str, str], bytes], queue: FairQueue = MAPS) -> Handler:
    @json_errors
    async def route(request: Request) -> Response:
        named, axes = (request.query_params.get(key, "") for key in ("at", "axes"))
        run, at = await LOOKUPS.run(request, _what_is_asked, request.path_params["run"], named)
        among = ENCODING if queue is MAPS and is_under_way(at) else queue
        content = await among.run(request, answer, run.id, at, axes)
        cache = FOREVER_PRIVATE if run.ended else "no-store"
        return gzipped_response(content, cache)

    return route


def _what_is_asked(run_id: str, named: str) -> tuple[Run, str]:
    run = state.service().run(run_id)
    return run, requested_snapshot(run, named)


@cached(maxsize=24)
def _map(run_id: str, snapshot: str, axes: str) -> bytes:
    run = state.service().run(run_id)
    n_training = load_dataset(run.training.dataset).n_training
    return compressed(places_part(run, latent_space_at(run_id, snapshot), axes, n_training))


@cached(KEPT_BYTES, weight=len)
def _codes(run_id: str, snapshot: str, _axes: str) -> bytes:
    return compressed(codes_part(latent_space_at(run_id, snapshot)))


@cached(KEPT_BYTES, weight=len)
def _decoder(run_id: str, snapshot: str, _axes: str) -> bytes:
    """The layers after the code."""
    described = model_at(run_id, snapshot).description()
    return compressed(layers_part(described.decoder, output_scale=255 / described.scale))


@cached(KEPT_BYTES, weight=len)
def _encoder(run_id: str, snapshot: str, _axes: str) -> bytes:
    """The layers before the code; of a variational run those of its mean. What enters are grey levels."""
    described = model_at(run_id, snapshot).description()
    return compressed(layers_part(described.encoder, input_scale=described.scale / 255))


@cached(maxsize=24)
def _errors(run_id: str, snapshot: str, _axes: str) -> bytes:
    """The errors of the digits that the run is judged on, smallest first: others are judged beside them."""
    run = state.service().run(run_id)
    judged_on = load_dataset(run.training.dataset).held_out
    return packed({"errors": np.sort(latent_space_at(run_id, snapshot).errors_of(judged_on))})


@cached(maxsize=8)
def _neighbours(run_id: str, snapshot: str, axes: str) -> bytes:
    positions = plane(latent_space_at(run_id, snapshot).codes, axes).positions
    return compressed(neighbours_part(neighbourhoods_at(run_id, snapshot), positions))


@cached(maxsize=8)
def _frames(run_id: str, snapshot: str, axes: str) -> bytes:
    service = state.service()
    run, frames = service.run(run_id), service.store.load_frames(run_id, most=40)
    start = load_dataset(run.training.dataset).n_training
    known = run.ended and not is_under_way(snapshot)
    records = service.history(run.id).records if known else None
    return compressed(frames_part(run, frames, latent_space_at(run_id, snapshot), axes, start, records))
