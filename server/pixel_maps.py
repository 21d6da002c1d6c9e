"""Maps made from the pixels without an autoencoder, to stand beside the latent space."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from autoencoder.data.bundle import packed
from autoencoder.data.embeddings import embedding
from autoencoder.data.quantised import quantise
from server.cache import cached
from server.digits import dataset_at
from server.http import FOREVER, gzipped_response, json_errors
from server.work import MAPS


def pixel_map_routes() -> list[Route]:
    """The route of all maps of the pixels."""
    return [Route("/api/datasets/{name}/{fingerprint}/embeddings/{kind}", pixel_map)]


@json_errors
async def pixel_map(request: Request) -> Response:
    """Positions of the held-out digits, as a bundle."""
    named = (request.path_params[key] for key in ("name", "fingerprint", "kind"))
    return gzipped_response(await MAPS.run(request, _pixel_map, *named), FOREVER)


@cached(maxsize=8)
def _pixel_map(name: str, fingerprint: str, kind: str) -> bytes:
    dataset = dataset_at(name, fingerprint)
    start = dataset.n_training
    return packed({"codes": quantise(embedding(dataset, kind))}, start=start, n_training=start)
