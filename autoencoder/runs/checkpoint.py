"""A checkpoint as the arrays of `checkpoint.npz`, each with a name.

A number is an array without dimensions; lists of arrays are numbered from `_000` on. What is missing has a default,
what is unknown is kept. Format 1 had five numbers in one array, `scalars`; it is still read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_origin, get_type_hints

import numpy as np

from autoencoder.network.protocol import Array
from autoencoder.training.records import Checkpoint

_FIELDS = {name: kind for name, kind in get_type_hints(Checkpoint).items() if name not in ("term_sums", "others")}
_SERIES = tuple(name for name, kind in _FIELDS.items() if get_origin(kind) is tuple)
_NUMBERS = {name: kind for name, kind in _FIELDS.items() if kind in (int, float)}
_ARRAYS = _FIELDS.keys() - {*_SERIES, *_NUMBERS}  # each may be None
_IN_SERIES = re.compile(rf"(?:{'|'.join(_SERIES)})_\d{{3}}")
_SUM = "_sum"  # ends the name of a loss term's sum
_SCALARS = ("step", "mse_sum", "epoch_seconds", "best_loss", "best_epoch")  # of format 1, in this order


def checkpoint_to_arrays(checkpoint: Checkpoint) -> dict[str, Array]:
    """The arrays to be written."""
    arrays = {f"{kind}_{i:03d}": a for kind in _SERIES for i, a in enumerate(getattr(checkpoint, kind))}
    single = {name: getattr(checkpoint, name) for name in _ARRAYS}
    numbers = {name: getattr(checkpoint, name) for name in _NUMBERS}
    numbers |= {f"{name}{_SUM}": total for name, total in checkpoint.term_sums.items()}
    return {
        **checkpoint.others,
        **arrays,
        **{name: array for name, array in single.items() if array is not None},
        **{name: np.float64(number) for name, number in numbers.items()},
    }


def checkpoint_from_arrays(arrays: Mapping[str, Array]) -> Checkpoint:
    """Of either format; defaults for what is missing, and what is unknown is kept. Raises TypeError, ValueError."""
    left = dict(arrays)
    if "scalars" in left:
        left |= zip(_SCALARS, left.pop("scalars"), strict=True)
    series = {kind: series_of(left, kind) for kind in _SERIES}
    if not series["weights"]:
        raise ValueError("no weights")
    numbers = {name: kind(float(left.pop(name))) for name, kind in _NUMBERS.items() if name in left}
    single = {name: left.pop(name) for name in _ARRAYS if name in left}
    sums = [name for name, array in left.items() if name.endswith(_SUM) and np.ndim(array) == 0]
    term_sums = {name.removesuffix(_SUM): float(left.pop(name)) for name in sums}
    others = {name: array for name, array in left.items() if not _IN_SERIES.fullmatch(name)}
    known: dict[str, Any] = {**series, **numbers, **single}
    return Checkpoint(**known, term_sums=term_sums, others=others)


def series_of(arrays: Mapping[str, Array], kind: str) -> tuple[Array, ...]:
    """The arrays named `<kind>_000`, `<kind>_001`, …, in this order."""
    return tuple(arrays[name] for name in sorted(arrays) if re.fullmatch(rf"{kind}_\d{{3}}", name))
