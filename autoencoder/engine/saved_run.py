"""A run in memory and its folder: what is known of it, and how it is written."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from distributed import Future

from autoencoder.engine.run_files import RunFiles
from autoencoder.engine.starting_point import StartingPoint
from autoencoder.errors import AutoencoderError, EngineError, RunNotFound, StorageError
from autoencoder.runs.changes import gone_back, with_pause
from autoencoder.runs.history import History
from autoencoder.runs.notices import Notice
from autoencoder.runs.run import Run, Status, no_best_epoch, with_labels
from autoencoder.runs.store import RunStore
from autoencoder.training.best_epoch import at_best
from autoencoder.training.loop import steps_of
from autoencoder.training.records import Checkpoint

_log = logging.getLogger(__name__)


class SavedRun:
    """A run, its history and its last map. `version` grows with each change that a page should show."""

    def __init__(self, run: Run, history: History, start: Checkpoint, store: RunStore) -> None:
        """Claim the run and write it to the store. Raises StorageError."""
        self._files = RunFiles(store, run, changed=self._changed)
        self.run, self.history, self.frame = run, history, store.last_frame(run.id)
        self.version = 0
        self.lock = threading.RLock()  # guards the state
        self._saving = threading.Lock()  # held while files are written; taken before `lock`
        self._store = store
        self._start = StartingPoint(run, store, start)
        self._failures = 0  # of its tasks, since the last checkpoint was written
        self._saved = run.seconds  # seconds of training that are in the checkpoint on disk

    @property
    def problem(self) -> StorageError | None:
        """Why it cannot be saved at the moment."""
        return self._files.problem

    @property
    def takes_turns(self) -> bool:
        """Whether it needs time on the cluster: neither paused nor ended."""
        return self.run.status in ("waiting", "training", "measuring")

    # ---- what is known of it; with `lock` held ----

    def _become(self, status: Status) -> None:
        self.run = replace(self.run, status=status)
        self.version += 1

    def _hold(self) -> None:
        self.run = with_pause(self.run)
        self.version += 1

    def _changed(self) -> None:
        self.version += 1

    def _say(self, kind: str, **values: Any) -> None:
        self.run = replace(self.run, events=(*self.run.events, Notice(kind, values)))

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
            # Of a run whose weights are not saved yet, the end must not be read from disk before them.
            run = self.run if self.run.status == "failed" else with_labels(kept, self.run)
            self._files.attempt(lambda: self._store.save(run))

    def _save_checkpoint(self, timeout: float = 60) -> None:
        """Fetch the checkpoint and write all that a restart needs; the next slice then starts from it."""
        with self.lock:
            start, run, history = self._start.at, self.run, self.history.copy()
        if isinstance(start, Future):
            checkpoint = start.result(timeout).checkpoint
            with self.lock:
                if not self._start.fetched(start, checkpoint, held=self.takes_turns):
                    return
        self._files.save(run, history, self._start.unwritten)
        if self._start.unwritten is not None:
            self._start.unwritten, self._failures = None, 0
        self._saved = run.seconds

    def _fetched(self, timeout: float) -> Checkpoint:
        """The checkpoint at which the run stands. Raises EngineError, RunUnreadable."""
        with self.lock:
            start = self._start.at
        if not isinstance(start, Future):
            return start or self._start.kept()
        try:
            return start.result(timeout).checkpoint
        except Exception as problem:
            raise EngineError(
                "The training cluster did not hand over the weights of run {run}. Try again.", run=self.run.id
            ) from problem

    def _put_at_best(self, left: Checkpoint) -> None:
        """From this checkpoint to the best epoch that it remembers; with `lock` held, too.

        The checkpoint is written first: a crash in between leaves a history that is too long, and can be cut.
        """
        run, best_epoch = self.run, left.best_epoch
        if not left.best_weights:
            raise no_best_epoch(run.id)
        best = at_best(left, steps_of(run.training))
        if not self._files.attempt(partial(self._store.save_checkpoint, run.id, best)):
            raise self.problem or RunNotFound("There is no run {run}. Choose one from the list.", run=run.id)
        self._start.move_to(best)
        self.run = gone_back(replace(run, best_epoch=best_epoch), self.history, left.epoch_seconds)
        self._saved = run.seconds
        with suppress(AutoencoderError):
            self._store.drop_frames(run.id, after=best_epoch)
            self.frame = self._store.last_frame(run.id)
        self._files.attempt(partial(self._files.save, self.run, self.history, None))
