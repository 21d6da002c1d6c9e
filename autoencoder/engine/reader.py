"""What is known of the runs, whether they are under way or stored."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from autoencoder.engine.job import Job
from autoencoder.engine.queue import Queue
from autoencoder.engine.throughput import seconds_left
from autoencoder.engine.workers import Workers
from autoencoder.errors import AutoencoderError, RunNotFound, RunUnreadable
from autoencoder.runs.deleted import Deleted
from autoencoder.runs.history import History
from autoencoder.runs.progress import RunProgress, RunSummary, latest_mse, progress_of
from autoencoder.runs.run import Run
from autoencoder.runs.store import RunStore
from autoencoder.training.records import Frame


class RunReader:
    """Reads runs; changes none. Thread-safe."""

    def __init__(self, store: RunStore, workers: Workers) -> None:
        """No run is under way yet, and there is no cluster."""
        self.store = store
        self.problem: AutoencoderError | None = None  # why there is no cluster
        self._workers = workers
        self._jobs: dict[str, Job] = {}
        self._first_turns: deque[float | None] = deque(maxlen=50)  # seconds, of runs that have ended
        self._deleted = Deleted(store.folder)

    @property
    def ready(self) -> bool:
        """Whether a worker has loaded TensorFlow and can train at once."""
        return self._workers.ready

    @property
    def workers(self) -> int:
        """How many the cluster has."""
        return self._workers.count

    def run(self, run_id: str) -> Run:
        """A run, under way or stored. Raises RunNotFound, RunUnreadable."""
        job = self._jobs.get(run_id)
        return job.run if job else self._load(run_id)

    def _load(self, run_id: str) -> Run:
        """A stored run. Raises RunNotFound, which says why a run is gone that was there; RunUnreadable."""
        try:
            return self.store.load(run_id)
        except RunNotFound as missing:
            raise (self._deleted.because(run_id) or missing).without_traceback() from None

    def is_deleted(self, run_id: str) -> bool:
        """Whether this run was there and is gone."""
        return run_id in self._deleted and not self.store.has(run_id)

    def runs(self) -> tuple[list[Run], dict[str, RunUnreadable]]:
        """All readable runs, newest first; and why each unreadable one cannot be read, by id."""
        stored, unreadable = self.store.runs()
        under_way = dict(self._jobs)
        return [under_way[run.id].run if run.id in under_way else run for run in stored], unreadable

    def version(self, run_id: str) -> int:
        """A number that grows with each change of a run under way; -1 for other runs. Cheap enough for polling."""
        job = self._jobs.get(run_id)
        return -1 if job is None else job.version

    def progress(self, run_id: str, rewrites: int = -1, points: int = 0, records: int = 0) -> RunProgress:
        """The run, and its points and records after the first `points` and `records`.

        All points and records if the history was rewritten since, that is if `rewrites` is no longer its number.
        Raises RunNotFound, RunUnreadable.
        """
        job = self._jobs.get(run_id)
        if job is None:
            run = self._load(run_id)
            stored = run, self.store.load_history(run_id), self.store.last_frame(run_id, run.kept)
            seen = (points, records) if rewrites == -1 else (0, 0)
            return replace(progress_of(*stored, *seen), engine_ready=self.ready, engine_problem=self.problem)
        with job.lock:
            queue, history = self._queue(), job.history
            seen = (points, records) if history.rewrites == rewrites else (0, 0)
            return replace(
                progress_of(job.run, history, job.frame, *seen, job.problem),
                version=job.version,
                rewrites=history.rewrites,
                seconds_left=seconds_left(job.run, job.throughput),
                sharing=sum(other.takes_turns for other in queue.jobs),
                place=queue.place(job),
                wait=queue.wait(job),
                paused_because=job.paused_because,
                engine_ready=self.ready,
                engine_problem=self.problem,
            )

    def summary(self, run_id: str) -> RunSummary:
        """A run as lists show it. Raises RunNotFound, RunUnreadable."""
        job = self._jobs.get(run_id)
        if job is None:
            run = self._load(run_id)
            latest = latest_mse(run, self.store.load_history(run_id))
            return RunSummary(run, -1, *latest, self.store.last_frame(run_id, run.kept), place=None, wait=None)
        with job.lock:
            latest = latest_mse(job.run, job.history)
            queue = self._queue()
            return RunSummary(job.run, job.version, *latest, job.frame, queue.place(job), queue.wait(job))

    def frame(self, run_id: str) -> Frame | None:
        """The latest map of a run, or that of the epoch that it keeps; None before the first.

        Raises RunNotFound, RunUnreadable.
        """
        job = self._jobs.get(run_id)
        return self.store.last_frame(run_id, self._load(run_id).kept) if job is None else job.frame

    def place(self, run_id: str) -> int | None:
        """Position in the queue, as `progress` gives it. Cheap enough for polling."""
        job = self._jobs.get(run_id)
        return None if job is None else self._queue().place(job)

    def history(self, run_id: str) -> History:
        """The losses of a run so far. Raises RunUnreadable."""
        job = self._jobs.get(run_id)
        if job is None:
            return self.store.load_history(run_id)
        with job.lock:
            return job.history.copy()

    def _queue(self) -> Queue:
        return Queue(list(self._jobs.values()), self._workers.count, tuple(self._first_turns))
