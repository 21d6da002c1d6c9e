"""A clock for Dask's connections that does not jump when the system's time is set."""

from __future__ import annotations

import time

from distributed import batched
from tornado.ioloop import IOLoop

_START = time.time() - time.monotonic()


def steady() -> float:
    """Seconds since 1970: the system's time when this process began, plus the monotonic clock since."""
    return _START + time.monotonic()


def let_no_connection_wait_for_the_clock() -> None:
    """Make Dask and Tornado use the steady clock.

    They pause 2 ms between two messages by the system's time. If that is set back by a day while a message is sent, the
    next one, and training with it, would wait for a day.
    """
    batched.time = steady
    IOLoop.time = staticmethod(steady)  # type: ignore[method-assign, assignment]


def dask_setup(_server: object) -> None:
    """Called by Dask in a process started with `--preload autoencoder.process.clock`, as in compose.yaml."""
    let_no_connection_wait_for_the_clock()
