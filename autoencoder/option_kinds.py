"""What an option is. Its label, help, limits and choices are metadata of the field; checks and JSON derive from them.

An option such as `epochs` is declared once, as a field of a `Settings` dataclass:

    epochs: int = option(12, Whole(N_("Epochs"), N_("How often each digit is seen."), least=1, most=1_000))

The command line and the Train page ask `options` for the same objects. Labels, helps and names of choices are English;
whoever shows them translates them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Self, TypeVar

from autoencoder.errors import N_, AutoencoderError

T = TypeVar("T")
NONE = "none"  # what stands for None in a text
_LONGEST_NUMBER = 40  # characters
_LONGEST_WHOLE = 6  # digits of a whole number that was given as a real one, in a sentence


@dataclass(frozen=True)
class Option:
    """What every kind of option has."""

    label: str
    help: str = ""
    advanced: bool = field(default=False, kw_only=True)  # rarely changed: forms fold it away
    empty: str | None = field(default=None, kw_only=True)  # label for None; if unset, None is not allowed

    def check(self, value: object, default: object, error: type[AutoencoderError]) -> None:
        """Raises `error` if the value is not valid; the message suggests the field's `default`."""
        if value is not None or self.empty is None:
            self._check(value, default, error)

    def to_text(self, value: Any) -> str:
        """A valid value as addresses and command lines write it; `from_text` gives it back."""
        return NONE if value is None else self._to_text(value)

    def from_text(self, text: str) -> Any:
        """The value that a text stands for, or the text itself, which `check` then refuses."""
        return None if text == NONE and self.empty is not None else self._from_text(text)

    def _check(self, value: object, default: object, error: type[AutoencoderError]) -> None:
        raise NotImplementedError

    def _to_text(self, value: Any) -> str:
        return str(value)

    def _from_text(self, text: str) -> Any:
        return text


@dataclass(frozen=True, kw_only=True)
class Whole(Option):
    """A whole number."""

    least: int
    most: int
    usual: range | tuple[int, ...] = ()  # what a form offers: a narrower range, or some values to choose from

    def _check(self, value: object, default: object, error: type[AutoencoderError]) -> None:
        if isinstance(value, int) and not isinstance(value, bool) and self.least <= value <= self.most:
            return
        limits: dict[str, Any] = {"name": self.label, "least": self.least, "most": self.most, "value": value}
        if self.empty is not None:
            said = N_("{name} must be a whole number between {least:,} and {most:,}, or empty, got {value}.")
            raise error(said, **limits)
        said = N_("{name} must be a whole number between {least:,} and {most:,}, got {value}. Try {default}.")
        raise error(said, default=default, **limits)

    def _from_text(self, text: str) -> int | str:
        whole = len(text) <= _LONGEST_NUMBER and re.fullmatch(r"-?[0-9]+", text)
        return int(text) if whole else text


@dataclass(frozen=True, kw_only=True)
class Number(Option):
    """A real number."""

    least: float
    most: float
    above_least: bool = False  # `least` itself does not fit
    usual: tuple[float, ...] = ()  # the values that a form offers

    def _check(self, value: object, default: object, error: type[AutoencoderError]) -> None:
        if isinstance(value, int | float) and not isinstance(value, bool):
            above = value > self.least if self.above_least else value >= self.least
            if above and value <= self.most:
                return
        limits: dict[str, Any] = {"name": self.label, "least": self.least, "most": self.most, "value": _short(value)}
        if self.above_least:
            said = N_("{name} must be above {least:g} and at most {most:g}, got {value}. Try {default}.")
        else:
            said = N_("{name} must be a number between {least:g} and {most:g}, got {value}. Try {default}.")
        raise error(said, default=_short(default), **limits)

    def _to_text(self, value: float) -> str:
        """The shortest text that gives the same number: 0.003, 1e-05, 1."""
        short = f"{value:g}"
        return short if float(short) == value else repr(float(value))

    def _from_text(self, text: str) -> float | str:
        number = len(text) <= _LONGEST_NUMBER and re.fullmatch(
            r"-?[0-9]*\.?[0-9]*(?:e[+-]?[0-9]+)?", text, re.IGNORECASE
        )
        try:
            return float(text) if number else text
        except ValueError:  # such as "." or "e5"
            return text


def _short(value: object) -> object:
    """As people write it: 3, not 3.0."""
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 10**_LONGEST_WHOLE
    return int(value) if isinstance(value, float) and whole else value


@dataclass(frozen=True, kw_only=True)
class Choice(Option):
    """One of a few words. `choices` maps each to the name that people see; None: it is the same in every language."""

    choices: Mapping[str, str | None]

    def _check(self, value: object, default: object, error: type[AutoencoderError]) -> None:
        if isinstance(value, str) and value in self.choices:
            return
        said = N_("{name} {value!r} is not known. Choose one of: {known}.")
        raise error(said, name=self.label, value=value, known=", ".join(self.choices))


@dataclass(frozen=True, kw_only=True)
class Switch(Option):
    """Yes or no: True or False."""

    def _check(self, value: object, default: object, error: type[AutoencoderError]) -> None:
        if not isinstance(value, bool):
            raise error(N_("{name} must be true or false, got {value!r}."), name=self.label, value=value)

    def _to_text(self, value: bool) -> str:
        return str(value).lower()

    def _from_text(self, text: str) -> bool | str:
        return {"true": True, "false": False}.get(text, text)


@dataclass(frozen=True, kw_only=True)
class Text(Option):
    """A name that is not empty. Whether something of that name exists is known only when it is used."""

    example: str

    def _check(self, value: object, default: object, error: type[AutoencoderError]) -> None:
        if not (isinstance(value, str) and value):
            said = N_("{name} must be a name such as {example}, got {value!r}.")
            raise error(said, name=self.label, example=self.example, value=value)


@dataclass(frozen=True, kw_only=True)
class Widths(Option):
    """Neurons per layer, a tuple of whole numbers; written as `256-128-64`."""

    layers: int  # at most
    widest: int
    example: str

    def _check(self, value: object, default: object, error: type[AutoencoderError]) -> None:
        if not isinstance(value, tuple) or not 1 <= len(value) <= self.layers:
            said = N_("{name} must be 1 to {most} layers, got {widths}. Write widths such as {example}.")
            got = self.write(value) or "0" if isinstance(value, tuple) else repr(value)
            raise error(said, name=self.label, most=self.layers, widths=got, example=self.example)
        for width in value:
            if not isinstance(width, int) or isinstance(width, bool) or not 1 <= width <= self.widest:
                said = N_(
                    "{name} must be whole numbers between 1 and {most:,}, got {value}. Write widths such as {example}."
                )
                raise error(said, name=self.label, most=self.widest, value=width, example=self.example)

    def write(self, widths: tuple[int, ...] | None) -> str:
        """As people write it: `256-128-64`, or "" for none."""
        return "-".join(map(str, widths or ()))

    def read(self, text: str, error: type[AutoencoderError], between: str = "-") -> tuple[int, ...]:
        """The widths in a text; `between` is the pattern of what separates them. Raises `error`."""
        parts = re.split(between, text.strip())
        if not all(part.isdecimal() and len(part) <= len(str(self.widest)) for part in parts):
            said = N_("Expected widths such as {example}, each from 1 to {most}, got {text!r}.")
            raise error(said, example=self.example, most=self.widest, text=text[:60])
        return tuple(map(int, parts))

    def _to_text(self, value: tuple[int, ...]) -> str:
        return self.write(value)

    def _from_text(self, text: str) -> tuple[int, ...] | str:
        return self.read(text, AutoencoderError) if re.fullmatch(r"[0-9]{1,4}(?:-[0-9]{1,4})*", text) else text


def option(default: T, about: Option) -> T:
    """A field of a `Settings` dataclass."""
    return field(default=default, metadata={"option": about})


def options(kind: type[Settings]) -> dict[str, Option]:
    """The options of a class by the names of its fields, in their order."""
    return {each.name: each.metadata["option"] for each in fields(kind)}


@dataclass(frozen=True)
class Settings:
    """Base of dataclasses whose fields are all made with `option`: they check themselves and have a JSON form."""

    error: ClassVar[type[AutoencoderError]] = AutoencoderError  # what is raised where a value does not fit

    def __post_init__(self) -> None:
        """Raises the class's `error` where a value does not fit its option."""
        for each in fields(self):
            each.metadata["option"].check(getattr(self, each.name), each.default, self.error)

    def to_json(self) -> dict[str, Any]:
        """Plain values by the names of the fields."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}

    @classmethod
    def only_newer_version_knows(cls, values: Mapping[str, Any]) -> AutoencoderError | None:
        """The error for an option, or a word of a choice, that is unknown here; None where all are known."""
        known = options(cls)
        for name, value in values.items():
            if name not in known:
                said = N_(
                    "This run was made by a newer version: the option “{name}” is not known here. "
                    "Update the app to open it."
                )
                return cls.error(said, name=name)
            about = known[name]
            if isinstance(about, Choice) and isinstance(value, str) and value not in about.choices:
                said = N_(
                    "This run was made by a newer version: {name} {value!r} is not known here. "
                    "Update the app to open it."
                )
                return cls.error(said, name=about.label, value=value)
        return None

    @classmethod
    def from_json(cls, values: object) -> Self:
        """From the values of `to_json`; defaults for what is missing. Raises the class's `error`."""
        if not isinstance(values, dict):
            raise cls.error(N_("Expected the fields of {kind}, got {values!r}."), kind=cls.__name__, values=values)
        problem = cls.only_newer_version_knows(values)
        if problem is not None:
            raise problem
        return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})
