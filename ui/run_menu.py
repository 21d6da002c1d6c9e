"""The open run by name, in the corner of each page: open another, share it."""

from __future__ import annotations

import streamlit as st

from autoencoder.errors import AutoencoderError
from autoencoder.presets import PRESETS
from autoencoder.runs.run import Run
from server.state import service
from ui.session import _, is_mine, number, open_run, run_id, title


def run_menu() -> None:
    """Nothing where no run is open."""
    try:
        run = service().run(run_id() or "")
    except AutoencoderError:
        return
    mse = run.measures.test_mse if run.measures else None
    error = "" if mse is None else f" · {number(mse, '.4f')}"
    with st.popover(f"{run.architecture.latent_dim}-D · {title(run)}{error}", help=_("The run at hand")):
        _open_another(run)
        _share(run)


def _open_another(run: Run) -> None:
    """Offers one's own runs and the shipped ones."""
    runs, _unreadable = service().runs()
    offered = {other.id: other for other in runs if other.id == run.id or other.id in PRESETS or is_mine(other)}
    ids = list(offered)
    picked = st.selectbox(
        _("Open another run"), ids, ids.index(run.id), lambda key: title(offered[key]), key=f"pick-run-{run.id}"
    )
    if picked != run.id:
        open_run(picked)
        st.rerun()


def _share(run: Run) -> None:
    st.caption(_("Share this address: whoever opens it sees the run, and only you can change it."))
    st.code(f"{(st.context.url or '').split('?')[0]}?run={run.id}", language=None)
