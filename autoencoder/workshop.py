"""What a workshop shares: nicknames of the people, the challenge that the host has set, and the secret of the folder.

Small JSON files in `models/.room/`, written atomically. Each nickname has a file of its own, so that two servers with
one folder do not overwrite each other's.
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
MOST_NAMES = 1_000  # the oldest are deleted: a browser that drops its cookie counts as a new person each time
LONGEST_CHALLENGE = 3_600  # seconds
Goal = Literal["mse", "knn"]
_HIDDEN = ("C", "Zl", "Zp")  # Unicode categories of control and format characters, which could reverse a line of text


def may_be_challenge(preset: Preset) -> bool:
    """Whether runs of a preset can have a score: without held-out digits, as with the course's presets, they cannot."""
    return preset.training.holds_out


@dataclass(frozen=True)
class Challenge:
    """The best map that a preset's network reaches within some seconds of training wins."""

    preset: str
    goal: Goal = "mse"  # lowest held-out MSE, or highest accuracy of the 5 nearest codes
    seconds: int = 60  # of training, as the run counts them: waiting for other runs does not count
    since: str = ""  # ISO 8601, UTC: runs that were created before do not count

    def __post_init__(self) -> None:
        """Raises InvalidSetting for an unknown preset, goal or time."""
        whole = isinstance(self.seconds, int) and not isinstance(self.seconds, bool)
        known = self.preset in PRESETS and may_be_challenge(PRESETS[self.preset]) and self.goal in get_args(Goal)
        if not (known and whole and 1 <= self.seconds <= LONGEST_CHALLENGE and isinstance(self.since, str)):
            raise InvalidSetting(
                "A challenge needs a preset that holds digits out, a goal and 1 to {most:,} seconds.",
                most=LONGEST_CHALLENGE,
            )

    def takes(self, run: Run) -> bool:
        """Whether a run takes part: somebody's, with the preset's network and data set, created after the challenge."""
        preset = PRESETS[self.preset]
        same = run.architecture == preset.architecture and run.training.dataset == preset.training.dataset
        return same and run.training.holds_out and bool(run.owner) and run.created >= self.since

    def score(self, run: Run, history: History) -> float | None:
        """What a run has reached within the time, None before its first score.

        For `mse` the lowest held-out MSE, for `knn` the accuracy of a run that has ended within the time.
        """
        if self.goal == "knn":
            in_time = run.measures is not None and run.seconds <= self.seconds
            return run.measures.knn_accuracy if run.measures is not None and in_time else None
        spent, best = 0.0, None
        for record in history.records:
            spent += record.seconds
            given_up = sum(lost for epoch, lost in run.given_up if epoch < record.epoch)
            if spent + given_up <= self.seconds and record.val_mse is not None:
                best = record.val_mse if best is None else min(best, record.val_mse)
        return best


class Workshop:
    """Nicknames, challenge and secret of a folder of runs. Thread-safe: files are read and written whole."""

    def __init__(self, models: Path) -> None:
        """For the folder that `MODELS_DIR` names."""
        self._folder = models / ".room"
        self._read: tuple[int, dict[str, str]] = (0, {})

    def name(self, owner: str | None) -> str:
        """The nickname of an owner (a hash); "" where none was given."""
        return self.names().get(owner or "", "")

    def names(self) -> dict[str, str]:
        """All nicknames by owner. Cheap to call often: the files are read again only after a change."""
        try:
            changed = (self._folder / "names").stat().st_mtime_ns
        except OSError:
            return {}
        if self._read[0] != changed:
            found = {path.stem: str(_content(path).get("name", "")) for path in (self._folder / "names").glob("*.json")}
            self._read = changed, {owner: clean_nickname(name) for owner, name in found.items() if name}
        return self._read[1]

    def set_name(self, owner: str, name: str) -> None:
        """Set an owner's nickname, or delete it where nothing visible is left. Raises StorageError."""
        path = self._folder / "names" / f"{owner}.json"
        name = clean_nickname(name)
        if not name:
            path.unlink(missing_ok=True)
            return
        write_atomically(path, json.dumps({"name": name}).encode())
        for old in _newest_first(path.parent.glob("*.json"))[MOST_NAMES:]:
            old.unlink(missing_ok=True)

    def challenge(self) -> Challenge | None:
        """The challenge that is on; None where there is none, or its file is damaged."""
        found = _content(self._folder / "challenge.json")
        try:
            return Challenge(**found) if found else None
        except (TypeError, InvalidSetting):  # edited by hand, or its preset was removed
            return None

    def set_challenge(self, preset: str, goal: str, seconds: int) -> Challenge:
        """Replace the challenge; its time starts now. Raises InvalidSetting, StorageError."""
        challenge = Challenge(preset, goal, seconds, now())  # type: ignore[arg-type]  # checked there
        write_atomically(self._folder / "challenge.json", json.dumps(asdict(challenge)).encode())
        return challenge

    def end_challenge(self) -> None:
        """Delete the challenge."""
        (self._folder / "challenge.json").unlink(missing_ok=True)

    def key(self) -> bytes:
        """The folder's secret: made once, so that what is signed with it outlives a restart. Raises StorageError."""
        path = self._folder / "key"
        if not path.exists():
            write_atomically(path, secrets.token_hex(32).encode(), private=True)
        return path.read_bytes()


def clean_nickname(name: str) -> str:
    """A name as it is shown: one line, without invisible characters, at most `LONGEST_NICKNAME` characters."""
    seen = "".join(" " if c.isspace() else c for c in name if c.isspace() or not _hidden(c))
    return " ".join(seen.split())[:LONGEST_NICKNAME].strip()


def _hidden(character: str) -> bool:
    return unicodedata.category(character).startswith(_HIDDEN)


def _content(path: Path) -> dict[str, Any]:
    """The JSON object in a file; empty where the file is missing or damaged, which no page should fail for."""
    try:
        values = json.loads(path.read_bytes()[:10_000])
    except (OSError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def _newest_first(paths: Iterable[Path]) -> list[Path]:
    return sorted(paths, key=lambda path: path.stat().st_mtime_ns, reverse=True)
