"""A drawn digit: what the browser needs to pass it through a run, on the Reconstructions page and on the map."""

from __future__ import annotations

from autoencoder.data.dataset import load_dataset
from autoencoder.data.own import title_of
from autoencoder.runs.run import Run
from autoencoder.settings import MNIST
from server.addresses import decoder_url, digits_url, encoder_url, errors_url, map_data_url, map_page_url
from ui.components.descriptions import Drawing, DrawingUrls
from ui.components.mount import mount
from ui.session import hashed_owner


def show_drawing(run: Run, snapshot: str) -> None:
    """The place to draw on the Reconstructions page, for a moment of the run's training."""
    dataset = load_dataset(run.training.dataset)
    described = Drawing(
        urls=DrawingUrls(
            encoder=encoder_url(run.id, snapshot),
            decoder=decoder_url(run.id, snapshot),
            judged=errors_url(run.id, snapshot),
            codes=map_data_url(run.id, "codes", "", snapshot),
            images=digits_url(dataset, "images"),
            labels=digits_url(dataset, "labels"),
        ),
        classes=dataset.shown_classes,
        map_url=map_page_url(run.id, drawing=True),
        learning=not run.ended,
        dataset=other_dataset(run),
    )
    mount(described, key=f"drawing-{run.id}", held_out=run.training.holds_out)


def other_dataset(run: Run) -> str | None:
    """The name of what a run learned from; None where that is MNIST, whose digits people draw."""
    return None if run.training.dataset == MNIST else title_of(run.training.dataset, hashed_owner())
