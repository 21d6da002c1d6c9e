"""The left side of the Train page: a widget for each option, kept in the session, and the settings that they amount to.

The widgets derive from the fields of `Architecture` and `Training`; the name of a field is the key of its widget.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st

from autoencoder.data.dataset import load_dataset
from autoencoder.errors import AutoencoderError, InvalidArchitecture
from autoencoder.option_kinds import Choice, Number, Option, Settings, Text, Whole, Widths, options
from autoencoder.presets import DEFAULT_PRESET, PRESETS
from autoencoder.settings import DEPTH, Architecture, Training, encoder_widths
from ui.session import _, form_value, number, say, set_form_values
from ui.train.dataset_picker import choose_dataset, take_over_fetched

BETWEEN_WIDTHS = r"[\s,;–-]+"  # what people type between the widths of two layers
LONGEST_SLIDER = 64  # values; a longer range of whole numbers is typed
S = TypeVar("S", bound=Settings)
Named = tuple[str, Option]


@dataclass(frozen=True)
class Chosen:
    """What the person has chosen. `preset` is the one that it equals, if any."""

    architecture: Architecture
    training: Training
    preset: str | None


def choose() -> Chosen | None:
    """Draw the form. None, and a sentence on the page, where the choices do not go together."""
    if form_value("preset") is None:
        _fill_in(DEFAULT_PRESET)
    take_over_fetched()
    st.selectbox(
        _("Start from"),
        list(PRESETS),
        format_func=lambda preset: _(PRESETS[preset].name),
        on_change=lambda: _fill_in(form_value("preset")),
        help=_("Settings with a name. Course 2-D and Course 8-D are exactly the notebook's."),
        key="preset",
        persist_state="session",
    )
    draw_options(Architecture, advanced=False)
    _draw("depth", DEPTH, _follow_depth)
    draw_options(Training, advanced=False)
    with st.expander(_("Advanced")):
        draw_options(Architecture, advanced=True)
        draw_options(Training, advanced=True)
    try:
        architecture, training = read_form(Architecture), read_form(Training)
    except AutoencoderError as problem:
        st.error(say(problem), icon=":material/error:")
        return None
    same = [p.id for p in PRESETS.values() if (p.architecture, p.training) == (architecture, training)]
    return Chosen(architecture, training, same[0] if same else None)


def take_preset(request: object) -> None:
    """What a challenge asks for; before the page is drawn, while choices can still be changed."""
    preset = request.get("preset") if isinstance(request, dict) else None
    if isinstance(preset, str) and preset in PRESETS:
        _fill_in(preset)


def _fill_in(preset: str) -> None:
    architecture, training = PRESETS[preset].architecture, PRESETS[preset].training
    shown = {"preset": preset, "depth": architecture.depth}
    set_form_values({**shown, **form_values(architecture), **form_values(training)})


# ---- the depth, which is the number of the encoder's widths ----


def _follow_depth() -> None:
    widths = Architecture(encoder=encoder_widths(form_value("depth"), 1))
    set_form_values({name: form_values(widths)[name] for name in ("encoder", "decoder")})


def _follow_widths() -> None:
    try:
        widths = _read(options(Architecture)["encoder"], form_value("encoder"), InvalidArchitecture)
    except AutoencoderError:
        return  # `choose` says so
    set_form_values({"depth": min(DEPTH.most, max(DEPTH.least, len(widths)))})


# ---- any class of options ----


def draw_options(kind: type[Settings], *, advanced: bool) -> None:
    """A widget for each option of a class, in the order of its fields; unless advanced, small ones stand in pairs."""
    wanted = [(name, option) for name, option in options(kind).items() if option.advanced == advanced]
    for row in [[each] for each in wanted] if advanced else _in_pairs(wanted):
        places: list[AbstractContextManager[object]] = [*st.columns(len(row))] if len(row) > 1 else [nullcontext()]
        for place, (name, option) in zip(places, row, strict=True):
            with place:
                _OWN_WIDGETS.get(name, _draw)(name, option)


def form_values(settings: Settings) -> dict[str, Any]:
    """What the widgets hold for these settings, by the names of the options."""
    return {name: _shown(option, getattr(settings, name)) for name, option in options(type(settings)).items()}


def read_form(kind: type[S]) -> S:
    """The settings that the widgets amount to; the default for what was never drawn. Raises the class's `error`."""
    shown = {name: form_value(name, default) for name, default in form_values(kind()).items()}
    return kind(**{name: _read(option, shown[name], kind.error) for name, option in options(kind).items()})


def _shown(option: Option, value: Any) -> Any:
    return option.write(value) if isinstance(option, Widths) else value


def _read(option: Option, shown: Any, error: type[AutoencoderError]) -> Any:
    if not isinstance(option, Widths):
        return shown
    if option.empty is not None and not shown.strip():
        return None
    return option.read(shown, error, BETWEEN_WIDTHS)


def _in_pairs(named: list[Named]) -> list[list[Named]]:
    """Rows of one widget, and of two where small ones follow each other."""
    rows: list[list[Named]] = []
    for each in named:
        if rows and len(rows[-1]) == 1 and all(_is_small(option) for _name, option in (*rows[-1], each)):
            rows[-1].append(each)
        else:
            rows.append([each])
    return rows


def _is_small(option: Option) -> bool:
    return isinstance(option, Choice) or (isinstance(option, Whole) and not _slides(option))


def _slides(option: Whole) -> bool:
    return isinstance(option.usual, range) and len(option.usual) <= LONGEST_SLIDER and option.empty is None


# ---- the widgets ----


def _draw(
    name: str, option: Option, on_change: Callable[[], None] | None = None, names: dict[str, str] | None = None
) -> None:
    """The widget that fits the kind of option; `names` of choices where they are not the option's own."""
    help = _(option.help) if option.help else None
    common: dict[str, Any] = {"help": help, "key": name, "persist_state": "session", "on_change": on_change}
    label, empty = _(option.label), _(option.empty) if option.empty else None
    match option:
        case Whole(usual=range() as usual) if _slides(option):
            st.slider(label, usual[0], usual[-1], **common)
        case Whole(usual=tuple() as usual) if usual:
            st.selectbox(label, usual, **common)
        case Whole():
            usual = option.usual or (option.least, option.most)
            st.number_input(label, usual[0], usual[-1], placeholder=empty, **common)
        case Number() if option.usual:
            st.select_slider(label, option.usual, format_func=lambda value: number(value, "g"), **common)
        case Number():
            st.number_input(label, float(option.least), float(option.most), placeholder=empty, format="%g", **common)
        case Choice():
            shown = names or _names(option)
            st.selectbox(label, list(shown), format_func=lambda choice: shown[choice], **common)
        case Widths() | Text():
            st.text_input(label, placeholder=empty or option.example, **common)


def _names(option: Choice) -> dict[str, str]:
    return {choice: _(name) if name else choice for choice, name in option.choices.items()}


def _draw_encoder(name: str, option: Option) -> None:
    _draw(name, option, _follow_widths)


def _draw_digits(name: str, option: Option) -> None:
    """With the numbers of the chosen data set; without them where it cannot be read: Start says why."""
    names = None
    with suppress(AutoencoderError):
        dataset = load_dataset(form_value("dataset", Training().dataset))
        n, training = len(dataset), dataset.n_training
        held_out = _("{n:,}, {m:,} held out", n=training, m=n - training)
        names = {"training": held_out, "all": _("all {n:,}, none held out", n=n)}
    _draw(name, option, names=names)


_OWN_WIDGETS: dict[str, Callable[[str, Option], None]] = {  # options with a special widget
    "encoder": _draw_encoder,
    "digits": _draw_digits,
    "dataset": lambda _name, _option: choose_dataset(),
}
