"""Arrays for the browser in one binary answer: a length, a JSON header, the bytes. `shared/bundle.js` reads it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from autoencoder.data.quantised import Quantised
from autoencoder.network.protocol import Array

_DTYPES = ("uint8", "uint16", "float32")


def bundle(arrays: Mapping[str, Array | Quantised], **header: Any) -> bytes:
    """Arrays by name, and whatever else goes into the JSON header. Raises TypeError for a type browsers do not know.

    Of quantised numbers the steps are bundled; their `low` and `high` go into the header.
    """
    described, parts, offset = [], [], 0
    for name, given in arrays.items():
        values, bounds = (given.steps, _bounds(given)) if isinstance(given, Quantised) else (given, {})
        values = np.ascontiguousarray(values)
        if values.dtype.name not in _DTYPES:
            raise TypeError(f"{name}: {values.dtype} cannot be bundled")
        content = values.astype(values.dtype.newbyteorder("<")).tobytes()
        described.append({"name": name, "dtype": values.dtype.name, "shape": values.shape, "offset": offset, **bounds})
        content += b"\0" * (-len(content) % 4)
        parts.append(content)
        offset += len(content)
    head = json.dumps({"arrays": described, **header}, separators=(",", ":")).encode()
    return len(head).to_bytes(4, "little") + head + b"".join(parts)


def packed(arrays: Mapping[str, Array | Quantised], **header: Any) -> bytes:
    """A bundle compressed with gzip: to be sent with `gzipped_response`."""
    return compressed(bundle(arrays, **header))


def compressed(content: bytes) -> bytes:
    """With gzip, quickly: to be sent with `gzipped_response`."""
    return gzip.compress(content, compresslevel=4)


def _bounds(quantised: Quantised) -> dict[str, list[float]]:
    return {"low": quantised.low.astype(float).tolist(), "high": quantised.high.astype(float).tolist()}
