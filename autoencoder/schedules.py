"""How the learning rate changes over a training: the schedules by name."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from autoencoder.errors import N_


@dataclass(frozen=True)
class Schedule:
    """How the learning rate changes: `share` of the highest rate after a share of the training, both in [0, 1]."""

    name: str
    share: Callable[[float], float]


def _one_cycle(progress: float) -> float:
    """Cosine up from 1/25 over the first 30 %, cosine down to 1/10,000 (Smith 2018; PyTorch's OneCycleLR defaults)."""
    if progress < 0.3:
        return _cosine_between(1 / 25, 1.0, progress / 0.3)
    return _cosine_between(1.0, 1e-4, min(1.0, (progress - 0.3) / 0.7))


def _cosine(progress: float) -> float:
    """Cosine annealing to 0 (Loshchilov and Hutter 2017)."""
    return _cosine_between(1.0, 0.0, min(1.0, progress))


def _cosine_between(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


SCHEDULES = {
    "constant": Schedule(N_("constant"), lambda progress: 1.0),
    "one-cycle": Schedule(N_("one cycle"), _one_cycle),
    "cosine": Schedule(N_("cosine"), _cosine),
}
