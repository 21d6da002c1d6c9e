"""The server: HTTP routes, start and stop of the training cluster, then the pages. `streamlit run app.py`."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from autoencoder import logs
from autoencoder.data import load_dataset
from autoencoder.engine import keep_training
from autoencoder.service import TrainingService
from autoencoder.store import RunStore
from ui import session
from ui.identity import OwnerCookie
from ui.routes import routes


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Pages answer at once; the cluster starts beside them, and what was asked of it meanwhile waits in line."""
    logs.use()
    service = TrainingService(RunStore())
    session.use(service)
    load_dataset("mnist")
    gc.freeze()
    stop = threading.Event()
    address = os.environ.get("AUTOENCODER_SCHEDULER")
    engine = threading.Thread(target=keep_training, args=(service, address, stop), name="engine")
    engine.start()
    yield {}
    stop.set()
    await asyncio.to_thread(engine.join)


app = st.App("ui/frame.py", routes=routes(), middleware=[Middleware(OwnerCookie)], lifespan=lifespan)

if __name__ == "__main__":
    app.run()
