"""t-SNE in slices: other tasks of the cluster run in between, and it can be cancelled after each.

Barnes-Hut t-SNE (van der Maaten 2014) with scikit-learn's gradient, schedule and constants. scikit-learn's own loop
runs to its end; this one stops after any step and goes on from a `Layout`, with the same result (a test says so).
Two private functions of scikit-learn are used, in `_gradient` and `similarities`: docs/decisions/0011-libraries.md.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from autoencoder.analysis.projection import principal_axes
from autoencoder.network.protocol import Array

PERPLEXITY = 30.0
EXAGGERATION = 12.0  # clusters are drawn together at first
EXPLORING = 250  # steps with exaggeration and less momentum
STEPS = 1000  # in all
_OPENING = 0.5  # angle of the Barnes-Hut tree


@dataclass(frozen=True, eq=False)
class Layout:
    """The map after some steps, and what the next one needs: 240 kB for 10,000 digits."""

    positions: Array  # (n, 2) float32
    velocity: Array  # (n, 2) float32
    gains: Array  # (n, 2) float32
    step: int = 0

    @property
    def done(self) -> bool:
        """Whether all steps are made."""
        return self.step >= STEPS


def first_layout(codes: Array) -> Layout:
    """(n, d) codes -> positions on their principal axes, scaled to 1e-4: no chance in it, and far digits stay far."""
    positions = (codes - codes.mean(axis=0)) @ principal_axes(codes)
    positions *= 1e-4 / (positions[:, 0].std() or 1)
    return _resting(positions.astype(np.float32), 0)


def similarities(codes: Array) -> Any:
    """(n, d) codes -> (n, n) sparse joint probabilities of being neighbours."""
    from sklearn.manifold._t_sne import _joint_probabilities_nn  # scikit-learn takes a second to import
    from sklearn.neighbors import NearestNeighbors

    n = len(codes)
    perplexity = min(PERPLEXITY, (n - 1) / 3)
    nearest = NearestNeighbors(n_neighbors=min(n - 1, int(3 * perplexity + 1))).fit(codes)
    distances = nearest.kneighbors_graph(mode="distance")
    distances.data **= 2
    return _joint_probabilities_nn(distances, perplexity, 0)


def advance(joint: Any, layout: Layout, seconds: float = np.inf) -> Layout:
    """Make steps for so many seconds, at least one, or until all are made; `joint` as of `similarities`."""
    end = time.monotonic() + seconds
    while not layout.done:
        layout = _next(joint, layout)
        if time.monotonic() >= end:
            break
    return layout


def _next(joint: Any, layout: Layout) -> Layout:
    """One step of gradient descent with momentum and a gain for each coordinate (Jacobs 1988)."""
    exploring = layout.step < EXPLORING
    if layout.step == EXPLORING:
        layout = _resting(layout.positions, layout.step)
    slope = _gradient(joint * EXAGGERATION if exploring else joint, layout.positions)
    turned = layout.velocity * slope < 0
    gains = np.maximum(np.where(turned, layout.gains + 0.2, layout.gains * 0.8), 0.01)
    rate = max(len(slope) / EXAGGERATION / 4, 50)  # Belkina et al. 2019
    velocity = (0.5 if exploring else 0.8) * layout.velocity - rate * (gains * slope)
    return Layout(layout.positions + velocity, velocity, gains, layout.step + 1)


def _resting(positions: Array, step: int) -> Layout:
    return Layout(positions, np.zeros_like(positions), np.ones_like(positions), step)


def _gradient(joint: Any, positions: Array) -> Array:
    """Of the Kullback-Leibler divergence between the neighbourhoods of the codes and of the map: (n, 2)."""
    from sklearn.manifold._t_sne import _kl_divergence_bh

    threads = int(os.environ.get("AUTOENCODER_THREADS", 1))
    n, k = positions.shape
    _, slope = _kl_divergence_bh(
        positions.ravel(), joint, 1, n, k, angle=_OPENING, compute_error=False, num_threads=threads
    )
    return np.asarray(slope.reshape(n, k))
