"""Which settings a command line asks for: a preset or an address, and the options that are given beside it."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from autoencoder.choices import Address, Pair, base_of, parts_of, read_address, with_choices
from autoencoder.flags import implied
from autoencoder.presets import DEFAULT_PRESET, PRESETS
from autoencoder.runs.store import RunStore
from autoencoder.settings import encoder_widths


def add_base_flags(parser: argparse.ArgumentParser) -> None:
    """Where the settings start from."""
    parser.add_argument("--preset", choices=list(PRESETS), help=f"Where to start from: {DEFAULT_PRESET} if not given.")
    address = "The settings of a form of the Train page, as its address has them."
    parser.add_argument("--from-address", metavar="URL", help=address)


def base_asked(asked: argparse.Namespace) -> Pair:
    """The settings that flags stand beside. Raises InvalidAddress, RunNotFound, RunUnreadable."""
    if asked.from_address is None:
        return base_of(Address(preset=asked.preset), None)
    address = read_address(parts_of(asked.from_address))
    for problem in address.problems:
        raise problem
    if asked.preset is not None:
        address = replace(address, preset=asked.preset)
    run = RunStore().load(address.run) if address.run is not None else None
    return with_choices(base_of(address, (run.architecture, run.training) if run else None), address.choices)


def with_depth(base: Pair, choices: Iterable[tuple[str, Any]], depth: int | None) -> Pair:
    """The settings with some options chosen anew; `depth`: hidden layers, in place of an encoder."""
    chosen = dict(choices)
    if depth is not None and "encoder" not in chosen:
        chosen["encoder"] = encoder_widths(depth, chosen.get("latent_dim", base[0].latent_dim))
    chosen |= implied(chosen)
    return with_choices(base, chosen.items())
