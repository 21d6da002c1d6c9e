"""Labels on pages: what is said once where a data set has none."""

from __future__ import annotations

import streamlit as st

from autoencoder.data.dataset import Dataset, load_dataset
from autoencoder.errors import AutoencoderError
from autoencoder.runs.run import Run
from ui.session import _


def say_unlabelled(dataset: Dataset) -> None:
    """One sentence where the digits have no labels; nothing where they do."""
    if not dataset.labelled:
        st.caption(
            _(
                "These images have no labels: colours, confusions, accuracies and averages by label need them and are "
                "left out."
            )
        )


def has_labels(run: Run) -> bool:
    """Whether the images that a run was trained on have labels; so it is where they are gone, and nobody can tell."""
    try:
        return load_dataset(run.training.dataset).labelled
    except AutoencoderError:
        return True
