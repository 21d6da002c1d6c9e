"""Runs slow requests in a few threads: visitors take turns, and work that nobody waits for any more is dropped."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from starlette.requests import ClientDisconnect, Request

from autoencoder.errors import ServerBusy
from server.access.owner import owner_of

P = ParamSpec("P")
R = TypeVar("R")
MOST_EACH = 150  # of a visitor's: twenty tabs with a map each
MOST = 2_000  # of everyone's


@dataclass(eq=False)
class _Job:
    """One computation, and how many requests wait for it."""

    work: Callable[[], Any]
    key: object
    result: Future[Any] = field(default_factory=Future)
    waiting: int = 0
    begun: bool = False


class FairQueue:
    """A few threads in which visitors take turns.

    Two requests for the same work share one computation. One that nobody waits for any more is dropped, unless it has
    begun.
    """

    def __init__(self, threads: int, name: str) -> None:
        """`threads`: computations at once; `name`: of the threads."""
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._lock = threading.Lock()
        self._jobs: dict[object, _Job] = {}  # by what is computed: those that wait and those under way
        self._lines: dict[str, deque[_Job]] = {}  # by visitor; whose line comes first has the next turn

    async def run(self, request: Request, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The result of `work`, whose arguments can be hashed. Raises what it raises.

        Raises ServerBusy where too much waits already, ClientDisconnect when the browser has gone.
        """
        job = self._join(visitor_of(request), (work, args, tuple(kwargs.items())), lambda: work(*args, **kwargs))
        done = asyncio.wrap_future(job.result)
        done.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # nobody may be left to ask
        left = asyncio.ensure_future(gone(request))
        try:
            await asyncio.wait((done, left), return_when=asyncio.FIRST_COMPLETED)
            if not done.done():
                raise ClientDisconnect
            return done.result()
        finally:
            left.cancel()
            self._leave(job)

    @property
    def waiting(self) -> int:
        """Computations that somebody waits for and that have not begun."""
        with self._lock:
            return sum(not job.begun for job in self._jobs.values())

    def _join(self, visitor: str, key: object, work: Callable[[], Any]) -> _Job:
        with self._lock:
            job = self._jobs.get(key) or _Job(work, key)
            line = self._lines.get(visitor, deque())
            if not job.begun and job not in line:
                _require_room(len(line), sum(map(len, self._lines.values())))
                line.append(job)
                self._lines[visitor] = line
                self._threads.submit(self._work)
            self._jobs[key] = job
            job.waiting += 1
        return job

    def _leave(self, job: _Job) -> None:
        with self._lock:
            job.waiting -= 1
            if not job.waiting and not job.begun:
                self._forget(job)

    def _forget(self, job: _Job) -> None:
        del self._jobs[job.key]
        for visitor, line in list(self._lines.items()):
            with suppress(ValueError):
                line.remove(job)
            if not line:
                del self._lines[visitor]

    def _work(self) -> None:
        """Called once for each place in a line. Where jobs were dropped or shared, the last calls find nothing."""
        job = self._next()
        if job is None:
            return
        try:
            result = job.work()
        except BaseException as problem:
            self._end(job)
            job.result.set_exception(problem)
        else:
            self._end(job)
            job.result.set_result(result)

    def _end(self, job: _Job) -> None:
        with self._lock:
            del self._jobs[job.key]

    def _next(self) -> _Job | None:
        with self._lock:
            if not self._lines:
                return None
            visitor = next(iter(self._lines))
            line = self._lines.pop(visitor)
            job = line.popleft()
            if line:
                self._lines[visitor] = line  # behind all others
            job.begun = True
            for other, rest in list(self._lines.items()):  # who waits for the same
                with suppress(ValueError):
                    rest.remove(job)
                if not rest:
                    del self._lines[other]
            return job


# Commands and events never wait for these. What a page draws first does not wait for what it fetches afterwards, nor
# for runs under way, whose codes are not computed yet.
LOOKUPS = FairQueue(2, "lookups")  # which weights an address means: reads a file
MAPS = FairQueue(2, "maps")  # maps, digits and replays
NEIGHBOURS = FairQueue(2, "neighbours")  # fetched once a map is drawn
ENCODING = FairQueue(2, "encoding")  # maps of runs under way


def visitor_of(request: Request) -> str:
    """Whose turn it is: a browser's; of those without a cookie an address's."""
    return owner_of(request.cookies) or (request.client.host if request.client else "")


def _require_room(of_visitor: int, of_all: int) -> None:
    if of_visitor >= MOST_EACH or of_all >= MOST:
        raise ServerBusy("The server has too much to do at the moment. Wait a little, then reload the page.")


async def gone(request: Request) -> None:
    """Returns when the browser has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
