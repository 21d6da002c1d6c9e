"""What the latent map draws, as binary answers: computed once per run, compressed once, cached by the browser."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from autoencoder.data import load_dataset
from autoencoder.errors import RunUnreadable
from autoencoder.latent import (
    LatentSpace,
    Neighbourhoods,
    aligned,
    latent_space,
    mixed_zones,
    neighbourhoods,
    plane,
    variance_shares,
)
from autoencoder.network import Network
from autoencoder.store import Run
from ui import session
from ui.answers import FOREVER, Handler, answering_errors
from ui.bundle import bundle, quantized
from ui.once import once


def latent_routes() -> list[Route]:
    return [
        Route("/api/runs/{run}/map", _route(_map)),
        Route("/api/runs/{run}/codes", _route(_codes)),
        Route("/api/runs/{run}/decoder", _route(_decoder)),
        Route("/api/runs/{run}/neighbours", _route(_neighbours)),
        Route("/api/runs/{run}/frames", _route(_frames)),
    ]


def moment(run: Run) -> str:
    """Goes into the addresses below, so that a run that learns on is asked again and one that has ended never is.

    The weights that it ends with may be older than those of a moment before: the best ones.
    """
    return f"{run.epoch:.3f}" if run.ended else f"{run.epoch:.3f}-live"


def _route(answer: Callable[[str, str, str], bytes]) -> Handler:
    @answering_errors
    async def route(request: Request) -> Response:
        run = await asyncio.to_thread(session.service().run, request.path_params["run"])
        content = await asyncio.to_thread(answer, run.id, moment(run), request.query_params.get("axes", ""))
        cache = FOREVER.replace("public", "private") if run.ended else "no-store"
        headers = {"Cache-Control": cache, "Content-Encoding": "gzip"}
        return Response(content, media_type="application/octet-stream", headers=headers)

    return route


@once(maxsize=8)
def network_of(run_id: str, _moment: str) -> Network:
    return session.service().store.load_network(session.service().run(run_id))


@once(maxsize=8)
def space_of(run_id: str, moment: str) -> LatentSpace:
    """Codes and errors of all digits: 0.6 MB a run with 2 dimensions, 2.5 MB with 8."""
    service = session.service()
    run = service.run(run_id)
    kept = service.store.load_space(run_id) if run.ended else None
    return kept or latent_space(network_of(run_id, moment), load_dataset(run.training.dataset))


@once(maxsize=4)
def neighbourhoods_of(run_id: str, moment: str) -> Neighbourhoods:
    run = session.service().run(run_id)
    return neighbourhoods(space_of(run_id, moment).codes, load_dataset(run.training.dataset).labels)


@once(maxsize=24)
def _map(run_id: str, moment: str, axes: str) -> bytes:
    run, space = session.service().run(run_id), space_of(run_id, moment)
    view = plane(space.codes, axes)
    return gzip.compress(
        bundle(
            {"codes": quantized(view.positions), "errors": quantized(space.errors[:, None])},
            n_training=load_dataset(run.training.dataset).n_training,
            latent_dim=run.architecture.latent_dim,
            origin=view.origin.astype(float).tolist(),
            basis=view.basis.astype(float).tolist(),
            shares=variance_shares(view, space.codes).astype(float).tolist(),
        ),
        compresslevel=4,
    )


@once(maxsize=8)
def _codes(run_id: str, moment: str, _axes: str) -> bytes:
    """All dimensions, for tables and neighbours: 1.1 MB with 8."""
    return gzip.compress(bundle({"codes": quantized(space_of(run_id, moment).codes)}), compresslevel=4)


@once(maxsize=8)
def _decoder(run_id: str, moment: str, _axes: str) -> bytes:
    """The layers after the code. 32-bit: a decode in the browser is the server's to within a grey level."""
    network = network_of(run_id, moment)
    first = network.architecture.depth + 1
    layers = network.architecture.layers[1 + first :]
    arrays = {}
    for i, _layer in enumerate(layers):
        arrays[f"weights_{i}"] = network.weights[2 * (first + i)]
        arrays[f"bias_{i}"] = network.weights[2 * (first + i) + 1]
    described = [{"activation": y.activation, "inputs": y.inputs, "outputs": y.outputs} for y in layers]
    return gzip.compress(
        bundle(arrays, layers=described, output_scale=255 / network.architecture.scale), compresslevel=4
    )


@once(maxsize=8)
def _neighbours(run_id: str, moment: str, axes: str) -> bytes:
    found, positions = neighbourhoods_of(run_id, moment), plane(space_of(run_id, moment).codes, axes).positions
    zones = mixed_zones(positions, found.mixed) if positions.shape[1] == 2 else []
    outlines = [zone.astype(float).round(5).tolist() for zone in zones]
    mixed = (found.mixed * 255 + 0.5).astype(np.uint8)
    return gzip.compress(
        bundle(
            {"mixed": mixed[:, None], "predicted": found.predicted[:, None]},
            zones={"polygons": outlines, "pairs": found.pairs},
        ),
        compresslevel=4,
    )


@once(maxsize=8)
def _frames(run_id: str, moment: str, _axes: str) -> bytes:
    run = session.service().run(run_id)
    frames = session.service().store.load_frames(run_id, most=40)
    if not frames:
        raise RunUnreadable("Run {run} has not learned anything yet. Wait for its first epoch.", run=run_id)
    start = load_dataset(run.training.dataset).n_training
    codes = np.stack([frame.codes for frame in frames])  # (frames, 5000, k)
    if run.architecture.latent_dim > 2:  # their principal axes are turned until the last ones lie on the map's
        shown = plane(space_of(run_id, moment).codes, "pca").positions[start : start + codes.shape[1]]
        codes = aligned(codes, shown)
    arrays = {"codes": quantized(codes)}
    return gzip.compress(bundle(arrays, epochs=[frame.epoch for frame in frames], start=start), compresslevel=4)
