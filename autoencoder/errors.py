"""Every error that a user can meet. A message says what happened, what was expected and what to do.

The first argument is a template, the keywords its values: `InvalidTraining("{name} must be …", name="epochs")`. The
pages translate the template and fill in the values afterwards; `str(error)` is the English sentence.
"""

from __future__ import annotations

import re
from typing import Any, Self

from autoencoder.sentences import fill

# Allowed templates: {name} fields, with !r or a number format at most; no attribute access, no widths.
_SENTENCE = re.compile(r"(?:[^{}]|\{\{|\}\}|\{[a-z_]+(?:![rs])?(?::,?(?:\.\d)?[fg]?)?\})+")
_LONGEST = 1_000  # characters of a sentence


class AutoencoderError(Exception):
    """Base of all errors below; pages and the command line catch only this one."""

    def __init__(self, template: str, **values: object) -> None:
        """`template`: an English sentence with gaps such as {name}; `values`: what goes into them."""
        super().__init__(template, values)
        self.template, self.values = template, values

    def __str__(self) -> str:
        """The English sentence."""
        return fill(self.template, self.values)

    def without_traceback(self) -> Self:
        """A copy without the traceback and the cause, whose frames would keep large arrays in memory."""
        return type(self)(self.template, **{name: _plain(value) for name, value in self.values.items()})

    def to_json(self) -> dict[str, Any]:
        """Template and values, as stored with a run that failed."""
        return {"template": self.template, "values": self.without_traceback().values}

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> Self:
        """The error that `to_json` wrote. Its template comes from a file: gaps that reach into objects are refused.

        Raises KeyError, TypeError, ValueError.
        """
        template, values = said["template"], said["values"]
        if len(template) > _LONGEST or not _SENTENCE.fullmatch(template):
            raise ValueError(f"template {template[:200]!r}")
        gaps = re.findall(r"\{(\w+)", template)
        if len(set(gaps)) < len(gaps):
            raise ValueError(f"a value twice in {template!r}")
        return cls(template, **values)

    def __reduce__(self) -> tuple[object, ...]:
        """For pickle, which would lose the keywords on the way from a worker."""
        return _rebuild, (type(self), self.template, self.values)


def N_(text: str) -> str:  # noqa: N802  (gettext's own name)
    """The text itself, marked to be collected for translation."""
    return text


def _plain(value: object) -> str | int | float:
    return value if isinstance(value, str | int | float) else str(value)


def _rebuild(kind: type[AutoencoderError], template: str, values: dict[str, object]) -> AutoencoderError:
    return kind(template, **values)


class InvalidArchitecture(AutoencoderError):
    """Layers that cannot be built."""


class InvalidTraining(AutoencoderError):
    """Settings that cannot be trained with."""


class InvalidAddress(AutoencoderError):
    """An address that says what makes no sense."""


class InvalidSweep(AutoencoderError):
    """Values that make no sweep."""


class InvalidData(AutoencoderError):
    """A file or download that does not hold 28×28 digits."""


class DataUnavailable(AutoencoderError):
    """A data set that cannot be reached."""


class DataChanged(AutoencoderError):
    """A data set whose content differs from what a URL was made for."""


class NoSuchDigit(AutoencoderError):
    """A digit, or a way of choosing digits, that does not exist."""


class RunNotFound(AutoencoderError):
    """No run under this id."""


class RunUnreadable(AutoencoderError):
    """A run whose files cannot be read."""


class RunFromNewerVersion(RunUnreadable):
    """A run with options or a format that only a newer version knows. Its files are not damaged."""


class InvalidExport(AutoencoderError):
    """Something that a run cannot be taken home as."""


class InvalidRunFile(AutoencoderError):
    """A file that cannot be opened as a run."""


class SnapshotGone(AutoencoderError):
    """A snapshot that is no longer cached: the run has trained on since."""


class StorageError(AutoencoderError):
    """Something could not be written to disk."""


class NotAllowed(AutoencoderError):
    """A command on somebody else's run, or one that only the host may give."""


class InvalidCommand(AutoencoderError):
    """A request for something that cannot be asked for."""


class LimitReached(AutoencoderError):
    """A limit per person or of the server would be exceeded."""


class ServerBusy(AutoencoderError):
    """More is asked for at once than the server will keep waiting."""


class InvalidSetting(AutoencoderError):
    """An environment variable with an invalid value."""


class EngineError(AutoencoderError):
    """The training cluster did not do what it was asked."""
