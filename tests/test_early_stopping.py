"""Laws of the best epoch and of early stopping: what is remembered, when patience runs out, whose weights are kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from conftest import QUICK, SMALL

from autoencoder.data.dataset import load_dataset
from autoencoder.engine.outcome import Outcome, ended_run, outcome_of
from autoencoder.engine.run_files import RunFiles
from autoencoder.network.dense import DenseAutoencoder, initial_weights
from autoencoder.presets import PRESETS
from autoencoder.runs.changes import after_slice
from autoencoder.runs.history import History
from autoencoder.runs.notices import Notice
from autoencoder.runs.run import Run, kept_epoch
from autoencoder.runs.store import SHIPPED, RunStore
from autoencoder.settings import Architecture, Training
from autoencoder.training.best_epoch import at_best, is_much_worse, remember_best
from autoencoder.training.early_stopping import is_exhausted
from autoencoder.training.loop import steps_of
from autoencoder.training.records import Checkpoint, EpochRecord, Report

PATIENT = replace(QUICK, epochs=20, patience=2)


def checkpoint_of(epoch: int) -> Checkpoint:
    return Checkpoint((np.full(1, epoch),), optimizer=(np.full(2, epoch),))


def records(losses: list[float], held_out: list[float | None]) -> list[EpochRecord]:
    return [EpochRecord(i, loss, val, 1.0) for i, (loss, val) in enumerate(zip(losses, held_out, strict=True), 1)]


def trained(epochs: list[EpochRecord]) -> Checkpoint:
    """After these epochs; the weights of each, and the variables of its optimizer, are its number."""
    checkpoint = Checkpoint(())
    for record in epochs:
        now = checkpoint_of(record.epoch)
        checkpoint = replace(checkpoint, weights=now.weights, optimizer=now.optimizer, step=10 * record.epoch)
        checkpoint = remember_best(checkpoint, record)
    return checkpoint


def ended(training: Training, epoch: float, kept: float | None = None) -> Run:
    return Run("a-run", Architecture(), training, status="finished", epoch=epoch, kept=kept)


@pytest.mark.parametrize(
    ("losses", "held_out", "best"),
    [
        ([0.3, 0.2, 0.1], [0.3, 0.1, 0.2], 2),
        ([0.3, 0.1, 0.2], [None, None, None], 2),
        ([0.3, 0.2, 0.1], [0.2, 0.2, 0.2], 1),
    ],
    ids=["the held-out loss decides", "where nothing is held out, the loss", "the first of equals"],
)
def test_the_best_epoch_is_remembered_and_with_patience_kept(
    losses: list[float], held_out: list[float | None], best: int
) -> None:
    epochs = records(losses, held_out)
    checkpoint = trained(epochs)
    assert (checkpoint.best_epoch, checkpoint.best_weights[0][0], checkpoint.best_optimizer[0][0]) == (best,) * 3
    assert kept_epoch(ended(PATIENT, 3.0), epochs) == best


def test_a_run_that_does_not_say_which_epoch_it_kept_kept_the_last_where_it_had_no_patience() -> None:
    epochs = records([0.1, 0.2], [0.1, 0.2])
    assert kept_epoch(ended(QUICK, 2.0), epochs) == 2
    assert kept_epoch(ended(QUICK, 2.0, kept=1.0), epochs) == 1
    assert not is_exhausted(QUICK, epoch=1_000, best_epoch=1)


def test_the_way_back_leads_to_weights_optimizer_and_step_of_the_best_epoch() -> None:
    left = replace(trained(records([0.2, 0.1, 0.3], [None] * 3)), term_sums={"mse": 5.0}, epoch_seconds=1.0)
    back = at_best(left, steps_per_epoch=10)
    assert (back.weights[0][0], back.optimizer[0][0], back.step) == (2, 2, 20)
    assert (back.term_sums, back.epoch_seconds, back.best_epoch, back.best_loss) == ({}, 0.0, 2, 0.1)
    assert at_best(replace(back, step=25), 10).step == 20  # the way stays open


def test_weights_are_not_worth_keeping_beyond_five_percent_above_the_best_or_where_they_give_no_number() -> None:
    losses = (0.0999, 0.1, 0.1049, 0.1051, float("inf"), float("nan"))
    assert [is_much_worse(loss, 0.1) for loss in losses] == [False, False, False, True, True, True]
    assert not is_much_worse(0.3, float("inf"))  # no epoch has ended yet


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


@pytest.mark.parametrize("preset", PRESETS)
def test_of_a_shipped_training_the_last_weights_are_kept(preset: str) -> None:
    store = RunStore(SHIPPED)
    run, epochs = store.load(preset), store.load_history(preset).records
    assert run.measures is not None
    assert run.measures.error is not None
    assert not is_much_worse(run.measures.error, min(record.judged_loss for record in epochs))
    assert kept_epoch(run, epochs) == run.epoch == run.training.epochs


def test_an_end_that_could_not_be_saved_says_once_whose_weights_are_kept() -> None:
    """It is written again every few seconds, until there is room on the disk."""
    why = Notice("kept_best", {"epoch": 1, "last": 2})
    outcome = Outcome((), None, None, {}, kept=1.0, instead=why)  # type: ignore[arg-type]
    run = ended_run(Run("a", Architecture(), Training()), "finished", outcome)
    assert run.events == (why,)
    assert ended_run(run, "finished", outcome) == run


def test_the_map_of_a_run_that_has_ended_is_that_of_the_weights_that_are_kept(store: RunStore) -> None:
    """Of five hundred epochs each fifth leaves a map: the one of epoch 5 stood there where epoch 7 was kept."""
    training = replace(QUICK, epochs=500)
    best, last = initial_weights(SMALL, 7), initial_weights(SMALL, 9)
    left = Checkpoint(last, step=9 * steps_of(training), best_loss=0.1, best_epoch=7, best_weights=best)
    outcome = outcome_of(SMALL, training, left, keep="best", with_keras_files=False)
    run = ended_run(Run("a-run", SMALL, training, epoch=9.0), "stopped", outcome)
    files = RunFiles(store, run, changed=lambda: None)
    for epoch in (5.0, 9.0):
        files.save_frame(run, replace(outcome.frame, epoch=epoch))  # type: ignore[type-var]
    files.save_ended(run, History(), None, outcome)
    frame, dataset = store.last_frame(run.id, run.kept), load_dataset(training.dataset)
    assert frame is not None
    assert frame.epoch == run.kept == 7
    codes = DenseAutoencoder(SMALL, best).encode(dataset.images[dataset.held_out])
    np.testing.assert_allclose(frame.codes, codes, atol=1e-3)
    files.release()
