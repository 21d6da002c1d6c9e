"""What the contact sheet receives of a run that was trained on corrupted digits."""

from __future__ import annotations

import base64
from dataclasses import replace

import numpy as np
import pytest
from conftest import QUICK, SMALL, random_weights

from autoencoder.analysis.latent_space import latent_space
from autoencoder.data.corruption import corrupted
from autoencoder.data.dataset import Dataset
from autoencoder.network.dense import DenseAutoencoder
from autoencoder.network.grey_levels import grey, pixels
from autoencoder.network.protocol import Array
from autoencoder.runs.run import Run
from autoencoder.settings import Training
from ui.reconstructions.query import view_of
from ui.reconstructions.sheet import Looked, _cards

DIGITS = np.array([3, 61])


def looked_at(training: Training, dataset: Dataset) -> Looked:
    model = DenseAutoencoder(SMALL, random_weights(SMALL))
    return Looked(Run("a", SMALL, training), "end", dataset, model, latent_space(model, dataset))


def pictures(text: str | None) -> Array:
    assert text is not None
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(-1, 784)


class TestADenoisingRun:
    @pytest.mark.parametrize("options", [{"noise": 0.3}, {"mask": 0.25}])
    def test_its_cards_show_the_corrupted_digit_what_is_made_of_it_and_both_errors(
        self, options: dict[str, float], tiny: Dataset
    ) -> None:
        training = replace(QUICK, **options)  # type: ignore[arg-type]
        looked = looked_at(training, tiny)
        cards = _cards(looked, DIGITS, with_pca=False, with_noise=True)
        images = tiny.images[DIGITS]
        noisy = corrupted(images, DIGITS, training)
        assert not np.array_equal(noisy, images)
        np.testing.assert_array_equal(pictures(cards.noisy), noisy)
        rebuilt = looked.model.reconstruct(noisy)
        np.testing.assert_array_equal(pictures(cards.denoised), grey(rebuilt))
        assert cards.denoised_errors == pytest.approx(np.square(rebuilt - pixels(images)).mean(axis=1), rel=1e-4)
        clean = np.square(looked.model.reconstruct(images) - pixels(images)).mean(axis=1)
        assert cards.errors == pytest.approx(clean, rel=1e-4)

    def test_shows_no_noise_where_the_address_says_so(self, tiny: Dataset) -> None:
        assert (view_of({}, 10).noisy, view_of({"noisy": "0"}, 10).noisy) == (True, False)
        cards = _cards(looked_at(replace(QUICK, noise=0.3), tiny), DIGITS, with_pca=False, with_noise=False)
        assert (cards.noisy, cards.denoised, cards.denoised_errors) == (None, None, None)


def test_any_other_run_has_no_noise_to_show(tiny: Dataset) -> None:
    cards = _cards(looked_at(QUICK, tiny), DIGITS, with_pca=False, with_noise=True)
    assert (cards.noisy, cards.denoised, cards.denoised_errors) == (None, None, None)
