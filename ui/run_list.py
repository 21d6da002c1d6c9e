"""Runs as the pages show them: what came out of one, and the list of all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from autoencoder.errors import AutoencoderError
from autoencoder.presets import PRESETS
from autoencoder.runs.run import Run
from server.access.permissions import is_owner
from server.state import service
from server.titles import status_label, title_of
from ui import session
from ui.session import _, is_mine, may_change, number, open_run, owner, plural, require_change, say


def title(run: Run) -> str:
    """The name that it was given, or what it is."""
    return title_of(run, session.language())


def run_menu() -> None:
    """The run at hand by name, in the corner of each page: open another, share it, name it."""
    try:
        run = service().run(session.run_id() or "")
    except AutoencoderError:
        return
    worth = f" · {number(run.measures.test_mse, '.4f')}" if run.measures else ""
    with st.popover(f"{run.architecture.latent_dim}-D · {title(run)}{worth}", help=_("The run at hand")):
        runs, _unreadable = service().runs()
        known = {other.id: other for other in runs if other.id == run.id or _may_list(other)}
        picked = st.selectbox(
            _("Open another run"),
            list(known),
            list(known).index(run.id),
            lambda key: title(known[key]),
            key=f"pick-run-{run.id}",
        )
        if picked != run.id:
            open_run(picked)
            st.rerun()
        st.caption(_("Share this address: whoever opens it sees the run, and only you can change it."))
        st.code(f"{(st.context.url or '').split('?')[0]}?run={run.id}", language=None)


def _may_list(run: Run) -> bool:
    return run.id in PRESETS or is_mine(run)


def run_list(at_hand: Run | None) -> None:
    """One's own runs and the shipped ones: open, name, delete."""
    runs, unreadable = service().runs()
    secret = owner()
    mine = [run for run in runs if is_owner(run, secret)]
    shipped = sorted((run for run in runs if run.id in PRESETS), key=lambda run: list(PRESETS).index(run.id))
    others = [run for run in runs if run not in mine and run not in shipped]
    st.subheader(_("Runs"), anchor=False)
    if not mine:
        st.caption(
            _("Your own runs appear here once you have started one. Until then, open one that ships with the app.")
        )
    groups = [(mine, _("Yours")), (shipped, _("Shipped")), (others, _("Others'"))]
    groups = [(group, heading) for group, heading in groups if group]
    with st.container(key="runs"):
        for column, (group, heading) in zip(st.columns(max(2, len(groups)), gap="large"), groups, strict=False):
            with column.container(key=f"runs-{heading}", gap="xxsmall"):
                st.caption(heading)
                for run in group[: _shown(heading)]:
                    _row(run, changeable=may_change(run), open_now=at_hand is not None and at_hand.id == run.id)
                _more(group, heading)
    for run_id in unreadable:
        st.warning(_("The files of run {run} cannot be read. The other runs are not affected.", run=run_id))


def _shown(heading: str) -> int:
    return int(st.session_state.get(f"shown-{heading}", 8))


def _more(group: list[Run], heading: str) -> None:
    hidden = len(group) - _shown(heading)
    if hidden > 0 and st.button(
        plural("Show {n} more", "Show {n} more", hidden), key=f"more-{heading}", type="tertiary"
    ):
        st.session_state[f"shown-{heading}"] = len(group)
        st.rerun()


def _row(run: Run, changeable: bool, open_now: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"run-{run.id}"):
        if st.button(title(run), key=f"open-{run.id}", type="tertiary", help=_("Open"), disabled=open_now):
            open_run(run.id)
            st.rerun()
        st.caption(_summary(run, open_now))
        st.space("stretch")
        if changeable:
            with st.popover("", icon=":material/more_horiz:", type="tertiary", help=_("Name or delete")):
                _change(run)


def _summary(run: Run, open_now: bool) -> str:
    watched = open_now and not run.ended  # the monitor says how it stands, and knows better from moment to moment
    parts = [] if watched else [status_label(run.status, session.language())]
    if run.measures is not None:
        found = run.measures
        held_out, training = _("{mse:.4f} held out", mse=found.test_mse), _("{mse:.4f} training", mse=found.train_mse)
        error = held_out if found.held_out else training
        parts = [error, *(parts if run.status != "finished" else [])]
    parts.insert(0, f"{run.architecture.latent_dim}-D")
    if run.id not in PRESETS:
        parts.append(_ago(run.created))
    return " · ".join(parts)


def _ago(created: str) -> str:
    try:
        seconds = (datetime.now(UTC) - datetime.fromisoformat(created)).total_seconds()
    except (ValueError, TypeError):
        return ""
    if seconds >= 86_400:
        return plural("{n} day ago", "{n} days ago", int(seconds // 86_400))
    if seconds >= 3_600:
        return plural("{n} hour ago", "{n} hours ago", int(seconds // 3_600))
    if seconds >= 60:
        return plural("{n} minute ago", "{n} minutes ago", int(seconds // 60))
    return _("just now")


def _change(run: Run) -> None:
    with st.form(f"change-{run.id}", border=False):  # nothing is drawn anew before Enter or the button
        name = st.text_input(_("Name"), run.name, max_chars=60, placeholder=title(run), key=f"name-{run.id}")
        renamed = st.form_submit_button(_("Rename"), key=f"rename-{run.id}")
    if renamed:
        _attempt(run, lambda: service().rename(run.id, name))
    if st.button(_("Delete"), key=f"delete-{run.id}", icon=":material/delete:"):
        _ask_before_deleting(run)


def _ask_before_deleting(run: Run) -> None:
    @st.dialog(_("Delete this run?"))
    def ask() -> None:
        st.write(_("**{name}** and all that it has learned will be gone for good.", name=title(run)))
        with st.container(horizontal=True):
            if st.button(_("Delete for good"), type="primary", key="really-delete"):
                if session.run_id() == run.id:
                    open_run(None)
                _attempt(run, lambda: service().delete(run.id))
            if st.button(_("Keep it"), key="keep"):
                st.rerun()

    ask()


def _attempt(run: Run, change: Callable[[], None]) -> None:
    """Do it and draw the page anew, or say why not."""
    try:
        require_change(run)
        change()
    except AutoencoderError as problem:
        st.error(say(problem))
    else:
        st.rerun()
