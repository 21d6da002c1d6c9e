"""Laws of early stopping: when patience runs out, and whose weights are kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from conftest import QUICK

from autoencoder.runs.history import History
from autoencoder.runs.run import Run, after_slice
from autoencoder.settings import Architecture, Training
from autoencoder.training.early_stopping import is_exhausted, kept_epoch, remember_best
from autoencoder.training.records import Checkpoint, EpochRecord, Report

PATIENT = replace(QUICK, epochs=20, patience=2)


def checkpoint_of(epoch: int) -> Checkpoint:
    return Checkpoint((np.full(1, epoch),))


def records(losses: list[float], held_out: list[float | None]) -> list[EpochRecord]:
    return [EpochRecord(i, loss, val, 1.0) for i, (loss, val) in enumerate(zip(losses, held_out, strict=True), 1)]


def trained(training: Training, epochs: list[EpochRecord]) -> Checkpoint:
    """After these epochs; the weights of each are its number."""
    checkpoint = Checkpoint(())
    for record in epochs:
        checkpoint = remember_best(training, replace(checkpoint, weights=checkpoint_of(record.epoch).weights), record)
    return checkpoint


@pytest.mark.parametrize(
    ("losses", "held_out", "best"),
    [
        ([0.3, 0.2, 0.1], [0.3, 0.1, 0.2], 2),
        ([0.3, 0.1, 0.2], [None, None, None], 2),
        ([0.3, 0.2, 0.1], [0.2, 0.2, 0.2], 1),
    ],
    ids=["the held-out loss decides", "where nothing is held out, the loss", "the first of equals"],
)
def test_the_best_epoch_is_the_one_whose_weights_are_kept(
    losses: list[float], held_out: list[float | None], best: int
) -> None:
    epochs = records(losses, held_out)
    checkpoint = trained(PATIENT, epochs)
    assert (checkpoint.best_epoch, checkpoint.best_weights[0][0]) == (best, best)
    assert kept_epoch(PATIENT, epochs, epoch=3.0) == best


def test_without_patience_the_last_weights_are_kept_and_no_others_remembered() -> None:
    epochs = records([0.1, 0.2], [0.1, 0.2])
    assert trained(QUICK, epochs).best_weights == ()
    assert kept_epoch(QUICK, epochs, epoch=2.0) == 2
    assert not is_exhausted(QUICK, epoch=1_000, best_epoch=1)


def test_patience_runs_out_after_as_many_epochs_without_a_better_one() -> None:
    assert [is_exhausted(PATIENT, epoch, best_epoch=3) for epoch in (3, 4, 5, 6)] == [False, False, True, True]


def test_the_run_says_which_epoch_was_the_best() -> None:
    run = Run("a-run", Architecture(), PATIENT, epoch=4.0)
    report = Report(1, 5.0, (), 0.5, 0.01, True, True, None, None, "worker", best_epoch=3)
    (notice,) = after_slice(run, History(), report).events
    assert (notice.kind, notice.values) == ("early_stop", {"epoch": 3, "patience": 2})


def test_a_training_that_reached_its_last_epoch_did_not_stop_early() -> None:
    run = Run("a-run", Architecture(), PATIENT, epoch=19.0)
    report = Report(1, 20.0, (), 0.5, 0.01, True, True, None, None, "worker", best_epoch=18)
    assert after_slice(run, History(), report).events == ()


def test_a_slice_that_diverged_leaves_run_and_weights_where_they_were() -> None:
    run = Run("a-run", Architecture(), QUICK, epoch=1.0, seconds=2.0)
    report = Report(9, 1.5, (), 0.5, 0.01, False, True, None, None, "worker")
    after = after_slice(run, History(), report)
    assert (after.epoch, after.seconds, [notice.kind for notice in after.events]) == (1.0, 2.0, ["diverged"])
