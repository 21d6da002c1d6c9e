"""Early stopping: end after `patience` epochs without improvement, and keep the weights of the best epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from autoencoder.network.protocol import Array
from autoencoder.settings import Training
from autoencoder.training.records import Checkpoint, EpochRecord


def remember_best(training: Training, checkpoint: Checkpoint, record: EpochRecord) -> Checkpoint:
    """The checkpoint with this epoch's weights as its best ones, where the epoch improved on all before it."""
    if training.patience is not None and record.judged_loss < checkpoint.best_loss:
        loss, epoch, weights = record.judged_loss, record.epoch, checkpoint.weights
        return replace(checkpoint, best_loss=loss, best_epoch=epoch, best_weights=weights)
    return checkpoint


def is_exhausted(training: Training, epoch: float, best_epoch: int) -> bool:
    """Whether patience has run out: as many epochs have passed since the best one."""
    return training.patience is not None and epoch - best_epoch >= training.patience


def final_weights(checkpoint: Checkpoint) -> tuple[Array, ...]:
    """The weights that a run keeps: with early stopping the best epoch's, otherwise the last."""
    return checkpoint.best_weights or checkpoint.weights


def kept_epoch(training: Training, records: Sequence[EpochRecord], epoch: float) -> float:
    """The epoch whose weights a run keeps that ended at `epoch`: with early stopping the best, otherwise the last."""
    if training.patience is None or not records:
        return epoch
    return float(min(records, key=lambda record: record.judged_loss).epoch)
