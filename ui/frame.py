"""What stands around each page: navigation on top, language and theme behind one icon."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:  # Streamlit puts the folder of this script there, not the project's
    sys.path.insert(0, str(ROOT))

from ui.language import LANGUAGES  # noqa: E402
from ui.session import _, language  # noqa: E402

_STYLE = (Path(__file__).parent / "frame.css").read_text()


def frame() -> None:
    st.set_page_config(page_title="Autoencoder Lab", page_icon=str(ROOT / "ui" / "icon.png"), layout="wide")
    st.html(f"<style>{_STYLE}</style>")
    page = st.navigation(_pages(), position="top")
    _preferences()
    page.run()


def _pages() -> list[Page]:
    pages = ROOT / "pages"
    train = st.Page(pages / "train.py", title=_("Train"), icon=":material/model_training:", url_path="train")
    # The default page has no address of its own; this one only sends on, so that Train can be at /train.
    home = st.Page(lambda: st.switch_page(train), title=_("Train"), url_path="home", default=True, visibility="hidden")
    return [home, train]


def _preferences() -> None:
    with st.container(key="preferences"), st.popover("", icon=":material/language:", help=_("Language")):
        st.selectbox(
            _("Language"),
            list(LANGUAGES),
            index=list(LANGUAGES).index(language()),
            format_func=lambda language: LANGUAGES[language],
            key="lang",
            persist_state="session",
        )


frame()
