"""Laws of the measures and of the projection, against numbers worked out by hand."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import QUICK, SMALL, random_weights

from autoencoder.analysis import metrics
from autoencoder.analysis.latent_space import latent_space
from autoencoder.analysis.metrics import (
    METRICS,
    ComparedWithPca,
    Measures,
    Metric,
    Wording,
    dark_pixels,
    dead_units,
    is_dead_layer,
    kl_by_dimension,
    knn_accuracy,
    measure,
    unused_units,
)
from autoencoder.analysis.projection import principal_axes, project
from autoencoder.data.dataset import Dataset
from autoencoder.network.dense import DenseAutoencoder
from autoencoder.network.grey_levels import pixels
from autoencoder.network.protocol import Array
from autoencoder.runs.history import History
from autoencoder.runs.progress import latest_mse, progress_of
from autoencoder.runs.store import RunStore
from server.run_events import Cursor


class TestMeasure:
    @pytest.mark.parametrize("seen", ["unit", "grey"])
    def test_errors_are_the_mean_squared_differences_per_pixel(self, seen: Any, tiny: Dataset) -> None:
        architecture = replace(SMALL, pixels=seen, output_activation="linear")
        network = DenseAutoencoder(architecture, random_weights(architecture))
        images = pixels(tiny.images)
        by_hand = [float(np.mean((network.reconstruct(image[None])[0] - image) ** 2)) for image in images]
        space = latent_space(network, tiny)
        np.testing.assert_allclose(space.errors, by_hand, rtol=1e-4)
        np.testing.assert_allclose(space.codes, network.encode(images), rtol=1e-4, atol=1e-4)
        found = measure(space, QUICK, tiny)
        assert found.train_mse == pytest.approx(np.mean(by_hand[:60]), rel=1e-4)
        assert found.test_mse == pytest.approx(np.mean(by_hand[60:]), rel=1e-4)
        assert found.held_out

    def test_where_all_digits_train_all_are_measured(self, tiny: Dataset) -> None:
        space = latent_space(DenseAutoencoder(SMALL, random_weights(SMALL)), tiny)
        found = measure(space, replace(QUICK, digits="all"), tiny)
        assert found.train_mse == pytest.approx(space.errors.mean())
        assert found.test_mse == pytest.approx(space.errors[60:].mean())
        assert not found.held_out

    def test_comes_back_from_json(self) -> None:
        measures = Measures(0.03, 0.04, True, 0.75, (1, 3))
        assert Measures.from_json(json.loads(json.dumps(measures.to_json()))) == measures


class TestTable:
    ENTROPY = Metric("entropy", lambda subject: 0.25, Wording("Entropy", "How many bits."), form=".2f", at_end=True)

    def test_a_metric_added_to_the_table_is_measured_and_stored_by_its_name(
        self, tiny: Dataset, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        space = latent_space(DenseAutoencoder(SMALL, random_weights(SMALL)), tiny)
        before = measure(space, QUICK, tiny)
        monkeypatch.setattr(metrics, "METRICS", (*METRICS, self.ENTROPY))
        found = measure(space, QUICK, tiny)
        assert found.to_json() == before.to_json() | {"entropy": 0.25}
        assert Measures.from_json(json.loads(json.dumps(found.to_json()))) == found
        assert (found.value("entropy"), before.value("entropy")) == (0.25, None)

    def test_what_was_computed_before_a_metric_was_added_is_not_complete(self, monkeypatch: pytest.MonkeyPatch) -> None:
        on_demand = [metric.name for metric in METRICS if not metric.at_end]
        compared = ComparedWithPca(dict.fromkeys(on_demand, 0.5), None)
        assert compared.complete
        monkeypatch.setattr(metrics, "METRICS", (*METRICS, replace(self.ENTROPY, at_end=False)))
        assert not compared.complete

    def test_each_name_is_given_once(self) -> None:
        assert len({metric.name for metric in METRICS}) == len(METRICS)

    @pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
    def test_words_and_number_format_fit(self, metric: Metric) -> None:
        for held_out in (True, False):
            label, meaning = metric.wording.of(held_out)
            assert label[0].isupper() or label.startswith("kNN")
            assert meaning.endswith(".")
        assert format(0.5, metric.form)


class TestScore:
    """A run is known by one figure."""

    def test_is_on_the_held_out_digits_or_where_there_are_none_on_all(self) -> None:
        assert Measures(train_mse=0.03, test_mse=0.04, held_out=True).error == 0.04
        assert Measures(train_mse=0.03, test_mse=0.04, held_out=False).error == 0.03

    def test_is_what_a_tile_and_the_monitor_show_of_a_run_that_has_ended(self) -> None:
        run = RunStore().load("course-8d")
        history = History(points=[(20.0, 0.0262)])
        assert run.measures is not None
        assert len({run.measures.error, run.measures.test_mse, history.latest_mse}) == 3
        assert latest_mse(run, history) == (run.measures.error, False)
        (told, *_) = Cursor().messages(progress_of(run, history, None, 0, 0), mine=False, language="en")
        assert told["final_mse"] == run.measures.error

    def test_no_page_chooses_a_figure_of_its_own(self) -> None:
        root = Path(metrics.__file__).parents[2]
        sources = [
            path for folder in ("autoencoder", "server", "ui", "pages") for path in (root / folder).rglob("*.py")
        ]
        choosing = {path.stem for path in sources if re.search(r"(measures|found)\.(test|train)_mse", path.read_text())}
        assert choosing == {"results", "__main__"}  # they list both figures with their names


class TestNeighbours:
    def test_codes_that_name_the_label_score_one(self, tiny: Dataset) -> None:
        assert knn_accuracy(np.eye(10)[tiny.labels], tiny) == 1

    def test_codes_that_name_the_wrong_label_score_zero(self, tiny: Dataset) -> None:
        codes = tiny.labels.astype(float)[:, None].copy()
        codes[tiny.held_out] = (codes[tiny.held_out] + 1) % 10
        assert knn_accuracy(codes, tiny) == 0

    def test_half_right_scores_a_half(self, tiny: Dataset) -> None:
        codes = tiny.labels.astype(float)[:, None].copy()
        codes[60:65] = (codes[60:65] + 1) % 10
        assert knn_accuracy(codes, tiny) == 0.5

    def test_five_neighbours_vote(self) -> None:
        """Around 0: two of label 1 nearest, three of label 2 a little farther; with k = 1 label 1 would win."""
        codes = np.array([[0.1], [-0.1], [0.2], [-0.2], [0.3], [9.0], [0.0]])
        labels = np.array([1, 1, 2, 2, 2, 3, 2], np.uint8)
        dataset = Dataset("seven", np.zeros((7, 784), np.uint8), labels, n_training=6)
        assert knn_accuracy(codes, dataset) == 1
        assert knn_accuracy(codes, dataset, k=1) == 0


class TestDeadUnits:
    def alive(self, n: int = 100, d: int = 3) -> Array:
        return np.random.default_rng(0).normal(size=(n, d))

    def test_units_that_all_say_something_are_alive(self) -> None:
        assert dead_units(self.alive()) == ()

    @pytest.mark.parametrize("value", [0.0, -2.5, 1e-9])
    def test_one_that_always_says_the_same_is_dead_and_counted_from_one(self, value: float) -> None:
        codes = self.alive()
        codes[:, 1] = value
        assert dead_units(codes) == (2,)

    def test_all_may_be_dead(self) -> None:
        assert dead_units(np.zeros((50, 2))) == (1, 2)

    def test_a_whisper_a_ten_thousandth_of_the_loudest_is_silence(self) -> None:
        codes = self.alive()
        codes[:, 0] *= 1e-5
        assert dead_units(codes) == (1,)
        codes[:, 0] *= 1e3
        assert dead_units(codes) == ()

    def test_one_that_speaks_for_two_of_a_hundred_is_alive(self) -> None:
        codes = self.alive()
        codes[:, 2] = 0
        codes[:2, 2] = 1
        assert dead_units(codes) == ()

    def test_one_that_is_silent_for_exactly_99_of_100_is_dead(self) -> None:
        codes = self.alive()
        codes[:, 2] = 0
        codes[0, 2] = 1
        assert dead_units(codes) == (3,)


def cloud(d: int = 8, n: int = 400, seed: int = 0) -> Array:
    """(n, d) codes, each direction a little less wide than the one before."""
    random = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(random.normal(size=(d, d)))
    return random.normal(size=(n, d)) * np.linspace(3, 1, d) @ turn + random.normal(size=d)


class TestProjection:
    @pytest.mark.parametrize("d", [1, 2])
    def test_what_is_a_map_already_stays_as_it_is(self, d: int) -> None:
        codes = cloud(d)
        shown, basis = project(codes)
        assert shown is codes
        assert basis is None

    def test_eight_dimensions_become_two_orthonormal_axes(self) -> None:
        codes = cloud()
        shown, basis = project(codes)
        assert basis is not None
        assert shown.shape == (400, 2)
        assert basis.shape == (8, 2)
        np.testing.assert_allclose(basis.T @ basis, np.eye(2), atol=1e-9)
        np.testing.assert_allclose(shown.mean(axis=0), 0, atol=1e-9)

    def test_they_are_the_principal_ones_largest_first(self) -> None:
        codes = cloud()
        _, widths, axes = np.linalg.svd(codes - codes.mean(axis=0), full_matrices=False)
        basis = principal_axes(codes)
        np.testing.assert_allclose(np.abs((axes[:2] * basis.T).sum(axis=1)), 1, atol=1e-6)
        spread = project(codes)[0].std(axis=0) * 400**0.5
        np.testing.assert_allclose(spread, widths[:2], rtol=1e-6)

    def test_codes_that_swap_their_principal_axes_stay_near_where_they_were(self) -> None:
        codes = np.random.default_rng(0).normal(size=(400, 5)) * [3, 2.9, 1, 1, 1]
        before, basis = project(codes)
        later = codes * [0.9, 1.1, 1, 1, 1]  # the second is the wider one now
        jumped, _ = project(later)
        moved, _ = project(later, basis)
        assert np.abs(moved - before).mean() < 0.2 * np.abs(before).mean()
        assert np.abs(jumped - before).mean() > 3 * np.abs(moved - before).mean()

    @pytest.mark.parametrize("seed", range(5))
    def test_codes_turned_a_little_are_shown_near_where_they_were(self, seed: int) -> None:
        codes = cloud(seed=seed)
        before, basis = project(codes)
        turn, _ = np.linalg.qr(np.eye(8) + 0.02 * np.random.default_rng(seed).normal(size=(8, 8)))
        turn *= np.sign(np.diag(turn))  # qr may mirror; a little turn is meant
        moved, _ = project(codes @ turn, basis)
        assert np.abs(moved - before).mean() < 0.2 * np.abs(before).mean()

    def test_whichever_way_the_axes_before_pointed_the_map_follows(self) -> None:
        codes = cloud()
        before, basis = project(codes)
        assert basis is not None
        for flip in ([1, -1], [-1, 1], [-1, -1]):
            np.testing.assert_allclose(project(codes, basis * flip)[0], before * flip, atol=1e-9)
        np.testing.assert_allclose(project(codes, basis[:, ::-1])[0], before[:, ::-1], atol=1e-9)


@pytest.mark.parametrize(("mean", "spread"), [(0.0, 1.0), (1.5, 0.1), (-2.0, 3.0)])
def test_kl_from_the_standard_normal_is_the_integral_that_defines_it(mean: float, spread: float) -> None:
    x = np.linspace(mean - 12 * spread, mean + 12 * spread, 200_001)
    density = np.exp(-np.square((x - mean) / spread) / 2) / (spread * np.sqrt(2 * np.pi))
    log_ratio = -np.square((x - mean) / spread) / 2 - np.log(spread) + np.square(x) / 2
    by_definition = np.trapezoid(density * log_ratio, x)
    found = kl_by_dimension(np.array([[mean]], np.float32), np.array([[spread]], np.float32))
    assert float(found[0, 0]) == pytest.approx(by_definition, rel=1e-5, abs=1e-6)


def test_a_dimension_without_a_hundredth_of_a_nat_is_unused() -> None:
    codes, spread = np.zeros((100, 3), np.float32), np.ones((100, 3), np.float32)
    codes[:, 1] = np.linspace(-1, 1, 100)
    codes[:, 2] = 0.1
    assert unused_units(codes, spread) == (1, 3)
    spread[:, 0] = 0.9  # 0.0104 nats
    assert unused_units(codes, spread) == (3,)


def test_a_pixel_is_dark_where_digits_light_it_up_and_no_reconstruction_does() -> None:
    images = np.zeros((200, 784), np.uint8)
    images[:3, :4] = 255  # of 200: more than one in a hundred
    images[:1, 4] = 255  # too seldom
    brightest = np.zeros(784, np.float32)
    brightest[1], brightest[2] = 0.01, 0.001  # grey level 3; 0.3, which is drawn as 0
    assert dark_pixels(brightest, images) == 3


@pytest.mark.parametrize(
    ("lowest", "highest", "dead"),
    [([0, 0], [0, 0], True), ([0, 0], [0, 0.3], False), ([5, -2], [5.0001, -2], True), ([-1, 2], [-1, 2.1], False)],
)
def test_a_layer_is_dead_where_no_neuron_tells_two_digits_apart(lowest: list, highest: list, dead: bool) -> None:
    assert is_dead_layer(np.array(lowest, np.float32), np.array(highest, np.float32)) is dead
