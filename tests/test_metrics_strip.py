"""What a latent space is worth, held against what can be known beforehand and against scikit-learn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from autoencoder.analysis.latent_space import LatentSpace, latent_space
from autoencoder.analysis.metrics import compare
from autoencoder.data.dataset import Dataset, load_dataset
from autoencoder.runs.store import RunStore

pytestmark = pytest.mark.slow


def space(codes: np.ndarray) -> LatentSpace:
    return LatentSpace(codes.astype(np.float32), np.full(len(codes), 0.05, np.float32))


@pytest.fixture(scope="module")
def some() -> Dataset:
    """2,400 of MNIST's digits, 400 of them held out: enough to tell good codes from bad ones."""
    mnist, rows = load_dataset("mnist"), np.r_[0:2_000, 60_000:60_400]
    return replace(mnist, images=mnist.images[rows], labels=mnist.labels[rows], n_training=2_000)


def test_codes_that_say_the_label_are_worth_everything_but_trust(some: Dataset) -> None:
    corners = np.eye(10)[some.labels] + np.random.default_rng(0).normal(0, 0.01, (len(some), 10))
    worth = compare(space(corners), some).model
    assert (worth.knn_5, worth.knn_15, worth.linear) == (1, 1, 1)
    assert worth.test_mse == pytest.approx(0.05)
    assert 0.5 < worth.trustworthiness < 0.95  # within a label it has put everything anywhere


def test_codes_that_say_nothing_are_worth_what_chance_is(some: Dataset) -> None:
    worth = compare(space(np.random.default_rng(0).normal(size=(len(some), 2))), some).model
    for accuracy in (worth.knn_5, worth.knn_15, worth.linear):
        assert accuracy == pytest.approx(0.1, abs=0.05)
    assert worth.trustworthiness == pytest.approx(0.5, abs=0.03)


def test_the_pixels_themselves_are_their_own_neighbours(some: Dataset) -> None:
    worth = compare(space(some.images / 255), some).model
    assert worth.trustworthiness == pytest.approx(1, abs=1e-6)
    assert worth.linear > 0.8


@pytest.mark.proof
def test_what_ships_is_what_comes_out() -> None:
    """Numbers on the page of Quick map, worked out again from its weights on all digits."""
    store, mnist = RunStore(), load_dataset("mnist")
    run = store.load("quick-map")
    found, kept = compare(latent_space(store.model_of(run), mnist), mnist), store.load_worth("quick-map")
    assert kept is not None
    assert kept.pca is not None
    assert found.pca is not None
    for mine, theirs in ((found.model, kept.model), (found.pca, kept.pca)):
        for name in ("test_mse", "knn_5", "knn_15", "linear", "trustworthiness"):
            assert getattr(mine, name) == pytest.approx(getattr(theirs, name), abs=1e-3), name
