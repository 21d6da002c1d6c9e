"""The left of the header: mark, name and what this is; and the style sheet of the page around the components.

Not in `ui/frame.py`, which is a script that Streamlit executes anew for each view: here files are read once.
"""

from __future__ import annotations

from base64 import b64encode
from html import escape
from pathlib import Path

import streamlit as st

from ui.navigation import title_of_page
from ui.session import _

NAME = "Autoencoder Lab"
ICON = Path(__file__).parent / "icon.png"
STYLE = (Path(__file__).parent / "frame.css").read_text()
LETTER = 0.53  # rem: how wide a letter of the page's name is, more or less
_MARK = f"data:image/png;base64,{b64encode(ICON.read_bytes()).decode()}"


def brand(address: str) -> None:
    """Mark, name and line; on a narrow screen the page's own name, as its links are folded away there."""
    page = title_of_page(address)
    with st.container(key="brand"):
        st.html(
            f"<style>[data-testid=stApp] {{ --lab-page: {LETTER * len(page):.2f}rem; }}</style>"
            f'<div class="lab-brand"><img src="{_MARK}" alt="" width="32" height="32">'
            f'<div><span class="lab-brand-name">{NAME}</span>'
            f'<p class="lab-brand-line">{escape(_("Train a network to draw digits from a few numbers"))}</p>'
            f'<p class="lab-brand-page">{escape(page)}</p></div></div>'
        )
