"""The server: HTTP routes, start and stop of the training cluster, then the pages. `streamlit run app.py`."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from autoencoder.cluster import training_cluster
from autoencoder.data import load_dataset
from autoencoder.errors import AutoencoderError
from autoencoder.limits import Limits
from autoencoder.service import TrainingService
from autoencoder.store import RunStore
from ui import access, session
from ui.access import Access
from ui.door import Door
from ui.identity import OwnerCookie
from ui.routes import routes

_log = logging.getLogger(__name__)


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Pages answer at once; the cluster starts beside them, and what was asked of it meanwhile waits in line."""
    store = RunStore()
    service = TrainingService(store, Limits.from_environment())
    session.use(service)
    access.use(Access.from_environment(store.folder))
    load_dataset("mnist")
    gc.freeze()
    stop = asyncio.Event()
    engine = asyncio.create_task(_run_engine(service, stop))
    yield {}
    stop.set()
    with suppress(Exception):
        await engine


async def _run_engine(service: TrainingService, stop: asyncio.Event) -> None:
    cluster = training_cluster(os.environ.get("AUTOENCODER_SCHEDULER"))
    try:
        service.connect(await asyncio.to_thread(cluster.__enter__))
        await stop.wait()
    except AutoencoderError as problem:
        _log.error("%s", problem)
        service.problem = problem
        await stop.wait()
    finally:
        await asyncio.to_thread(service.close)
        await asyncio.to_thread(cluster.__exit__, None, None, None)


app = st.App("ui/frame.py", routes=routes(), middleware=[Middleware(OwnerCookie), Middleware(Door)], lifespan=lifespan)

if __name__ == "__main__":
    app.run()
