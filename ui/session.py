"""The one door to what a browser session knows: the service, the owner, the language, the run at hand."""

from __future__ import annotations

import streamlit as st

from autoencoder.errors import AutoencoderError
from autoencoder.runs.run import Run
from server import language as languages
from server.access import permissions
from server.access.codes import access
from server.access.owner import OWNER_COOKIE
from server.language import Translatable, best_language, fill, sentence, translate, translate_plural
from server.state import service

_OF_ONE_RUN = ("x0", "x1", "y0", "y1", "camera", "epoch")  # in an address: of another run's map they mean nothing


def language() -> str:
    """As chosen in the frame; otherwise the browser's."""
    return best_language(st.session_state.get("lang") or st.context.locale)


def _(text: str, **values: object) -> str:
    """The text in the reader's language, its gaps filled in."""
    return fill(translate(text, language()), values, language()) if values else translate(text, language())


def plural(singular: str, plural: str, n: int) -> str:
    return fill(translate_plural(singular, plural, n, language()), {"n": n}, language())


def number(value: float, form: str) -> str:
    """A number as the reader writes it, `form` as in `format`."""
    return languages.number(value, form, language())


def say(said: Translatable) -> str:
    """An error or a notice in the reader's language."""
    return sentence(said, language())


def owner() -> str | None:
    """The secret of this browser, from its cookie."""
    return st.context.cookies.get(OWNER_COOKIE)


def is_mine(run: Run) -> bool:
    return permissions.is_owner(run, owner())


def is_host() -> bool:
    return access().is_host(st.context.cookies)


def may_change(run: Run) -> bool:
    """Whether this browser may pause, stop, rename and delete a run."""
    return permissions.may_change(run, owner(), is_host())


def require_change(run: Run) -> None:
    """Raises NotAllowed."""
    permissions.require_change(run, owner(), is_host())


def run_id() -> str | None:
    """The id that the address names, or that was open on the page before."""
    return st.query_params.get("run") or st.session_state.get("run")


def run_at_hand() -> Run | None:
    """The run that the address names. Says so on the page where there is no such run."""
    asked = run_id()
    if not asked:
        return None
    open_run(asked)
    try:
        return service().run(asked)
    except AutoencoderError as problem:
        st.error(say(problem), icon=":material/error:")
        return None


def open_run(opened: str | None) -> None:
    """Put a run into the address, or take it out."""
    st.session_state["run"] = opened
    if opened is None:
        st.query_params.pop("run", None)
    elif (before := st.query_params.get("run")) != opened:
        st.query_params["run"] = opened
        for name in _OF_ONE_RUN if before else ():  # a link without a run keeps its window
            st.query_params.pop(name, None)
