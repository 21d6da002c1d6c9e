"""The server is asked to end. It waits for its open connections before it tells the app, so the app hears of it itself.

Streams without an end stop then. One whose reader has fallen asleep cannot be stopped: the trainings are kept beside
it, and the process does not wait for it for ever.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

PATIENCE_SECONDS = 3.0  # with connections that do not end, once all else has
_requested = threading.Event()


def install(close: Callable[[], None]) -> None:
    """Hear SIGTERM and Ctrl-C beside the server, which installs what it does then before the app starts.

    `close` lets go of all that has to be kept, and returns when that is done. It may be called more than once.
    """
    _requested.clear()
    if threading.current_thread() is threading.main_thread():  # elsewhere Python takes no handlers: a test's server
        for number in (signal.SIGTERM, signal.SIGINT):
            _also_at(number, close)


def requested() -> bool:
    """Whether it is time to end."""
    return _requested.is_set()


def _also_at(number: signal.Signals, close: Callable[[], None]) -> None:
    previous = signal.getsignal(number)

    def hear(received: int, frame: FrameType | None) -> None:
        _requested.set()
        threading.Thread(target=_end, args=(close,), name="leaving", daemon=True).start()
        if callable(previous):
            previous(received, frame)

    signal.signal(number, hear)


def _end(close: Callable[[], None]) -> None:
    close()
    time.sleep(PATIENCE_SECONDS)
    os._exit(0)
