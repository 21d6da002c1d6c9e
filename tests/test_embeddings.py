"""Maps of the pixels: what is shipped, what is computed, and what they are worth."""

from __future__ import annotations

import inspect
from pathlib import Path

import numpy as np
import pytest
import sklearn
from sklearn.manifold import TSNE
from sklearn.manifold._t_sne import _joint_probabilities_nn, _kl_divergence_bh
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from threadpoolctl import threadpool_limits

from autoencoder.analysis import tsne
from autoencoder.data.baseline import pca_baseline
from autoencoder.data.dataset import Dataset, load_dataset
from autoencoder.data.embeddings import BUNDLED, embedding, embedding_names, read_embedding, save_embeddings
from autoencoder.errors import DataUnavailable, InvalidData
from autoencoder.network.protocol import Array


class TestOfAnyData:
    def test_pca_is_the_projection_of_the_held_out_digits_on_the_training_digits_axes(self, tiny: Dataset) -> None:
        positions = embedding(tiny, "pca")
        pixels, baseline = tiny.images[tiny.held_out] / 255, pca_baseline(tiny)
        assert positions.shape == (10, 2)
        np.testing.assert_allclose(positions, (pixels - baseline.mean) @ baseline.components[:2].T, atol=1e-4)

    def test_the_others_are_not_offered(self, tiny: Dataset) -> None:
        assert embedding_names(tiny) == ("pca",)
        for name in ("tsne", "umap", "../mnist"):
            with pytest.raises(DataUnavailable, match="Choose one of: pca"):
                embedding(tiny, name)


class TestFile:
    def test_what_is_saved_comes_back_to_a_65_thousandth(self, tiny: Dataset, tmp_path: Path) -> None:
        positions = np.random.default_rng(0).normal(0, 40, (10, 2)).astype(np.float32)
        save_embeddings(tmp_path / "maps.npz", tiny, {"tsne": positions})
        read = read_embedding(tmp_path / "maps.npz", tiny, "tsne")
        assert read.dtype == np.float32
        assert (np.abs(read - positions) <= np.ptp(positions, axis=0) / 65_000).all()

    def test_maps_of_other_digits_are_refused(self, tiny: Dataset, tmp_path: Path) -> None:
        save_embeddings(tmp_path / "maps.npz", tiny, {"tsne": np.zeros((10, 2), np.float32)})
        other = Dataset("other", tiny.images, tiny.labels, tiny.n_training - 1)
        with pytest.raises(InvalidData, match="other data"):
            read_embedding(tmp_path / "maps.npz", other, "tsne")


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOENCODER_THREADS", "1")


@pytest.mark.slow
class TestShippedWithMnist:
    def test_it_is_small_and_of_the_ten_thousand_held_out_digits(self) -> None:
        mnist = load_dataset("mnist")
        assert BUNDLED.stat().st_size < 200_000
        for name in embedding_names(mnist):
            positions = embedding(mnist, name)
            assert positions.shape == (10_000, 2)
            assert np.isfinite(positions).all()

    def test_its_pca_is_what_the_pixels_give_today(self) -> None:
        mnist = load_dataset("mnist")
        shipped = embedding(mnist, "pca")
        renamed = Dataset("not bundled", mnist.images, mnist.labels, mnist.n_training)
        assert np.abs(shipped - embedding(renamed, "pca")).max() < np.ptp(shipped) / 65_000

    @pytest.mark.parametrize(("name", "low", "high"), [("pca", 0.35, 0.50), ("tsne", 0.92, 0.98), ("umap", 0.92, 0.98)])
    def test_neighbours_on_it_name_the_label_as_often_as_is_known(self, name: str, low: float, high: float) -> None:
        """k = 5, five folds of the 10,000 digits themselves: the map has no others."""
        mnist = load_dataset("mnist")
        digits = mnist.labels[mnist.held_out]
        accuracy = cross_val_score(KNeighborsClassifier(5), embedding(mnist, name), digits, cv=5).mean()
        assert low < accuracy < high


class TestTsne:
    def clusters(self, n: int = 300) -> Array:
        random = np.random.default_rng(0)
        return (random.normal(size=(n, 8)) + 8 * np.eye(8)[np.arange(n) % 8]).astype(np.float32)

    def test_the_private_functions_that_it_uses_are_those_of_the_version_that_was_looked_at(self) -> None:
        """With another version: compare `_gradient` and `similarities` with its sklearn/manifold/_t_sne.py first."""
        assert sklearn.__version__.startswith("1.9.")
        joint = ["distances", "desired_perplexity", "verbose"]
        slope = ["params", "P", "degrees_of_freedom", "n_samples", "n_components", "angle", "skip_num_points",
                 "verbose", "compute_error", "num_threads"]  # fmt: skip
        assert list(inspect.signature(_joint_probabilities_nn).parameters) == joint
        assert list(inspect.signature(_kl_divergence_bh).parameters) == slope

    def test_it_is_scikit_learns_to_the_last_bit_as_long_as_rounding_allows(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        codes = self.clusters()
        first = tsne.first_layout(codes)
        monkeypatch.setattr(tsne, "STEPS", 250)
        ours = tsne.advance(tsne.similarities(codes), first).positions
        with threadpool_limits(1):
            theirs = TSNE(init=first.positions, learning_rate=50.0, max_iter=250).fit_transform(codes)
        np.testing.assert_allclose(ours, theirs, atol=1e-6)

    def test_it_ends_as_well_as_scikit_learns(self) -> None:
        codes = self.clusters()
        layout = tsne.advance(tsne.similarities(codes), tsne.first_layout(codes))
        theirs = TSNE(random_state=0)
        with threadpool_limits(1):
            theirs.fit(codes)
        assert layout.step == tsne.STEPS
        assert divergence(codes, layout.positions) == pytest.approx(theirs.kl_divergence_, rel=0.1)
        labels = np.arange(len(codes)) % 8
        assert cross_val_score(KNeighborsClassifier(5), layout.positions, labels).mean() > 0.98

    def test_pieces_make_the_same_map_as_the_whole(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tsne, "STEPS", 260)  # past the change of schedule
        codes = self.clusters(60)
        joint, pieces = tsne.similarities(codes), tsne.first_layout(codes)
        whole = tsne.advance(joint, pieces)
        while not pieces.done:
            pieces = tsne.advance(joint, pieces, seconds=0)
        np.testing.assert_array_equal(pieces.positions, whole.positions)

    @pytest.mark.parametrize("n", [2, 3, 40])
    def test_few_or_collapsed_codes_stay_finite(self, n: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tsne, "STEPS", 300)
        for codes in (self.clusters(n), np.ones((n, 8), np.float32)):
            positions = tsne.advance(tsne.similarities(codes), tsne.first_layout(codes)).positions
            assert positions.shape == (n, 2)
            assert np.isfinite(positions).all()


def divergence(codes: Array, positions: Array) -> float:
    """Kullback-Leibler divergence of a map's neighbourhoods from those of the codes, by its definition."""
    joint = tsne.similarities(codes).toarray()
    distances = np.square(positions[:, None] - positions[None]).sum(axis=2, dtype=np.float64)
    nearness = 1 / (1 + distances)
    np.fill_diagonal(nearness, 0)
    near = joint > 0
    return float((joint[near] * np.log(joint[near] / (nearness / nearness.sum())[near])).sum())
