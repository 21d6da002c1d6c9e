"""Drawings that need no script: plain figures from plain numbers."""

from __future__ import annotations

import math

from autoencoder.settings import PIXELS, Architecture, Layer


def funnel(architecture: Architecture) -> str:
    """The network as HTML: a bar per layer, as tall as the layer is wide, on a logarithmic scale."""
    widths = "-".join(str(layer.outputs) for layer in architecture.layers)
    bars = "".join(_bar(layer) for layer in architecture.layers)
    return f'<div class="lab-funnel" role="img" aria-label="{widths}">{bars}</div>'


def _bar(layer: Layer) -> str:
    tall = 5 + 95 * math.log(layer.outputs) / math.log(max(PIXELS, layer.outputs))
    kind = "lab-funnel-code" if layer.name == "latent_layer" else "lab-funnel-layer"
    return (
        f'<div class="lab-funnel-column" title="{layer.name}"><div class="lab-funnel-space">'
        f'<div class="{kind}" style="height:{tall:.0f}%"></div></div><span>{layer.outputs}</span></div>'
    )
