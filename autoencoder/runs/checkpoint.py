"""A checkpoint as the arrays of `checkpoint.npz`, each with a name.

A number is an array without dimensions; lists of arrays are numbered from `_000` on. What is missing has a default,
what is unknown is kept. Format 1 had five numbers in one array, `scalars`; it is still read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from autoencoder.network.protocol import Array
from autoencoder.training.records import Checkpoint

_SERIES = ("weights", "optimizer", "best_weights")
_IN_SERIES = re.compile(rf"(?:{'|'.join(_SERIES)})_\d{{3}}")
_NUMBERS = ("step", "epoch_seconds", "best_loss", "best_epoch")
_SUM = "_sum"  # ends the name of a loss term's sum
_SCALARS = ("step", "mse_sum", "epoch_seconds", "best_loss", "best_epoch")  # of format 1, in this order


def checkpoint_to_arrays(checkpoint: Checkpoint) -> dict[str, Array]:
    """The arrays to be written."""
    arrays = {f"{kind}_{i:03d}": a for kind in _SERIES for i, a in enumerate(getattr(checkpoint, kind))}
    numbers = {name: getattr(checkpoint, name) for name in _NUMBERS}
    numbers |= {f"{name}{_SUM}": total for name, total in checkpoint.term_sums.items()}
    basis = {} if checkpoint.basis is None else {"basis": checkpoint.basis}
    return {**checkpoint.others, **arrays, **basis, **{name: np.float64(value) for name, value in numbers.items()}}


def checkpoint_from_arrays(arrays: Mapping[str, Array]) -> Checkpoint:
    """Of either format; defaults for what is missing, and what is unknown is kept. Raises TypeError, ValueError."""
    left = dict(arrays)
    if "scalars" in left:
        left |= zip(_SCALARS, left.pop("scalars"), strict=True)
    series = {kind: series_of(left, kind) for kind in _SERIES}
    if not series["weights"]:
        raise ValueError("no weights")
    numbers = {name: float(left.pop(name, getattr(Checkpoint, name))) for name in _NUMBERS}
    sums = [name for name, array in left.items() if name.endswith(_SUM) and np.ndim(array) == 0]
    term_sums = {name.removesuffix(_SUM): float(left.pop(name)) for name in sums}
    basis = left.pop("basis", None)
    return Checkpoint(
        step=int(numbers["step"]), epoch_seconds=numbers["epoch_seconds"], basis=basis, term_sums=term_sums,
        best_loss=numbers["best_loss"], best_epoch=int(numbers["best_epoch"]), **series,
        others={name: array for name, array in left.items() if not _IN_SERIES.fullmatch(name)},
    )  # fmt: skip


def series_of(arrays: Mapping[str, Array], kind: str) -> tuple[Array, ...]:
    """The arrays named `<kind>_000`, `<kind>_001`, …, in this order."""
    return tuple(arrays[name] for name in sorted(arrays) if re.fullmatch(rf"{kind}_\d{{3}}", name))
