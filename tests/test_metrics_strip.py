"""The metrics of a latent space, held against what can be known beforehand and against scikit-learn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from autoencoder.analysis.latent_space import LatentSpace, latent_space
from autoencoder.analysis.metrics import METRICS, compare, measure
from autoencoder.data.baseline import pca_baseline
from autoencoder.data.dataset import Dataset, load_dataset
from autoencoder.runs.store import RunStore
from autoencoder.settings import Training

pytestmark = pytest.mark.slow


def space(codes: np.ndarray) -> LatentSpace:
    return LatentSpace(codes.astype(np.float32), np.full(len(codes), 0.05, np.float32))


@pytest.fixture(scope="module")
def some() -> Dataset:
    """2,400 of MNIST's digits, 400 of them held out: enough to tell good codes from bad ones."""
    mnist, rows = load_dataset("mnist"), np.r_[0:2_000, 60_000:60_400]
    return replace(mnist, images=mnist.images[rows], labels=mnist.labels[rows], n_training=2_000)


def metrics(codes: np.ndarray, dataset: Dataset) -> dict[str, float]:
    """All metrics by name."""
    measures = measure(space(codes), Training(), dataset)
    compared = compare(space(codes), dataset)
    return {metric.name: metric.of(measures, compared) for metric in METRICS}


def test_codes_that_say_the_label_score_full_marks_but_for_trustworthiness(some: Dataset) -> None:
    corners = np.eye(10)[some.labels] + np.random.default_rng(0).normal(0, 0.01, (len(some), 10))
    found = metrics(corners, some)
    assert (found["knn_accuracy"], found["knn_15"], found["linear"]) == (1, 1, 1)
    assert found["test_mse"] == pytest.approx(0.05)
    assert 0.5 < found["trustworthiness"] < 0.95  # within a label it has put everything anywhere


def test_codes_that_say_nothing_score_as_chance_does(some: Dataset) -> None:
    found = metrics(np.random.default_rng(0).normal(size=(len(some), 2)), some)
    for name in ("knn_accuracy", "knn_15", "linear"):
        assert found[name] == pytest.approx(0.1, abs=0.05)
    assert found["trustworthiness"] == pytest.approx(0.5, abs=0.03)


def test_the_pixels_themselves_are_their_own_neighbours(some: Dataset) -> None:
    found = compare(space(some.images / 255), some).model
    assert found["trustworthiness"] == pytest.approx(1, abs=1e-6)
    assert found["linear"] > 0.8


def test_pca_beside_a_model_is_measured_as_a_model_with_its_codes_would_be(some: Dataset) -> None:
    baseline = pca_baseline(some)
    codes = (some.images / 255 - baseline.mean) @ baseline.components[:2].T
    pca = compare(space(codes), some).pca
    assert pca is not None
    mine = metrics(codes, some)
    for name in ("knn_accuracy", "knn_15", "linear", "trustworthiness"):
        assert pca[name] == pytest.approx(mine[name], abs=0.01), name
    assert pca["test_mse"] == pytest.approx(baseline.test_mse[2], rel=1e-5)


@pytest.mark.proof
def test_what_ships_is_what_comes_out() -> None:
    """Numbers on the page of Quick map, worked out again from its weights on all digits."""
    store, mnist = RunStore(), load_dataset("mnist")
    run = store.load("quick-map")
    codes = latent_space(store.model_of(run), mnist)
    found, kept, measures = compare(codes, mnist), store.load_compared("quick-map"), measure(codes, run.training, mnist)
    assert kept is not None
    assert kept.pca is not None
    assert found.pca is not None
    assert run.measures is not None
    for metric in METRICS:
        assert metric.of(measures, found) == pytest.approx(metric.of(run.measures, kept), abs=1e-3), metric.name
        if metric.beside_pca:
            assert found.pca[metric.name] == pytest.approx(kept.pca[metric.name], abs=1e-3), metric.name
