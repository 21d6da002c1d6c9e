"""The parts of the Reconstructions page: the contact sheet with one digit beside it, and the latent sliders.

What is looked at stands in the address and nowhere else, so that a link shows the same.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import streamlit as st

from autoencoder.analysis.digits import (
    PARTS,
    Part,
    Sliders,
    check_index,
    chosen_digits,
    percentile,
    rows_of,
    sliders,
)
from autoencoder.analysis.latent_space import LatentSpace, LazyLatentSpace
from autoencoder.analysis.neighbours import nearest_codes
from autoencoder.data.baseline import pca_baseline
from autoencoder.data.corruption import corrupted
from autoencoder.data.dataset import Dataset, load_dataset
from autoencoder.errors import AutoencoderError, NoSuchDigit, RunUnreadable
from autoencoder.network.grey_levels import grey
from autoencoder.network.pca import Pca
from autoencoder.network.protocol import Array, Model
from autoencoder.runs.run import Run
from server.addresses import decoder_url, map_page_url
from server.cache import cached
from server.snapshots import is_kept, latent_space_at, model_at, snapshot_of
from server.state import service
from ui.components import descriptions
from ui.components.descriptions import Cards, Detail, Neighbours, PartCounts, Sheet, SheetView, SlidersDigit
from ui.components.mount import mount
from ui.labels import say_unlabelled
from ui.reconstructions.error_charts import (
    Judged,
    held_out_pca_errors,
    show_confused_pairs,
    show_distribution,
    show_errors_by_label,
)
from ui.reconstructions.query import MOST_CARDS, View, take, view_of
from ui.session import _, cards_that_fit, last_question, pin_snapshot, pinned_snapshot, say_to_component


@dataclass(frozen=True, eq=False)
class Looked:
    """A run at one moment of its training: its model, and the codes and errors of all digits."""

    run: Run
    snapshot: str
    dataset: Dataset
    model: Model
    space: LatentSpace | LazyLatentSpace

    @property
    def held_out_errors(self) -> Array:
        """(n held out,) MSE per digit on [0, 1]."""
        return self.space.errors_of(self.dataset.held_out)

    @cached_property
    def pca(self) -> Pca | None:
        """PCA with as many components as the code has numbers; None where fewer are kept."""
        return pca_baseline(self.dataset).model(self.model.latent_dim)

    @property
    def pca_components(self) -> int:
        """0 where there is no such PCA."""
        return self.pca.latent_dim if self.pca else 0


def look_at(run: Run) -> Looked:
    """Raises RunUnreadable where nothing has been learned yet, or nothing that can be shown; SnapshotGone."""
    at, dataset = _pinned(run), load_dataset(run.training.dataset)
    model = model_at(run.id, at)
    with st.spinner(_("Passing {n:,} digits through the network …", n=len(dataset))):
        space = latent_space_at(run.id, at)
        finite = np.isfinite(space.codes).all() and np.isfinite(space.errors_of(dataset.held_out)).all()
    if not finite:
        raise RunUnreadable(
            "The numbers of run {run} have become infinite. Wait until it has ended: its last good weights are kept.",
            run=run.id,
        )
    return Looked(run, at, dataset, model, space)


def look_again(run: Run) -> None:
    """For a run that learns on: what is shown stays as it was until it is asked for anew."""
    if not run.ended and st.button(
        _("Show what it has learned since"), icon=":material/refresh:", key="look-again", type="tertiary"
    ):
        pin_snapshot(run.id, snapshot_of(run))
        st.rerun()


def _pinned(run: Run) -> str:
    """The moment of a run to show: the one shown before, as long as its weights can be had."""
    pinned = pinned_snapshot(run.id)
    if run.ended or pinned is None or not is_kept(run.id, pinned):
        pinned = snapshot_of(run)
        pin_snapshot(run.id, pinned)
    return pinned


# ---- the contact sheet ----


def show_sheet(looked: Looked) -> int | None:
    """Draws it; the digit that is open beside it."""
    view = view_of(st.query_params, len(looked.dataset.shown_classes))
    try:
        digits, problem = chosen_digits(view.choice, looked.dataset, looked.space.errors_of), None
    except NoSuchDigit as error:
        digits, problem = np.zeros(0, int), say_to_component(error)
    paged = view.choice.way != "first"
    size = cards_that_fit() if paged else max(1, len(digits))
    start = _page_start(view.start, size, len(digits))
    shown = digits[start : start + size]
    opened, problem = _opened(view, shown, looked.dataset, problem)
    errors = looked.held_out_errors
    described = Sheet(
        view=SheetView(
            by=view.choice.way,
            of=view.choice.part,
            label=view.choice.label,
            index=view.index,
            difference=view.difference,
            pca=view.pca,
            noisy=view.noisy,
        ),
        denoises=looked.run.training.denoises,
        answered=last_question(),
        problem=problem,
        paged=paged and problem is None,
        size=size,
        most=MOST_CARDS,
        start=start,
        total=len(digits),
        page=start // size + 1,
        pages=max(1, -(-len(digits) // size)),
        counts=PartCounts(**{part: _count(part, looked.dataset) for part in PARTS}),
        cards=_cards(looked, shown, with_pca=view.pca, with_noise=view.noisy),
        detail=None if opened is None else _detail(looked, opened),
        scale=float(np.percentile(errors, 99)),
        worth=float(errors.mean()),
        judged_on=len(errors),
        held_out=looked.run.training.holds_out,
        latent_dim=looked.run.architecture.latent_dim,
        pca_components=looked.pca_components,
        classes=looked.dataset.shown_classes,
    )
    mount(described, key=f"sheet-{looked.run.id}", on_request=take)
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
        return None, problem or say_to_component(error)
    return view.digit, problem


def _count(part: Part, dataset: Dataset) -> int:
    rows = rows_of(part, dataset)
    return rows.stop - rows.start


def _cards(looked: Looked, digits: Array, with_pca: bool, with_noise: bool) -> Cards:
    images, pca = looked.dataset.images[digits], looked.pca if with_pca else None
    training, model = looked.run.training, looked.model
    noisy = corrupted(images, digits, training) if with_noise and training.denoises else None
    codes = None if noisy is None else model.encode(noisy)
    return Cards(
        indices=tuple(digits.tolist()),
        file_rows=None if looked.dataset.rows is None else tuple(looked.dataset.rows[digits].tolist()),
        labels=tuple(looked.dataset.labels[digits].tolist()),
        errors=tuple(looked.space.errors_of(digits).tolist()),
        originals=_text(images),
        reconstructions=_text(grey(looked.model.decode(looked.space.codes[digits]))),
        pca=_text(grey(pca.reconstruct(images))) if pca else None,
        pca_errors=tuple(pca.errors(images, pca.encode(images)).tolist()) if pca else None,
        noisy=None if noisy is None else _text(noisy),
        denoised=None if codes is None else _text(grey(model.decode(codes))),
        denoised_errors=None if codes is None else tuple(model.errors(images, codes).tolist()),
    )


def _detail(looked: Looked, digit: int) -> Detail:
    card = _cards(looked, np.array([digit]), with_pca=True, with_noise=True)
    ranges = _sliders_of(looked.run.id, looked.snapshot)
    return Detail(
        index=digit,
        file_row=card.file_rows[0] if card.file_rows else None,
        label=card.labels[0],
        training=digit < looked.dataset.n_training,
        error=card.errors[0],
        pca_error=card.pca_errors[0] if card.pca_errors else None,
        denoised_error=card.denoised_errors[0] if card.denoised_errors else None,
        percentile=percentile(looked.held_out_errors, card.errors[0]),
        pictures=_joined(card.originals, card.reconstructions, card.pca or ""),
        noisy=_joined(card.noisy, card.denoised) if card.noisy and card.denoised else None,
        code=tuple(looked.space.codes[digit].tolist()),
        low=tuple(ranges.low.tolist()),
        high=tuple(ranges.high.tolist()),
        average=tuple(ranges.average.tolist()),
        neighbours=_neighbours(looked, digit),
        map_url=map_page_url(looked.run.id, digit),
    )


def _neighbours(looked: Looked, digit: int) -> Neighbours:
    nearest = nearest_codes(looked.space.codes, digit)
    return Neighbours(
        indices=tuple(nearest.tolist()),
        labels=tuple(looked.dataset.labels[nearest].tolist()),
        images=_text(looked.dataset.images[nearest]),
    )


def _joined(*shown: str) -> str:
    return base64.b64encode(b"".join(map(base64.b64decode, shown))).decode()


def _text(images: Array) -> str:
    """(n, 784) uint8 as base64: bytes do not survive inside a component's data."""
    return base64.b64encode(images.tobytes()).decode()


# ---- where it is good and bad ----


def show_quality(looked: Looked, opened: int | None) -> None:
    """Errors by label, their distribution with that of the open digit, and the labels that mix most."""
    digits, judged = _judged_on(looked), _judged(looked)
    with st.container(horizontal=True, vertical_alignment="center", key="quality"):
        st.subheader(_("Where it is good, and where it is bad"), anchor=False)
        among = _("Among {digits}", digits=digits)
        if st.button(_("Worst first"), icon=":material/sort:", key="worst-first", help=among):
            take({"by": "worst", "of": "held_out", "start": None, "digit": None})
            st.rerun()
    marked = None if opened is None else (opened, float(looked.space.errors_of(np.array([opened]))[0]))
    if not looked.dataset.labelled:
        show_distribution(judged, marked, digits)
        say_unlabelled(looked.dataset)
        return
    labels, distribution, confused = st.columns([1.2, 1.2, 0.8], gap="large")
    with labels:
        show_errors_by_label(judged, digits)
    with distribution:
        show_distribution(judged, marked, digits)
    with confused:
        show_confused_pairs(looked.run.id, looked.snapshot, looked.dataset.classes)


def _judged(looked: Looked) -> Judged:
    return Judged(
        run_id=looked.run.id,
        snapshot=looked.snapshot,
        fingerprint=looked.dataset.fingerprint,
        dataset=looked.dataset,
        errors=looked.held_out_errors,
        pca=held_out_pca_errors(looked.dataset, looked.model.latent_dim),
        components=looked.pca_components,
    )


def _judged_on(looked: Looked) -> str:
    n = len(looked.held_out_errors)
    if looked.run.training.holds_out:
        return _("{n:,} held-out digits", n=n)
    return _("the last {n:,} digits, trained on too", n=n)


# ---- the sliders ----


def show_sliders(looked: Looked, opened: int | None) -> None:
    """The latent sliders, beginning at the open digit."""
    ranges = _sliders_of(looked.run.id, looked.snapshot)
    digit = None if opened is None else SlidersDigit(
        index=opened,
        label=int(looked.dataset.labels[opened]),
        code=tuple(looked.space.codes[opened].tolist()),
    )  # fmt: skip
    described = descriptions.Sliders(
        decoder_url=decoder_url(looked.run.id, looked.snapshot),
        digit=digit,
        dimensions=ranges.dimensions,
        low=tuple(ranges.low.tolist()),
        high=tuple(ranges.high.tolist()),
        average=tuple(ranges.average.tolist()),
        by_label=tuple(tuple(code) for code in ranges.by_label.tolist()),
        classes=looked.dataset.shown_classes,
    )
    mount(described, key=f"sliders-{looked.run.id}")


@cached(maxsize=8)
def _sliders_of(run_id: str, snapshot: str) -> Sliders:
    space = latent_space_at(run_id, snapshot)
    dataset = _dataset_of(run_id)
    return sliders(space.codes, dataset.labels, len(dataset.shown_classes))


def _dataset_of(run_id: str) -> Dataset:
    return load_dataset(service().run(run_id).training.dataset)
