"""What the cluster computes about ended runs while trainings come first: comparisons with PCA, and missing codes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import Any

from distributed import Client, Future

from autoencoder.analysis.latent_space import LatentSpace
from autoencoder.analysis.metrics import ComparedWithPca
from autoencoder.engine.tasks import compare_with_pca, latent_space_of, space_of_run
from autoencoder.errors import AutoencoderError
from autoencoder.network.protocol import Model
from autoencoder.runs.run import Run
from autoencoder.runs.store import RunStore

COMPARING = 2  # runs compared with PCA at once: trainings come first, and each that waits takes megabytes
ASKED_PRIORITY = 50  # above trainings: somebody waits for it
SPACE_SECONDS = 60.0
COMPARING_PRIORITY, SPACES_PRIORITY = -50, -100  # below trainings
_log = logging.getLogger(__name__)


class BackgroundTasks:
    """The tasks about ended runs that are on the cluster. Thread-safe."""

    def __init__(self, store: RunStore, pool: Executor) -> None:
        """`store`: where models are read and results are kept; `pool`: in whose threads results are kept."""
        self._store, self._pool = store, pool
        self._client: Client | None = None
        self._comparing: dict[str, Future] = {}  # comparisons with PCA under way, by run
        self._lock = threading.Lock()  # guards the comparisons
        self._closed = threading.Event()

    def connect(self, client: Client) -> None:
        """Compute on this cluster from now on. First, at lowest priority, the codes that shipped runs come without."""
        self._client = client
        for run in self._store.runs()[0]:
            if run.measures is not None and not self._store.has_space(run.id):
                try:
                    network, dataset = self._store.model_of(run), run.training.dataset
                except AutoencoderError as problem:  # its page says so; the other runs are not affected
                    _log.warning("%s", problem)
                    continue
                task = client.submit(latent_space_of, network, dataset, pure=False, priority=SPACES_PRIORITY)
                task.add_done_callback(partial(self._hand_over, run.id, self._store.save_space))

    def disconnect(self) -> None:
        """The cluster is lost: what was under way is computed again on demand."""
        self._client = None
        with self._lock:
            self._comparing.clear()

    def close(self) -> None:
        """Results that arrive from now on are dropped."""
        self._closed.set()

    def compared(self, run_id: str) -> ComparedWithPca | None:
        """As `TrainingService.compared`."""
        run, known, client = self._store.load(run_id), self._store.load_compared(run_id), self._client
        if (known is not None and known.complete) or run.measures is None or client is None:
            return known
        with self._lock:
            if run_id not in self._comparing and len(self._comparing) < COMPARING:
                network, dataset = self._store.model_of(run), run.training.dataset
                task = client.submit(compare_with_pca, network, dataset, pure=False, priority=COMPARING_PRIORITY)
                self._comparing[run_id] = task  # kept, so that Dask does not drop it
                task.add_done_callback(partial(self._hand_over, run_id, self._store.save_compared))
        return None

    def space_of(self, run: Run, model: Model) -> LatentSpace | None:
        """Codes and errors of all digits, computed on the cluster now, within SPACE_SECONDS; None where it cannot."""
        client = self._client
        if client is None:
            return None
        try:
            task = client.submit(
                space_of_run, run.architecture, run.training, model.weights, pure=False, priority=ASKED_PRIORITY
            )
            found: LatentSpace = task.result(timeout=SPACE_SECONDS)
        except Exception as problem:  # such as a lost cluster, or one with much to do
            _log.info("run %s: %r", run.id, problem)
            return None
        return found

    def _hand_over(self, run_id: str, save: Callable[[str, Any], None], task: Future) -> None:
        """Move a result to our threads: Dask runs all callbacks in one thread, so nothing may block it."""
        if not self._closed.is_set():
            self._pool.submit(self._keep, run_id, save, task)

    def _keep(self, run_id: str, save: Callable[[str, Any], None], task: Future) -> None:
        """Save a result of the cluster about a run. A failure is only logged: it is computed again on demand."""
        try:
            if task.status == "finished" and self._store.has(run_id):
                save(run_id, task.result(timeout=60))
        except AutoencoderError as problem:
            _log.info("%s", problem)
        except Exception:  # such as a lost cluster
            _log.exception("run %s", run_id)
        finally:
            with self._lock:
                self._comparing.pop(run_id, None)
