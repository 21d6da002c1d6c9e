"""All that is wrong in a file, gathered into one error that names rows and files."""

from __future__ import annotations

from collections.abc import Iterable

from autoencoder.errors import N_, InvalidData
from autoencoder.sentences import Said

LISTED = 40  # rows, or ranges of rows, that a sentence names
_NAMED = 12  # files


class Wrong:
    """Rows and files that cannot be read, by the reason."""

    def __init__(self) -> None:
        """Nothing is wrong yet."""
        self._rows: dict[str, set[int]] = {}
        self._files: dict[str, list[str]] = {}

    def rows(self, reason: str, numbers: Iterable[int]) -> None:
        """Rows, counted from 1; `reason` has the gap {rows}."""
        found = {int(number) for number in numbers}
        if found:
            self._rows.setdefault(reason, set()).update(found)

    def file(self, reason: str, name: str) -> None:
        """One file; `reason` has the gaps {count} and {files}."""
        self._files.setdefault(reason, []).append(name)

    def check(self) -> None:
        """Raises InvalidData with all of it in one sentence after the other, if there is any."""
        said = [Said(reason, {"rows": _listed(rows)}) for reason, rows in self._rows.items()]
        said += [Said(reason, {"count": len(n), "files": _named(n)}) for reason, n in self._files.items()]
        if said:
            raise InvalidData(
                "The file cannot be used as it is. {wrong} Correct or remove them and add the file again.",
                wrong=_together(said),
            )


def _together(said: list[Said]) -> Said:
    first, *others = said
    return Said(N_("{first} {others}"), {"first": first, "others": _together(others)}) if others else first


def _listed(rows: set[int]) -> str:
    """Such as `5, 9–12 (5)`."""
    ranges: list[list[int]] = []
    for row in sorted(rows):
        if ranges and row == ranges[-1][1] + 1:
            ranges[-1][1] = row
        else:
            ranges.append([row, row])
    said = [str(low) if low == high else f"{low}–{high}" for low, high in ranges[:LISTED]]
    more = [f"… ({len(rows):,})"] if len(ranges) > LISTED else []
    return ", ".join([*said, *more])


def _named(names: list[str]) -> str:
    return ", ".join([*(name[-80:] for name in names[:_NAMED]), *(["…"] if len(names) > _NAMED else [])])
