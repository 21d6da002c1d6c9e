"""Every visible word, in the language of whoever reads it. Catalogues lie in `ui/locales/`."""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path
from typing import Protocol

LANGUAGES = {"en": "English", "es": "Español"}
DOMAIN = "lab"
LOCALES = Path(__file__).parent / "locales"


class Translatable(Protocol):
    """An error or a notice: a sentence with gaps, and what goes into them."""

    @property
    def template(self) -> str: ...
    @property
    def values(self) -> dict[str, object]: ...


def best_language(asked: str | None) -> str:
    """The language we have that is nearest to what a browser asks for, such as `es-MX`."""
    language = (asked or "").replace("_", "-").split("-")[0].lower()
    return language if language in LANGUAGES else "en"


def translate(text: str, language: str) -> str:
    return _catalogue(best_language(language)).gettext(text)


def translate_plural(singular: str, plural: str, n: int, language: str) -> str:
    return _catalogue(best_language(language)).ngettext(singular, plural, n)


def sentence(said: Translatable, language: str) -> str:
    """An error or a notice as a sentence; words among its values are translated too."""
    values = {k: translate(v, language) if isinstance(v, str) and v else v for k, v in said.values.items()}
    return translate(said.template, language).format(**values)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, LOCALES, [language], fallback=True)
