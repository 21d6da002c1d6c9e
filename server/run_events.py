"""The stream of events behind the live monitor: a run as small messages, each fact sent once; and a run's replay."""

from __future__ import annotations

import asyncio
import gzip
import json
import math
from collections.abc import AsyncIterator
from functools import lru_cache
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from autoencoder.engine.service import TrainingService
from autoencoder.errors import AutoencoderError
from autoencoder.runs.notices import Notice
from autoencoder.runs.progress import RunProgress, held_out_parts
from autoencoder.settings import Architecture
from autoencoder.training.records import EpochRecord, Frame
from server import shutdown, state
from server.access.permissions import asker_of, may_change
from server.event_stream import HERE, Message, map_message, no_websocket, send_events
from server.http import gzipped_response, json_errors, language_of
from server.language import fill, sentence, translate, translate_plural
from server.titles import status_label
from server.work import MAPS

POLL_SECONDS = 0.1  # between two looks whether the run has changed, which compare two numbers
WAITING_SECONDS = 1.0  # the place of a waiting run changes though the run itself does not
KEEP_ALIVE_SECONDS = 15.0


class Cursor:
    """What one reader has seen of a run."""

    def __init__(self) -> None:
        """Starts with nothing sent."""
        self.rewrites, self.points, self.records = -1, 0, 0
        self.frame: Frame | None = None
        self.last: dict[str, Message] = {}  # by type: a message that has not changed is not sent again

    def messages(self, progress: RunProgress, mine: bool, language: str) -> list[Message]:
        """What the reader has not seen yet, which then counts as seen; `mine`: the reader may change the run."""
        if progress.rewrites != self.rewrites:
            self.rewrites, self.points, self.records = progress.rewrites, 0, 0
        new = [self._if_new(_run_message(progress, mine, language))]
        if progress.points or not self.points:
            new.append(_points_message(self.points, progress))
        if progress.records or not self.records:
            new.append({"type": "epochs", "from": self.records, "epochs": _epochs(progress)})
        self.points += len(progress.points)
        self.records += len(progress.records)
        if progress.frame is not None and progress.frame is not self.frame:
            self.frame = progress.frame
            new.append(frame_message(progress.frame, progress.run.architecture))
        new.append(self._if_new({"type": "notices", "notices": [_notice(n, language) for n in progress.notices]}))
        new.append(self._if_new({"type": "marks", "marks": [_mark(mark, language) for mark in progress.marks]}))
        return [message for message in new if message is not None]

    def _if_new(self, message: Message) -> Message | None:
        if self.last.get(message["type"]) == message:
            return None
        self.last[message["type"]] = message
        return message


async def stream(
    service: TrainingService, run_id: str, asker: tuple[str | None, bool], language: str
) -> AsyncIterator[Message]:
    """Events until the run or the server ends; `asker`: see `permissions.asker_of`."""
    cursor, silent = Cursor(), 0.0
    while not shutdown.requested():
        version = service.version(run_id)
        try:
            progress = await asyncio.to_thread(service.progress, run_id, cursor.rewrites, cursor.points, cursor.records)
        except AutoencoderError:  # deleted, or its data set is gone: the browser asks again, and the route says why
            return
        for message in cursor.messages(progress, may_change(progress.run, *asker), language):
            yield message
        if version == -1 or (progress.run.ended and progress.version == service.version(run_id)):
            yield {"type": "end"}
            return
        waited = 0.0
        while service.version(run_id) == version and (progress.run.status != "waiting" or waited < WAITING_SECONDS):
            if shutdown.requested():
                break
            await asyncio.sleep(POLL_SECONDS)
            waited += POLL_SECONDS
            silent += POLL_SECONDS
            if silent > KEEP_ALIVE_SECONDS:
                silent = 0.0
                yield HERE


def replay(service: TrainingService, run_id: str, mine: bool, language: str, most: int = 30) -> list[Message]:
    """All of a stored run at once: its losses and the map at evenly chosen epochs."""
    progress = service.progress(run_id)
    messages = [m for m in Cursor().messages(progress, mine, language) if m["type"] != "frame"]
    frames = service.store.load_frames(run_id, most)
    return messages + [frame_message(frame, progress.run.architecture) for frame in frames]


def frame_message(frame: Frame, architecture: Architecture) -> Message:
    """The map at a moment of training; of a code of more than two numbers it shows the principal axes."""
    said = map_message(frame.epoch, frame.codes, frame.reconstructions)
    pictured = None if frame.pictured is None else np.round(frame.pictured, 3).astype(float).tolist()
    return {"type": "frame", "projected": architecture.latent_dim > 2, "pictured": pictured, **said}


def _run_message(progress: RunProgress, mine: bool, language: str) -> Message:
    run = progress.run
    return {
        "type": "run",
        "id": run.id,
        "name": run.name,
        "status": run.status,
        "status_label": status_label(run.status, language),
        "ended": run.ended,
        "held_out": run.training.holds_out,
        "final_mse": run.measures.error if run.ended and run.measures else None,
        "mine": mine,
        "commands": run.commands if mine else (),
        "epoch": round(run.epoch, 4),
        "epochs": run.training.epochs,
        "best_epoch": run.best_epoch,
        "kept": progress.kept and round(progress.kept, 4),
        "first_rate": run.training.learning_rate,
        "learning_rate": progress.learning_rate,
        "seconds_per_epoch": progress.seconds_per_epoch and round(progress.seconds_per_epoch, 3),
        "seconds_left": progress.seconds_left and round(progress.seconds_left, 1),
        "sharing": progress.sharing,
        "place": progress.place,
        "wait": progress.wait and round(progress.wait, 1),
        "message": _status_message(progress, language),
    }


def _status_message(progress: RunProgress, language: str) -> str | None:
    """What a run that is not training waits for or does, as a sentence."""
    if progress.run.status == "waiting":
        if progress.engine_problem:
            return sentence(progress.engine_problem, language)
        if not progress.engine_ready:
            return translate("The engine is starting: TensorFlow takes a few seconds to load.", language)
        if progress.place:
            text = translate_plural(
                "{n} other run comes first; everyone takes turns of half a second.",
                "{n} other runs come first; everyone takes turns of half a second.",
                progress.place,
                language,
            )
            return fill(text, {"n": progress.place}, language)
        return translate("The network is being compiled.", language)
    if progress.run.status == "paused" and progress.paused_because:
        return translate(progress.paused_because, language)
    if progress.run.status == "measuring":
        return translate("Measuring what it has learned on all digits.", language)
    if progress.run.status == "interrupted":
        return translate(
            "The app stopped in the middle of this training. Resume goes on from its last checkpoint.", language
        )
    return None


def _epochs(progress: RunProgress) -> list[dict[str, Any]]:
    return [_epoch(progress, record) for record in progress.records]


def _epoch(progress: RunProgress, r: EpochRecord) -> dict[str, Any]:
    parts = {name: _six_digits(value) for name, value in held_out_parts(progress.run, r).items()}
    row = {"epoch": r.epoch, "mse": r.mse, "val_mse": r.val_mse, "seconds": round(r.seconds, 3)}
    return {**row, "parts": parts} if parts else row


def _points_message(start: int, progress: RunProgress) -> Message:
    """The points of the MSE and, where the loss is another, of its parts."""
    points = [(round(epoch, 4), _six_digits(mse)) for epoch, mse in progress.points]
    parts = {name: [_six_digits(value) for value in values] for name, values in progress.parts.items()}
    return {"type": "points", "from": start, "points": points, **({"parts": parts} if parts else {})}


def _six_digits(value: float) -> float | None:
    """None for what is no number: JSON has none."""
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _notice(notice: Notice, language: str) -> dict[str, Any]:
    return {
        "kind": notice.kind,
        "epoch": notice.values.get("epoch"),
        "level": notice.level,
        "text": sentence(notice, language),
    }


def _mark(mark: Notice, language: str) -> dict[str, Any]:
    """What the loss chart marks."""
    values: dict[str, Any] = {name: mark.values[name] for name in ("epoch", "rate") if name in mark.values}
    return {"kind": mark.kind, **values, "text": sentence(mark, language)}


# ---- routes ----


def run_event_routes() -> list[BaseRoute]:
    """The events of a run, and why there are none."""
    address = "/api/runs/{run}/events"
    return [WebSocketRoute(address, run_events), Route(address, no_run_events)]


async def run_events(socket: WebSocket) -> None:
    """The live monitor of a run. What cannot be shown is refused, and no empty stream."""
    service, run_id = state.service(), socket.path_params["run"]
    asker, language = asker_of(socket), language_of(socket)
    await send_events(socket, lambda: service.progress(run_id), lambda: stream(service, run_id, asker, language))


@json_errors
async def no_run_events(request: Request) -> Response:
    """The same address without a websocket."""
    return await no_websocket(request, lambda: state.service().progress(request.path_params["run"]))


@json_errors
async def run_replay(request: Request) -> Response:
    """{"messages": all of a stored run at once}."""
    service, run_id = state.service(), request.path_params["run"]
    run = await asyncio.to_thread(service.run, run_id)
    mine = may_change(run, *asker_of(request))
    version = (service.version(run_id), run.status, run.epoch, run.name)
    content = await MAPS.run(request, _replay, service, run_id, mine, language_of(request), version)
    return gzipped_response(content, "private, max-age=60" if run.ended else "no-store", "application/json")


@lru_cache(maxsize=32)
def _replay(service: TrainingService, run_id: str, mine: bool, language: str, _version: object) -> bytes:
    messages = replay(service, run_id, mine, language)
    return gzip.compress(json.dumps({"messages": messages}, separators=(",", ":")).encode(), compresslevel=6)
