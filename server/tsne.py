"""t-SNE of a run's codes: start it, its progress, cancel it, and what its map draws."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from autoencoder.data.bundle import compressed, packed
from autoencoder.data.dataset import load_dataset
from autoencoder.data.quantised import quantise
from autoencoder.engine.tsne_jobs import require_end
from autoencoder.export.map_parts import neighbours_part
from server import state
from server.access.origin import refuse_other_sites
from server.access.owner import owner_of
from server.access.permissions import asker_of, may_change, require_change
from server.cache import cached
from server.http import (
    FOREVER_PRIVATE,
    Handler,
    gzipped_response,
    json_errors,
    language_of,
)
from server.language import sentence
from server.snapshots import latent_space_at, neighbourhoods_at, snapshot_of
from server.work import LOOKUPS, MAPS


def tsne_routes() -> list[Route]:
    """Start, progress and cancel, and the parts of the finished map."""
    return [
        Route("/api/runs/{run}/tsne", tsne_progress),
        Route("/api/runs/{run}/tsne", start_tsne, methods=["POST"]),
        Route("/api/runs/{run}/tsne", cancel_tsne, methods=["DELETE"]),
        Route("/api/runs/{run}/tsne/map", _route(_tsne_map)),
        Route("/api/runs/{run}/tsne/codes", _route(_tsne_codes)),
        Route("/api/runs/{run}/tsne/neighbours", _route(_tsne_neighbours)),
    ]


# ---- t-SNE of the codes: start, look, cancel ----


@json_errors
async def tsne_progress(request: Request) -> Response:
    """{"status": "none" | "running" | "done" | "failed", "share": 0..1, "mine": may cancel, "message": sentence}."""
    return await _progress(request)


@json_errors
async def start_tsne(request: Request) -> Response:
    """Anyone who may look at a finished run may have it arranged; it is computed once for all."""
    refuse_other_sites(request)
    await LOOKUPS.run(request, _start_arranging, request.path_params["run"], owner_of(request.cookies))
    return await _progress(request)


@json_errors
async def cancel_tsne(request: Request) -> Response:
    """For who started it and the host."""
    refuse_other_sites(request)
    service, run_id = state.service(), request.path_params["run"]
    require_change(service.tsne.progress(run_id), *asker_of(request))
    await asyncio.to_thread(service.tsne.cancel, run_id)
    return await _progress(request)


async def _progress(request: Request) -> Response:
    service, run_id = state.service(), request.path_params["run"]
    await asyncio.to_thread(service.run, run_id)  # an unknown run is an error
    found = service.tsne.progress(run_id)
    message = sentence(found.problem, language_of(request)) if found.problem else None
    mine = may_change(found, *asker_of(request))
    answer = {"status": found.status, "share": found.share, "mine": mine, "message": message}
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})


# ---- t-SNE of the codes: what its map draws; rows are the held-out digits ----


def _route(answer: Callable[[str, str], bytes]) -> Handler:
    """Bytes about a run that has ended, which its browser keeps."""

    @json_errors
    async def route(request: Request) -> Response:
        run_id, snapshot = await LOOKUPS.run(request, _what_is_asked, request.path_params["run"])
        content = await MAPS.run(request, answer, run_id, snapshot)
        return gzipped_response(content, FOREVER_PRIVATE)

    return route


def _start_arranging(run_id: str, secret: str | None) -> None:
    service = state.service()
    service.tsne.start(service.run(run_id), secret)


def _what_is_asked(run_id: str) -> tuple[str, str]:
    run = state.service().run(run_id)
    require_end(run)
    return run.id, snapshot_of(run)


@cached(maxsize=8)
def _tsne_map(run_id: str, snapshot: str) -> bytes:
    service = state.service()
    run, positions = service.run(run_id), service.store.load_tsne(run_id)
    start = load_dataset(run.training.dataset).n_training
    errors = latent_space_at(run_id, snapshot).errors_of(slice(start, None))
    arrays = {"codes": quantise(positions), "errors": quantise(errors[:, None])}
    return packed(arrays, start=start, n_training=start, latent_dim=run.architecture.latent_dim)


@cached(maxsize=8)
def _tsne_codes(run_id: str, snapshot: str) -> bytes:
    return packed({"codes": quantise(latent_space_at(run_id, snapshot).codes[_start(run_id) :])})


@cached(maxsize=8)
def _tsne_neighbours(run_id: str, snapshot: str) -> bytes:
    """Neighbours are computed from the latent codes, zones of mixed labels from the t-SNE positions."""
    positions = state.service().store.load_tsne(run_id)
    return compressed(neighbours_part(neighbourhoods_at(run_id, snapshot), positions, _start(run_id)))


def _start(run_id: str) -> int:
    return load_dataset(state.service().run(run_id).training.dataset).n_training
