"""What belongs to one visitor: language, identity, the run that is open, and what pages keep between two runs.

The only module that reads or writes `st.session_state`: everything there has typed functions here, and its key stands
here and nowhere else.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from autoencoder.choices import NAMES as ADDRESS_NAMES
from autoencoder.choices import RUN
from autoencoder.errors import AutoencoderError
from autoencoder.presets import DEFAULT_PRESET
from autoencoder.runs.run import Run, hashed
from server import language as languages
from server.access import permissions
from server.access.codes import access
from server.access.owner import owner_of
from server.language import Translatable, best_locale, fill, sentence, translate, translate_plural
from server.state import service
from server.titles import title_of, titles_of
from ui.plain_text import plain

LANGUAGE = "lang"  # key of the widget where it is chosen
NICKNAME = "nickname"  # key of the widget where it is typed
FIRST_CARDS = 16  # fit on most screens, until the browser has said how many
_MAP_VIEW = ("x0", "x1", "y0", "y1", "camera", "epoch")  # in an address: how a map is looked at


# ---- the reader's language ----


def language() -> str:
    """As chosen in the frame, otherwise the browser's; with the browser's region, by which numbers are written."""
    browser = st.context.locale
    return best_locale(st.session_state.get(LANGUAGE) or browser, browser)


def _(text: str, **values: object) -> str:
    """The text in the reader's language, its gaps filled in; what is text in a gap shows as it is, not as Markdown."""
    if not values:
        return translate(text, language())
    shown = {name: plain(value) if isinstance(value, str) else value for name, value in values.items()}
    return fill(translate(text, language()), shown, language())


def plural(singular: str, plural: str, n: int) -> str:
    """The form for `n` in the reader's language, its gap `{n}` filled in."""
    return fill(translate_plural(singular, plural, n, language()), {"n": n}, language())


def number(value: float, form: str) -> str:
    """A number as the reader writes it, `form` as in `format`."""
    return languages.number(value, form, language())


def say(said: Translatable) -> str:
    """An error or a notice in the reader's language, for Streamlit: nothing in it is Markdown."""
    return plain(sentence(said, language()))


def say_to_component(said: Translatable) -> str:
    """An error or a notice in the reader's language, for a component, which shows text as it is."""
    return sentence(said, language())


def titles(runs: Iterable[Run]) -> dict[str, str]:
    """Titles that tell these runs apart, by id: their names, or what they are in the reader's language."""
    return titles_of(runs, language())


# ---- who it is ----


def owner() -> str | None:
    """The secret of this browser, from its cookie."""
    return owner_of(st.context.cookies)


def hashed_owner() -> str | None:
    """Whose the runs and data sets of this browser are, as it is stored; None without cookies."""
    secret = owner()
    return hashed(secret) if secret else None


def note_visit() -> None:
    """This browser is here: its runs are kept while others need room."""
    with suppress(AutoencoderError):  # without the server of `app.py`, each part of the page says so
        service().saw(owner())


def is_mine(thing: permissions.Owned) -> bool:
    """Whether this browser started a run or a sweep."""
    return permissions.is_owner(thing, owner())


def is_host() -> bool:
    """Whether this browser may change everyone's runs."""
    return access().is_host(st.context.cookies)


def may_change(thing: permissions.Owned) -> bool:
    """Whether this browser may pause, stop, rename and delete a run or a sweep."""
    return permissions.may_change(thing, owner(), is_host())


def require_change(thing: permissions.Owned) -> None:
    """Raises NotAllowed where `may_change` is false."""
    permissions.require_change(thing, owner(), is_host())


def nickname() -> str:
    """As it stands in its widget; "" before that was drawn."""
    return str(st.session_state.get(NICKNAME, ""))


def begin_nickname(stored: str) -> None:
    """What the widget shows at first: call before it is drawn."""
    st.session_state.setdefault(NICKNAME, stored)


# ---- the run that is open ----


def run_id() -> str | None:
    """The id that the address names, or that was open on the page before."""
    carried = None if went_through_history() else st.session_state.get("run")
    return st.query_params.get("run") or carried


def run_at_hand() -> Run | None:
    """The run that the address names. Says so on the page where there is no such run."""
    run, problem = run_named()
    if problem is not None:
        st.error(say(problem), icon=":material/error:")
    return run


def run_or_default() -> Run:
    """The run at hand, otherwise Quick map. Says so where the address names a run that cannot be opened."""
    run = run_at_hand()
    if run is None:
        run = service().run(DEFAULT_PRESET)
        if run_id():
            name = title_of(run, language())
            st.caption(_("Here {name} is shown instead; the menu at the top opens another run.", name=name))
    return run


def run_named() -> tuple[Run | None, AutoencoderError | None]:
    """The run that the address names, or that was open before; and why it cannot be opened."""
    named = run_id()
    if not named:
        st.session_state["run"] = None
        return None, None
    try:
        run = service().run(named)
    except AutoencoderError as problem:
        return None, problem
    st.session_state["run"] = named
    return run, None


def open_run(opened: str | None) -> None:
    """Put a run into the address, or take it out: an entry of its own in the history. The form's choices leave it."""
    st.session_state["run"] = opened
    before = st.query_params.get(RUN)
    if opened == before and opened is not None:
        return
    of_form = (
        ADDRESS_NAMES if st.session_state.get("page") in ("train", "sweep") else (RUN,)
    )  # a map has `digits` of its own
    gone = {*of_form, *(_MAP_VIEW if before and opened else ())}  # a link without a run keeps its view
    kept = {name: value for name, value in st.query_params.items() if name not in gone}
    st.query_params.from_dict({**({RUN: opened} if opened else {}), **kept})


def leave_run() -> None:
    """No run is open any more; for a page that is left at once, and whose address stays as it is."""
    st.session_state["run"] = None


def note_page(address: str) -> None:
    """Which page is drawn."""
    st.session_state["page"] = address


def forget_map_view() -> None:
    """Take the window out of the address: on another run's map, or on other axes, it means nothing."""
    for name in _MAP_VIEW:
        set_in_address(name, None)


def went_through_history() -> bool:
    """Whether the browser's back or forward led here: then the address says what is shown, not the session."""
    context = get_script_run_ctx(suppress_warning=True)
    return context is not None and context.is_history_navigation


def said_by_address() -> dict[str, str]:
    """The parts of the page's address, as the browser last told them."""
    return dict(st.query_params.to_dict())


def set_in_address(name: str, value: str | None) -> None:
    """Put a value into the address of the page, or take it out."""
    if value is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value


# ---- what pages keep ----


def pinned_snapshot(run: str) -> str | None:
    """The moment of a run under way that the Reconstructions page shows; None where it shows another run or none."""
    pinned_run, snapshot = st.session_state.get("looked-at", ("", ""))
    return snapshot if pinned_run == run else None


def pin_snapshot(run: str, snapshot: str) -> None:
    """Keep showing this moment of a run, though it learns on."""
    st.session_state["looked-at"] = run, snapshot


def cards_that_fit() -> int:
    """Digits on one page of the contact sheet, as many as fit in this browser's window."""
    return int(st.session_state.get("sheet-fits", FIRST_CARDS))


def set_cards_that_fit(n: int) -> None:
    """As the contact sheet has counted them."""
    st.session_state["sheet-fits"] = n


def last_question() -> int:
    """The number of the contact sheet's last question, which the page now answers; 0 before the first."""
    return int(st.session_state.get("sheet-answered", 0))


def set_last_question(number: int) -> None:
    """As the contact sheet has numbered it."""
    st.session_state["sheet-answered"] = number


def trigger_value(component: str, name: str) -> Any:
    """What a component (by its key) has just sent under a name; for the callback of that trigger."""
    return getattr(st.session_state[component], name)


def compared_runs() -> list[str] | None:
    """The ids that the Compare page's choice holds; None before it is drawn first."""
    held = st.session_state.get("compared-runs")
    return None if held is None else list(held)


def set_compared_runs(ids: list[str]) -> None:
    """As the address names them. Only before the choice is drawn, or in a callback."""
    st.session_state["compared-runs"] = ids


# ---- the Train page ----


def form_value(name: str, default: Any = None) -> Any:
    """What the form's widget of this name holds; the default before the form was first filled in."""
    return st.session_state.get(name, default)


def set_form_values(values: Mapping[str, Any]) -> None:
    """What the form's widgets show, by name. Only before they are drawn, or in a callback."""
    st.session_state.update(values)


def locked() -> tuple[str, ...]:
    """What the form shows fixed, as the address asked for."""
    return tuple(st.session_state.get("locked", ()))


def set_locked(names: Iterable[str]) -> None:
    """From now on these are fixed."""
    st.session_state["locked"] = tuple(names)


def address_problems() -> tuple[AutoencoderError, ...]:
    """What made no sense in the address that the form was filled from."""
    return tuple(st.session_state.get("address-problems", ()))


def set_address_problems(problems: Iterable[AutoencoderError]) -> None:
    """As the address was read."""
    st.session_state["address-problems"] = tuple(problems)


def followed_run() -> str | None:
    """The run whose settings the form took over last."""
    return st.session_state.get("followed-run")


def set_followed_run(run: str) -> None:
    """From now on the form is the person's own, until another run is opened."""
    st.session_state["followed-run"] = run


def taken_part() -> str | None:
    """The preset of the challenge that this visitor last took part in."""
    return st.session_state.get("taken-part")


def set_taken_part(preset: str) -> None:
    """As the form was filled in for a challenge."""
    st.session_state["taken-part"] = preset


def forms_filled() -> int:
    """How often the form was filled with the settings of a run since this visit began."""
    return int(st.session_state.get("forms-filled", 0))


def note_form_filled() -> None:
    """It was, and wants to be seen: the button that did it is elsewhere."""
    st.session_state["forms-filled"] = forms_filled() + 1


def fetch_problem() -> str | None:
    """Why the last data set could not be fetched, in the reader's language."""
    return st.session_state.get("fetch-problem")


def set_fetch_problem(said: str | None) -> None:
    """None: the sentence has been read, or another data set is chosen."""
    st.session_state["fetch-problem"] = said


def keep_fetched(dataset: str) -> None:
    """The name of a data set that was fetched after the choice was drawn."""
    st.session_state["fetched"] = dataset


def take_fetched() -> str | None:
    """What `keep_fetched` kept, once."""
    return st.session_state.pop("fetched", None)


@dataclass
class LastStart:
    """The last training that this browser's tab started: when, in monotonic seconds, and the run until it is opened."""

    at: float = -math.inf
    run: str | None = None
    asked: bool = False  # whether the introduction's button was pressed, instead of the form's


def last_start() -> LastStart:
    """One object per session: a script that is ended halfway leaves in it what it has set."""
    started: LastStart = st.session_state.setdefault("last-start", LastStart())
    return started


def awaited_comparison() -> str | None:
    """The run that this visitor started beside another one, until it has ended and the two were shown."""
    return st.session_state.get("awaited-comparison")


def await_comparison(run: str | None) -> None:
    """Show the two once this run has ended; None: they were shown."""
    st.session_state["awaited-comparison"] = run


def ask_to_start() -> None:
    """Start a training when the form is drawn next, as if its button had been pressed."""
    last_start().asked = True
