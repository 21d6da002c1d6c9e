"""Settings as an address, and as a line of the command line: both come back as the settings that they were."""

from __future__ import annotations

import shlex
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencoder.__main__ import main, settings_of
from autoencoder.choices import (
    KINDS,
    OPTIONS,
    Address,
    Pair,
    address_of,
    base_of,
    choices_beside,
    default_of,
    parts_of,
    query_of,
    read_address,
    values_of,
    with_choices,
    write_address,
)
from autoencoder.errors import AutoencoderError
from autoencoder.flags import train_command
from autoencoder.option_kinds import Choice, Number, Option, Switch, Text, Whole, Widths
from autoencoder.presets import PRESETS, nearest_preset
from autoencoder.settings import Architecture, Training


def values(option: Option) -> st.SearchStrategy[Any]:
    """Every value that an option can have, by its kind."""
    match option:
        case Whole():
            some: st.SearchStrategy[Any] = st.integers(option.least, option.most)
        case Number():
            some = st.floats(option.least, option.most, exclude_min=option.above_least)
        case Choice():
            some = st.sampled_from(list(option.choices))
        case Switch():
            some = st.booleans()
        case Widths():
            some = st.lists(st.integers(1, option.widest), min_size=1, max_size=option.layers).map(tuple)
        case Text():
            some = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1)
        case _:
            raise AssertionError(f"what values has {option}?")
    return some if option.empty is None else st.none() | some


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    """Settings of which any options differ from those of a preset."""
    preset = draw(st.sampled_from(list(PRESETS.values())))
    pair = preset.architecture, preset.training
    chosen = draw(st.lists(st.sampled_from(list(OPTIONS)), unique=True))
    for name in chosen:  # what does not go together is left as it is
        with suppress(AutoencoderError):
            pair = with_choices(pair, [(name, draw(values(OPTIONS[name])))])
    return pair


def there_and_back(address: Address) -> Address:
    return read_address(parts_of(f"http://localhost:8501/train?{query_of(write_address(address))}"))


def opened(address: Address, run: Pair | None = None) -> Pair:
    """The settings of the form that an address opens."""
    return with_choices(base_of(address, run), address.choices)


class TestAddress:
    @given(pairs(), st.sampled_from(list(PRESETS)))
    def test_it_gives_somebody_else_the_same_settings_and_the_same_start(self, wanted: Pair, preset: str) -> None:
        address = there_and_back(address_of(values_of(*wanted), preset, None, ()))
        assert not address.problems
        assert opened(address) == wanted
        assert base_of(address, None)[1] == PRESETS[preset].training

    @given(pairs(), pairs(), st.sampled_from(list(PRESETS)))
    def test_beside_a_run_too(self, run: Pair, wanted: Pair, preset: str) -> None:
        address = there_and_back(address_of(values_of(*wanted), preset, ("a-run", run), ("epochs",)))
        assert (address.run, address.lock, address.problems) == ("a-run", ("epochs",), ())
        assert opened(address, run) == wanted
        assert (address.preset or nearest_preset(values_of(*wanted)).id) == preset

    def test_it_says_only_what_differs_and_first_what_from(self) -> None:
        same = PRESETS["quick-map"].architecture, PRESETS["quick-map"].training
        assert write_address(address_of(values_of(*same), "quick-map", None, ())) == {}
        wanted = with_choices(same, [("seed", 3), ("latent_dim", 8)])
        said = write_address(address_of(values_of(*wanted), "best-map", None, ("seed",)))
        assert list(said) == ["preset", "encoder", "latent_dim", "learning_rate", "epochs", "seed", "lock"]
        beside = write_address(address_of(values_of(*wanted), "quick-map", ("r", same), ()))
        assert query_of(beside) == "run=r&latent_dim=8&seed=3"

    def test_explicit_choices_win_over_the_run(self) -> None:
        run = Architecture(encoder=(32,)), Training(epochs=3, seed=9)
        found = opened(read_address({"run": "r", "epochs": "7"}), run)
        assert found == (run[0], Training(epochs=7, seed=9))
        assert opened(read_address({"run": "r", "preset": "best-map"}), run)[0] == PRESETS["best-map"].architecture

    def test_another_encoder_comes_with_its_mirror(self) -> None:
        course = read_address({"preset": "course-8d", "encoder": "30-20"})
        assert opened(course)[0].decoder_widths == (20, 30)
        assert opened(read_address({"preset": "course-8d", "decoder": "none"}))[0].decoder_widths == (64, 128, 256)

    @pytest.mark.parametrize(
        ("said", "words"),
        [
            ({"epochs": "many"}, "Epochs must be a whole number between 1 and 1,000, got many."),
            ({"epochs": "0"}, "got 0"),
            ({"epochs": "1_0"}, "got 1_0"),
            ({"epochs": "9" * 5000}, "got 999"),
            ({"epochs": ""}, "got ."),
            ({"learning_rate": "nan"}, "got nan"),
            ({"learning_rate": "2"}, "got 2"),
            ({"encoder": "wide"}, "Encoder widths must be 1 to 8 layers, got 'wide'"),
            ({"encoder": "none"}, "Encoder widths must be 1 to 8 layers"),
            ({"schedule": "linear"}, "Schedule 'linear' is not known"),
            ({"preset": "worst-map"}, "There is no preset worst-map"),
            ({"jitter": "0.3"}, "The address names “jitter”, which is no choice here."),
            ({"lock": "epochs,colour"}, "The address names “colour”, which is no choice here."),
        ],
    )
    def test_nonsense_is_the_default_and_a_sentence(self, said: dict[str, str], words: str) -> None:
        address = read_address(said)
        (problem,) = address.problems
        assert words in str(problem)
        assert len(str(problem)) < 300
        assert opened(address) == opened(Address())

    @given(st.dictionaries(st.sampled_from([*OPTIONS, "run", "preset", "lock", "x"]), st.text()))
    def test_no_text_is_too_strange(self, said: dict[str, str]) -> None:
        address = read_address(said)
        for name, value in address.choices:
            OPTIONS[name].check(value, default_of(name), AutoencoderError)
        assert there_and_back(address).choices == address.choices


class TestCommand:
    @settings(max_examples=60)  # a parser is made for each
    @given(pairs())
    def test_it_trains_the_same(self, wanted: Pair) -> None:
        words = shlex.split(train_command(*wanted))
        assert words[:4] == ["python", "-m", "autoencoder", "train"]
        architecture, training, preset = settings_of(words[3:])
        assert (architecture, training) == wanted
        exactly = [p.id for p in PRESETS.values() if (p.architecture, p.training) == wanted]
        assert ([preset] if preset else []) == exactly

    def test_a_beta_asks_for_a_variational_network(self) -> None:
        asked = [
            ["--beta", "1"],
            ["--beta-warm-up", "2"],
            ["--variational"],
            ["--beta", "1", "--variational", "false"],
            [],
        ]
        assert [settings_of(["train", *each])[0].variational for each in asked] == [True, True, True, False, False]

    @settings(max_examples=30)
    @given(pairs(), st.sampled_from(list(PRESETS)))
    def test_it_takes_an_address(self, wanted: Pair, preset: str) -> None:
        query = query_of(write_address(address_of(values_of(*wanted), preset, None, ("epochs",))))
        assert settings_of(["train", "--from-address", f"https://lab.example/lab/train?{query}"])[:2] == wanted

    def test_flags_win_over_the_address(self) -> None:
        architecture, training, preset = settings_of(["train", "--from-address", "?epochs=7&seed=3", "--epochs", "9"])
        assert (training.epochs, training.seed, preset) == (9, 3, None)
        assert architecture == PRESETS["quick-map"].architecture
        assert settings_of(["train", "--from-address", "http://x/train"])[2] == "quick-map"

    def test_what_is_nonsense_in_the_address_trains_nothing(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["train", "--from-address", "http://x/train?epochs=many"]) == 1
        assert "error: Epochs must be a whole number" in capsys.readouterr().err


def test_every_option_can_be_chosen() -> None:
    assert set(OPTIONS) == {name for kind in KINDS for name in vars(kind())}
    for name, option in OPTIONS.items():
        assert option.from_text(option.to_text(default_of(name))) == default_of(name)
        assert choices_beside((Architecture(), Training()), {name: default_of(name)}) == ()
