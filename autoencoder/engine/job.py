"""A run under way on the cluster: slice after slice, then the measuring of its outcome.

One slice is on the cluster at a time. When its report arrives, the next slice is submitted with the Dask future of the
last one as its input: the weights stay on the worker, only the report travels. Every few seconds of training the
checkpoint is fetched and written to disk, and the next slice starts from it. If a worker is lost, Dask computes again
what it held, but never more than the slices since that checkpoint. No checkpoint stays in this process's memory.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from distributed import Client, Future

from autoencoder.engine.outcome import Outcome
from autoencoder.engine.run_files import RunFiles
from autoencoder.engine.tasks import advance, conclude, report_of
from autoencoder.engine.throughput import Throughput
from autoencoder.errors import AutoencoderError, RunNotFound, StorageError
from autoencoder.runs.history import History
from autoencoder.runs.notices import Notice
from autoencoder.runs.run import Run, Status, after_slice, with_labels
from autoencoder.runs.store import RunStore
from autoencoder.training.early_stopping import is_exhausted
from autoencoder.training.loop import epochs_done, first_checkpoint, next_chunks
from autoencoder.training.records import Checkpoint, Report

SLICE_SECONDS = 0.5
FRAME_SECONDS = 1.0  # a slice makes a map if the last one is older, also within an epoch
CHECKPOINT_SECONDS = 3.0  # of training between two checkpoints: a crash loses at most this and a slice
CLOSING_SECONDS = 5.0  # to write a last checkpoint when the app stops
RETRIES = 3  # of a slice that fails with an unexpected exception
_log = logging.getLogger(__name__)


class Job:
    """A run under way. Thread-safe; `version` grows with each change that a page should show."""

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
        self._files = RunFiles(store, run, changed=self._changed)
        self.run, self.history, self.frame = run, history, store.last_frame(run.id)
        self.version = 0
        self.submitted = 0.0  # monotonic time at which the task under way was submitted
        self.worker_lost = False  # the cluster lost a worker since the last report
        self.paused_because = ""  # said on the run's page while it is paused
        self.throughput = Throughput()
        self.lock = threading.RLock()  # guards the state below
        self._saving = threading.Lock()  # held while files are written; taken before `lock`
        self._store, self._pool, self._ended = store, pool, ended
        self._client: Client | None = None
        # where the next slice starts: a checkpoint, or the future of a Slice; None: the checkpoint on disk
        self._start: Checkpoint | Future | None = start
        self._unwritten: Checkpoint | None = None  # fetched from the cluster, not on disk yet
        self._task: Future | None = None  # on the cluster, waiting or under way
        self._ticket = 0  # number of the latest task; results of earlier ones are ignored
        self._chunks, self._failures, self._worker = 1, 0, ""
        self._awaited = False  # a command was just given: make the next slice short so its effect shows
        self._pause_after: int | None = None  # pause once this many epochs are done
        self._end_as: Status = "finished"
        self._unsaved: Outcome | None = None  # could not be written yet
        self._pictured = 0.0  # monotonic time of the last map
        self._saved = run.seconds  # seconds of training that are in the checkpoint on disk

    @property
    def problem(self) -> StorageError | None:
        """Why it cannot be saved at the moment."""
        return self._files.problem

    @property
    def waiting(self) -> bool:
        """Whether it has a task on the cluster, queued or under way."""
        return self._task is not None

    @property
    def takes_turns(self) -> bool:
        """Whether it needs time on the cluster: neither paused nor ended."""
        return self.run.status in ("waiting", "training", "measuring")

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
            if isinstance(self._start, Future) and not self.run.ended:
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
            self._become("paused")
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

    def stop(self) -> None:
        """End at the last finished slice; its weights are measured and kept."""
        with self.lock:
            if "stop" in self.run.commands:
                self._drop_task()
                self._finish("stopped")

    def set_learning_rate(self, rate: float) -> None:
        """Change the learning rate from the next slice on. Raises InvalidTraining."""
        replace(self.run.training, learning_rate=rate)  # checks it
        with self.lock:
            if rate == self.run.learning_rate:
                return
            self._awaited, events = True, self.run.events
            if events and events[-1].kind == "rate_changed" and events[-1].values["epoch"] == self.run.epoch:
                self.run = replace(self.run, events=events[:-1])  # no slice was trained with that one
            self._say("rate_changed", rate=float(rate), epoch=self.run.epoch)
            self.version += 1

    def relabel(self, change: Callable[[Run], Run]) -> None:
        """Change the name or the note, and write it soon."""
        with self.lock:
            self.run = change(self.run)
            self.version += 1
            paused = self.run.status == "paused"
        self._pool.submit(self._save_state if paused else self._save_labels)

    def close(self, keep: bool = True, within: float = CLOSING_SECONDS) -> None:
        """Release the run. With `keep`, write a checkpoint first, within so many seconds, so that it can be resumed."""
        with self.lock:
            self._drop_task()
            self._client = None
        with self._saving:
            if keep and not self.run.ended:
                try:
                    self._files.attempt(partial(self._save_checkpoint, timeout=within))
                except Exception as problem:  # the cluster is lost; the checkpoint on disk remains
                    _log.warning("run %s keeps its last checkpoint: %r", self.run.id, problem)
            self._files.close()

    def retry_saving(self) -> None:
        """Retry a save that failed when the run ended or was paused: the disk was full, or the cluster too busy."""
        behind = self.problem is not None or self._saved < self.run.seconds
        if self._unsaved is not None:
            self._save_outcome(self._ticket, self._unsaved)
        elif self.run.status == "paused" and behind:
            self._save_state()

    # ---- from slice to slice; with the lock held ----

    def _become(self, status: Status) -> None:
        self.run = replace(self.run, status=status)
        self.version += 1

    def _changed(self) -> None:
        self.version += 1

    def _say(self, kind: str, **values: Any) -> None:
        self.run = replace(self.run, events=(*self.run.events, Notice(kind, values)))

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
            self._start = start
            return self._finish("finished")
        run, training = self.run, replace(self.run.training, learning_rate=self.run.learning_rate)
        frame = time.monotonic() - self._pictured > FRAME_SECONDS
        chunks, self._awaited = 1 if self._awaited else self._chunks, False
        slice_ = self._client.submit(advance, run.architecture, training, start, chunks, frame, pure=False)
        report = self._client.submit(report_of, slice_, pure=False, priority=10)
        self._await(report, partial(self._take, slice_))

    def _take_start(self) -> Checkpoint | Future | None:
        """Where the next task starts; a checkpoint is read from disk only now, to hold none in memory.

        None where it cannot be read: the run has then failed.
        """
        if isinstance(self._start, Future):
            return self._start
        try:
            start, self._start = self._start or self._kept(), None
        except AutoencoderError as problem:
            self._give_up("failed", problem=problem.without_traceback())
            return None
        return start

    def _kept(self) -> Checkpoint:
        """The last checkpoint that was fetched from the cluster, or the first one. Raises RunUnreadable."""
        run = self.run
        kept = self._unwritten or self._store.load_checkpoint(run.id)
        return kept or first_checkpoint(run.architecture, run.training)

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
        outcome = self._client.submit(conclude, run.architecture, run.training, start, pure=False, priority=5)
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
            self._task, self._start = None, slice_
            self._take_in(report)
            pause = self._pause_after is not None and report.epoch >= self._pause_after
            end = report.done
            if pause and not end:
                self.paused_because = ""
                self._become("paused")
            first = report.record is not None and not self._saved  # pages can show the run from its first epoch on
            save = pause or end or first or self.run.seconds - self._saved > CHECKPOINT_SECONDS
            if not save:
                self._submit()
        with self._saving:
            if report.frame is not None and report.record is not None:
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
            checkpoint = self._kept()
            epoch = epochs_done(checkpoint, run.training)
            self._store.drop_frames(run.id, after=epoch)
        except AutoencoderError as problem:
            return self._give_up("failed", problem=problem.without_traceback())
        self._start = checkpoint
        self.history.rewind(epoch)
        self.run = replace(run, epoch=epoch)
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

    def _save_state(self) -> None:
        with self._saving:
            try:
                self._files.attempt(self._save_checkpoint)
            except Exception as problem:  # the cluster cannot send it now; the checkpoint on disk remains
                _log.warning("run %s keeps its last checkpoint: %r", self.run.id, problem)

    def _save_labels(self) -> None:
        """Write name and note at once: the next checkpoint may be minutes away, and nameless runs may be removed."""
        with self._saving, suppress(RunNotFound):  # deleted meanwhile
            kept = self._store.load(self.run.id)
            run = self.run if self.run.ended else with_labels(kept, self.run)
            self._files.attempt(lambda: self._store.save(run))

    def _save_checkpoint(self, timeout: float = 60) -> None:
        """Fetch the checkpoint and write all that a restart needs; the next slice then starts from it."""
        with self.lock:
            start, run, history = self._start, self.run, self.history.copy()
        if isinstance(start, Future):
            checkpoint = start.result(timeout).checkpoint
            with self.lock:
                if self._start is not start:  # another slice or a fallback replaced it while we waited
                    return
                self._unwritten, self._start = checkpoint, checkpoint if self.takes_turns else None
        self._files.save(run, history, self._unwritten)
        if self._unwritten is not None:
            self._unwritten, self._failures = None, 0
        self._saved = run.seconds

    def _save_outcome(self, ticket: int, outcome: Outcome) -> None:
        with self._saving:
            with self.lock:
                if ticket != self._ticket:
                    return
                ended = replace(self.run, status=self._end_as, measures=outcome.measures)
            saved = self._files.attempt(partial(self._files.save_ended, ended, self.history, self.frame, outcome))
            with self.lock:
                self._task, self._start, self._unsaved = None, None, None if saved else outcome
                labelled = with_labels(ended, self.run)
                changed, self.run = labelled != ended, labelled
                self.version += 1
            if saved and changed:  # it was named while it was written
                self._files.attempt(partial(self._store.save, self.run))
        if saved:
            self._files.release()
            self._ended(self.run)
