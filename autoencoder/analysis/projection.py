"""How codes of any dimension become a map."""

from __future__ import annotations

import numpy as np
from scipy.linalg import orthogonal_procrustes

from autoencoder.network.protocol import Array

REPLAYED = 8  # most latent dimensions whose codes a frame stores: 5,000 codes take 10 kB per dimension


def keeps_space(d: int) -> bool:
    """Whether frames store the full codes too: for 3 to 8 dimensions. With 1 or 2, the map already is the codes."""
    return 2 < d <= REPLAYED


def project(codes: Array, previous: Array | None = None) -> tuple[Array, Array | None]:
    """(n, d) codes -> (n, 1 or 2) map and, where d > 2, its (d, 2) axes: the principal ones.

    Principal axes may turn or swap from one moment to the next; with the previous axes given, the new ones are turned
    to lie as close to them as they can (orthogonal Procrustes, Schönemann 1966), so that a moving map does not jump.
    """
    if codes.shape[1] <= 2:
        return codes, None
    basis = principal_axes(codes)
    if previous is not None:
        turn, _ = orthogonal_procrustes(basis, previous)
        basis = basis @ turn
    return (codes - codes.mean(axis=0)) @ basis, basis


def principal_axes(codes: Array) -> Array:
    """(n, d) codes -> (d, 2) axes of largest variance, largest first."""
    centred = codes - codes.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    return np.asarray(axes[:, :-3:-1])
