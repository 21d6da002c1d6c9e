"""The network that was chosen: a bar per layer, its size, and the table of its layers."""

from __future__ import annotations

import math

import streamlit as st

from autoencoder.layers import Layer
from autoencoder.settings import PIXELS, Architecture, Training
from ui.session import _, number


def show_network(architecture: Architecture, training: Training) -> None:
    """The bars, the number of parameters, and the layer table behind a click."""
    n, size = architecture.parameter_count, _size(architecture)
    st.html(funnel(architecture, training))
    for said in _marks(architecture, training):
        st.caption(said)
    st.caption(_("{n:,} parameters, {size}", n=n, size=size))
    with st.expander(_("Layers"), key="layers"):
        st.markdown(layer_table(architecture))
        st.caption(_("Total: {n:,} parameters ({size})", n=n, size=size))


def funnel(architecture: Architecture, training: Training) -> str:
    """The network as HTML: a bar per layer, as tall as the layer is wide, on a logarithmic scale.

    A corrupted input is dotted; a variational code has two bars, its means and its log variances.
    """
    layers = [layer for layer in architecture.layers if layer.name != "log_variance"]
    widths = "-".join(str(layer.outputs) for layer in layers)
    bars = "".join(_bar(layer, architecture, training) for layer in layers)
    return f'<div class="lab-funnel" role="img" aria-label="{widths}">{bars}</div>'


def layer_table(architecture: Architecture) -> str:
    """Markdown: Streamlit's own tables need pandas, 70 MB of it in a process that serves a room."""
    head = (_("Layer"), _("Output shape"), _("Parameters"))
    rows = [
        (layer.name, str(layer.output_shape).replace(" ", "\N{NO-BREAK SPACE}"), number(layer.parameters, ","))
        for layer in architecture.layers
    ]
    small = [[f":small[{cell}]" for cell in row] for row in (head, *rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (small[0], ("---", "---", "--:"), *small[1:]))


def _marks(architecture: Architecture, training: Training) -> list[str]:
    """What the marks in the drawing mean."""
    marks = [(training.denoises, _("Dotted: the input is corrupted, the clean digit is wanted."))]
    marks.append(
        (architecture.variational, _("σ: each number of the code has a spread; what is decoded is drawn from it."))
    )
    return [said for shown, said in marks if shown]


def _bar(layer: Layer, architecture: Architecture, training: Training) -> str:
    tall = 5 + 95 * math.log(layer.outputs) / math.log(max(PIXELS, layer.outputs))
    code = layer.name == "latent_layer"
    kind = "lab-funnel-code" if code else "lab-funnel-layer"
    if layer.name == "input_layer" and training.denoises:
        kind = "lab-funnel-layer lab-funnel-noisy"
    names = ["latent_layer", "log_variance"] if code and architecture.variational else [layer.name]
    bars = "".join(f'<div class="{kind}" title="{name}" style="height:{tall:.0f}%"></div>' for name in names)
    made = layer.convolution
    words = str(layer.outputs) if made is None else f"{made.side_out}²·{made.channels_out}"
    words = f"{words}, σ" if len(names) > 1 else words
    return (
        f'<div class="lab-funnel-column" title="{" + ".join(names)}"><div class="lab-funnel-space">{bars}</div>'
        f"<span>{words}</span></div>"
    )


def _size(architecture: Architecture) -> str:
    """Memory of the weights as `model.summary()` prints it, with the reader's decimal sign."""
    amount, unit = architecture.size.split()
    return f"{number(float(amount), '.2f')} {unit}"
