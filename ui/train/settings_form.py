"""The left side of the Train page: a widget for each option, kept in the session, and the settings that they amount to.

The widgets derive from the fields of `Architecture` and `Training`; the name of a field is the key of its widget.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st

from autoencoder.choices import KINDS, OPTIONS, default_of, values_of
from autoencoder.data.dataset import load_dataset
from autoencoder.errors import AutoencoderError, InvalidArchitecture
from autoencoder.option_kinds import Choice, Number, Option, Settings, Switch, Text, Whole, Widths, options
from autoencoder.presets import DEFAULT_PRESET, PRESETS, Preset, nearest_preset
from autoencoder.runs.run import Run
from autoencoder.settings import ABSURD_LEARNING_RATE, DEPTH, Architecture, Training, encoder_widths
from autoencoder.training.objective import require_fitting
from ui.glossary import explained
from ui.session import (
    _,
    followed_run,
    form_value,
    locked,
    number,
    say,
    set_followed_run,
    set_form_values,
    set_locked,
    set_taken_part,
    taken_part,
)
from ui.train.dataset_picker import choose_dataset, take_over_fetched

_WIDTHS = ("depth", "encoder", "decoder")  # that do not count where a network is convolutional
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
    take_over_fetched()
    start_from, dataset = st.columns(2, gap="small")
    with start_from:
        _draw_start_from()
    with dataset:
        _draw_dataset()
    draw_options(Architecture, advanced=False)
    draw_option("depth", DEPTH, _follow_depth)
    draw_options(Training, advanced=False, without=("dataset",))
    with st.expander(_("Advanced")):
        draw_options(Architecture, advanced=True)
        draw_options(Training, advanced=True)
    try:
        architecture, training = read_form(Architecture), read_form(Training)
        require_fitting(architecture, training)
    except AutoencoderError as problem:
        st.error(say(problem), icon=":material/error:")
        return None
    base = base_preset()
    same = base if is_exactly(PRESETS[base], architecture, training) else None
    return Chosen(architecture, training, same)


def take_preset(request: object) -> None:
    """What a challenge asks for; before the page is drawn, while choices can still be changed."""
    preset = request.get("preset") if isinstance(request, dict) else None
    if isinstance(preset, str) and preset in PRESETS:
        set_locked(())
        _fill_in_preset(preset)
        set_taken_part(preset)


def filled_in_for_challenge() -> str | None:
    """The preset that `take_preset` filled in, as long as a run with what the form holds would take part."""
    taken = PRESETS.get(taken_part() or "")
    if taken is None:
        return None
    try:
        architecture, training = read_form(Architecture), read_form(Training)
    except AutoencoderError:
        return None
    fits = architecture == taken.architecture and training.dataset == taken.training.dataset and training.holds_out
    return taken.id if fits else None


def follow(run: Run) -> None:
    """Take over the settings of a run that has just been opened, so that form and run agree; before `choose`."""
    if followed_run() != run.id:
        set_followed_run(run.id)
        fill_in(run.architecture, run.training)


def fill_in(architecture: Architecture, training: Training) -> None:
    """Fill the form with settings, and start from the preset that they differ least from; before it is drawn."""
    values = values_of(architecture, training)
    fill_in_values(values, nearest_preset(values).id)


def fill_in_values(values: Mapping[str, Any], preset: str) -> None:
    """Fill the form with the values of all options, whether or not they go together. What is fixed stays."""
    shown = {name: shown_value(option, values[name]) for name, option in OPTIONS.items()}
    shown |= {"preset": preset, "depth": _depth_of(len(values["encoder"]))}
    fixed = [name for name in shown if is_locked(name) and form_value(name) is not None]
    set_form_values({name: value for name, value in shown.items() if name not in fixed})


def values_of_form() -> dict[str, Any]:
    """The values of all options whose widgets hold one that fits, by their names."""
    held = {}
    for kind in KINDS:
        for name, option in options(kind).items():
            with suppress(AutoencoderError):
                value = read_value(option, form_value(name, shown_value(option, default_of(name))), kind.error)
                option.check(value, default_of(name), kind.error)
                held[name] = value
    return held


def is_locked(name: str) -> bool:
    """Whether an option, the preset or the depth is shown fixed."""
    return (name if name != "depth" else "encoder") in locked()


def base_preset() -> str:
    """The preset that the form starts from, whether or not it was changed since."""
    return str(form_value("preset", DEFAULT_PRESET)).removesuffix(_CHANGED)


def is_exactly(preset: Preset, architecture: Architecture, training: Training) -> bool:
    """Whether settings are those of a preset."""
    return (preset.architecture, preset.training) == (architecture, training)


# ---- the preset that the form starts from ----

_CHANGED = "-changed"  # after the id of a preset: what stands in the box once something differs from it


def _draw_start_from() -> None:
    """The presets, and among them "Quick map, changed" while the form differs from Quick map."""
    base = base_preset()
    changed = f"{base}{_CHANGED}"
    shown = changed if _differs_from(PRESETS[base]) else base
    if form_value("preset") != shown:
        set_form_values({"preset": shown})
    names = {preset.id: _(preset.name) for preset in PRESETS.values()}
    if shown == changed:
        names[changed] = _("{name}, changed", name=names[base])
    st.selectbox(
        _("Start from"),
        list(names),
        format_func=lambda preset: names.get(preset, preset),
        on_change=lambda: _fill_in_preset(base_preset()),
        help=_("Settings with a name. Course 2-D and Course 8-D are exactly the notebook's."),
        key="preset",
        persist_state="session",
        disabled=is_locked("preset"),
    )


def _differs_from(preset: Preset) -> bool:
    """Whether the form, as its widgets stand, holds anything else; also what does not go together."""
    try:
        return not is_exactly(preset, read_form(Architecture), read_form(Training))
    except AutoencoderError:
        return True


def _fill_in_preset(preset: str) -> None:
    fill_in(PRESETS[preset].architecture, PRESETS[preset].training)


# ---- the depth, which is the number of the encoder's widths ----


def _follow_depth() -> None:
    widths = Architecture(encoder=encoder_widths(form_value("depth"), 1))
    set_form_values({name: form_values(widths)[name] for name in ("encoder", "decoder")})


def _follow_widths() -> None:
    try:
        widths = read_value(options(Architecture)["encoder"], form_value("encoder"), InvalidArchitecture)
    except AutoencoderError:
        return  # `choose` says so
    set_form_values({"depth": _depth_of(len(widths))})


def _depth_of(layers: int) -> int:
    """What the slider shows for so many layers."""
    return min(DEPTH.most, max(DEPTH.least, layers))


# ---- any class of options ----


def draw_options(kind: type[Settings], *, advanced: bool, without: tuple[str, ...] = ()) -> None:
    """A widget for each option of a class, in the order of its fields; unless advanced, small ones stand in pairs.

    Those of `without` stand elsewhere.
    """
    named = [(name, option) for name, option in options(kind).items() if name not in without]
    wanted = [(name, option) for name, option in named if option.advanced == advanced]
    for row in [[each] for each in wanted] if advanced else _in_pairs(wanted):
        places: list[AbstractContextManager[object]] = [*st.columns(len(row))] if len(row) > 1 else [nullcontext()]
        for place, (name, option) in zip(places, row, strict=True):
            with place:
                _OWN_WIDGETS.get(name, draw_option)(name, option)


def form_values(settings: Settings) -> dict[str, Any]:
    """What the widgets hold for these settings, by the names of the options."""
    return {name: shown_value(option, getattr(settings, name)) for name, option in options(type(settings)).items()}


def read_form(kind: type[S]) -> S:
    """The settings that the widgets amount to; the default for what was never drawn. Raises the class's `error`."""
    shown = {name: form_value(name, default) for name, default in form_values(kind()).items()}
    return kind(**{name: read_value(option, shown[name], kind.error) for name, option in options(kind).items()})


def shown_value(option: Option, value: Any) -> Any:
    """What the widget of an option holds for a value."""
    return option.write(value) if isinstance(option, Widths) else value


def read_value(option: Option, shown: Any, error: type[AutoencoderError] = AutoencoderError) -> Any:
    """The value that a widget amounts to. Raises `error`."""
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


def draw_option(
    name: str, option: Option, on_change: Callable[[], None] | None = None, names: dict[str, str] | None = None
) -> None:
    """The widget that fits the kind of option; `names` of choices where they are not the option's own."""
    common: dict[str, Any] = {
        "help": explained(option.label, option.help),
        "key": name,
        "persist_state": "session",
        "on_change": on_change,
        "disabled": is_locked(name) or (name in _WIDTHS and bool(form_value("convolutional"))),
    }
    label, empty = label_of(name, option), _(option.empty) if option.empty else None
    match option:
        case Whole(usual=range()) if _slides(option):
            offered = _offered(name, option)
            st.slider(label, offered[0], offered[-1], **common)
        case Whole(usual=tuple() as usual) if usual:
            st.selectbox(label, _offered(name, option), **common)
        case Whole():
            offered = _offered(name, option)
            st.number_input(label, offered[0], offered[-1], placeholder=empty, **common)
        case Number() if option.usual:
            offered = _offered(name, option)
            st.select_slider(label, offered, format_func=lambda value: number(value, "g"), **common)
        case Number():
            st.number_input(label, float(option.least), float(option.most), placeholder=empty, format="%g", **common)
        case Switch():
            st.toggle(label, **common)
        case Choice():
            shown = names or _names(option)
            st.selectbox(label, list(shown), format_func=lambda choice: shown[choice], **common)
        case Widths() | Text():
            st.text_input(label, placeholder=empty or option.example, **common)


def label_of(name: str, option: Option) -> str:
    """With a lock where it is shown fixed."""
    return f":material/lock: {_(option.label)}" if is_locked(name) else _(option.label)


def _offered(name: str, option: Whole | Number) -> list[Any]:
    """The values that a form usually offers, in order, and the one that it holds: a run may have been given another."""
    usual, held = option.usual or (option.least, option.most), form_value(name)
    return sorted({*usual, held} if held is not None else usual)


def _names(option: Choice) -> dict[str, str]:
    return {choice: _(name) if name else choice for choice, name in option.choices.items()}


def _draw_encoder(name: str, option: Option) -> None:
    draw_option(name, option, _follow_widths)


def _draw_variational(name: str, option: Option) -> None:
    """With two sentences and the formula, where it is on."""
    draw_option(name, option)
    if form_value(name):
        st.caption(
            _(
                "The encoder gives a mean $\\mu$ and a spread $\\sigma$ for each number of the code; the decoder draws "
                "from a number in between, so that neighbouring codes must look alike. The KL divergence pulls all "
                "codes towards the standard normal distribution, so that a code drawn from it is a new digit "
                "(Kingma and Welling 2014)."
            )
        )
        with st.container(key="variational-formula"):
            st.latex(_FORMULA)


# The loss of one digit in nats: what the decoder makes of a code that was drawn, and how far that code may lie.
_FORMULA = (
    r"\small \begin{aligned} & -\log p(x \mid \mu + \sigma \varepsilon) \\ "
    r"& + \tfrac{\beta}{2} \textstyle\sum_j (\mu_j^2 + \sigma_j^2 - \log \sigma_j^2 - 1) \end{aligned}"
)


def _draw_rate(name: str, option: Option) -> None:
    """With a word beside a rate that is absurd for Adam."""
    draw_option(name, option)
    rate, usual = form_value(name, 0.0), Training().learning_rate
    if rate > ABSURD_LEARNING_RATE:
        st.caption(
            _(
                ":material/warning: A learning rate of {rate:g} is far too high here: above {most:g} the loss usually "
                "jumps or becomes infinite. Try {usual:g}.",
                rate=rate,
                most=ABSURD_LEARNING_RATE,
                usual=usual,
            )
        )


def _draw_digits(name: str, option: Option) -> None:
    """With the numbers of the chosen data set; without them where it cannot be read: Start says why."""
    names = None
    with suppress(AutoencoderError):
        dataset = load_dataset(form_value("dataset", Training().dataset))
        n, training = len(dataset), dataset.n_training
        held_out = _("{n:,}, {m:,} held out", n=training, m=n - training)
        names = {"training": held_out, "all": _("all {n:,}, none held out", n=n)}
    draw_option(name, option, names=names)


def _draw_dataset() -> None:
    """What the network learns from: in sight, before how it learns."""
    option = options(Training)["dataset"]
    choose_dataset(label_of("dataset", option), fixed=is_locked("dataset"))


_OWN_WIDGETS: dict[str, Callable[[str, Option], None]] = {  # options with a special widget
    "encoder": _draw_encoder,
    "learning_rate": _draw_rate,
    "variational": _draw_variational,
    "digits": _draw_digits,
}
