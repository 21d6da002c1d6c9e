"""The visitor's nickname, and the link to become the host of this room."""

from __future__ import annotations

import streamlit as st

from autoencoder.errors import AutoencoderError
from autoencoder.workshop import LONGEST_NICKNAME
from server.access.codes import access
from server.state import workshop
from ui.session import NICKNAME, _, begin_nickname, hashed_owner, is_host, nickname, say


def profile() -> None:
    """The nickname of this browser, and the host's code where there is one."""
    me = hashed_owner()
    if me is None:
        st.caption(
            _(
                "Without a cookie nobody can tell which runs are yours. Reload the page; if this stays, allow cookies "
                "for this address."
            )
        )
        return
    begin_nickname(workshop().name(me))
    st.text_input(
        _("Nickname"),
        key=NICKNAME,
        max_chars=LONGEST_NICKNAME,
        placeholder=_("none"),
        help=_("The name that others see on the Classroom page and in the challenge. Leave it empty to stay unnamed."),
        persist_state="session",
        on_change=_save_nickname,
    )
    if access().asks_for("host"):
        host_link()


def _save_nickname() -> None:
    me = hashed_owner()
    try:
        if me is not None:
            workshop().set_name(me, nickname())
    except AutoencoderError as problem:
        st.toast(say(problem))


def host_link() -> None:
    """A link to the server's own page for the host's code: only the server can set a cookie that no script reads."""
    label = _("Stop hosting") if is_host() else _("Host this room")
    st.html(f'<a class="lab-host-link" href="host" target="_self">{label}</a>')
