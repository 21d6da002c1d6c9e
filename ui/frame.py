"""The script that draws each page's surroundings: navigation, the menu of the open run, preferences."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:  # Streamlit puts the folder of this script there, not the project's
    sys.path.insert(0, str(ROOT))

from server.addresses import COMPARE, introduction_url  # noqa: E402
from server.language import LANGUAGES, best_language  # noqa: E402
from ui.brand import ICON, NAME, STYLE, brand  # noqa: E402
from ui.components.descriptions import Address, Theme  # noqa: E402
from ui.components.descriptions import Page as PageDescription  # noqa: E402
from ui.components.mount import mount  # noqa: E402
from ui.navigation import ADDRESSES, address_of, page  # noqa: E402
from ui.profile import profile  # noqa: E402
from ui.run_menu import run_menu  # noqa: E402
from ui.session import LANGUAGE, _, forms_filled, language, note_page, note_visit, run_id  # noqa: E402


def frame() -> None:
    """Draws everything around the page, then runs the page's own script."""
    st.set_page_config(page_title=NAME, page_icon=str(ICON), layout="wide")
    note_visit()
    st.html(f"<style>{STYLE}</style>")
    current = st.navigation(_pages(), position="top")
    note_page(address_of(current))
    brand(address_of(current))
    with st.container(key="page"):
        mount(PageDescription(forms_filled=forms_filled()), key="page-around")
    with st.container(key="corner", horizontal=True, vertical_alignment="center", width="content"):
        run_menu(address_of(current))
        _preferences()
    _keep_run_in_address(address_of(current))
    current.run()


def _keep_run_in_address(address: str) -> None:
    """The run that was open on the page before. Train, Sweep and Compare write their addresses themselves."""
    if address not in ("train", "sweep", COMPARE) and (run := run_id()):
        with st.container(key="address"):
            mount(Address(page=address, parts=(("run", run),), names=("run",)), key=f"address-of-{address}")


def _pages() -> list[Page]:
    pages = [page(address) for address in ADDRESSES]
    # Streamlit gives the default page no address of its own: this one only redirects, so that Train can be at /train.
    home = st.Page(lambda: st.switch_page(pages[0]), title=NAME, default=True, visibility="hidden")
    return [home, *pages]


def _preferences() -> None:
    said = _("Language, theme and name")  # heard only: the style sheet shows the icon alone
    with st.popover(said, icon=":material/settings:", help=said, key="preferences"):
        st.selectbox(
            _("Language"),
            list(LANGUAGES),
            index=list(LANGUAGES).index(best_language(language())),
            format_func=lambda language: LANGUAGES[language].name,
            key=LANGUAGE,
            persist_state="session",
        )
        _link_to_introduction()
        mount(Theme(pages=tuple(ADDRESSES)), key="theme")
        profile()


def _link_to_introduction() -> None:
    """To the Train page, where it opens again: a plain link, since a page link takes no `#introduction`."""
    label = _("What is an autoencoder?")
    st.html(f'<a class="lab-plain-link" href="{introduction_url(run_id())}" target="_self">{label}</a>')


frame()
