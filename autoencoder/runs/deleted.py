"""Why runs are gone that were there, for pages that still show them: one line a run in `models/.room/deleted.jsonl`."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from pathlib import Path

from autoencoder.errors import AutoencoderError, RunNotFound
from autoencoder.process.files import write_atomically

MOST_DELETED = 1_000  # the newest are remembered


class Deleted:
    """Reasons by the ids of runs, kept over a restart. Thread-safe."""

    def __init__(self, models: Path) -> None:
        """`models`: the folder of the runs."""
        self._file, self._lock = models / ".room" / "deleted.jsonl", threading.Lock()
        self._because = dict(_read(self._file))
        if len(self._because) > MOST_DELETED:
            self._because = dict(list(self._because.items())[-MOST_DELETED:])
            with suppress(AutoencoderError):  # a full disk: the file is only longer than it needs to be
                lines = (_line(run_id, because) for run_id, because in self._because.items())
                write_atomically(self._file, "".join(lines).encode())

    def __contains__(self, run_id: str) -> bool:
        """Whether this run was there and is gone."""
        return run_id in self._because

    def because(self, run_id: str) -> RunNotFound | None:
        """Why a run is gone; None for one that never was there, or long ago."""
        return self._because.get(run_id)

    def note(self, run_id: str, because: RunNotFound) -> None:
        """A run goes. On a full disk this is forgotten at the next start."""
        with self._lock:
            self._because[run_id] = because
            for oldest in list(self._because)[:-MOST_DELETED]:
                del self._because[oldest]
            with suppress(OSError):
                self._file.parent.mkdir(parents=True, exist_ok=True)
                with self._file.open("a") as file:
                    file.write(_line(run_id, because))

    def take_back(self, run_id: str) -> None:
        """It could not be deleted. A run that is there is found first, whatever its line says."""
        with self._lock:
            self._because.pop(run_id, None)


def _line(run_id: str, because: RunNotFound) -> str:
    return json.dumps({"run": run_id, **because.to_json()}) + "\n"


def _read(file: Path) -> list[tuple[str, RunNotFound]]:
    """What can be read of it, the oldest first; the last line may have been cut."""
    found = []
    with suppress(OSError, UnicodeDecodeError):
        for line in file.read_text().splitlines():
            with suppress(ValueError, KeyError, TypeError, RecursionError):
                said = json.loads(line)
                found.append((str(said["run"]), RunNotFound.from_json(said)))
    return found
