"""Laws of the notices: each appears exactly when it should, since when it should, and reads as a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from string import Formatter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoencoder.runs.notices import KINDS, Notice, troubles
from autoencoder.training.records import EpochRecord

AVERAGE, BLACK = 0.0669, 0.112  # MSE on [0, 1] of predicting the average digit, and nothing at all, on MNIST
VALUES: dict[str, dict[str, Any]] = {
    "dead_unit": {"unit": 2, "epoch": 3},
    "average_digit": {"epoch": 2},
    "all_black": {"epoch": 2},
    "overfitting": {"epoch": 9},
    "diverged": {"rate": 1, "epoch": 1.25, "kept": 1.0, "advice": 0.1},
    "early_stop": {"epoch": 7, "patience": 3},
    "rate_changed": {"rate": 0.001, "epoch": 2.5},
    "recovered": {"epoch": 4.2},
    "resumed": {"epoch": 4.2},
    "failed": {"problem": "out of memory."},
    "not_saved": {"problem": "The disk is full."},
}


def epochs(
    losses: list[float], held_out: list[float] | None = None, dead: list[tuple[int, ...]] | None = None
) -> list[EpochRecord]:
    n = len(losses)
    measured: Sequence[float | None] = held_out or [None] * n
    rows = zip(range(1, n + 1), losses, measured, dead or [()] * n, strict=True)
    return [EpochRecord(epoch, loss, val_loss, 0.5, units) for epoch, loss, val_loss, units in rows]


def said(records: list[EpochRecord]) -> list[tuple[str, dict[str, Any]]]:
    return [(notice.kind, notice.values) for notice in troubles(records, AVERAGE, BLACK)]


class TestSentences:
    def test_there_is_an_example_of_every_kind(self) -> None:
        assert set(VALUES) == set(KINDS)

    @pytest.mark.parametrize("kind", KINDS)
    def test_is_a_whole_sentence_with_all_its_values(self, kind: str) -> None:
        sentence = str(Notice(kind, VALUES[kind]))
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert "{" not in sentence
        assert {name for _, name, _, _ in Formatter().parse(KINDS[kind][1]) if name} == set(VALUES[kind])

    def test_only_what_ended_or_threatens_a_run_is_an_error(self) -> None:
        levels = {kind: Notice(kind).level for kind in KINDS}
        assert {kind for kind, level in levels.items() if level == "error"} == {"diverged", "failed", "not_saved"}
        assert {kind for kind, level in levels.items() if level == "info"} == {
            "early_stop", "rate_changed", "recovered", "resumed",
        }  # fmt: skip

    def test_numbers_read_as_people_write_them(self) -> None:
        sentence = str(Notice("diverged", VALUES["diverged"]))
        assert "A learning rate of 1 is too high here" in sentence
        assert "at epoch 1.25" in sentence
        assert sentence.endswith("Try 0.1.")


class TestDeadUnits:
    def test_is_said_of_each_with_the_epoch_since_when(self) -> None:
        records = epochs([0.05] * 4, dead=[(), (2,), (1, 2), (1, 2)])
        assert said(records) == [("dead_unit", {"unit": 1, "epoch": 3}), ("dead_unit", {"unit": 2, "epoch": 2})]

    def test_one_that_woke_up_is_not_mentioned(self) -> None:
        assert said(epochs([0.05] * 3, dead=[(1,), (1,), ()])) == []

    def test_one_that_woke_up_in_between_is_dead_since_the_last_time(self) -> None:
        assert said(epochs([0.05] * 4, dead=[(1,), (), (1,), (1,)])) == [("dead_unit", {"unit": 1, "epoch": 3})]


class TestFloors:
    @pytest.mark.parametrize(("floor", "kind"), [(AVERAGE, "average_digit"), (BLACK, "all_black")])
    def test_two_epochs_at_a_floor_are_stuck_one_is_not(self, floor: float, kind: str) -> None:
        assert said(epochs([0.2, floor])) == []
        assert said(epochs([0.2, floor, floor * 1.005])) == [(kind, {"epoch": 2})]
        assert said(epochs([0.2, floor, floor, floor * 0.995])) == [(kind, {"epoch": 2})]

    @pytest.mark.parametrize("floor", [AVERAGE, BLACK])
    def test_a_loss_that_left_the_floor_is_not_stuck(self, floor: float) -> None:
        assert said(epochs([floor, floor, floor * 0.9])) == []
        assert said(epochs([floor, floor, floor * 1.1])) == []

    def test_a_loss_that_came_back_is_stuck_since_it_came_back(self) -> None:
        assert said(epochs([AVERAGE, 0.05, AVERAGE, AVERAGE])) == [("average_digit", {"epoch": 3})]

    def test_the_course_s_bad_starts_are_worse_than_good_ones_but_not_stuck(self) -> None:
        grey = [5_200, 4_500, 4_100, 4_073]  # squared grey levels, the worst of nine starts
        assert said(epochs([loss / 65_025 for loss in grey])) == []


class TestOverfitting:
    FALLING = (0.05, 0.04, 0.03, 0.02, 0.01, 0.009)

    def test_is_said_after_three_worse_epochs_while_the_training_loss_falls(self) -> None:
        held_out = [0.05, 0.040, 0.041, 0.042, 0.043, 0.044]
        assert said(epochs(list(self.FALLING[:4]), held_out[:4])) == []
        assert said(epochs(list(self.FALLING[:5]), held_out[:5])) == [("overfitting", {"epoch": 2})]
        assert said(epochs(list(self.FALLING), held_out)) == [("overfitting", {"epoch": 2})]

    def test_is_not_said_where_the_rise_is_below_one_percent(self) -> None:
        assert said(epochs(list(self.FALLING[:5]), [0.05, 0.0400, 0.0403, 0.0403, 0.0403])) == []

    def test_is_not_said_where_the_training_loss_rises_too(self) -> None:
        assert said(epochs([0.05, 0.04, 0.05, 0.05, 0.05], [0.05, 0.04, 0.05, 0.05, 0.05])) == []

    def test_is_not_said_where_nothing_was_held_out(self) -> None:
        assert said(epochs(list(self.FALLING))) == []

    def test_is_not_said_while_it_recovers(self) -> None:
        assert said(epochs(list(self.FALLING), [0.05, 0.040, 0.042, 0.042, 0.042, 0.0402])) == []


class TestNothingToSay:
    def test_of_no_epochs(self) -> None:
        assert troubles([], AVERAGE, BLACK) == []

    @given(st.lists(st.floats(0.001, 0.05), max_size=20).map(lambda losses: sorted(losses, reverse=True)))
    def test_of_a_run_that_gets_better_and_better(self, losses: list[float]) -> None:
        assert said(epochs(losses, losses)) == []

    def test_of_a_data_set_of_blank_pictures(self) -> None:
        assert troubles(epochs([0.01, 0.005]), average_mse=0.0, black_mse=0.0) == []
