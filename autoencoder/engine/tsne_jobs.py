"""t-SNE of a run's codes: about a minute of work on the training cluster, in slices of half a second.

One slice is on the cluster at a time, and slices of trainings come first. So progress can be shown, no training waits
long, and a cancelled computation ends with its slice.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from typing import Any, Literal

from distributed import Client, Future

from autoencoder.analysis.tsne import STEPS, Layout, advance, first_layout, similarities
from autoencoder.engine.supplies import supplied
from autoencoder.errors import AutoencoderError, EngineError, LimitReached
from autoencoder.network.protocol import Array, Model
from autoencoder.runs.run import Run, hashed
from autoencoder.runs.store import RunStore

SLICE_SECONDS = 0.5
MOST = 4  # computations at once: each takes some 20 MB of memory on a worker
PRIORITY = -10  # below trainings
Prepared = tuple[Any, Layout]  # similarities, first layout
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TsneProgress:
    """How far the t-SNE of a run has come."""

    status: Literal["none", "running", "done", "failed"]
    share: float = 0.0  # of the steps, 0..1
    owner: str | None = None  # who started it, hashed
    problem: AutoencoderError | None = None


@dataclass(eq=False)
class _Job:
    client: Client
    owner: str | None
    share: float = 0.0
    problem: AutoencoderError | None = None
    task: Future | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)

    def ask(self, *call: Any) -> Layout:
        """Run a function on the cluster and wait for its result. Raises CancelledError."""
        self.task = self.client.submit(*call, pure=False, priority=PRIORITY)
        if self.cancelled.is_set():
            raise CancelledError
        layout: Layout = self.task.result()
        return layout

    def cancel(self) -> None:
        """End it; `ask` then raises CancelledError."""
        self.cancelled.set()
        if self.task is not None:
            self.task.cancel()


def require_end(run: Run) -> None:
    """Raises EngineError for a run that has not ended: its codes still change."""
    if not run.ended:
        raise EngineError("Run {run} is still learning. Wait for its end, then arrange its codes.", run=run.id)


class TsneJobs:
    """The t-SNE computations under way, one for each run at most. Thread-safe."""

    def __init__(self, store: RunStore) -> None:
        """`store`: where models are read and finished maps are kept."""
        self._store = store
        self._client: Client | None = None
        self._jobs: dict[str, _Job] = {}
        self._lock = threading.Lock()

    def connect(self, client: Client | None) -> None:
        """Compute on this cluster from now on; None: there is none."""
        self._client = client

    def close(self) -> None:
        """Cancel all computations."""
        for run_id in list(self._jobs):
            self.cancel(run_id)

    def start(self, run: Run, owner: str | None = None) -> None:
        """Start, unless it is under way or done. `owner` is a secret that only the asking browser knows.

        Raises EngineError for a run that has not ended or without a cluster, LimitReached, RunUnreadable.
        """
        require_end(run)
        model = self._store.model_of(run)
        with self._lock:
            if self._client is None:
                raise EngineError("The training cluster is not there yet. Try again in a moment.")
            if self.progress(run.id).status in ("running", "done"):
                return
            if sum(job.problem is None for job in self._jobs.values()) >= MOST:
                raise LimitReached(
                    "t-SNE of {n} other runs is being computed, which is the most at once. Try again in a minute.",
                    n=MOST,
                )
            job = self._jobs[run.id] = _Job(self._client, owner and hashed(owner))
        threading.Thread(target=self._carry_out, args=(job, run, model), name=f"tsne-{run.id}", daemon=True).start()

    def cancel(self, run_id: str) -> None:
        """End a computation; its layout so far is dropped."""
        with self._lock:
            job = self._jobs.pop(run_id, None)
        if job is not None:
            job.cancel()

    def progress(self, run_id: str) -> TsneProgress:
        """Cheap: meant to be asked often."""
        job = self._jobs.get(run_id)
        if job is not None:
            return TsneProgress("failed" if job.problem else "running", job.share, job.owner, job.problem)
        return TsneProgress("done", 1.0) if self._store.has_tsne(run_id) else TsneProgress("none")

    def _carry_out(self, job: _Job, run: Run, model: Model) -> None:
        try:
            positions = _arranged(job, model, run.training.dataset)
            with self._lock:
                if self._jobs.get(run.id) is job and self._store.has(run.id):
                    self._store.save_tsne(run.id, positions)
                    del self._jobs[run.id]
        except CancelledError:
            if not job.cancelled.is_set():  # the cluster is lost, and its tasks with it
                self.cancel(run.id)
        except AutoencoderError as problem:
            job.problem = problem
        except Exception as problem:
            _log.warning("t-SNE of run %s: %r", run.id, problem)
            first_line = str(problem).partition("\n")[0]
            job.problem = EngineError("t-SNE could not be computed ({problem}). Try again.", problem=first_line)


def _arranged(job: _Job, model: Model, dataset: str) -> Array:
    """(n held out, 2) positions."""
    prepared = job.client.submit(_prepare, model, dataset, pure=False, priority=PRIORITY)
    layout = job.ask(_first, prepared)
    while not layout.done:
        layout = job.ask(_advance, prepared, layout)
        job.share = layout.step / STEPS
    return layout.positions


# ---- on the worker ----


def _prepare(model: Model, dataset: str) -> Prepared:
    digits = supplied(dataset)
    codes = model.encode(digits.images[digits.held_out])
    return similarities(codes), first_layout(codes)


def _first(prepared: Prepared) -> Layout:
    return prepared[1]


def _advance(prepared: Prepared, layout: Layout) -> Layout:
    return advance(prepared[0], layout, SLICE_SECONDS)
