"""What runs are called, so that they can be told apart; and the note that their owner writes on them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest
from cluster import service_on

from autoencoder.engine.service import TrainingService
from autoencoder.errors import NotAllowed
from autoencoder.presets import PRESETS
from autoencoder.runs.run import LONGEST_NOTE, Run
from autoencoder.runs.store import RunStore
from autoencoder.settings import Architecture, Training
from server.settings_words import rows_of
from server.titles import distinct, titles_of

RUN = Run("a", Architecture(encoder=(32,)), Training(), owner="one", created="2026-01-01", status="finished")


def like(name: str, created: str = "2026-01-02", **settings: object) -> Run:
    """RUN with another id, and other settings of its training."""
    return replace(RUN, id=name, created=created, training=replace(RUN.training, **settings))


class TestTitles:
    def test_a_network_trained_once_is_called_by_its_layers(self) -> None:
        assert titles_of([RUN], "en") == {"a": "32 · 2-D"}

    def test_of_two_each_says_where_they_differ(self) -> None:
        assert titles_of([RUN, like("b", epochs=3, learning_rate=0.01)], "en") == {
            "a": "32 · 2-D · learning rate 0.003 · epochs 12",
            "b": "32 · 2-D · learning rate 0.01 · epochs 3",
        }

    def test_what_most_have_goes_without_saying(self) -> None:
        runs = [RUN, *(like(f"b{seed}", seed=seed) for seed in (1, 2, 3)), like("odd", schedule="constant")]
        titles = titles_of(runs, "en")
        assert titles["odd"] == "32 · 2-D · seed 0 · schedule constant"
        assert titles["b2"] == "32 · 2-D · seed 2"
        assert len(set(titles.values())) == len(runs)

    def test_a_switch_that_is_on_is_named_and_nothing_more(self) -> None:
        variational = replace(like("v", loss="bce"), architecture=replace(RUN.architecture, variational=True))
        assert titles_of([RUN, variational], "en") == {
            "a": "32 · 2-D · loss squared error",
            "v": "32 · 2-D · variational · loss binary cross-entropy",
        }

    def test_the_same_settings_are_numbered_from_the_oldest_on(self) -> None:
        runs = [like("c", created="2026-01-03"), RUN, like("b")]
        assert titles_of(runs, "en") == {"a": "32 · 2-D", "b": "32 · 2-D (2)", "c": "32 · 2-D (3)"}

    def test_a_name_that_was_given_stays_as_it_is(self) -> None:
        assert titles_of([RUN, replace(RUN, id="b", name="Mine")], "en") == {"a": "32 · 2-D", "b": "Mine"}

    def test_runs_of_others_and_shipped_ones_do_not_count(self) -> None:
        shipped = [
            Run(preset.id, preset.architecture, preset.training, preset.name, preset.id) for preset in PRESETS.values()
        ]
        mine = replace(shipped[0], id="mine", name="", owner="one")
        titles = titles_of([*shipped, mine, replace(mine, id="others", owner="two")], "en")
        assert titles["mine"] == titles["others"] == titles[shipped[0].id] == "Quick map"

    def test_in_spanish_names_and_numbers_are_spanish(self) -> None:
        titles = titles_of([RUN, like("b", learning_rate=0.01)], "es")
        assert titles["b"] == "32 · 2-D · tasa de aprendizaje 0,01"

    def test_a_hundred_runs_of_one_network_have_a_hundred_titles(self) -> None:
        runs = [like(f"r{i}", seed=i % 7, epochs=1 + i // 7, created=f"2026-01-02T{i:04}") for i in range(100)]
        assert len(set(titles_of(runs, "en").values())) == 100


def test_every_option_is_among_the_settings_that_are_shown() -> None:
    for kind in (Architecture, Training):
        assert len(rows_of(kind(), "en")) == len(fields(kind))
    assert dict(rows_of(Training(patience=None, epochs=1000), "en")) == {
        "Learning rate": "0.003", "Epochs": "1,000", "Batch size": "256", "Seed": "0", "Schedule": "one cycle",
        "Digits to train on": "some held out", "Stop early after (epochs)": "never",
        "Noise on the input": "0", "Masked pixels": "0", "Loss": "squared error", "Sparse code (L1)": "0",
        "β of a variational network": "1", "Epochs until β is reached": "0", "Weight decay": "0", "Dropout": "0",
        "Data set": "mnist",
    }  # fmt: skip


class TestNotes:
    @pytest.fixture
    def service(self, tmp_path: Path) -> Iterator[TrainingService]:
        with service_on(RunStore(tmp_path), None) as service:
            service.store.save(RUN)
            yield service

    def test_a_note_is_stored_with_the_run(self, service: TrainingService) -> None:
        service.annotate("a", "  too fast \n\n\tat epoch 3  ")
        assert RunStore(service.store.folder).load("a") == replace(RUN, note="too fast\nat epoch 3")
        service.annotate("a", "x" * 1000)
        assert service.run("a").note == "x" * LONGEST_NOTE
        service.annotate("a", " ")
        assert service.run("a") == RUN

    def test_of_a_run_under_way_it_lasts_too(self, service: TrainingService) -> None:
        run = service.start(RUN.architecture, RUN.training)
        service.annotate(run.id, "look at this one")
        service.rename(run.id, "Mine")
        service.close()
        stored = RunStore(service.store.folder).load(run.id)
        assert (stored.name, stored.note) == ("Mine", "look at this one")

    def test_a_run_without_one_is_stored_as_before(self, service: TrainingService) -> None:
        assert "note" not in json.loads((service.store.folder / "a" / "run.json").read_text())
        assert service.run("a") == RUN

    def test_a_shipped_run_takes_none(self, tmp_path: Path) -> None:
        with service_on(RunStore(tmp_path, shipped=RunStore(None).folder), None) as service, pytest.raises(NotAllowed):
            service.annotate("quick-map", "mine now")


def test_names_that_are_the_same_are_told_apart_by_what_is_said_and_then_by_their_ids() -> None:
    names = {"a": "Quick map", "b": "Quick map", "c": "Quick map", "d": "another"}
    told = distinct(names, {"a": "shipped", "b": "yours", "c": "yours"}.__getitem__)
    assert told == {
        "a": "Quick map · shipped",
        "b": "Quick map · yours · b",
        "c": "Quick map · yours · c",
        "d": "another",
    }
    assert distinct({"a": "1, 2", "b": "1, 2"}) == {"a": "1, 2 · a", "b": "1, 2 · b"}
