"""What the latent map draws, as binary answers: computed once per run, compressed once, cached by the browser."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from autoencoder.analysis.latent_space import aligned, plane, variance_shares
from autoencoder.analysis.neighbours import Neighbourhoods, mixed_zones
from autoencoder.data.dataset import load_dataset
from autoencoder.data.quantised import quantise
from autoencoder.errors import RunUnreadable
from autoencoder.layers import Convolution
from autoencoder.network.grey_levels import grey
from autoencoder.network.protocol import Array, DenseLayer
from autoencoder.runs.run import Run, kept_epoch
from autoencoder.training.records import Frame
from server import state
from server.bundle import packed
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
    run, space = state.service().run(run_id), latent_space_at(run_id, snapshot)
    view = plane(space.codes, axes)
    return packed(
        {"codes": quantise(view.positions), "errors": quantise(space.errors[:, None])},
        n_training=load_dataset(run.training.dataset).n_training,
        latent_dim=run.architecture.latent_dim,
        prior=run.architecture.variational,  # codes were trained to lie as standard normal numbers do
        origin=view.origin.astype(float).tolist(),
        basis=view.basis.astype(float).tolist(),
        shares=variance_shares(view, space.codes).astype(float).tolist(),
    )


@cached(KEPT_BYTES, weight=len)
def _codes(run_id: str, snapshot: str, _axes: str) -> bytes:
    """All dimensions, for tables and neighbours: 1.1 MB with 8; of a variational run their spread, as much again."""
    space = latent_space_at(run_id, snapshot)
    spread = {} if space.spread is None else {"spread": quantise(space.spread)}
    return packed({"codes": quantise(space.codes), **spread})


@cached(KEPT_BYTES, weight=len)
def _decoder(run_id: str, snapshot: str, _axes: str) -> bytes:
    """The layers after the code. 32-bit: a decode in the browser is the server's to within a grey level."""
    described = model_at(run_id, snapshot).description()
    return _packed_layers(described.decoder, output_scale=255 / described.scale)


@cached(KEPT_BYTES, weight=len)
def _encoder(run_id: str, snapshot: str, _axes: str) -> bytes:
    """The layers before the code; of a variational run those of its mean. What enters are grey levels."""
    described = model_at(run_id, snapshot).description()
    return _packed_layers(described.encoder, input_scale=described.scale / 255)


def _packed_layers(described: tuple[DenseLayer, ...], **scale: float) -> bytes:
    arrays: dict[str, Array] = {}
    for i, layer in enumerate(described):
        arrays |= {f"weights_{i}": layer.kernel, f"bias_{i}": layer.bias}
    layers = [
        {"activation": y.activation, "inputs": y.inputs, "outputs": y.outputs, "convolution": _shape(y.convolution)}
        for y in described
    ]
    return packed(arrays, layers=layers, **scale)


def _shape(made: Convolution | None) -> dict[str, int] | None:
    """What the browser needs of a convolution."""
    names = ("side", "channels", "side_out", "channels_out", "stride", "margin", "transposed")
    return None if made is None else {name: getattr(made, name) for name in names}


@cached(maxsize=24)
def _errors(run_id: str, snapshot: str, _axes: str) -> bytes:
    """The errors of the digits that the run is judged on, smallest first: others are judged beside them."""
    run = state.service().run(run_id)
    judged_on = load_dataset(run.training.dataset).held_out
    return packed({"errors": np.sort(latent_space_at(run_id, snapshot).errors_of(judged_on))})


@cached(maxsize=8)
def _neighbours(run_id: str, snapshot: str, axes: str) -> bytes:
    positions = plane(latent_space_at(run_id, snapshot).codes, axes).positions
    return packed_neighbours(neighbourhoods_at(run_id, snapshot), positions)


def packed_neighbours(found: Neighbourhoods, positions: Array, start: int = 0) -> bytes:
    """How mixed and of which label the neighbourhoods of the digits from row `start` on are, and where labels mix.

    `positions`: (n, k) places of these digits on the map; the zones where labels mix are found with two dimensions.
    """
    mixed, predicted = found.mixed[start:], found.predicted[start:]
    zones = mixed_zones(positions, mixed) if positions.shape[1] == 2 else []
    outlines = [zone.astype(float).round(5).tolist() for zone in zones]
    arrays = {"mixed": grey(mixed)[:, None], "predicted": predicted[:, None]}
    return packed(arrays, zones={"polygons": outlines, "pairs": found.pairs})


@cached(maxsize=8)
def _frames(run_id: str, snapshot: str, axes: str) -> bytes:
    run = state.service().run(run_id)
    frames = state.service().store.load_frames(run_id, most=40)
    if not frames:
        raise RunUnreadable("Run {run} has not learned anything yet. Wait for its first epoch.", run=run_id)
    start = load_dataset(run.training.dataset).n_training
    if axes == "pca":  # the principal axes of each epoch, rotated so that the last fit the map's
        codes = np.stack([frame.codes for frame in frames])  # (frames, 5000, 2)
        codes = aligned(
            codes, plane(latent_space_at(run_id, snapshot).codes, axes).positions[start : start + codes.shape[1]]
        )
    else:
        frames = [frame for frame in frames if _whole(frame).shape[1] == run.architecture.latent_dim]
        if not frames:
            raise RunUnreadable("Of run {run} only the map on the principal axes was kept. Choose those.", run=run_id)
        codes = np.stack([plane(_whole(frame), axes).positions for frame in frames])
    arrays = {"codes": quantise(codes)}
    epochs = [frame.epoch for frame in frames]
    return packed(arrays, epochs=epochs, start=start, live=_live(run, snapshot, epochs))


def _whole(frame: Frame) -> Array:
    return frame.codes if frame.space is None else frame.space


def _live(run: Run, snapshot: str, epochs: list[float]) -> float | None:
    """The epoch in `epochs` whose weights the run kept (it may be an earlier one than the last), or None."""
    if not run.ended or is_under_way(snapshot):
        return None
    kept = kept_epoch(run, state.service().history(run.id).records)
    return next((epoch for epoch in epochs if abs(epoch - kept) < 1e-3), None)
