"""What was measured, and the table that shows it."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from autoencoder.settings import MNIST

HEADINGS = ("", "median", "lowest–highest", "unit", "target", "of target", "")
_RIGHT = (1, 2, 4, 5)  # columns of numbers


@dataclass(frozen=True)
class Effort:
    """On which data, and how long."""

    dataset: str = MNIST
    quick: bool = False


@dataclass(frozen=True)
class Target:
    limit: float
    at_least: bool = False  # otherwise at most

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {number(self.limit)}"


@dataclass(frozen=True)
class Figure:
    """One thing measured, once or several times."""

    name: str
    values: tuple[float, ...]
    unit: str
    target: Target | None = None
    beside: str = ""  # what it stands next to

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def to_json(self) -> dict[str, Any]:
        target = self.target and {"limit": self.target.limit, "at_least": self.target.at_least}
        return {
            "name": self.name,
            "median": self.median,
            "values": list(self.values),
            "unit": self.unit,
            "target": target,
            "beside": self.beside,
        }


@dataclass(frozen=True)
class Section:
    """Figures that belong together, and how they were measured."""

    title: str
    method: str
    figures: tuple[Figure, ...]

    def to_json(self) -> dict[str, Any]:
        return {"title": self.title, "method": self.method, "figures": [figure.to_json() for figure in self.figures]}


def pairwise(numerators: Iterable[float], denominators: Iterable[float]) -> tuple[float, ...]:
    """Ratios within each round: what slows the machine for a while slows both sides of a pair."""
    return tuple(a / b for a, b in zip(numerators, denominators, strict=True))


def table(section: Section) -> str:
    """Title, method and one line a figure, the columns aligned; empty columns are left out."""
    rows = [HEADINGS, *(_row(figure) for figure in section.figures)]
    kept = [i for i in range(len(HEADINGS)) if any(row[i] for row in rows[1:])]
    widths = {i: max(len(row[i]) for row in rows) for i in kept}
    lines = ["  ".join(_cell(row[i], widths[i], right=i in _RIGHT) for i in kept).rstrip() for row in rows]
    return "\n".join([section.title, section.method, "", *lines])


def number(value: float) -> str:
    """Three significant digits, and never fewer than the whole ones."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _row(figure: Figure) -> Sequence[str]:
    spread = f"{number(min(figure.values))}–{number(max(figure.values))}" if len(figure.values) > 1 else ""
    target, share = "", ""
    if figure.target is not None:
        target, share = str(figure.target), f"{figure.median / figure.target.limit:.2f}"
    return (figure.name, number(figure.median), spread, figure.unit, target, share, figure.beside)


def _cell(text: str, width: int, right: bool) -> str:
    return text.rjust(width) if right else text.ljust(width)
