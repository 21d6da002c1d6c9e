"""Classroom: everyone's runs at once, and what the host may ask of them."""

import streamlit as st

from autoencoder.presets import PRESETS
from autoencoder.workshop import LONGEST_CHALLENGE, may_be_challenge
from server.access.codes import access
from server.addresses import HOST_COMMANDS_URL, room_events_url
from ui.components.descriptions import Classroom
from ui.components.mount import mount
from ui.invitation import invitation
from ui.profile import host_link
from ui.session import _, is_host, language


def page() -> None:
    if is_host():
        fair = [preset for preset in PRESETS.values() if may_be_challenge(preset)]
        described = Classroom(
            invitation=invitation(st.context.url or "", access().room_code),
            events_url=room_events_url(language()),
            commands_url=HOST_COMMANDS_URL,
            presets={preset.id: _(preset.name) for preset in fair},
            longest=LONGEST_CHALLENGE,
        )
        mount(described, key="classroom")
        host_link()
    elif access().asks_for("host"):
        st.info(_("This page is the host's. With the host's code it is yours."))
        host_link()
    else:
        st.info(_("A classroom needs a host: start the app with HOST_CODE set to a code of your choice."))


page()
