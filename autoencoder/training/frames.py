"""Frames: the map and the pictures at a moment of a training, by a trainer while it runs or by a model at its end."""

from __future__ import annotations

from autoencoder.analysis.latent_space import LatentSpace
from autoencoder.analysis.projection import keeps_space, project
from autoencoder.data.dataset import Dataset
from autoencoder.network.grey_levels import grey
from autoencoder.network.protocol import Array, Model
from autoencoder.training.records import CODE_SHOWN, PICTURED, WATCHED, Frame


def frame_of(
    epoch: float, codes: Array, pictured: Array, reconstructions: Array, basis: Array | None
) -> tuple[Frame, Array | None]:
    """The frame, and the axes of its map, which the next one begins from; `basis`: those of the one before.

    `codes`: (n, d) of the held-out digits; `pictured`, `reconstructions`: (m, d) codes and (m, 784) grey levels of the
    digits that are pictured.
    """
    codes = codes[:WATCHED]
    positions, basis = project(codes, basis)
    in_all_dimensions = codes if keeps_space(codes.shape[1]) else None
    return Frame(epoch, positions, reconstructions, in_all_dimensions, pictured[:, :CODE_SHOWN]), basis


def frame_by(model: Model, space: LatentSpace, dataset: Dataset, epoch: float, basis: Array | None = None) -> Frame:
    """The same by a model that trains no more, of its codes of all digits."""
    pictured = space.codes[:PICTURED]
    return frame_of(epoch, space.codes[dataset.held_out], pictured, grey(model.decode(pictured)), basis)[0]
