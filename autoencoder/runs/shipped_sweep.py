"""The classic picture that ships computed: error against the number of latent dimensions, beside PCA's.

`autoencoder/data/latent-dim-sweep.jsonl` is what this printed:
python -m autoencoder sweep --preset quick-map --latent-dim 1,2,4,8,16,32 --json
"""

from __future__ import annotations

import json
from pathlib import Path

from autoencoder.presets import DEFAULT_PRESET
from autoencoder.runs.sweep_points import Mean

FILE = Path(__file__).parents[1] / "data" / "latent-dim-sweep.jsonl"
OPTION, PRESET = "latent_dim", DEFAULT_PRESET


def shipped_curve() -> tuple[list[Mean], list[float]]:
    """Errors by latent dimensions, and PCA's with as many."""
    lines = [json.loads(line) for line in FILE.read_text().splitlines()]
    return [_mean(line[OPTION], line["test_mse"]) for line in lines], [float(line["pca_mse"]) for line in lines]


def _mean(value: int, error: float) -> Mean:
    """Of one seed."""
    return Mean((value,), mean=error, low=error, high=error, points=())
