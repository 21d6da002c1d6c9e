"""Sweep: one or two settings over several values, and the curve or the heat map that comes of it."""

import streamlit as st

from autoencoder.errors import AutoencoderError
from ui.session import _, say
from ui.sweep.form import choose_sweep
from ui.sweep.groups import show_sweep


def page() -> None:
    left, right = st.columns([1, 2.2], gap="large")
    with left.container(key="choose"):
        st.subheader(_("Sweep"), anchor=False)
        choose_sweep()
    with right.container(key="watch"):
        show_sweep()


try:
    page()
except AutoencoderError as problem:
    st.error(say(problem), icon=":material/error:")
