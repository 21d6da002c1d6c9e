"""What every model keeps to, whatever its kind: `Model` in network/protocol.py."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from conftest import QUICK, SMALL, random_weights
from in_browser import InTheBrowser, assert_close, bundles_of

from autoencoder.analysis.latent_space import LazyLatentSpace, latent_space, plane
from autoencoder.analysis.metrics import measure
from autoencoder.data.baseline import COMPONENTS, pca_baseline
from autoencoder.data.dataset import Dataset, load_dataset
from autoencoder.layers import Layer
from autoencoder.network.dense import DenseAutoencoder
from autoencoder.network.forward import BATCH, LayeredModel
from autoencoder.network.grey_levels import grey, pixels
from autoencoder.network.pca import Pca
from autoencoder.network.protocol import Array, DenseLayer, Description, Model
from autoencoder.presets import PRESETS
from autoencoder.runs.store import RunStore
from server import latent_map

VARIATIONAL = replace(SMALL, variational=True)
CONVOLUTIONAL = replace(SMALL, convolutional=True, variational=True)
MODELS = Path(__file__).parents[1] / "models"


@dataclass(frozen=True, eq=False)
class FirstPixels(LayeredModel):
    """A kind of model that nobody has thought of: its code is the first d pixels, and it is sure of none of them."""

    latent_dim: int = 3

    @property
    def layers(self) -> tuple[Layer, ...]:
        d = self.latent_dim
        return Layer("input_layer", 0, 784, ""), Layer("latent_layer", 784, d, "linear"), Layer("out", d, 784, "relu")

    @property
    def weights(self) -> tuple[Array, ...]:
        return (np.eye(784, self.latent_dim, dtype=np.float32),)

    @property
    def parameter_count(self) -> int:
        return self.weights[0].size

    def description(self) -> Description:
        (kernel,) = self.weights
        nothing = np.zeros(784, np.float32)
        return Description(
            (DenseLayer(kernel, nothing[: self.latent_dim], "linear"),), (DenseLayer(kernel.T, nothing, "relu"),), 255.0
        )

    def spread(self, images: Array) -> Array | None:
        return np.ones((len(images), self.latent_dim), np.float32)


def models(dataset: Dataset) -> dict[str, Model]:
    pca = pca_baseline(dataset).model(2)
    assert pca is not None
    return {
        "dense": DenseAutoencoder(SMALL, random_weights(SMALL)),
        "variational": DenseAutoencoder(VARIATIONAL, random_weights(VARIATIONAL)),
        "convolutional": DenseAutoencoder(CONVOLUTIONAL, random_weights(CONVOLUTIONAL)),
        "pca": pca,
        "unheard of": FirstPixels(),
    }


@pytest.fixture(params=["dense", "variational", "convolutional", "pca", "unheard of"])
def model(request: pytest.FixtureRequest, tiny: Dataset) -> Model:
    return models(tiny)[request.param]


class TestEveryModel:
    def test_decoding_the_code_is_reconstructing(self, model: Model, tiny: Dataset) -> None:
        for images in (tiny.images, pixels(tiny.images)):
            np.testing.assert_array_equal(model.decode(model.encode(images)), model.reconstruct(images))

    def test_grey_levels_are_pixels_too(self, model: Model, tiny: Dataset) -> None:
        np.testing.assert_array_equal(model.encode(tiny.images), model.encode(pixels(tiny.images)))

    @pytest.mark.parametrize("n", [0, 1, BATCH + 3])
    def test_shapes_and_types_are_those_stated(self, model: Model, n: int) -> None:
        images = np.random.default_rng(0).integers(0, 256, (n, 784), np.uint8)
        codes = model.encode(images)
        for array, shape in (
            (codes, (n, model.latent_dim)),
            (model.decode(codes), (n, 784)),
            (model.errors(images, codes), (n,)),
        ):
            assert (array.shape, array.dtype) == (shape, np.float32)
        spread = model.spread(images)
        assert spread is None or spread.shape == codes.shape

    def test_errors_are_those_of_what_is_decoded_whatever_the_codes(self, model: Model, tiny: Dataset) -> None:
        codes = model.encode(tiny.images)
        for given in (codes, codes + 1, np.zeros_like(codes)):
            by_hand = np.square(model.decode(given) - pixels(tiny.images)).mean(axis=1)
            for images in (tiny.images, pixels(tiny.images)):
                np.testing.assert_allclose(model.errors(images, given), by_hand, rtol=1e-5)

    def test_images_or_codes_of_another_width_are_refused(self, model: Model) -> None:
        with pytest.raises(ValueError, match=r"expected \(n, 784\)"):
            model.encode(np.zeros((2, 783), np.float32))
        with pytest.raises(ValueError, match=rf"expected \(n, {model.latent_dim}\)"):
            model.decode(np.zeros((2, model.latent_dim + 1), np.float32))

    def test_the_layer_table_leads_from_the_pixels_through_the_code_and_back(self, model: Model) -> None:
        described = model.description()
        table = [layer for layer in model.layers if layer.name != "log_variance"]  # beside the code
        assert (table[0].outputs, table[-1].outputs) == (784, 784)
        assert table[len(described.encoder)].outputs == described.encoder[-1].outputs == model.latent_dim
        said = [(layer.inputs, layer.outputs, layer.activation) for layer in (*described.encoder, *described.decoder)]
        assert said == [(layer.inputs, layer.outputs, layer.activation) for layer in table[1:]]

    def test_its_weights_are_all_that_it_has_learned(self, model: Model) -> None:
        assert model.parameter_count == sum(array.size for array in model.weights)

    def test_it_can_be_measured_and_mapped(self, model: Model, tiny: Dataset) -> None:
        space = latent_space(model, tiny)
        assert plane(space.codes).positions.shape[0] == len(tiny)
        found = measure(space, QUICK, tiny)
        by_hand = np.square(model.reconstruct(tiny.images) - pixels(tiny.images)).mean(axis=1)
        assert found.test_mse == pytest.approx(by_hand[tiny.held_out].mean(), rel=1e-4)

    def test_the_browser_encodes_and_decodes_as_it_does_itself(
        self, model: Model, tiny: Dataset, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(latent_map, "model_at", lambda *_: model)
        codes = model.encode(tiny.images[:5])
        found = InTheBrowser(*bundles_of("r", "s"), tiny.images[:5], codes)
        assert_close(found.codes, codes)
        assert np.abs(found.drawn.astype(int) - grey(model.decode(codes))).max() <= 1
        assert_close(found.outputs, model.decode(codes) * model.description().scale)


@pytest.mark.parametrize("name", PRESETS)
def test_of_each_shipped_run_the_browser_finds_the_same_codes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = RunStore(MODELS)
    model, digits = store.model_of(store.load(name)), load_dataset().images[60_000:60_003]
    monkeypatch.setattr(latent_map, "model_at", lambda *_: model)
    assert_close(InTheBrowser(*bundles_of("r", "s"), digits).codes, model.encode(digits))


class TestVariational:
    def test_its_spread_is_that_of_its_log_variance_and_others_have_none(self, tiny: Dataset) -> None:
        found = {name: model.spread(tiny.images) for name, model in models(tiny).items()}
        assert {name for name, spread in found.items() if spread is None} == {"dense", "pca"}
        model = models(tiny)["variational"]
        described = model.description()
        assert described.log_variance is not None
        hidden = replace(described, encoder=(*described.encoder[:-1], described.log_variance))
        log_variance = Described(hidden).encode(tiny.images)
        np.testing.assert_allclose(found["variational"], np.exp(log_variance / 2), rtol=1e-6)

    def test_it_is_kept_with_the_codes_and_goes_to_the_browser_with_them(
        self, tiny: Dataset, store: RunStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, arrays in (("dense", ["codes"]), ("variational", ["codes", "spread"])):
            space = latent_space(models(tiny)[name], tiny)
            store.save_space("some-run", space)
            kept = store.load_space("some-run")
            assert kept is not None
            assert (kept.spread is None) == (space.spread is None)
            if space.spread is not None:
                np.testing.assert_allclose(kept.spread, space.spread, atol=np.ptp(space.spread) / 65_535)
            lazy = LazyLatentSpace(partial(models(tiny).__getitem__, name), tiny)
            assert (lazy.spread is None) == (space.spread is None)
            monkeypatch.setattr(latent_map, "latent_space_at", lambda *_, kept=kept: kept)
            bundle = gzip.decompress(latent_map._codes.__wrapped__("r", "s", ""))  # type: ignore[attr-defined]
            header = json.loads(bundle[4 : 4 + int.from_bytes(bundle[:4], "little")])
            assert [array["name"] for array in header["arrays"]] == arrays


@dataclass(frozen=True, eq=False)
class Described(LayeredModel):
    """A model that is its description."""

    said: Description

    def description(self) -> Description:
        return self.said


class TestPca:
    @pytest.mark.parametrize("d", [1, 2, 8])
    def test_its_error_on_held_out_digits_is_that_of_the_table(self, d: int, tiny: Dataset) -> None:
        baseline, images = pca_baseline(tiny), tiny.images[tiny.held_out]
        pca = baseline.model(d)
        assert pca is not None
        assert pca.errors(images, pca.encode(images)).mean() == pytest.approx(baseline.test_mse[d], rel=1e-4)

    def test_its_codes_are_scores_on_orthonormal_components(self, tiny: Dataset) -> None:
        baseline = pca_baseline(tiny)
        pca = baseline.model(5)
        assert pca is not None
        scores = (tiny.images / 255 - baseline.mean) @ baseline.components[:5].T
        np.testing.assert_allclose(pca.encode(tiny.images), scores, atol=1e-5)
        np.testing.assert_allclose(pca.encode(pca.decode(scores)), scores, atol=1e-4)

    def test_there_is_none_of_more_components_than_are_kept(self, tiny: Dataset) -> None:
        baseline = pca_baseline(tiny)
        assert isinstance(baseline.model(COMPONENTS), Pca)
        assert baseline.model(COMPONENTS + 1) is None
