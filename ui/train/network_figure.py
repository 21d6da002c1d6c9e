"""The network that was chosen: a bar per layer, its size, and the table of its layers."""

from __future__ import annotations

import math

import streamlit as st

from autoencoder.layers import Layer
from autoencoder.settings import PIXELS, Architecture
from ui.session import _, number


def show_network(architecture: Architecture) -> None:
    """The bars, the number of parameters, and the layer table behind a click."""
    n, size = architecture.parameter_count, _size(architecture)
    st.html(funnel(architecture))
    st.caption(_("{n:,} parameters, {size}", n=n, size=size))
    with st.expander(_("Layers")):
        st.markdown(layer_table(architecture))
        st.caption(_("Total: {n:,} parameters ({size})", n=n, size=size))


def funnel(architecture: Architecture) -> str:
    """The network as HTML: a bar per layer, as tall as the layer is wide, on a logarithmic scale."""
    widths = "-".join(str(layer.outputs) for layer in architecture.layers)
    bars = "".join(_bar(layer) for layer in architecture.layers)
    return f'<div class="lab-funnel" role="img" aria-label="{widths}">{bars}</div>'


def layer_table(architecture: Architecture) -> str:
    """Markdown: Streamlit's own tables need pandas, 70 MB of it in a process that serves a room."""
    head = (_("Layer"), _("Output shape"), _("Parameters"))
    rows = [
        (layer.name, f"(None,\N{NO-BREAK SPACE}{layer.outputs})", number(layer.parameters, ","))
        for layer in architecture.layers
    ]
    small = [[f":small[{cell}]" for cell in row] for row in (head, *rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (small[0], ("---", "---", "--:"), *small[1:]))


def _bar(layer: Layer) -> str:
    tall = 5 + 95 * math.log(layer.outputs) / math.log(max(PIXELS, layer.outputs))
    kind = "lab-funnel-code" if layer.name == "latent_layer" else "lab-funnel-layer"
    return (
        f'<div class="lab-funnel-column" title="{layer.name}"><div class="lab-funnel-space">'
        f'<div class="{kind}" style="height:{tall:.0f}%"></div></div><span>{layer.outputs}</span></div>'
    )


def _size(architecture: Architecture) -> str:
    """Memory of the weights as `model.summary()` prints it, with the reader's decimal sign."""
    amount, unit = architecture.size.split()
    return f"{number(float(amount), '.2f')} {unit}"
