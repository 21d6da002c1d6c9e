"""What is written of runs that are compared: the settings that differ, and their measures side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import streamlit as st

from autoencoder.analysis.metrics import ComparedWithPca
from autoencoder.choices import OPTIONS, values_of
from autoencoder.data.baseline import pca_mse
from autoencoder.errors import AutoencoderError
from autoencoder.runs.comparison import differing_options, measures_beside
from autoencoder.runs.run import Run
from server.settings_words import name_of, value_of
from server.state import service
from ui.compare.runs import Beside
from ui.labels import has_labels
from ui.session import _, language, number


def show_settings_that_differ(chosen: Sequence[Beside]) -> None:
    """A row for each option whose values are not the same."""
    names = differing_options([each.run for each in chosen])
    if not names:
        st.caption(_("All settings of these runs are the same, the seed too."))
        return
    values = [values_of(each.run.architecture, each.run.training) for each in chosen]
    rows = [
        (name_of(OPTIONS[name], language()), [escape(value_of(OPTIONS[name], of[name], language())) for of in values])
        for name in names
    ]
    st.html(_table(_("Settings that differ"), chosen, rows))


def show_measures(chosen: Sequence[Beside]) -> None:
    """A row for each metric, the best marked; what is computed on demand comes when it is there."""
    compared = {each.run.id: found for each in chosen if (found := _compared(each.run)) is not None}
    rows = []
    for row in measures_beside([each.run for each in chosen], compared):
        cells = [_cell(value, row.metric.form, best=i in row.best) for i, value in enumerate(row.values)]
        rows.append((_(row.metric.wording.label), cells))
    rows += _facts(chosen)
    st.html(_table(_("Measures"), chosen, rows))
    unlabelled = ", ".join(each.letter for each in chosen if not has_labels(each.run))
    if unlabelled:
        st.caption(
            _("{letters}: images without labels, and so without the measures that need them.", letters=unlabelled)
        )
    judged = {each.letter: each.run.training.holds_out for each in chosen}
    if len(set(judged.values())) > 1:
        letters = ", ".join(letter for letter, holds_out in judged.items() if not holds_out)
        st.caption(_("{letters}: judged on digits that were trained on, and so never the best.", letters=letters))
    if any(each.run.ended and each.run.measures and each.run.id not in compared for each in chosen):
        _measuring(tuple(each.run.id for each in chosen if each.run.ended and each.run.measures))


@st.fragment(run_every=2.0)
def _measuring(ids: tuple[str, ...]) -> None:
    """Look again every two seconds until the cluster has measured all of them."""
    if all(service().compared(run_id) is not None for run_id in ids):
        st.rerun()
    st.caption(_("More is being measured: a few seconds a run, on the cluster."))


def _compared(run: Run) -> ComparedWithPca | None:
    if not run.ended or run.measures is None:
        return None
    try:
        return service().compared(run.id)
    except AutoencoderError:  # such as a data set that is gone: what was measured at the end remains
        return None


def _facts(chosen: Sequence[Beside]) -> list[tuple[str, list[str]]]:
    """What is no better or worse, but belongs to the measures."""
    runs = [each.run for each in chosen]
    return [
        (_("PCA with as many dimensions"), [_cell(_pca(run), ".4f") for run in runs]),
        (_("Parameters"), [number(run.architecture.parameter_count, ",") for run in runs]),
        (_("Epochs done"), [number(run.epoch, ".4g") for run in runs]),
        (_("Time"), [f"{number(run.seconds, '.1f')} s" for run in runs]),
    ]


def _pca(run: Run) -> float | None:
    try:
        return pca_mse(run.training, run.architecture.latent_dim)
    except AutoencoderError:
        return None


def _cell(value: float | None, form: str, *, best: bool = False) -> str:
    """A number as HTML; the best is told by more than its colour."""
    if value is None:
        return "–"
    said = number(value, form)
    return f'<b class="lab-best" title="{escape(_("best"))}">{said}</b>' if best else said


def _table(caption: str, chosen: Iterable[Beside], rows: Iterable[tuple[str, list[str]]]) -> str:
    heads = "".join(
        f'<th scope="col">{letter_of(each)} <span class="lab-title">{escape(each.title)}</span></th>' for each in chosen
    )
    lines = "".join(
        f'<tr><th scope="row">{escape(name)}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
        for name, cells in rows
    )
    head = f"<caption>{escape(caption)}</caption><thead><tr><td></td>{heads}</tr></thead>"
    return f'<div class="lab-beside"><table>{head}<tbody>{lines}</tbody></table></div>'


def letter_of(each: Beside) -> str:
    """The letter of a run on its colour, as HTML."""
    return f'<span class="lab-letter" style="--lab-run: {each.colour}">{each.letter}</span>'
