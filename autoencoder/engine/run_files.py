"""The files of a run under way: claimed for this process, and a full disk does not end the training."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from autoencoder.engine.outcome import Outcome, save_outcome
from autoencoder.errors import StorageError
from autoencoder.runs.history import History
from autoencoder.runs.run import Run
from autoencoder.runs.store import RunStore
from autoencoder.training.records import MAPS, Checkpoint, Frame


class RunFiles:
    """Writes one run. Not thread-safe: its job lets one thread write at a time."""

    def __init__(self, store: RunStore, run: Run, changed: Callable[[], None]) -> None:
        """Claim the run and write it to the store. `changed` is called when `problem` changes. Raises StorageError."""
        with ExitStack() as claim:
            claim.enter_context(store.claim(run.id))
            store.save(run)
            self._claim = claim.pop_all()
        self.problem: StorageError | None = None  # why the run cannot be saved at the moment
        self._store, self._changed = store, changed
        self._closed = False

    def attempt(self, save: Callable[[], None]) -> bool:
        """Call `save`; a StorageError becomes `problem` instead of ending the training. Returns whether it saved."""
        if self._closed:
            return False
        try:
            save()
        except StorageError as problem:
            self.problem = problem
            self._changed()
            return False
        if self.problem is not None:
            self.problem = None
            self._changed()
        return True

    def save(self, run: Run, history: History, checkpoint: Checkpoint | None) -> None:
        """Write all that a restart needs. `checkpoint` None: the one on disk stays. Raises StorageError.

        The history is written first: if the app stops in between, a history that is too long can be cut, one that is
        too short could not be completed.
        """
        self._store.save_history(run.id, history)
        self._store.save(run)
        if checkpoint is not None:
            self._store.save_checkpoint(run.id, checkpoint)

    def save_frame(self, run: Run, frame: Frame) -> None:
        """Keep the map of an epoch if it is one of those that are kept. Raises StorageError."""
        every = -(-run.training.epochs // MAPS)
        if round(frame.epoch) % every == 0 or frame.epoch >= run.training.epochs:
            self._store.save_frame(run.id, frame)

    def save_ended(self, run: Run, history: History, frame: Frame | None, outcome: Outcome) -> None:
        """Write a run that has ended, with its last map and that of the weights that are kept. Raises StorageError."""
        for each in (frame, outcome.frame):
            if each is not None:
                self._store.save_frame(run.id, each)
        save_outcome(self._store, run, history, outcome)

    def release(self) -> None:
        """End the claim: the run has ended."""
        self._claim.close()

    def close(self) -> None:
        """Write nothing any more, and end the claim."""
        self._closed = True
        self._claim.close()
