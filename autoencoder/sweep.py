"""A sweep: several values for one or two options, and the trainings that they amount to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from autoencoder.choices import OPTIONS, Pair, default_of, with_choices
from autoencoder.errors import InvalidSweep

MOST_OPTIONS = 2  # a curve or a heat map shows no more
MOST_MEMBERS = 1_000  # trainings; the limits of a room are lower
SEED = "seed"


@dataclass(frozen=True)
class Member:
    """One training of a sweep: what was chosen for it, and the settings."""

    values: tuple[tuple[str, Any], ...]  # of the options that are swept, by their names
    seed: int
    settings: Pair


@dataclass(frozen=True)
class Sweep:
    """`values`: those of each option that is swept, by its name. With several seeds each point is trained with each."""

    base: Pair
    values: tuple[tuple[str, tuple[Any, ...]], ...]
    seeds: int = 1  # from the seed of `base` on

    def __post_init__(self) -> None:
        """Raises InvalidSweep, InvalidArchitecture, InvalidTraining; each member is tried before the first begins."""
        swept = [name for name, _values in self.values]
        several = all(len(values) > 1 for _name, values in self.values)
        if not (several and 1 <= len(set(swept)) == len(swept) <= MOST_OPTIONS):
            raise InvalidSweep("A sweep has several values for one or two settings, with commas, such as 1, 2, 4.")
        if self.seeds < 1 or (self.seeds > 1 and SEED in swept):
            raise InvalidSweep("A sweep has one seed or more, and not both --seeds and several values for --seed.")
        if self.size > MOST_MEMBERS:  # before each is tried: a few typed lists multiply to millions
            raise InvalidSweep(
                "This sweep is {n:,} trainings, and at most {most:,} are possible. Choose fewer values or seeds.",
                n=self.size,
                most=MOST_MEMBERS,
            )
        tuple(self.members())

    @property
    def size(self) -> int:
        """How many trainings it is."""
        return self.seeds * prod(len(values) for _name, values in self.values)

    def members(self) -> Iterator[Member]:
        """All of them: the last option changes fastest, then the seed."""
        names = [name for name, _values in self.values]
        for point in product(*(values for _name, values in self.values)):
            chosen = tuple(zip(names, point, strict=True))
            for more in range(self.seeds):
                settings = with_choices(self.base, chosen)
                if self.seeds > 1:
                    settings = with_choices(settings, [(SEED, self.base[1].seed + more)])
                yield Member(chosen, settings[1].seed, settings)


def read_values(texts: Mapping[str, str]) -> dict[str, tuple[Any, ...]]:
    """The values of options as a command line has them: `1,2,4` are three. Raises InvalidSweep."""
    read = {name: [_value(name, part) for part in text.split(",")] for name, text in texts.items()}
    return {name: tuple(dict.fromkeys(values)) for name, values in read.items()}


def _value(name: str, text: str) -> Any:
    value = OPTIONS[name].from_text(text.strip())
    OPTIONS[name].check(value, default_of(name), InvalidSweep)
    return value
