"""Where the next slice of a run starts: a checkpoint in memory, one on the cluster, or the one on disk.

The job's lock guards it.
"""

from __future__ import annotations

from distributed import Future

from autoencoder.runs.run import Run
from autoencoder.runs.store import RunStore
from autoencoder.training.loop import first_checkpoint
from autoencoder.training.records import Checkpoint


class StartingPoint:
    """The checkpoint that comes before the next slice, held in as little memory as can be."""

    def __init__(self, run: Run, store: RunStore, checkpoint: Checkpoint) -> None:
        """At a checkpoint that is on disk, or the first one of the run."""
        self._run_id, self._store = run.id, store
        self._architecture, self._training = run.architecture, run.training
        # a checkpoint, or the future of a Slice; None: the kept checkpoint
        self.at: Checkpoint | Future | None = checkpoint
        self.unwritten: Checkpoint | None = None  # fetched from the cluster, not on disk yet

    @property
    def on_cluster(self) -> bool:
        """Whether only the cluster holds it."""
        return isinstance(self.at, Future)

    def take(self) -> Checkpoint | Future:
        """It, for a task. A checkpoint is read from disk only now, and not held afterwards. Raises RunUnreadable."""
        if isinstance(self.at, Future):
            return self.at
        start, self.at = self.at or self.kept(), None
        return start

    def kept(self) -> Checkpoint:
        """The last checkpoint that was fetched from the cluster, or the first one. Raises RunUnreadable."""
        kept = self.unwritten or self._store.load_checkpoint(self._run_id)
        return kept or first_checkpoint(self._architecture, self._training)

    def fetched(self, of: Future, checkpoint: Checkpoint, held: bool) -> bool:
        """A checkpoint came from the cluster, and waits to be written. `held`: the next slice starts from it at once.

        False where the run has gone on, or has fallen back, since it was asked for.
        """
        if self.at is not of:
            return False
        self.unwritten, self.at = checkpoint, checkpoint if held else None
        return True

    def move_to(self, written: Checkpoint) -> None:
        """Start from this checkpoint, which is on disk."""
        self.at, self.unwritten = written, None
