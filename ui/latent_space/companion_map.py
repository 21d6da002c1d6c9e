"""What stands beside the latent map: a map of the pixels; and t-SNE of the codes on its way."""

from __future__ import annotations

import streamlit as st

from autoencoder.data.dataset import load_dataset
from autoencoder.data.embeddings import embedding_names
from autoencoder.runs.run import Run
from server.addresses import digits_url, pixel_map_url, tsne_url
from ui.components.descriptions import Map, MapUrls, Tsne
from ui.components.mount import mount
from ui.session import _, language


def beside_names(run: Run) -> list[str]:
    """Maps of the pixels of a run's data set."""
    return list(embedding_names(load_dataset(run.training.dataset)))


def chosen_beside(run: Run) -> str | None:
    """Which one the address asks for."""
    requested = st.query_params.get("beside")
    return requested if requested in beside_names(run) else None


def show_beside(run: Run) -> None:
    """The map of the pixels that the address names, linked to the latent one."""
    name = chosen_beside(run)
    if name is None:
        return
    dataset = load_dataset(run.training.dataset)
    urls = MapUrls(
        map=pixel_map_url(dataset, name),
        images=digits_url(dataset, "images"),
        labels=digits_url(dataset, "labels"),
    )
    methods = {"pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}
    title = _("{method} of the pixels, the last {n:,} digits", method=methods[name], n=_last(run))
    described = Map(urls=urls, classes=dataset.shown_classes, link=run.id, companion=title)
    mount(described, key=f"beside-{run.id}", held_out=run.training.holds_out)


def show_tsne_panel(run: Run) -> None:
    """Starts and cancels t-SNE of the codes; the page runs again when its map is there."""
    if not run.ended:
        st.info(_("t-SNE of the codes can be computed once this run has ended."))
        return
    described = Tsne(run=run.id, tsne_url=tsne_url(run.id, language()), count=_last(run))
    mount(described, key=f"tsne-{run.id}", held_out=run.training.holds_out)


def _last(run: Run) -> int:
    """How many digits are held out or, where all are trained on, how many the last ones are."""
    dataset = load_dataset(run.training.dataset)
    return dataset.n_held_out
