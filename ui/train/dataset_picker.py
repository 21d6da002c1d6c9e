"""Which digits: the bundled MNIST, or any set of 28×28 pictures that OpenML has."""

from __future__ import annotations

import streamlit as st

from autoencoder.data.dataset import dataset_names, fetch_openml
from autoencoder.data.openml import MNIST_ON_OPENML
from autoencoder.errors import AutoencoderError
from server.access.codes import access
from ui.session import (
    _,
    fetch_problem,
    form_value,
    is_host,
    keep_fetched,
    say,
    set_fetch_problem,
    set_form_values,
    take_fetched,
)


def choose_dataset(label: str, *, fixed: bool) -> None:
    """The data sets on this machine, and a way to fetch another by its name. One that is gone stays chosen."""
    held = form_value("dataset")
    st.selectbox(
        label,
        list(dict.fromkeys([*dataset_names(), held] if held else dataset_names())),
        key="dataset",
        persist_state="session",
        on_change=lambda: set_fetch_problem(None),
        disabled=fixed,
    )
    if fixed:
        return
    if access().asks_for("host") and not is_host():
        return  # in a room the host decides what its server downloads
    with st.popover(_("Fetch from OpenML"), icon=":material/download:"):
        name = st.text_input(_("Name on OpenML"), MNIST_ON_OPENML, help=_("Such as mnist_784 or Fashion-MNIST."))
        if st.button(_("Fetch"), key="fetch"):
            _fetch(name.strip())
        if problem := fetch_problem():
            st.error(problem, icon=":material/cloud_off:")


def take_over_fetched() -> None:
    """Choose the data set that was just fetched; to be called before the choice is drawn."""
    if fetched := take_fetched():
        set_form_values({"dataset": fetched})


def _fetch(name: str) -> None:
    set_fetch_problem(None)
    with st.status(_("Asking OpenML for {name}", name=name)) as status:
        try:
            fetched = fetch_openml(
                name, progress=lambda n: status.update(label=_("{n:.1f} MB of {name} received", n=n / 1e6, name=name))
            )
        except AutoencoderError as problem:
            set_fetch_problem(say(problem))
            status.update(label=_("{name} could not be fetched", name=name), state="error")
            return
    keep_fetched(fetched.name)
    st.rerun()
