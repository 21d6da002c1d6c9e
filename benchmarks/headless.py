"""The app without its pages: an engine, and readers of its events where browsers would be."""

from __future__ import annotations

import asyncio
import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from distributed import Client

from autoencoder.engine.cluster import training_cluster
from autoencoder.engine.service import TrainingService
from autoencoder.presets import PRESETS
from autoencoder.runs.store import RunStore
from autoencoder.training.loop import warm_up
from server.event_stream import HERE
from server.run_events import stream

PATIENCE_SECONDS = 120.0
Message = dict[str, Any]


@contextmanager
def engine() -> Iterator[tuple[TrainingService, Client]]:
    """A service on a cluster of its own, ready to train. Its runs go when it ends."""
    with tempfile.TemporaryDirectory() as folder, training_cluster() as client:
        service = TrainingService(RunStore(folder))
        try:
            service.connect(client)
            _wait_until(lambda: service.ready)
            yield service, client
        finally:
            service.close()


def finish_warming_up(client: Client) -> None:
    """A worker says that it is ready while it still compiles the other presets; wait until none is left."""
    shapes = {(preset.architecture, preset.training.batch_size) for preset in PRESETS.values()}
    client.gather([client.submit(warm_up, *shape, pure=False) for shape in shapes])


class Reader:
    """A browser's end of a run's event stream: every message, and when it came."""

    def __init__(self, service: TrainingService, run_id: str) -> None:
        self._service, self.run_id = service, run_id
        self._arrived = threading.Condition()
        self._messages: list[tuple[float, Message]] = []
        self.bytes = 0
        threading.Thread(target=lambda: asyncio.run(self._read()), name="reader", daemon=True).start()

    def wait_for(self, wanted: Callable[[Message], Any], since: float = 0.0, count: int = 1) -> float:
        """When the count-th such message came after a moment; waits for it."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: len(self._found(wanted, since)) >= count, PATIENCE_SECONDS):
                raise TimeoutError(f"Run {self.run_id} said nothing of the kind for {PATIENCE_SECONDS:.0f} s.")
            return self._found(wanted, since)[count - 1]

    def count(self, wanted: Callable[[Message], Any]) -> int:
        return len(self._found(wanted, 0.0))

    def _found(self, wanted: Callable[[Message], Any], since: float) -> list[float]:
        return [moment for moment, message in list(self._messages) if moment > since and wanted(message)]

    async def _read(self) -> None:
        async for message in stream(self._service, self.run_id, (None, False), "en"):
            if message == HERE:
                continue
            text = json.dumps(message)
            with self._arrived:
                self.bytes += len(text)
                self._messages.append((time.perf_counter(), json.loads(text)))
                self._arrived.notify_all()


def has_points(message: Message) -> bool:
    return message["type"] == "points" and bool(message["points"])


def has_status(status: str) -> Callable[[Message], bool]:
    return lambda message: message["type"] == "run" and message["status"] == status


def has_finished_epoch(epoch: int) -> Callable[[Message], bool]:
    return lambda message: message["type"] == "epochs" and any(e["epoch"] == epoch for e in message["epochs"])


def is_end(message: Message) -> bool:
    return message["type"] == "end"


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.perf_counter() + PATIENCE_SECONDS
    while not condition():
        if time.perf_counter() > deadline:
            raise TimeoutError(f"The engine was not ready after {PATIENCE_SECONDS:.0f} s.")
        time.sleep(0.02)
