"""The figures of a run that has ended, beside those of PCA and of the course."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
import streamlit as st

from autoencoder.analysis.metrics import AT_END
from autoencoder.data.baseline import pca_mse
from autoencoder.data.dataset import load_dataset
from autoencoder.runs.run import Run
from autoencoder.settings import GREY_SQUARED
from autoencoder.training.objective import TERMS, objective_of
from autoencoder.training.records import EpochRecord
from server.state import service
from ui.components.descriptions import Figure
from ui.components.mount import mount
from ui.glossary import explained
from ui.labels import say_unlabelled
from ui.session import _, number, plural
from ui.sweep.figures import COLOUR


def results(run: Run) -> None:
    """Draw the figures; nothing where the run was not measured."""
    if run.measures is None:
        return
    found, preset, d = run.measures, run.known_preset, run.architecture.latent_dim
    pca = pca_mse(run.training, d)
    dataset = load_dataset(run.training.dataset)
    n, training = len(dataset), dataset.n_training
    with st.container(horizontal=True, key="results"):
        if found.held_out and found.test_mse is not None:
            on = _("on {n:,} held-out digits", n=n - training)
            _figure(_("Held-out MSE"), found.test_mse, on, explained("Held-out MSE"))
        if found.train_mse is not None:
            _figure(
                _("Training MSE"),
                found.train_mse,
                _("on the {n:,} digits it was trained on", n=training if found.held_out else n),
                explained("Training MSE"),
            )
        if pca is not None:
            _figure(
                _("PCA with {n}", n=plural("{n} component", "{n} components", d)),
                pca,
                _("on {n:,} held-out digits", n=n - training) if found.held_out else _("on the same digits"),
                explained("PCA, MSE"),
            )
        if preset is not None and preset.course_losses:
            _figure(
                _("The course"),
                preset.course_losses[max(preset.course_losses)] / GREY_SQUARED,
                _("its printed loss of the last epoch"),
                _loss_of_last_epoch(run),
            )
        for metric in AT_END:
            value = found.value(metric.name)
            if value is not None and not metric.is_error:
                words = metric.wording
                label, under, meaning = words.results or (words.label, "", words.help)
                help = explained(label, meaning, n=training, m=n - training)
                _metric(_(label), number(value, metric.form), under and _(under), help)
        for term, value in _terms(run).items():
            name = _(TERMS[term])
            _metric(
                f"{name[:1].upper()}{name[1:]}", number(value, ".4g"), _("a term of its loss"), explained(TERMS[term])
            )
        _metric(_("Time"), f"{number(run.seconds, '.1f')} s", _pace(run.epoch, run.seconds))
    say_unlabelled(dataset)
    if not found.held_out:
        st.caption(
            _(
                "All {n:,} digits were trained on, as in the course: no number here tells how it does on digits "
                "that it has never seen.",
                n=n,
            )
        )


def kept_results(run: Run) -> None:
    """What a run's own files have, where its data set is gone: figures without PCA and counts of digits, and losses."""
    found = run.measures
    if records := service().history(run.id).records:
        _losses(records)
    if found is None:
        return
    with st.container(horizontal=True, key="results"):
        for metric in AT_END:
            value = found.value(metric.name)
            if value is None or not metric.keeps_its_label(found.held_out):
                continue
            label = _(metric.wording.results[0] if metric.wording.results else metric.wording.label)
            grey = _("{grey:,.0f} grey²", grey=value * GREY_SQUARED) if metric.is_error else ""
            _metric(label, number(value, metric.form), grey)


def _losses(records: Sequence[EpochRecord]) -> None:
    """The curve by epochs, as plain as it can be."""
    epochs = [record.epoch for record in records]
    st.markdown(f"**{_('Loss')}**")
    figure = kept_losses(
        epochs,
        {_("training"): [record.mse for record in records], _("held out"): [record.val_mse for record in records]},
        axes=(_("epoch"), _("MSE per pixel")),
    )
    mount(Figure(figure=figure.to_json(), label=_("Loss")), key="kept-losses")


def kept_losses(
    epochs: Sequence[int], losses: Mapping[str, Sequence[float | None]], axes: tuple[str, str]
) -> go.Figure:
    """Lines by their names, one hue: the first solid, the others dashed; those without a number are left out."""
    figure = go.Figure()
    for at, (name, values) in enumerate(losses.items()):
        if any(value is not None for value in values):
            line = {"color": COLOUR, "width": 2, "dash": "dash" if at else "solid"}
            told = f"{name}: %{{y:.4f}}<extra></extra>"
            figure.add_scatter(
                x=list(epochs), y=list(values), name=name, mode="lines+markers", line=line, hovertemplate=told
            )
    figure.update_xaxes(title=axes[0], fixedrange=True).update_yaxes(title=axes[1], fixedrange=True)
    margin = {"l": 56, "r": 8, "t": 8, "b": 44}
    return figure.update_layout(height=280, margin=margin, showlegend=True, legend={"orientation": "h", "y": 1.15})


def _terms(run: Run) -> dict[str, float]:
    """Terms of its loss beside the MSE, on the digits that it is judged on."""
    assert run.measures is not None
    weights = objective_of(run.architecture, run.training).weights
    found = {name: run.measures.value(name) for name in weights if name != "mse"}
    return {name: value for name, value in found.items() if value is not None}


def _loss_of_last_epoch(run: Run) -> str:
    """What the course's figure is, and the same of this run: weights change within an epoch, so it is no score."""
    records = service().history(run.id).records
    said = _("The mean loss over the steps of the last epoch, while the weights still changed.")
    return f"{said} {_('In this run: {loss:.4f}.', loss=records[-1].mse)}" if records else said


def _pace(epochs: float, seconds: float) -> str:
    """As epochs a second or, where it takes longer, as seconds an epoch."""
    if seconds > epochs > 0:
        return _("{n:.1f} s an epoch", n=seconds / epochs)
    return _("{n:.1f} epochs a second", n=epochs / max(seconds, 1e-9))


def _figure(label: str, mse: float, on: str, meaning: str | None) -> None:
    under = _("{grey:,.0f} grey² · {on}", grey=mse * GREY_SQUARED, on=on)
    _metric(label, number(mse, ".4f"), under, meaning)


def _metric(label: str, value: str, under: str, help: str | None = None) -> None:
    with st.container(width="content"):
        st.metric(label, value, help=help)
        st.caption(under)
