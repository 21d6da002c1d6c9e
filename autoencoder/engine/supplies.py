"""Data sets for workers that have not seen them: a worker says what it lacks, and the web process sends the file.

A worker beside the app reads the same disk and lacks nothing. One elsewhere asks once for each set, by its id; the
file is kept in its own data folder, and nothing of it stays on the scheduler.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from typing import Any

from distributed import Client, get_worker

from autoencoder.data.dataset import Dataset, load_dataset, path_of
from autoencoder.errors import AutoencoderError, DataUnavailable, EngineError
from autoencoder.process.files import write_atomically

TOPIC = "autoencoder-lab-datasets"
WAIT_SECONDS = 120.0  # for a file of up to 100,000 images to arrive
_LOOK_SECONDS = 0.1
_ASK_SECONDS = 5.0  # until it is asked again: the web process may have been away
_log = logging.getLogger(__name__)


# ---- on the worker ----


def supplied(name: str) -> Dataset:
    """A data set, sent by the web process where this worker has not seen it. Raises DataUnavailable, InvalidData."""
    try:
        return load_dataset(name)
    except DataUnavailable as missing:
        ask = _asker()
        if ask is None or path_of(name) is None:
            raise
        return _awaited(name, ask, missing)


def _asker() -> Callable[[str], None] | None:
    """Asks for a data set; None outside a worker."""
    try:
        worker = get_worker()
    except ValueError:
        return None
    return lambda name: worker.log_event(TOPIC, {"dataset": name, "worker": worker.address})


def _awaited(name: str, ask: Callable[[str], None], missing: DataUnavailable) -> Dataset:
    path, end, asked = path_of(name), time.monotonic() + WAIT_SECONDS, 0.0
    assert path is not None
    refusal = path.with_suffix(".refused")
    refusal.unlink(missing_ok=True)
    while time.monotonic() < end:
        if path.exists():
            return load_dataset(name)
        if refusal.exists():
            raise missing  # the web process has not got it either
        if time.monotonic() - asked > _ASK_SECONDS:
            asked = time.monotonic()
            ask(name)
        time.sleep(_LOOK_SECONDS)
    raise EngineError(
        "A worker has waited {seconds} seconds for the data set “{name}”, which did not come. Start again.",
        seconds=round(WAIT_SECONDS),
        name=name,
    )


def receive(name: str, content: bytes | None) -> None:
    """Keep a data set on this worker; None: nobody has it."""
    path = path_of(name)
    assert path is not None
    write_atomically(path if content is not None else path.with_suffix(".refused"), content or b"")


# ---- in the web process ----


def supply(client: Client, pool: Executor) -> None:
    """From now on, send workers of this cluster what they ask for; `pool`: in whose threads."""
    client.subscribe_topic(TOPIC, lambda event: pool.submit(_send, client, event))


def _send(client: Client, event: tuple[float, Any]) -> None:
    said = event[1]
    name, worker = str(said["dataset"]), str(said["worker"])
    content = None
    with suppress(AutoencoderError, OSError):
        path = path_of(name)
        content = path.read_bytes() if path is not None else None
    try:
        client.run(receive, name, content, workers=[worker])
    except Exception as problem:  # the worker asks again
        _log.warning("data set %s for %s: %r", name, worker, problem)
