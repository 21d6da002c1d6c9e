"""Which digits: the bundled MNIST, or any set of 28×28 pictures that OpenML has."""

from __future__ import annotations

import streamlit as st

from autoencoder.data.dataset import dataset_names, fetch_openml
from autoencoder.errors import AutoencoderError
from server.access.codes import access
from ui.session import _, is_host, say


def choose_dataset() -> None:
    """The data sets on this machine, and a way to fetch another by its name."""
    st.selectbox(_("Data set"), dataset_names(), key="dataset", persist_state="session", on_change=_forget_problem)
    if access().asks_for("host") and not is_host():
        return  # in a room the host decides what its server downloads
    with st.popover(_("Fetch from OpenML"), icon=":material/download:"):
        name = st.text_input(_("Name on OpenML"), "mnist_784", help=_("Such as mnist_784 or Fashion-MNIST."))
        if st.button(_("Fetch"), key="fetch"):
            _fetch(name.strip())
        if "fetch-problem" in st.session_state:
            st.error(st.session_state["fetch-problem"], icon=":material/cloud_off:")


def _fetch(name: str) -> None:
    _forget_problem()
    with st.status(_("Asking OpenML for {name}", name=name)) as status:
        try:
            fetched = fetch_openml(
                name, progress=lambda n: status.update(label=_("{n:.1f} MB of {name} received", n=n / 1e6, name=name))
            )
        except AutoencoderError as problem:
            st.session_state["fetch-problem"] = say(problem)
            status.update(label=_("{name} could not be fetched", name=name), state="error")
            return
    st.session_state["fetched"] = fetched.name
    st.rerun()


def take_over_fetched() -> None:
    """Choose what was just fetched; to be called before the choice is drawn."""
    if "fetched" in st.session_state:
        st.session_state["dataset"] = st.session_state.pop("fetched")


def _forget_problem() -> None:
    st.session_state.pop("fetch-problem", None)
