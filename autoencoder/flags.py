"""Options as flags of the command line: names, values and help derive from the fields of a `Settings` class."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

from autoencoder.errors import InvalidArchitecture
from autoencoder.option_kinds import Choice, Number, Option, Settings, Whole, Widths, options
from autoencoder.sentences import fill


def add_flags(parser: argparse.ArgumentParser, kind: type[Settings]) -> None:
    """A flag per option of a class: `--latent-dim` for `latent_dim`."""
    for name, option in options(kind).items():
        parser.add_argument(f"--{name.replace('_', '-')}", **flag(option))


def given(asked: argparse.Namespace, kind: type[Settings]) -> dict[str, Any]:
    """The values of a class's options that were given, by the names of its fields."""
    return {name: value for name in options(kind) if (value := getattr(asked, name)) is not None}


def flag(option: Option) -> dict[str, Any]:
    """The arguments of `add_argument` for an option. Limits are checked later, by the settings themselves."""
    about = {"help": _help(option).replace("%", "%%"), "metavar": "NAME"}
    match option:
        case Whole():
            return {**about, "type": int, "metavar": "N"}
        case Number():
            return {**about, "type": float, "metavar": "X"}
        case Widths():
            return {**about, "type": partial(_widths, option), "metavar": option.example}
        case Choice():
            return {**about, "choices": tuple(option.choices)}
        case _:
            return about


def _help(option: Option) -> str:
    sentences = [option.help or f"{option.label}."]
    match option:
        case Number(above_least=True):
            sentences.append(fill("Above {least:g}, at most {most:g}.", {"least": option.least, "most": option.most}))
        case Whole() | Number():
            sentences.append(f"From {option.least:,} to {option.most:,}.")
        case Choice():
            sentences.append(f"One of: {', '.join(_named(*choice) for choice in option.choices.items())}.")
    if option.empty:
        sentences.append(f"Default: {option.empty}.")
    return " ".join(sentences)


def _named(choice: str, name: str | None) -> str:
    return choice if name is None or choice == name.replace(" ", "-") else f"{choice} ({name})"


def _widths(option: Widths, text: str) -> tuple[int, ...]:
    try:
        return option.read(text, InvalidArchitecture)
    except InvalidArchitecture as problem:
        raise argparse.ArgumentTypeError(str(problem)) from problem
