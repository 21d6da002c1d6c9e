"""Laws of the latent space as data: planes lead back to codes, neighbours are scikit-learn's, collapsed maps end."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from conftest import random_weights
from hypothesis import given, settings
from hypothesis import strategies as st
from polygon import contains
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from autoencoder.analysis.latent_space import LazyLatentSpace, aligned, latent_space, plane, variance_shares
from autoencoder.analysis.neighbours import NEIGHBOURS, mixed_zones, neighbourhoods
from autoencoder.data.dataset import Dataset
from autoencoder.errors import InvalidArchitecture
from autoencoder.network.dense import DenseAutoencoder
from autoencoder.network.grey_levels import pixels
from autoencoder.network.protocol import Array
from autoencoder.settings import Architecture


def blobs(n: int, d: int, seed: int = 0) -> tuple[Array, Array]:
    """(n, d) codes in ten clouds that overlap a little, and their (n,) labels."""
    random = np.random.default_rng(seed)
    labels = (np.arange(n) % 10).astype(np.uint8)
    centres = random.normal(0, 3, (10, d))
    return (centres[labels] + random.normal(0, 1, (n, d))).astype(np.float32), labels


class TestLatentSpace:
    def test_codes_and_errors_are_the_networks_own(self, tiny: Dataset) -> None:
        architecture = Architecture(encoder=(16,), latent_dim=3)
        network = DenseAutoencoder(architecture, random_weights(architecture))
        space = latent_space(network, tiny)
        images = pixels(tiny.images)
        np.testing.assert_array_equal(space.codes, network.encode(images))
        expected = np.square(network.reconstruct(images) - images).mean(axis=1)
        np.testing.assert_allclose(space.errors, expected, rtol=1e-6)
        assert (space.codes.shape, space.errors.shape) == ((70, 3), (70,))

    def test_a_glimpse_decodes_only_what_is_looked_at(self, tiny: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
        architecture = Architecture(encoder=(16,), latent_dim=3)
        network = DenseAutoencoder(architecture, random_weights(architecture))
        whole, decoded, errors = latent_space(network, tiny), [], DenseAutoencoder.errors

        def counted(self: DenseAutoencoder, images: Array, codes: Array) -> Array:
            decoded.append(len(codes))
            return errors(self, images, codes)

        monkeypatch.setattr(DenseAutoencoder, "errors", counted)
        glimpse = LazyLatentSpace(lambda: network, tiny)
        np.testing.assert_allclose(glimpse.codes, whole.codes, rtol=1e-6)
        assert decoded == []
        np.testing.assert_allclose(glimpse.errors_of(tiny.held_out), whole.errors_of(tiny.held_out), rtol=1e-5)
        np.testing.assert_allclose(glimpse.errors_of(np.array([61, 3])), whole.errors[[61, 3]], rtol=1e-5)
        np.testing.assert_allclose(glimpse.errors, whole.errors, rtol=1e-5)
        assert decoded == [10, 1, 59]

    def test_many_at_one_glimpse_decode_once(self, tiny: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
        architecture = Architecture(encoder=(16,), latent_dim=3)
        network = DenseAutoencoder(architecture, random_weights(architecture))
        glimpse, decoded, errors = (
            LazyLatentSpace(lambda: network, tiny),
            [],
            DenseAutoencoder.errors,
        )

        def slowly(self: DenseAutoencoder, images: Array, codes: Array) -> Array:
            time.sleep(0.02)
            decoded.append(len(codes))
            return errors(self, images, codes)

        monkeypatch.setattr(DenseAutoencoder, "errors", slowly)
        with ThreadPoolExecutor(8) as people:
            found = list(people.map(lambda _: glimpse.errors_of(tiny.held_out).tobytes(), range(8)))
        assert decoded == [10]
        assert len(set(found)) == 1


class TestPlane:
    @pytest.mark.parametrize("d", [1, 2, 3])
    def test_up_to_three_dimensions_the_plane_is_the_space(self, d: int) -> None:
        codes, _ = blobs(200, d)
        view = plane(codes)
        np.testing.assert_array_equal(view.positions, codes)
        np.testing.assert_allclose(view.origin + view.positions @ view.basis, codes, atol=1e-6)

    @pytest.mark.parametrize("axes", ["", "pca"])
    def test_more_dimensions_show_their_principal_axes(self, axes: str) -> None:
        codes, _ = blobs(500, 8)
        view = plane(codes, axes)
        _, singular, directions = np.linalg.svd(codes - codes.mean(axis=0), full_matrices=False)
        assert view.positions.shape == (500, 2)
        np.testing.assert_allclose(view.positions.std(axis=0), singular[:2] / np.sqrt(500), rtol=1e-4)
        np.testing.assert_allclose(np.abs(view.basis @ directions[:2].T), np.eye(2), atol=1e-4)

    def test_a_place_on_principal_axes_decodes_to_the_nearest_code_of_the_plane(self) -> None:
        codes, _ = blobs(500, 8)
        view = plane(codes, "pca")
        back = view.origin + view.positions @ view.basis
        again = (back - view.origin) @ view.basis.T
        np.testing.assert_allclose(again, view.positions, atol=1e-4)  # what lies on the plane stays where it is
        away = codes - back
        np.testing.assert_allclose(away @ view.basis.T, 0, atol=1e-4)  # and what is lost is at a right angle to it

    def test_shares_of_variance_are_those_of_scikit_learns_pca(self) -> None:
        codes, _ = blobs(500, 6)
        shares = variance_shares(plane(codes, "pca"), codes)
        np.testing.assert_allclose(shares, PCA(2).fit(codes).explained_variance_ratio_, rtol=1e-4)
        assert variance_shares(plane(codes[:, :3]), codes[:, :3]).sum() == pytest.approx(1)
        assert variance_shares(plane(np.ones((9, 2), np.float32)), np.ones((9, 2), np.float32)).tolist() == [0, 0]

    @given(st.permutations(range(6)), st.integers(1, 3))
    def test_chosen_axes_are_those_columns_and_the_others_stay_at_their_mean(self, order: list[int], k: int) -> None:
        codes, _ = blobs(60, 6)
        chosen, rest = order[:k], order[k:]
        view = plane(codes, ",".join(map(str, chosen)))
        np.testing.assert_array_equal(view.positions, codes[:, chosen])
        back = view.origin + view.positions @ view.basis
        np.testing.assert_allclose(back[:, chosen], codes[:, chosen], atol=1e-6)
        np.testing.assert_allclose(back[:, rest], np.tile(codes.mean(axis=0)[rest], (60, 1)), atol=1e-6)

    @pytest.mark.parametrize(
        "axes", ["0,8", "0,0", "-1,2", "0;1", "x", "0,1,2,3", "1.5,2", ",", "0000,1", "٣,x", "9" * 50]
    )
    def test_axes_that_are_not_there_are_refused_with_what_is(self, axes: str) -> None:
        codes, _ = blobs(30, 8)
        with pytest.raises(InvalidArchitecture, match="numbers below 8"):
            plane(codes, axes)

    def test_a_collapsed_space_has_a_plane_too(self) -> None:
        view = plane(np.zeros((50, 8), np.float32), "pca")
        assert np.isfinite(view.positions).all()
        assert np.ptp(view.positions) == 0


class TestAligned:
    @given(st.floats(-np.pi, np.pi), st.booleans())
    def test_frames_turned_or_mirrored_as_a_whole_come_back(self, angle: float, mirrored: bool) -> None:
        shown, _ = blobs(100, 2)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        turn = turn @ np.diag([1, -1 if mirrored else 1])
        frames = np.stack([0.5 * shown, shown]) @ turn + [3.0, -2.0]
        moved = aligned(frames, shown)
        np.testing.assert_allclose(moved[-1], shown, atol=1e-3)
        steps, expected = (np.linalg.norm(np.diff(each, axis=0), axis=1) for each in (moved[0], 0.5 * shown))
        np.testing.assert_allclose(steps, expected, atol=1e-3)  # distances within a frame stay


class TestNeighbourhoods:
    @pytest.mark.parametrize("d", [1, 2, 3, 8, 16, 40])
    def test_scikit_learns_tree_finds_the_same(self, d: int) -> None:
        codes, labels = blobs(3000, d)
        found = neighbourhoods(codes, labels, 10)
        tree = NearestNeighbors(n_neighbors=NEIGHBOURS + 1, algorithm="kd_tree").fit(codes)
        _, nearest = tree.kneighbors(codes)
        around = labels[nearest[:, 1:]]
        mixed = (around != labels[:, None]).mean(axis=1)
        agree = np.isclose(found.mixed, mixed, atol=1e-6)
        assert agree.mean() > 0.995  # the rest: two codes whose distances differ by less than the noise that parts them
        votes = np.apply_along_axis(np.bincount, 1, around, minlength=10)
        clear = np.sort(votes, axis=1)[:, -1] > np.sort(votes, axis=1)[:, -2]
        assert (found.predicted == votes.argmax(axis=1))[clear].mean() > 0.995

    def test_labels_apart_do_not_mix(self) -> None:
        labels = (np.arange(1000) % 10).astype(np.uint8)
        codes = labels[:, None] * 100 + np.random.default_rng(0).normal(0, 1, (1000, 2))
        found = neighbourhoods(codes.astype(np.float32), labels, 10)
        assert found.mixed.max() == 0
        assert (found.predicted == labels).all()
        assert found.pairs == ()

    def test_the_pairs_that_mix_are_named_and_share_all_mixing(self) -> None:
        labels = (np.arange(2000) % 10).astype(np.uint8)
        where = np.where(labels == 9, 4, np.where(labels == 5, 3, labels))  # 9 lies on 4, 5 lies on 3
        codes = where[:, None] * 100 + np.random.default_rng(0).normal(0, 1, (2000, 2))
        pairs = neighbourhoods(codes.astype(np.float32), labels, 10).pairs
        assert {pair[:2] for pair in pairs} == {(4, 9), (3, 5)}
        assert sum(share for *_, share in pairs) == pytest.approx(1)
        assert [share for *_, share in pairs] == sorted((share for *_, share in pairs), reverse=True)

    @pytest.mark.parametrize("d", [1, 2, 8, 32])
    def test_collapsed_codes_end_quickly(self, d: int) -> None:
        """A k-d tree of equal points takes minutes for what takes a second where they differ."""
        labels = (np.arange(20_000) % 10).astype(np.uint8)
        codes = np.zeros((20_000, d), np.float32)
        codes[::2, 0] = np.random.default_rng(0).exponential(1, 10_000)  # half on an axis, half in one place
        spent = time.process_time()
        found = neighbourhoods(codes, labels, 10)
        assert time.process_time() - spent < 30
        assert np.isfinite(found.mixed).all()
        everything_equal = neighbourhoods(np.full((5000, d), 3.0, np.float32), labels[:5000], 10)
        assert everything_equal.mixed.mean() == pytest.approx(0.9, abs=0.05)  # nine of ten labels are others


class TestMixedZones:
    def test_the_zone_lies_where_two_labels_lie_on_each_other(self) -> None:
        random = np.random.default_rng(0)
        labels = (np.arange(20_000) % 2).astype(np.uint8)
        codes = random.normal(0, 1, (20_000, 2)).astype(np.float32)
        codes[:, 0] += np.where(random.random(20_000) < 0.5, 0, 12)  # two clouds …
        apart = codes[:, 0] > 6
        codes[apart, 1] += np.where(labels[apart] == 1, 8, -8)  # … of which the right one is parted by label
        mixed = neighbourhoods(codes, labels, 10).mixed
        inside = np.zeros(len(codes), bool)
        for zone in mixed_zones(codes, np.where(mixed > 0.3, 1.0, 0.0)):
            inside |= contains(zone, codes)
        assert inside[apart].mean() < 0.001
        near = ~apart & (np.hypot(codes[:, 0], codes[:, 1]) < 1)
        assert inside[near].mean() > 0.95

    def test_where_labels_stay_apart_there_is_no_zone(self) -> None:
        codes, labels = blobs(5000, 2)
        assert mixed_zones(codes, np.zeros(5000, np.float32)) == []
        assert mixed_zones(codes, neighbourhoods(codes * [0, 1], labels, 10).mixed * 0) == []

    def test_a_zone_that_reaches_the_border_is_closed(self) -> None:
        codes, _ = blobs(5000, 2)
        zones = mixed_zones(codes, np.ones(5000, np.float32))
        assert zones
        for zone in zones:
            np.testing.assert_allclose(zone[0], zone[-1])

    @pytest.mark.parametrize("codes", [np.zeros((500, 2)), np.c_[np.arange(500.0), np.zeros(500)]])
    def test_a_collapsed_map_has_no_zones(self, codes: Array) -> None:
        assert mixed_zones(codes, np.ones(500, np.float32)) == []


@settings(deadline=None)
@given(st.integers(1, 9))
def test_every_dimension_has_a_map(d: int) -> None:
    codes, _ = blobs(40, d)
    assert plane(codes).positions.shape == (40, min(d, 3) if d <= 3 else 2)
