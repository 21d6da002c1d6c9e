"""All settings of a run, and the way from there to the form."""

from __future__ import annotations

from html import escape

import streamlit as st

from autoencoder.flags import train_command
from autoencoder.option_kinds import Option, options
from autoencoder.runs.run import Run
from autoencoder.settings import Architecture, Training
from server.settings_words import name_of, rows_of, value_of
from ui.navigation import page
from ui.session import _, language, leave_run, note_form_filled, open_run
from ui.train.settings_form import fill_in


def show_settings(run: Run) -> None:
    """Name and value of each option, in two columns."""
    rows = [*rows_of(run.architecture, language()), *_as_changed(run, rows_of(run.training, language()))]
    lines = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in rows)
    st.html(f'<dl class="lab-settings">{lines}</dl>')
    show_command(run.architecture, run.training)


def show_command(architecture: Architecture, training: Training) -> None:
    """The line of the command line that trains with these settings, to be copied."""
    st.caption(_("The same training without a browser:"))
    st.code(train_command(architecture, training), language=None, wrap_lines=True)


def train_again(run: Run, key: str, *, on_train: bool) -> None:
    """The button that fills the form with a run's settings; from another page it leads to Train."""
    label, help = (
        _("Train again from these"),
        _("Fills the form with the settings of this run. You can change them first."),
    )
    pressed = st.button(label, key=key, icon=":material/replay:", help=help, on_click=_take_over, args=(run, on_train))
    if pressed and not on_train:
        st.switch_page(page("train"))


def _take_over(run: Run, on_train: bool) -> None:
    fill_in(run.architecture, run.training)
    note_form_filled()
    open_run(None) if on_train else leave_run()


def _as_changed(run: Run, rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The learning rate is the only setting that can be changed while a run trains: both are said."""
    if run.learning_rate == run.training.learning_rate:
        return rows
    rate: Option = options(Training)["learning_rate"]
    name, now = name_of(rate, language()), value_of(rate, run.learning_rate, language())
    return [(said, _("{first}, later {now}", first=value, now=now) if said == name else value) for said, value in rows]
