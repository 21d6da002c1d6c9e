"""A nickname for who is asked for one at the door: an adjective and an animal, in the reader's language."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Sequence
from itertools import count, product

from autoencoder.errors import N_
from server.language import fill, translate

ADJECTIVES = (
    N_("Brave"), N_("Bright"), N_("Calm"), N_("Cheerful"), N_("Clever"), N_("Gentle"), N_("Happy"), N_("Loyal"),
    N_("Nimble"), N_("Patient"), N_("Strong"), N_("Swift"),
)  # fmt: skip
ANIMALS = (
    N_("Badger"), N_("Beaver"), N_("Dolphin"), N_("Falcon"), N_("Fox"), N_("Gecko"), N_("Hedgehog"), N_("Heron"),
    N_("Koala"), N_("Llama"), N_("Lynx"), N_("Otter"), N_("Owl"), N_("Panda"), N_("Penguin"), N_("Robin"),
    N_("Salmon"), N_("Seal"), N_("Tiger"), N_("Toucan"), N_("Turtle"), N_("Whale"), N_("Wolf"), N_("Zebra"),
)  # fmt: skip


def suggested_name(
    language: str, taken: Collection[str], choose: Callable[[Sequence[str]], str] = secrets.choice
) -> str:
    """A name that nobody has yet, such as "Brave Otter"; with a number once all pairs are taken."""
    form = translate("{adjective} {animal}", language)
    pairs = [
        fill(form, {"adjective": translate(adjective, language), "animal": translate(animal, language)}, language)
        for adjective, animal in product(ADJECTIVES, ANIMALS)
    ]
    free = [pair for pair in pairs if pair not in taken]
    if free:
        return choose(free)
    pair = choose(pairs)
    return next(numbered for n in count(2) if (numbered := f"{pair} {n}") not in taken)
