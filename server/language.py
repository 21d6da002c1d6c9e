"""Visible text in the reader's language: translations (gettext, catalogues in `server/locales/`) and numbers."""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Protocol

from autoencoder.errors import AutoencoderError

DOMAIN = "lab"
LOCALES = Path(__file__).parent / "locales"


@dataclass(frozen=True)
class Language:
    """A language that the pages speak; its sentences are in `server/locales/`."""

    name: str  # in the language itself
    signs: Mapping[int, str] = field(default_factory=dict)  # in numbers, where not as in English; for `str.translate`


LANGUAGES = {  # signs as of Intl.NumberFormat in the browser; a test compares them with Babel's
    "en": Language("English"),
    "es": Language("Español", str.maketrans({".": ",", ",": ".", "%": "\u00a0%"})),
}


class Translatable(Protocol):
    """An error or a notice: a sentence with gaps, and what goes into them."""

    @property
    def template(self) -> str:
        """The English sentence, with gaps as of `str.format`."""

    @property
    def values(self) -> dict[str, object]:
        """By the name of the gap."""


def best_language(requested: str | None) -> str:
    """The language we have that is nearest to what a browser requests, such as `es-MX`; English if none is."""
    language = (requested or "").replace("_", "-").split("-")[0].lower()
    return language if language in LANGUAGES else "en"


def translate(text: str, language: str) -> str:
    """The translation of an English text; the text itself where there is none."""
    return _catalogue(best_language(language)).gettext(text)


def translate_plural(singular: str, plural: str, n: int, language: str) -> str:
    """The form for `n`, its gaps not yet filled in."""
    return _catalogue(best_language(language)).ngettext(singular, plural, n)


def sentence(said: Translatable, language: str) -> str:
    """An error or a notice as a sentence; words and errors among its values are translated too."""
    values = {name: _translated(value, language) for name, value in said.values.items()}
    return fill(translate(said.template, language), values, language)


def _translated(value: object, language: str) -> object:
    if isinstance(value, AutoencoderError):
        return sentence(value, language)
    return translate(value, language) if isinstance(value, str) and value else value


def fill(text: str, values: Mapping[str, Any], language: str) -> str:
    """The gaps of a sentence filled in, numbers written as in the language: 60.000 and 0,5 in Spanish."""
    return _LocalFormatter(best_language(language)).vformat(text, (), values)


def number(value: float, form: str, language: str) -> str:
    """A number on its own, `form` as in `format`."""
    return _LocalFormatter(best_language(language)).format_field(value, form)


class _LocalFormatter(Formatter):
    """`str.format`, with the decimal, group and percent signs of a language."""

    def __init__(self, language: str) -> None:
        self._signs = LANGUAGES[language].signs

    def format_field(self, value: Any, format_spec: str) -> str:
        written = str(super().format_field(value, format_spec))
        return written.translate(self._signs) if isinstance(value, int | float) else written


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, LOCALES, [language], fallback=True)
