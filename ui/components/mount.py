"""Puts a component on a page: a div, and the ES module that fills it from a description."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from autoencoder.data.dataset import UNLABELLED
from server.addresses import asset_url
from server.language import best_language, translate
from ui.components.descriptions import Common, Description
from ui.glossary import meanings
from ui.session import language, trigger_value

_HERE = Path(__file__).parent
_LOADER = (_HERE / "loader.js").read_text()


def mount(
    description: Description,
    *,
    key: str,
    held_out: bool = True,
    on_finished: Callable[[], None] = lambda: None,
    on_request: Callable[[Any], None] = lambda _changes: None,
) -> None:
    """Draw a component.

    `held_out`: whether digits were held out from training. False: the component uses the `_seen` wordings, which do not
    say "held out". Where the images have no labels it uses the `_unlabelled` ones. `on_finished` is called when the run
    that it watches has ended, `on_request` with the changes that a person requests; the page is run again after either.
    """
    name = description.component
    labelled = getattr(description, "classes", ()) != (UNLABELLED,)
    words = _words((name, *_shared(description)), held_out, labelled, best_language(language()))
    common = Common(module_url=asset_url(f"{name}/{name}.js"), lang=language(), words=words)
    data = {**asdict(common), **asdict(description)}
    _component(name, _shared(description))(
        key=key,
        data=[data],  # a list: in a dictionary Streamlit looks for tables, and loads pandas for that
        on_finished_change=on_finished,
        on_requested_change=lambda: on_request(trigger_value(key, "requested")),
    )


def _shared(description: Description) -> tuple[str, ...]:
    """The folders that it shares with other components."""
    return tuple(f"shared/{name}" for name in description.shares)


@cache
def _words(folders: tuple[str, ...], held_out: bool, labelled: bool, language: str) -> dict[str, str]:
    """The sentences of a component and the meanings of the glossary in a language, by key. Not to be changed."""
    english = {key: text for folder in folders for key, text in _english(folder).items()} | meanings()
    words = {key: translate(text, language) for key, text in english.items()}
    for suffix in ("_seen",) * (not held_out) + ("_unlabelled",) * (not labelled):
        words |= {key.removesuffix(suffix): text for key, text in words.items() if key.endswith(suffix)}
    return words


@cache
def _component(name: str, shared: tuple[str, ...]) -> Callable[..., Any]:
    css = "".join(path.read_text() for folder in (*shared, name) for path in sorted((_HERE / folder).glob("*.css")))
    html = '<div class="lab-root"></div>'
    return st.components.v2.component(f"lab_{name}", html=html, css=css, js=_LOADER, isolate_styles=False)


@cache
def _english(folder: str) -> dict[str, str]:
    """The English sentences of a folder, by key; they are in the catalogues like all others."""
    words: dict[str, str] = json.loads((_HERE / folder / "words.json").read_text())
    return words
