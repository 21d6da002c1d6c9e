"""A clock that nobody sets, for Dask's connections."""

from __future__ import annotations

import time

from distributed import batched
from tornado.ioloop import IOLoop

_START = time.time() - time.monotonic()


def steady() -> float:
    """Seconds since 1970, by the clock as it was when this process began."""
    return _START + time.monotonic()


def let_no_connection_wait_for_the_clock() -> None:
    """Dask and Tornado wait by the wall clock between two messages, 2 ms, counted from the moment when one is sent.

    A clock that is set back by a day while it is being sent would hold the next one for a day, and training with it.
    """
    batched.time = steady
    IOLoop.time = staticmethod(steady)  # type: ignore[method-assign, assignment]


def dask_setup(_server: object) -> None:
    """Dask calls this in a process that is started with `--preload autoencoder.process.clock`, as in compose.yaml."""
    let_no_connection_wait_for_the_clock()
