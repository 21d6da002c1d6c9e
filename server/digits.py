"""The images and labels of a data set, as bytes under addresses that name their content."""

from __future__ import annotations

import gzip

from starlette.requests import Request
from starlette.responses import Response

from autoencoder.data.dataset import Dataset, load_dataset
from autoencoder.errors import DataChanged, InvalidTraining
from server.cache import cached
from server.http import FOREVER, MAP_THREADS, gzipped_response, json_errors, run_in_pool


def dataset_at(name: str, fingerprint: str) -> Dataset:
    """The data set that an address names. Raises DataUnavailable, InvalidData; DataChanged where its content differs.

    Reads the file on first use: a tenth of a second for 70,000 digits.
    """
    dataset = load_dataset(name)
    if dataset.fingerprint != fingerprint:
        raise DataChanged("The data set “{name}” has changed since this page was opened. Reload the page.", name=name)
    return dataset


@json_errors
async def digits(request: Request) -> Response:
    """Grey levels or labels, uint8: all, or `count` from `start` on."""
    name, fingerprint, array = (request.path_params[key] for key in ("name", "fingerprint", "array"))
    if array not in ("images", "labels"):
        return Response(status_code=404)
    start, count = (_whole(request.query_params.get(key)) for key in ("start", "count"))
    content = await run_in_pool(MAP_THREADS, _compressed_digits, name, fingerprint, array, start, count)
    return gzipped_response(content, FOREVER)


def _whole(value: str | None) -> int | None:
    if value is None:
        return None
    if not (value.isdecimal() and len(value) < 10):
        raise InvalidTraining("Expected a whole number, got {value!r}.", value=value[:40])
    return int(value)


@cached(maxsize=8)  # of 10 MB at most; anybody may ask for any range
def _compressed_digits(name: str, fingerprint: str, array: str, start: int | None, count: int | None) -> bytes:
    rows = getattr(dataset_at(name, fingerprint), array)[start or 0 :]
    return gzip.compress(rows[:count].tobytes(), compresslevel=5)
