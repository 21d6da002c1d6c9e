"""The parts of the Latent space page: which axes, and the map."""

from __future__ import annotations

import math

import streamlit as st

from autoencoder.analysis.projection import REPLAYED
from autoencoder.data.dataset import load_dataset
from autoencoder.runs.run import Run
from server.addresses import decoder_url, digits_url, encoder_url, errors_url, map_data_url, selections_url
from server.snapshots import model_at, snapshot_of
from server.state import service
from ui.components.descriptions import Map, MapUrls, MapView
from ui.components.mount import mount
from ui.drawing import other_dataset
from ui.labels import say_unlabelled
from ui.latent_space.companion_map import beside_names, chosen_beside, show_beside, show_tsne_panel
from ui.session import forget_map_view, set_in_address

_NUMBERS = ("x0", "x1", "y0", "y1", "digit", "epoch", "label", "equal", "draw", "pictures")
_WORDS = ("colour", "digits", "camera", "selection")


def chosen_axes(run: Run) -> str:
    """Which plane the address asks for, if the run offers it: a projection, or any two of three dimensions or more."""
    d, requested = run.architecture.latent_dim, st.query_params.get("axes", "")
    offered = projections(d)
    if not offered or requested in offered:
        return requested if offered else ""
    numbers = [int(part) for part in requested.split(",") if part.isdecimal() and len(part) < 4]
    return f"{numbers[0]},{numbers[1]}" if len(set(numbers)) == 2 and max(numbers) < d else offered[0]


def projections(d: int) -> list[str]:
    """Projections offered for d latent dimensions, the default first. Empty for d <= 2: the codes are the map."""
    if d <= 2:
        return []
    return ["space", "pca"] if d == 3 else ["pca", "tsne"]


def show_map(run: Run, axes: str) -> None:
    """The map and what stands beside it. Until t-SNE of the codes is there: their principal axes, and a way to it.

    Raises RunUnreadable.
    """
    shown = "" if axes == "space" else axes
    with st.container(key="above"):  # always there, so that the map below stays in its place
        if axes == "tsne" and service().tsne.progress(run.id).status != "done":
            show_tsne_panel(run)
            shown = "pca"
    dataset, version = load_dataset(run.training.dataset), snapshot_of(run)
    model_at(run.id, version)  # what cannot be read is said here, with its reason
    replayed = shown == "pca" or (shown != "tsne" and run.architecture.latent_dim <= REPLAYED)
    described = Map(
        urls=map_urls(run, shown, version, replayed=replayed, drawn_on=True),
        classes=dataset.shown_classes,
        link=run.id,
        view=_view_of_address(axes or None, chosen_beside(run)),
        projections=tuple(projections(run.architecture.latent_dim)),
        beside=tuple(beside_names(run)),
        learning=not run.ended,
        dataset=other_dataset(run),
    )
    say_unlabelled(dataset)
    with st.container(key="maps"):
        mount(described, key=f"map-{run.id}", held_out=run.training.holds_out, on_request=_change_address)
        show_beside(run)


def map_urls(run: Run, shown: str, version: str, *, replayed: bool = False, drawn_on: bool = False) -> MapUrls:
    """Where the data of a run's map is, on the axes `shown`, at a moment of its training.

    `replayed`, `drawn_on`: whether the map offers a replay, and what leaves something on it: a place to draw a
    digit, and names for selections.
    """
    dataset = load_dataset(run.training.dataset)
    return MapUrls(
        map=map_data_url(run.id, "map", shown, version),
        neighbours=map_data_url(run.id, "neighbours", shown, version),
        codes=map_data_url(run.id, "codes", shown, version),
        decoder=decoder_url(run.id, version),
        encoder=encoder_url(run.id, version) if drawn_on else None,
        judged=errors_url(run.id, version) if drawn_on else None,
        selections=selections_url(run.id) if drawn_on else None,
        frames=map_data_url(run.id, "frames", shown, version) if replayed else None,
        images=digits_url(dataset, "images"),
        labels=digits_url(dataset, "labels"),
        file_rows=None if dataset.rows is None else digits_url(dataset, "rows"),
    )


def _change_address(changes: dict[str, str | None]) -> None:
    """Other axes, or another map beside this one. For a later snapshot it is enough that the page runs again."""
    if "beside" in changes:
        set_in_address("beside", changes["beside"])
    elif "axes" in changes:
        forget_map_view()
        set_in_address("axes", changes["axes"])


def _finite(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _view_of_address(axes: str | None, beside: str | None) -> MapView:
    """What the address says of the view; nonsense is left out."""
    words = {name: st.query_params.get(name) for name in _WORDS}
    numbers = {name: _finite(st.query_params.get(name, "")) for name in _NUMBERS}
    return MapView(axes=axes, beside=beside, **words, **numbers)  # type: ignore[arg-type]
