"""The best epoch of a run: remembered while it trains, gone back to, and kept at the end where the last is much worse.

The best epoch is that of the lowest loss on held-out digits; where nothing is held out, of the lowest training loss.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from autoencoder.training.records import Checkpoint, EpochRecord

Keep = Literal["best", "last"]  # the weights that a run keeps as it ends
MUCH_WORSE = 1.05  # of the best epoch's loss: last weights above it are not kept unless somebody asks for them


def remember_best(checkpoint: Checkpoint, record: EpochRecord) -> Checkpoint:
    """The checkpoint at the end of an epoch, remembered as the best one where it improved on all before it."""
    if not record.judged_loss < checkpoint.best_loss:
        return checkpoint
    return replace(
        checkpoint,
        best_loss=record.judged_loss,
        best_epoch=record.epoch,
        best_weights=checkpoint.weights,
        best_optimizer=checkpoint.optimizer,
    )


def at_best(checkpoint: Checkpoint, steps_per_epoch: int) -> Checkpoint:
    """The checkpoint as it was at the end of its best epoch; it has to remember one.

    A checkpoint of an earlier version, with early stopping, has the weights alone: Adam then starts anew.
    """
    return replace(
        checkpoint,
        weights=checkpoint.best_weights,
        optimizer=checkpoint.best_optimizer,
        step=checkpoint.best_epoch * steps_per_epoch,
        term_sums={},
        epoch_seconds=0.0,
    )


def is_much_worse(loss: float, best_loss: float) -> bool:
    """Whether weights of this loss are not worth keeping beside those of the best epoch; also where it is no number."""
    return not loss <= MUCH_WORSE * best_loss
