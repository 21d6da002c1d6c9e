"""Early stopping: end after `patience` epochs without improvement; the best epoch is then kept (`best_epoch.py`)."""

from __future__ import annotations

from autoencoder.settings import Training


def is_exhausted(training: Training, epoch: float, best_epoch: int) -> bool:
    """Whether patience has run out: as many epochs have passed since the best one."""
    return training.patience is not None and epoch - best_epoch >= training.patience
