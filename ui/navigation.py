"""The pages by their addresses, for the navigation and for links from one to another."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from ui.session import _

ROOT = Path(__file__).parents[1]
ADDRESSES = ("train", "reconstructions", "latent_space")


def page(address: str) -> Page:
    """Raises KeyError for an address that is none of ours."""
    title, icon = {
        "train": (_("Train"), ":material/model_training:"),
        "reconstructions": (_("Reconstructions"), ":material/compare:"),
        "latent_space": (_("Latent space"), ":material/scatter_plot:"),
    }[address]
    return st.Page(ROOT / "pages" / f"{address}.py", title=title, icon=icon, url_path=address)


def link(address: str, label: str, **query: str | int) -> None:
    """A link to a page of ours; `query` goes into its address."""
    goal = page(address)
    st.page_link(goal, label=label, icon=goal.icon, query_params={key: str(value) for key, value in query.items()})
