"""What travels between a training loop and whoever follows it: checkpoints, reports, epochs and map frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from autoencoder.network.protocol import Array

WATCHED = 5_000  # held-out digits on the live map: the first ones held out
PICTURED = 16  # digits whose reconstructions are shown while it learns: the course's first sixteen


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Where a run stands between two slices: all that the next slice needs."""

    weights: tuple[Array, ...]  # as in network.DenseAutoencoder
    optimizer: tuple[Array, ...] = ()  # Adam's own variables, in the order of Keras; empty before the first slice
    step: int = 0  # optimizer steps done
    squared_error: float = 0.0  # of the epoch under way: MSE summed over its digits
    epoch_seconds: float = 0.0  # of the epoch under way
    basis: Array | None = None  # (d, 2) axes of the last map frame, where d > 2
    best_loss: float = float("inf")  # where training may stop early: the best epoch so far, and its weights
    best_epoch: int = 0
    best_weights: tuple[Array, ...] = ()


@dataclass(frozen=True)
class EpochRecord:
    """One finished epoch. Losses are MSE per pixel on [0, 1]."""

    epoch: int
    loss: float  # mean over the epoch's steps, as Keras reports it
    val_loss: float | None  # on the held-out digits, after the epoch; None where nothing is held out
    seconds: float
    dead_units: tuple[int, ...] = ()  # counted from 1


@dataclass(frozen=True, eq=False)
class Frame:
    """The map and the pictures at one moment."""

    epoch: float
    codes: Array  # (5000, 1 or 2) float32: codes of the watched digits, projected where d > 2
    reconstructions: Array  # (16, 784) uint8
    space: Array | None = None  # (5000, d) float32: the codes themselves, where d is 3 to 8


@dataclass(frozen=True, eq=False)
class Report:
    """What one slice found out. Small: it travels, the checkpoint stays."""

    step: int
    epoch: float  # epochs done, with the share of the one under way
    points: tuple[tuple[float, float], ...]  # (epoch, MSE of the last chunk)
    seconds: float  # of training, without compiling
    learning_rate: float
    finite: bool  # False: loss or weights left the finite numbers; the checkpoint is the one before
    done: bool  # nothing is left to train
    record: EpochRecord | None
    frame: Frame | None
    worker: str  # host:process
    turn: float = 0.0  # seconds of all of it on the worker: compiling and measuring, too


class Slice(NamedTuple):
    checkpoint: Checkpoint
    report: Report
