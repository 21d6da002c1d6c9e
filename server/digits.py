"""The images and labels of a data set, and its rows in its file, as bytes under addresses that name their content.

Anybody may ask for any range. Rows are compressed in fixed blocks, each once, and an answer is put together from them:
what is made for one range serves all others.
"""

from __future__ import annotations

import struct
import zlib

from starlette.requests import Request
from starlette.responses import Response

from autoencoder.data.dataset import Dataset, load_dataset
from autoencoder.errors import DataChanged, DataUnavailable, InvalidTraining
from autoencoder.network.protocol import Array
from server.cache import cached
from server.http import FOREVER, gzipped_stream, json_errors
from server.work import MAPS

BLOCK = 500  # rows that are compressed together
KEPT_BYTES = 32_000_000  # of compressed blocks: all of two data sets and more
_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"  # header of a gzip file: no file name, no time, system unknown
_LAST = b"\x03\0"  # an empty block that says that it is the last


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
    """Grey levels or labels, uint8, or rows of the file, int32: all, or `count` from `start` on."""
    name, fingerprint, array = (request.path_params[key] for key in ("name", "fingerprint", "array"))
    if array not in ("images", "labels", "rows"):
        return Response(status_code=404)
    start, count = (_whole(request.query_params.get(key)) for key in ("start", "count"))
    parts = await MAPS.run(request, compressed_rows, name, fingerprint, array, start or 0, count)
    return gzipped_stream(parts, FOREVER)


def compressed_rows(name: str, fingerprint: str, array: str, start: int, count: int | None) -> list[bytes]:
    """A gzip file of `count` rows from `start` on, or of all from there, in parts. Raises as `dataset_at`."""
    rows = _array(name, fingerprint, array)[start:][:count]
    stop = start + len(rows)
    parts, size, checksum = [_HEAD], 0, 0
    for first in range(start - start % BLOCK, stop, BLOCK):
        low, high = max(first, start), min(first + BLOCK, stop)
        whole = high - low == BLOCK
        content = rows[low - start : high - start].tobytes()
        parts.append(_block(name, fingerprint, array, first) if whole else _deflated(content))
        size, checksum = size + len(content), zlib.crc32(content, checksum)
    return [*parts, _LAST, struct.pack("<II", checksum, size)]


@cached(KEPT_BYTES, weight=len)
def _block(name: str, fingerprint: str, array: str, first: int) -> bytes:
    return _deflated(_array(name, fingerprint, array)[first : first + BLOCK].tobytes())


def _array(name: str, fingerprint: str, array: str) -> Array:
    dataset = dataset_at(name, fingerprint)
    if array != "rows":
        return getattr(dataset, array)
    if dataset.rows is None:
        raise DataUnavailable("The digits of “{name}” do not come from a file that somebody brought.", name=name)
    return dataset.rows.astype("<i4")


def _deflated(content: bytes) -> bytes:
    """A part of a deflate stream that ends on a whole byte and refers to nothing before it."""
    compressor = zlib.compressobj(5, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(content) + compressor.flush(zlib.Z_FULL_FLUSH)


def _whole(value: str | None) -> int | None:
    if value is None:
        return None
    if not (value.isdecimal() and len(value) < 10):
        raise InvalidTraining("Expected a whole number, got {value!r}.", value=value[:40])
    return int(value)
