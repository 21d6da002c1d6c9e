"""Sentences with gaps, as of `str.format`; a number in a gap is written out: 0.00001, never 1e-05."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from string import Formatter
from typing import Any


class SentenceFormatter(Formatter):
    """`str.format` for what people read."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """The value as `format` writes it, without a power of ten."""
        written = str(super().format_field(value, format_spec))
        powered = isinstance(value, float) and math.isfinite(value) and "e" in written
        return format(Decimal(written), "f") if powered else written


def fill(text: str, values: Mapping[str, Any]) -> str:
    """The gaps of an English sentence filled in."""
    return SentenceFormatter().vformat(text, (), values)


@dataclass(frozen=True)
class Said:
    """A sentence with gaps that is said of something, and what goes into them."""

    template: str
    values: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        """The English sentence."""
        return fill(self.template, self.values)
