"""Words that a beginner does not know are explained where they stand, from one glossary, in every language."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from autoencoder.analysis.metrics import AT_END, BESIDE_PCA
from autoencoder.option_kinds import options
from autoencoder.settings import Architecture, Training
from server.language import LANGUAGES, translate
from ui.glossary import GLOSSARY, terms_in

COMPONENTS = Path(__file__).parents[1] / "ui" / "components"
MARK = re.compile(r"\[[^\]]+\]\((\w+)\)")
WORDS = {path.parent.name: json.loads(path.read_text()) for path in COMPONENTS.rglob("words.json")}


def marks(component: str, key: str = "") -> set[str]:
    return {mark for name, text in WORDS[component].items() if name.startswith(key) for mark in MARK.findall(text)}


def meant(text: str) -> set[str]:
    """The keys of the terms that follow a help text."""
    return {key for key, term in GLOSSARY.items() if term in terms_in(text)}


def test_the_words_that_stop_a_beginner_are_all_there() -> None:
    assert {"code", "latent", "epoch", "mse", "adam", "knn", "pca", "trustworthiness", "held_out"} <= GLOSSARY.keys()
    assert all(term.meaning.endswith(".") and len(term.meaning) < 150 for term in GLOSSARY.values())


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (options(Architecture)["latent_dim"], {"latent", "code"}),
        (options(Architecture)["encoder"], {"encoder", "code"}),
        (options(Architecture)["latent_activation"], {"latent", "activation"}),
        (options(Training)["learning_rate"], {"adam"}),
        (options(Training)["epochs"], {"epoch"}),
    ],
    ids=lambda value: getattr(value, "label", ""),
)
def test_the_form_explains_the_words_of_its_options(option, words: set[str]) -> None:
    assert meant(f"{option.label} {option.help}") == words


def test_the_figures_explain_their_names() -> None:
    said = {metric.name: f"{metric.wording.label} {metric.wording.help}" for metric in (*AT_END, *BESIDE_PCA.values())}
    for name, word in (
        ("test_mse", "mse"), ("train_mse", "mse"), ("knn_accuracy", "knn"), ("knn_15", "knn"), ("linear", "code"),
        ("trustworthiness", "trustworthiness"),
    ):  # fmt: skip
        assert word in meant(said[name]), name


def test_the_components_explain_the_words_that_they_show() -> None:
    assert {"epoch", "mse", "grey", "held_out", "pca", "code", "latent"} <= marks("monitor")
    assert marks("monitor", "intro_text") == {"code"}
    assert {"mse", "grey", "code", "knn"} <= marks("map")
    assert {"mse", "grey", "held_out", "code"} <= marks("sheet")


def test_each_mark_leads_to_a_word_of_the_glossary() -> None:
    assert {mark for component in WORDS for mark in marks(component)} <= GLOSSARY.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_explains_the_same_words(language: str) -> None:
    for text in [text for words in WORDS.values() for text in words.values()]:
        assert sorted(MARK.findall(translate(text, language))) == sorted(MARK.findall(text)), text
