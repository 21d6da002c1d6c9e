"""The people who share this server: what they call themselves, and the challenge that the host has set them.

Small files in `models/.room/`, each written whole or not at all, and a name in a file of its own: two servers with one
folder do not overwrite each other's.
"""

from __future__ import annotations

import json
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from autoencoder.errors import InvalidSetting
from autoencoder.presets import PRESETS, Preset
from autoencoder.process.files import write_atomically
from autoencoder.runs.history import History
from autoencoder.runs.run import Run, now

LONGEST_NICKNAME = 24
MOST_NAMES = 1_000  # a browser that drops its cookie is somebody new each time: the oldest names go
LONGEST_CHALLENGE = 3_600  # seconds
Goal = Literal["mse", "knn"]
_NO_NAME = ("C", "Zl", "Zp")  # control and format characters, which could turn a line of text around


def may_be_challenge(preset: Preset) -> bool:
    """Who takes the course's presets holds no digits out, and would never have a score."""
    return preset.training.holds_out


@dataclass(frozen=True)
class Challenge:
    """Who gets the best map out of a preset's network, within so many seconds of training?"""

    preset: str
    goal: Goal = "mse"  # lowest held-out MSE, or highest accuracy of the 5 nearest codes
    seconds: int = 60  # of training, as the run counts them: without waiting for others
    since: str = ""  # ISO 8601, UTC: runs that began before do not count

    def __post_init__(self) -> None:
        """Raises InvalidSetting."""
        whole = isinstance(self.seconds, int) and not isinstance(self.seconds, bool)
        known = self.preset in PRESETS and may_be_challenge(PRESETS[self.preset]) and self.goal in get_args(Goal)
        if not (known and whole and 1 <= self.seconds <= LONGEST_CHALLENGE and isinstance(self.since, str)):
            raise InvalidSetting(
                "A challenge needs a preset that holds digits out, a goal and 1 to {most:,} seconds.",
                most=LONGEST_CHALLENGE,
            )

    def takes(self, run: Run) -> bool:
        """Whether a run takes part: the preset's network on its digits, begun after the challenge was set."""
        preset = PRESETS[self.preset]
        same = run.architecture == preset.architecture and run.training.dataset == preset.training.dataset
        fair = run.training.holds_out  # else its held-out digits are none
        return same and fair and bool(run.owner) and run.created >= self.since

    def score(self, run: Run, history: History) -> float | None:
        """What it has reached within the time; None where it is nothing yet. For `knn` it must have ended by then."""
        if self.goal == "knn":
            in_time = run.measures is not None and run.seconds <= self.seconds
            return run.measures.knn_accuracy if run.measures is not None and in_time else None
        spent, best = 0.0, None
        for record in history.records:
            spent += record.seconds
            if spent <= self.seconds and record.val_loss is not None:
                best = record.val_loss if best is None else min(best, record.val_loss)
        return best


class Workshop:
    """What is kept of the people of `models/`. Thread-safe: files are read and written whole."""

    def __init__(self, models: Path) -> None:
        self._folder = models / ".room"
        self._read: tuple[int, dict[str, str]] = (0, {})

    def name(self, owner: str | None) -> str:
        """Of an owner (hashed); "" where none was given."""
        return self.names().get(owner or "", "")

    def names(self) -> dict[str, str]:
        """Nicknames by owner. Cheap: meant to be asked often."""
        try:
            changed = (self._folder / "names").stat().st_mtime_ns
        except OSError:
            return {}
        if self._read[0] != changed:
            found = {path.stem: str(_content(path).get("name", "")) for path in (self._folder / "names").glob("*.json")}
            self._read = changed, {owner: clean_nickname(name) for owner, name in found.items() if name}
        return self._read[1]

    def set_name(self, owner: str, name: str) -> None:
        """`owner` is hashed. Raises StorageError."""
        path = self._folder / "names" / f"{owner}.json"
        name = clean_nickname(name)
        if not name:
            path.unlink(missing_ok=True)
            return
        write_atomically(path, json.dumps({"name": name}).encode())
        for old in _newest_first(path.parent.glob("*.json"))[MOST_NAMES:]:
            old.unlink(missing_ok=True)

    def challenge(self) -> Challenge | None:
        found = _content(self._folder / "challenge.json")
        try:
            return Challenge(**found) if found else None
        except (TypeError, InvalidSetting):  # altered by hand, or a preset that is no more
            return None

    def set_challenge(self, preset: str, goal: str, seconds: int) -> Challenge:
        """Raises InvalidSetting, StorageError."""
        challenge = Challenge(preset, goal, seconds, now())  # type: ignore[arg-type]  # checked there
        write_atomically(self._folder / "challenge.json", json.dumps(asdict(challenge)).encode())
        return challenge

    def end_challenge(self) -> None:
        (self._folder / "challenge.json").unlink(missing_ok=True)

    def key(self) -> bytes:
        """A secret of this folder's, the same after a restart. Raises StorageError."""
        path = self._folder / "key"
        if not path.exists():
            write_atomically(path, secrets.token_hex(32).encode(), private=True)
        return path.read_bytes()


def clean_nickname(name: str) -> str:
    """One line of at most 24 characters that can be seen."""
    seen = "".join(" " if c.isspace() else c for c in name if c.isspace() or not _hidden(c))
    return " ".join(seen.split())[:LONGEST_NICKNAME].strip()


def _hidden(character: str) -> bool:
    return unicodedata.category(character).startswith(_NO_NAME)


def _content(path: Path) -> dict[str, Any]:
    """Empty where it is not there or cannot be read: a name is not worth an error."""
    try:
        values = json.loads(path.read_bytes()[:10_000])
    except (OSError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def _newest_first(paths: Iterable[Path]) -> list[Path]:
    return sorted(paths, key=lambda path: path.stat().st_mtime_ns, reverse=True)
