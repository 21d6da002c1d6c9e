"""Graceful shutdown on SIGTERM and Ctrl-C.

Uvicorn waits for open connections before it runs the lifespan's shutdown, so the signals are handled here.
Event streams end when `requested()` says so. A connection whose reader no longer reads cannot be ended: trainings are
saved meanwhile, and the process exits a few seconds later without it.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

PATIENCE_SECONDS = 3.0  # for connections that do not end, once everything is saved
_requested = threading.Event()


def install(close: Callable[[], None]) -> None:
    """Handle the signals; uvicorn's own handlers, which it installs before the app starts, are called afterwards.

    `close` saves whatever must be kept and returns when that is done. It may be called more than once.
    """
    _requested.clear()
    if threading.current_thread() is threading.main_thread():  # Python allows handlers only there; tests use another
        for number in (signal.SIGTERM, signal.SIGINT):
            _handle(number, close)


def requested() -> bool:
    """Whether the process is ending."""
    return _requested.is_set()


def _handle(number: signal.Signals, close: Callable[[], None]) -> None:
    previous = signal.getsignal(number)

    def handler(received: int, frame: FrameType | None) -> None:
        _requested.set()
        threading.Thread(target=_end, args=(close,), name="shutdown", daemon=True).start()
        if callable(previous):
            previous(received, frame)

    signal.signal(number, handler)


def _end(close: Callable[[], None]) -> None:
    close()
    time.sleep(PATIENCE_SECONDS)
    os._exit(0)
