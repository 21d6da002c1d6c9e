"""Sweeps on the cluster: members are started while their person may train more, and paused and stopped as one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import IO, Protocol

from autoencoder.choices import Pair
from autoencoder.errors import AutoencoderError, InvalidSweep, LimitReached
from autoencoder.runs.run import Run
from autoencoder.runs.sweep_groups import GroupStatus, SweepGroup, SweepStore

LOOK_SECONDS = 2.0  # between two looks whether a member can be started; the end of a run is told at once
_UNDER_WAY: tuple[GroupStatus, ...] = ("running", "paused")
_log = logging.getLogger(__name__)


class Runs(Protocol):
    """What sweeps ask of the training service."""

    def run(self, run_id: str) -> Run:
        """Raises RunNotFound."""
        ...

    def pause(self, run_id: str) -> None:
        """Raises EngineError."""
        ...

    def resume(self, run_id: str) -> None:
        """Raises LimitReached, EngineError."""
        ...

    def stop(self, run_id: str) -> None:
        """Raises EngineError."""
        ...


class Sweeps:
    """The sweeps of everyone. Thread-safe."""

    def __init__(self, store: SweepStore, runs: Runs, begin: Callable[[Pair, str | None], Run]) -> None:
        """`begin` starts a run for a person (hashed); raises LimitReached where that person may train no more now."""
        self._store, self._runs, self._begin = store, runs, begin
        self._lock = threading.RLock()
        self._wake, self._closed = threading.Event(), False
        self._claims: dict[str, IO[str]] = {}  # of the sweeps that this process looks after
        self._care: threading.Thread | None = None

    def all(self) -> list[SweepGroup]:
        """Those of every process that shares the folder, the newest first."""
        return [self._as_it_is(group) for group in self._store.groups()]

    def group(self, group_id: str) -> SweepGroup:
        """Raises InvalidSweep where there is none."""
        group = self._store.group(group_id)
        if group is None:
            raise InvalidSweep("There is no sweep {name}; it may have been deleted.", name=group_id[:40])
        return self._as_it_is(group)

    def add(self, group: SweepGroup) -> None:
        """Begin a sweep. Raises StorageError."""
        with self._lock:
            self._claim(group.id)
            self._keep(group)
        self._run()

    def pause(self, group_id: str) -> None:
        """No member is started, and those under way pause. Raises InvalidSweep, StorageError."""
        self._set(group_id, "paused", self._runs.pause)

    def resume(self, group_id: str) -> None:
        """Go on, with the paused members first. Raises InvalidSweep, StorageError."""
        self._set(group_id, "running", self._runs.resume)
        self._run()

    def stop(self, group_id: str) -> None:
        """End it; members under way keep what they have learned. Raises InvalidSweep, StorageError."""
        self._set(group_id, "stopped", self._runs.stop)

    def forget(self, group_id: str) -> None:
        """Delete a sweep that does not run; its runs stay. Raises InvalidSweep."""
        with self._lock:
            if self.group(group_id).status in _UNDER_WAY:
                raise InvalidSweep("This sweep is under way. Stop it first.")
            self._delete(group_id)

    def pause_all(self) -> None:
        """No sweep starts anything more until it is resumed; runs are left as they are. Raises StorageError."""
        self._set_all("running", "paused")

    def resume_all(self) -> None:
        """All paused sweeps go on; runs are left as they are. Raises StorageError."""
        self._set_all("paused", "running")
        self._run()

    def clear(self) -> None:
        """Forget all sweeps but those of other processes; runs are left as they are."""
        with self._lock:
            for group in self.all():
                with suppress(InvalidSweep):
                    self._claim(group.id)
                    self._delete(group.id)

    def wake(self) -> None:
        """A run has ended: somebody's next member may have its turn."""
        self._wake.set()

    def close(self) -> None:
        """Start nothing more; what is on disk goes on after a restart, or in another process."""
        self._closed = True
        self._wake.set()
        with self._lock:
            for group_id in list(self._claims):
                self._release(group_id)

    def fill(self) -> None:
        """Start members of the running sweeps, a turn each, for as long as the limits let them."""
        with self._lock:
            mine = [group for group in reversed(self.all()) if group.id in self._claims]
            waiting = [group.id for group in mine if group.status == "running"]
            while waiting and not self._closed:
                waiting = [group_id for group_id in waiting if self._start_next(group_id)]

    def _start_next(self, group_id: str) -> bool:
        """Whether another member was started."""
        group = self.group(group_id)
        at = group.next_member
        if at is None:
            if all(self._is_over(run) for run in group.started):
                self._keep(replace(group, status="finished"))
            return False
        member = tuple(group.sweep.members())[at]
        try:
            run = self._begin(member.settings, group.owner)
        except LimitReached:
            return False
        self._keep(group.with_run(at, run.id))
        return True

    def _is_over(self, run_id: str) -> bool:
        try:
            return self._runs.run(run_id).ended
        except AutoencoderError:  # deleted
            return True

    def _set(self, group_id: str, status: GroupStatus, do: Callable[[str], None]) -> None:
        with self._lock:
            group = self.group(group_id)
            self._claim(group_id)
            self._keep(replace(group, status=status))
            for run in group.started:
                with suppress(AutoencoderError):  # it has ended, is gone, or no more may take turns now
                    do(run)

    def _set_all(self, before: GroupStatus, after: GroupStatus) -> None:
        with self._lock:
            for group in self.all():
                if group.status == before:
                    with suppress(InvalidSweep):  # another process has it
                        self._claim(group.id)
                        self._keep(replace(group, status=after))

    def _keep(self, group: SweepGroup) -> None:
        """Write it down; once it is over, any process may have it."""
        self._store.save(group)
        if group.status not in _UNDER_WAY:
            self._release(group.id)

    def _delete(self, group_id: str) -> None:
        self._store.delete(group_id)
        self._release(group_id)

    def _claim(self, group_id: str) -> None:
        """Look after a sweep from now on: two processes would both start its members. Raises InvalidSweep."""
        if group_id in self._claims:
            return
        claim = self._store.claim(group_id)
        if claim is None:
            raise InvalidSweep("This sweep is looked after by another process. Ask for it there.")
        self._claims[group_id] = claim

    def _release(self, group_id: str) -> None:
        if claim := self._claims.pop(group_id, None):
            claim.close()

    def _as_it_is(self, group: SweepGroup) -> SweepGroup:
        """What ran in a process that has ended waits until somebody resumes it."""
        waits = group.status == "running" and not self._store.is_claimed(group.id)
        return replace(group, status="paused") if waits else group

    def _run(self) -> None:
        with self._lock:
            if self._care is None:
                self._care = threading.Thread(target=self._look_after, name="sweeps", daemon=True)
                self._care.start()
        self.fill()

    def _look_after(self) -> None:
        while not self._closed:
            self._wake.wait(LOOK_SECONDS)
            self._wake.clear()
            try:
                self.fill()
            except Exception:  # such as a full disk: looked at again
                _log.exception("sweeps")
