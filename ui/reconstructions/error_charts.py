"""Where a model is good and where it is bad: error by label, distribution of errors, labels that it confuses."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from html import escape
from threading import Thread

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from autoencoder.analysis.digits import mean_by_label
from autoencoder.analysis.neighbours import Neighbourhoods
from autoencoder.colours import PCA_SURFACE, SHAPES, colour_of, shape_of
from autoencoder.data.baseline import pca_baseline
from autoencoder.data.dataset import Dataset, load_dataset
from autoencoder.network.protocol import Array
from autoencoder.settings import GREY_SQUARED
from server.cache import cached
from server.snapshots import neighbourhoods_at
from ui.components.descriptions import Figure
from ui.components.mount import mount
from ui.session import _, language, number

NETWORK_COLOUR = "#4a86c5"  # none of the digits'
MARK = {"color": "#e76300", "width": 2}
BINS = 50
MOST_TICKS = 40  # names under the bars of labels
KEPT_BYTES = 1_000_000  # of charts of each kind, as they are sent: some hundreds
_TALL = 300  # pixels


@dataclass(frozen=True)
class Judged:
    """The held-out digits as a run reconstructs them; equal to any other of the same run at the same moment."""

    run_id: str
    snapshot: str
    fingerprint: str  # of the data set
    dataset: Dataset = field(compare=False)
    errors: Array = field(compare=False)  # (n,) of the model, MSE on [0, 1]
    pca: Array | None = field(compare=False)  # (n,) the same of PCA, None where it is not kept
    components: int  # of that PCA


def show_errors_by_label(judged: Judged, digits: str) -> None:
    """Bars: the mean error of each label by the model and by PCA; `digits` says how many were judged."""
    st.markdown(f"**{_('Error by label')}**")
    _show(_errors_by_label(judged, language()), _("Error by label"), "errors-by-label")
    said = _("Coloured: this network. Grey: PCA with {n}. On {digits}.", n=judged.components, digits=digits)
    st.caption(said)


@cached(KEPT_BYTES, weight=len)
def _errors_by_label(judged: Judged, _language: str) -> str:
    dataset, pca = judged.dataset, judged.pca
    labels, classes = dataset.labels[dataset.held_out], dataset.n_classes
    return str(
        by_label_figure(
            mean_by_label(judged.errors, labels, classes),
            None if pca is None else mean_by_label(pca, labels, classes),
            classes=dataset.shown_classes,
            names=(_("this network"), _("PCA with {n}", n=judged.components)),
            axes=(_("label"), _("MSE per pixel")),
            unit=_("grey²"),
        ).to_json()
    )


def show_distribution(judged: Judged, marked: tuple[int, float] | None, digits: str) -> None:
    """`marked`: a digit and its error."""
    st.markdown(f"**{_('Distribution of errors')}**")
    _show(_distribution(judged, marked, language()), _("Distribution of errors"), "distribution")
    median = float(np.median(judged.errors))
    st.caption(
        _(
            "Blue: this network, median {median:.4f} ({grey:,.0f} grey²). Grey line: PCA. The last bar holds all "
            "larger errors. On {digits}.",
            median=median,
            grey=median * GREY_SQUARED,
            digits=digits,
        )
    )


@cached(KEPT_BYTES, weight=len)
def _distribution(judged: Judged, marked: tuple[int, float] | None, _language: str) -> str:
    return str(
        distribution_figure(
            judged.errors,
            judged.pca,
            None if marked is None else (_("digit {index}", index=number(marked[0], ",")), marked[1]),
            axes=(_("MSE per pixel"), _("digits")),
        ).to_json()
    )


def show_confused_pairs(run_id: str, snapshot: str, classes: tuple[str, ...]) -> None:
    """The labels that mix most, as soon as the neighbours of all digits are known."""
    st.markdown(f"**{_('Most confused')}**")
    found = _neighbourhoods_in_background(run_id, snapshot)
    if found.done():
        pairs = found.result().pairs
        if pairs:
            said = [(first, second, share, number(share, ".1%")) for first, second, share in pairs]
            st.html(pair_bars(said, classes))
        else:
            st.write(_("No two labels mix here."))
        st.caption(
            _(
                "Labels whose codes lie among each other's 15 nearest, and their share of all such mixing. "
                "On all digits, training ones too."
            )
        )
    else:
        _wait_for(found)


@st.fragment(run_every=1.0)
def _wait_for(found: Future[Neighbourhoods]) -> None:
    st.caption(_("Comparing the neighbours of all digits …"))
    if found.done():
        st.rerun()


@cached(maxsize=8)
def _neighbourhoods_in_background(run_id: str, snapshot: str) -> Future[Neighbourhoods]:
    """Seconds with 8 dimensions, more with 32: nothing else on the page waits for it."""
    found: Future[Neighbourhoods] = Future()

    def find() -> None:
        try:
            found.set_result(neighbourhoods_at(run_id, snapshot))
        except Exception as problem:
            found.set_exception(problem)

    Thread(target=find, daemon=True).start()  # not a pool: its threads would hold up the server's end
    return found


def held_out_pca_errors(dataset: Dataset, components: int) -> Array | None:
    """(n,) MSE per held-out digit with so many principal components; None if fewer are stored."""
    return _held_out_pca_errors(dataset.fingerprint, dataset.name, components)


@cached(maxsize=8)
def _held_out_pca_errors(_fingerprint: str, name: str, components: int) -> Array | None:
    """By fingerprint, too: another set may be fetched under the same name."""
    dataset = load_dataset(name)
    pca, images = pca_baseline(dataset).model(components), dataset.images[dataset.held_out]
    return None if pca is None else pca.errors(images, pca.encode(images))


def _show(figure: str, label: str, key: str) -> None:
    mount(Figure(figure=figure, label=label), key=key)


# ---- figures: arrays in, figure out ----


def by_label_figure(
    model: Array,
    pca: Array | None,
    classes: tuple[str, ...],
    names: tuple[str, str],
    axes: tuple[str, str],
    unit: str = "grey²",
) -> go.Figure:
    """Two times (classes,) mean errors -> bars side by side, the model's in the colours of the classes."""
    bars = [_bars(model, names[0], [colour_of(label) for label in range(len(classes))], unit)]
    if pca is not None:
        bars.append(_bars(pca, names[1], PCA_SURFACE, unit))
    figure = go.Figure(bars)
    named = range(0, len(classes), -(-len(classes) // MOST_TICKS))
    ticks = {"tickvals": list(named), "ticktext": [classes[label] for label in named]}
    figure.update_xaxes(title=axes[0], showgrid=False, **ticks)
    return _finished(figure, axes[1]).update_layout(barmode="group", bargap=0.25)


def _bars(errors: Array, name: str, colour: str | list[str], unit: str) -> go.Bar:
    return go.Bar(
        x=list(range(len(errors))),
        y=[None if np.isnan(error) else float(error) for error in errors],
        customdata=[float(error) * GREY_SQUARED for error in np.nan_to_num(errors)],
        name=name,
        marker_color=colour,
        hovertemplate=f"{name}, %{{x}}: %{{y:.4f}} MSE (%{{customdata:,.0f}} {unit})<extra></extra>",
    )


def distribution_figure(
    errors: Array, pca: Array | None, marked: tuple[str, float] | None, axes: tuple[str, str]
) -> go.Figure:
    """(n,) errors -> histogram; PCA's as a line; one error marked, with its name."""
    most = float(max(np.percentile(each, 99.5) for each in (errors, pca) if each is not None)) or 1.0
    edges = np.linspace(0, most, BINS + 1)
    middles = ((edges[1:] + edges[:-1]) / 2).tolist()
    figure = go.Figure(
        go.Bar(
            x=middles,
            y=_counts(errors, edges),
            marker_color=NETWORK_COLOUR,
            hovertemplate="%{x:.4f} MSE: %{y:,}<extra></extra>",
        )
    )
    if pca is not None:
        line = {"color": "rgb(128, 128, 128)", "width": 1.5, "shape": "hvh"}
        figure.add_scatter(x=middles, y=_counts(pca, edges), mode="lines", line=line, hoverinfo="skip")
    if marked is not None:
        name, error = marked
        side = "left" if error > most / 2 else "right"
        figure.add_vline(
            x=min(error, most), line=MARK, annotation_text=name, annotation_position=f"top {side}", annotation_yshift=18
        )
    figure.update_xaxes(title=axes[0], range=[0, most], showgrid=False)
    return _finished(figure, axes[1]).update_layout(bargap=0)


def _counts(errors: Array, edges: Array) -> list[int]:
    counts, _edges = np.histogram(np.minimum(errors, edges[-1]), edges)
    return [int(count) for count in counts]


def _finished(figure: go.Figure, title: str) -> go.Figure:
    figure.update_xaxes(fixedrange=True).update_yaxes(title=title, fixedrange=True)
    return figure.update_layout(height=_TALL, margin={"l": 56, "r": 8, "t": 24, "b": 40}, showlegend=False)


def pair_bars(pairs: Sequence[tuple[int, int, float, str]], classes: tuple[str, ...]) -> str:
    """Pairs of labels, their share of all mixing and the same in words -> HTML, a thin bar each."""
    most = pairs[0][2]
    rows = "".join(_pair_bar(first, second, classes, said, share / most) for first, second, share, said in pairs)
    return f'<ol data-testid="confused" style="list-style:none;margin:0;padding:0;display:grid;gap:14px">{rows}</ol>'


def _pair_bar(first: int, second: int, classes: tuple[str, ...], share: str, filled: float) -> str:
    left, right = colour_of(first), colour_of(second)
    return (
        '<li style="display:grid;grid-template-columns:1fr auto;gap:4px 12px;margin:0;padding:0;'
        'font-variant-numeric:tabular-nums">'
        f"<b>{_mark(first)}{escape(classes[first])} – {_mark(second)}{escape(classes[second])}</b><span>{share}</span>"
        '<span style="grid-column:1/-1;height:6px;border-radius:3px;'
        'background:color-mix(in srgb, currentColor 14%, transparent)">'
        f'<i style="display:block;height:100%;border-radius:3px;width:{100 * filled:.0f}%;'
        f'background:linear-gradient(90deg,{left} 50%,{right} 50%)"></i></span></li>'
    )


def _mark(label: int) -> str:
    """The shape of a label in its colour, before its name; nothing for the first ten, whose colours are their own."""
    if shape_of(label) == 0:
        return ""
    style = f"background:{colour_of(label)};clip-path:{SHAPES[shape_of(label)]}"
    return f'<i style="display:inline-block;width:9px;height:9px;margin-right:4px;{style}"></i>'
