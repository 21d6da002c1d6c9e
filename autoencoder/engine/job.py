"""A run under way on the cluster: slice after slice, then the measuring of its outcome.

One slice is on the cluster at a time. When its report arrives, the next slice is submitted with the Dask future of the
last one as its input: the weights stay on the worker, only the report travels. Every few seconds of training the
checkpoint is fetched and written to disk, and the next slice starts from it. If a worker is lost, Dask computes again
what it held, but never more than the slices since that checkpoint. No checkpoint stays in this process's memory.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from typing import Any

from distributed import Client, Future

from autoencoder.engine.outcome import Outcome, ended_run
from autoencoder.engine.saved_run import SavedRun
from autoencoder.engine.tasks import advance, conclude, report_of
from autoencoder.engine.throughput import Throughput
from autoencoder.errors import AutoencoderError, EngineError
from autoencoder.runs.changes import after_slice, rewound, with_rate, with_slice_trained_at
from autoencoder.runs.history import History
from autoencoder.runs.run import Run, Status, with_labels
from autoencoder.runs.store import RunStore
from autoencoder.training.best_epoch import Keep
from autoencoder.training.early_stopping import is_exhausted
from autoencoder.training.loop import epochs_done, next_chunks
from autoencoder.training.records import Checkpoint, Report

SLICE_SECONDS = 0.5
FRAME_SECONDS = 1.0  # a slice makes a map if the last one is older, also within an epoch
CHECKPOINT_SECONDS = 3.0  # of training between two checkpoints: a crash loses at most this and a slice
FETCH_SECONDS = 20.0  # for the cluster to hand over a checkpoint that somebody waits for
CLOSING_SECONDS = 5.0  # to write a last checkpoint when the app stops
RETRIES = 3  # of a slice that fails with an unexpected exception
_log = logging.getLogger(__name__)


class Job(SavedRun):
    """A run under way. Thread-safe."""

    def __init__(
        self,
        run: Run,
        history: History,
        start: Checkpoint,
        store: RunStore,
        pool: Executor,
        ended: Callable[[Run], None],
    ) -> None:
        """Claim the run and write it to the store. `ended` is called once it has ended. Raises StorageError."""
        super().__init__(run, history, start, store)
        self.submitted = 0.0  # monotonic time at which the task under way was submitted
        self.worker_lost = False  # the cluster lost a worker since the last report
        self.paused_because = ""  # said on the run's page while it is paused
        self.throughput = Throughput()
        self._pool, self._ended = pool, ended
        self._client: Client | None = None
        self._task: Future | None = None  # on the cluster, waiting or under way
        self._ticket = 0  # number of the latest task; results of earlier ones are ignored
        self._chunks, self._worker = 1, ""
        self._rate = run.learning_rate  # of the slice under way, or the last one
        self._awaited = False  # a command was just given: make the next slice short so its effect shows
        self._pause_after: int | None = None  # pause once this many epochs are done
        self._end_as: Status = "finished"
        self._keep: Keep | None = None  # the weights that whoever stopped it has chosen
        self._unsaved: Outcome | None = None  # could not be written yet
        self._pictured = 0.0  # monotonic time of the last map

    @property
    def waiting(self) -> bool:
        """Whether it has a task on the cluster, queued or under way."""
        return self._task is not None

    # ---- commands ----

    def connect(self, client: Client) -> None:
        """Use this cluster from now on; start or continue the run unless it is paused."""
        with self.lock:
            self._client = client
            if self._task is None:
                self._begin()

    def disconnect(self) -> None:
        """The cluster is lost: go back to the checkpoint on disk and wait for another cluster."""
        with self.lock:
            self._client = None
            self._drop_task()
            if self._start.on_cluster and not self.run.ended:
                self._fall_back()
            if self.run.status == "training":
                self._become("waiting")

    def pause(self, because: str = "") -> None:
        """Pause at the end of the last finished slice, at once; the slice under way is dropped."""
        with self.lock:
            if "pause" not in self.run.commands:
                return
            self._drop_task()
            self.paused_because = because
            self._hold()
        self._pool.submit(self._save_state)

    def resume(self) -> None:
        """Go on with a paused run."""
        with self.lock:
            self._pause_after = None
            self._go_on()

    def step(self) -> None:
        """Train to the end of an epoch, then pause."""
        with self.lock:
            self._pause_after = int(self.run.epoch + 1e-9) + 1
            self._go_on()

    def stop(self, keep: Keep | None = None) -> None:
        """End at the last finished slice; weights are measured and kept, which ones as of `outcome_of`."""
        with self.lock:
            if "stop" in self.run.commands:
                self._drop_task()
                self._keep = keep
                self._finish("stopped")

    def go_back(self) -> None:
        """Train on from the best epoch, with the weights and the optimizer of then; what came after is given up.

        Until the checkpoint has come nothing changes, and another command may come first. Raises EngineError,
        StorageError, RunUnreadable.
        """
        with self._saving:
            with self.lock:
                self._drop_task()
                ticket = self._ticket
            try:
                left = self._fetched(timeout=FETCH_SECONDS)
                with self.lock:
                    if ticket != self._ticket or "go_back" not in self.run.commands:
                        raise EngineError("Another command to run {run} came in between. Try again.", run=self.run.id)
                    self._put_at_best(left)
                    self._become("training" if self._client is not None else "waiting")
                    self._awaited, self._pictured, self._pause_after = True, 0.0, None
                    self.throughput.rest()
            finally:
                with self.lock:
                    if ticket == self._ticket:
                        self._begin()

    def set_learning_rate(self, rate: float) -> None:
        """Change the learning rate, which has been checked, from the next slice on."""
        with self.lock:
            if rate == self.run.learning_rate:
                return
            under_way = None if self._task is None else self._rate
            self._awaited, self.run = True, with_rate(self.run, rate, under_way)
            self.version += 1

    def relabel(self, change: Callable[[Run], Run]) -> None:
        """Change the name or the note, and write it soon."""
        with self.lock:
            self.run = change(self.run)
            self.version += 1
            paused = self.run.status == "paused"
        self._pool.submit(self._save_state if paused else self._save_labels)

    def halt(self) -> None:
        """Train no further. What has been trained stays on the cluster until it is fetched."""
        with self.lock:
            self._drop_task()
            self._client = None

    def close(self, keep: bool = True, within: float = CLOSING_SECONDS) -> None:
        """Release the run. With `keep`, write a checkpoint first, within so many seconds, so that it can be resumed."""
        self.halt()
        with self._saving:
            if keep and not self.run.ended:
                try:
                    self._files.attempt(partial(self._save_checkpoint, timeout=within))
                except Exception as problem:  # the cluster is lost; the checkpoint on disk remains
                    _log.warning("run %s keeps its last checkpoint: %r", self.run.id, problem)
            self._files.close()

    def retry_saving(self) -> None:
        """Retry a save that failed when the run ended or was paused: the disk was full, or the cluster too busy."""
        unsaved_progress = self.problem is not None or self._saved < self.run.seconds
        if self._unsaved is not None:
            self._save_outcome(self._ticket, self._unsaved)
        elif self.run.status == "paused" and unsaved_progress:
            self._save_state()

    # ---- from slice to slice; with the lock held ----

    def _go_on(self) -> None:
        if self.run.status == "paused":
            self._become("training" if self.run.epoch and self._client is not None else "waiting")
            self._awaited = True
            self.throughput.rest()
            self._submit()

    def _begin(self) -> None:
        if self.run.status in ("waiting", "training"):
            self._submit()
        elif self.run.status == "measuring":
            self._conclude()

    def _drop_task(self) -> None:
        task, self._task, self._ticket = self._task, None, self._ticket + 1
        if task is not None:
            task.cancel()

    def _submit(self) -> None:
        if self._client is None or (start := self._take_start()) is None:
            return
        if self._nothing_left(start):
            self._start.at = start
            return self._finish("finished")
        run, self._rate = self.run, self.run.learning_rate
        training = replace(run.training, learning_rate=self._rate)
        frame = time.monotonic() - self._pictured > FRAME_SECONDS
        chunks, self._awaited = 1 if self._awaited else self._chunks, False
        slice_ = self._client.submit(advance, run.architecture, training, start, chunks, frame, pure=False)
        report = self._client.submit(report_of, slice_, pure=False, priority=10)
        self._await(report, partial(self._take, slice_))

    def _take_start(self) -> Checkpoint | Future | None:
        """Where the next task starts; None where it cannot be read: the run has then failed."""
        try:
            return self._start.take()
        except AutoencoderError as problem:
            self._give_up("failed", problem=problem.without_traceback())
            return None

    def _nothing_left(self, start: Checkpoint | Future) -> bool:
        """True if training is complete but not yet measured: paused, or the app stopped, in between."""
        epoch, training = self.run.epoch, self.run.training
        early = isinstance(start, Checkpoint) and is_exhausted(training, epoch, start.best_epoch)
        return early or epoch >= training.epochs

    def _finish(self, status: Status) -> None:
        self._end_as = status
        self._become("measuring")
        self._conclude()

    def _conclude(self) -> None:
        if self._client is None or (start := self._take_start()) is None:
            return
        run = self.run
        outcome = self._client.submit(
            conclude, run.architecture, run.training, start, self._keep, pure=False, priority=5
        )
        self._await(outcome, self._save_outcome)

    def _await(self, task: Future, then: Callable[[int, Any], None]) -> None:
        self._task, self._ticket, self.submitted = task, self._ticket + 1, time.monotonic()
        ticket = self._ticket
        task.add_done_callback(lambda future: self._hand_over(ticket, future, then))

    def _hand_over(self, ticket: int, task: Future, then: Callable[[int, Any], None]) -> None:
        """Move a result to our threads: Dask calls this in its own, also for tasks cancelled by a closing service."""
        if ticket == self._ticket:
            self._pool.submit(self._answered, ticket, task, then)

    # ---- results from the cluster; in threads of the pool ----

    def _answered(self, ticket: int, task: Future, then: Callable[[int, Any], None]) -> None:
        if ticket != self._ticket:
            return
        try:
            then(ticket, task.result(timeout=60))
        except AutoencoderError as problem:
            self._fail(ticket, problem)
        except Exception as problem:
            _log.warning("run %s: %r", self.run.id, problem)
            self._begin_again(ticket, problem)

    def _take(self, slice_: Future, ticket: int, report: Report) -> None:
        """A slice is done: take in its report, save what is due, submit the next slice."""
        with self.lock:
            if ticket != self._ticket:
                return
            self._task, self._start.at = None, slice_
            self._take_in(report)
            pause = self._pause_after is not None and report.epoch >= self._pause_after
            end = report.done
            if pause and not end:
                self.paused_because = ""
                self._hold()
            first = report.record is not None and not self._saved  # pages can show the run from its first epoch on
            save = pause or end or first or self.run.seconds - self._saved > CHECKPOINT_SECONDS
            if not save:
                self._submit()
        with self._saving:
            still_valid = report.epoch <= self.run.epoch + 1e-6  # else it has gone back meanwhile
            if report.frame is not None and report.record is not None and still_valid:
                self._files.attempt(partial(self._files.save_frame, self.run, report.frame))
            if save:
                self._files.attempt(self._save_checkpoint)
        if save:
            with self.lock:
                if ticket != self._ticket:  # paused, stopped or deleted meanwhile
                    return
                if end:
                    self._finish("finished" if report.finite else "stopped")
                elif not pause:
                    self._submit()

    def _take_in(self, report: Report) -> None:
        self.throughput.take(report.epoch - self.run.epoch, report.turn)
        if self.worker_lost and self._worker and report.worker != self._worker:
            self._say("recovered", epoch=self.run.epoch)
        if report.worker != self._worker:
            self._worker, self.worker_lost = report.worker, False
        self._chunks = next_chunks(report, SLICE_SECONDS)
        if report.frame is not None:
            self.frame, self._pictured = report.frame, time.monotonic()
        self.run = with_slice_trained_at(self.run, self._rate, report.epoch)
        self.run = after_slice(self.run, self.history, report)
        self._become("training")

    def _begin_again(self, ticket: int, problem: Exception) -> None:
        """A task failed unexpectedly: go on from the checkpoint on disk, at most RETRIES times in a row."""
        while True:
            with self.lock:
                if ticket != self._ticket:
                    return
                self._failures += 1
                if self._failures > RETRIES:
                    return self._give_up("failed", problem=f"{type(problem).__name__}: {problem}")
            time.sleep(self._failures)
            try:
                with self.lock:
                    if ticket == self._ticket:
                        self._task = None
                        self._fall_back()
                        self._begin()
                return
            except Exception as another:  # such as a client that is just being closed
                problem = another
                _log.warning("run %s: %r", self.run.id, problem)

    def _fall_back(self) -> None:
        """Go back to the kept checkpoint: what the cluster held is lost."""
        run = self.run
        try:
            checkpoint = self._start.kept()
            epoch = epochs_done(checkpoint, run.training)
            self._store.drop_frames(run.id, after=epoch)
        except AutoencoderError as problem:
            return self._give_up("failed", problem=problem.without_traceback())
        self._start.at = checkpoint  # only now: what fails above is tried again from where it was
        self.history.rewind(epoch)
        self.run = rewound(run, epoch, checkpoint.best_epoch)
        if self.run.status == "measuring" and self._end_as == "finished":
            self._become("training")  # the last epochs may have to be trained again
        self._say("recovered", epoch=epoch)
        self.version += 1

    def _fail(self, ticket: int, problem: AutoencoderError) -> None:
        with self.lock:
            if ticket == self._ticket:
                self._give_up("failed", problem=problem.without_traceback())

    def _give_up(self, kind: str, **values: Any) -> None:
        self._task = None
        self._say(kind, **values)
        self._become("failed")
        self._files.attempt(lambda: self._store.save_history(self.run.id, self.history))
        self._files.attempt(lambda: self._store.save(self.run))
        self._files.release()
        self._ended(self.run)

    # ---- to disk; with `_saving` held ----

    def _save_outcome(self, ticket: int, outcome: Outcome) -> None:
        with self._saving:
            with self.lock:
                if ticket != self._ticket:
                    return
                run = ended_run(self.run, self._end_as, outcome)
            saved = self._files.attempt(partial(self._files.save_ended, run, self.history, self.frame, outcome))
            with self.lock:
                self._task, self._start.at, self._unsaved = None, None, None if saved else outcome
                labelled = with_labels(run, self.run)
                changed, self.run = labelled != run, labelled
                self.frame = outcome.frame or self.frame
                self.version += 1
            if saved and changed:  # it was named while it was written
                self._files.attempt(partial(self._store.save, self.run))
        if saved:
            self._files.release()
            self._ended(self.run)
