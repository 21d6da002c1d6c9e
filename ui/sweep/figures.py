"""The curve of a sweep: arrays in, figure out."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from autoencoder.colours import PCA_COLOUR
from autoencoder.runs.sweep_points import Mean

COLOUR = "#2a6fc0"
_TALL = 340  # pixels


def curve_figure(
    ticks: Sequence[str],
    means: Sequence[Mean],
    pca: Sequence[float | None] | None,
    axes: tuple[str, str],
    names: tuple[str, str],
) -> go.Figure:
    """Errors at evenly spaced values, `ticks`, each with its spread over the seeds; PCA's as a dashed line."""
    at = list(range(len(ticks)))
    known = [(x, mean) for x, mean in zip(at, means, strict=True) if mean.mean is not None]
    figure = go.Figure(
        go.Scatter(
            x=[x for x, _mean in known],
            y=[mean.mean for _x, mean in known],
            error_y={
                "array": [(mean.high or 0) - (mean.mean or 0) for _x, mean in known],
                "arrayminus": [(mean.mean or 0) - (mean.low or 0) for _x, mean in known],
                "visible": any(len(mean.points) > 1 for _x, mean in known),
            },
            name=names[0],
            mode="lines+markers",
            line={"color": COLOUR, "width": 2},
            marker={"size": 8},
            hovertemplate=f"{names[0]}: %{{y:.4f}}<extra></extra>",
        )
    )
    if pca is not None:
        figure.add_scatter(
            x=at,
            y=list(pca),
            name=names[1],
            mode="lines+markers",
            line={"color": PCA_COLOUR, "width": 1.5, "dash": "dash"},
            hovertemplate=f"{names[1]}: %{{y:.4f}}<extra></extra>",
        )
    figure.update_xaxes(
        title=axes[0], tickvals=at, ticktext=list(ticks), range=[-0.3, len(ticks) - 0.7], fixedrange=True
    )
    figure.update_yaxes(title=axes[1], rangemode=_from(means, pca), fixedrange=True)
    margin = {"l": 56, "r": 8, "t": 16, "b": 44}
    return figure.update_layout(height=_TALL, margin=margin, showlegend=False, hovermode="x unified")


def _from(means: Sequence[Mean], pca: Sequence[float | None] | None) -> str:
    """Where the axis of errors begins, for Plotly: at 0, unless they are so alike that their spread would be lost."""
    errors = [error for mean in means for error in (mean.low, mean.high) if error is not None]
    errors += [error for error in pca or () if error is not None]
    return "normal" if errors and min(errors) > 0.5 * max(errors) else "tozero"
