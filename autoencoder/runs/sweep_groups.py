"""Sweeps on disk: what each is, and which of its members have been started. One file a sweep in `models/.sweeps/`."""

from __future__ import annotations

import fcntl
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, Literal, get_args

from autoencoder.choices import OPTIONS
from autoencoder.errors import InvalidSweep
from autoencoder.process.files import locked, remove, storage_error, write_atomically
from autoencoder.runs.files import FORMAT
from autoencoder.settings import Architecture, Training
from autoencoder.sweep import Sweep

GroupStatus = Literal["running", "paused", "stopped", "finished"]
_KNOWN = ("format", "owner", "created", "status", "architecture", "training", "values", "seeds", "runs")


@dataclass(frozen=True)
class SweepGroup:
    """A sweep under way or over. Its members wait here, outside the queue, until each is started."""

    id: str
    sweep: Sweep
    owner: str | None  # hashed
    created: str  # ISO 8601, UTC
    status: GroupStatus = "running"
    runs: tuple[str | None, ...] = ()  # the run of each member, in their order; None: not started yet
    others: Mapping[str, Any] = field(default_factory=dict, hash=False)  # written by a newer version; kept unchanged

    @property
    def started(self) -> tuple[str, ...]:
        """The runs that there are."""
        return tuple(run for run in self.runs if run is not None)

    @property
    def next_member(self) -> int | None:
        """The place of the member that comes next; None where all have been started."""
        return next((at for at, run in enumerate(self.runs) if run is None), None)

    def with_run(self, at: int, run_id: str) -> SweepGroup:
        """The member at this place has been started."""
        return replace(self, runs=(*self.runs[:at], run_id, *self.runs[at + 1 :]))


def new_group(sweep: Sweep, owner: str | None, created: str) -> SweepGroup:
    """A sweep of which nothing has been started; `owner`: hashed."""
    return SweepGroup(secrets.token_hex(4), sweep, owner, created, runs=(None,) * sweep.size)


class SweepStore:
    """The files of sweeps in a folder of runs, which several processes may share. Thread-safe.

    Each file is written whole.
    """

    def __init__(self, models: Path) -> None:
        """`models`: the folder of the runs."""
        self._folder = models / ".sweeps"
        self._known: dict[Path, tuple[tuple[int, int], SweepGroup | None]] = {}  # by file: time of change and inode

    def save(self, group: SweepGroup) -> None:
        """Raises StorageError."""
        write_atomically(self._file(group.id), json.dumps(_to_json(group)).encode())

    def delete(self, group_id: str) -> None:
        """Its runs stay. Raises StorageError."""
        for path in (self._file(group_id), self._lock(group_id)):
            remove(path)
            self._known.pop(path, None)

    def groups(self) -> list[SweepGroup]:
        """All that can be read, the newest first."""
        found = [self._load(path) for path in self._folder.glob("*.json")]
        return sorted((group for group in found if group is not None), key=lambda group: group.created, reverse=True)

    def group(self, group_id: str) -> SweepGroup | None:
        """One of `groups`; None where there is none of that id."""
        path = self._file(group_id)
        return self._load(path) if path.parent == self._folder else None

    def claim(self, group_id: str) -> IO[str] | None:
        """Be the one process that looks after a sweep, until the file is closed; None where another one does."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            file = self._lock(group_id).open("a")
        except OSError as problem:
            raise storage_error(problem) from problem
        if locked(file, fcntl.LOCK_EX, patience=0.5):  # a reader may hold it for a moment
            return file
        file.close()
        return None

    def is_claimed(self, group_id: str) -> bool:
        """Whether a process looks after a sweep."""
        try:
            with self._lock(group_id).open("r") as file:
                return not locked(file, fcntl.LOCK_SH)
        except OSError:  # never claimed, or not ours to read
            return False

    def _file(self, group_id: str) -> Path:
        return self._folder / f"{group_id}.json"

    def _lock(self, group_id: str) -> Path:
        return self._folder / f"{group_id}.lock"

    def _load(self, path: Path) -> SweepGroup | None:
        """Read again only where it has changed."""
        try:
            stat = path.stat()
        except OSError:  # there is none, or it was deleted in between
            return None
        changed = stat.st_mtime_ns, stat.st_ino
        known = self._known.get(path)
        if known is None or known[0] != changed:
            known = self._known[path] = changed, _read(path)
        return known[1]


def _to_json(group: SweepGroup) -> dict[str, Any]:
    architecture, training = group.sweep.base
    return {
        **group.others,
        "format": FORMAT,
        "owner": group.owner,
        "created": group.created,
        "status": group.status,
        "architecture": architecture.to_json(),
        "training": training.to_json(),
        "values": [[name, [OPTIONS[name].to_text(value) for value in values]] for name, values in group.sweep.values],
        "seeds": group.sweep.seeds,
        "runs": list(group.runs),
    }


def _read(path: Path) -> SweepGroup | None:
    """None where it is damaged, or of a newer version with options that are unknown here."""
    try:
        said = json.loads(path.read_text())
        base = Architecture.from_json(said["architecture"]), Training.from_json(said["training"])
        values = tuple((name, tuple(OPTIONS[name].from_text(text) for text in texts)) for name, texts in said["values"])
        sweep = Sweep(base, values, int(said["seeds"]))
        runs = tuple(None if run is None else str(run) for run in said["runs"])
        if said["status"] not in get_args(GroupStatus) or len(runs) != sweep.size:
            raise InvalidSweep("This is no sweep.")
        others = {name: value for name, value in said.items() if name not in _KNOWN}
        return SweepGroup(path.stem, sweep, said["owner"], str(said["created"]), said["status"], runs, others)
    except Exception:  # whatever a file may hold: the other sweeps are not affected
        return None
