"""Laws of what is made small: each term's value and gradient, its weight, and what is reported beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from conftest import CROWD, QUICK, SMALL, TINY, assert_same_weights, random_weights

from autoencoder.data.dataset import Dataset
from autoencoder.engine.outcome import outcome_of
from autoencoder.errors import InvalidTraining
from autoencoder.network.keras import tensorflow
from autoencoder.network.kinds import model_with
from autoencoder.network.protocol import Array
from autoencoder.runs.changes import after_slice
from autoencoder.runs.history import History
from autoencoder.runs.progress import progress_of
from autoencoder.runs.run import Run
from autoencoder.settings import Architecture, Training
from autoencoder.training import loop
from autoencoder.training.compiled import trainer_of
from autoencoder.training.forward_pass import CODE, Chance
from autoencoder.training.loop import first_checkpoint, train, train_slice
from autoencoder.training.objective import loss_of, objective_of, strengths_at, terms_of
from autoencoder.training.records import Checkpoint, EpochRecord, Report
from server.run_events import Cursor

ONE_STEP = replace(QUICK, batch_size=60, epochs=1)  # the 60 digits that are trained on, at once
SPARSE = replace(ONE_STEP, loss="bce", code_l1=0.01)
VARIATIONAL = replace(SMALL, variational=True)
GREY = replace(SMALL, pixels="grey", output_activation="softplus")


class TestSettings:
    @pytest.mark.parametrize("changes", [{"output_activation": "relu"}, {"output_activation": "linear"}])
    def test_cross_entropy_needs_outputs_between_0_and_1(self, changes: dict[str, Any]) -> None:
        with pytest.raises(InvalidTraining, match="Choose a sigmoid output"):
            objective_of(replace(SMALL, **changes), SPARSE)
        assert objective_of(replace(SMALL, **changes), QUICK).is_mse

    def test_the_loss_is_the_weighted_sum_of_its_terms_and_the_mse_is_watched(self) -> None:
        plain, sparse = objective_of(SMALL, QUICK), objective_of(SMALL, SPARSE)
        assert (plain.terms, sparse.terms) == (("mse",), ("bce", "code_l1", "mse"))
        terms = {"mse": 0.05, "bce": 0.2, "code_l1": 3.0}
        assert (plain.loss(terms), sparse.loss(terms)) == (0.05, pytest.approx(0.2 + 0.01 * 3.0))
        assert sparse.parts(terms) == {"bce": 0.2, "code_l1": pytest.approx(0.03)}


class TestBeta:
    def test_rises_over_its_warm_up_and_reports_count_it_whole(self) -> None:
        training = replace(QUICK, epochs=10, beta=4.0, beta_warm_up=5)
        at = [strengths_at(VARIATIONAL, training, share).weights for share in (0, 0.25, 0.5, 1)]
        assert at == [(1.0, 0.0), (1.0, 2.0), (1.0, 4.0), (1.0, 4.0)]
        assert objective_of(VARIATIONAL, training).weights == {"reconstruction": 1.0, "kl": 4.0}
        assert strengths_at(VARIATIONAL, replace(training, beta_warm_up=0), 0).weights == (1.0, 4.0)


class TestReports:
    """A run whose loss is not the MSE alone."""

    RUN = Run("r", SMALL, SPARSE, status="training")
    RECORD = EpochRecord(1, 0.23, 0.26, 1.0, (), {"mse": 0.05, "bce": 0.2, "code_l1": 3.0,
                                                 "val_mse": 0.06, "val_bce": 0.22, "val_code_l1": 4.0})  # fmt: skip
    REPORT = Report(1, 1.0, ((1.0, 0.23),), 1.0, 0.01, True, True, RECORD, None, "w",
                    terms={"mse": (0.05,), "bce": (0.2,), "code_l1": (3.0,)}, best_epoch=1)  # fmt: skip

    def told(self, run: Run) -> dict[str, Any]:
        history = History()
        progress = progress_of(after_slice(run, history, self.REPORT), history, None, 0, 0)
        return {said["type"]: said for said in Cursor().messages(progress, mine=True, language="en")}

    def test_curves_of_the_mse_and_of_what_each_term_adds_to_the_loss(self) -> None:
        told = self.told(self.RUN)
        assert told["points"]["points"] == [(1.0, 0.05)]
        assert told["points"]["parts"] == {"loss": [0.23], "bce": [0.2], "code_l1": [0.03]}
        row = told["epochs"]["epochs"][0]
        assert (row["mse"], row["val_mse"]) == (0.05, 0.06)
        assert row["parts"] == {"loss": 0.26, "bce": 0.22, "code_l1": 0.04}

    def test_of_the_mse_alone_there_are_no_parts(self) -> None:
        told = self.told(replace(self.RUN, training=QUICK))
        assert "parts" not in told["points"]
        assert "parts" not in told["epochs"]["epochs"][0]

    def test_the_best_epoch_is_that_of_the_trained_loss_also_where_the_end_is_judged(self, tiny: Dataset) -> None:
        weights, better = random_weights(SMALL), random_weights(SMALL, seed=1)
        found = terms_of(SMALL, SPARSE, model_with(SMALL, weights), tiny.images[tiny.held_out])
        loss = found["bce"] + 0.01 * found["code_l1"]
        ended = outcome_of(SMALL, SPARSE, Checkpoint(weights, step=1), with_keras_files=False)
        assert loss_of(SMALL, SPARSE, ended.measures) == pytest.approx(loss)
        assert ended.measures.value("code_l1") == pytest.approx(found["code_l1"])
        for best, kept in ((0.99 * loss, 2), (0.9 * loss, 1)):  # within 5 %; much better
            checkpoint = Checkpoint(weights, step=2, best_loss=best, best_epoch=1, best_weights=better)
            outcome = outcome_of(SMALL, replace(SPARSE, epochs=2), checkpoint, with_keras_files=False)
            assert outcome.kept == kept
            assert outcome.instead is None or outcome.instead.values["loss"] == pytest.approx(loss)


def reference(architecture: Architecture, training: Training, weights: list[Array], images: Array) -> dict[str, float]:
    """Each term in float64, layer by layer as the formulas say; SiLU within, one hidden layer on each side.

    A variational network draws the codes of its first step; (n, 784) images in the order of that step.
    """
    scale, log_variance = architecture.scale, np.zeros(1)

    def silu(x: Array) -> Array:
        return np.asarray(x / (1 + np.exp(-x)))

    k1, b1, k2, b2, *variance, k3, b3, k4, b4 = weights
    hidden = silu(images / 255 * scale @ k1 + b1)
    drawn_from = codes = hidden @ k2 + b2
    if variance:
        log_variance = hidden @ variance[0] + variance[1]
        drawn_from = codes + np.exp(log_variance / 2) * first_noise(*codes.shape)
    logits = silu(drawn_from @ k3 + b3) @ k4 + b4
    sigmoid, softplus = 1 / (1 + np.exp(-logits)), np.logaddexp(0, logits)
    drawn = sigmoid if architecture.output_activation == "sigmoid" else softplus / scale
    wanted = images / 255
    surprise = softplus - wanted * logits  # = -(x log p + (1-x) log(1-p))
    nats = surprise if training.loss == "bce" else np.square(drawn - wanted) / 2
    return {
        "mse": np.square(drawn - wanted).mean(),
        "bce": surprise.mean(),
        "code_l1": np.abs(codes).sum(axis=1).mean(),
        "reconstruction": nats.sum(axis=1).mean(),
        "kl": ((np.square(codes) + np.exp(log_variance) - log_variance - 1) / 2).sum(axis=1).mean(),
    }


@cache
def first_noise(n: int, d: int) -> Array:
    """(n, d) of the first step of seed 0, as the compiled graph draws it."""
    tf, _ = tensorflow()
    draw = tf.function(lambda: tf.random.stateless_normal((n, d), [0, CODE << 32]), jit_compile=True)
    return np.asarray(draw().numpy(), np.float64)


@pytest.mark.slow
class TestStep:
    @pytest.mark.parametrize(
        ("architecture", "training"),
        [
            (SMALL, ONE_STEP),
            (SMALL, SPARSE),
            (GREY, replace(ONE_STEP, code_l1=0.01)),
            (VARIATIONAL, replace(ONE_STEP, loss="bce", beta=0.5, code_l1=0.1)),
            (replace(GREY, variational=True), replace(ONE_STEP, beta=2.0)),
        ],
        ids=["mse", "bce and L1", "grey levels and L1", "variational, bce and L1", "variational, grey levels"],
    )
    def test_values_and_gradient_of_each_term_are_those_of_its_formula(
        self, architecture: Architecture, training: Training, tiny: Dataset
    ) -> None:
        """Adam's first moment after the first step is a tenth of the gradient that the compiled graph took."""
        weights, objective = random_weights(architecture), objective_of(architecture, training)
        checkpoint, report = train_slice(architecture, training, Checkpoint(weights), 1, frame=False)
        exact = [w.astype(np.float64) for w in weights]
        images = tiny.images[loop._shuffled(training, tiny, epoch=0)[0]].astype(np.float64)
        found = reference(architecture, training, exact, images)
        assert {name: values[0] for name, values in report.terms.items()} == pytest.approx(
            {name: found[name] for name in objective.terms}, rel=1e-5
        )
        trainer = trainer_of(architecture, training)
        trainer.load(checkpoint)
        gradient = [m.numpy() / 0.1 / architecture.scale**2 for m in trainer._optimizer._momentums]
        random = np.random.default_rng(0)
        for array, slope in enumerate(gradient):
            direction = random.normal(size=exact[array].shape)
            by_formula = self.slope(
                lambda moved, at=array: objective.loss(
                    reference(architecture, training, [*exact[:at], moved, *exact[at + 1 :]], images)
                ),
                exact[array], direction,
            )  # fmt: skip
            assert float((slope * direction).sum()) == pytest.approx(by_formula, rel=1e-3, abs=1e-6)

    @staticmethod
    def slope(loss: Callable[[Array], float], at: Array, direction: Array, step: float = 1e-5) -> float:
        return (loss(at + step * direction) - loss(at - step * direction)) / (2 * step)

    def test_held_out_terms_are_those_that_numpy_finds(self, tiny: Dataset) -> None:
        checkpoint, report = list(train(SMALL, replace(SPARSE, epochs=2, dropout=0.2)))[-1]
        terms = terms_of(SMALL, SPARSE, model_with(SMALL, checkpoint.weights), tiny.images[tiny.held_out])
        assert report.record
        for name, value in terms.items():
            assert report.record.columns[f"val_{name}"] == pytest.approx(value, rel=1e-5)
        assert report.record.val_mse == report.record.columns["val_mse"]
        assert report.record.val_loss == pytest.approx(terms["bce"] + 0.01 * terms["code_l1"], rel=1e-5)

    def test_held_out_terms_of_a_variational_network_are_its_bound(self, tiny: Dataset) -> None:
        """KL and the MSE of the mean exactly; the reconstruction is that of other codes from the same distributions."""
        training = replace(ONE_STEP, loss="bce", epochs=2)
        checkpoint, report = list(train(VARIATIONAL, training))[-1]
        model = model_with(VARIATIONAL, checkpoint.weights)
        many = terms_of(VARIATIONAL, training, model, np.repeat(tiny.images[tiny.held_out], 200, axis=0))
        assert report.record
        told = report.record.columns
        for name, tolerance in (("kl", 1e-5), ("mse", 1e-5), ("reconstruction", 0.05)):
            assert told[f"val_{name}"] == pytest.approx(many[name], rel=tolerance)
        assert report.record.val_loss == pytest.approx(told["val_reconstruction"] + told["val_kl"], rel=1e-6)

    def test_weight_decay_is_that_of_adamw_and_leaves_biases_alone(self) -> None:
        training = replace(ONE_STEP, weight_decay=0.5)
        first = first_checkpoint(SMALL, training)
        plain, decayed = (train_slice(SMALL, t, first, 1, False).checkpoint.weights for t in (ONE_STEP, training))
        for before, with_none, with_some in zip(first.weights, plain, decayed, strict=True):
            shrunk = training.learning_rate * 0.5 * before if before.ndim > 1 else 0.0
            np.testing.assert_allclose(with_some, with_none - shrunk, atol=1e-7)

    def test_dropout_silences_its_share_and_keeps_the_mean(self) -> None:
        training = replace(ONE_STEP, dropout=0.3)
        trainer = trainer_of(SMALL, training)
        tf = trainer._pass._tf
        ones = tf.ones((500, 800))
        draws = [
            trainer._pass._thinned(ones, Chance(tf.constant([seed, step], tf.int64), 0.3), layer).numpy()
            for seed, step, layer in ((0, 0, 0), (0, 1, 0), (0, 0, 1), (1, 0, 0))
        ]
        assert (draws[0] == 0).mean() == pytest.approx(0.3, abs=0.003)
        assert draws[0].mean() == pytest.approx(1, abs=0.005)
        assert len({draw.tobytes() for draw in draws}) == 4

    def test_a_sparse_code_is_smaller(self) -> None:
        training = replace(QUICK, epochs=3, dataset=CROWD, batch_size=500)
        sizes = []
        for strength in (1e-3, 0.1):
            record = list(train(SMALL, replace(training, code_l1=strength)))[-1].report.record
            assert record
            sizes.append(record.columns["val_code_l1"])
        assert sizes[1] < 0.2 * sizes[0]

    def test_other_strengths_need_no_other_graph_and_no_strength_changes_nothing(self) -> None:
        one = trainer_of(SMALL, replace(SPARSE, dropout=0.2, weight_decay=0.1))
        assert trainer_of(SMALL, replace(SPARSE, code_l1=0.5, dropout=0.5, weight_decay=1.0)) is one
        assert one._run.experimental_get_tracing_count() == 1
        with_none = replace(QUICK, code_l1=0.0, dropout=0.0, weight_decay=0.0, loss="mse")
        weights = [list(train(SMALL, each))[-1].checkpoint.weights for each in (QUICK, with_none)]
        assert_same_weights(*weights)
        assert QUICK.dataset == TINY

    def test_an_epoch_tells_of_outputs_and_layers_that_died(self, tiny: Dataset) -> None:
        relu = replace(SMALL, hidden_activation="relu", output_activation="relu")
        weights = [w.copy() for w in random_weights(relu)]
        gentle = replace(ONE_STEP, learning_rate=1e-7)
        lit = int(((tiny.images[tiny.held_out] > 127).mean(axis=0) > 0.01).sum())
        for array, value, expected in (
            (-1, -1e3, {"dark_pixels": lit}), (5, -1e3, {"dead_layers": ("decoder_1",)}), (-1, 1.0, {}),
        ):  # fmt: skip
            ill = [w.copy() for w in weights]
            ill[-1][:] = 1.0  # every output shines
            ill[array][:] = value
            record = train_slice(relu, gentle, Checkpoint(tuple(ill)), 1, False).report.record
            assert record
            found = {name: record.columns[name] for name in ("dark_pixels", "dead_layers") if name in record.columns}
            assert found == expected
