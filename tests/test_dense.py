"""Laws of the forward pass: NumPy says what Keras says, and decoding a code is reconstructing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import SMALL, assert_same_weights, random_weights
from hypothesis import given
from hypothesis import strategies as st
from in_browser import InTheBrowser, assert_close, bundles_of

from autoencoder.data.dataset import Dataset
from autoencoder.errors import InvalidArchitecture
from autoencoder.export.weights_file import read_keras
from autoencoder.layers import Convolution
from autoencoder.network.activations import ACTIVATION_FUNCTIONS, standard_deviation
from autoencoder.network.convolution import convolved
from autoencoder.network.dense import DenseAutoencoder, initial_weights, weight_shapes
from autoencoder.network.forward import BATCH
from autoencoder.network.grey_levels import grey, pixels
from autoencoder.network.keras import build_model, keras_files, tensorflow
from autoencoder.network.protocol import Array
from autoencoder.settings import ACTIVATIONS, BOUNDED, Architecture
from autoencoder.training.convolution import convolved as in_graph
from server import latent_map


def network_at(architecture: Architecture) -> DenseAutoencoder:
    return DenseAutoencoder(architecture, random_weights(architecture))


@pytest.mark.slow
class TestKeras:
    @pytest.mark.parametrize("seen", ["unit", "grey"])
    @pytest.mark.parametrize("activation", ACTIVATIONS)
    def test_agrees_to_a_hundred_thousandth(self, activation: str, seen: Any, tiny: Dataset) -> None:
        output = "linear" if seen == "grey" and activation in BOUNDED else activation
        architecture = Architecture((32, 16), 3, (24,), activation, activation, output, seen)
        network = network_at(architecture)
        codes, outputs = keras_says(network, tiny.images)
        close(network.encode(pixels(tiny.images)), codes)
        close(network.reconstruct(pixels(tiny.images)), outputs)

    @pytest.mark.parametrize("convolutional", [False, True])
    @pytest.mark.parametrize("seen", ["unit", "grey"])
    def test_of_a_variational_network_the_spread_agrees_too(
        self, seen: Any, convolutional: bool, tiny: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Also in the files that Keras reads again; and the codes are those that a browser finds."""
        _, keras = tensorflow()
        architecture = Architecture((32, 16), 3, (24,), output_activation="softplus", pixels=seen, variational=True)
        architecture = replace(architecture, convolutional=convolutional)
        network, images = network_at(architecture), pixels(tiny.images)
        for name, content in keras_files(architecture, network.weights).items():
            (tmp_path / name).write_bytes(content)
        model, encoder, decoder = (
            keras.models.load_model(tmp_path / f"{name}.keras") for name in ("model", "encoder", "decoder")
        )
        scale = np.float32(architecture.scale)
        rebuilt, log_variance = model(images * scale)
        means, same = encoder(images * scale)
        close(network.reconstruct(images), rebuilt.numpy() / scale)
        close(network.encode(images), means.numpy())
        close(network.decode(means.numpy()), decoder(means).numpy() / scale)
        monkeypatch.setattr(latent_map, "model_at", lambda *_: network)
        assert_close(InTheBrowser(*bundles_of("r", "s"), tiny.images[:5]).codes, means.numpy()[:5])
        spread = network.spread(images)
        assert spread is not None
        close(np.log(spread) * 2, log_variance.numpy())
        np.testing.assert_array_equal(log_variance.numpy(), same.numpy())
        assert model.count_params() == architecture.parameter_count
        found, weights = read_keras(tmp_path / "model.keras")
        assert found == replace(architecture, encoder=found.encoder, decoder=found.decoder, pixels="unit")
        assert_same_weights(weights, network.weights)

    def test_initial_weights_are_spread_as_keras_spreads_its_own(self) -> None:
        architecture = Architecture(encoder=(200,), latent_dim=50)
        for ours, theirs in zip(initial_weights(architecture, 0), build_model(architecture).get_weights(), strict=True):
            assert ours.dtype == theirs.dtype
            assert ours.shape == theirs.shape
            assert ours.std() == pytest.approx(theirs.std(), rel=0.05)
            assert np.abs(ours).max() == pytest.approx(np.abs(theirs).max(), rel=0.05)


def keras_says(network: DenseAutoencoder, images: Array) -> tuple[Array, Array]:
    """(n, 784) uint8 -> (n, d) codes and (n, 784) reconstructions on [0, 1], by the same network in Keras."""
    _, keras = tensorflow()
    model = build_model(network.architecture, network.weights)
    both = keras.Model(model.input, [model.get_layer("latent_layer").output, model.output])
    scale = network.architecture.scale
    codes, outputs = both(pixels(images) * np.float32(scale), training=False)
    return codes.numpy(), outputs.numpy() / scale


def close(ours: Array, theirs: Array) -> None:
    """Within 1e-5 of the largest number there."""
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5 * max(1, np.abs(theirs).max()))


class TestForwardPass:
    @pytest.mark.parametrize("seen", ["unit", "grey"])
    def test_decoding_the_code_is_reconstructing(self, seen: Any, tiny: Dataset) -> None:
        network = network_at(replace(SMALL, output_activation="linear", pixels=seen))
        images = pixels(tiny.images)
        np.testing.assert_array_equal(network.decode(network.encode(images)), network.reconstruct(images))

    @pytest.mark.parametrize("n", [0, 1, 7])
    @pytest.mark.parametrize("d", [1, 2, 8])
    def test_shapes_are_those_stated(self, n: int, d: int) -> None:
        network = network_at(replace(SMALL, latent_dim=d))
        assert network.encode(np.zeros((n, 784))).shape == (n, d)
        assert network.decode(np.zeros((n, d))).shape == (n, 784)
        assert network.reconstruct(np.zeros((n, 784))).shape == (n, 784)

    def test_what_is_more_than_a_batch_comes_out_as_if_in_one_piece(self) -> None:
        network = network_at(SMALL)
        images = np.random.default_rng(1).integers(0, 256, (BATCH + 3, 784), np.uint8)
        codes = network.encode(pixels(images))
        assert codes.shape == (BATCH + 3, 2)
        np.testing.assert_allclose(codes[-5:], network.encode(pixels(images[-5:])), atol=1e-5)
        np.testing.assert_array_equal(network.encode(images), codes)  # grey levels are pixels, too
        pictures = network.decode(codes)
        np.testing.assert_allclose(pictures[-5:], network.decode(codes[-5:]), atol=1e-5)
        errors = np.square(pictures - pixels(images)).mean(axis=1)
        np.testing.assert_allclose(network.errors(images, codes), errors, rtol=1e-6)

    def test_grey_pixels_see_255_times_as_much(self, tiny: Dataset) -> None:
        linear = Architecture((8,), 2, None, "linear", "linear", "linear", "unit")
        weights = tuple(w if w.ndim == 2 else np.zeros_like(w) for w in random_weights(linear))
        unit, raw = DenseAutoencoder(linear, weights), DenseAutoencoder(replace(linear, pixels="grey"), weights)
        images = pixels(tiny.images)
        np.testing.assert_allclose(raw.encode(images), 255 * unit.encode(images), rtol=1e-4, atol=1e-3)
        np.testing.assert_allclose(raw.reconstruct(images), unit.reconstruct(images), rtol=1e-4, atol=1e-4)

    def test_weights_that_do_not_fit_are_refused(self) -> None:
        weights = random_weights(SMALL)
        for wrong in (weights[:-1], weights[::-1], tuple(w.T for w in weights), ()):
            with pytest.raises(InvalidArchitecture, match="weights do not fit the architecture"):
                DenseAutoencoder(SMALL, wrong)


def test_a_standard_deviation_too_large_for_a_float32_is_infinite_and_said_by_no_warning() -> None:
    log_variance = np.array([-400, 0, 2, 400], np.float32)
    assert standard_deviation(log_variance).tolist() == pytest.approx([0, 1, np.e, np.inf])


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations_stay_quiet_and_finite_far_from_zero(activation: str) -> None:
    x = np.array([-1e4, -100, -1, 0, 1, 100, 1e4], np.float32)
    ACTIVATION_FUNCTIONS[activation](x, np.full_like(x, np.nan))
    assert np.isfinite(x).all()


class TestInitialWeights:
    def test_same_seed_same_weights_other_seed_others(self) -> None:
        one, same, other = (initial_weights(SMALL, seed)[0] for seed in (3, 3, 4))
        np.testing.assert_array_equal(one, same)
        assert (one != other).mean() > 0.99

    def test_lie_within_glorot_s_limit_and_biases_are_zero(self) -> None:
        weights = initial_weights(SMALL, 0)
        assert [w.shape for w in weights] == weight_shapes(SMALL)
        for kernel, bias in zip(weights[::2], weights[1::2], strict=True):
            assert np.abs(kernel).max() <= np.sqrt(6 / sum(kernel.shape))
            assert not bias.any()


class TestGrey:
    def test_every_grey_level_survives_the_way_there_and_back(self) -> None:
        levels = np.arange(256, dtype=np.uint8)
        np.testing.assert_array_equal(grey(pixels(levels)), levels)

    def test_what_lies_outside_is_clipped_and_no_number_is_black(self) -> None:
        assert grey(np.array([-0.1, 1.1, np.inf, -np.inf, np.nan])).tolist() == [0, 255, 255, 0, 0]

    @given(st.floats(0, 1, width=32))
    def test_is_the_nearest_level(self, value: float) -> None:
        assert abs(float(grey(np.array([value], np.float32))[0]) - 255 * value) <= 0.5 + 1e-4


@pytest.mark.slow
@pytest.mark.parametrize(
    "shape",
    [
        Convolution(28, 1, 14, 3),
        Convolution(14, 3, 7, 2),
        Convolution(7, 2, 14, 3, transposed=True),
        Convolution(14, 3, 28, 2, transposed=True),
        Convolution(28, 2, 28, 1, transposed=True),
    ],
)
def test_convolutions_of_the_graph_are_those_of_numpy_and_both_reach_from_each_place_to_its_nine(
    shape: Convolution,
) -> None:
    random = np.random.default_rng(0)
    rows = random.normal(size=(4, shape.side**2 * shape.channels)).astype(np.float32)
    kernel = random.normal(size=shape.kernel_shape).astype(np.float32)
    ours = convolved(rows, kernel, shape)
    assert ours.shape == (4, shape.side_out**2 * shape.channels_out)
    np.testing.assert_allclose(in_graph(tensorflow()[0], rows, kernel, shape), ours, atol=1e-5)
    by_definition = np.zeros((shape.side_out, shape.side_out, shape.channels_out))
    small, large = sorted((shape.side, shape.side_out))
    pictures = rows[0].reshape(shape.side, shape.side, shape.channels)
    for i, j, row, column in np.ndindex(small, small, 3, 3):
        y, x = i * shape.stride + row - shape.margin, j * shape.stride + column - shape.margin
        if not (0 <= y < large and 0 <= x < large):
            continue
        if shape.transposed:
            by_definition[y, x] += kernel[row, column] @ pictures[i, j]
        else:
            by_definition[i, j] += pictures[y, x] @ kernel[row, column]
    np.testing.assert_allclose(ours[0], by_definition.ravel(), atol=1e-4)
