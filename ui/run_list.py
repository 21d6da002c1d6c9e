"""The list of runs on the Train page: open, name, annotate, delete."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from autoencoder.data.own import DatasetLimits
from autoencoder.errors import AutoencoderError, RunFromNewerVersion
from autoencoder.export.source import can_be_taken_home
from autoencoder.presets import PRESETS
from autoencoder.runs.comparison import MOST
from autoencoder.runs.run import LONGEST_NAME, LONGEST_NOTE, Run
from server.access.permissions import is_owner
from server.addresses import UPLOADS_URL, compare_page_url, exports_url, thumbnail_url, train_page_url
from server.state import service, workshop
from server.titles import status_label
from ui.components.descriptions import RunList, RunRow
from ui.components.mount import mount
from ui.run_choices import in_order
from ui.session import (
    _,
    language,
    may_change,
    open_run,
    owner,
    require_change,
    run_id,
    say,
    titles,
)
from ui.take_home import exports_offered, has_own_images


def run_list(at_hand: Run | None) -> None:
    """One's own runs, the shipped ones and other people's; `at_hand` is open already."""
    runs, unreadable = service().runs()
    st.subheader(_("Runs"), anchor=False)
    with st.container(key="runs"):
        rows = _rows(runs, at_hand)
        mount(
            RunList(
                rows=rows,
                compare_url=compare_page_url(),
                most_compared=MOST,
                longest_name=LONGEST_NAME,
                longest_note=LONGEST_NOTE,
                exports=exports_offered(),
                uploads_url=UPLOADS_URL,
                limit_megabytes=DatasetLimits.from_environment().upload_megabytes,
            ),
            key="run-list",
            on_request=carry_out,
        )
    for unread, problem in unreadable.items():
        if isinstance(problem, RunFromNewerVersion):
            st.warning(say(problem))
        else:
            st.warning(_("The files of run {run} cannot be read. The other runs are not affected.", run=unread))


def _rows(runs: list[Run], at_hand: Run | None) -> tuple[RunRow, ...]:
    secret, called, people = owner(), titles(runs), workshop().names()
    return tuple(_row(run, secret, called[run.id], people, at_hand) for run in in_order(runs))


def _row(run: Run, secret: str | None, title: str, people: dict[str, str], at_hand: Run | None) -> RunRow:
    whose = "shipped" if run.id in PRESETS else "mine" if is_owner(run, secret) else "others"
    open_now = at_hand is not None and at_hand.id == run.id
    watched = open_now and not run.ended  # the monitor says how it stands, and knows better from moment to moment
    found = run.measures
    moment = f"{run.epoch:.3f}-{run.status}{service().store.mark(run.id)}"
    return RunRow(
        run=run.id,
        title=title,
        name=run.name if run.id not in PRESETS else "",
        note=run.note,
        whose=whose,
        who=people.get(run.owner or "", ""),
        latent_dim=run.architecture.latent_dim,
        mse=None if found is None else found.error,
        held_out=found is not None and found.held_out,
        created="" if whose == "shipped" else run.created,
        status=run.status,
        status_label="" if watched else status_label(run.status, language()),
        changeable=may_change(run),
        open=open_now,
        page_url=train_page_url(run.id),
        thumbnail_url=thumbnail_url(run.id, moment) if run.epoch > 0 else None,
        exports_url=exports_url(run.id) if can_be_taken_home(run) else None,
        own_images=has_own_images(run),
    )


# ---- what the list asks for ----


def carry_out(request: object) -> None:
    """{"action": "open" | "label" | "delete", "run": …}, before the page is drawn again; anything else is ignored."""
    match request:
        case {"action": "open", "run": str(asked)}:
            open_run(asked)
        case {"action": "label", "run": str(asked), "name": str(name), "note": str(note)}:
            _attempt(asked, lambda: _label(asked, name, note))
        case {"action": "delete", "run": str(asked)}:
            _attempt(asked, lambda: _delete(asked))


def _label(asked: str, name: str, note: str) -> None:
    service().rename(asked, name)
    service().annotate(asked, note)


def _delete(asked: str) -> None:
    service().delete(asked)
    if run_id() == asked:
        open_run(None)


def _attempt(asked: str, change: Callable[[], None]) -> None:
    """Change a run where this browser may, or say why it cannot be changed."""
    try:
        require_change(service().run(asked))
        change()
    except AutoencoderError as problem:
        st.toast(say(problem), icon=":material/error:")
