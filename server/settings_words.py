"""Settings in the reader's language: what an option is called, and how its value is written."""

from __future__ import annotations

from typing import Any

from autoencoder.data.own import title_of
from autoencoder.errors import N_
from autoencoder.option_kinds import Choice, Option, Settings, Switch, Widths, options
from server.language import number, translate


def name_of(option: Option, language: str) -> str:
    """Such as "Learning rate"."""
    return translate(option.label, language)


def value_of(option: Option, value: Any, language: str) -> str:
    """A valid value of an option as people write it, such as `256-128-64`, "one cycle" or 0.003."""
    if value is None:
        return translate(option.empty or "", language)
    if isinstance(option, Widths):
        return option.write(value)
    if isinstance(option, Choice):
        name = option.choices[value]
        return value if name is None else translate(name, language)
    if isinstance(option, Switch):
        return translate(N_("yes") if value else N_("no"), language)
    if isinstance(value, str):  # a data set of somebody's own is called by its name, not by its fingerprint
        return title_of(value)
    return number(value, "," if isinstance(value, int) else "g", language)


def rows_of(settings: Settings, language: str) -> list[tuple[str, str]]:
    """(name, value) of every option, in the order of the fields."""
    return [
        (name_of(option, language), value_of(option, getattr(settings, field), language))
        for field, option in options(type(settings)).items()
    ]
