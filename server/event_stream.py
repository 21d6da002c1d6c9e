"""Server-sent events: messages as they are written to an endless answer, and maps as the messages carry them."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
from starlette.responses import Response, StreamingResponse

from autoencoder.data.quantised import quantise
from autoencoder.network.protocol import Array

Message = dict[str, Any]  # with a "type", as the components know them
KEEP_ALIVE = b": still here\n\n"  # a comment: proxies close a connection on which nothing is sent


def event(message: Message) -> bytes:
    """One message, as JSON."""
    return f"data: {json.dumps(message, separators=(',', ':'))}\n\n".encode()


def event_stream(events: AsyncIterator[bytes]) -> Response:
    """An answer that goes on until the events end. nginx is told not to hold them back."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


def map_message(epoch: float, codes: Array, reconstructions: Array | None = None) -> Message:
    """(n, d) codes, 16-bit between their bounds, and (m, 784) grey levels or none, both as base64."""
    quantised = quantise(codes)
    return {
        "epoch": round(epoch, 3),
        "dims": codes.shape[1],
        "low": quantised.low.astype(float).tolist(),
        "high": quantised.high.astype(float).tolist(),
        "codes": _base64(quantised.steps.astype("<u2")),
        "reconstructions": "" if reconstructions is None else _base64(reconstructions),
    }


def _base64(array: Array) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
