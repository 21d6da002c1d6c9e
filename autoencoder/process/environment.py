"""Limits as whole numbers from environment variables: `LIMIT_RUNS` for a field `runs`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from autoencoder.errors import InvalidSetting


def variable(name: str) -> str:
    """The environment variable of a limit."""
    return f"LIMIT_{name.upper()}"


def limits_in(environment: Mapping[str, str], kind: type[Any]) -> dict[str, int]:
    """The fields of a dataclass of limits that are set in the environment. Raises InvalidSetting."""
    given = {field.name: environment.get(variable(field.name), "").strip() for field in fields(kind)}
    return {name: _whole(variable(name), text) for name, text in given.items() if text}


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text[:16]) > 0 and len(text) < 16):
        raise InvalidSetting("{name} must be a whole number above 0, got {text!r}.", name=name, text=text[:40])
    return int(text)
