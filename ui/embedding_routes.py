"""Other maps beside the latent space: the shipped ones of the pixels, and t-SNE of a run's codes with its progress."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from autoencoder.data import load_dataset
from autoencoder.embeddings import embedding
from autoencoder.jobs import require_end
from autoencoder.latent import mixed_zones
from autoencoder.network import Array
from ui import session
from ui.answers import FOREVER, PICTURES, Handler, answering_errors, language_of, refuse_other_sites, worked_out
from ui.bundle import bundle, quantized
from ui.identity import owner_of
from ui.language import sentence
from ui.moments import moment, neighbourhoods_of, space_of
from ui.once import once
from ui.permissions import asker_of, may_change, require_change


def embedding_routes() -> list[Route]:
    return [
        Route("/api/datasets/{name}/embeddings/{kind}", pixel_map),
        Route("/api/runs/{run}/tsne", tsne_progress),
        Route("/api/runs/{run}/tsne", start_tsne, methods=["POST"]),
        Route("/api/runs/{run}/tsne", cancel_tsne, methods=["DELETE"]),
        Route("/api/runs/{run}/tsne/map", _kept(_tsne_map)),
        Route("/api/runs/{run}/tsne/codes", _kept(_tsne_codes)),
        Route("/api/runs/{run}/tsne/neighbours", _kept(_tsne_neighbours)),
    ]


# ---- maps of the pixels ----


@answering_errors
async def pixel_map(request: Request) -> Response:
    content = await asyncio.to_thread(_pixel_map, request.path_params["name"], request.path_params["kind"])
    return _binary(content, FOREVER)


@once(maxsize=8)
def _pixel_map(name: str, kind: str) -> bytes:
    dataset = load_dataset(name)
    start = dataset.n_training
    return _packed({"codes": quantized(embedding(dataset, kind))}, start=start, n_training=start)


# ---- t-SNE of the codes: start, look, cancel ----


@answering_errors
async def tsne_progress(request: Request) -> Response:
    """{"status": "none" | "running" | "done" | "failed", "share": 0..1, "mine": may cancel, "message": sentence}."""
    return await _progress(request)


@answering_errors
async def start_tsne(request: Request) -> Response:
    """Anyone who may look at a finished run may have it arranged; it is computed once for all."""
    refuse_other_sites(request)
    service, run_id = session.service(), request.path_params["run"]
    run = await asyncio.to_thread(service.run, run_id)
    await asyncio.to_thread(service.tsne.start, run, owner_of(request.headers))
    return await _progress(request)


@answering_errors
async def cancel_tsne(request: Request) -> Response:
    refuse_other_sites(request)
    service, run_id = session.service(), request.path_params["run"]
    require_change(service.tsne.progress(run_id), *asker_of(request))
    await asyncio.to_thread(service.tsne.cancel, run_id)
    return await _progress(request)


async def _progress(request: Request) -> Response:
    service, run_id = session.service(), request.path_params["run"]
    await asyncio.to_thread(service.run, run_id)  # an unknown run is an error
    found = service.tsne.progress(run_id)
    message = sentence(found.problem, language_of(request)) if found.problem else None
    mine = may_change(found, *asker_of(request))
    answer = {"status": found.status, "share": found.share, "mine": mine, "message": message}
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})


# ---- t-SNE of the codes: what its map draws; rows are the held-out digits ----


def _kept(answer: Callable[[str, str], bytes]) -> Handler:
    @answering_errors
    async def route(request: Request) -> Response:
        run = await asyncio.to_thread(session.service().run, request.path_params["run"])
        require_end(run)
        content = await worked_out(PICTURES, answer, run.id, moment(run))
        return _binary(content, FOREVER.replace("public", "private"))

    return route


@once(maxsize=8)
def _tsne_map(run_id: str, moment: str) -> bytes:
    service = session.service()
    run, positions = service.run(run_id), service.store.load_tsne(run_id)
    start = load_dataset(run.training.dataset).n_training
    errors = space_of(run_id, moment).errors_of(slice(start, None))
    arrays = {"codes": quantized(positions), "errors": quantized(errors[:, None])}
    return _packed(arrays, start=start, n_training=start, latent_dim=run.architecture.latent_dim)


@once(maxsize=8)
def _tsne_codes(run_id: str, moment: str) -> bytes:
    return _packed({"codes": quantized(space_of(run_id, moment).codes[_start(run_id) :])})


@once(maxsize=8)
def _tsne_neighbours(run_id: str, moment: str) -> bytes:
    """As among all codes; the zones where labels mix are those of this map."""
    start, found = _start(run_id), neighbourhoods_of(run_id, moment)
    zones = mixed_zones(session.service().store.load_tsne(run_id), found.mixed[start:])
    mixed = (found.mixed[start:, None] * 255 + 0.5).astype(np.uint8)
    outlines = [zone.astype(float).round(5).tolist() for zone in zones]
    arrays = {"mixed": mixed, "predicted": found.predicted[start:, None]}
    return _packed(arrays, zones={"polygons": outlines, "pairs": found.pairs})


def _start(run_id: str) -> int:
    return load_dataset(session.service().run(run_id).training.dataset).n_training


def _packed(arrays: Mapping[str, Array | dict[str, Any]], **header: Any) -> bytes:
    return gzip.compress(bundle(arrays, **header), compresslevel=4)


def _binary(content: bytes, cache: str) -> Response:
    headers = {"Cache-Control": cache, "Content-Encoding": "gzip"}
    return Response(content, media_type="application/octet-stream", headers=headers)
