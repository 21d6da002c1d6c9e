"""Limits hold, say which one and what to do; and what goes when space runs out is never what somebody has named."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from cluster import ROOT, free_port
from conftest import QUICK, SMALL, random_weights

from autoencoder.analysis.latent_space import LatentSpace
from autoencoder.data.own import DatasetLimits
from autoencoder.engine.service import TrainingService
from autoencoder.errors import AutoencoderError, InvalidSetting, LimitReached
from autoencoder.presets import PRESETS
from autoencoder.process.environment import variable
from autoencoder.runs.limits import GIGABYTE, Limits, bytes_needed, may_go
from autoencoder.runs.run import Run, hashed, now
from autoencoder.runs.seen import AWAY_DAYS, LastSeen
from autoencoder.runs.store import RunStore
from autoencoder.settings import Architecture
from autoencoder.training.records import Checkpoint

README = (ROOT / "README.md").read_text()
ME, OTHER = "the-secret-of-my-browser", "the-secret-of-another"
LEFT = "the-secret-of-one-who-has-not-come-for-a-week"


def ended(run_id: str, day: int, owner: str = ME, **more: object) -> Run:
    created = f"2026-01-{day:02d}T00:00:00+00:00"
    return Run(run_id, SMALL, QUICK, owner=hashed(owner), created=created, status="finished", **more)  # type: ignore[arg-type]


def service_with(store: RunStore, **limits: int) -> TrainingService:
    """Without a cluster: what is started waits."""
    return TrainingService(store, replace(Limits(), **limits))


class TestSettings:
    def test_the_readme_says_each_with_its_default_as_one_types_it(self) -> None:
        rows = dict(re.findall(r"^\| `(LIMIT_\w+)` \| (\d+) \|", README, re.M))
        every = [(f.name, kind()) for kind in (Limits, DatasetLimits) for f in fields(kind)]
        assert rows == {variable(name): str(getattr(limits, name)) for name, limits in every}

    def test_they_come_from_the_environment(self) -> None:
        given = {"LIMIT_TRAININGS": "1", "LIMIT_EPOCHS": " 20 ", "LIMIT_QUEUE": "", "PATH": "elsewhere"}
        assert Limits.from_environment(given) == Limits(trainings=1, epochs=20)

    @pytest.mark.parametrize("text", ["0", "-1", "1.5", "many", "1e3", "٣", "9" * 40])
    def test_what_is_no_number_is_said(self, text: str) -> None:
        with pytest.raises(InvalidSetting, match="LIMIT_RUNS"):
            Limits.from_environment({"LIMIT_RUNS": text})

    @pytest.mark.slow
    def test_the_app_does_not_start_with_it_and_says_why(self) -> None:
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(free_port())]
        environment = os.environ | {"LIMIT_RUNS": "many"}
        start = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
        assert start.returncode == 1
        assert "error: LIMIT_RUNS must be a whole number above 0, got 'many'." in start.stderr
        assert "Traceback" not in start.stderr

    @pytest.mark.parametrize("preset", PRESETS)
    def test_every_preset_can_be_trained_without_setting_anything(self, preset: str) -> None:
        Limits().check_size(PRESETS[preset].architecture, PRESETS[preset].training)


class TestStarting:
    def test_without_limits_everything_goes(self, store: RunStore) -> None:
        service = TrainingService(store)
        assert len({service.start(SMALL, QUICK, owner=ME).id for _ in range(40)}) == 40
        service.close()

    @pytest.mark.parametrize(
        ("limits", "architecture", "epochs"),
        [({"epochs": 2}, SMALL, 3), ({"parameters": 20_000}, Architecture(encoder=(16,)), 1)],
    )
    def test_what_is_too_large_is_refused(
        self, store: RunStore, limits: dict[str, int], architecture: Architecture, epochs: int
    ) -> None:
        service = service_with(store, **limits)
        with pytest.raises(LimitReached, match=variable(*limits)):
            service.start(architecture, replace(QUICK, epochs=epochs), owner=ME)
        service.start(SMALL, replace(QUICK, epochs=2), owner=ME)
        service.close()

    def test_so_many_at_once_and_each_person_counts_alone(self, store: RunStore) -> None:
        service = service_with(store, trainings=2)
        first = service.start(SMALL, QUICK, owner=ME)
        service.start(SMALL, QUICK, owner=ME)
        with pytest.raises(LimitReached, match="LIMIT_TRAININGS"):
            service.start(SMALL, QUICK, owner=ME)
        service.start(SMALL, QUICK, owner=OTHER)
        service.pause(first.id)
        service.start(SMALL, QUICK, owner=ME)  # what is paused takes no turns
        with pytest.raises(LimitReached, match="LIMIT_TRAININGS"):
            service.resume(first.id)
        with pytest.raises(LimitReached, match="LIMIT_TRAININGS"):
            service.step(first.id)
        assert service.run(first.id).status == "paused"
        service.close()

    def test_a_limit_holds_against_many_clicks_at_once(self, store: RunStore) -> None:
        service = service_with(store, trainings=3)

        def click(_: int) -> bool:
            try:
                service.start(SMALL, QUICK, owner=ME)
            except LimitReached:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(click, range(24))) == 3
        service.close()

    def test_the_queue_has_an_end(self, store: RunStore) -> None:
        service = service_with(store, queue=2)
        for secret in ("one", "two"):
            service.start(SMALL, QUICK, owner=secret)
        for job in service._jobs.values():
            job.run = replace(job.run, status="training")  # each has had its first turn, and wants more
        with pytest.raises(LimitReached, match="LIMIT_QUEUE"):
            service.start(SMALL, QUICK, owner="three")
        service.close()

    def test_what_was_interrupted_resumes_within_the_limit(self, store: RunStore) -> None:
        with_none = TrainingService(store)
        runs = [with_none.start(SMALL, QUICK, owner=ME) for _ in range(3)]
        with_none.close()
        service = service_with(store, trainings=2)
        for run in runs[:2]:
            service.resume(run.id)
        with pytest.raises(LimitReached):
            service.resume(runs[2].id)
        service.close()


class TestWhatGoes:
    def runs_to_delete(self, kept: list[Run], sizes: dict[str, int] | None = None, **limits: int) -> list[str]:
        found = replace(Limits(), **limits).runs_to_delete(
            kept,
            hashed(ME),
            lambda run: (sizes or {}).get(run.id, 0),
            needed=0,
            away=lambda owner: owner == hashed(LEFT),
        )
        return [run.id for run in found]

    def test_nothing_while_there_is_room(self) -> None:
        assert self.runs_to_delete([ended("a", 1), ended("b", 2)], runs=3) == []

    def test_the_oldest_unnamed_one_of_mine(self) -> None:
        runs = [ended("new", 9), ended("named", 1, name="mine"), ended("theirs", 2, OTHER), ended("old", 3)]
        assert self.runs_to_delete(runs, runs=3) == ["old"]
        assert self.runs_to_delete(runs, runs=2) == ["old", "new"]

    def test_never_one_that_is_named_or_under_way_or_shipped(self) -> None:
        runs = [ended("a", 1, name="kept"), replace(ended("b", 2), status="paused"), ended("quick-map", 3)]
        assert not any(may_go(run) for run in runs)
        with pytest.raises(LimitReached, match="LIMIT_RUNS is 2"):
            self.runs_to_delete(runs, runs=2)

    def test_a_browser_without_cookies_takes_nothing_away(self) -> None:
        runs = [replace(ended("by-hand", 1), owner=None)]
        with pytest.raises(LimitReached, match="LIMIT_RUNS"):
            Limits(runs=1).runs_to_delete(runs, None, lambda run: 0, 0, lambda owner: True)

    def test_when_the_disk_is_used_up_ones_own_and_then_those_of_people_who_are_away(self) -> None:
        runs = [
            ended("a", 3),
            ended("b", 1, LEFT, name="kept"),
            ended("c", 2, LEFT),
            ended("d", 4),
            ended("e", 1, OTHER),
        ]
        sizes = dict.fromkeys("abcde", GIGABYTE)
        assert self.runs_to_delete(runs, sizes, gigabytes=5) == []
        assert self.runs_to_delete(runs, sizes, gigabytes=3) == ["a", "d"]
        assert self.runs_to_delete(runs, sizes, gigabytes=2) == ["a", "d", "c"]
        with pytest.raises(LimitReached, match="LIMIT_GIGABYTES"):
            self.runs_to_delete(runs, sizes, gigabytes=1)

    def test_fresh_cookies_push_out_nobody_who_comes_here(self, store: RunStore) -> None:
        store.save(replace(ended("theirs", 1, OTHER), created=now()))
        service = service_with(store, gigabytes=1)
        service._size = lambda run: GIGABYTE  # type: ignore[method-assign]
        for n in range(3):
            with pytest.raises(LimitReached, match="LIMIT_GIGABYTES"):
                service.start(SMALL, QUICK, owner=f"a-cookie-that-was-made-just-now-{n}")
        assert store.has("theirs")
        service.close()

    def test_opening_a_page_keeps_ones_runs(self, store: RunStore) -> None:
        store.save(ended("theirs", 1, OTHER))
        store.save(ended("left", 2, LEFT))
        service = service_with(store, gigabytes=2)
        service._size = lambda run: GIGABYTE  # type: ignore[method-assign]
        assert [run.id for run in service.runs_to_delete(SMALL, QUICK, ME)] == ["theirs"]
        service.saw(OTHER)
        assert [run.id for run in service.runs_to_delete(SMALL, QUICK, ME)] == ["left"]
        service.close()

    def test_who_has_opened_a_page_within_the_week_is_here(self, store: RunStore, tmp_path: Path) -> None:
        clock = [time.time()]
        theirs = ended("theirs", 1, OTHER)
        seen = LastSeen(tmp_path, now=lambda: clock[0])
        assert seen.away([theirs])(theirs.owner)
        seen.note(hashed(OTHER), lambda: [theirs])
        seen.note(hashed("who has no run"), lambda: [theirs])
        again = LastSeen(tmp_path, now=lambda: clock[0])  # after a restart
        assert not again.away([theirs])(theirs.owner)
        assert [path.name for path in (tmp_path / ".room" / "seen").iterdir()] == [hashed(OTHER)]
        for owner in (hashed(OTHER), hashed("who has no run")):  # nobody's runs are listed twice in an hour
            seen.note(owner, lambda: pytest.fail("listed again"))
        clock[0] += (AWAY_DAYS + 1) * 24 * 3600
        assert again.away([theirs])(theirs.owner)

    def test_who_has_started_a_run_within_the_week_is_here(self, tmp_path: Path) -> None:
        recent, undated = replace(ended("a", 1, OTHER), created=now()), replace(ended("b", 1, LEFT), created="?")
        away = LastSeen(tmp_path).away([recent, ended("older", 1, OTHER), undated])
        assert (away(hashed(OTHER)), away(hashed(LEFT)), away(None)) == (False, True, True)

    def test_what_made_room_for_the_one_limit_counts_for_the_other(self) -> None:
        runs, sizes = [ended("a", 1), ended("b", 2)], {"a": GIGABYTE, "b": GIGABYTE}
        assert self.runs_to_delete(runs, sizes, runs=2, gigabytes=1) == ["a"]

    def test_the_page_says_it_before_and_starting_does_just_that(self, store: RunStore) -> None:
        for run in (ended("old", 1), ended("named", 2, name="mine"), ended("young", 3), ended("theirs", 1, OTHER)):
            store.save(run)
        service = service_with(store, runs=3)
        assert [run.id for run in service.runs_to_delete(SMALL, QUICK, ME)] == ["old"]
        assert store.has("old")
        started = service.start(SMALL, QUICK, owner=ME)
        assert {run.id for run in store.runs()[0]} == {"named", "young", "theirs", started.id}
        service.close()

    def test_a_refused_start_deletes_nothing(self, store: RunStore) -> None:
        for run in (ended("old", 1), ended("young", 2)):
            store.save(run)
        service = service_with(store, runs=1, trainings=1)
        service.start(SMALL, QUICK, owner=ME)
        store.save(ended("again", 3))
        with pytest.raises(AutoencoderError):
            service.start(SMALL, QUICK, owner=ME)
        assert store.has("again")
        service.close()


class TestSizes:
    def test_a_run_is_as_large_as_its_files(self, store: RunStore) -> None:
        store.save(ended("a", 1))
        folder = store.folder / "a"
        assert store.size("a") == sum(path.stat().st_size for path in folder.iterdir())
        (folder / "weights.npz").write_bytes(b"x" * 50_000)
        assert store.size("a") > 50_000
        store.delete("a")
        assert store.size("a") == 0

    @pytest.mark.parametrize("preset", PRESETS)
    def test_what_a_run_needs_is_not_underestimated(self, preset: str) -> None:
        shipped = RunStore(Path(__file__).parents[1] / "models")
        assert shipped.size(preset) < bytes_needed(PRESETS[preset].architecture)

    @pytest.mark.slow
    @pytest.mark.parametrize("d", [2, 64])
    def test_not_even_as_it_ends(self, store: RunStore, d: int) -> None:
        """When the checkpoint is still there beside all that the run leaves behind."""
        wide = Architecture(encoder=(512, 256), latent_dim=d)
        weights = random_weights(wide)
        adam = tuple(np.square(w) + seed for seed in (0, 1) for w in weights)
        store.save_checkpoint("a", Checkpoint(weights, adam, best_weights=weights, best_optimizer=adam))
        files = {name: b"".join(w.tobytes() for w in weights) for name in ("model.keras", "encoder.keras")}
        store.save_weights("a", weights, files)
        codes = np.random.default_rng(0).normal(size=(70_000, d)).astype(np.float32)
        store.save_space("a", LatentSpace(codes, np.square(codes[:, 0])))
        store.save(ended("a", 1))
        assert store.size("a") < bytes_needed(wide)
