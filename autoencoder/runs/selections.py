"""Selections of digits with a name, kept with a run: what was drawn around on its map, for everyone who looks at it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from autoencoder.errors import InvalidCommand, LimitReached
from autoencoder.runs.files import FORMAT, of_newer_version, read_json, reading, write_json

LONGEST_SELECTION_NAME = 60  # characters
MOST_SELECTIONS = 20  # of one run
MOST_SELECTED = 20_000  # digits of one selection
_KNOWN = ("id", "name", "digits")


@dataclass(frozen=True)
class Selection:
    """Some digits of the data set that a run learned from, under a name of its own."""

    id: str
    name: str
    digits: tuple[int, ...]  # indices in the data set, ascending
    others: Mapping[str, Any] = field(default_factory=dict, hash=False)  # written by a newer version; kept unchanged


@dataclass(frozen=True)
class Selections:
    """All of a run, in the order in which they were named."""

    all: tuple[Selection, ...] = ()
    others: Mapping[str, Any] = field(default_factory=dict, hash=False)  # written by a newer version; kept unchanged

    def with_new(self, name: object, digits: object, count: int) -> Selections:
        """One more, of a data set of `count` digits. Raises InvalidCommand, LimitReached."""
        if len(self.all) >= MOST_SELECTIONS:
            raise LimitReached(
                "A run keeps at most {most} named selections. Delete one that is no longer needed first.",
                most=MOST_SELECTIONS,
            )
        made = Selection(secrets.token_hex(4), self._free_name(name), _checked_digits(digits, count))
        return replace(self, all=(*self.all, made))

    def renamed(self, selection_id: object, name: object) -> Selections:
        """One of them under another name. Raises InvalidCommand."""
        known = self._of(selection_id)
        named = replace(known, name=self._free_name(name, known))
        return replace(self, all=tuple(named if each is known else each for each in self.all))

    def without(self, selection_id: object) -> Selections:
        """All but one. Raises InvalidCommand."""
        known = self._of(selection_id)
        return replace(self, all=tuple(each for each in self.all if each is not known))

    def checked(self, count: int) -> Selections:
        """The same as if each had just been named, of a data set of `count` digits; for those of a file from elsewhere.

        Raises InvalidCommand, LimitReached.
        """
        made = Selections()
        for each in self.all:
            made = made.with_new(each.name, list(each.digits), count)
        return made

    def _of(self, selection_id: object) -> Selection:
        for each in self.all:
            if each.id == selection_id:
                return each
        raise InvalidCommand("There is no such selection; it may have been deleted. Reload the page to see those left.")

    def _free_name(self, name: object, own: Selection | None = None) -> str:
        """A name as it is kept, which no other has. Raises InvalidCommand."""
        clean = " ".join(name.split()) if isinstance(name, str) else ""
        if not clean:
            raise InvalidCommand("A selection needs a name. Type one, such as “open fours”.")
        if len(clean) > LONGEST_SELECTION_NAME:
            raise InvalidCommand(
                "The name of a selection has at most {most} characters, this one has {count}. Type a shorter one.",
                most=LONGEST_SELECTION_NAME,
                count=len(clean),
            )
        if any(each.name.casefold() == clean.casefold() for each in self.all if each is not own):
            raise InvalidCommand("A selection of this run is called “{name}” already. Type another name.", name=clean)
        return clean


def _checked_digits(digits: object, count: int) -> tuple[int, ...]:
    """Raises InvalidCommand, LimitReached."""
    if (
        not isinstance(digits, list)
        or not digits
        or not all(type(each) is int and 0 <= each < count for each in digits)
    ):
        raise InvalidCommand(
            "A selection holds digits by their numbers, from 0 to {last}. Draw around some on the map.", last=count - 1
        )
    if len(found := sorted(set(digits))) > MOST_SELECTED:
        raise LimitReached(
            "A named selection holds at most {most} digits, this one has {count}. Draw around fewer.",
            most=MOST_SELECTED,
            count=len(found),
        )
    return tuple(found)


@dataclass(frozen=True)
class SelectionsFile:
    """The file of a run's selections; without it there are none."""

    run_id: str
    path: Path

    def load(self) -> Selections:
        """Raises RunUnreadable."""
        if not self.path.exists():
            return Selections()
        with reading(self.run_id):
            return selections_from_json(read_json(self.run_id, self.path))

    def save(self, selections: Selections) -> None:
        """Raises StorageError."""
        write_json(self.path, selections_to_json(selections))


def selections_to_json(selections: Selections) -> dict[str, Any]:
    """As stored in `selections.json`."""
    listed = [{**each.others, "id": each.id, "name": each.name, "digits": list(each.digits)} for each in selections.all]
    return {"format": FORMAT, **selections.others, "selections": listed}


def selections_from_json(values: Mapping[str, Any]) -> Selections:
    """What is unknown is kept. Raises KeyError, TypeError, ValueError and the like where it is damaged."""
    return Selections(
        tuple(_selection(each) for each in values["selections"]), of_newer_version(values, ("selections",))
    )


def _selection(values: Mapping[str, Any]) -> Selection:
    others = {name: value for name, value in values.items() if name not in _KNOWN}
    return Selection(str(values["id"]), str(values["name"]), tuple(int(each) for each in values["digits"]), others)
