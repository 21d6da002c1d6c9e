"""The run at hand, named in the corner of each page: what it is, open another, its settings, share it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import streamlit as st

from autoencoder.errors import AutoencoderError
from autoencoder.presets import DEFAULT_PRESET
from autoencoder.runs.run import Run
from server.state import service
from server.titles import status_label, title_of
from ui.navigation import link
from ui.plain_text import plain
from ui.run_choices import choices, offered, whose
from ui.run_settings import show_settings, train_again
from ui.session import _, language, number, open_run, run_named, say, titles
from ui.take_home import take_home

SHOW_DEFAULT = ("reconstructions", "latent_space")  # pages that show Quick map where no run is open


def run_menu(address: str) -> None:
    """`address` is that of the page. Where it shows no run, the menu offers some."""
    with suppress(AutoencoderError):  # such as no service: the page itself says so
        _menu(address)


def _menu(address: str) -> None:
    run, problem = run_named()
    if run is None and address in SHOW_DEFAULT:
        run = service().run(DEFAULT_PRESET)
    runs = service().runs()[0]
    names = titles(runs)
    with st.popover(_label(run, names), help=_("The run at hand"), key="run-menu"):
        if problem is not None:
            st.caption(say(problem))
        _pick(run, runs, names)
        if run is not None:
            st.caption(plain(_what_it_is(run)))
            with st.expander(_("Settings")):
                show_settings(run)
            train_again(run, key="again-from-menu", on_train=address == "train")
        link("train", _("All runs"))
        if run is not None:
            take_home(run, key="take-home-menu")
            _share(run)


def _label(run: Run | None, names: Mapping[str, str]) -> str:
    if run is None:
        return _("No run is open")
    error = run.measures.error if run.measures else None
    title = plain(names.get(run.id) or title_of(run, language()))
    return title if error is None else f"{title} · {number(error, '.4f')}"


def _what_it_is(run: Run) -> str:
    """Its dimensions, error and status, and where it comes from."""
    found = run.measures
    error = ""
    if found is not None and found.error is not None:
        error = _("{mse:.4f} held out", mse=found.error) if found.held_out else _("{mse:.4f} training", mse=found.error)
    parts = [f"{run.architecture.latent_dim}-D", error, status_label(run.status, language()), whose(run)]
    return " · ".join(part for part in parts if part)


def _pick(run: Run | None, runs: list[Run], names: Mapping[str, str]) -> None:
    """Offers one's own runs and the shipped ones."""
    found = offered(runs, [] if run is None else [run.id])
    ids, called = list(found), choices(found, names)
    picked = st.selectbox(
        _("Open another run") if run is not None else _("Open a run"),
        ids,
        ids.index(run.id) if run is not None and run.id in found else None,
        format_func=called.__getitem__,
        placeholder=_("Choose a run"),
        key=f"pick-run-{run.id if run else ''}",
    )
    if picked is not None and (run is None or picked != run.id):
        open_run(picked)
        st.rerun()


def _share(run: Run) -> None:
    st.caption(_("Share this address: whoever opens it sees the run, and only you can change it."))
    st.code(f"{(st.context.url or '').split('?')[0]}?run={run.id}", language=None)
