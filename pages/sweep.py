"""Sweep: one or two settings over several values, and the curve or the heat map that comes of it."""

import streamlit as st

from autoencoder.errors import AutoencoderError
from ui.session import _, run_at_hand, say
from ui.sweep.address import keep_sweep, take_over_sweep
from ui.sweep.form import choose_sweep
from ui.sweep.groups import show_sweep
from ui.train.address import show_what_makes_no_sense


def page() -> None:
    run = run_at_hand()
    take_over_sweep(run)
    left, right = st.columns([1, 2.2], gap="large")
    with left.container(key="choose"):
        st.subheader(_("Sweep"), anchor=False)
        show_what_makes_no_sense()
        choose_sweep()
    with right.container(key="watch"):
        show_sweep()
    keep_sweep(run)


try:
    page()
except AutoencoderError as problem:
    st.error(say(problem), icon=":material/error:")
