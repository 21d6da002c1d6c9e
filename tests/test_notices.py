"""Laws of the notices: each appears exactly when it should, since when it should, and reads as a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from string import Formatter
from typing import Any

import numpy as np
import pytest
from conftest import QUICK, SMALL
from hypothesis import given
from hypothesis import strategies as st

from autoencoder.data.baseline import pca_baseline
from autoencoder.data.dataset import load_dataset
from autoencoder.presets import PRESETS
from autoencoder.runs.changes import gone_back, rewound, with_pause, with_rate, with_slice_trained_at
from autoencoder.runs.history import History
from autoencoder.runs.notices import KINDS, Notice, ruin, troubles
from autoencoder.runs.progress import all_notices
from autoencoder.runs.run import Run
from autoencoder.runs.store import SHIPPED, RunStore
from autoencoder.training.records import EpochRecord

AVERAGE, BLACK = 0.0669, 0.112  # MSE on [0, 1] of predicting the average digit, and nothing at all, on MNIST
VALUES: dict[str, dict[str, Any]] = {
    "dead_unit": {"unit": 2, "epoch": 3},
    "dead_layer": {"layer": "decoder_1", "epoch": 3},
    "dark_pixels": {"count": 12, "epoch": 3},
    "unused_dimensions": {"epoch": 2, "units": "3, 5", "least": 0.01},
    "kl_exploded": {"epoch": 2, "kl": 431.0, "most": 33.3},
    "average_digit": {"epoch": 2},
    "all_black": {"epoch": 2},
    "overfitting": {"epoch": 9},
    "diverged": {"rate": 1, "epoch": 1.25, "kept": 1.0, "advice": 0.1},
    "ruined_by_rate": {"rate": 1.0, "epoch": 3.0, "best": 0.0476},
    "ruined": {"rate": 0.5, "epoch": 3.2, "best": 0.0476},
    "ruined_early": {"rate": 0.5, "epoch": 0.2, "best": 0.0476},
    "early_stop": {"epoch": 7, "patience": 3},
    "kept_best": {"epoch": 3, "best": 0.0476, "loss": 0.2436},
    "went_back": {"epoch": 3, "left": 4.6, "loss": 0.2436, "had": 1.0, "rate": 0.003},
    "paused": {"epoch": 2.5},
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


def variational(kls: list[float], unused: list[tuple[int, ...]], dead: tuple[int, ...] = ()) -> list[EpochRecord]:
    rows = enumerate(zip(kls, unused, strict=True), 1)
    return [
        EpochRecord(n, 140.0, 141.0, 0.5, dead, {"mse": 0.03, "val_mse": 0.04, "val_kl": kl, "unused_units": units})
        for n, (kl, units) in rows
    ]


def ill(*rows: dict[str, Any]) -> list[EpochRecord]:
    return [EpochRecord(n, 0.05, 0.05, 0.5, (), {"mse": 0.05, "val_mse": 0.05, **row}) for n, row in enumerate(rows, 1)]


class TestDead:
    def test_of_dead_layers_the_first_is_named_since_nothing_gets_past_it(self) -> None:
        layers = ["encoder_2", "decoder_1", "decoder_2"]
        found = said(ill({}, {"dead_layers": layers[2:]}, {"dead_layers": layers}, {"dead_layers": layers}))
        assert found == [("dead_layer", {"layer": "encoder_2", "epoch": 3})]
        assert not said(ill({"dead_layers": layers}, {}))

    def test_pixels_that_stay_dark_are_counted_unless_all_of_them_do(self) -> None:
        dark = ill({}, {"dark_pixels": 3}, {"dark_pixels": 7})
        assert said(dark) == [("dark_pixels", {"count": 7, "epoch": 2})]
        black = [replace(record, columns={**record.columns, "mse": BLACK}) for record in dark]
        assert said(black) == [("all_black", {"epoch": 1})]


class TestVariational:
    def test_unused_dimensions_are_named_together_since_they_are_the_same(self) -> None:
        found = troubles(variational([9, 8, 8], [(), (3, 5), (3, 5)]), AVERAGE, BLACK)
        assert [(notice.kind, notice.values["epoch"], notice.values["units"]) for notice in found] == [
            ("unused_dimensions", 2, "3, 5")
        ]
        assert not troubles(variational([9, 8], [(3,), ()]), AVERAGE, BLACK)

    def test_an_unused_dimension_is_not_called_dead_as_well(self) -> None:
        found = troubles(variational([1.0], [(1,)], dead=(1, 2)), AVERAGE, BLACK)
        assert [(notice.kind, notice.values.get("unit")) for notice in found] == [
            ("dead_unit", 2), ("unused_dimensions", None),
        ]  # fmt: skip

    def test_a_kl_divergence_explodes_where_no_number_can_hold_it(self) -> None:
        run = Run("r", replace(SMALL, variational=True), QUICK)
        for kls, since in (([5, 30], None), ([5, 34, 80], 2), ([50, 6], None)):
            notices = all_notices(run, History([], variational(kls, [()] * len(kls))))
            found = [notice.values["epoch"] for notice in notices if notice.kind == "kl_exploded"]
            assert found == ([] if since is None else [since])


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
        assert {kind for kind, level in levels.items() if level == "error"} == {
            "diverged", "failed", "not_saved", "ruined", "ruined_by_rate", "ruined_early",
        }  # fmt: skip
        assert {kind for kind, level in levels.items() if level == "info"} == {
            "early_stop", "kept_best", "paused", "rate_changed", "recovered", "resumed", "unused_dimensions",
            "went_back",
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


def points(*losses: float, each: float = 0.1) -> list[tuple[float, float]]:
    """(epoch, MSE), ten points an epoch."""
    return [(round(each * (i + 1), 6), loss) for i, loss in enumerate(losses)]


def set_to(rate: float, epoch: float) -> Notice:
    return Notice("rate_changed", {"rate": rate, "epoch": epoch})


def ruined(*losses: float, events: Sequence[Notice] = (), back: bool = True) -> Notice | None:
    return ruin(points(*losses), AVERAGE, events, 0.003, can_go_back=back)


FALLING = tuple(np.linspace(0.2, 0.05, 20).tolist())  # two epochs


class TestRuin:
    def test_is_said_as_soon_as_two_points_are_twice_the_best_so_far(self) -> None:
        assert ruined(*FALLING, 0.052, 0.101) is None
        assert ruined(*FALLING, 0.052, 0.105, 0.12) == Notice("ruined", {"rate": 0.003, "epoch": 2.2, "best": 0.05})

    def test_is_said_above_the_average_digit_of_a_run_that_had_been_below_it(self) -> None:
        assert ruined(*FALLING, 1.19 * AVERAGE, 1.19 * AVERAGE) is None
        assert ruined(*FALLING, 1.21 * AVERAGE, 1.21 * AVERAGE) is not None
        assert ruined(0.2, 0.15, 0.1, 0.19, 0.19) is None  # it never was

    def test_names_the_rate_that_somebody_set_before(self) -> None:
        lost = (*FALLING, 0.15, 0.24, 0.24)
        said = ruined(*lost, events=[set_to(0.001, 1.0), set_to(1.0, 2.0), set_to(0.003, 2.25)])
        assert said == Notice("ruined_by_rate", {"rate": 1.0, "epoch": 2.0, "best": 0.05})
        assert "Since the learning rate was set to 1 at epoch 2.0" in str(said)

    def test_does_not_blame_a_rate_that_was_set_lower_or_later(self) -> None:
        lost = (*FALLING, 0.15, 0.24, 0.24)
        for event in (set_to(0.001, 2.0), set_to(1.0, 2.2)):
            said = ruined(*lost, events=[event])
            assert said is not None
            assert said.kind == "ruined"

    def test_without_a_whole_epoch_it_does_not_promise_a_way_back(self) -> None:
        said = ruined(*FALLING, 0.24, 0.24, back=False)
        assert said is not None
        assert said.kind == "ruined_early"

    def test_stays_until_the_loss_is_near_its_best_again(self) -> None:
        lost = (*FALLING, 0.05, 0.24, 0.24)
        assert ruined(*lost, 0.067, 0.067, 0.067) is not None  # the average digit: below the threshold, and not healed
        assert ruined(*lost, 0.061, 0.061) is not None
        assert ruined(*lost, 0.055, 0.055) is None
        assert ruined(*lost, 0.055, 0.055, 0.24, 0.24) is not None

    def test_one_point_alone_is_noise(self) -> None:
        assert ruined(*FALLING, 0.3, 0.049, 0.3, 0.048) is None

    def test_where_nearly_nothing_is_left_to_learn_a_jump_is_no_ruin(self) -> None:
        assert ruined(*FALLING, *[0.0005] * 5, 0.002, 0.002) is None

    def test_of_no_points_or_a_blank_data_set_there_is_nothing_to_say(self) -> None:
        assert ruined() is None
        assert ruin(points(0.01, 0.02, 0.03), 0.0, (), 0.003, can_go_back=True) is None

    @given(st.lists(st.floats(0.9, 1.1), min_size=60, max_size=60))
    def test_a_falling_loss_with_noise_is_no_ruin_at_any_moment(self, noise: list[float]) -> None:
        losses = [factor * (0.03 + 0.2 * np.exp(-i / 8)) for i, factor in enumerate(noise)]
        assert [n for n in range(60) if ruined(*losses[:n]) is not None] == []

    @pytest.mark.parametrize("preset", PRESETS)
    def test_no_shipped_training_was_ever_called_ruined(self, preset: str) -> None:
        store = RunStore(SHIPPED)
        run, history = store.load(preset), store.load_history(preset)
        average = pca_baseline(load_dataset(run.training.dataset)).average_mse
        told = history.mse_points()
        found = [n for n in range(1, len(told), 7) if ruin(told[:n], average, (), 0.003, can_go_back=True)]
        assert found == []

    def test_of_a_run_that_keeps_an_epoch_from_before_it_is_not_said(self) -> None:
        history = History([(e, mse) for e, mse in points(*FALLING, 0.24, 0.24, 0.24)])
        run = Run("a-run", SMALL, QUICK, status="stopped", epoch=2.3, best_epoch=2, kept=2.3)
        assert [notice.kind for notice in all_notices(run, history)] == ["ruined"]
        assert all_notices(replace(run, kept=2.0), history) == []

    def test_troubles_are_those_of_the_epoch_that_is_kept(self) -> None:
        history = History([], ill({}, {}, {"dark_pixels": 9}))
        run = Run("a-run", SMALL, QUICK, status="stopped", epoch=3.0, best_epoch=2, kept=3.0)
        assert [notice.kind for notice in all_notices(run, history)] == ["dark_pixels"]
        assert all_notices(replace(run, kept=2.0), history) == []


class TestWhatHappens:
    RUN = Run("a-run", SMALL, QUICK, status="training", epoch=4.6, seconds=9.0, best_epoch=3)

    def test_a_pause_is_kept_once_a_place_and_needs_no_sentence(self) -> None:
        run = with_pause(with_pause(self.RUN))
        assert (run.status, run.events) == ("paused", (Notice("paused", {"epoch": 4.6}),))
        assert all_notices(run, History()) == []
        assert with_pause(Run("a-run", SMALL, QUICK)).events == ()  # nothing has begun yet

    def test_a_rate_that_nothing_was_trained_with_leaves_no_trace(self) -> None:
        run = with_rate(with_pause(with_rate(self.RUN, 1.0)), 0.5)
        assert [event.values.get("rate") for event in run.events] == [None, 0.5]
        assert with_rate(run, QUICK.learning_rate).events == (Notice("paused", {"epoch": 4.6}),)

    def test_a_rate_counts_from_the_end_of_the_slice_that_is_under_way(self) -> None:
        run = with_rate(self.RUN, 1.0, under_way=QUICK.learning_rate)
        run = with_slice_trained_at(run, QUICK.learning_rate, 4.8)
        assert [event.values for event in run.events] == [{"rate": 1.0, "epoch": 4.8}]
        assert with_slice_trained_at(run, 1.0, 5.0) == run

    def test_a_rate_that_the_slice_under_way_is_trained_with_is_not_forgotten(self) -> None:
        run = with_rate(with_rate(self.RUN, 1.0), 0.5, under_way=1.0)
        run = with_slice_trained_at(run, 1.0, 4.8)
        assert [event.values for event in run.events] == [{"rate": 1.0, "epoch": 4.6}, {"rate": 0.5, "epoch": 4.8}]

    def test_where_a_run_falls_back_a_later_rate_holds_from_there_on(self) -> None:
        run = rewound(with_pause(with_rate(self.RUN, 1.0)), 3.9, best_epoch=3)
        assert (run.epoch, run.learning_rate, [event.values["epoch"] for event in run.events]) == (3.9, 1.0, [3.9, 3.9])

    def test_the_way_back_takes_losses_marks_and_rate_along_and_says_what_was_left(self) -> None:
        early, late = (Notice("paused", {"epoch": epoch}) for epoch in (1.0, 4.0))
        events = (early, set_to(0.002, 2.0), set_to(1.0, 3.0), late)
        run = Run("a-run", SMALL, QUICK, status="training", epoch=4.6, seconds=9.0, best_epoch=3, events=events)
        history = History(points(0.07, 0.05, 0.04, 0.2, 0.3, each=1.0), epochs([0.07, 0.05, 0.04, 0.2]))
        back = gone_back(run, history, seconds=0.25)
        assert (back.epoch, back.seconds, back.learning_rate) == (3.0, 9.0, 0.002)
        assert [event.kind for event in back.events] == ["paused", "rate_changed", "went_back"]
        assert back.events[-1].values == {
            "epoch": 3, "left": 4.6, "loss": 0.3, "had": 1.0, "rate": 0.002, "seconds": 0.75,
        }  # fmt: skip
        assert ([e for e, _ in history.points], [r.epoch for r in history.records]) == ([1.0, 2.0, 3.0], [1, 2, 3])
        assert back.given_up == ((3, 0.75),)

    def test_what_an_earlier_way_back_gave_up_is_not_forgotten_by_the_next(self) -> None:
        before = Notice("went_back", {"epoch": 4, "left": 5.0, "loss": 0.2, "had": 1.0, "rate": 0.003, "seconds": 2.0})
        run = Run("a-run", SMALL, QUICK, status="training", epoch=4.2, best_epoch=3, events=(before,))
        back = gone_back(run, History(points(0.07, 0.05, 0.04, 0.2, each=1.0), epochs([0.07, 0.05, 0.04, 0.2])), 0.0)
        assert back.given_up == ((3, 2.5),)


class TestNothingToSay:
    def test_of_no_epochs(self) -> None:
        assert troubles([], AVERAGE, BLACK) == []

    @given(st.lists(st.floats(0.001, 0.05), max_size=20).map(lambda losses: sorted(losses, reverse=True)))
    def test_of_a_run_that_gets_better_and_better(self, losses: list[float]) -> None:
        assert said(epochs(losses, losses)) == []

    def test_of_a_data_set_of_blank_pictures(self) -> None:
        assert troubles(epochs([0.01, 0.005]), average_mse=0.0, black_mse=0.0) == []
