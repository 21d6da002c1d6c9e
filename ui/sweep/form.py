"""Choosing a sweep: which settings, which values, how many seeds; and what it will cost."""

from __future__ import annotations

import streamlit as st

from autoencoder.choices import OPTIONS, Pair, default_of
from autoencoder.errors import AutoencoderError
from autoencoder.option_kinds import Choice, Number, Switch, Whole
from autoencoder.runs.sweep_points import expected_seconds
from autoencoder.settings import Architecture, Training
from autoencoder.sweep import SEED, Sweep, read_values
from server.settings_words import name_of, value_of
from server.state import service
from ui.navigation import link
from ui.session import _, form_value, language, number, owner, plural, say, set_form_values, set_in_address
from ui.train.settings_form import read_form

MOST_SEEDS = 5
LONGEST_VALUES = 500  # characters
FIRST_OPTION = "latent_dim"  # what is swept at first
_USUAL = {  # values to begin with
    "latent_dim": "1, 2, 4, 8, 16, 32",
    "learning_rate": "0.0003, 0.001, 0.003, 0.01",
    "encoder": "256, 256-64, 256-128-64",
    "beta": "0.25, 0.5, 1, 2, 4",
}
NONE = "–"  # no second option


class Key:
    """The keys of the form's widgets."""

    FIRST, SECOND, SEEDS = "sweep-first", "sweep-second", "sweep-seeds"

    @staticmethod
    def values(name: str) -> str:
        """Where the values of an option are typed."""
        return f"sweep-values-{name}"


def choose_sweep() -> None:
    """The form, what it would cost, and the button that starts it; both forms have been filled in before."""
    try:
        base = read_form(Architecture), read_form(Training)
    except AutoencoderError as problem:
        st.error(say(problem), icon=":material/error:")
        return
    st.caption(_("All else is as in the form of the Train page: {settings}.", settings=_said(base)))
    link("train", _("Change the form"))
    texts = _choose_values()
    spread = _("With several the spread is drawn.")
    seeds = st.number_input(_("Seeds"), 1, MOST_SEEDS, key=Key.SEEDS, help=spread, persist_state="session")
    try:
        sweep = Sweep(base, tuple(read_values(texts).items()), int(seeds))
        service().check_sweep(sweep, owner())
    except AutoencoderError as problem:
        st.warning(say(problem), icon=":material/block:")
        st.button(_("Start the sweep"), type="primary", key="sweep-start", disabled=True, width="stretch")
        return
    st.caption(_preview(sweep))
    if st.button(_("Start the sweep"), type="primary", key="sweep-start", width="stretch"):
        try:
            group = service().start_sweep(sweep, owner())
        except AutoencoderError as problem:
            st.error(say(problem), icon=":material/error:")
        else:
            set_in_address("group", group.id)
            st.rerun()


def _choose_values() -> dict[str, str]:
    """The values of one or two options as they were typed, by the names of the options."""
    names = list(OPTIONS)
    first = st.selectbox(_("Setting"), names, format_func=_label, key=Key.FIRST, persist_state="session")
    texts = {first: _values(first)}
    others = [None, *(name for name in names if name != first)]
    if form_value(Key.SECOND) not in others:
        set_form_values({Key.SECOND: None})
    second = st.selectbox(
        _("And a second one"),
        others,
        format_func=lambda name: _label(name) if name else NONE,
        key=Key.SECOND,
        placeholder=NONE,
        persist_state="session",
    )
    if second is not None:
        texts[second] = _values(second)
    return texts


def _values(name: str) -> str:
    key = Key.values(name)
    if form_value(key) is None:
        set_form_values({key: usual_values(name)})
    label = _("Values of {name}, with commas", name=_label(name))
    return st.text_input(label, key=key, max_chars=LONGEST_VALUES, persist_state="session")


def usual_values(name: str) -> str:
    """Values of an option to begin with, as they are typed."""
    match option := OPTIONS[name]:
        case _ if name in _USUAL:
            return _USUAL[name]
        case Choice():
            return ", ".join(option.choices)
        case Switch():
            return "false, true"
        case Whole(usual=tuple() as usual) if usual:
            return ", ".join(map(option.to_text, usual[:4]))
        case Number() if option.usual:
            return ", ".join(map(option.to_text, option.usual[:4]))
        case _ if name == SEED:
            return "0, 1, 2"
        case _:
            return option.to_text(default_of(name))


def _label(name: str) -> str:
    return _(OPTIONS[name].label)


def _said(base: Pair) -> str:
    """The settings that tell most, in the reader's language."""
    values = {**vars(base[0]), **vars(base[1])}
    told = ("encoder", "latent_dim", "learning_rate", "epochs", "seed")
    said = ((name_of(OPTIONS[name], language()), value_of(OPTIONS[name], values[name], language())) for name in told)
    return ", ".join(f"{name} {value}" for name, value in said)


def _preview(sweep: Sweep) -> str:
    """How many trainings, and how long they take where nobody else trains."""
    n = plural("{n} training", "{n} trainings", sweep.size)
    seconds = expected_seconds(sweep, service().runs()[0])
    if seconds is None:
        return n
    time = f"{number(seconds, '.0f')} s" if seconds < 120 else _("{n} min", n=number(seconds / 60, ".0f"))
    return _("{n}, about {time} where nobody else trains.", n=n, time=time)
