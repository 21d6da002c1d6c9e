"""Dockerfile and compose.yaml as the tests read them: what a container gets, and the same started here, on loopback."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]


@cache
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "compose.yaml").read_text()))


@dataclass(frozen=True)
class Image:
    """The last stage of the Dockerfile."""

    instructions: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        return [value for found, value in self.instructions if found == name]

    def last(self, name: str) -> str:
        return self.all(name)[-1]

    def words(self, name: str) -> list[str]:
        """An instruction in its JSON form."""
        return [str(word) for word in json.loads(self.last(name))]

    @property
    def environment(self) -> dict[str, str]:
        pairs = [pair.split("=", 1) for line in self.all("ENV") for pair in line.split()]
        return {name: value for name, value in pairs}


@cache
def image() -> Image:
    text = (ROOT / "Dockerfile").read_text()
    lines = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.M)).splitlines()
    instructions = [tuple(line.split(maxsplit=1)) for line in lines if line]
    start = max(i for i, (name, _) in enumerate(instructions) if name == "FROM")
    return Image(tuple((name, value) for name, value in instructions[start:]))


def command_of(service: str) -> list[str]:
    """What the container runs: the image's entry point, then the service's own command or else the image's."""
    return image().words("ENTRYPOINT") + [
        str(w) for w in compose()["services"][service].get("command") or image().words("CMD")
    ]


def environment_of(service: str) -> dict[str, str]:
    """What the container's processes are given where nothing is set outside: the image's and the service's."""
    given = compose()["services"][service].get("environment", {})
    told = {name: _resolved(str(value)) for name, value in given.items() if value is not None}
    return image().environment | told


def _resolved(value: str) -> str:
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)
