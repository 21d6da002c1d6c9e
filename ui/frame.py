"""The script that draws each page's surroundings: navigation, the menu of the open run, preferences."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:  # Streamlit puts the folder of this script there, not the project's
    sys.path.insert(0, str(ROOT))

from server.language import LANGUAGES, best_language  # noqa: E402
from ui.components.descriptions import Theme  # noqa: E402
from ui.components.mount import mount  # noqa: E402
from ui.navigation import ADDRESSES, page  # noqa: E402
from ui.profile import profile  # noqa: E402
from ui.run_menu import run_menu  # noqa: E402
from ui.session import LANGUAGE, _, language  # noqa: E402

_STYLE = (Path(__file__).parent / "frame.css").read_text()


def frame() -> None:
    """Draws everything around the page, then runs the page's own script."""
    st.set_page_config(page_title="Autoencoder Lab", page_icon=str(ROOT / "ui" / "icon.png"), layout="wide")
    st.html(f"<style>{_STYLE}</style>")
    current = st.navigation(_pages(), position="top")
    with st.container(key="corner", horizontal=True, vertical_alignment="center", width="content"):
        run_menu()
        _preferences()
    current.run()


def _pages() -> list[Page]:
    pages = [page(address) for address in ADDRESSES if (ROOT / "pages" / f"{address}.py").exists()]
    # Streamlit gives the default page no address of its own: this one only redirects, so that Train can be at /train.
    home = st.Page(lambda: st.switch_page(pages[0]), title="Autoencoder Lab", default=True, visibility="hidden")
    return [home, *pages]


def _preferences() -> None:
    with st.popover("", icon=":material/settings:", help=_("Language, theme and name")):
        st.selectbox(
            _("Language"),
            list(LANGUAGES),
            index=list(LANGUAGES).index(best_language(language())),
            format_func=lambda language: LANGUAGES[language].name,
            key=LANGUAGE,
            persist_state="session",
        )
        mount(Theme(pages=tuple(f"/{address}" for address in ADDRESSES)), key="theme")
        profile()


frame()
