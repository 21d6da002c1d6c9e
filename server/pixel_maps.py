"""Maps made from the pixels without an autoencoder, to stand beside the latent space."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from autoencoder.data.dataset import load_dataset
from autoencoder.data.embeddings import embedding
from server.bundle import packed, quantized
from server.cache import cached
from server.http import FOREVER, answering_errors, binary_response

# ---- maps of the pixels ----


def pixel_map_routes() -> list[Route]:
    return [Route("/api/datasets/{name}/embeddings/{kind}", pixel_map)]


@answering_errors
async def pixel_map(request: Request) -> Response:
    content = await asyncio.to_thread(_pixel_map, request.path_params["name"], request.path_params["kind"])
    return binary_response(content, FOREVER)


@cached(maxsize=8)
def _pixel_map(name: str, kind: str) -> bytes:
    dataset = load_dataset(name)
    start = dataset.n_training
    return packed({"codes": quantized(embedding(dataset, kind))}, start=start, n_training=start)
