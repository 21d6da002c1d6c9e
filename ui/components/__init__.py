"""Our custom components: a div each, and the ES module that fills it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from autoencoder.training.records import WATCHED
from server.addresses import asset_url
from ui.session import _, language, trigger_value

_HERE = Path(__file__).parent
_LOADER = (_HERE / "loader.js").read_text()


def monitor(
    run_id: str,
    *,
    replay: bool,
    interrupted: bool,
    pca_mse: float | None,
    average_mse: float,
    course_losses: list[float | None] | None,
    images: str,
    labels: str,
    caption: str | None = None,
    finished: Callable[[], None] | None = None,
) -> None:
    """The live monitor of a run under way, or a stored one in a loop. Reference losses are MSE on [0, 1].

    `images` is the address of the digits of its strip, `labels` that of the labels of its map.

    The events of an interrupted run are over; once it is resumed, another monitor listens to those that follow.
    """
    _mount(
        "monitor",
        key=f"monitor-{run_id}-{replay}-{interrupted}",
        finished=finished,
        data={
            "run": run_id,
            "replay": replay,
            "images": images,
            "labels": labels,
            "map_count": WATCHED,
            "pca_mse": pca_mse,
            "average_mse": average_mse,
            "course_losses": course_losses,
            "caption": caption,
        },
    )


def latent_map(
    urls: dict[str, str],
    view: dict[str, str | float | None],
    offers: dict[str, list[str]],
    *,
    link: str,
    key: str,
    held_out: bool,
    asked: Callable[[dict[str, str | None]], None],
) -> None:
    """The latent map of a run, from the addresses of its data; `view` is what an address of the page asked for.

    Offered are `projections` of a space with more than three dimensions beside any two of these, and the maps to stand
    `beside`, which point at the same digits where they have the same `link`; `held_out`: whether the last digits were;
    `asked` hears what was chosen.
    """
    data = {"urls": urls, "view": view, "link": link, "words": _words_of("map", held_out), **offers}
    _mount("map", key=key, data=data, asked=asked)


def pixel_map(urls: dict[str, str], title: str, *, link: str, key: str, held_out: bool) -> None:
    """A map that goes along with the latent map of the same `link`."""
    _mount("map", key=key, data={"urls": urls, "companion": title, "link": link, "words": _words_of("map", held_out)})


def _words_of(component: str, held_out: bool) -> dict[str, str]:
    """Where all digits were trained on, none is called held out."""
    words = _said(component)
    seen = {} if held_out else {key.removesuffix("_seen"): text for key, text in words.items() if key.endswith("_seen")}
    return words | seen


def tsne_panel(run_id: str, count: int, *, key: str, held_out: bool) -> None:
    """Starts, shows and cancels t-SNE of a run's codes of the last `count` digits; then the page runs again."""
    words = _words_of("tsne", held_out)
    _mount("tsne", key=key, data={"url": f"/api/runs/{run_id}/tsne", "run": run_id, "count": count, "words": words})


def contact_sheet(data: dict[str, Any], *, key: str, asked: Callable[[object], None]) -> None:
    """Originals beside reconstructions and one digit in full; what the person asks for comes back through `asked`."""
    _mount("sheet", key=key, data=data, asked=asked)


def latent_sliders(data: dict[str, Any], *, key: str) -> None:
    """A slider per latent dimension, and the digit that the decoder draws for them.

    Where the run has gone on learning since and its decoder was not kept, the page runs again.
    """
    _mount("sliders", key=key, data=data, asked=lambda _: None)


def classroom(presets: dict[str, str], *, longest: int) -> None:
    """Everyone's runs as live tiles, for the host; a challenge is set on one of the `presets`, for so many seconds."""
    _mount("classroom", key="classroom", data={"presets": presets, "longest": longest})


def challenge_banner(*, asked: Callable[[object], None]) -> None:
    """What the host has set everyone; `asked` hears the preset of who wants to take part."""
    _mount("challenge", key="challenge", data={}, asked=asked)


def theme_choice(addresses: list[str]) -> None:
    """Light, dark, or as the system has it, for the pages at these addresses."""
    _mount("theme", key="theme", data={"pages": addresses})


def _mount(
    name: str,
    *,
    key: str,
    data: dict[str, Any],
    finished: Callable[[], None] | None = None,
    asked: Callable[[Any], None] | None = None,
) -> None:
    common = {
        "module": asset_url(f"{name}/{name}.js"),
        "plotly": asset_url("plotly.min.js"),
        "lang": language(),
        "words": _said(name),
    }
    _component(name)(
        key=key,
        data=[{**common, **data}],  # a list: in a dictionary Streamlit looks for tables, and loads pandas for that
        on_finished_change=finished or (lambda: None),
        on_asked_change=(lambda: asked(trigger_value(key, "asked"))) if asked else (lambda: None),
    )


def _said(name: str) -> dict[str, str]:
    """The sentences of a component in the reader's language, by key."""
    return {word: _(text) for word, text in _words(name).items()}


@cache
def _component(name: str) -> Callable[..., Any]:
    css = (_HERE / name / f"{name}.css").read_text()
    html = '<div class="lab-root"></div>'
    return st.components.v2.component(f"lab_{name}", html=html, css=css, js=_LOADER, isolate_styles=False)


@cache
def _words(name: str) -> dict[str, str]:
    """The English sentences of a component, by key; they are in the catalogues like all others."""
    words: dict[str, str] = json.loads((_HERE / name / "words.json").read_text())
    return words
