"""The Sweep page's address: the form of the Train page as it stands there, and what is swept.

    sweep?preset=best-map&epochs=5&vary=latent_dim:1,2,4&and=learning_rate:0.001,0.01&seeds=3

Left out is what the page shows anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from autoencoder.choices import LONGEST_SAID, OPTIONS, unknown
from autoencoder.errors import AutoencoderError, InvalidAddress
from autoencoder.runs.run import Run
from ui.session import (
    address_problems,
    form_value,
    said_by_address,
    set_address_problems,
    set_form_values,
    went_through_history,
)
from ui.sweep.form import FIRST_OPTION, LONGEST_VALUES, MOST_SEEDS, Key, usual_values
from ui.train.address import keep_address, take_over_address

GROUP = "group"  # the sweep that is shown
VARY, AND, SEEDS = "vary", "and", "seeds"
NAMES = (VARY, AND, SEEDS)  # what the form's choices are called
OWN_NAMES = (GROUP, *NAMES)  # what this page's address says beside the Train page's


@dataclass(frozen=True)
class Swept:
    """What the page's form holds: the options in their order with the text of their values, and the number of seeds."""

    values: tuple[tuple[str, str], ...]
    seeds: int = 1
    problems: tuple[AutoencoderError, ...] = ()  # what made no sense in an address


def read_swept(said: Mapping[str, str]) -> Swept:
    """From the parts of an address by their names; the default for what makes no sense."""
    values: dict[str, str] = {}
    problems: list[AutoencoderError] = []
    for part in (VARY, AND):
        name, _colon, text = said.get(part, "").partition(":")
        if name in OPTIONS and name not in values:
            values[name] = ", ".join(text[:LONGEST_VALUES].split(",")) or usual_values(name)
        elif part in said:
            problems.append(unknown(name))
    seeds = said.get(SEEDS, "1")
    if seeds not in map(str, range(1, MOST_SEEDS + 1)):
        problems.append(
            InvalidAddress(
                "The address asks for {said} seeds; from 1 to {most} are possible.",
                said=seeds[:LONGEST_SAID],
                most=MOST_SEEDS,
            )
        )
        seeds = "1"
    first = values or {FIRST_OPTION: usual_values(FIRST_OPTION)}
    return Swept(tuple(first.items()), int(seeds), tuple(problems))


def write_swept(swept: Swept) -> dict[str, str]:
    """The parts by their names; nothing for what the page begins with."""
    usual = {VARY: (FIRST_OPTION, usual_values(FIRST_OPTION))}
    chosen = dict(zip((VARY, AND), swept.values, strict=False))
    said = {part: f"{name}:{_close(text)}" for part, (name, text) in chosen.items() if usual.get(part) != (name, text)}
    return {**said, SEEDS: str(swept.seeds)} if swept.seeds > 1 else said


def take_over_sweep(run: Run | None) -> None:
    """Fill both forms from the address, where that has just been opened. To be called before the form is drawn."""
    opened = form_value(Key.FIRST) is None or went_through_history()
    take_over_address(run, beside=OWN_NAMES)
    if not opened:
        return
    swept = read_swept(said_by_address())
    (first, _text), *second = swept.values
    shown = {Key.FIRST: first, Key.SECOND: second[0][0] if second else None, Key.SEEDS: swept.seeds}
    set_form_values({**shown, **{Key.values(name): text for name, text in swept.values}})
    set_address_problems((*address_problems(), *swept.problems))


def keep_sweep(run: Run | None) -> None:
    """Put what both forms hold into the address. To be called once the form is drawn."""
    names = [form_value(Key.FIRST), form_value(Key.SECOND)]
    values = tuple((name, str(form_value(Key.values(name), ""))) for name in names if name is not None)
    keep_address(run, page="sweep", more=write_swept(Swept(values, int(form_value(Key.SEEDS, 1)))), names=NAMES)


def _close(text: str) -> str:
    return ",".join(part.strip() for part in text.split(","))
