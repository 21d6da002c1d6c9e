"""What travels between a training loop and whoever follows it: checkpoints, reports, epochs and map frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from autoencoder.network.protocol import Array

WATCHED = 5_000  # held-out digits on the live map: the first ones held out
MAPS = 100  # of a run are stored, at most: where it has more epochs, not each epoch's
PICTURED = 16  # digits whose reconstructions are shown while it learns: the course's first sixteen
CODE_SHOWN = 8  # numbers of the code of each of them that a frame keeps
# The terms of a loss by name, unweighted and in their own units; `mse`: per pixel on [0, 1].
Terms = Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Where a run stands between two slices: all that the next slice needs."""

    weights: tuple[Array, ...]  # kernels and biases in the order of the layers, as in network.dense.DenseAutoencoder
    optimizer: tuple[Array, ...] = ()  # Adam's own variables, in the order of Keras; empty before the first slice
    step: int = 0  # optimizer steps done
    term_sums: Terms = field(default_factory=dict)  # of the unfinished epoch: each term summed over its digits
    epoch_seconds: float = 0.0  # spent on the unfinished epoch
    basis: Array | None = None  # (d, 2) axes of the last map frame, where d > 2
    best_loss: float = float("inf")  # of the best epoch so far
    best_epoch: int = 0  # 0 before the first
    best_weights: tuple[Array, ...] = ()
    best_optimizer: tuple[Array, ...] = ()
    others: Mapping[str, Array] = field(default_factory=dict)  # written by a newer version; kept unchanged


@dataclass(frozen=True)
class EpochRecord:
    """One finished epoch."""

    epoch: int
    loss: float  # what is trained, the weighted sum of its terms: mean over the epoch's steps, as Keras reports it
    val_loss: float | None = None  # on the held-out digits, after the epoch; None where nothing is held out
    seconds: float = 0.0
    dead_units: tuple[int, ...] = ()  # counted from 1
    columns: Mapping[str, Any] = field(default_factory=dict, hash=False)  # terms, `val_` + terms, other findings

    @property
    def judged_loss(self) -> float:
        """The loss that decides which epoch is best: on the held-out digits, if there are any."""
        return self.loss if self.val_loss is None else self.val_loss

    @property
    def mse(self) -> float:
        """The term `mse`; in format 1, `loss` is the MSE."""
        return float(self.columns.get("mse", self.loss))

    @property
    def kl(self) -> float:
        """Nats a digit, on the held-out digits if there are any; 0 of a network that is not variational."""
        return float(self.columns.get("val_kl", self.columns.get("kl", 0.0)))

    @property
    def unused_units(self) -> tuple[int, ...]:
        """Dimensions of a variational network, counted from 1, that say nothing of a digit."""
        return tuple(int(unit) for unit in self.columns.get("unused_units", ()))

    @property
    def dead_layers(self) -> tuple[str, ...]:
        """Hidden layers that say the same of every digit."""
        return tuple(str(name) for name in self.columns.get("dead_layers", ()))

    @property
    def dark_pixels(self) -> int:
        """How many pixels no reconstruction lights up, though digits do."""
        return int(self.columns.get("dark_pixels", 0))

    @property
    def val_mse(self) -> float | None:
        """The term `mse` on the held-out digits; None where nothing is held out."""
        value = self.columns.get("val_mse", self.val_loss)
        return None if value is None else float(value)


@dataclass(frozen=True, eq=False)
class Frame:
    """The map and the pictures after some part of the training."""

    epoch: float
    codes: Array  # (5000, 1 or 2) float32: codes of the watched digits, projected where d > 2
    reconstructions: Array  # (16, 784) uint8
    space: Array | None = None  # (5000, d) float32: the codes themselves, where d is 3 to 8
    pictured: Array | None = None  # (16, d, at most 8) float32: codes of the pictures; None: an earlier version's


@dataclass(frozen=True, eq=False)
class Report:
    """What one slice found out. It travels to the web process and is small; the checkpoint stays on the worker."""

    step: int
    epoch: float  # epochs done, with the share of the unfinished one
    points: tuple[tuple[float, float], ...]  # (epoch, mean loss of the last chunk)
    seconds: float  # of training, without compiling
    learning_rate: float
    finite: bool  # False: loss or weights left the finite numbers; the checkpoint is the one before
    done: bool  # nothing is left to train
    record: EpochRecord | None
    frame: Frame | None
    worker: str  # host:process
    turn: float = 0.0  # seconds of the whole slice on the worker, with compiling and measuring
    terms: Mapping[str, tuple[float, ...]] = field(default_factory=dict)  # of the loss at each point, by name
    best_epoch: int = 0  # the best so far, 0 before the first


class Slice(NamedTuple):
    """The result of training one slice."""

    checkpoint: Checkpoint
    report: Report
