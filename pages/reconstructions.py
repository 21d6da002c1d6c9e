"""Reconstructions: originals beside what the network makes of them, where it is good and bad, and its sliders."""

import streamlit as st

from autoencoder.errors import AutoencoderError
from ui.drawing import show_drawing
from ui.reconstructions.sheet import look_again, look_at, show_quality, show_sheet, show_sliders
from ui.session import _, run_or_default, say


def page() -> None:
    run = run_or_default()
    if run.epoch == 0:
        st.info(_("This run has not learned anything yet. Its reconstructions appear after the first epoch."))
        return
    look_again(run)
    looked = look_at(run)
    opened = show_sheet(looked)
    show_drawing(run, looked.snapshot)
    show_quality(looked, opened)
    show_sliders(looked, opened)


try:
    page()
except AutoencoderError as problem:
    st.error(say(problem), icon=":material/error:")
