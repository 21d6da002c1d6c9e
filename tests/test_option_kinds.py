"""One field is one option: its check, its JSON, its flag and its widget appear without a word elsewhere."""

from __future__ import annotations

import argparse
import ast
import json
import math
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from streamlit.testing.v1 import AppTest

from autoencoder.errors import AutoencoderError, InvalidSetting, InvalidTraining
from autoencoder.flags import add_flags, given
from autoencoder.option_kinds import Choice, Number, Settings, Switch, Text, Whole, Widths, option, options
from autoencoder.presets import DEFAULT_PRESET
from autoencoder.settings import MNIST, Architecture, Training

pytestmark = pytest.mark.usefixtures("browser_without_cookies")
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Kinds(Settings):
    """An option of each kind, and of each widget."""

    error: ClassVar[type[AutoencoderError]] = InvalidSetting

    short: int = option(3, Whole("A short range", "Moved by hand.", least=1, most=99, usual=range(1, 10)))
    long: int = option(70, Whole("A long range", least=0, most=2**40))
    picked: int = option(16, Whole("Some whole numbers", least=1, most=99, usual=(16, 32)))
    maybe: int | None = option(None, Whole("Or nothing", least=1, most=9, usual=range(1, 8), empty="never"))
    share: float = option(0.5, Number("A share", least=0, most=1))
    rate: float = option(0.1, Number("A rate", "100 % is 1.", least=0, most=1, above_least=True, usual=(0.01, 0.1, 1)))
    word: str = option("one", Choice("A word", choices={"one": None, "two": "the second"}))
    sure: bool = option(False, Switch("Yes or no"))
    name: str = option("x", Text("A name", example="y"))
    widths: tuple[int, ...] = option((8, 4), Widths("Widths", layers=3, widest=99, example="9-5"))
    back: tuple[int, ...] | None = option(
        None, Widths("And back", layers=3, widest=99, example="5-9", empty="the same", advanced=True)
    )


@dataclass(frozen=True)
class Tomorrow(Training):
    """The training of a later version: one more field."""

    jitter: float = option(0.0, Number("Jitter", "Added to the pixels.", least=0, most=1, advanced=True))


OTHER = Kinds(
    short=9,
    long=2**40,
    picked=32,
    maybe=7,
    share=0.0,
    rate=1.0,
    word="two",
    sure=True,
    name="z",
    widths=(1,),
    back=(99, 1, 2),
)


class TestChecks:
    @pytest.mark.parametrize(
        ("value", "words"),
        [
            ({"short": 0}, "A short range must be a whole number between 1 and 99, got 0. Try 3."),
            ({"short": 100}, "got 100"),
            ({"short": 3.0}, "got 3.0"),
            ({"short": True}, "got True"),
            ({"short": None}, "got None"),
            ({"long": -1}, "A long range must be a whole number between 0 and 1,099,511,627,776, got -1. Try 70."),
            ({"picked": "16"}, "Some whole numbers must be a whole number"),
            ({"maybe": 0}, "Or nothing must be a whole number between 1 and 9, or empty, got 0."),
            ({"share": -0.1}, "A share must be a number between 0 and 1, got -0.1. Try 0.5."),
            ({"share": 1.1}, "got 1.1"),
            ({"share": -3.0}, "got -3. Try 0.5."),
            ({"share": math.nan}, "got nan"),
            ({"rate": 0}, "A rate must be above 0 and at most 1, got 0. Try 0.1."),
            ({"rate": math.inf}, "got inf"),
            ({"rate": True}, "got True"),
            ({"word": "three"}, "A word 'three' is not known. Choose one of: one, two."),
            ({"word": ["one"]}, "A word ['one'] is not known"),
            ({"sure": 1}, "Yes or no must be true or false, got 1."),
            ({"sure": None}, "got None"),
            ({"name": ""}, "A name must be a name such as y, got ''."),
            ({"name": 3}, "got 3"),
            ({"widths": ()}, "Widths must be 1 to 3 layers, got 0. Write widths such as 9-5."),
            ({"widths": (1, 2, 3, 4)}, "must be 1 to 3 layers, got 1-2-3-4"),
            ({"widths": None}, "must be 1 to 3 layers, got None"),
            ({"widths": (8, 100)}, "Widths must be whole numbers between 1 and 99, got 100."),
            ({"back": (0,)}, "And back must be whole numbers between 1 and 99, got 0."),
        ],
    )
    def test_what_does_not_fit_is_refused_with_what_was_expected(self, value: dict[str, Any], words: str) -> None:
        with pytest.raises(InvalidSetting, match=re.escape(words)):
            Kinds(**value)

    def test_the_limits_themselves_fit(self) -> None:
        Kinds(short=1, long=0, maybe=1, share=1, rate=1e-300, widths=(1, 99, 1))
        assert Kinds(short=99, maybe=9, share=0, rate=1, back=(99,)).rate == 1

    def test_what_is_usual_is_a_hint_and_no_limit(self) -> None:
        assert Kinds(short=50, picked=17, maybe=9, rate=0.5) != Kinds()


class TestJson:
    @pytest.mark.parametrize("settings", [Kinds(), OTHER])
    def test_settings_come_back(self, settings: Kinds) -> None:
        assert Kinds.from_json(json.loads(json.dumps(settings.to_json()))) == settings
        assert list(settings.to_json()) == list(options(Kinds))

    def test_what_is_missing_has_its_default(self) -> None:
        assert Kinds.from_json({"short": 4}) == Kinds(short=4)
        assert Tomorrow.from_json(Training().to_json()).jitter == 0.0

    def test_an_option_of_tomorrow_names_itself_and_what_to_do(self) -> None:
        with pytest.raises(InvalidTraining, match=r"made by a newer version: the option “jitter”.*Update the app"):
            Training.from_json(Tomorrow(jitter=0.3).to_json())

    @pytest.mark.parametrize("values", [None, 3, [], "short", [["short", 3]]])
    def test_what_is_no_mapping_is_refused(self, values: object) -> None:
        with pytest.raises(InvalidSetting, match="Expected the fields of Kinds"):
            Kinds.from_json(values)


def parsed(kind: type[Settings], *arguments: str) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    add_flags(parser, kind)
    return given(parser.parse_args(arguments), kind)


class TestFlags:
    def test_each_option_has_one(self) -> None:
        arguments = "--short 9 --long 1099511627776 --picked 32 --maybe 7 --share 0 --rate 1 --word two --sure --name z"
        assert Kinds(**parsed(Kinds, *arguments.split(), "--widths", "1", "--back", "99-1-2")) == OTHER

    def test_what_is_not_given_is_not_there(self) -> None:
        assert parsed(Kinds) == {}
        assert parsed(Kinds, "--share", "0") == {"share": 0}

    def test_a_name_with_an_underscore_is_written_with_a_hyphen(self) -> None:
        assert parsed(Training, "--batch-size", "32") == {"batch_size": 32}

    def test_help_tells_limits_choices_and_what_nothing_means(self) -> None:
        parser = argparse.ArgumentParser(formatter_class=lambda prog: argparse.HelpFormatter(prog, width=200))
        add_flags(parser, Kinds)
        said = parser.format_help()
        for words in (
            "Moved by hand. From 1 to 99.", "A long range. From 0 to 1,099,511,627,776.",
            "Default: never; write none for it.",
            "100 % is 1. Above 0, at most 1.", "A word. One of: one, two (the second).", "--widths 9-5",
        ):  # fmt: skip
            assert words in said

    @pytest.mark.parametrize(
        "wrong", ["--short many", "--share all", "--word three", "--widths 8,4", "--widths 8-x", "--sure maybe"]
    )
    def test_what_cannot_be_read_ends_with_2(self, wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as end:
            parsed(Kinds, *wrong.split())
        assert end.value.code == 2
        assert re.search(r"invalid|Expected widths such as 9-5", capsys.readouterr().err)

    def test_a_new_field_has_a_flag(self) -> None:
        assert Tomorrow(**parsed(Tomorrow, "--jitter", "0.3")) == Tomorrow(jitter=0.3)


def form() -> None:
    import streamlit as st
    import test_option_kinds

    from ui.train import settings_form

    kind = getattr(test_option_kinds, st.session_state["kind"])
    with st.container(key="plain"):
        settings_form.draw_options(kind, advanced=False)
    with st.container(key="advanced"):
        settings_form.draw_options(kind, advanced=True)
    st.session_state["made"] = settings_form.read_form(kind)


def opened(kind: type[Settings], shown: Settings | None = None) -> AppTest:
    from ui.train.settings_form import form_values

    page = AppTest.from_function(form, default_timeout=60)
    page.session_state["kind"] = kind.__name__
    for name, value in form_values(shown or kind()).items():
        page.session_state[name] = value
    page.run()
    assert not page.exception
    return page


class TestForm:
    def test_each_kind_has_its_widget_with_its_words_and_limits(self) -> None:
        page = opened(Kinds)
        assert (page.slider(key="short").min, page.slider(key="short").max) == (1, 9)
        assert (page.slider(key="short").label, page.slider(key="short").help) == ("A short range", "Moved by hand.")
        assert (page.number_input(key="long").min, page.number_input(key="long").max) == (0, 2**40)
        assert page.selectbox(key="picked").options == ["16", "32"]
        assert (page.number_input(key="maybe").max, page.number_input(key="maybe").placeholder) == (7, "never")
        assert (page.number_input(key="share").min, page.number_input(key="share").max) == (0, 1)
        assert page.select_slider(key="rate").options == ["0.01", "0.1", "1"]
        assert page.selectbox(key="word").options == ["one", "the second"]
        assert page.text_input(key="name").placeholder == "y"
        assert (page.text_input(key="widths").value, page.text_input(key="widths").placeholder) == ("8-4", "9-5")
        assert (page.text_input(key="back").value, page.text_input(key="back").placeholder) == ("", "the same")

    @pytest.mark.parametrize("settings", [Kinds(), OTHER])
    def test_it_amounts_to_the_settings_that_it_shows(self, settings: Kinds) -> None:
        assert opened(Kinds, settings).session_state["made"] == settings

    def test_what_is_changed_is_what_it_amounts_to(self) -> None:
        page = opened(Kinds)
        page.slider(key="short").set_value(5)
        page.text_input(key="widths").set_value("30, 20")
        page.text_input(key="back").set_value("7")
        page.selectbox(key="word").set_value("two").run()
        assert page.session_state["made"] == Kinds(short=5, widths=(30, 20), back=(7,), word="two")

    def test_a_new_field_has_a_widget(self) -> None:
        page = opened(Tomorrow)
        assert (page.number_input(key="jitter").label, page.number_input(key="jitter").help) == (
            "Jitter", "Added to the pixels.",
        )  # fmt: skip
        page.number_input(key="jitter").set_value(0.3).run()
        assert page.session_state["made"] == Tomorrow(jitter=0.3)


@pytest.mark.parametrize("kind", [Architecture, Training])
def test_every_option_of_ours_is_on_the_form(kind: type[Settings]) -> None:
    page = opened(kind)
    drawn = [
        widget.key for kinds in (page.slider, page.select_slider, page.number_input, page.selectbox, page.text_input,
                      page.toggle)
        for widget in kinds
    ]  # fmt: skip
    assert set(options(kind)) <= set(drawn)


@pytest.mark.parametrize(
    ("default", "home"), [(MNIST, "autoencoder/settings.py"), (DEFAULT_PRESET, "autoencoder/presets.py")]
)
def test_what_is_taken_where_nothing_is_chosen_is_named_in_one_file(default: str, home: str) -> None:
    files = [path for folder in ("autoencoder", "server", "ui", "pages", "benchmarks") for path in files_of(folder)]
    naming = {
        path.relative_to(ROOT).as_posix()
        for path in [*files, ROOT / "app.py"]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and node.value == default
    }
    assert naming == {home}


def files_of(folder: str) -> list[Path]:
    return list((ROOT / folder).rglob("*.py"))


def test_no_name_means_two_options() -> None:
    assert not options(Architecture).keys() & options(Training).keys()
    assert replace(Tomorrow(), jitter=0.1).jitter == 0.1
