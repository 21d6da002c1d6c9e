"""What a person is called in this room, and the way to become its host."""

from __future__ import annotations

import streamlit as st

from autoencoder.errors import AutoencoderError
from autoencoder.runs.run import hashed
from autoencoder.workshop import LONGEST_NICKNAME
from server.access.codes import access
from server.state import workshop
from ui.session import _, is_host, owner, say


def profile() -> None:
    """The nickname of this browser, and the host's code where there is one."""
    secret = owner()
    if secret is None:
        st.caption(
            _(
                "Without a cookie nobody can tell which runs are yours. Reload the page; if this stays, allow cookies "
                "for this address."
            )
        )
        return
    if "nickname" not in st.session_state:
        st.session_state["nickname"] = workshop().name(hashed(secret))
    st.text_input(
        _("Nickname"),
        key="nickname",
        max_chars=LONGEST_NICKNAME,
        placeholder=_("none"),
        help=_("The name that others see on the Classroom page and in the challenge. Leave it empty to stay unnamed."),
        persist_state="session",
        on_change=_keep,
    )
    if access().asks_for("host"):
        host_link()


def _keep() -> None:
    secret = owner()
    try:
        if secret is not None:
            workshop().set_name(hashed(secret), st.session_state["nickname"])
    except AutoencoderError as problem:
        st.toast(say(problem))


def host_link() -> None:
    """To where the host's code is typed; a page of the server's, which can set a cookie that no script reads."""
    label = _("Stop hosting") if is_host() else _("Host this room")
    st.html(f'<a class="lab-host-link" href="/host" target="_self">{label}</a>')
