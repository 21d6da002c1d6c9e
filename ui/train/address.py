"""The form and the address of the Train page: each is filled from the other."""

from __future__ import annotations

import streamlit as st

from autoencoder.choices import (
    NAMES,
    OPTIONS,
    PRESET,
    RUN,
    Pair,
    address_of,
    base_of,
    read_address,
    values_with,
    write_address,
)
from autoencoder.presets import DEFAULT_PRESET, nearest_preset
from autoencoder.runs.run import Run
from ui.components.descriptions import Address
from ui.components.mount import mount
from ui.session import (
    _,
    address_problems,
    form_value,
    locked,
    run_id,
    said_by_address,
    say,
    set_address_problems,
    set_followed_run,
    set_locked,
    went_through_history,
)
from ui.train.settings_form import base_preset, fill_in_values, follow, values_of_form


def take_over_address(run: Run | None) -> None:
    """Fill the form from the address, where that has just been opened; otherwise it is the person's own.

    `run`: the one that is open. To be called before the form is drawn.
    """
    if form_value("preset") is None or went_through_history():
        _fill_in(run)
    elif run is not None:
        follow(run)


def keep_address(run: Run | None) -> None:
    """Put what the form holds into the address. To be called once the form is drawn."""
    opened = None if run is None else (run.id, (run.architecture, run.training))
    parts = write_address(address_of(values_of_form(), base_preset(), opened, locked()))
    if run is None and (named := run_id()):  # it is gone, and the page says so
        parts = {RUN: named, **parts}
    with st.container(key="address"):
        mount(Address(page="train", parts=tuple(parts.items()), names=NAMES), key="address-of-form")


def show_what_is_fixed() -> None:
    """Which choices the link has fixed, and what made no sense in it."""
    if problems := address_problems():
        said = [*map(say, problems), _("Where the address makes no sense, the default is shown.")]
        st.warning("  \n".join(said), icon=":material/link_off:")
    if locked():
        names = ", ".join(_(OPTIONS[name].label) if name != PRESET else _("Start from") for name in locked())
        with st.container(horizontal=True, vertical_alignment="center", key="locked"):
            st.caption(_("The link fixes: {names}.", names=names))
            st.button(_("Change them anyway"), key="unlock", type="tertiary", on_click=set_locked, args=((),))


def _fill_in(run: Run | None) -> None:
    address, settings = read_address(said_by_address()), _settings(run)
    values = values_with(base_of(address, settings), address.choices)
    from_run = nearest_preset(values).id if settings else DEFAULT_PRESET
    set_locked(())
    fill_in_values(values, address.preset or from_run)
    set_locked(address.lock)
    set_address_problems(address.problems)
    if run is not None:
        set_followed_run(run.id)


def _settings(run: Run | None) -> Pair | None:
    return None if run is None else (run.architecture, run.training)
