"""The metrics of a map as a strip of numbers, each with PCA's in grey."""

from __future__ import annotations

import streamlit as st

from autoencoder.analysis.metrics import BESIDE_PCA
from autoencoder.data.baseline import pca_mse
from autoencoder.data.dataset import load_dataset
from autoencoder.runs.run import Run
from server.state import service
from ui.glossary import explained
from ui.session import _, number


@st.fragment(run_every=2.0)
def _measuring(run_id: str) -> None:
    """Look again every two seconds until the cluster has measured the map."""
    if service().compared(run_id) is not None:
        st.rerun()
    st.caption(_("Measuring what this map is worth: a few seconds, on the cluster."))


def show_metrics(run: Run) -> None:
    """The numbers, each with PCA's in grey. Those measured at the run's end are read from there."""
    if run.measures is None:  # under way, or failed before it learned anything
        return
    compared = service().compared(run.id)
    if compared is None:
        _measuring(run.id)
        return
    with st.container(horizontal=True, key="metrics"):
        for metric in sorted(BESIDE_PCA.values(), key=lambda each: each.is_error):  # errors last
            value, twin = metric.of(run.measures, compared), (compared.pca or {}).get(metric.name)
            if metric.is_error:  # the run's score, as everywhere, and PCA's on the same digits
                value, twin = run.measures.error, pca_mse(run.training, run.architecture.latent_dim)
            if value is not None:
                label, meaning = metric.wording.of(run.training.holds_out)
                grey = None if twin is None else number(twin, metric.form)
                _number(_(label), explained(label, meaning), number(value, metric.form), grey)
    st.caption(_scored_on(run))


def _scored_on(run: Run) -> str:
    """On which digits."""
    dataset = load_dataset(run.training.dataset)
    n, m = dataset.n_training, dataset.n_held_out
    if not run.training.holds_out:
        return _(
            "All digits were trained on, as in the course; accuracies are those of the last {m:,}. "
            "Grey: PCA with as many dimensions.",
            m=m,
        )
    return _(
        "Codes of the {n:,} training digits, scored on the {m:,} held-out ones. Grey: PCA with as many dimensions.",
        n=n,
        m=m,
    )


def _number(label: str, meaning: str | None, mine: str, twin: str | None) -> None:
    with st.container(width="content"):
        st.metric(label, mine, help=meaning)
        st.caption(_("PCA {value}", value=twin) if twin else "—")
