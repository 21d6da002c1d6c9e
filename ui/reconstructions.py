"""The parts of the Reconstructions page: the contact sheet with one digit beside it, and the latent sliders.

What is looked at stands in the address and nowhere else, so that a link shows the same.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from autoencoder.data import Dataset, load_dataset, pca_baseline
from autoencoder.errors import AutoencoderError
from autoencoder.latent import LatentSpace
from autoencoder.network import Array, Network, grey
from autoencoder.reconstructions import (
    PARTS,
    WAYS,
    Choice,
    NoSuchDigit,
    Part,
    Sliders,
    check_index,
    chosen_digits,
    nearest_codes,
    pca_errors,
    pca_reconstruct,
    percentile,
    rows_of,
    sliders,
)
from autoencoder.store import Run
from ui.components import contact_sheet, latent_sliders
from ui.latent_routes import moment, network_of, space_of
from ui.once import once
from ui.session import _, say, service

_ADDRESS = ("by", "of", "label", "index", "seed", "start", "digit", "difference", "pca")
_MOST_CARDS = 96


@dataclass(frozen=True)
class View:
    """What the address says of the page."""

    choice: Choice
    index: str = "0"  # as it was typed
    start: int = 0  # place of the page's first card in the order of the choice
    digit: int | None = None  # the one that is open; None: the first of the page
    difference: bool = False
    pca: bool = False


@dataclass(frozen=True, eq=False)
class Looked:
    """A run at a moment of its training, and what the page asks of it."""

    run: Run
    moment: str
    dataset: Dataset
    network: Network
    space: LatentSpace

    @property
    def held_out_errors(self) -> Array:
        return self.space.errors[self.dataset.held_out]

    @property
    def pca_components(self) -> int:
        """As many as the code has numbers; 0 where the yardstick ends before."""
        d = self.run.architecture.latent_dim
        return d if d <= len(pca_baseline(self.dataset).components) else 0


def look_at(run: Run) -> Looked:
    """Raises RunUnreadable where nothing has been learned yet."""
    at, dataset = _pinned(run), load_dataset(run.training.dataset)
    with st.spinner(_("Passing {n:,} digits through the network …", n=len(dataset))):
        return Looked(run, at, dataset, network_of(run.id, at), space_of(run.id, at))


def look_again(run: Run) -> None:
    """For a run that learns on: what is shown stays as it was until it is asked for anew."""
    if not run.ended and st.button(
        _("Show what it has learned since"), icon=":material/refresh:", key="look-again", type="tertiary"
    ):
        st.session_state["looked-at"] = run.id, moment(run)
        st.rerun()


def _pinned(run: Run) -> str:
    known: tuple[str, str] = st.session_state.get("looked-at", ("", ""))
    if run.ended or known[0] != run.id:
        known = st.session_state["looked-at"] = run.id, moment(run)
    return known[1]


# ---- the address ----


def view_of(address: Mapping[str, str]) -> View:
    """Nonsense in an address is left out; a number of a digit that makes no sense is said where it is looked up."""
    way, part, typed = address.get("by", ""), address.get("of", ""), address.get("index", "0")
    digit = _number(address.get("digit"), most=10**9)
    return View(
        Choice(
            way=way if way in WAYS else "first",
            part=part if part in PARTS else "all",
            label=_number(address.get("label"), most=9) or 0,
            index=_typed_index(typed),
            seed=_number(address.get("seed"), most=2**32 - 1) or 0,
        ),
        index=typed[:12],
        start=_number(address.get("start"), most=10**9) or 0,
        digit=digit,
        difference=address.get("difference") == "1",
        pca=address.get("pca") == "1",
    )


def _number(text: str | None, most: int) -> int | None:
    plain = text or ""
    return int(plain) if plain.isascii() and plain.isdecimal() and len(plain) < 12 and int(plain) <= most else None


def _typed_index(text: str) -> int:
    """A number as people type it, with or without separators; -1, which is no digit, for anything else."""
    number = _number(text.strip().replace(",", "").replace(".", "").replace(" ", ""), most=10**9)
    return -1 if number is None else number


def _asked(changes: object) -> None:
    """What the sheet asks for goes into the address; the page is drawn from there."""
    if not isinstance(changes, dict):
        return
    for name in _ADDRESS:
        if name in changes:
            value = changes[name]
            if value is None:
                st.query_params.pop(name, None)
            else:
                st.query_params[name] = str(value)[:20]
    if isinstance(fits := changes.get("fits"), int):
        st.session_state["sheet-fits"] = min(_MOST_CARDS, max(1, fits))


# ---- the contact sheet ----


def show_sheet(looked: Looked) -> int | None:
    """Draws it; the digit that is open beside it."""
    view = view_of(st.query_params)
    try:
        digits, problem = chosen_digits(view.choice, looked.dataset, looked.space.errors), None
    except NoSuchDigit as error:
        digits, problem = np.zeros(0, int), say(error)
    paged = view.choice.way != "first"
    size = int(st.session_state.get("sheet-fits", 15)) if paged else max(1, len(digits))
    start = _page_start(view.start, size, len(digits))
    shown = digits[start : start + size]
    opened, problem = _opened(view, shown, looked.dataset, problem)
    data = {
        "view": {
            "by": view.choice.way,
            "of": view.choice.part,
            "label": view.choice.label,
            "index": view.index,
            "difference": view.difference,
            "pca": view.pca,
        },
        "problem": problem,
        "paged": paged and problem is None,
        "size": size,
        "start": start,
        "total": len(digits),
        "page": start // size + 1,
        "pages": max(1, -(-len(digits) // size)),
        "counts": {part: _count(part, looked.dataset) for part in PARTS},
        "cards": _cards(looked, shown, with_pca=view.pca),
        "detail": None if opened is None else _detail(looked, opened),
        **_yardsticks(looked),
    }
    contact_sheet(data, key=f"sheet-{looked.run.id}", asked=_asked)
    return opened


def _page_start(start: int, size: int, total: int) -> int:
    """The page that holds a place in the order, however many cards a page has here."""
    return min(start, max(0, total - 1)) // size * size


def _opened(view: View, shown: Array, dataset: Dataset, problem: str | None) -> tuple[int | None, str | None]:
    if view.digit is None:
        return (int(shown[0]) if len(shown) else None), problem
    try:
        check_index(view.digit, "all", dataset)
    except AutoencoderError as error:
        return None, problem or say(error)
    return view.digit, problem


def _count(part: Part, dataset: Dataset) -> int:
    rows = rows_of(part, dataset)
    return rows.stop - rows.start


def _yardsticks(looked: Looked) -> dict[str, Any]:
    errors = looked.held_out_errors
    return {
        "scale": float(np.percentile(errors, 99)),
        "worth": float(errors.mean()),
        "judged_on": len(errors),
        "held_out": looked.run.training.digits == "training",
        "latent_dim": looked.run.architecture.latent_dim,
        "pca_components": looked.pca_components,
    }


def _cards(looked: Looked, digits: Array, with_pca: bool) -> dict[str, Any]:
    images, d = looked.dataset.images[digits], looked.pca_components if with_pca else 0
    baseline = pca_baseline(looked.dataset)
    return {
        "indices": digits.tolist(),
        "labels": looked.dataset.labels[digits].tolist(),
        "errors": looked.space.errors[digits].tolist(),
        "originals": _text(images),
        "reconstructions": _text(grey(looked.network.decode(looked.space.codes[digits]))),
        "pca": _text(grey(pca_reconstruct(baseline, images, d))) if d else None,
        "pca_errors": pca_errors(baseline, images, d).tolist() if d else None,
    }


def _detail(looked: Looked, digit: int) -> dict[str, Any]:
    card = _cards(looked, np.array([digit]), with_pca=True)
    pictures = [base64.b64decode(card[kind]) for kind in ("originals", "reconstructions", "pca") if card[kind]]
    error, ranges = float(looked.space.errors[digit]), _sliders_of(looked.run.id, looked.moment)
    return {
        "index": digit,
        "label": card["labels"][0],
        "training": digit < looked.dataset.n_training,
        "error": error,
        "pca_error": card["pca_errors"][0] if card["pca_errors"] else None,
        "percentile": percentile(looked.held_out_errors, error),
        "pictures": base64.b64encode(b"".join(pictures)).decode(),
        "code": looked.space.codes[digit].tolist(),
        "low": ranges.low.tolist(),
        "high": ranges.high.tolist(),
        "average": ranges.average.tolist(),
        "neighbours": _neighbours(looked, digit),
        "map": f"/latent_space?run={looked.run.id}&digit={digit}",
    }


def _neighbours(looked: Looked, digit: int) -> dict[str, Any]:
    nearest = nearest_codes(looked.space.codes, digit)
    return {
        "indices": nearest.tolist(),
        "labels": looked.dataset.labels[nearest].tolist(),
        "images": _text(looked.dataset.images[nearest]),
    }


def _text(images: Array) -> str:
    """(n, 784) uint8 as base64: bytes do not survive inside a component's data."""
    return base64.b64encode(images.tobytes()).decode()


# ---- the sliders ----


def show_sliders(looked: Looked, opened: int | None) -> None:
    ranges = _sliders_of(looked.run.id, looked.moment)
    digit = None if opened is None else {
        "index": opened,
        "label": int(looked.dataset.labels[opened]),
        "code": looked.space.codes[opened].tolist(),
    }  # fmt: skip
    data = {
        "decoder": f"/api/runs/{looked.run.id}/decoder?at={looked.moment}",
        "digit": digit,
        "dimensions": list(ranges.dimensions),
        "low": ranges.low.tolist(),
        "high": ranges.high.tolist(),
        "average": ranges.average.tolist(),
        "by_label": ranges.by_label.tolist(),
    }
    latent_sliders(data, key=f"sliders-{looked.run.id}")


@once(maxsize=8)
def _sliders_of(run_id: str, moment: str) -> Sliders:
    space = space_of(run_id, moment)
    return sliders(space.codes, _dataset_of(run_id).labels)


def _dataset_of(run_id: str) -> Dataset:
    return load_dataset(service().run(run_id).training.dataset)
