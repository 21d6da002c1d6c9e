"""A sweep: which trainings it is, and what the command line tells of each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest
from conftest import QUICK, SMALL, TINY

from autoencoder.__main__ import main
from autoencoder.choices import Pair, values_of
from autoencoder.errors import InvalidArchitecture, InvalidSweep
from autoencoder.runs.run import Run
from autoencoder.runs.store import RunStore
from autoencoder.sweep import Sweep, read_values

BASE: Pair = (SMALL, QUICK)


def chosen(sweep: Sweep) -> list[dict[str, Any]]:
    """What differs from the base, of each member."""
    own = values_of(*BASE)
    return [
        {name: value for name, value in values_of(*member.settings).items() if value != own[name]}
        for member in sweep.members()
    ]


class TestPlan:
    def test_each_value_is_a_training_and_all_else_stays(self) -> None:
        sweep = Sweep(BASE, (("latent_dim", (1, 3, 5)),))
        assert sweep.size == 3
        assert chosen(sweep) == [{"latent_dim": 1}, {"latent_dim": 3}, {"latent_dim": 5}]

    def test_lists_that_multiply_to_millions_are_refused_before_any_is_tried(self) -> None:
        rates = tuple(n / 100_000 for n in range(1, 5_001))
        with pytest.raises(InvalidSweep, match="25,000,000 trainings, and at most 1,000"):
            Sweep(BASE, (("learning_rate", rates), ("weight_decay", rates)))
        with pytest.raises(InvalidSweep, match="2,000,000 trainings"):
            Sweep(BASE, (("latent_dim", (1, 3)),), seeds=1_000_000)

    def test_two_options_are_all_their_pairs(self) -> None:
        sweep = Sweep(BASE, (("latent_dim", (1, 3)), ("epochs", (7, 9))))
        assert [dict(member.values) for member in sweep.members()] == [
            {"latent_dim": d, "epochs": n} for d in (1, 3) for n in (7, 9)
        ]

    def test_several_seeds_follow_that_of_the_base(self) -> None:
        sweep = Sweep(BASE, (("latent_dim", (1, 3)),), seeds=3)
        seeds = [(dict(member.values)["latent_dim"], member.seed) for member in sweep.members()]
        assert seeds == [(d, QUICK.seed + more) for d in (1, 3) for more in range(3)]
        assert [member.settings[1].seed for member in sweep.members()] == [seed for _d, seed in seeds]

    @pytest.mark.parametrize(
        ("values", "seeds"),
        [
            ((), 1),
            ((("latent_dim", (1, 2)), ("epochs", (1, 2)), ("batch_size", (1, 2))), 1),
            ((("latent_dim", (1, 2)), ("latent_dim", (3, 4))), 1),
            ((("seed", (1, 2)),), 2),
            ((("latent_dim", (1, 2)),), 0),
        ],
    )
    def test_what_is_no_curve_and_no_heat_map_is_refused(self, values: Any, seeds: int) -> None:
        with pytest.raises(InvalidSweep):
            Sweep(BASE, values, seeds)

    def test_a_member_that_cannot_be_trained_is_refused_before_the_first_begins(self) -> None:
        with pytest.raises(InvalidArchitecture, match="never exceeds 1"):
            Sweep(BASE, (("pixels", ("unit", "grey")),))

    def test_values_are_separated_by_commas_and_each_counts_once(self) -> None:
        assert read_values({"latent_dim": "1, 2,2", "encoder": "32-16,8"}) == {
            "latent_dim": (1, 2), "encoder": ((32, 16), (8,)),
        }  # fmt: skip
        with pytest.raises(InvalidSweep, match="Latent dimensions must be a whole number between 1 and 784, got many"):
            read_values({"latent_dim": "1,many"})


class TestCommand:
    @pytest.fixture
    def models(self, store: RunStore, tiny: object, monkeypatch: pytest.MonkeyPatch) -> RunStore:
        monkeypatch.setenv("MODELS_DIR", str(store.folder))
        return store

    def test_what_is_wrong_is_said_before_anything_is_trained(
        self, models: RunStore, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for arguments in (["--latent-dim", "2"], ["--latent-dim", "2,0"], ["--latent-dim", "1,2", "--seeds", "0"]):
            assert main(["sweep", *arguments]) == 1
            assert capsys.readouterr().err.startswith("error: ")
        assert models.runs() == ([], {})

    @pytest.mark.slow
    def test_each_run_is_an_object_with_what_was_chosen_and_stays_like_any_other(
        self, models: RunStore, capsys: pytest.CaptureFixture[str]
    ) -> None:
        small = ["--encoder", "8", "--epochs", "1", "--batch-size", "2048", "--dataset", TINY]
        assert main(["sweep", "--latent-dim", "1,2", *small, "--json"]) == 0
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [(line["latent_dim"], line["seed"], line["status"]) for line in lines] == [
            (1, 0, "finished"), (2, 0, "finished"),
        ]  # fmt: skip
        for line in lines:
            run = models.load(line["run"])
            assert run.measures is not None
            assert (run.architecture.latent_dim, run.measures.error) == (line["latent_dim"], line["test_mse"])
            assert line["pca_mse"] > 0

    def test_with_a_scheduler_it_trains_there_and_tells_each_run_with_what_was_chosen_for_it(
        self, models: RunStore, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = []

        def cluster(address: str) -> AbstractContextManager[None]:
            asked.append(address)
            return nullcontext()

        def trained(_store: RunStore, wanted: list[Pair], _client: object) -> Iterator[tuple[int, Run]]:
            for at in (1, 0):
                yield at, Run(f"run-{at}", *wanted[at], status="finished", epoch=1.0)

        monkeypatch.setenv("AUTOENCODER_SCHEDULER", "tcp://somewhere:8786")
        monkeypatch.setattr("autoencoder.engine.cluster.training_cluster", cluster)
        monkeypatch.setattr("autoencoder.engine.many.train_on_cluster", trained)
        assert main(["sweep", "--latent-dim", "1,2", "--epochs", "1"]) == 0
        first, second = capsys.readouterr().out.splitlines()
        assert first.startswith("1 of 2: --latent-dim 2,")
        assert second.startswith("2 of 2: --latent-dim 1,")
        assert asked == ["tcp://somewhere:8786"]
