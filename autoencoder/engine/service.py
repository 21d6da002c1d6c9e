"""TrainingService: starts runs on a Dask cluster, steers them, and reports their progress."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

from distributed import Client

from autoencoder.analysis.latent_space import LatentSpace
from autoencoder.analysis.metrics import ComparedWithPca
from autoencoder.choices import Pair
from autoencoder.engine.background import BackgroundTasks
from autoencoder.engine.job import CLOSING_SECONDS, Job
from autoencoder.engine.reader import RunReader
from autoencoder.engine.supplies import supply
from autoencoder.engine.sweeps import Sweeps
from autoencoder.engine.tsne_jobs import TsneJobs
from autoencoder.engine.workers import Workers
from autoencoder.errors import AutoencoderError, EngineError, NotAllowed, RunNotFound
from autoencoder.network.protocol import Model
from autoencoder.presets import exact_preset
from autoencoder.runs.changes import rewound
from autoencoder.runs.history import History
from autoencoder.runs.limits import Limits, bytes_needed
from autoencoder.runs.notices import Notice
from autoencoder.runs.run import Command, Run, Status, clean_name, clean_note, hashed, now, require_command
from autoencoder.runs.seen import LastSeen
from autoencoder.runs.selections import Selections
from autoencoder.runs.store import RunStore
from autoencoder.runs.sweep_groups import SweepGroup, SweepStore, new_group
from autoencoder.settings import Architecture, Training, require_learning_rate
from autoencoder.sweep import Sweep
from autoencoder.training.best_epoch import Keep
from autoencoder.training.loop import epochs_done, first_checkpoint
from autoencoder.training.objective import require_fitting
from autoencoder.training.records import Checkpoint

RETRY_SECONDS = 3.0
_log = logging.getLogger(__name__)


class TrainingService(RunReader):
    """The runs under way, and those in the store. Thread-safe."""

    def __init__(self, store: RunStore, limits: Limits | None = None) -> None:
        """Runs wait until `connect` gives a cluster. `limits` None: nothing is limited."""
        super().__init__(store, Workers(lost=self._worker_lost))
        self.limits = limits
        self.tsne = TsneJobs(store)
        self._seen = LastSeen(store.folder)
        self._client: Client | None = None
        self._admission = threading.RLock()  # starts one run at a time, so that limits hold
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="training-service")
        self._background = BackgroundTasks(store, self._pool)
        self.sweeps = Sweeps(SweepStore(store.folder), self, self._start_member)
        self._closed = threading.Event()
        threading.Thread(target=self._look_after, name="training-service-care", daemon=True).start()

    # ---- the cluster ----

    def connect(self, client: Client) -> None:
        """Train on this cluster from now on; runs that wait begin."""
        self._client, self.problem = client, None
        supply(client, self._pool)
        self._workers.connect(client)
        self._each(lambda job: job.connect(client))
        self.tsne.connect(client)
        self._background.connect(client)

    def disconnect(self, problem: AutoencoderError) -> None:
        """The cluster is lost: runs go back to their checkpoints on disk and wait for another cluster."""
        _log.error("%s", problem)
        self._client, self.problem = None, problem
        self._workers.disconnect()
        self.tsne.connect(None)
        self._background.disconnect()
        self._each(Job.disconnect)

    def close(self) -> None:
        """Write checkpoints of the runs under way and release them; they can be resumed after a restart."""
        self._closed.set()
        self.sweeps.close()
        self._background.close()
        self.tsne.close()
        self._each(Job.halt)  # or the slices of those whose turn to close comes later would hold up the rest
        end = time.monotonic() + CLOSING_SECONDS  # for all together
        self._each(lambda job: job.close(within=max(0.1, end - time.monotonic())))
        self._jobs.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _worker_lost(self) -> None:
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
        beside: str | None = None,
    ) -> Run:
        """Queue a new run. `owner` is a secret that only its browser knows; `beside`: the run to compare it with.

        Raises InvalidTraining, StorageError, LimitReached.
        """
        whose = owner and hashed(owner)
        return self._start(architecture, training, whose, preset, name, beside)

    def _start(
        self,
        architecture: Architecture,
        training: Training,
        whose: str | None,
        preset: str | None,
        name: str = "",
        beside: str | None = None,
    ) -> Run:
        """As `start`; `whose`: the owner's hash."""
        require_learning_rate(training.learning_rate)
        require_fitting(architecture, training)
        run_id = self.store.new_id()
        run = Run(run_id, architecture, training, clean_name(name), preset, whose, created=now(), beside=beside)
        checkpoint = first_checkpoint(architecture, training)
        with self._admission:
            self._check_turns(whose)
            for going in self._runs_to_delete(architecture, training, whose):
                self.delete(going.id)
            self._begin(run, History(), checkpoint)
        return run

    def runs_to_delete(self, architecture: Architecture, training: Training, owner: str | None) -> list[Run]:
        """The runs that starting this one would delete, to make room. Raises LimitReached."""
        return self._runs_to_delete(architecture, training, owner and hashed(owner))

    def _runs_to_delete(self, architecture: Architecture, training: Training, whose: str | None) -> list[Run]:
        if self.limits is None:
            return []
        self.limits.check_size(architecture, training)
        return self._to_make_room(bytes_needed(architecture), whose, self.limits)

    def _to_make_room(self, needed: int, whose: str | None, limits: Limits) -> list[Run]:
        """The runs that go for one of so many bytes. Raises LimitReached."""
        runs, _unreadable = self.runs()
        return limits.runs_to_delete(runs, whose, self._size, needed, self._seen.away(runs))

    def take_in(self, opened: RunStore, run_id: str) -> Run:
        """Keep a run of another folder; it counts like one that was trained. Raises LimitReached, StorageError."""
        run = opened.load(run_id)
        with self._admission:
            if self.limits is not None:
                self.limits.check_network(run.architecture)
                for going in self._to_make_room(opened.size(run_id), run.owner, self.limits):
                    self.delete(going.id)
            self.store.take_in(opened.folder / run_id)
        return run

    def check_sweep(self, sweep: Sweep, owner: str | None) -> None:
        """Raises LimitReached for a sweep that does not fit, with the numbers; `owner` as in `start`."""
        if self.limits is None:
            return
        for member in sweep.members():
            self.limits.check_size(*member.settings)
        whose = owner and hashed(owner)
        self.limits.check_sweep(sweep.size, [run for run in self.runs()[0] if run.owner == whose])

    def start_sweep(self, sweep: Sweep, owner: str | None = None) -> SweepGroup:
        """Begin a sweep, whose members wait on disk for their turns. Raises as `check_sweep` and `start`."""
        self.check_sweep(sweep, owner)
        for member in sweep.members():
            require_learning_rate(member.settings[1].learning_rate)
            require_fitting(*member.settings)
        group = new_group(sweep, owner and hashed(owner), now())
        self.sweeps.add(group)
        return self.sweeps.group(group.id)

    def _start_member(self, settings: Pair, whose: str | None) -> Run:
        """Of a sweep. Raises LimitReached where its person may train no more now, also without other limits."""
        with self._admission:
            turns = [job.run.owner for job in list(self._jobs.values()) if job.takes_turns]
            mine = turns.count(whose)
            if self.limits is None:
                Limits().check_turns(mine, 0)
            else:
                self.limits.check_member(mine, len(turns))
            return self._start(*settings, whose, exact_preset(*settings))

    def saw(self, owner: str | None) -> None:
        """A person has opened a page; `owner` as in `start`. Their runs make no room for others' then."""
        if owner:
            self._seen.note(hashed(owner), lambda: self.runs()[0])

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
                require_command(run, "resume")
                job.resume()
            else:
                self._reopen(run, "waiting")

    def go_back(self, run_id: str) -> None:
        """Train on from the best epoch; what came after it is given up. Also of a run that was paused or interrupted.

        Raises LimitReached, EngineError where there is no way back, and what the store raises.
        """
        run = self.run(run_id)
        if run.status not in ("paused", "interrupted"):
            return self._job_taking("go_back", run_id).go_back()
        with self._admission:
            self._check_turns(run.owner)
            if run_id not in self._jobs:
                require_command(run, "go_back")
                self._reopen(run, "paused")
        self._job_taking("go_back", run_id).go_back()  # may wait for the cluster, while others start and resume theirs

    def _reopen(self, run: Run, status: Status) -> None:
        """Take up a run that was interrupted, at its checkpoint."""
        run_id = run.id
        if run.ended:
            raise EngineError("Run {run} has ended; it cannot be resumed. Start a new one.", run=run_id)
        self._not_elsewhere(run)
        checkpoint = self.store.load_checkpoint(run_id) or first_checkpoint(run.architecture, run.training)
        epoch = epochs_done(checkpoint, run.training)
        history = self.store.load_history(run_id)
        history.rewind(epoch)
        self.store.drop_frames(run_id, after=epoch)
        run = rewound(run, epoch, checkpoint.best_epoch)
        events = (*run.events, Notice("resumed", {"epoch": epoch}))
        self._begin(replace(run, status=status, events=events), history, checkpoint)

    def pause(self, run_id: str, because: str = "") -> None:
        """Pause a run at the end of its last finished slice. Raises EngineError if its status does not accept that.

        `because`: an English sentence for the run's page, which its owner did not expect to see paused.
        """
        self._job_taking("pause", run_id).pause(because)

    def step(self, run_id: str) -> None:
        """Train to the end of an epoch, then pause. Raises LimitReached, EngineError."""
        with self._admission:
            job = self._job_taking("step", run_id)
            if job.run.status == "paused":
                self._check_turns(job.run.owner)
            job.step()

    def stop(self, run_id: str, keep: Keep | None = None) -> None:
        """End a run; what was learned is measured and kept, which weights as of `outcome_of`. Raises EngineError."""
        self._job_taking("stop", run_id).stop(keep)

    def set_learning_rate(self, run_id: str, rate: float) -> None:
        """Change the rate from the next slice on; with a schedule, its highest. Raises InvalidTraining, EngineError."""
        self._job(run_id)
        require_learning_rate(rate)  # first
        self._job_taking("learning_rate", run_id).set_learning_rate(rate)

    def rename(self, run_id: str, name: str) -> None:
        """Rename a run; as `clean_name` makes the name.

        Raises RunNotFound, RunUnreadable, NotAllowed, StorageError.
        """
        self._relabel(run_id, lambda run: replace(run, name=clean_name(name)))

    def annotate(self, run_id: str, note: str) -> None:
        """Set a run's note, as `clean_note` makes it. Raises as `rename`."""
        self._relabel(run_id, lambda run: replace(run, note=clean_note(note)))

    def change_selections(self, run_id: str, change: Callable[[Selections], Selections]) -> None:
        """Change the named selections of a run. Raises as `rename`, and what `change` raises."""
        with self._admission:  # one after the other; and a run that is deleted meanwhile must not be written again
            self._load(run_id)
            self._not_shipped(run_id)
            kept = self.store.selections(run_id)
            kept.save(change(kept.load()))

    def _relabel(self, run_id: str, change: Callable[[Run], Run]) -> None:
        if (job := self._jobs.get(run_id)) is not None:
            return job.relabel(change)
        with self._admission:  # a run that is deleted meanwhile must not be written again
            run = self._load(run_id)
            self._not_elsewhere(run)
            self._not_shipped(run_id)
            self.store.save(change(run))

    def _not_shipped(self, run_id: str) -> None:
        if self.store.ships(run_id):
            raise NotAllowed("Run {run} ships with the app and stays as it is.", run=run_id)

    def delete(self, run_id: str, because: RunNotFound | None = None) -> None:
        """Stop the run if it is under way, and delete all its files.

        `because`: what is said from now on to whoever still asks for the run.
        """
        if run_id not in self._jobs and self.store.is_claimed(run_id):
            raise _trained_elsewhere(run_id)
        self._deleted.note(run_id, because or RunNotFound("This run has been deleted. Start another one."))
        if (job := self._let_go(run_id)) is not None:
            job.close(keep=False)
        self.tsne.cancel(run_id)
        with self._admission:
            try:
                self.store.delete(run_id)
            except AutoencoderError:
                self._deleted.take_back(run_id)
                raise

    def compared(self, run_id: str) -> ComparedWithPca | None:
        """The metrics of an ended run that are computed on demand, and PCA's.

        None while the cluster computes them, or those of other runs: ask again. Raises RunNotFound, RunUnreadable.
        """
        return self._background.compared(run_id)

    def space_of(self, run: Run, model: Model) -> LatentSpace | None:
        """Codes and errors of all digits by a model of the run, computed on the cluster now; None where it cannot."""
        return self._background.space_of(run, model)

    def _begin(self, run: Run, history: History, checkpoint: Checkpoint) -> None:
        job = Job(run, history, checkpoint, self.store, self._pool, ended=self._forget)
        self._jobs[run.id] = job
        if self._client is not None:
            job.connect(self._client)

    def _forget(self, run: Run) -> None:
        self._let_go(run.id)
        self.sweeps.wake()

    def _let_go(self, run_id: str) -> Job | None:
        job = self._jobs.pop(run_id, None)
        if job is not None:
            self._first_turns.append(job.throughput.first_turn)
        return job

    def _job_taking(self, command: Command, run_id: str) -> Job:
        """The job of a run whose status takes this command. Raises EngineError, RunNotFound, RunUnreadable."""
        job = self._job(run_id)
        require_command(job.run, command)
        return job

    def _job(self, run_id: str) -> Job:
        job = self._jobs.get(run_id)
        if job is None:
            run = self._load(run_id)
            if run.status == "interrupted":
                raise EngineError("Run {run} was interrupted. Resume it first.", run=run_id)
            self._not_elsewhere(run)
            raise EngineError("Run {run} has ended. Start a new one.", run=run_id)
        return job

    def _not_elsewhere(self, run: Run) -> None:
        if not run.ended and run.status != "interrupted":
            raise _trained_elsewhere(run.id)

    def _check_turns(self, owner: str | None) -> None:
        """`owner` is hashed. Raises LimitReached."""
        if self.limits is not None:
            turns = [job.run for job in list(self._jobs.values()) if job.takes_turns]
            self.limits.check_turns(sum(run.owner == owner for run in turns), len(turns))


def _trained_elsewhere(run_id: str) -> EngineError:
    return EngineError("Run {run} is being trained by another process. Stop it there, or wait for its end.", run=run_id)
