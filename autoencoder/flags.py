"""Options as flags of the command line, and settings as the line that trains with them.

Names, values and help derive from the fields of a `Settings` class.
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from autoencoder.choices import OPTIONS, choices_beside, values_of
from autoencoder.errors import InvalidArchitecture
from autoencoder.option_kinds import NONE, Choice, Number, Option, Settings, Switch, Whole, Widths, options
from autoencoder.presets import nearest_preset
from autoencoder.sentences import fill
from autoencoder.settings import Architecture, Training


def add_flags(parser: argparse.ArgumentParser, kind: type[Settings]) -> None:
    """A flag per option of a class: `--latent-dim` for `latent_dim`."""
    for name, option in options(kind).items():
        parser.add_argument(flag_name(name), default=argparse.SUPPRESS, **flag(option))


def given(asked: argparse.Namespace, kind: type[Settings]) -> dict[str, Any]:
    """The values of a class's options that were given, by the names of its fields."""
    return {name: getattr(asked, name) for name in options(kind) if hasattr(asked, name)}


def implied(choices: Mapping[str, Any]) -> dict[str, Any]:
    """What choices say beside themselves: β belongs to a variational network, so that `--beta 1` asks for one."""
    return {} if "variational" in choices or not {"beta", "beta_warm_up"} & choices.keys() else {"variational": True}


def train_command(architecture: Architecture, training: Training) -> str:
    """The line that trains with these settings: the nearest preset, and a flag for each option that differs."""
    wanted = values_of(architecture, training)
    preset = nearest_preset(wanted)
    parts = ["python", "-m", "autoencoder", "train", "--preset", preset.id]
    choices = dict(choices_beside((preset.architecture, preset.training), wanted))
    if implied(choices) and not architecture.variational:
        choices["variational"] = False
    for name, value in choices.items():
        text = OPTIONS[name].to_text(value)
        parts += [f"{flag_name(name)}={text}"] if text.startswith("-") else [flag_name(name), text]
    return shlex.join(parts)


def flag(option: Option) -> dict[str, Any]:
    """The arguments of `add_argument` for an option. Limits are checked later, by the settings themselves."""
    about = {"help": help_of(option).replace("%", "%%"), "metavar": "NAME"}
    match option:
        case Whole():
            return {**about, "type": _or_none(option, int), "metavar": "N"}
        case Number():
            return {**about, "type": _or_none(option, float), "metavar": "X"}
        case Widths():
            return {**about, "type": partial(_widths, option), "metavar": option.example}
        case Switch():  # without a value: yes
            return {**about, "nargs": "?", "const": True, "type": partial(_switch, option), "metavar": "true|false"}
        case Choice():
            return {**about, "choices": tuple(option.choices)}
        case _:
            return about


def help_of(option: Option) -> str:
    """What an option is, and what it may be."""
    sentences = [option.help or f"{option.label}."]
    match option:
        case Number(above_least=True):
            sentences.append(fill("Above {least:g}, at most {most:g}.", {"least": option.least, "most": option.most}))
        case Whole() | Number():
            sentences.append(f"From {option.least:,} to {option.most:,}.")
        case Choice():
            sentences.append(f"One of: {', '.join(_named(*choice) for choice in option.choices.items())}.")
    if option.empty:
        sentences.append(f"Default: {option.empty}; write {NONE} for it.")
    return " ".join(sentences)


def _named(choice: str, name: str | None) -> str:
    return choice if name is None or choice == name.replace(" ", "-") else f"{choice} ({name})"


def flag_name(name: str) -> str:
    """`--latent-dim` of `latent_dim`."""
    return f"--{name.replace('_', '-')}"


def _or_none(option: Option, number: type[int] | type[float]) -> Callable[[str], Any]:
    """What reads a number, or `none` where the option may have none."""

    def read(text: str) -> Any:
        return None if text == NONE and option.empty is not None else number(text)

    read.__name__ = number.__name__  # argparse names it in its complaint
    return read


def _switch(option: Switch, text: str) -> bool:
    value = option.from_text(text)
    if not isinstance(value, bool):
        raise argparse.ArgumentTypeError(f"invalid value: {text!r}, expected true or false")
    return value


def _widths(option: Widths, text: str) -> tuple[int, ...] | None:
    if text == NONE and option.empty is not None:
        return None
    try:
        return option.read(text, InvalidArchitecture)
    except InvalidArchitecture as problem:
        raise argparse.ArgumentTypeError(str(problem)) from problem
