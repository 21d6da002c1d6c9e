"""The form and the address of the Train page: each is filled from the other."""

from __future__ import annotations

from collections.abc import Collection, Mapping

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


def take_over_address(run: Run | None, beside: Collection[str] = ()) -> None:
    """Fill the form from the address, where that has just been opened; otherwise it is the person's own.

    `run`: the one that is open; `beside`: names in the address that are not about the form. To be called before the
    form is drawn.
    """
    if form_value("preset") is None or went_through_history():
        _fill_in(run, {name: said for name, said in said_by_address().items() if name not in beside})
    elif run is not None:
        follow(run)


def keep_address(
    run: Run | None, page: str = "train", more: Mapping[str, str] | None = None, names: tuple[str, ...] = ()
) -> None:
    """Put what the form holds into the address. To be called once the form is drawn.

    `page`: the address of this page; `more`: what it says beside the form, among `names`.
    """
    opened = None if run is None else (run.id, (run.architecture, run.training))
    parts = write_address(address_of(values_of_form(), base_preset(), opened, locked()))
    if run is None and (named := run_id()):  # it is gone, and the page says so
        parts = {RUN: named, **parts}
    said = tuple({**parts, **(more or {})}.items())
    with st.container(key="address"):
        mount(Address(page=page, parts=said, names=(*NAMES, *names)), key="address-of-form")


def show_what_makes_no_sense() -> None:
    """Sentences about parts of the address that the form was not filled from."""
    if problems := address_problems():
        said = [*map(say, problems), _("Where the address makes no sense, the default is shown.")]
        st.warning("  \n".join(said), icon=":material/link_off:")


def show_what_is_fixed() -> None:
    """Which choices the link has fixed, and what made no sense in it."""
    show_what_makes_no_sense()
    if locked():
        names = ", ".join(_(OPTIONS[name].label) if name != PRESET else _("Start from") for name in locked())
        with st.container(horizontal=True, vertical_alignment="center", key="locked"):
            st.caption(_("The link fixes: {names}.", names=names))
            st.button(_("Change them anyway"), key="unlock", type="tertiary", on_click=set_locked, args=((),))


def _fill_in(run: Run | None, said: Mapping[str, str]) -> None:
    address, settings = read_address(said), _settings(run)
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
