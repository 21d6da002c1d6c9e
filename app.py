"""The server: settings, training cluster, HTTP routes, pages. Start it with `streamlit run app.py`."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from autoencoder.data.dataset import load_dataset
from autoencoder.data.own import DatasetLimits
from autoencoder.engine.service import TrainingService
from autoencoder.engine.supervisor import supervise
from autoencoder.errors import InvalidSetting
from autoencoder.process import logs
from autoencoder.process.memory import give_back_memory
from autoencoder.runs.limits import Limits
from autoencoder.runs.store import RunStore
from server import shutdown, state
from server.access import codes
from server.access.codes import Access
from server.access.origin import own_names
from server.base_path import prefix_of
from server.middleware import middleware
from server.routes import routes


def settings() -> tuple[Limits, Access, frozenset[str], RunStore]:
    """From the environment. Exits with a sentence where a variable makes no sense."""
    store = RunStore()
    try:
        DatasetLimits.from_environment()  # said at the start, not at the first upload
        return Limits.from_environment(), Access.from_environment(store.folder), own_names(), store
    except InvalidSetting as problem:
        sys.exit(f"error: {problem}")


LIMITS, ACCESS, NAMES, STORE = settings()
PREFIX = prefix_of(st.get_option("server.baseUrlPath") or "")


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Starts the cluster in a thread: pages answer at once, and trainings started meanwhile wait in line."""
    logs.use()
    give_back_memory()
    threadpool_limits(1)  # threads of a matrix product wait for each other in a busy loop, on the workers' cores
    service = TrainingService(STORE, LIMITS)
    state.use(service)
    codes.use(ACCESS)
    load_dataset()
    gc.freeze()
    stop = threading.Event()
    address = os.environ.get("AUTOENCODER_SCHEDULER")
    engine = threading.Thread(target=supervise, args=(service, address, stop), name="engine")

    def close() -> None:
        stop.set()
        engine.join()

    engine.start()
    shutdown.install(close)
    yield {}
    await asyncio.to_thread(close)


app = st.App("ui/frame.py", routes=routes(PREFIX), middleware=middleware(NAMES, PREFIX), lifespan=lifespan)

if __name__ == "__main__":
    app.run()
