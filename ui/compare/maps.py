"""Two maps side by side: what is pointed at in one is marked in the other."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from autoencoder.data.dataset import load_dataset
from autoencoder.errors import AutoencoderError
from server.snapshots import snapshot_of
from ui.compare.runs import Beside
from ui.components.descriptions import Map
from ui.components.mount import mount
from ui.latent_space.map import map_urls, projections
from ui.session import _, say


def show_two_maps(chosen: Sequence[Beside]) -> None:
    """Behind a switch: each map is all digits of a run. Of runs of one data set that have learned something."""
    if not st.toggle(
        _("Two maps side by side"), key="two-maps", help=_("Point at a digit: the other map marks it too.")
    ):
        return
    learned = [each for each in chosen if each.run.epoch > 0]
    if len(learned) < 2:
        st.caption(_("A map appears after the first epoch; two of these runs must have one."))
        return
    left, right = _pair(learned)
    if left.run.training.dataset != right.run.training.dataset:
        st.caption(_("These two were trained on different digits: no digit is on both maps."))
        return
    try:
        with st.container(key="maps-beside"):
            _show(left, f"{left.run.id}+{right.run.id}", companion=False)
            _show(right, f"{left.run.id}+{right.run.id}", companion=True)
    except AutoencoderError as problem:
        st.error(say(problem), icon=":material/error:")


def _pair(learned: Sequence[Beside]) -> tuple[Beside, Beside]:
    """Which two; where there are more, as they are chosen."""
    if len(learned) == 2:
        return learned[0], learned[1]
    names = {each.letter: each for each in learned}
    titles = {each.letter: f"{each.letter} · {each.title}" for each in learned}
    columns = st.columns(2)
    left = columns[0].selectbox(_("Left map"), list(names), format_func=titles.__getitem__, key="left-map")
    others = [letter for letter in names if letter != left]
    right = columns[1].selectbox(_("Right map"), others, format_func=titles.__getitem__, key="right-map")
    return names[left], names[right]


def _show(each: Beside, link: str, *, companion: bool) -> None:
    run = each.run
    axes = "pca" if projections(run.architecture.latent_dim) else ""
    described = Map(
        urls=map_urls(run, axes, snapshot_of(run)),
        classes=load_dataset(run.training.dataset).shown_classes,
        link=link,
        companion=f"{each.letter} · {each.title}" if companion else None,
    )
    mount(described, key=f"map-{each.letter}-{run.id}", held_out=run.training.holds_out)
