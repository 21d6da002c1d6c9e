"""The pages by their addresses: for the navigation, and for links from one page to another."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import streamlit as st
from streamlit.navigation.page import Page

from autoencoder.errors import N_
from server.addresses import COMPARE
from ui.session import _, is_host

ROOT = Path(__file__).parents[1]
PAGES = {  # address: title and icon, in the order of the navigation
    "train": (N_("Train"), ":material/model_training:"),
    "reconstructions": (N_("Reconstructions"), ":material/compare:"),
    "latent_space": (N_("Latent space"), ":material/scatter_plot:"),
    COMPARE: (N_("Compare"), ":material/stacked_line_chart:"),
    "sweep": (N_("Sweep"), ":material/tune:"),
    "classroom": (N_("Classroom"), ":material/groups:"),
}
ADDRESSES = tuple(PAGES)


def page(address: str) -> Page:
    """A page, titled in the reader's language; Classroom is hidden from all but the host, and Train leads to Sweep.

    Raises KeyError.
    """
    title, icon = PAGES[address]
    apart = address == "sweep" or (address == "classroom" and not is_host())
    shown: Literal["visible", "hidden"] = "hidden" if apart else "visible"
    return st.Page(ROOT / "pages" / f"{address}.py", title=_(title), icon=icon, url_path=address, visibility=shown)


def title_of_page(address: str) -> str:
    """In the reader's language; "" for what is no page of ours."""
    return _(PAGES[address][0]) if address in PAGES else ""


def address_of(opened: Page) -> str:
    """The address of a page, one of ADDRESSES; of the hidden default page, which sends on to it, that of Train."""
    return opened.url_path or ADDRESSES[0]


def link(address: str, label: str, **query: str | int) -> None:
    """A link to a page of ours; `query` goes into its address."""
    goal = page(address)
    st.page_link(goal, label=label, icon=goal.icon, query_params={key: str(value) for key, value in query.items()})
