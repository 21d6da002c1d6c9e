"""The queue of the runs on the cluster: how many come before one, and how long that takes."""

from __future__ import annotations

import statistics
from collections.abc import Collection
from dataclasses import dataclass

from autoencoder.engine.job import Job

FIRST_TURN_SECONDS = 1.5  # assumed before any run has had its first slice, in which its network is compiled


@dataclass(frozen=True)
class Queue:
    """The runs under way at one moment. Dask runs the oldest task first, one per worker."""

    jobs: Collection[Job]
    workers: int
    first_turns: Collection[float | None]  # seconds of the first slices of runs that have ended

    def place(self, job: Job) -> int | None:
        """Position in the queue: how many tasks must end before this run gets a worker. None once it trains."""
        if job.run.status != "waiting" or not job.waiting:
            return None
        return max(0, len(self._ahead(job)) + 1 - max(1, self.workers))

    def wait(self, job: Job) -> float | None:
        """Expected seconds until the first slice: one slice of each run ahead, shared among the workers.

        None if no run is ahead.
        """
        if not self.place(job):
            return None
        first, ahead = self._first_turn(), [other.throughput.turn for other in self._ahead(job)]
        turns = [first if turn is None else turn for turn in ahead]
        return sum(turns) / max(1, self.workers)

    def _first_turn(self) -> float:
        """Seconds that a first slice takes, as the others' took so far."""
        under_way = [job.throughput.first_turn for job in self.jobs]
        took = [seconds for seconds in (*self.first_turns, *under_way) if seconds is not None]
        return statistics.median(took) if took else FIRST_TURN_SECONDS

    def _ahead(self, job: Job) -> list[Job]:
        return [other for other in self.jobs if other.waiting and other.submitted < job.submitted]
