"""The server is asked to end: streams without an end learn of it, since it waits for them before anything else."""

from __future__ import annotations

import signal
import threading
from types import FrameType

_asked = threading.Event()


def listen() -> None:
    """Hear SIGTERM and Ctrl-C beside the server, which installs what it does then before the app starts."""
    _asked.clear()
    if threading.current_thread() is threading.main_thread():  # elsewhere Python takes no handlers: a test's server
        for number in (signal.SIGTERM, signal.SIGINT):
            _also_at(number)


def asked() -> bool:
    """Whether it is time to end."""
    return _asked.is_set()


def _also_at(number: signal.Signals) -> None:
    previous = signal.getsignal(number)

    def hear(received: int, frame: FrameType | None) -> None:
        _asked.set()
        if callable(previous):
            previous(received, frame)

    signal.signal(number, hear)
