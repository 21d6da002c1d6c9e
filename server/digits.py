"""The digits and labels of a data set, as bytes."""

from __future__ import annotations

import gzip

from starlette.requests import Request
from starlette.responses import Response

from autoencoder.data.dataset import load_dataset
from autoencoder.errors import InvalidTraining
from server.assets import compressed_response
from server.cache import cached
from server.http import PICTURES, answering_errors, worked_out


@answering_errors
async def digits(request: Request) -> Response:
    """Grey levels or labels as bytes: all, or `count` from `start` on."""
    name, array = request.path_params["name"], request.path_params["array"]
    if array not in ("images", "labels"):
        return Response(status_code=404)
    start, count = (_whole(request.query_params.get(key)) for key in ("start", "count"))
    content = await worked_out(PICTURES, _compressed_digits, name, array, start, count)
    return compressed_response(content, "application/octet-stream")


def _whole(value: str | None) -> int | None:
    if value is None:
        return None
    if not (value.isdecimal() and len(value) < 10):
        raise InvalidTraining("Expected a whole number, got {value!r}.", value=value[:40])
    return int(value)


@cached(maxsize=8)  # of 10 MB at most; addresses are anybody's
def _compressed_digits(name: str, array: str, start: int | None, count: int | None) -> bytes:
    rows = getattr(load_dataset(name), array)[start or 0 :]
    return gzip.compress(rows[:count].tobytes(), compresslevel=5)
