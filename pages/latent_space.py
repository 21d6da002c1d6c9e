"""Latent space: where each digit lies, and what the decoder draws at each place."""

import streamlit as st

from autoencoder.errors import AutoencoderError
from ui.latent_space.map import chosen_axes, show_map
from ui.latent_space.metrics_strip import show_metrics
from ui.session import _, run_or_default, say


def page() -> None:
    run = run_or_default()
    if run.epoch == 0:
        st.info(_("This run has not learned anything yet. Its map appears after the first epoch."))
        return
    show_map(run, chosen_axes(run))
    show_metrics(run)


try:
    page()
except AutoencoderError as problem:
    st.error(say(problem), icon=":material/error:")
