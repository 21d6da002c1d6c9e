"""TrainingService: starts runs on a Dask cluster, steers them, and reports their progress."""

from __future__ import annotations

import logging
import statistics
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from distributed import Client, Future

from autoencoder.analysis.metrics import ComparedWithPca
from autoencoder.engine.job import CLOSING_SECONDS, Job
from autoencoder.engine.tasks import compare_with_pca, latent_space_of
from autoencoder.engine.throughput import seconds_left
from autoencoder.engine.tsne_jobs import TsneJobs
from autoencoder.errors import AutoencoderError, EngineError, NotAllowed, RunUnreadable
from autoencoder.presets import PRESETS
from autoencoder.runs.history import History
from autoencoder.runs.limits import Limits, bytes_needed
from autoencoder.runs.notices import Notice
from autoencoder.runs.progress import RunProgress, RunSummary, all_notices, latest_mse, typical_seconds
from autoencoder.runs.run import LONGEST_NAME, STATUS_LABELS, Command, Run, Status, hashed, now
from autoencoder.runs.store import RunStore
from autoencoder.settings import Architecture, Training
from autoencoder.training.loop import epochs_done, first_checkpoint, warm_up
from autoencoder.training.records import Checkpoint

RETRY_SECONDS = 3.0
COMPARING = 2  # runs compared with PCA at once: trainings come first, and each that waits takes megabytes
FIRST_TURN_SECONDS = 1.5  # assumed before any run has had its first slice, in which its network is compiled
DONE_ALREADY: dict[Command, tuple[Status, ...]] = {  # statuses in which repeating a command is no error
    "pause": ("paused",),
    "resume": ("waiting", "training"),
    "stop": ("measuring",),
}
_log = logging.getLogger(__name__)


class TrainingService:
    """The runs under way, and those in the store. Thread-safe."""

    def __init__(self, store: RunStore, limits: Limits | None = None) -> None:
        """Runs wait until `connect` gives a cluster. `limits` None: nothing is limited."""
        self.store, self.limits = store, limits
        self.tsne = TsneJobs(store)
        self.problem: AutoencoderError | None = None  # why there is no cluster
        self._client: Client | None = None
        self._workers: set[str] = set()
        self._warm = False
        self._first_turns: deque[float | None] = deque(maxlen=50)  # seconds, of runs that have ended
        self._measuring: dict[str, Future] = {}  # comparisons with PCA under way, by run
        self._measuring_lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._admission = threading.RLock()  # starts one run at a time, so that limits hold
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="training-service")
        self._closed = threading.Event()
        threading.Thread(target=self._look_after, name="training-service-care", daemon=True).start()

    # ---- the cluster ----

    def connect(self, client: Client) -> None:
        """Train on this cluster from now on; runs that wait begin."""
        self._client, self.problem = client, None
        self._workers = set(client.scheduler_info(n_workers=-1)["workers"])
        client.subscribe_topic("all", self._cluster_event)
        self._warm_up(client)
        self._each(lambda job: job.connect(client))
        self.tsne.connect(client)
        self._complete_spaces(client)

    def _warm_up(self, client: Client) -> None:
        """Let a worker load TensorFlow and compile a first network; `ready` is false until then."""
        self._warm = False
        first = next(iter(PRESETS.values()))
        warm = client.submit(warm_up, first.architecture, first.training.batch_size, pure=False)
        warm.add_done_callback(lambda future: setattr(self, "_warm", future.status == "finished"))

    def disconnect(self, problem: AutoencoderError) -> None:
        """The cluster is lost: runs go back to their checkpoints on disk and wait for another cluster."""
        _log.error("%s", problem)
        self._client, self._warm, self.problem = None, False, problem
        self._workers.clear()
        self.tsne.connect(None)
        with self._measuring_lock:
            self._measuring.clear()
        self._each(Job.disconnect)

    @property
    def ready(self) -> bool:
        """Whether a worker has loaded TensorFlow and can train at once."""
        return self._warm and bool(self._workers)

    def close(self) -> None:
        """Write checkpoints of the runs under way and release them; they can be resumed after a restart."""
        self._closed.set()
        self.tsne.close()
        end = time.monotonic() + CLOSING_SECONDS  # for all together
        self._each(lambda job: job.close(within=max(0.1, end - time.monotonic())))
        self._jobs.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _complete_spaces(self, client: Client) -> None:
        """Compute missing codes of digits, at lowest priority: shipped runs come without them."""
        for run in self.store.runs()[0]:
            if run.measures is not None and not self.store.has_space(run.id):
                try:
                    network, dataset = self.store.model_of(run), run.training.dataset
                except AutoencoderError as problem:  # its page says so; the other runs are not affected
                    _log.warning("%s", problem)
                    continue
                task = client.submit(latent_space_of, network, dataset, pure=False, priority=-100)
                task.add_done_callback(partial(self._hand_over, run.id, self.store.save_space))

    def _hand_over(self, run_id: str, save: Callable[[str, Any], None], task: Future) -> None:
        """Move a result to our threads: Dask runs all callbacks in one thread, so nothing may block it."""
        if not self._closed.is_set():
            self._pool.submit(self._keep, run_id, save, task)

    def _keep(self, run_id: str, save: Callable[[str, Any], None], task: Future) -> None:
        """Save a result of the cluster about a run. A failure is only logged: it is computed again on demand."""
        try:
            if task.status == "finished" and self.store.has(run_id):
                save(run_id, task.result(timeout=60))
        except AutoencoderError as problem:
            _log.info("%s", problem)
        except Exception:  # such as a lost cluster
            _log.exception("run %s", run_id)
        finally:
            with self._measuring_lock:
                self._measuring.pop(run_id, None)

    def _cluster_event(self, event: tuple[float, Any]) -> None:
        _, happened = event
        action = happened.get("action") if isinstance(happened, dict) else None
        if action == "add-worker":
            self._workers.add(happened["worker"])
        elif action == "remove-worker":
            self._workers.discard(happened["worker"])
            if not self._workers and self._client is not None:
                self._warm_up(self._client)
            for job in list(self._jobs.values()):
                job.worker_lost = True

    def _look_after(self) -> None:
        with suppress(OSError):  # a run deleted at this moment: the next start sweeps the rest
            self.store.sweep()
        while not self._closed.wait(RETRY_SECONDS):
            self._each(Job.retry_saving)

    def _each(self, do: Callable[[Job], None]) -> None:
        """Call `do` for all runs under way; an exception of one is logged and does not stop the others."""
        for job in list(self._jobs.values()):
            try:
                do(job)
            except Exception:
                _log.exception("run %s", job.run.id)

    # ---- runs ----

    def start(
        self,
        architecture: Architecture,
        training: Training,
        *,
        owner: str | None = None,
        preset: str | None = None,
        name: str = "",
    ) -> Run:
        """Queue a new run. `owner` is a secret that only its browser knows. Raises StorageError, LimitReached."""
        whose = owner and hashed(owner)
        run = Run(self.store.new_id(), architecture, training, _clean(name), preset, whose, created=now())
        checkpoint = first_checkpoint(architecture, training)
        with self._admission:
            self._check_turns(whose)
            for going in self.runs_to_delete(architecture, training, owner):
                self.delete(going.id)
            self._begin(run, History(), checkpoint)
        return run

    def runs_to_delete(self, architecture: Architecture, training: Training, owner: str | None) -> list[Run]:
        """The runs that starting this one would delete, to make room. Raises LimitReached."""
        if self.limits is None:
            return []
        self.limits.check_size(architecture, training)
        runs, _unreadable = self.runs()
        return self.limits.runs_to_delete(runs, owner and hashed(owner), self._size, bytes_needed(architecture))

    def _size(self, run: Run) -> int:
        """Bytes that count for a run: under way, all that it may come to need, as its files change all the time."""
        return self.store.size(run.id) if run.ended else bytes_needed(run.architecture)

    def resume(self, run_id: str) -> None:
        """Go on with a paused run, or from the checkpoint of one that was interrupted when the app stopped.

        Raises LimitReached, EngineError where the run cannot be resumed, and what the store raises.
        """
        with self._admission:
            run = self.run(run_id)
            if run.status in ("paused", "interrupted"):
                self._check_turns(run.owner)
            if (job := self._jobs.get(run_id)) is not None:
                _require_command(run, "resume")
                job.resume()
            else:
                self._resume_stored(run)

    def _resume_stored(self, run: Run) -> None:
        run_id = run.id
        if run.ended:
            raise EngineError("Run {run} has ended; it cannot be resumed. Start a new one.", run=run_id)
        self._not_elsewhere(run)
        checkpoint = self.store.load_checkpoint(run_id) or first_checkpoint(run.architecture, run.training)
        epoch = epochs_done(checkpoint, run.training)
        history = self.store.load_history(run_id)
        history.rewind(epoch)
        self.store.drop_frames(run_id, after=epoch)
        events = (*run.events, Notice("resumed", {"epoch": epoch}))
        self._begin(replace(run, status="waiting", epoch=epoch, events=events), history, checkpoint)

    def pause(self, run_id: str) -> None:
        """Pause a run at the end of its last finished slice. Raises EngineError if its status does not accept that."""
        self._job_taking("pause", run_id).pause()

    def step(self, run_id: str) -> None:
        """Train to the end of an epoch, then pause. Raises LimitReached, EngineError."""
        with self._admission:
            job = self._job_taking("step", run_id)
            if job.run.status == "paused":
                self._check_turns(job.run.owner)
            job.step()

    def stop(self, run_id: str) -> None:
        """End a run; what was learned is measured and kept. Raises EngineError."""
        self._job_taking("stop", run_id).stop()

    def set_learning_rate(self, run_id: str, rate: float) -> None:
        """Change the rate from the next slice on; with a schedule, its highest. Raises InvalidTraining, EngineError."""
        replace(self._job(run_id).run.training, learning_rate=rate)  # checks the rate itself first
        self._job_taking("learning_rate", run_id).set_learning_rate(rate)

    def rename(self, run_id: str, name: str) -> None:
        """Rename a run; at most LONGEST_NAME characters are kept.

        Raises RunNotFound, RunUnreadable, NotAllowed, StorageError.
        """
        if (job := self._jobs.get(run_id)) is not None:
            return job.rename(_clean(name))
        with self._admission:  # a run that is deleted meanwhile must not be written again
            run = self.store.load(run_id)
            self._not_elsewhere(run)
            if self.store.ships(run_id):
                raise NotAllowed("Run {run} ships with the app and stays as it is.", run=run_id)
            self.store.save(replace(run, name=_clean(name)))

    def delete(self, run_id: str) -> None:
        """Stop the run if it is under way, and delete all its files."""
        job = self._let_go(run_id)
        if job is not None:
            job.close(keep=False)
        elif self.store.is_claimed(run_id):
            raise _trained_elsewhere(run_id)
        self.tsne.cancel(run_id)
        with self._admission:
            self.store.delete(run_id)

    def run(self, run_id: str) -> Run:
        """A run, under way or stored. Raises RunNotFound, RunUnreadable."""
        job = self._jobs.get(run_id)
        return job.run if job else self.store.load(run_id)

    def runs(self) -> tuple[list[Run], dict[str, RunUnreadable]]:
        """All readable runs, newest first; and why each unreadable one cannot be read, by id."""
        stored, unreadable = self.store.runs()
        under_way = dict(self._jobs)
        return [under_way[run.id].run if run.id in under_way else run for run in stored], unreadable

    def version(self, run_id: str) -> int:
        """A number that grows with each change of a run under way; -1 for other runs. Cheap enough for polling."""
        job = self._jobs.get(run_id)
        return -1 if job is None else job.version

    def view(self, run_id: str, rewrites: int = -1, points: int = 0, records: int = 0) -> RunProgress:
        """The run, and its points and records after the first `points` and `records`.

        All points and records if the history was rewritten since, that is if `rewrites` is no longer its number.
        Raises RunNotFound, RunUnreadable.
        """
        job = self._jobs.get(run_id)
        if job is None:
            return self._stored_view(run_id, *((points, records) if rewrites == -1 else (0, 0)))
        with job.lock:
            history = job.history
            seen = (points, records) if history.rewrites == rewrites else (0, 0)
            return RunProgress(
                run=job.run,
                version=job.version,
                rewrites=history.rewrites,
                points=history.points[seen[0] :],
                records=history.records[seen[1] :],
                frame=job.frame,
                notices=all_notices(job.run, history.records, job.problem),
                learning_rate=job.run.learning_rate,
                seconds_per_epoch=typical_seconds(history.records),
                seconds_left=seconds_left(job.run, job.throughput),
                sharing=sum(other.takes_turns for other in list(self._jobs.values())),
                place=self._place(job),
                wait=self._wait(job),
                engine_ready=self.ready,
                engine_problem=self.problem,
            )

    def summary(self, run_id: str) -> RunSummary:
        """A run as lists show it. Raises RunNotFound, RunUnreadable."""
        job = self._jobs.get(run_id)
        if job is None:
            run = self.store.load(run_id)
            latest = latest_mse(run, self.store.load_history(run_id))
            return RunSummary(run, -1, *latest, self.store.last_frame(run_id), place=None, wait=None)
        with job.lock:
            latest = latest_mse(job.run, job.history)
            return RunSummary(job.run, job.version, *latest, job.frame, self._place(job), self._wait(job))

    def place(self, run_id: str) -> int | None:
        """Position in the queue, as `view` gives it. Cheap enough for polling."""
        job = self._jobs.get(run_id)
        return None if job is None else self._place(job)

    def history(self, run_id: str) -> History:
        """The losses of a run so far. Raises RunUnreadable."""
        job = self._jobs.get(run_id)
        if job is None:
            return self.store.load_history(run_id)
        with job.lock:
            return job.history.copy()

    def compared(self, run_id: str) -> ComparedWithPca | None:
        """The metrics of an ended run that are computed on demand, and PCA's.

        None while the cluster computes them, or those of other runs: ask again. Raises RunNotFound, RunUnreadable.
        """
        run, known = self.store.load(run_id), self.store.load_compared(run_id)
        if (known is not None and known.complete) or run.measures is None or self._client is None:
            return known
        with self._measuring_lock:
            if run_id not in self._measuring and len(self._measuring) < COMPARING:
                network = self.store.model_of(run)
                task = self._client.submit(compare_with_pca, network, run.training.dataset, pure=False, priority=-50)
                self._measuring[run_id] = task  # kept, so that Dask does not drop it
                task.add_done_callback(partial(self._hand_over, run_id, self.store.save_compared))
        return None

    def _stored_view(self, run_id: str, points: int, records: int) -> RunProgress:
        run, history = self.store.load(run_id), self.store.load_history(run_id)
        return RunProgress(
            run=run,
            version=-1,
            rewrites=-1,  # different from any job's, so that a reader who saw a job's history reads all again
            points=history.points[points:],
            records=history.records[records:],
            frame=self.store.last_frame(run_id),
            notices=all_notices(run, history.records),
            learning_rate=run.learning_rate,
            seconds_per_epoch=typical_seconds(history.records),
            seconds_left=None,
            sharing=0,
            place=None,
            wait=None,
            engine_ready=self.ready,
            engine_problem=self.problem,
        )

    def _begin(self, run: Run, history: History, checkpoint: Checkpoint) -> None:
        job = Job(run, history, checkpoint, self.store, self._pool, ended=self._forget)
        self._jobs[run.id] = job
        if self._client is not None:
            job.connect(self._client)

    def _forget(self, run: Run) -> None:
        self._let_go(run.id)

    def _let_go(self, run_id: str) -> Job | None:
        job = self._jobs.pop(run_id, None)
        if job is not None:
            self._first_turns.append(job.throughput.first_turn)
        return job

    def _job_taking(self, command: Command, run_id: str) -> Job:
        """The job of a run whose status takes this command. Raises EngineError, RunNotFound, RunUnreadable."""
        job = self._job(run_id)
        _require_command(job.run, command)
        return job

    def _job(self, run_id: str) -> Job:
        job = self._jobs.get(run_id)
        if job is None:
            run = self.store.load(run_id)
            if run.status == "interrupted":
                raise EngineError("Run {run} was interrupted. Resume it first.", run=run_id)
            self._not_elsewhere(run)
            raise EngineError("Run {run} has ended. Start a new one.", run=run_id)
        return job

    def _not_elsewhere(self, run: Run) -> None:
        if not run.ended and run.status != "interrupted":
            raise _trained_elsewhere(run.id)

    def _place(self, job: Job) -> int | None:
        """Position in the queue: how many tasks must end before this run gets a worker. None once it trains.

        Dask runs the oldest task first, one per worker.
        """
        if job.run.status != "waiting" or not job.waiting:
            return None
        return max(0, len(self._ahead(job)) + 1 - max(1, len(self._workers)))

    def _wait(self, job: Job) -> float | None:
        """Expected seconds until the first slice: one slice of each run ahead, shared among the workers.

        None if no run is ahead.
        """
        if not self._place(job):
            return None
        under_way = [c.throughput.first_turn for c in list(self._jobs.values())]
        took = [seconds for seconds in (*self._first_turns, *under_way) if seconds is not None]
        first = statistics.median(took) if took else FIRST_TURN_SECONDS
        turns = [first if c.throughput.turn is None else c.throughput.turn for c in self._ahead(job)]
        return sum(turns) / max(1, len(self._workers))

    def _ahead(self, job: Job) -> list[Job]:
        return [c for c in list(self._jobs.values()) if c.waiting and c.submitted < job.submitted]

    def _check_turns(self, owner: str | None) -> None:
        """`owner` is hashed. Raises LimitReached."""
        if self.limits is not None:
            turns = [job.run for job in list(self._jobs.values()) if job.takes_turns]
            self.limits.check_turns(sum(run.owner == owner for run in turns), len(turns))


def _clean(name: str) -> str:
    return " ".join(name.split())[:LONGEST_NAME]


def _require_command(run: Run, command: Command) -> None:
    """Raises EngineError if the status does not accept the command, unless it has taken effect (see DONE_ALREADY)."""
    if command not in run.commands and run.status not in DONE_ALREADY.get(command, ()):
        raise EngineError(
            "The status of run {run} is {status}: it does not take the command {command} now. "
            "Use the buttons that its page shows.",
            run=run.id,
            status=STATUS_LABELS[run.status],
            command=command,
        )


def _trained_elsewhere(run_id: str) -> EngineError:
    return EngineError("Run {run} is being trained by another process. Stop it there, or wait for its end.", run=run_id)
