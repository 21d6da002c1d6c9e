"""Arrays for the browser in one binary answer: a length, a JSON header, the bytes. `shared/bundle.js` reads it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from autoencoder.data.quantised import quantize
from autoencoder.network.protocol import Array

_DTYPES = ("uint8", "uint16", "float32")


def bundle(arrays: Mapping[str, Array | dict[str, Any]], **header: Any) -> bytes:
    """Arrays by name, and whatever else goes into the header. Quantized arrays bring their `low` and `high` along."""
    described, parts, offset = [], [], 0
    for name, given in arrays.items():
        extra = dict(given) if isinstance(given, dict) else {"values": given}
        values = np.ascontiguousarray(extra.pop("values"))
        if values.dtype.name not in _DTYPES:
            raise TypeError(f"{name}: {values.dtype} cannot be bundled")
        content = values.astype(values.dtype.newbyteorder("<")).tobytes()
        described.append({"name": name, "dtype": values.dtype.name, "shape": values.shape, "offset": offset, **extra})
        content += b"\0" * (-len(content) % 4)
        parts.append(content)
        offset += len(content)
    head = json.dumps({"arrays": described, **header}, separators=(",", ":")).encode()
    return len(head).to_bytes(4, "little") + head + b"".join(parts)


def packed(arrays: Mapping[str, Array | dict[str, Any]], **header: Any) -> bytes:
    """A bundle compressed with gzip: to be sent with `gzipped_response`."""
    return gzip.compress(bundle(arrays, **header), compresslevel=4)


def quantized(values: Array) -> dict[str, Any]:
    """(…, k) numbers as 16-bit steps between each column's lowest and highest."""
    columns = values.reshape(-1, values.shape[-1])
    low, high = columns.min(axis=0), columns.max(axis=0)
    steps = quantize(columns, low, high).reshape(values.shape)
    return {"values": steps, "low": low.astype(float).tolist(), "high": high.astype(float).tolist()}
