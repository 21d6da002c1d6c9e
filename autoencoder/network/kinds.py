"""Which kind of model an architecture is. Another kind is chosen here."""

from __future__ import annotations

from autoencoder.network.dense import DenseAutoencoder
from autoencoder.network.protocol import Array, Model
from autoencoder.settings import Architecture


def model_with(architecture: Architecture, weights: tuple[Array, ...]) -> Model:
    """The model of an architecture with these weights. Raises InvalidArchitecture where they do not fit."""
    return DenseAutoencoder(architecture, weights)
