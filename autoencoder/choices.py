"""Choices beside a preset or a run: which options differ, how an address writes them, and what settings they amount to.

    train?preset=best-map&epochs=20&seed=3&lock=epochs

The names are those of the fields of `Architecture` and `Training`. Best map, but 20 epochs and seed 3; the number of
epochs is shown fixed. With `run=` the choices stand beside the settings of that run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from autoencoder.errors import AutoencoderError, InvalidAddress
from autoencoder.option_kinds import Option, Settings, Text, options
from autoencoder.presets import DEFAULT_PRESET, PRESETS, nearest_preset
from autoencoder.settings import Architecture, Training

KINDS: tuple[type[Settings], ...] = (Architecture, Training)
OPTIONS: dict[str, Option] = {name: option for kind in KINDS for name, option in options(kind).items()}
RUN, PRESET, LOCK = "run", "preset", "lock"  # what an address says beside the options
NAMES = (RUN, PRESET, *OPTIONS, LOCK)  # all of it, in the order in which it is written
Pair = tuple[Architecture, Training]
LONGEST_SAID = 60  # characters of what an address says, in a sentence about it


@dataclass(frozen=True)
class Address:
    """What the address of the Train page says, as far as it makes sense; `problems` say what does not."""

    run: str | None = None
    preset: str | None = None
    choices: tuple[tuple[str, Any], ...] = ()  # names and values of options
    lock: tuple[str, ...] = ()  # what is shown fixed: names of options, or PRESET
    problems: tuple[AutoencoderError, ...] = ()


def read_address(said: Mapping[str, str]) -> Address:
    """From the parts of an address by their names."""
    problems: list[AutoencoderError] = []
    preset, choices, locked = said.get(PRESET), [], []
    if preset is not None and preset not in PRESETS:
        known = ", ".join(PRESETS)
        problems.append(
            InvalidAddress(
                "There is no preset {preset}; the address may name: {known}.",
                preset=preset[:LONGEST_SAID],
                known=known,
            )
        )
        preset = None
    usual = values_of(*base_of(Address(preset=preset), None))
    for name, text in said.items():
        if name not in NAMES:
            problems.append(unknown(name))
        elif name in OPTIONS:
            try:
                choices.append((name, _value(name, text, usual[name])))
            except InvalidAddress as problem:
                problems.append(problem)
    for name in filter(None, said.get(LOCK, "").split(",")):
        if name in OPTIONS or name == PRESET:
            locked.append(name)
        else:
            problems.append(unknown(name))
    return Address(said.get(RUN) or None, preset, tuple(choices), tuple(dict.fromkeys(locked)), tuple(problems))


def write_address(address: Address) -> dict[str, str]:
    """The parts by their names, in their order; nothing for the preset that is taken anyway."""
    said: dict[str, str] = {}
    if address.run is not None:
        said[RUN] = address.run
    if address.preset is not None and (address.run is not None or address.preset != DEFAULT_PRESET):
        said[PRESET] = address.preset
    said |= {name: OPTIONS[name].to_text(value) for name, value in address.choices}
    if address.lock:
        said[LOCK] = ",".join(address.lock)
    return said


def parts_of(url: str) -> dict[str, str]:
    """The parts of a whole address, such as `http://…/train?epochs=7`."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def query_of(said: Mapping[str, str]) -> str:
    """The parts as they stand behind the question mark."""
    return urlencode(said, safe=",:")


# ---- settings and choices ----


def values_of(architecture: Architecture, training: Training) -> dict[str, Any]:
    """The values of all options by their names."""
    return {**vars(architecture), **vars(training)}


def default_of(name: str) -> Any:
    """The value of an option where nothing is chosen."""
    return values_of(Architecture(), Training())[name]


def choices_beside(base: Pair, wanted: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """What must be chosen beside `base` for the values that are wanted; what is not there stays as in `base`."""
    own = values_of(*base)
    chosen = {name for name in wanted if wanted[name] != own[name]}
    if "encoder" in chosen and wanted.get("decoder") is None:
        chosen.discard("decoder")  # it mirrors the encoder anyway
    elif "encoder" in chosen:
        chosen.add("decoder")
    return tuple((name, wanted[name]) for name in OPTIONS if name in chosen)


def with_choices(base: Pair, choices: Iterable[tuple[str, Any]]) -> Pair:
    """Settings with some options chosen anew. Raises InvalidArchitecture or InvalidTraining.

    Another encoder comes with its mirror: the decoder of `base` would not fit.
    """
    values = values_with(base, choices)
    layers, rest = ({name: values[name] for name in options(kind)} for kind in (Architecture, Training))
    return Architecture(**layers), Training(**rest)


def values_with(base: Pair, choices: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """As `with_choices`, whether or not the values go together."""
    chosen = dict(choices)
    if "encoder" in chosen:
        chosen.setdefault("decoder", None)
    return {**values_of(*base), **chosen}


def base_of(address: Address, run: Pair | None) -> Pair:
    """The settings that the choices stand beside: the preset that is named, else those of the run, else the default."""
    if address.preset is None and run is not None:
        return run
    preset = PRESETS[address.preset or DEFAULT_PRESET]
    return preset.architecture, preset.training


def address_of(wanted: Mapping[str, Any], preset: str, run: tuple[str, Pair] | None, lock: Iterable[str]) -> Address:
    """The address of a form that holds these values and starts from a preset; `run`: the one that is open.

    Beside a run the preset is left out where it is the nearest one anyway, which a form starts from that is filled in.
    """
    if run is not None:
        opened, settings = run
        if preset == nearest_preset({**values_of(*settings), **wanted}).id:
            return Address(opened, None, choices_beside(settings, wanted), tuple(lock))
    base = PRESETS[preset].architecture, PRESETS[preset].training
    return Address(run and run[0], preset, choices_beside(base, wanted), tuple(lock))


def _value(name: str, text: str, usual: object) -> Any:
    option = OPTIONS[name]
    value = option.from_text(text)
    if isinstance(value, str) and not isinstance(option, Text):
        value = value[:LONGEST_SAID]
    option.check(value, usual, InvalidAddress)
    return value


def unknown(name: str) -> InvalidAddress:
    """What is said where an address names an option that there is not."""
    return InvalidAddress("The address names “{name}”, which is no choice here.", name=name[:LONGEST_SAID])
