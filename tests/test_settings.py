"""Laws of what can be chosen: counts by hand, the layer table as Keras prints it, errors for what cannot work."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencoder.errors import AutoencoderError, InvalidArchitecture, InvalidTraining
from autoencoder.network.dense import weight_shapes
from autoencoder.network.keras import build_model
from autoencoder.settings import ACTIVATIONS, DEPTHS, PIXELS, Architecture, Training, encoder_widths

COURSE_8D = Architecture((256, 128, 64), 8, (64, 128), "relu", "relu", "relu", "grey")
COURSE_2D = Architecture((256, 128, 64, 16), 2, (16, 64, 128), "relu", "relu", "relu", "grey")
ARCHITECTURES = [
    COURSE_8D,
    COURSE_2D,
    Architecture(),
    Architecture(encoder=(1,), latent_dim=1),
    Architecture(encoder=(512, 256, 128, 64, 32, 16), latent_dim=784),
    Architecture(encoder=(4096, 2048), latent_dim=3, decoder=(20,)),
]
widths = st.lists(st.integers(1, 4096), min_size=1, max_size=8).map(tuple)
architectures = st.builds(
    Architecture,
    encoder=widths.filter(lambda w: sum(w) < 4096),
    latent_dim=st.integers(1, 784),
    decoder=st.none() | widths.filter(lambda w: sum(w) < 4096),
    hidden_activation=st.sampled_from(ACTIVATIONS),
    latent_activation=st.sampled_from(ACTIVATIONS),
    output_activation=st.sampled_from(("relu", "linear", "softplus")),
    pixels=st.sampled_from(("unit", "grey")),
)
trainings = st.builds(
    Training,
    learning_rate=st.floats(0, 1, exclude_min=True),
    batch_size=st.integers(1, 10_000),
    epochs=st.integers(1, 1_000),
    schedule=st.sampled_from(("constant", "one-cycle", "cosine")),
    seed=st.integers(0, 2**32 - 1),
    patience=st.none() | st.integers(1, 1_000),
    digits=st.sampled_from(("training", "all")),
    dataset=st.text(min_size=1),
)


class TestParameterCount:
    def test_the_course_has_its_own_two(self) -> None:
        assert COURSE_8D.parameter_count == 352_664
        assert COURSE_2D.parameter_count == 353_778

    @given(architectures)
    def test_is_one_weight_per_connection_and_one_bias_per_neuron(self, architecture: Architecture) -> None:
        mirrored = architecture.encoder[::-1]
        decoder = mirrored if architecture.decoder is None else architecture.decoder
        sizes = [784, *architecture.encoder, architecture.latent_dim, *decoder, 784]
        by_hand = sum(inputs * outputs + outputs for inputs, outputs in pairwise(sizes))
        assert architecture.parameter_count == by_hand
        assert by_hand == sum(math.prod(shape) for shape in weight_shapes(architecture))

    def test_the_decoder_mirrors_the_encoder_where_none_is_given(self) -> None:
        mirrored = replace(COURSE_8D, decoder=None)
        assert mirrored.decoder_widths == (64, 128, 256)
        assert mirrored.parameter_count == replace(COURSE_8D, decoder=(64, 128, 256)).parameter_count


@pytest.mark.slow
class TestLayerTable:
    @pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda a: "-".join(map(str, a.encoder)))
    def test_equals_the_summary_of_keras(self, architecture: Architecture) -> None:
        rows, total, size = printed_summary(architecture)
        table = [(layer.name, str(layer.output_shape), f"{layer.parameters:,}") for layer in architecture.layers]
        assert table == rows
        assert (f"{architecture.parameter_count:,}", architecture.size) == (total, size)

    def test_activations_are_those_of_the_keras_model(self) -> None:
        architecture = Architecture((5, 4), 3, (6,), "gelu", "tanh", "sigmoid")
        dense = build_model(architecture).layers[1:]
        assert [layer.activation for layer in architecture.layers[1:]] == [k.activation.__name__ for k in dense]


def printed_summary(architecture: Architecture) -> tuple[list[tuple[str, str, str]], str, str]:
    """What `model.summary()` prints: (name, output shape, parameters) per layer; total parameters; their size."""
    lines: list[str] = []
    build_model(architecture).summary(print_fn=lambda text, **_: lines.extend(text.splitlines()))
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if line.startswith("│")]
    rows = [(name.split(" (")[0], shape, parameters) for name, shape, parameters in cells]
    found = re.search(r"Total params: ([\d,]+) \((.+?)\)", "\n".join(lines))
    assert found
    return rows, found[1], found[2]


class TestDepth:
    def test_three_and_four_are_the_course_s(self) -> None:
        assert encoder_widths(3, 8) == COURSE_8D.encoder
        assert encoder_widths(4, 2) == COURSE_2D.encoder

    @pytest.mark.parametrize("depth", DEPTHS)
    @pytest.mark.parametrize("latent_dim", [1, 2, 100, 784])
    def test_layers_get_narrower_but_never_narrower_than_the_code(self, depth: int, latent_dim: int) -> None:
        chosen = encoder_widths(depth, latent_dim)
        assert len(chosen) == depth == Architecture(chosen, latent_dim).depth
        assert sorted(chosen, reverse=True) == list(chosen)
        assert min(chosen) >= latent_dim

    @pytest.mark.parametrize("depth", [0, 7, -1])
    def test_outside_one_to_six_is_refused(self, depth: int) -> None:
        with pytest.raises(InvalidArchitecture, match=f"between 1 and 6, got {depth}"):
            encoder_widths(depth, 2)


class TestJson:
    @given(architectures)
    def test_an_architecture_comes_back(self, architecture: Architecture) -> None:
        back = Architecture.from_json(json.loads(json.dumps(architecture.to_json())))
        assert back == architecture
        assert hash(back) == hash(architecture)

    @given(trainings)
    def test_a_training_comes_back(self, training: Training) -> None:
        assert Training.from_json(json.loads(json.dumps(training.to_json()))) == training

    json_values = st.recursive(
        st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=5,
    )

    @settings(max_examples=300)
    @given(st.sampled_from([(Architecture, InvalidArchitecture), (Training, InvalidTraining)]), st.data())
    def test_whatever_stands_there_gives_settings_or_their_error(self, kind: Any, data: st.DataObject) -> None:
        settings_, error = kind
        fields = st.sampled_from(sorted(settings_().to_json()))
        values = data.draw(st.dictionaries(fields, self.json_values) | self.json_values)
        try:
            found = settings_.from_json(values)
        except AutoencoderError as problem:
            found = problem
        assert isinstance(found, (settings_, error))
        assert str(found)

    def test_a_learning_rate_beyond_all_floats_is_refused_like_any_other(self) -> None:
        with pytest.raises(InvalidTraining):
            Training.from_json({"learning_rate": 10**400})

    def test_an_unknown_field_is_refused_as_one_of_a_newer_version(self) -> None:
        with pytest.raises(InvalidArchitecture, match="made by a newer version: the option “dropout” is not known"):
            Architecture.from_json({"latent_dim": 2, "dropout": 0.5})

    def test_what_are_no_fields_is_refused(self) -> None:
        with pytest.raises(InvalidArchitecture, match="fields of Architecture"):
            Architecture.from_json([2])


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"encoder": ()}, "Encoder widths must be 1 to 8 layers"),
        ({"encoder": (4,) * 9}, "Encoder widths must be 1 to 8 layers"),
        ({"encoder": [256, 128]}, "Write widths such as 256-128-64"),
        ({"encoder": None}, "Encoder widths must be 1 to 8 layers"),
        (
            {"encoder": (256, 0)},
            "Encoder widths must be whole numbers between 1 and 4,096, got 0. Write widths such as",
        ),
        ({"encoder": (4097,)}, "got 4097"),
        ({"encoder": (25.6,)}, "got 25.6"),
        ({"encoder": ("256",)}, "Encoder widths must be whole numbers"),
        ({"decoder": ()}, "Decoder widths must be 1 to 8 layers"),
        ({"decoder": (-3,)}, "Decoder widths must be whole numbers between 1 and 4,096, got -3"),
        ({"latent_dim": 0}, "Latent dimensions must be a whole number between 1 and 784, got 0. Try 2."),
        ({"latent_dim": 785}, "got 785"),
        ({"latent_dim": 2.0}, "got 2.0"),
        ({"latent_dim": True}, "got True"),
        ({"hidden_activation": "swish"}, "activation 'swish' is not known"),
        ({"latent_activation": ""}, "Choose one of: relu"),
        ({"output_activation": "softmax"}, "'softmax' is not known"),
        ({"pixels": "bytes"}, "Pixels 'bytes' is not known. Choose one of: unit, grey."),
        ({"pixels": "grey"}, "A sigmoid output never exceeds 1"),
        ({"pixels": "grey", "output_activation": "tanh"}, "A tanh output never exceeds 1"),
        ({"encoder": (4096, 4096)}, "at most 20,000,000 are allowed"),
    ],
)
def test_an_architecture_that_cannot_work_says_why(choice: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidArchitecture, match=re.escape(words)):
        Architecture(**choice)


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"learning_rate": 0}, "Learning rate must be above 0 and at most 1, got 0. Try 0.003."),
        ({"learning_rate": -0.1}, "got -0.1"),
        ({"learning_rate": 1.01}, "got 1.01"),
        ({"learning_rate": math.nan}, "got nan"),
        ({"learning_rate": math.inf}, "got inf"),
        ({"learning_rate": "0.1"}, "Learning rate must be"),
        ({"learning_rate": True}, "got True"),
        ({"batch_size": 0}, "Batch size must be a whole number between 1 and 10,000, got 0"),
        ({"batch_size": 10_001}, "got 10001"),
        ({"batch_size": 64.0}, "got 64.0"),
        ({"epochs": 0}, "Epochs must be a whole number between 1 and 1,000, got 0"),
        ({"epochs": 1_001}, "got 1001"),
        ({"epochs": None}, "got None"),
        ({"seed": -1}, "Seed must be a whole number between 0 and 4,294,967,295, got -1"),
        ({"seed": 2**32}, "got 4294967296"),
        ({"seed": 0.5}, "got 0.5"),
        ({"patience": 0}, "Stop early after (epochs) must be a whole number between 1 and 1,000, or empty, got 0"),
        ({"patience": 1_001}, "got 1001"),
        ({"schedule": "linear"}, "Schedule 'linear' is not known. Choose one of: constant, one-cycle, cosine"),
        ({"digits": "some"}, "Digits to train on 'some' is not known. Choose one of: training, all."),
        ({"dataset": ""}, "Data set must be a name such as mnist, got ''"),
        ({"dataset": 3}, "got 3"),
    ],
)
def test_a_training_that_cannot_work_says_why(choice: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidTraining, match=re.escape(words)):
        Training(**choice)


def test_what_lies_just_inside_the_limits_is_allowed() -> None:
    Architecture(encoder=(4096,) + (1,) * 7, latent_dim=784, decoder=(4096,))
    Training(learning_rate=1, batch_size=10_000, epochs=1_000, seed=2**32 - 1, patience=1_000)
    Training(learning_rate=1e-12, batch_size=1, epochs=1, seed=0, patience=1)


class TestSchedule:
    @pytest.mark.parametrize(
        ("schedule", "expected"),
        [
            ("constant", {0: 1, 0.5: 1, 1: 1}),
            ("cosine", {0: 1, 0.25: (1 + 0.5**0.5) / 2, 0.5: 0.5, 1: 0}),
            ("one-cycle", {0: 1 / 25, 0.15: (1 / 25 + 1) / 2, 0.3: 1, 0.65: (1 + 1e-4) / 2, 1: 1e-4}),
        ],
    )
    def test_passes_through_its_known_points(self, schedule: Any, expected: dict[float, float]) -> None:
        training = Training(learning_rate=0.008, schedule=schedule)
        for progress, share in expected.items():
            assert training.rate(progress) == pytest.approx(0.008 * share)

    @given(st.sampled_from(["constant", "one-cycle", "cosine"]), st.floats(0, 1))
    def test_never_exceeds_the_learning_rate_chosen(self, schedule: Any, progress: float) -> None:
        assert 0 <= Training(learning_rate=0.01, schedule=schedule).rate(progress) <= 0.01 * (1 + 1e-12)

    def test_one_cycle_rises_for_three_tenths_then_falls(self) -> None:
        rates = [Training(schedule="one-cycle").rate(i / 100) for i in range(101)]
        assert all(a < b for a, b in pairwise(rates[:31]))
        assert all(a > b for a, b in pairwise(rates[30:]))


def test_pixels_are_what_the_network_sees() -> None:
    assert COURSE_8D.scale == 255
    assert Architecture().scale == 1
    assert Architecture().layers[0].outputs == PIXELS


def test_a_convolutional_network_has_the_layers_of_keras_s_example() -> None:
    """As https://keras.io/examples/generative/vae prints them: 69,076 parameters before the code, 65,089 after."""
    network = Architecture(convolutional=True, variational=True, hidden_activation="relu")
    counts = {layer.name: layer.parameters for layer in network.layers}
    assert counts == {
        "input_layer": 0, "encoder_1": 320, "encoder_2": 18_496, "encoder_3": 50_192, "latent_layer": 34,
        "log_variance": 34, "decoder_1": 9_408, "decoder_2": 36_928, "decoder_3": 18_464, "reconstruction": 289,
    }  # fmt: skip
    assert network.parameter_count == 69_076 + 65_089
    assert [layer.output_shape[1:] for layer in network.layers[-3:]] == [(14, 14, 64), (28, 28, 32), (28, 28, 1)]
