"""Laws of the presets: the course's are the notebook's to the letter; what ships is what its run.json says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from autoencoder.analysis.latent_space import latent_space
from autoencoder.analysis.metrics import measure
from autoencoder.data.baseline import pca_baseline
from autoencoder.data.dataset import load_dataset
from autoencoder.option_kinds import options
from autoencoder.presets import PRESETS, Preset
from autoencoder.runs.run import Run
from autoencoder.runs.store import RunStore
from autoencoder.settings import GREY_SQUARED, Architecture, Training
from autoencoder.training.records import WATCHED

MODELS = Path(__file__).parents[1] / "models"
NOT_SHIPPED = ("space.npz", "tsne.npz", "model.keras", "encoder.keras", "decoder.keras", ".lock")  # can be made again


class TestCourse:
    """Settings copied from the notebook's cells; the seed is ours, the notebook has none."""

    def test_8_d(self) -> None:
        preset = PRESETS["course-8d"]
        assert preset.architecture == Architecture(
            encoder=(256, 128, 64),
            latent_dim=8,
            decoder=(64, 128),
            hidden_activation="relu",
            latent_activation="relu",
            output_activation="relu",
            pixels="grey",
        )
        assert preset.training == Training(
            learning_rate=0.0005, batch_size=64, epochs=20, schedule="constant",
            seed=preset.training.seed, patience=None, digits="all", dataset="mnist",
        )  # fmt: skip
        assert preset.architecture.parameter_count == 352_664
        assert preset.course_losses == {1: 3808.1, 2: 2343.2, 3: 2191.0, 4: 2105.0, 5: 2054.9, 20: 1755.8}

    def test_2_d(self) -> None:
        preset = PRESETS["course-2d"]
        assert preset.architecture == Architecture(
            encoder=(256, 128, 64, 16),
            latent_dim=2,
            decoder=(16, 64, 128),
            hidden_activation="relu",
            latent_activation="relu",
            output_activation="relu",
            pixels="grey",
        )
        assert preset.training == Training(
            learning_rate=0.001, batch_size=256, epochs=40, schedule="constant",
            seed=preset.training.seed, patience=None, digits="all", dataset="mnist",
        )  # fmt: skip
        assert preset.architecture.parameter_count == 353_778
        assert preset.course_losses == {1: 3181.5, 2: 3156.5, 3: 3129.8, 40: 2842.8}


class TestOurs:
    def test_there_are_five_and_each_is_called_what_the_pages_call_it(self) -> None:
        assert {preset.name for preset in PRESETS.values()} == {
            "Quick map", "Best map", "Best 8-D", "Course 2-D", "Course 8-D",
        }  # fmt: skip
        assert all(name == preset.id for name, preset in PRESETS.items())

    def test_maps_have_two_dimensions_and_what_we_tune_never_sees_the_held_out_digits(self) -> None:
        assert {name: preset.architecture.latent_dim for name, preset in PRESETS.items()} == {
            "quick-map": 2, "best-map": 2, "best-8d": 8, "course-2d": 2, "course-8d": 8,
        }  # fmt: skip
        ours = [preset for preset in PRESETS.values() if not preset.course_losses]
        assert [preset.training.digits for preset in ours] == ["training"] * 3


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.id)
def test_each_can_be_set_on_the_form(preset: Preset) -> None:
    """A form offers the usual values only."""
    for settings in (preset.architecture, preset.training):
        for name, option in options(type(settings)).items():
            usual, value = getattr(option, "usual", ()), getattr(settings, name)
            assert not usual or value is None or value in usual, name


@pytest.mark.parametrize("name", PRESETS)
class TestShipped:
    def test_is_trained_to_its_end_with_the_preset_s_settings(self, name: str) -> None:
        run, preset = shipped(name), PRESETS[name]
        assert (run.architecture, run.training) == (preset.architecture, preset.training)
        assert (run.preset, run.name, run.owner) == (name, preset.name, None)
        assert (run.status, run.epoch) == ("finished", preset.training.epochs)

    def test_has_its_whole_history_and_a_map_for_each_epoch_or_where_they_are_large_for_each_second(
        self, name: str
    ) -> None:
        store, epochs, d = RunStore(MODELS), list(range(1, PRESETS[name].training.epochs + 1)), dimensions(name)
        assert [record.epoch for record in store.load_history(name).records] == epochs
        frames = store.load_frames(name)
        kept = [frame.epoch for frame in frames]
        assert kept == epochs or (d == 8 and len(kept) == 20 and set(np.diff(kept)) <= {2, 3})
        assert (kept[0], kept[-1]) == (epochs[0], epochs[-1])
        assert {frame.codes.shape for frame in frames} == {(WATCHED, 2)}
        assert {None if frame.space is None else frame.space.shape for frame in frames} == {
            (WATCHED, d) if d > 2 else None
        }

    def test_has_no_dead_unit_and_beats_pca(self, name: str) -> None:
        run = shipped(name)
        assert run.measures
        assert run.measures.dead_units == ()
        assert run.measures.test_mse < pca_baseline(load_dataset()).test_mse[run.architecture.latent_dim]

    @pytest.mark.slow
    def test_is_worth_what_it_says(self, name: str) -> None:
        """Weights, measured again on the real digits, give the numbers of run.json."""
        run, dataset = shipped(name), load_dataset()
        network = RunStore(MODELS).model_of(run)
        found = measure(latent_space(network, dataset), run.training, dataset)
        assert run.measures
        assert found.train_mse == pytest.approx(run.measures.train_mse, rel=1e-4)
        assert found.test_mse == pytest.approx(run.measures.test_mse, rel=1e-4)
        assert found.knn_accuracy == pytest.approx(run.measures.knn_accuracy, abs=0.003)
        assert (found.held_out, found.dead_units) == (run.measures.held_out, run.measures.dead_units)

    @pytest.mark.slow
    def test_its_last_map_is_that_of_its_weights(self, name: str) -> None:
        run, dataset, frame = shipped(name), load_dataset(), RunStore(MODELS).last_frame(name)
        network = RunStore(MODELS).model_of(run)
        codes = network.encode(dataset.images[dataset.held_out][:WATCHED] / np.float32(255))
        assert frame
        shown, true = distances(frame.codes[:200]), distances(codes[:200])
        if frame.space is not None:
            np.testing.assert_allclose(frame.space, codes, atol=1e-3 * np.abs(codes).max())
        if run.architecture.latent_dim == 2:
            np.testing.assert_allclose(shown, true, atol=1e-3 * true.max())
        else:  # a projection brings points nearer, never farther
            assert (shown <= true + 1e-3 * true.max()).all()
            assert np.corrcoef(shown.ravel(), true.ravel())[0, 1] > 0.5


def test_together_they_are_under_20_megabytes() -> None:
    """What can be made again from the weights does not ship: only what git keeps counts."""
    recomputed = {"space.npz", "tsne.npz", "model.keras", "encoder.keras", "decoder.keras", ".lock"}
    files = [file for name in PRESETS for file in (MODELS / name).rglob("*") if file.name not in recomputed]
    assert sum(file.stat().st_size for file in files if file.is_file()) < 20_000_000


def dimensions(name: str) -> int:
    return PRESETS[name].architecture.latent_dim


def shipped(name: str) -> Run:
    return RunStore(MODELS).load(name)


def distances(points: np.ndarray) -> np.ndarray:
    """(n, d) -> (n, n)."""
    return np.linalg.norm(points[:, None] - points[None], axis=2)


class TestPromises:
    """What the README and the pages promise of the shipped runs."""

    def test_the_course_s_end_where_its_own_do(self) -> None:
        last = {name: RunStore(MODELS).load_history(name).records[-1].loss * GREY_SQUARED for name in PRESETS}
        assert 1_450 < last["course-8d"] < 1_900
        assert 2_750 < last["course-2d"] < 4_100

    def test_the_quick_map_is_better_than_the_course_s_on_digits_it_never_saw(self) -> None:
        quick, course = shipped("quick-map").measures, shipped("course-2d").measures
        assert quick
        assert course
        assert quick.held_out
        assert quick.test_mse < min(0.040, course.test_mse)

    def test_the_best_are_the_best_of_their_dimension(self) -> None:
        mse = {name: run.measures.test_mse for name in PRESETS if (run := shipped(name)).measures}
        assert min(mse["quick-map"], mse["course-2d"]) > mse["best-map"]
        assert mse["course-8d"] > mse["best-8d"]

    def test_all_together_stay_below_20_mb(self) -> None:
        files = [path for name in PRESETS for path in (MODELS / name).rglob("*") if path.is_file()]
        assert sum(path.stat().st_size for path in files if path.name not in NOT_SHIPPED) < 20e6
