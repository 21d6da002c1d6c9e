"""The list of runs on the Train page: open, name, delete."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from autoencoder.analysis.metrics import Measures
from autoencoder.errors import AutoencoderError, RunFromNewerVersion
from autoencoder.presets import PRESETS
from autoencoder.runs.run import LONGEST_NAME, Run
from server.access.permissions import is_owner
from server.state import service
from server.titles import status_label
from ui.plain_text import plain
from ui.session import (
    _,
    language,
    may_change,
    open_run,
    owner,
    plural,
    require_change,
    run_id,
    runs_shown,
    say,
    show_runs,
    title,
)


def run_list(at_hand: Run | None) -> None:
    """One's own runs, the shipped ones and other people's, in columns; `at_hand` is open already."""
    runs, unreadable = service().runs()
    mine, shipped, others = _grouped(runs)
    st.subheader(_("Runs"), anchor=False)
    if not mine:
        st.caption(
            _("Your own runs appear here once you have started one. Until then, open one that ships with the app.")
        )
    groups = [(_("Yours"), mine), (_("Shipped"), shipped), (_("Others'"), others)]
    drawn = [(heading, group) for heading, group in groups if group]
    with st.container(key="runs"):
        for column, (heading, group) in zip(st.columns(max(2, len(drawn)), gap="large"), drawn, strict=False):
            with column.container(key=f"runs-{heading}", gap="xxsmall"):
                _group(heading, group, at_hand)
    for unread, problem in unreadable.items():
        if isinstance(problem, RunFromNewerVersion):
            st.warning(say(problem))
        else:
            st.warning(_("The files of run {run} cannot be read. The other runs are not affected.", run=unread))


def _grouped(runs: list[Run]) -> tuple[list[Run], list[Run], list[Run]]:
    """(one's own, the shipped ones in the order of the presets, other people's), each otherwise in the given order."""
    secret = owner()
    mine = [run for run in runs if is_owner(run, secret)]
    shipped = sorted((run for run in runs if run.id in PRESETS), key=lambda run: list(PRESETS).index(run.id))
    others = [run for run in runs if run not in mine and run not in shipped]
    return mine, shipped, others


def _group(heading: str, runs: list[Run], at_hand: Run | None) -> None:
    st.caption(heading)
    for run in runs[: runs_shown(heading)]:
        _row(run, changeable=may_change(run), open_now=at_hand is not None and at_hand.id == run.id)
    hidden = len(runs) - runs_shown(heading)
    if hidden > 0 and st.button(
        plural("Show {n} more", "Show {n} more", hidden), key=f"more-{heading}", type="tertiary"
    ):
        show_runs(heading, len(runs))
        st.rerun()


def _row(run: Run, changeable: bool, open_now: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"run-{run.id}"):
        if st.button(plain(title(run)), key=f"open-{run.id}", type="tertiary", help=_("Open"), disabled=open_now):
            open_run(run.id)
            st.rerun()
        st.caption(_summary(run, open_now))
        st.space("stretch")
        if changeable:
            with st.popover("", icon=":material/more_horiz:", type="tertiary", help=_("Name or delete")):
                _change(run)


def _error(found: Measures) -> list[str]:
    """What a measured run reached, in words; empty where it was not measured in this."""
    if (mse := found.error) is None:
        return []
    return [_("{mse:.4f} held out", mse=mse) if found.held_out else _("{mse:.4f} training", mse=mse)]


def _summary(run: Run, open_now: bool) -> str:
    """Its dimensions, error, status and age."""
    watched = open_now and not run.ended  # the monitor says how it stands, and knows better from moment to moment
    parts = [] if watched else [status_label(run.status, language())]
    if run.measures is not None:
        parts = [*_error(run.measures), *(parts if run.status != "finished" else [])]
    parts.insert(0, f"{run.architecture.latent_dim}-D")
    if run.id not in PRESETS:
        parts.append(_ago(run.created))
    return " · ".join(parts)


def _ago(created: str) -> str:
    """How long ago a moment (ISO 8601) was; "" where it is none."""
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
    """Name or delete."""
    with st.form(f"change-{run.id}", border=False):  # nothing is drawn anew before Enter or the button
        name = st.text_input(_("Name"), run.name, max_chars=LONGEST_NAME, placeholder=title(run), key=f"name-{run.id}")
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
                if run_id() == run.id:
                    open_run(None)
                _attempt(run, lambda: service().delete(run.id))
            if st.button(_("Keep it"), key="keep"):
                st.rerun()

    ask()


def _attempt(run: Run, change: Callable[[], None]) -> None:
    """Change a run and draw the page again, or say why it cannot be changed."""
    try:
        require_change(run)
        change()
    except AutoencoderError as problem:
        st.error(say(problem))
    else:
        st.rerun()
