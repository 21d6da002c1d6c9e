"""Visible text in the reader's language: translations (gettext, catalogues in `server/locales/`) and numbers."""

from __future__ import annotations

import gettext
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Protocol

from autoencoder.errors import AutoencoderError
from autoencoder.sentences import Said, SentenceFormatter

DOMAIN = "lab"
LOCALES = Path(__file__).parent / "locales"
REQUESTS = 500  # different wishes of browsers whose answers are kept


Signs = Mapping[int, str]  # of numbers, where not as in English; for `str.translate`


@dataclass(frozen=True)
class Language:
    """A language that the pages speak; its sentences are in `server/locales/`."""

    name: str  # in the language itself
    signs: Signs = field(default_factory=dict)
    regions: Mapping[str, Signs] = field(default_factory=dict)  # those that write numbers in another way


_MINUS = {"-": "\u2212"}  # as in figures and in the browser's numbers
_ENGLISH: Signs = str.maketrans(_MINUS)
_COMMA: Signs = str.maketrans({**_MINUS, ".": ",", ",": "."})
_COMMA_AND_SPACE: Signs = str.maketrans({**_MINUS, ".": ",", ",": "\u00a0"})
# Regions of Spanish, from the Unicode CLDR 48 (common/main/es_*.xml): a test compares them with Babel's copy.
_POINTS = ("419", "BR", "BZ", "CU", "DO", "GT", "HN", "MX", "NI", "PA", "PE", "PR", "SV", "US")
_COMMAS = ("AR", "BO", "CL", "CO", "EC", "PY", "UY", "VE")

LANGUAGES = {  # signs as of Intl.NumberFormat in the browser
    "en": Language("English", _ENGLISH),
    "es": Language(
        "Español",
        str.maketrans({**_MINUS, ".": ",", ",": ".", "%": "\u00a0%"}),
        {**dict.fromkeys(_POINTS, _ENGLISH), **dict.fromkeys(_COMMAS, _COMMA), "CR": _COMMA_AND_SPACE},
    ),
}


class Translatable(Protocol):
    """An error or a notice: a sentence with gaps, and what goes into them."""

    @property
    def template(self) -> str:
        """The English sentence, with gaps as of `str.format`."""

    @property
    def values(self) -> dict[str, object]:
        """By the name of the gap."""


@lru_cache(REQUESTS)
def best_language(requested: str | None) -> str:
    """The language we have that is nearest to what a browser requests, such as `es-MX`; English if none is."""
    language = (requested or "").replace("_", "-").split("-")[0].lower()
    return language if language in LANGUAGES else "en"


@lru_cache(REQUESTS)
def best_locale(requested: str | None, browser: str | None = None) -> str:
    """The nearest language that we have, with the region where that writes numbers in its own way: `es-MX`, `es`, `en`.

    `requested` may be a header such as `es-MX,es;q=0.9`. Where it names no region, that of `browser` counts if its
    language is the same.
    """
    language = best_language(requested)
    region = _region_of(requested) or (_region_of(browser) if best_language(browser) == language else None)
    return f"{language}-{region}" if region in LANGUAGES[language].regions else language


def _region_of(tag: str | None) -> str | None:
    """`MX` of `es-MX` and of `es-Latn-MX`."""
    first = re.split("[,;]", tag or "")[0].strip().replace("_", "-")
    return next((part.upper() for part in first.split("-")[1:] if re.fullmatch("[A-Za-z]{2}|[0-9]{3}", part)), None)


def translate(text: str, language: str) -> str:
    """The translation of an English text; the text itself where there is none."""
    return _catalogue(best_language(language)).gettext(text)


def translate_plural(singular: str, plural: str, n: int, language: str) -> str:
    """The form for `n`, its gaps not yet filled in."""
    return _catalogue(best_language(language)).ngettext(singular, plural, n)


def sentence(said: Translatable, language: str) -> str:
    """An error or a notice as a sentence; words, errors and sentences among its values are translated too."""
    values = {name: _translated(value, language) for name, value in said.values.items()}
    return fill(translate(said.template, language), values, language)


def _translated(value: object, language: str) -> object:
    if isinstance(value, AutoencoderError | Said):
        return sentence(value, language)
    return translate(value, language) if isinstance(value, str) and value else value


def fill(text: str, values: Mapping[str, Any], language: str) -> str:
    """The gaps of a sentence filled in, numbers written as in the language: 60.000 and 0,5 in Spain."""
    return _LocalFormatter(language).vformat(text, (), values)


def number(value: float, form: str, language: str) -> str:
    """A number on its own, `form` as in `format`."""
    return _LocalFormatter(language).format_field(value, form)


class _LocalFormatter(SentenceFormatter):
    """Sentences with the decimal, group, minus and percent signs of a language, or of its region such as `es-MX`."""

    def __init__(self, language: str) -> None:
        known = LANGUAGES[best_language(language)]
        self._signs = known.regions.get(_region_of(language) or "", known.signs)

    def format_field(self, value: Any, format_spec: str) -> str:
        written = super().format_field(value, format_spec)
        return written.translate(self._signs) if isinstance(value, int | float) else written


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, LOCALES, [language], fallback=True)
