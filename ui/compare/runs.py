"""Which runs are compared: as the address names them, and as they are chosen on the page."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import streamlit as st

from autoencoder.data.dataset import load_dataset
from autoencoder.errors import AutoencoderError
from autoencoder.presets import DEFAULT_PRESET, PRESETS
from autoencoder.runs.comparison import LEAST, MOST
from autoencoder.runs.run import Run
from autoencoder.training.records import PICTURED
from server.addresses import COMPARE, digits_url, run_events_url, train_page_url
from server.state import service
from ui.components.descriptions import Address, ComparedRun, Comparison
from ui.components.mount import mount
from ui.run_choices import choices, offered
from ui.session import (
    _,
    compared_runs,
    language,
    run_id,
    said_by_address,
    say,
    set_compared_runs,
    titles,
    went_through_history,
)

COLOURS = (
    "#2a6fc0",
    "#b85c00",
    "#23804e",
    "#b0408a",
    "#806418",
    "#6360c9",
)  # on the paper of both themes, and under white
LETTERS = "ABCDEF"


@dataclass(frozen=True)
class Beside:
    """A run among those that are compared."""

    run: Run
    title: str
    letter: str
    colour: str


def choose_runs() -> list[Beside]:
    """The choice of runs, filled from the address. Those that are gone are named on the page, and left out."""
    if compared_runs() is None or went_through_history():
        set_compared_runs(_of_address())
    runs = {run.id: run for run in service().runs()[0]}
    chosen = [*_found(compared_runs() or [], runs)]
    called, found = titles(runs.values()), offered(runs.values(), chosen)
    told_apart = choices(found, called)
    st.multiselect(
        _("Runs to compare"),
        list(found),
        format_func=lambda run_id: told_apart.get(run_id, run_id),
        max_selections=MOST,
        placeholder=_("Choose {least} to {most} runs", least=LEAST, most=MOST),
        key="compared-runs",
    )
    ids = compared_runs() or []
    with st.container(key="address"):
        parts = (("runs", ",".join(ids)),) if ids else ()
        mount(Address(page=COMPARE, parts=parts, names=("runs",)), key="address-of-comparison")
    told = zip(ids, LETTERS, COLOURS, strict=False)
    return [Beside(runs[run_id], called[run_id], letter, colour) for run_id, letter, colour in told]


def say_how_to_begin(chosen: list[Beside]) -> None:
    """Where there are fewer than two runs."""
    st.info(
        _(
            "An experiment is two runs that differ in one thing. Choose two to six runs above; or tick them in the "
            "list of runs on the Train page, and press Compare."
        )
        if not chosen
        else _("One more run, and there is something to compare."),
        icon=":material/stacked_line_chart:",
    )
    first = chosen[0].run.id if chosen else run_id() or DEFAULT_PRESET
    others = [preset for preset in PRESETS if preset != first]
    called = titles(service().runs()[0])
    with st.container(horizontal=True, key="suggestions"):
        for other in islice(others, 2):
            label = _("Compare {first} with {second}", first=called.get(first, first), second=called.get(other, other))
            st.button(label, key=f"suggest-{other}", on_click=set_compared_runs, args=([first, other],))


def show_live(chosen: list[Beside]) -> None:
    """Loss curves over each other, and the same sixteen digits by each: live where a run is under way."""
    compared = []
    for each in chosen:
        try:
            images = digits_url(load_dataset(each.run.training.dataset), "images", 0, PICTURED)
        except AutoencoderError as problem:  # such as a data set that is no longer on this machine
            st.warning(f"{each.letter}: {say(problem)}", icon=":material/image_not_supported:")
            images = None
        compared.append(
            ComparedRun(
                run=each.run.id,
                letter=each.letter,
                title=each.title,
                colour=each.colour,
                events_url=run_events_url(each.run.id, language()),
                page_url=train_page_url(each.run.id),
                images_url=images,
            )
        )
    mount(Comparison(runs=tuple(compared), picture_count=PICTURED), key="comparison")


def _of_address() -> list[str]:
    """The runs that the address names, each once."""
    named = said_by_address().get("runs", "")
    return list(dict.fromkeys(filter(None, named.split(","))))


def _found(ids: list[str], runs: dict[str, Run]) -> list[str]:
    """Those that can be opened; for the others a sentence on the page."""
    found, problems = [], []
    for each in ids:
        try:
            if each not in runs:
                runs[each] = service().run(each)
            found.append(each)
        except AutoencoderError as problem:
            problems.append(say(problem))
    if len(found) > MOST:
        problems.append(_("At most {most} runs can be told apart; the others are left out.", most=MOST))
    if problems:
        st.warning("  \n".join(problems), icon=":material/link_off:")
    if found[:MOST] != ids:
        set_compared_runs(found[:MOST])
    return found[:MOST]
