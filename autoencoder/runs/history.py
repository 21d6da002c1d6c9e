"""The losses of a run, as they grow, and how they are stored: as columns with names.

Format 2 of `history.json` holds `points` and `epochs`, each an object of equally long lists: `epoch`, `loss`, and the
terms of the loss (`mse`, `val_mse`). A missing column has a default, an unknown one is kept. Format 1 had rows without
names; it is still read.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from autoencoder.runs.files import FORMAT, of_newer_version
from autoencoder.training.records import EpochRecord, Report

MAX_POINTS = 4_000  # loss points kept; beyond, neighbours are averaged
_ROW = ("epoch", "loss", "val_loss", "seconds", "dead_units")  # an epoch of format 1, in this order
_RECORD = tuple(each.name for each in fields(EpochRecord) if each.name != "columns")


@dataclass
class History:
    """The losses of a run, as they grow."""

    points: list[tuple[float, float]] = field(default_factory=list)  # (epoch, loss), several an epoch
    records: list[EpochRecord] = field(default_factory=list)
    rewrites: int = 0  # how often earlier points were changed; readers then start again
    columns: dict[str, array[float]] = field(default_factory=dict)  # the loss's terms at each point by name, or NaN
    no_numbers: dict[str, list[Any]] = field(default_factory=dict)  # a newer version's other columns; None: unknown
    others: Mapping[str, Any] = field(default_factory=dict)  # written by a newer version; kept unchanged

    def add(self, report: Report) -> None:
        """Add the points, and the record if there is one, that a slice reports."""
        self.add_points(report.points, report.terms)
        if report.record is not None:
            self.records.append(report.record)

    def add_points(
        self, points: tuple[tuple[float, float], ...], terms: Mapping[str, tuple[float, ...]] | None = None
    ) -> None:
        """Loss points, and the terms of the loss at each by name; a term that is missing somewhere is NaN there."""
        terms = terms or {}
        for name in terms.keys() | self.columns.keys():
            column = self.columns.setdefault(name, _unknown(len(self.points)))
            column.extend(terms.get(name, _unknown(len(points))))
        for cells in self.no_numbers.values():
            cells.extend([None] * len(points))
        self.points.extend(points)
        if len(self.points) > MAX_POINTS:
            pairs = zip(self.points[::2], self.points[1::2], strict=False)
            self.points = [(b[0], (a[1] + b[1]) / 2) for a, b in pairs]
            self.columns = {name: _halved(column) for name, column in self.columns.items()}
            self.no_numbers = {name: cells[1::2] for name, cells in self.no_numbers.items()}
            self.rewrites += 1

    def rewind(self, epoch: float) -> None:
        """Drop the points and records after an epoch, for a run that is resumed from a checkpoint."""
        kept = [point[0] <= epoch + 1e-9 for point in self.points]
        self.points = [point for point, keep in zip(self.points, kept, strict=True) if keep]
        self.columns = {
            name: array("d", [value for value, keep in zip(column, kept, strict=True) if keep])
            for name, column in self.columns.items()
        }
        self.no_numbers = {
            name: [cell for cell, keep in zip(cells, kept, strict=True) if keep]
            for name, cells in self.no_numbers.items()
        }
        self.records = [r for r in self.records if r.epoch <= epoch + 1e-9]
        self.rewrites += 1

    def mse_points(self, start: int = 0) -> list[tuple[float, float]]:
        """(epoch, MSE per pixel on [0, 1]) at the points from `start` on. In format 1, `loss` is the MSE."""
        points, column = self.points[start:], self.columns.get("mse")
        if column is None:
            return points
        pairs = zip(points, column[start:], strict=True)
        return [(epoch, loss if math.isnan(mse) else mse) for (epoch, loss), mse in pairs]

    def term_points(self, name: str, start: int = 0) -> list[float]:
        """A term of the loss at the points from `start` on; NaN where it is not known."""
        return list(self.columns[name][start:] if name in self.columns else _unknown(len(self.points[start:])))

    @property
    def latest_mse(self) -> float | None:
        """MSE per pixel on [0, 1] at the last point; None before the first."""
        return self.mse_points(len(self.points) - 1)[-1][1] if self.points else None

    def copy(self) -> History:
        """A copy of its present state, for another thread."""
        columns = {name: column[:] for name, column in self.columns.items()}
        no_numbers = {name: cells[:] for name, cells in self.no_numbers.items()}
        return replace(self, points=self.points[:], records=self.records[:], columns=columns, no_numbers=no_numbers)


def history_to_json(history: History) -> dict[str, Any]:
    """As stored in `history.json`."""
    epochs, losses = zip(*history.points, strict=True) if history.points else ((), ())
    terms = {name: _listed(column) for name, column in history.columns.items()}
    return {
        "format": FORMAT,
        **history.others,
        "points": {"epoch": epochs, "loss": losses, **terms, **history.no_numbers},
        "epochs": _columns([_row(record) for record in history.records]),
    }


def history_from_json(values: dict[str, Any]) -> History:
    """Format 1 or 2. Wrong values raise KeyError, TypeError, ValueError and the like."""
    if "format" not in values:
        return _from_rows(values["points"], values["epochs"])
    columns = dict(values["points"])
    points = _points(zip(columns.pop("epoch"), columns.pop("loss"), strict=True))
    for name, column in columns.items():
        if len(column) != len(points):
            raise ValueError(f"{len(column)} values of {name} for {len(points)} points")
    no_numbers = {name: list(column) for name, column in columns.items() if not all(map(_is_cell, column))}
    return History(
        points=points,
        records=[_record(row) for row in _rows(values["epochs"])],
        columns={name: _numbers(column) for name, column in columns.items() if name not in no_numbers},
        no_numbers=no_numbers,
        others=of_newer_version(values, ("points", "epochs")),
    )


def _from_rows(points: Any, records: Any) -> History:
    """Format 1: (epoch, loss) and (epoch, loss, val_loss, seconds, dead_units)."""
    rows = [dict(zip(_ROW, record, strict=True)) for record in records]
    return History(_points(points), [_record(row) for row in rows])


def _points(pairs: Any) -> list[tuple[float, float]]:
    return [(float(epoch), float(loss)) for epoch, loss in pairs]


def _is_cell(value: object) -> bool:
    """Whether a column of numbers may have it: None stands for NaN."""
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _numbers(column: list[float | None]) -> array[float]:
    return array("d", [math.nan if value is None else value for value in column])


def _unknown(n: int) -> array[float]:
    return array("d", [math.nan]) * n


def _halved(column: array[float]) -> array[float]:
    """Pairs of neighbours averaged, as `add_points` does with the points."""
    return array("d", [(a + b) / 2 for a, b in zip(column[::2], column[1::2], strict=False)])


def _listed(column: array[float]) -> list[float | None]:
    """NaN as None, since JSON has no NaN."""
    return [None if math.isnan(value) else value for value in column]


# ---- epochs as rows and as columns ----


def _row(record: EpochRecord) -> dict[str, Any]:
    return {**record.columns, **{name: getattr(record, name) for name in _RECORD}}


def _record(row: dict[str, Any]) -> EpochRecord:
    """A cell without a value is left out, for its default."""
    given = {name: value for name, value in row.items() if value is not None}
    known = {name: _READ[name](given[name]) if name in _READ else given[name] for name in _RECORD if name in given}
    return EpochRecord(**known, columns={name: value for name, value in given.items() if name not in _RECORD})


_READ: dict[str, Callable[[Any], Any]] = {  # from JSON; what has no line here is taken as it is
    "epoch": int,
    "loss": float,
    "val_loss": float,
    "seconds": float,
    "dead_units": lambda units: tuple(int(unit) for unit in units),
}


def _columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Rows as columns by name; None where a row has no such value."""
    names = dict.fromkeys(name for row in rows for name in row)  # in their order
    return {name: [row.get(name) for row in rows] for name in names}


def _rows(columns: dict[str, list[Any]]) -> Iterator[dict[str, Any]]:
    """Columns by name as rows. Raises ValueError if the columns differ in length."""
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(columns, values, strict=True))
