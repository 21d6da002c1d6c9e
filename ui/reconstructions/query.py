"""What the address of the Reconstructions page says, and how the contact sheet changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from autoencoder.analysis.digits import PARTS, WAYS, Choice
from ui import session

_ADDRESS = ("by", "of", "label", "index", "seed", "start", "digit", "difference", "pca", "noisy")
MOST_CARDS = 96  # on a page of the sheet


@dataclass(frozen=True)
class View:
    """What the address says of the page."""

    choice: Choice
    index: str = "0"  # as it was typed
    start: int = 0  # place of the page's first card in the order of the choice
    digit: int | None = None  # the one that is open; None: the first of the page
    difference: bool = False
    pca: bool = False
    noisy: bool = True  # where the run was trained on corrupted digits


def view_of(address: Mapping[str, str], classes: int) -> View:
    """Nonsense in an address is left out; a number of a digit that makes no sense is said where it is looked up."""
    way, part, typed = address.get("by", ""), address.get("of", ""), address.get("index", "0")
    digit = _number(address.get("digit"), most=10**9)
    return View(
        Choice(
            way=way if way in WAYS else "first",
            part=part if part in PARTS else "all",
            label=_number(address.get("label"), most=classes - 1) or 0,
            index=_typed_index(typed),
            seed=_number(address.get("seed"), most=2**32 - 1) or 0,
        ),
        index=typed[:12],
        start=_number(address.get("start"), most=10**9) or 0,
        digit=digit,
        difference=address.get("difference") == "1",
        pca=address.get("pca") == "1",
        noisy=address.get("noisy") != "0",
    )


def _number(text: str | None, most: int) -> int | None:
    plain = text or ""
    return int(plain) if plain.isascii() and plain.isdecimal() and len(plain) < 12 and int(plain) <= most else None


def _typed_index(text: str) -> int:
    """A number as people type it, with or without separators; -1, which is no digit, for anything else."""
    number = _number(text.strip().replace(",", "").replace(".", "").replace(" ", ""), most=10**9)
    return -1 if number is None else number


def take(changes: object) -> None:
    """What the sheet asks for goes into the address; the page is drawn from there."""
    if not isinstance(changes, dict):
        return
    for name in _ADDRESS:
        if name in changes:
            value = changes[name]
            session.set_in_address(name, None if value is None else str(value)[:20])
    if isinstance(fits := changes.get("fits"), int):
        session.set_cards_that_fit(min(MOST_CARDS, max(1, fits)))
    if isinstance(number := changes.get("number"), int):
        session.set_last_question(number)
