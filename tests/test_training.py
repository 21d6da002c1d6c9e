"""Laws of training: the same numbers as Keras, however it is cut into slices, and the same every time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import CROWD, QUICK, SMALL, TINY, assert_same_weights, install, synthetic_digits

from autoencoder.analysis.projection import REPLAYED, project
from autoencoder.data.corruption import corrupted
from autoencoder.data.dataset import Dataset, load_dataset
from autoencoder.engine.outcome import outcome_of
from autoencoder.errors import DataUnavailable
from autoencoder.network.dense import DenseAutoencoder
from autoencoder.network.grey_levels import grey, pixels
from autoencoder.network.keras import build_model, keras_files, tensorflow
from autoencoder.network.kinds import model_with
from autoencoder.network.protocol import Array
from autoencoder.presets import PRESETS
from autoencoder.runs.store import RunStore
from autoencoder.settings import Architecture, Training
from autoencoder.training import compiled, loop
from autoencoder.training.best_epoch import at_best
from autoencoder.training.compiled import CHUNK_DIGITS, chunk_steps, graph_key
from autoencoder.training.loop import (
    first_checkpoint,
    next_chunks,
    steps_per_epoch,
    train,
    train_slice,
    warm_up,
)
from autoencoder.training.records import PICTURED, Checkpoint, EpochRecord, Report, Slice

pytestmark = pytest.mark.slow
LONG = replace(QUICK, dataset=CROWD, batch_size=500)  # 18 steps an epoch, in chunks of 8, 8 and 2
DENOISING = {"noise": 0.3, "mask": 0.25}
SPARSE = {"loss": "bce", "code_l1": 0.01, "dropout": 0.2, "weight_decay": 0.1}
VARIATIONAL = {"variational": True, "loss": "bce", "beta": 0.5, "beta_warm_up": 1, "noise": 0.1}
STOPS_EARLY = replace(QUICK, learning_rate=0.03, epochs=60, patience=2)
DEEP = Architecture((8,) * 6, 2, None, "linear", "linear", "linear", "grey")  # errors grow from layer to layer


def in_slices_of(chunks: int, architecture: Architecture, training: Training, frame: bool = False) -> Iterator[Slice]:
    checkpoint, done = first_checkpoint(architecture, training), False
    while not done:
        slice_ = train_slice(architecture, training, checkpoint, chunks, frame)
        yield slice_
        checkpoint, done = slice_.checkpoint, slice_.report.done


def last(slices: Iterator[Slice]) -> Checkpoint:
    return list(slices)[-1].checkpoint


def reports(slices: Iterator[Slice]) -> list[Report]:
    return [slice_.report for slice_ in slices]


def records(slices: Iterator[Slice]) -> list[EpochRecord]:
    return [report.record for report in reports(slices) if report.record is not None]


def timeless(record: EpochRecord) -> EpochRecord:
    return replace(record, seconds=0)


class TestKeras:
    @pytest.mark.parametrize(
        ("architecture", "digits"),
        [(SMALL, "training"), (replace(SMALL, pixels="grey", output_activation="relu"), "all")],
        ids=["unit pixels", "grey pixels"],
    )
    def test_epoch_losses_and_weights_are_those_of_fit(self, architecture: Architecture, digits: Any) -> None:
        training = replace(QUICK, epochs=3, digits=digits)
        assert load_dataset(TINY).n_training % training.batch_size  # the last batch is a short one
        slices = list(train(architecture, training))
        losses, weights = fit(architecture, training)
        assert [r.loss for r in records(iter(slices))] == pytest.approx(losses, rel=1e-4)
        for ours, theirs in zip(slices[-1].checkpoint.weights, weights, strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-4)

    def test_held_out_losses_are_those_of_the_network(self, tiny: Dataset) -> None:
        slice_ = list(train(SMALL, QUICK))[-1]
        images = pixels(tiny.images[tiny.held_out])
        rebuilt = DenseAutoencoder(SMALL, slice_.checkpoint.weights).reconstruct(images)
        assert slice_.report.record
        assert slice_.report.record.val_loss == pytest.approx(np.square(rebuilt - images).mean(), rel=1e-5)

    def test_layer_names_are_the_course_s(self) -> None:
        names = [layer.name for layer in build_model(SMALL).layers]
        assert names == ["input_layer", "encoder_1", "latent_layer", "decoder_1", "reconstruction"]

    def test_saved_models_say_what_the_network_says(self, tiny: Dataset, tmp_path: Path) -> None:
        _, keras = tensorflow()
        weights = last(train(SMALL, QUICK))
        network, images = DenseAutoencoder(SMALL, weights.weights), pixels(tiny.images)
        for name, content in keras_files(SMALL, weights.weights).items():
            (tmp_path / name).write_bytes(content)
        model, encoder = (keras.models.load_model(tmp_path / name) for name in ("model.keras", "encoder.keras"))
        np.testing.assert_allclose(model(images).numpy(), network.reconstruct(images), atol=1e-5)
        np.testing.assert_allclose(encoder(images).numpy(), network.encode(images), atol=1e-5)


def fit(architecture: Architecture, training: Training) -> tuple[list[float], list[Array]]:
    """What Keras's own `fit` makes of the same first weights and batches: losses on [0, 1] by epoch, final weights."""
    _, keras = tensorflow()
    dataset = load_dataset(training.dataset)
    model = build_model(architecture, first_checkpoint(architecture, training).weights)
    model.compile(keras.optimizers.Adam(training.learning_rate), "mse", run_eagerly=True)
    losses = []
    for epoch in range(training.epochs):
        order = loop._shuffled(training, dataset, epoch).ravel()
        x = pixels(dataset.images[order[order >= 0]]) * np.float32(architecture.scale)
        history = model.fit(x, x, training.batch_size, shuffle=False, verbose=0)
        losses.append(history.history["loss"][0] / architecture.scale**2)
    return losses, model.get_weights()


class TestBatches:
    @pytest.mark.parametrize(("digits", "n"), [("training", 60), ("all", 70)])
    def test_every_digit_is_trained_on_once_an_epoch(self, digits: Any, n: int, tiny: Dataset) -> None:
        training = replace(QUICK, digits=digits)
        batches = loop._shuffled(training, tiny, epoch=0)
        assert batches.shape == (steps_per_epoch(training, tiny), 16)
        assert sorted(batches[batches >= 0]) == list(range(n))

    def test_each_epoch_and_each_seed_has_an_order_of_its_own(self, tiny: Dataset) -> None:
        orders = [
            tuple(loop._shuffled(replace(QUICK, seed=seed), tiny, epoch).ravel()) for seed in (0, 1) for epoch in (0, 1)
        ]
        assert len(set(orders)) == 4


class TestSeed:
    def test_same_seed_same_losses_and_weights(self) -> None:
        one, other = list(train(SMALL, QUICK)), list(train(SMALL, QUICK))
        assert [timeless(r) for r in records(iter(one))] == [timeless(r) for r in records(iter(other))]
        assert_same_weights(one[-1].checkpoint.weights, other[-1].checkpoint.weights)

    def test_other_seed_other_losses(self) -> None:
        losses = {r.loss for seed in range(3) for r in records(train(SMALL, replace(QUICK, seed=seed)))}
        assert len(losses) == 6

    def test_runs_of_one_shape_beside_each_other_do_not_disturb_each_other(self) -> None:
        seeds = [replace(LONG, seed=seed) for seed in (0, 1)]
        alone = [last(in_slices_of(1, SMALL, training)) for training in seeds]
        with ThreadPoolExecutor(2) as pool:
            beside = list(pool.map(lambda training: last(in_slices_of(1, SMALL, training)), seeds))
        for one, other in zip(alone, beside, strict=True):
            assert_same_weights(one.weights, other.weights)


class TestHeldOut:
    def test_held_out_digits_never_influence_the_weights(self, data_home: Path) -> None:
        images, labels = synthetic_digits(70)
        images[60:] = 255 - images[60:][::-1]
        install(data_home, "openml:altered", images, labels)
        original, altered = (list(train(SMALL, replace(QUICK, dataset=name))) for name in (TINY, "openml:altered"))
        assert_same_weights(original[-1].checkpoint.weights, altered[-1].checkpoint.weights)
        known, changed = records(iter(original)), records(iter(altered))
        assert [r.loss for r in known] == [r.loss for r in changed]
        assert [r.val_loss for r in known] != [r.val_loss for r in changed]

    def test_as_the_course_does_it_nothing_is_held_out(self) -> None:
        assert [r.val_loss for r in records(train(SMALL, replace(QUICK, digits="all")))] == [None, None]
        assert None not in [r.val_loss for r in records(train(SMALL, QUICK))]


class TestDenoising:
    """Corrupted digits in, clean ones wanted (Vincent et al. 2008)."""

    @pytest.mark.parametrize("pixels", ["unit", "grey"])
    def test_noise_and_mask_are_as_strong_as_asked_for(self, pixels: str, tiny: Dataset) -> None:
        network = replace(SMALL, pixels=pixels, output_activation="relu")
        middle = np.full((1_000, 784), 0.5 * network.scale, np.float32)  # far from both ends: nothing is cut off
        noisy = self.corrupt(network, {"noise": 0.1}, middle) / network.scale
        assert noisy.mean() == pytest.approx(0.5, abs=0.001)
        assert noisy.std() == pytest.approx(0.1, abs=0.001)
        masked = self.corrupt(network, {"mask": 0.25}, middle)
        assert (masked == 0).mean() == pytest.approx(0.25, abs=0.002)
        assert set(np.unique(masked)) == {0, 0.5 * network.scale}
        both = self.corrupt(network, {"noise": 1.0, "mask": 0.25}, middle) / network.scale
        assert (both.min(), both.max()) == (0, 1)  # the range of pixels

    def test_what_pages_show_is_as_strong(self) -> None:
        grey, rows = np.full((1_000, 784), 128, np.uint8), np.arange(1_000)
        noisy = corrupted(grey, rows, replace(QUICK, noise=0.1)) / 255
        assert (noisy.mean(), noisy.std()) == (pytest.approx(128 / 255, abs=0.001), pytest.approx(0.1, abs=0.001))
        assert (corrupted(grey, rows, replace(QUICK, mask=0.25)) == 0).mean() == pytest.approx(0.25, abs=0.002)
        again = corrupted(grey[:2], np.array([7, 3]), replace(QUICK, noise=0.1))
        np.testing.assert_array_equal(again, np.round(255 * noisy[[7, 3]]))
        np.testing.assert_array_equal(corrupted(grey, rows, QUICK), grey)

    def test_each_step_and_each_seed_has_noise_of_its_own(self) -> None:
        clean = np.full((10, 784), 0.5, np.float32)
        draws = [self.corrupt(SMALL, DENOISING, clean, seed, step) for seed in (0, 2**32 - 1) for step in (0, 1, 2**31)]
        assert len({draw.tobytes() for draw in draws}) == 6
        np.testing.assert_array_equal(draws[1], self.corrupt(SMALL, DENOISING, clean, 0, 1))

    @pytest.mark.proof
    def test_its_network_takes_more_noise_away_than_one_that_saw_none(self, tiny: Dataset) -> None:
        wide = Architecture(encoder=(32,), latent_dim=8)
        plain = replace(QUICK, epochs=8, batch_size=100, learning_rate=0.003, digits="all", dataset=CROWD)
        noisy = replace(plain, noise=0.5)
        images, seen = pixels(tiny.images), pixels(corrupted(tiny.images, np.arange(70), noisy))
        networks = [DenseAutoencoder(wide, last(train(wide, training)).weights) for training in (plain, noisy)]
        left = [float(np.square(network.reconstruct(seen) - images).mean()) for network in networks]
        assert left[1] < 0.5 * left[0]

    def test_what_it_must_give_back_is_the_clean_digit(self, tiny: Dataset) -> None:
        """With nothing to see, the best that it can draw is the average digit."""
        training = replace(QUICK, mask=0.95, epochs=1, batch_size=60, learning_rate=1e-7)
        network = DenseAutoencoder(SMALL, first_checkpoint(SMALL, training).weights)
        images = pixels(tiny.images[:60])
        black = float(np.square(network.reconstruct(np.zeros_like(images)) - images).mean())
        [record] = records(train(SMALL, training))
        assert record.loss == pytest.approx(black, rel=0.05)

    def test_held_out_digits_are_measured_clean(self, tiny: Dataset) -> None:
        slice_ = list(train(SMALL, replace(QUICK, **DENOISING)))[-1]
        images = pixels(tiny.images[tiny.held_out])
        rebuilt = DenseAutoencoder(SMALL, slice_.checkpoint.weights).reconstruct(images)
        assert slice_.report.record
        assert slice_.report.record.val_loss == pytest.approx(np.square(rebuilt - images).mean(), rel=1e-5)

    @staticmethod
    def corrupt(network: Architecture, options: Any, images: Array, seed: int = 0, step: int = 0) -> Array:
        tf, _ = tensorflow()
        corrupt = compiled._corruption(tf, graph_key(network, replace(QUICK, **options)))
        compiled_too = tf.function(corrupt, jit_compile=True)
        return compiled_too(tf.constant(images), tf.constant([seed, step], tf.int64)).numpy()


class TestSlices:
    @pytest.mark.parametrize("chunks", [2, 100])
    @pytest.mark.parametrize(
        "options",
        [{}, {"schedule": "one-cycle"}, DENOISING, SPARSE, VARIATIONAL],
        ids=["constant", "one-cycle", "noise", "all terms", "variational"],
    )
    def test_of_any_size_give_the_same_weights_and_losses(self, chunks: int, options: Any) -> None:
        options = dict(options)
        network = replace(SMALL, variational=options.pop("variational", False))
        training = replace(LONG, **options)
        small, large = (list(in_slices_of(n, network, training)) for n in (1, chunks))
        assert len(small) > len(large)
        assert_same_weights(small[-1].checkpoint.weights, large[-1].checkpoint.weights)
        assert [timeless(r) for r in records(iter(small))] == [timeless(r) for r in records(iter(large))]
        assert points_of(small) == points_of(large)

    def test_of_a_convolutional_network_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        network = replace(SMALL, convolutional=True, variational=True)
        monkeypatch.setattr(compiled, "CHUNK_WORK", 1)  # a step in each chunk
        training = replace(QUICK, loss="bce", noise=0.1, dropout=0.1, batch_size=30, epochs=1)
        small, large = (list(in_slices_of(n, network, training)) for n in (1, 2))
        assert (len(small), len(large)) == (2, 1)
        assert_same_weights(small[-1].checkpoint.weights, large[-1].checkpoint.weights)
        assert [timeless(r) for r in records(iter(small))] == [timeless(r) for r in records(iter(large))]
        found = outcome_of(network, training, small[-1].checkpoint, with_keras_files=False).space
        model, images = model_with(network, small[-1].checkpoint.weights), load_dataset(TINY).images
        np.testing.assert_allclose(found.codes, model.encode(images), atol=1e-5)
        np.testing.assert_allclose(found.errors, model.errors(images, found.codes), atol=1e-5)
        np.testing.assert_allclose(found.spread, model.spread(images), rtol=1e-4)

    def test_the_same_slice_twice_says_the_same_twice(self) -> None:
        checkpoint = train_slice(SMALL, LONG, first_checkpoint(SMALL, LONG), chunks=1, frame=False).checkpoint
        before = [w.copy() for w in checkpoint.weights]
        one, other = (train_slice(SMALL, LONG, checkpoint, chunks=1, frame=True) for _ in range(2))
        assert_same_weights(one.checkpoint.weights, other.checkpoint.weights)
        assert_same_weights(tuple(before), checkpoint.weights)
        assert one.report.points == other.report.points

    def test_never_pass_the_end_of_an_epoch(self) -> None:
        found = reports(in_slices_of(100, SMALL, LONG))
        assert [r.epoch for r in found] == [1, 2]
        assert [r.done for r in found] == [False, True]

    def test_points_are_the_losses_of_the_chunks_and_their_mean_that_of_the_epoch(self) -> None:
        per_epoch, chunk = 18, chunk_steps(SMALL, 500)
        found = list(in_slices_of(100, SMALL, replace(LONG, epochs=1)))
        points = points_of(found)
        assert [epoch * per_epoch for epoch, _ in points] == pytest.approx([chunk, 2 * chunk, per_epoch])
        sizes = [8 * 500, 8 * 500, 2 * 500]
        mean = sum(loss * n for (_, loss), n in zip(points, sizes, strict=True)) / sum(sizes)
        assert records(iter(found))[0].loss == pytest.approx(mean)

    def test_of_a_wide_network_fewer_digits_are_in_a_chunk(self) -> None:
        """No command is heard in the middle of one."""
        presets = {chunk_steps(preset.architecture, 64) for preset in PRESETS.values()}
        assert presets == {CHUNK_DIGITS // 64}
        widest = Architecture(encoder=(2048, 424))
        assert 4_900_000 < widest.multiply_adds < 5_100_000
        assert 900 < chunk_steps(widest, 64) * 64 <= 1_000
        assert chunk_steps(widest, 4_096) == 1

    @pytest.mark.parametrize("encoder", [(8,), (256, 128, 64), (1024, 512), (2048, 424), (4096, 1024)])
    @pytest.mark.parametrize("batch_size", [1, 64, 256, 4_096])
    def test_chunks_of_dense_networks_are_as_large_as_their_parameters_allow(
        self, encoder: tuple[int, ...], batch_size: int
    ) -> None:
        """A dense layer uses each of its weights once a digit; other sizes would change the last bits of losses."""
        network = Architecture(encoder=encoder)
        assert network.multiply_adds == network.parameter_count
        digits = min(4_096, 5_000_000_000 // network.parameter_count)
        assert chunk_steps(network, batch_size) == max(1, digits // batch_size)

    def test_trainings_share_a_compiled_graph_exactly_where_no_option_changes_it(self) -> None:
        same = replace(QUICK, learning_rate=0.5, epochs=9, schedule="cosine", seed=3, patience=1, digits="all")
        same = replace(same, beta=0.5, beta_warm_up=3)
        changes = {"batch_size": 8, "dataset": CROWD, "noise": 0.1, "mask": 0.1, "loss": "bce"}
        changes |= {"code_l1": 0.1, "dropout": 0.1, "weight_decay": 0.1}  # from none to some; another strength does not
        differing = {name: replace(QUICK, **{name: value}) for name, value in changes.items()}  # type: ignore[arg-type]
        assert {name for name in vars(QUICK) if getattr(same, name) == getattr(QUICK, name)} == set(differing)
        assert graph_key(SMALL, same) == graph_key(SMALL, QUICK)
        for training in differing.values():
            assert graph_key(SMALL, training) != graph_key(SMALL, QUICK)
        assert graph_key(replace(SMALL, hidden_activation="relu"), QUICK) != graph_key(SMALL, QUICK)

    def test_a_map_comes_at_the_end_of_an_epoch_and_where_it_was_asked_for(self) -> None:
        training = replace(LONG, epochs=1)
        asked, unasked = (reports(in_slices_of(1, SMALL, training, frame=frame)) for frame in (True, False))
        assert [r.frame is not None for r in asked] == [True, True, True]
        assert [r.frame is not None for r in unasked] == [False, False, True]
        assert [r.record is not None for r in asked] == [False, False, True]

    def test_asking_for_maps_does_not_change_what_is_learned(self) -> None:
        with_maps, without = (last(in_slices_of(1, SMALL, LONG, frame=frame)) for frame in (True, False))
        assert_same_weights(with_maps.weights, without.weights)

    def test_the_map_shows_the_held_out_digits_and_the_pictures_the_first_sixteen(self, tiny: Dataset) -> None:
        slice_ = list(train(SMALL, QUICK))[-1]
        network, frame = DenseAutoencoder(SMALL, slice_.checkpoint.weights), slice_.report.frame
        assert frame
        np.testing.assert_allclose(frame.codes, network.encode(pixels(tiny.images[tiny.held_out])), atol=1e-5)
        shown = grey(network.reconstruct(pixels(tiny.images[:PICTURED])))
        assert np.abs(frame.reconstructions.astype(int) - shown).max() <= 1  # rounding may fall either way
        assert frame.reconstructions.shape == (16, 784)
        np.testing.assert_allclose(frame.pictured, network.encode(pixels(tiny.images[:PICTURED])), atol=1e-5)

    def test_the_map_of_many_dimensions_is_projected_along_the_axes_kept(self) -> None:
        architecture, crowd = replace(SMALL, latent_dim=8), load_dataset(CROWD)
        checkpoint, report = list(train(architecture, replace(LONG, epochs=1)))[-1]
        codes = DenseAutoencoder(architecture, checkpoint.weights).encode(pixels(crowd.images[crowd.held_out]))
        assert report.frame
        np.testing.assert_allclose(report.frame.codes, project(codes)[0], atol=1e-4)
        assert checkpoint.basis is not None
        assert checkpoint.basis.shape == (8, 2)
        assert report.frame.space is not None
        np.testing.assert_allclose(report.frame.space, codes, atol=1e-5)

    @pytest.mark.parametrize("d", [2, REPLAYED + 1])
    def test_codes_that_are_the_map_or_too_many_do_not_go_with_it(self, d: int) -> None:
        frame = list(train(replace(SMALL, latent_dim=d), QUICK))[-1].report.frame
        assert frame
        assert frame.codes.shape[1] == 2
        assert frame.space is None

    def test_seconds_of_an_epoch_are_those_of_its_slices_and_its_measuring(self) -> None:
        found = reports(in_slices_of(1, SMALL, replace(LONG, epochs=1)))
        assert found[-1].record
        assert found[-1].record.seconds > sum(r.seconds for r in found) > 0

    def test_the_next_is_as_long_as_was_asked_for(self) -> None:
        report = replace(reports(in_slices_of(1, SMALL, replace(LONG, epochs=1)))[0], seconds=0.02)
        assert next_chunks(report, 0.5) == 25
        assert next_chunks(replace(report, seconds=30.0), 0.5) == 1

    def test_an_unknown_data_set_is_an_error_with_a_sentence(self) -> None:
        with pytest.raises(DataUnavailable, match="not on this machine"):
            next(train(SMALL, replace(QUICK, dataset="openml:absent")))


def points_of(slices: list[Slice]) -> list[tuple[float, float]]:
    return [point for slice_ in slices for point in slice_.report.points]


class TestCheckpoint:
    @pytest.mark.parametrize(
        "architecture", [SMALL, replace(SMALL, latent_dim=8, variational=True)], ids=["2-D", "variational 8-D"]
    )
    def test_saved_in_the_middle_and_loaded_again_it_goes_on_as_if_nothing_had_been(
        self, architecture: Architecture, store: RunStore
    ) -> None:
        training = replace(LONG, schedule="one-cycle", patience=5)
        slices = list(in_slices_of(1, architecture, training))
        for middle in (0, 3):  # within the first epoch; just after its end, slice 3 being the first of the second
            store.save_checkpoint("some-run", slices[middle].checkpoint)
            loaded = store.load_checkpoint("some-run")
            rest = list(train(architecture, training, loaded))
            assert_same_weights(rest[-1].checkpoint.weights, slices[-1].checkpoint.weights)
            for kind in ("best_weights", "best_optimizer"):
                assert_same_weights(*(getattr(each[-1].checkpoint, kind) for each in (rest, slices)))
            again = [timeless(r) for r in records(iter(rest))]
            assert again == [timeless(r) for r in records(iter(slices))][-len(again) :]

    def test_training_goes_on_in_a_trainer_that_meanwhile_held_another_run(self) -> None:
        slices = list(in_slices_of(1, SMALL, LONG))
        last(train(SMALL, replace(LONG, seed=7)))
        rest = train(SMALL, LONG, slices[1].checkpoint)
        assert_same_weights(last(rest).weights, slices[-1].checkpoint.weights)

    def test_the_first_is_what_the_seed_says(self) -> None:
        one, same, other = (first_checkpoint(SMALL, replace(QUICK, seed=seed)).weights for seed in (0, 0, 1))
        assert_same_weights(one, same)
        assert (one[0] != other[0]).any()


class TestLearningRate:
    @pytest.mark.parametrize("schedule", ["constant", "one-cycle", "cosine"])
    def test_follows_the_schedule_over_the_whole_training(self, schedule: Any) -> None:
        training = replace(LONG, schedule=schedule)
        starts = [0, 8, 16, 18, 26, 34]  # steps done before each chunk, of 36
        expected = [training.rate(start / 36) for start in starts]
        assert [r.learning_rate for r in reports(in_slices_of(1, SMALL, training))] == pytest.approx(expected)

    def test_is_what_the_steps_are_made_with(self) -> None:
        slow, fast = (
            train_slice(SMALL, replace(QUICK, learning_rate=rate), first_checkpoint(SMALL, QUICK), 1, False)
            for rate in (1e-5, 1e-2)
        )
        moved = [
            np.abs(after.checkpoint.weights[0] - first_checkpoint(SMALL, QUICK).weights[0]).max()
            for after in (slow, fast)
        ]
        assert 3e-5 < moved[0] < 4.1e-5  # Adam moves by at most about its rate a step; four steps
        assert moved[1] > 100 * moved[0]


class TestEarlyStopping:
    def test_stops_when_the_patience_is_over_and_keeps_the_best_epoch(self) -> None:
        slices = list(train(SMALL, STOPS_EARLY))
        held_out = [r.val_loss for r in records(iter(slices)) if r.val_loss is not None]
        best = int(np.argmin(held_out))
        assert len(held_out) == best + 1 + 2 < STOPS_EARLY.epochs
        weights_by_epoch = [s.checkpoint.weights for s in slices if s.report.record]
        assert_same_weights(slices[-1].checkpoint.best_weights, weights_by_epoch[best])
        assert any((a != b).any() for a, b in zip(weights_by_epoch[best], weights_by_epoch[-1], strict=True))

    def test_without_patience_all_epochs_are_trained_and_the_way_back_is_open(self) -> None:
        """What is trained from the best epoch on is what was trained from there on before, to the last digit."""
        slices = list(train(SMALL, replace(STOPS_EARLY, epochs=8, patience=None)))
        checkpoint, report = slices[-1]
        assert report.epoch == 8
        best = at_best(checkpoint, checkpoint.step // 8)
        again = list(train(SMALL, replace(STOPS_EARLY, epochs=8, patience=None), best))
        assert checkpoint.best_epoch < 8
        assert_same_weights(again[-1].checkpoint.weights, checkpoint.weights)
        assert_same_weights(again[-1].checkpoint.optimizer, checkpoint.optimizer)

    def test_where_nothing_is_held_out_the_training_loss_decides(self) -> None:
        slices = list(train(SMALL, replace(STOPS_EARLY, digits="all")))
        losses = [r.loss for r in records(iter(slices))]
        assert slices[-1].checkpoint.best_epoch == int(np.argmin(losses)) + 1
        assert len(losses) == slices[-1].checkpoint.best_epoch + 2 < STOPS_EARLY.epochs


class TestDivergence:
    def test_ends_the_training_and_keeps_the_weights_before(self) -> None:
        training = replace(QUICK, learning_rate=1, epochs=30)
        before = first_checkpoint(DEEP, training)
        checkpoint, report = train_slice(DEEP, training, before, 100, frame=True)
        assert report.done
        assert not report.finite
        assert checkpoint is before
        assert all(math.isfinite(loss) for _, loss in report.points)

    def test_keeps_good_weights_also_where_some_epochs_went_well(self) -> None:
        training = replace(QUICK, learning_rate=1e-3, epochs=3)
        good = next(train(DEEP, training))
        assert good.report.finite
        fatal = replace(training, learning_rate=1, epochs=30)
        slices = list(train(DEEP, fatal, good.checkpoint))
        assert not slices[-1].report.finite
        kept = slices[-1].checkpoint.weights
        assert all(np.isfinite(w).all() for w in kept)
        assert any((w != v).any() for w, v in zip(kept, first_checkpoint(DEEP, training).weights, strict=True))

    def test_leaves_no_trace_for_the_next_run_of_that_shape(self) -> None:
        calm = replace(QUICK, learning_rate=1e-3)
        before = last(train(DEEP, calm))
        last(train(DEEP, replace(calm, learning_rate=1, epochs=30)))
        assert_same_weights(last(train(DEEP, calm)).weights, before.weights)


class TestWarmUp:
    def test_after_it_nothing_is_compiled_whatever_the_slice(self) -> None:
        architecture = replace(SMALL, encoder=(9,))
        warm_up(architecture, 500, CROWD)
        trainer = compiled.trainer_of(architecture, LONG)
        known = [f.experimental_get_tracing_count() for f in (trainer._run, trainer._evaluate)]
        for chunks in (1, 2, 100):
            last(in_slices_of(chunks, architecture, LONG, frame=True))
        assert compiled.trainer_of(architecture, LONG) is trainer
        assert [f.experimental_get_tracing_count() for f in (trainer._run, trainer._evaluate)] == known

    @pytest.mark.proof
    def test_so_many_networks_stay_compiled_as_were_asked_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(compiled, "_compiled", compiled._compiled)
        nets = [replace(SMALL, encoder=(width,)) for width in (10, 11, 12)]
        for most, kept in ((2, [False, True, True]), (3, [True, True, True])):
            compiled.keep_compiled(most)
            before = [compiled.trainer_of(net, QUICK) for net in nets]
            compiled.keep_compiled(most)  # once more, as on a new cluster
            newest_first = zip(reversed(nets), reversed(before), strict=True)
            assert [compiled.trainer_of(net, QUICK) is trainer for net, trainer in newest_first] == kept[::-1]

    def test_does_not_change_what_is_learned(self) -> None:
        before = last(train(SMALL, QUICK))
        warm_up(SMALL, QUICK.batch_size, TINY)
        assert_same_weights(last(train(SMALL, QUICK)).weights, before.weights)


def test_a_data_set_fetched_anew_is_trained_on(data_home: Path) -> None:
    training = replace(QUICK, dataset="openml:renewed", epochs=1)
    losses = []
    for seed in (0, 1):
        install(data_home, training.dataset, *synthetic_digits(70, seed))
        losses.append(records(train(SMALL, training))[0].loss)
    assert losses[0] != losses[1]
