"""When each person was last seen: whose runs may make room for others'.

One empty file per person in `models/.room/seen/`; its modification time is that of the last visit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from autoencoder.runs.run import Run

AWAY_DAYS = 7
MOST_NOTED = 1_000  # people held in memory before those of more than an hour ago are forgotten
NOTED_EVERY = 3600.0  # seconds: a person who looks at many pages is noted once an hour


class LastSeen:
    """Last visits, kept in the folder of runs. Thread-safe: a file is touched, never written."""

    def __init__(self, models: Path, now: Callable[[], float] = time.time) -> None:
        """`now`: seconds since 1970."""
        self._folder, self._now = models / ".room" / "seen", now
        self._noted: dict[str, float] = {}

    def note(self, owner: str, runs: Callable[[], Iterable[Run]]) -> None:
        """A person (an owner's hash) is here. Only who has runs is noted: dropped cookies fill no folder."""
        now = self._now()
        if now - self._noted.get(owner, 0.0) < NOTED_EVERY:
            return
        if len(self._noted) >= MOST_NOTED:  # people who come with a new cookie each time
            self._noted = {each: at for each, at in self._noted.items() if now - at < NOTED_EVERY}
        self._noted[owner] = now  # also of who has no runs yet: those of the next hour count by when they were started
        if all(run.owner != owner for run in runs()):
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / owner).touch()
        except OSError:  # a full disk, a folder that cannot be written: others' runs go by when they were started
            return

    def away(self, runs: Iterable[Run]) -> Callable[[str | None], bool]:
        """Whether an owner has neither been seen nor started one of these runs for `AWAY_DAYS` days."""
        last: dict[str | None, float] = {}
        for run in runs:
            last[run.owner] = max(last.get(run.owner, 0.0), _seconds(run.created))
        since = self._now() - AWAY_DAYS * 24 * 3600
        return lambda owner: max(last.get(owner, 0.0), self._seen(owner)) < since

    def _seen(self, owner: str | None) -> float:
        try:
            return (self._folder / owner).stat().st_mtime if owner else 0.0
        except OSError:
            return 0.0


def _seconds(created: str) -> float:
    try:
        return datetime.fromisoformat(created).timestamp()
    except ValueError:  # a run of an early version, or one that was edited
        return 0.0
