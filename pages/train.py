"""Train: choose a network, press start, watch it learn."""

import streamlit as st

from autoencoder.errors import AutoencoderError
from ui import watch
from ui.charts import funnel
from ui.choices import Chosen, choose
from ui.runs import results, run_list
from ui.session import _, number, open_run, owner, run_at_hand, say, service


def page() -> None:
    run = run_at_hand()
    left, right = st.columns([1, 2.6], gap="large")
    with left.container(key="choose"):
        chosen = choose()
        start_button(chosen)
        if chosen is not None:
            show_network(chosen)
    with right.container(key="watch"):
        if run is None:
            watch.preview(chosen)
        else:
            watch.run(run)
            results(run)
            watch.where_next(run)
    run_list(run)


def show_network(chosen: Chosen) -> None:
    architecture = chosen.architecture
    st.html(funnel(architecture))
    st.caption(_("{n:,} parameters, {size}", n=architecture.parameter_count, size=architecture.size))
    with st.expander(_("Layers")):
        st.table(
            {
                _("Layer"): [layer.name for layer in architecture.layers],
                _("Output shape"): [f"(None, {layer.outputs})" for layer in architecture.layers],
                _("Parameters"): [number(layer.parameters, ",") for layer in architecture.layers],
            }
        )
        st.caption(_("Total: {n:,} parameters ({size})", n=architecture.parameter_count, size=architecture.size))


def start_button(chosen: Chosen | None) -> None:
    if st.button(_("Start training"), type="primary", width="stretch", key="start", disabled=chosen is None) and chosen:
        try:
            run = service().start(chosen.architecture, chosen.training, owner=owner(), preset=chosen.preset)
        except AutoencoderError as problem:
            st.error(say(problem), icon=":material/error:")
            return
        open_run(run.id)
        st.rerun()


page()
