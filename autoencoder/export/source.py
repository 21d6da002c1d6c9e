"""What exports are made of: a finished run, its model, its codes and its digits, each read when it is first needed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from autoencoder.analysis.latent_space import LatentSpace, latent_space
from autoencoder.data.dataset import Dataset, load_dataset
from autoencoder.errors import AutoencoderError, InvalidExport
from autoencoder.network.protocol import Array, Model
from autoencoder.runs.history import History
from autoencoder.runs.run import Run

if TYPE_CHECKING:  # pages read what exports there are; only who makes one has a store
    from autoencoder.runs.store import RunStore


def can_be_taken_home(run: Run) -> bool:
    """Whether it has ended with weights."""
    return run.ended and run.measures is not None


@dataclass(frozen=True, eq=False)
class Source:
    """A run that is taken home. Its properties raise RunUnreadable, and without its data set DataUnavailable."""

    run: Run
    store: RunStore
    with_images: bool = False  # whether images of somebody's own go along
    digits: int = 10_000  # on the map as a web page, the last ones, at most

    def __post_init__(self) -> None:
        """Raises InvalidExport for a run that has not ended with weights."""
        if not can_be_taken_home(self.run):
            raise InvalidExport(
                "Run {run} has not ended with weights, and only what has can be taken home. Wait for its end, or stop "
                "and keep it.",
                run=self.run.id,
            )

    @cached_property
    def model(self) -> Model:
        """With the weights that the run keeps."""
        return self.store.model_of(self.run)

    @property
    def weights(self) -> tuple[Array, ...]:
        """Kernels and biases in the order of Keras."""
        return self.model.weights

    @cached_property
    def history(self) -> History:
        """The losses."""
        return self.store.load_history(self.run.id)

    @cached_property
    def dataset(self) -> Dataset:
        """The digits that it was trained on and judged on."""
        return load_dataset(self.run.training.dataset)

    @property
    def dataset_or_none(self) -> Dataset | None:
        """The same; None where they are not on this machine."""
        try:
            return self.dataset
        except AutoencoderError:
            return None

    @cached_property
    def space(self) -> LatentSpace:
        """Codes and errors of all digits, as they were stored; otherwise computed, which needs the digits."""
        return self.store.load_space(self.run.id) or latent_space(self.model, self.dataset)
