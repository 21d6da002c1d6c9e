"""What a map is worth, as a strip of numbers, each with its PCA twin in grey."""

from __future__ import annotations

import streamlit as st

from autoencoder.data.dataset import load_dataset
from autoencoder.runs.run import Run
from server.state import service
from ui.session import _, number


@st.fragment(run_every=2.0)
def _measuring(run_id: str) -> None:
    """Looks again until the cluster has measured the map."""
    if service().compared(run_id) is not None:
        st.rerun()
    st.caption(_("Measuring what this map is worth: a few seconds, on the cluster."))


def show_worth(run: Run) -> None:
    """The numbers, each with its PCA twin in grey."""
    if run.measures is None:  # under way, or failed before it learned anything
        return
    compared = service().compared(run.id)
    if compared is None:
        _measuring(run.id)
        return
    model, pca = compared.model, compared.pca
    with st.container(horizontal=True, key="worth"):
        for name, (label, meaning) in _measures(held_out=run.training.holds_out).items():
            twin = _written(name, getattr(pca, name)) if pca else None
            _number(label, meaning, _written(name, getattr(model, name)), twin)
    st.caption(_scored_on(run))


def _scored_on(run: Run) -> str:
    dataset = load_dataset(run.training.dataset)
    n, m = dataset.n_training, dataset.n_held_out
    if not run.training.holds_out:
        return _(
            "All digits were trained on, as in the course; scored on the last {m:,}. "
            "Grey: PCA with as many dimensions.",
            m=m,
        )
    return _(
        "Codes of the {n:,} training digits, scored on the {m:,} held-out ones. Grey: PCA with as many dimensions.",
        n=n,
        m=m,
    )


def _measures(held_out: bool) -> dict[str, tuple[str, str]]:
    return {
        "knn_5": (
            _("kNN accuracy, k = 5"),
            _("How often the 5 nearest codes of the other digits name the right label."),
        ),
        "knn_15": (
            _("kNN accuracy, k = 15"),
            _("How often the 15 nearest codes of the other digits name the right label."),
        ),
        "linear": (
            _("Linear classifier"),
            _("Accuracy of logistic regression on the codes: what they are worth as features for other methods."),
        ),
        "trustworthiness": (
            _("Trustworthiness"),
            _("Whether neighbours on the map are neighbours as pictures too: 1 is perfect.")
            + " "
            + (_("First 2,000 held-out digits.") if held_out else _("First 2,000 of the last digits.")),
        ),
        "test_mse": (
            _("Held-out MSE") if held_out else _("MSE, the last digits"),
            _("Mean squared error per pixel on [0, 1] of the reconstructions."),
        ),
    }


def _written(name: str, value: float) -> str:
    return number(value, {"test_mse": ".4f", "trustworthiness": ".3f"}.get(name, ".1%"))


def _number(label: str, meaning: str, mine: str, twin: str | None) -> None:
    with st.container(width="content"):
        st.metric(label, mine, help=meaning)
        st.caption(_("PCA {value}", value=twin) if twin else "—")
