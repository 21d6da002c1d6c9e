"""Train: choose a network, press start, watch it learn."""

import time

import streamlit as st

from autoencoder.errors import AutoencoderError
from autoencoder.settings import Architecture
from server.access.codes import access
from server.state import service
from ui.components import challenge_banner
from ui.run_list import run_list
from ui.session import _, number, open_run, owner, run_at_hand, say, title
from ui.train import monitor
from ui.train.network_figure import funnel
from ui.train.results import results
from ui.train.settings_form import Chosen, choose, take_preset

DOUBLE_CLICK_SECONDS = 1.0


def page() -> None:
    if access().asks_for("host"):
        challenge_banner(asked=take_preset)
    run = run_at_hand()
    left, right = st.columns([1, 2.6], gap="large")
    with left.container(key="choose"):
        chosen = choose()
        start_button(chosen)
        if chosen is not None:
            say_what_goes(chosen)
            show_network(chosen)
    with right.container(key="watch"):
        if run is None:
            monitor.preview(chosen)
        else:
            monitor.run(run)
            results(run)
            monitor.where_next(run)
    run_list(run)


def show_network(chosen: Chosen) -> None:
    architecture = chosen.architecture
    st.html(funnel(architecture))
    st.caption(_("{n:,} parameters, {size}", n=architecture.parameter_count, size=size_of(architecture)))
    with st.expander(_("Layers")):
        st.markdown(layer_table(architecture))
        st.caption(_("Total: {n:,} parameters ({size})", n=architecture.parameter_count, size=size_of(architecture)))


def size_of(architecture: Architecture) -> str:
    """As `model.summary()` prints it, with the reader's decimal sign."""
    amount, unit = architecture.size.split()
    return f"{number(float(amount), '.2f')} {unit}"


def layer_table(architecture: Architecture) -> str:
    """Markdown: Streamlit's own tables need pandas, 70 MB of it in a process that serves a room."""
    head = (_("Layer"), _("Output shape"), _("Parameters"))
    rows = [
        (layer.name, f"(None,\N{NO-BREAK SPACE}{layer.outputs})", number(layer.parameters, ","))
        for layer in architecture.layers
    ]
    small = [[f":small[{cell}]" for cell in row] for row in (head, *rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (small[0], ("---", "---", "--:"), *small[1:]))


def say_what_goes(chosen: Chosen) -> None:
    """Before it is started: which runs make room for it, or why it cannot be."""
    try:
        leaving = service().leaving(chosen.architecture, chosen.training, owner())
    except AutoencoderError as problem:
        st.warning(say(problem), icon=":material/block:")
        return
    if leaving:
        names = ", ".join(title(run) for run in leaving[:3]) + (" …" if len(leaving) > 3 else "")
        n = len(leaving)
        said = (
            _("Starting this one deletes the oldest run without a name. Name that one to keep it.")
            if n == 1
            else _("Starting this one deletes the {n} oldest runs without a name. Name those to keep them.", n=n)
        )
        st.caption(f"{said} ({names})")


def start_button(chosen: Chosen | None) -> None:
    begun = st.session_state.setdefault("begun", {})  # changed in place: another click interrupts everything else here
    pressed = st.button(_("Start training"), type="primary", width="stretch", key="start", disabled=chosen is None)
    twice = time.monotonic() - begun.get("at", float("-inf")) < DOUBLE_CLICK_SECONDS
    if pressed and chosen and not twice:
        try:
            run = service().start(chosen.architecture, chosen.training, owner=owner(), preset=chosen.preset)
        except AutoencoderError as problem:
            st.error(say(problem), icon=":material/error:")
            return
        begun.update(at=time.monotonic(), run=run.id)
    if "run" in begun:
        open_run(begun["run"])
        del begun["run"]
        st.rerun()


page()
