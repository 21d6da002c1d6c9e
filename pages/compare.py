"""Compare: two to six runs beside each other, their curves, digits, settings, measures and maps."""

import streamlit as st

from autoencoder.errors import AutoencoderError
from autoencoder.runs.comparison import LEAST
from ui.compare.maps import show_two_maps
from ui.compare.runs import choose_runs, say_how_to_begin, show_live
from ui.compare.tables import show_measures, show_settings_that_differ
from ui.session import say


def page() -> None:
    chosen = choose_runs()
    if len(chosen) < LEAST:
        say_how_to_begin(chosen)
        return
    show_live(chosen)
    left, right = st.columns(2, gap="large")
    with left:
        show_settings_that_differ(chosen)
    with right:
        show_measures(chosen)
    show_two_maps(chosen)


try:
    page()
except AutoencoderError as problem:
    st.error(say(problem), icon=":material/error:")
