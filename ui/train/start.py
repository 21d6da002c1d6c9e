"""The Start button, and what starting would cost."""

from __future__ import annotations

import time

import streamlit as st

from autoencoder.errors import AutoencoderError
from autoencoder.settings import Architecture, Training
from server.state import service
from ui.navigation import link
from ui.plain_text import plain
from ui.run_settings import show_command
from ui.session import _, await_comparison, last_start, open_run, owner, say, titles
from ui.train.settings_form import Chosen

DOUBLE_CLICK_SECONDS = 1.0


def start_button(chosen: Chosen | None) -> None:
    """Starts a run with the chosen settings and opens it; a double click starts only one. Disabled without settings."""
    started = last_start()  # a second click aborts this script, but changes to this object remain
    pressed = st.button(_("Start training"), type="primary", width="stretch", key="start", disabled=chosen is None)
    pressed, started.asked = pressed or started.asked, False
    if pressed and chosen:
        start_run(chosen.architecture, chosen.training, preset=chosen.preset)
    _open_started()


def start_run(
    architecture: Architecture, training: Training, *, preset: str | None = None, beside: str | None = None
) -> None:
    """Start a run and open it, or say why not; `beside`: the run that it is to be compared with."""
    started = last_start()
    if time.monotonic() - started.at < DOUBLE_CLICK_SECONDS:
        return
    try:
        run = service().start(architecture, training, owner=owner(), preset=preset, beside=beside)
    except AutoencoderError as problem:
        st.error(say(problem), icon=":material/error:")
        return
    started.at, started.run = time.monotonic(), run.id
    if beside is not None:
        await_comparison(run.id)
    _open_started()


def _open_started() -> None:
    """The run that was started last, if it is not open yet; also by a script that was ended halfway."""
    started = last_start()
    if started.run is not None:
        open_run(started.run)
        started.run = None
        st.rerun()


def copy_as_command(chosen: Chosen) -> None:
    """The same training as one line of the command line, behind a click; and the way to several at once."""
    with st.container(horizontal=True, vertical_alignment="center", key="beside-start"):
        with st.popover(_("Copy as command"), icon=":material/terminal:", key="as-command", type="tertiary"):
            show_command(chosen.architecture, chosen.training)
        link("sweep", _("Sweep …"))


def show_what_goes(chosen: Chosen) -> None:
    """Before it is started: which runs would be deleted to make room, or why it cannot be started."""
    try:
        going = service().runs_to_delete(chosen.architecture, chosen.training, owner())
    except AutoencoderError as problem:
        st.warning(say(problem), icon=":material/block:")
        return
    if going:
        called = titles(service().runs()[0])
        names = ", ".join(called[run.id] for run in going[:3]) + (" …" if len(going) > 3 else "")
        n = len(going)
        said = (
            _("Starting this one deletes the oldest run without a name. Name that one to keep it.")
            if n == 1
            else _("Starting this one deletes the {n} oldest runs without a name. Name those to keep them.", n=n)
        )
        st.caption(f"{said} ({plain(names)})")
