"""A run: one training with its settings, its state and its results; and its form in `run.json`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from autoencoder.analysis.metrics import Measures
from autoencoder.errors import N_, EngineError, RunFromNewerVersion
from autoencoder.presets import PRESETS, Preset
from autoencoder.runs.files import FORMAT, of_newer_version
from autoencoder.runs.notices import Notice
from autoencoder.settings import Architecture, Training
from autoencoder.training.records import EpochRecord

LONGEST_NAME = 60  # characters
LONGEST_NOTE = 500
S = TypeVar("S", Architecture, Training)
Status = Literal["waiting", "training", "paused", "measuring", "finished", "stopped", "failed", "interrupted"]
Command = Literal["pause", "resume", "step", "stop", "learning_rate", "go_back"]
ENDED: tuple[Status, ...] = ("finished", "stopped", "failed")
STATUS_LABELS: dict[Status, str] = {
    "waiting": N_("Waiting"),
    "training": N_("Training"),
    "paused": N_("Paused"),
    "measuring": N_("Measuring"),
    "finished": N_("Finished"),
    "stopped": N_("Stopped and kept"),
    "failed": N_("Failed"),
    "interrupted": N_("Interrupted"),
}
COMMANDS: dict[Status, tuple[Command, ...]] = {  # that each status accepts; others accept none
    "waiting": ("pause", "stop"),
    "training": ("pause", "step", "stop", "learning_rate", "go_back"),
    "paused": ("resume", "step", "stop", "learning_rate", "go_back"),
    "interrupted": ("resume", "go_back"),
}
DONE_ALREADY: dict[Command, tuple[Status, ...]] = {  # statuses in which repeating a command is no error
    "pause": ("paused",),
    "resume": ("waiting", "training"),
    "step": ("waiting",),
    "stop": ("measuring",),
}


@dataclass(frozen=True)
class Run:
    """One training: its settings, where it stands and what came out."""

    id: str
    architecture: Architecture
    training: Training
    name: str = ""
    preset: str | None = None  # the id of the preset whose settings it was started with, if any
    owner: str | None = None  # who started it, hashed; None: everybody's, such as the shipped presets
    created: str = ""  # ISO 8601, UTC
    status: Status = "waiting"
    epoch: float = 0.0  # epochs done
    seconds: float = 0.0  # of training
    measures: Measures | None = None
    events: tuple[Notice, ...] = ()  # what happened to it, beside what the losses say
    note: str = ""  # what its owner wrote about it
    best_epoch: int = 0  # that its checkpoint remembers, to go back to; 0: none
    kept: float | None = None  # of an ended run: the epoch whose weights it keeps; None: see `kept_epoch`
    beside: str | None = None  # the run whose settings it has but for one, to be compared with; it may be gone
    others: Mapping[str, Any] = field(default_factory=dict, hash=False)  # written by a newer version; kept unchanged

    @property
    def ended(self) -> bool:
        """Whether nothing more is trained or measured."""
        return self.status in ENDED

    @property
    def known_preset(self) -> Preset | None:
        """The preset whose settings it was started with; None also where only another version has it."""
        return PRESETS.get(self.preset or "")

    @property
    def commands(self) -> tuple[Command, ...]:
        """The commands that its present status accepts; it can go back only where it remembers a best epoch."""
        accepted = COMMANDS.get(self.status, ())
        return accepted if self.best_epoch else tuple(command for command in accepted if command != "go_back")

    @property
    def learning_rate(self) -> float:
        """The learning rate now in use: as chosen at the start, or as last changed."""
        changes = [event.values["rate"] for event in self.events if event.kind == "rate_changed"]
        return float(changes[-1]) if changes else self.training.learning_rate

    @property
    def given_up(self) -> tuple[tuple[int, float], ...]:
        """(the epoch that it went back to, seconds of training that were given up then), each time it went back."""
        back = [event.values for event in self.events if event.kind == "went_back"]
        return tuple((int(values["epoch"]), float(values.get("seconds", 0.0))) for values in back)


def with_labels(run: Run, labels: Run) -> Run:
    """The run with what its owner may write about it at any time, its name and its note, as `labels` has them."""
    return replace(run, name=labels.name, note=labels.note)


def kept_epoch(run: Run, records: Sequence[EpochRecord]) -> float:
    """The epoch whose weights an ended run keeps. Of earlier versions: with early stopping the best, else the last."""
    if run.kept is not None:
        return run.kept
    if run.training.patience is None or not records:
        return run.epoch
    return float(min(records, key=lambda record: record.judged_loss).epoch)


def require_command(run: Run, command: Command) -> None:
    """Raises EngineError if the status does not accept the command, unless it has taken effect (see DONE_ALREADY)."""
    if command == "go_back" and command in COMMANDS.get(run.status, ()) and not run.best_epoch:
        raise no_best_epoch(run.id)
    if command not in run.commands and run.status not in DONE_ALREADY.get(command, ()):
        raise EngineError(
            "The status of run {run} is {status}: it does not take the command {command} now. "
            "Use the buttons that its page shows.",
            run=run.id,
            status=STATUS_LABELS[run.status],
            command=command,
        )


def no_best_epoch(run_id: str) -> EngineError:
    """The error where there is nothing to go back to."""
    return EngineError(
        "Run {run} remembers no epoch that it could go back to. Wait for the end of its next epoch.", run=run_id
    )


def clean_name(name: str) -> str:
    """A name as it is kept: in one line, at most LONGEST_NAME characters."""
    return " ".join(name.split())[:LONGEST_NAME]


def clean_note(note: str) -> str:
    """A note as it is kept: lines without white space at their ends, none empty, at most LONGEST_NOTE characters."""
    lines = (" ".join(line.split()) for line in note.splitlines())
    return "\n".join(line for line in lines if line)[:LONGEST_NOTE]


def hashed(owner: str) -> str:
    """The hash of an owner's secret. Only it is stored, so that nobody who reads a run can become its owner."""
    return hashlib.sha256(owner.encode()).hexdigest()


def now() -> str:
    """The time as runs store it: ISO 8601, UTC, in seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")


_STORED = tuple(each.name for each in fields(Run) if each.name not in ("id", "others"))
_OPTIONAL = {"note": "", "best_epoch": 0, "kept": None, "beside": None}  # stored where they say something


def run_to_json(run: Run) -> dict[str, Any]:
    """As stored in `run.json`; the id is the name of its folder."""
    said = [name for name in _STORED if name not in _OPTIONAL or getattr(run, name) != _OPTIONAL[name]]
    return {
        "format": FORMAT,
        **run.others,
        **{name: getattr(run, name) for name in said},
        "architecture": run.architecture.to_json(),
        "training": run.training.to_json(),
        "measures": run.measures and run.measures.to_json(),
        "events": [[event.kind, event.to_json()] for event in run.events],
    }


def run_from_json(run_id: str, values: dict[str, Any]) -> Run:
    """Format 1 or 2; defaults for what is missing, and what is unknown is kept.

    Raises RunFromNewerVersion where an option, or what was chosen for it, is unknown here; KeyError, TypeError,
    ValueError and the like where it is damaged.
    """
    number = int(values.get("format", 1))
    try:
        return _run(run_id, values)
    except RunFromNewerVersion:
        raise
    except Exception as problem:
        if number > FORMAT:  # it may be intact, in a form that we do not know
            raise _newer(run_id, N_("A newer version of the app made it. Update the app to open it.")) from problem
        raise


def _run(run_id: str, values: dict[str, Any]) -> Run:
    given = {name: _READ[name](values[name]) if name in _READ else values[name] for name in _STORED if name in values}
    architecture = _settings(run_id, Architecture, values["architecture"])
    training = _settings(run_id, Training, values["training"])
    if given.get("measures") is not None:
        given["measures"] = Measures.from_json({"held_out": training.holds_out, **values["measures"]})
    others = of_newer_version(values, _STORED)
    return Run(**{**given, "id": run_id, "architecture": architecture, "training": training, "others": others})


def _status(value: str) -> str:
    if value not in STATUS_LABELS:
        raise ValueError(f"status {value!r}")
    return value


def _word_or_none(value: object) -> str | None:
    if not isinstance(value, str | None):
        raise TypeError(f"{value!r} is no text")
    return value


_READ: dict[str, Callable[[Any], Any]] = {  # from JSON; what has no line here is taken as it is
    "name": str,
    "note": str,
    "preset": _word_or_none,
    "owner": _word_or_none,
    "beside": _word_or_none,
    "created": str,
    "status": _status,
    "epoch": float,
    "best_epoch": int,
    "kept": lambda epoch: None if epoch is None else float(epoch),
    "seconds": float,
    "events": lambda events: tuple(Notice.from_json(kind, values) for kind, values in events),
}


def _settings(run_id: str, kind: type[S], values: object) -> S:
    problem = kind.only_newer_version_knows(values) if isinstance(values, dict) else None
    if problem is not None:
        raise _newer(run_id, problem)
    return kind.from_json(values)


def _newer(run_id: str, problem: object) -> RunFromNewerVersion:
    return RunFromNewerVersion(
        "Run {run} cannot be opened here, and nothing is wrong with its files. {problem}", run=run_id, problem=problem
    )
