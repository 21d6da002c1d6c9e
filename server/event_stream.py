"""Live events: messages over a websocket, as JSON, and maps as the messages carry them.

A websocket, and no answer that never ends: of those a browser opens six to a server at most, so a seventh tab with a
live run would wait for ever.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from autoencoder.data.quantised import quantise
from autoencoder.errors import AutoencoderError, InvalidCommand
from autoencoder.network.protocol import Array
from server.access.origin import POLICY_VIOLATION
from server.http import language_of
from server.language import sentence

Message = dict[str, Any]  # with a "type", as the components know them
HERE: Message = {"type": "here"}  # says that the connection is whole; proxies close one on which nothing is sent
QUESTION = "?"  # what a reader may send: it is answered by HERE at once
_DISCONNECTED = (WebSocketDisconnect, WebSocketDisconnected)  # closed by the reader, or already closed by us


async def send_events(
    socket: WebSocket, check: Callable[[], object], events: Callable[[], AsyncIterator[Message]]
) -> None:
    """Send events until they end or the reader leaves.

    Where `check`, which may take a moment, raises AutoencoderError the connection is refused. The reason is in the
    answer of `no_websocket` at the same address: browsers tell a page nothing about a websocket that was not opened.
    """
    try:
        await asyncio.to_thread(check)
    except AutoencoderError:
        return await socket.close()
    await socket.accept()
    tasks = asyncio.create_task(_send(socket, events())), asyncio.create_task(_answer(socket))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    for end in ends:
        if isinstance(end, Exception) and not isinstance(end, _DISCONNECTED):
            raise end


async def no_websocket(request: Request, check: Callable[[], object]) -> Response:
    """For who asks for events without a websocket: why there are none, or 426. Raises what `check` raises."""
    await asyncio.to_thread(check)
    problem = InvalidCommand(
        "Live events come over a websocket. If a page says this, a proxy does not pass websockets on."
    )
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Cache-Control": "no-store"}
    return JSONResponse({"error": sentence(problem, language_of(request))}, 426, headers)


async def _send(socket: WebSocket, events: AsyncIterator[Message]) -> None:
    """A slow reader holds back its own events only: each send waits until the one before is on its way."""
    async for message in events:
        await socket.send_text(json.dumps(message, separators=(",", ":")))
    await socket.close()


async def _answer(socket: WebSocket) -> None:
    """Answers QUESTION until the reader leaves. Any other message closes the connection."""
    while (said := await socket.receive())["type"] == "websocket.receive":
        if said.get("text") != QUESTION:
            return await socket.close(POLICY_VIOLATION)
        await socket.send_text(json.dumps(HERE))


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
