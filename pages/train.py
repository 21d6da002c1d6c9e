"""Train: choose a network, press start, watch it learn; below, the list of runs."""

import streamlit as st

from autoencoder.errors import AutoencoderError, DataUnavailable
from server.access.codes import access
from server.addresses import challenge_url
from ui.components.descriptions import Challenge
from ui.components.mount import mount
from ui.run_list import run_list
from ui.run_settings import show_settings, train_again
from ui.session import _, language, run_at_hand, say
from ui.train import monitor
from ui.train.address import keep_address, show_what_is_fixed, take_over_address
from ui.train.dataset_picker import ways_to_more_data
from ui.train.network_figure import show_network
from ui.train.results import kept_results, results
from ui.train.rewind import compare_once_ended
from ui.train.settings_form import choose, filled_in_for_challenge, take_preset
from ui.train.start import copy_as_command, show_what_goes, start_button


def page() -> None:
    run = run_at_hand()
    if run is not None:
        compare_once_ended(run)
    take_over_address(run)
    if access().asks_for("host"):
        address = challenge_url(language(), run and run.id)
        described = Challenge(challenge_url=address, filled_in=filled_in_for_challenge())
        mount(described, key="challenge", on_request=take_preset)
    left, right = st.columns([1, 2.6], gap="large")
    with left.container(key="choose"):
        show_what_is_fixed()
        chosen = choose()
        start_button(chosen)
        if chosen is not None:
            copy_as_command(chosen)
            show_what_goes(chosen)
        ways_to_more_data()
        if chosen is not None:
            show_network(chosen.architecture, chosen.training)
    with right.container(key="watch"):
        try:
            if run is None:
                monitor.preview(chosen)
            else:
                monitor.where_next(run)
                monitor.run(run)
                results(run)
        except DataUnavailable as problem:  # a data set that is no longer on this machine
            st.error(say(problem), icon=":material/error:")
            if run is not None:
                kept_results(run)
        except AutoencoderError as problem:
            st.error(say(problem), icon=":material/error:")
        if run is not None:
            with st.expander(_("Settings of this run"), key="run-settings"):
                show_settings(run)
                train_again(run, key="again", on_train=True)
    run_list(run)
    keep_address(run)


page()
