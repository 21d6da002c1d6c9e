"""What the latent map draws, in parts that the browser reads: for the routes, and for the map as one file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autoencoder.analysis.latent_space import LatentSpace, LazyLatentSpace, aligned, plane, variance_shares
from autoencoder.analysis.neighbours import Neighbourhoods, mixed_zones
from autoencoder.data.bundle import bundle
from autoencoder.data.quantised import quantise
from autoencoder.errors import RunUnreadable
from autoencoder.layers import Convolution
from autoencoder.network.grey_levels import grey
from autoencoder.network.protocol import Array, DenseLayer
from autoencoder.runs.run import Run, kept_epoch
from autoencoder.training.records import EpochRecord, Frame

Space = LatentSpace | LazyLatentSpace


def places_part(run: Run, space: Space, axes: str, n_training: int, some: slice | None = None) -> bytes:
    """Places and errors of all digits; or of some rows, whose images the file begins with."""
    view, rows = plane(space.codes, axes), some or slice(None)
    of_some = {"start": some.start, "images_from": some.start} if some else {}
    return bundle(
        {"codes": quantise(view.positions[rows]), "errors": quantise(space.errors[rows, None])},
        **of_some,
        n_training=n_training,
        latent_dim=run.architecture.latent_dim,
        prior=run.architecture.variational,  # codes were trained to lie as standard normal numbers do
        origin=view.origin.astype(float).tolist(),
        basis=view.basis.astype(float).tolist(),
        shares=variance_shares(view, space.codes).astype(float).tolist(),
    )


def codes_part(space: Space, rows: slice = slice(None)) -> bytes:
    """All dimensions, for tables and neighbours: 1.1 MB with 8; of a variational run their spread, as much again."""
    spread = {} if space.spread is None else {"spread": quantise(space.spread[rows])}
    return bundle({"codes": quantise(space.codes[rows]), **spread})


def layers_part(described: tuple[DenseLayer, ...], *, in_steps: bool = False, **scale: float) -> bytes:
    """Weights and activations of layers. 32-bit: a decode in the browser is the server's to within a grey level.

    `in_steps`: the kernels as 16-bit steps within each neuron, in half the bytes.
    """
    arrays: dict[str, object] = {}
    for i, layer in enumerate(described):
        arrays |= {f"weights_{i}": quantise(layer.kernel) if in_steps else layer.kernel, f"bias_{i}": layer.bias}
    layers = [
        {"activation": y.activation, "inputs": y.inputs, "outputs": y.outputs, "convolution": _shape(y.convolution)}
        for y in described
    ]
    return bundle(arrays, layers=layers, **scale)  # type: ignore[arg-type]


def _shape(made: Convolution | None) -> dict[str, int] | None:
    """What the browser needs of a convolution."""
    names = ("side", "channels", "side_out", "channels_out", "stride", "margin", "transposed")
    return None if made is None else {name: getattr(made, name) for name in names}


def neighbours_part(found: Neighbourhoods, positions: Array, start: int = 0) -> bytes:
    """How mixed and of which label the neighbourhoods of the digits from row `start` on are, and where labels mix.

    `positions`: (n, k) places of these digits on the map; the zones where labels mix are found with two dimensions.
    """
    mixed, predicted = found.mixed[start:], found.predicted[start:]
    zones = mixed_zones(positions, mixed) if positions.shape[1] == 2 else []
    outlines = [zone.astype(float).round(5).tolist() for zone in zones]
    arrays = {"mixed": grey(mixed)[:, None], "predicted": predicted[:, None]}
    return bundle(arrays, zones={"polygons": outlines, "pairs": found.pairs})


def frames_part(
    run: Run, frames: Sequence[Frame], space: Space, axes: str, start: int, records: Sequence[EpochRecord] | None
) -> bytes:
    """Places at other epochs; digits from row `start` on. `records`: of a run that has ended, its epochs.

    Raises RunUnreadable where none was kept on these axes.
    """
    if not frames:
        raise RunUnreadable("Run {run} has not learned anything yet. Wait for its first epoch.", run=run.id)
    if axes == "pca":  # the principal axes of each epoch, rotated so that the last fit the map's
        codes = np.stack([frame.codes for frame in frames])  # (frames, 5000, 2)
        codes = aligned(codes, plane(space.codes, axes).positions[start : start + codes.shape[1]])
    else:
        frames = [frame for frame in frames if _whole(frame).shape[1] == run.architecture.latent_dim]
        if not frames:
            raise RunUnreadable("Of run {run} only the map on the principal axes was kept. Choose those.", run=run.id)
        codes = np.stack([plane(_whole(frame), axes).positions for frame in frames])
    epochs = [frame.epoch for frame in frames]
    return bundle({"codes": quantise(codes)}, epochs=epochs, start=start, live=_live(run, records, epochs))


def _whole(frame: Frame) -> Array:
    return frame.codes if frame.space is None else frame.space


def _live(run: Run, records: Sequence[EpochRecord] | None, epochs: list[float]) -> float | None:
    """The epoch in `epochs` whose weights the run kept (it may be an earlier one than the last), or None."""
    if records is None:
        return None
    kept = kept_epoch(run, records)
    return next((epoch for epoch in epochs if abs(epoch - kept) < 1e-3), None)
