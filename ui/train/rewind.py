"""A finished run again, with one setting changed: the same seed, and the two are compared."""

from __future__ import annotations

import streamlit as st

from autoencoder.choices import OPTIONS, Pair, values_of, with_choices
from autoencoder.errors import AutoencoderError
from autoencoder.runs.run import Run
from server.state import service
from server.titles import title_of
from ui.navigation import link, page
from ui.session import _, await_comparison, awaited_comparison, form_value, language, say, set_form_values
from ui.train.settings_form import draw_option, read_value, shown_value
from ui.train.start import start_run

_STAYS = "seed"  # what must not change, or it is no experiment
_FIRST = "latent_dim"


def again_with(run: Run) -> None:
    """Behind a click: which setting, its new value, and the button that trains."""
    with st.popover(_("Again, with …"), icon=":material/fork_right:", key="again-with"):
        st.caption(_("The same seed, the same order of digits, one setting changed; then the two are compared."))
        names = [name for name in OPTIONS if name != _STAYS]
        name = st.selectbox(
            _("Setting to change"),
            names,
            names.index(_FIRST),
            format_func=lambda name: _(OPTIONS[name].label),
            key=f"again-{run.id}",
        )
        wanted = _choose_value(run, name)
        same = wanted == (run.architecture, run.training)
        pressed = st.button(
            _("Train and compare"), type="primary", key="again-start", disabled=wanted is None or same, width="stretch"
        )
        if pressed and wanted is not None:
            start_run(*wanted, beside=run.id)


def compare_once_ended(run: Run) -> None:
    """Where a run that this visitor started beside another one has ended: on to the two, the first time it is seen."""
    if awaited_comparison() != run.id or not run.ended:
        return
    await_comparison(None)
    other = _beside(run)
    if run.measures is not None and other is not None:
        st.switch_page(page("compare"), query_params={"runs": f"{other.id},{run.id}"})


def link_to_comparison(run: Run) -> None:
    """For a run that was started beside another one, while that is there."""
    other = _beside(run)
    if other is None:
        return
    label = _("Compare with {name}", name=title_of(other, language()))
    link("compare", label, runs=f"{other.id},{run.id}")


def _beside(run: Run) -> Run | None:
    if run.beside is None:
        return None
    try:
        return service().run(run.beside)
    except AutoencoderError:  # it is gone
        return None


def _choose_value(run: Run, name: str) -> Pair | None:
    """The settings with another value of this option; None, and a sentence, where they do not go together."""
    option, key = OPTIONS[name], f"again-{run.id}-{name}"
    if form_value(key) is None:
        set_form_values({key: shown_value(option, values_of(run.architecture, run.training)[name])})
    draw_option(key, option)
    try:
        value = read_value(option, form_value(key))
        return with_choices((run.architecture, run.training), [(name, value)])
    except AutoencoderError as problem:
        st.error(say(problem), icon=":material/error:")
        return None
