"""Updates the catalogues of translations: `python -m server.locales.messages`.

Sentences are collected from Python (`_`, `plural`, `N_`, `translate`, the templates of errors) and from the components'
`words.json`. New ones are added to each `lab.po`, unused ones are dropped, and `lab.mo` is compiled from it.
"""

from __future__ import annotations

import ast
import io
import json
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from server.language import DOMAIN, LANGUAGES, LOCALES

ROOT = LOCALES.parents[1]
FOLDERS = ("autoencoder", "server", "ui", "pages")
_SINCE = datetime(2026, 11, 23, tzinfo=UTC)  # fixed: the files change only where a sentence does


def template() -> Catalog:
    """All sentences of the project, without translations."""
    catalog = Catalog(domain=DOMAIN, project="Autoencoder Lab", charset="utf-8")
    for place, message in sorted(_in_python(), key=lambda found: (found[0], str(found[1]))):
        catalog.add(message, locations=[(place, 0)])
    for words in sorted((ROOT / "ui" / "components").rglob("words.json")):
        for sentence in json.loads(words.read_text()).values():
            catalog.add(sentence, locations=[(words.relative_to(ROOT).as_posix(), 0)])
    return catalog


def _in_python() -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """(file, sentence or its two plural forms). Parsed here, since Babel's collector does not see inside f-strings."""
    trees = {path: ast.parse(path.read_text()) for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))}
    once = {"_", "N_", "translate", *_kinds_of_error(trees.values())}
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                said = [each.value for each in node.args if isinstance(each, ast.Constant)]
                texts = [value for value in said if isinstance(value, str)]
                if node.func.id in once and texts:
                    yield path.relative_to(ROOT).as_posix(), texts[0]
                elif node.func.id in ("plural", "translate_plural") and len(texts) >= 2:
                    yield path.relative_to(ROOT).as_posix(), (texts[0], texts[1])


def _kinds_of_error(trees: Iterable[ast.Module]) -> set[str]:
    """The base class and all that descend from it."""
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    bases = {node.name: {base.id for base in node.bases if isinstance(base, ast.Name)} for node in classes}
    kinds = {"AutoencoderError"}
    while more := {name for name, above in bases.items() if above & kinds} - kinds:
        kinds |= more
    return kinds


def catalogue(language: str) -> Catalog:
    """The sentences of today with the translations that are there."""
    path = po_file(language)
    kept = read_po(path.open("rb"), locale=language) if path.exists() else Catalog(locale=language)
    kept.update(template(), no_fuzzy_matching=True)
    kept.obsolete.clear()
    kept.fuzzy, kept.creation_date, kept.revision_date = False, _SINCE, _SINCE
    kept.header_comment = "# Autoencoder Lab. Same licence as the project."
    kept.last_translator = kept.language_team = kept.msgid_bugs_address = "Autoencoder Lab"
    kept.project, kept.version = "Autoencoder Lab", "1"
    if language == "en":
        for message in kept:
            if message.id:
                message.string = message.id
    return kept


def po_file(language: str) -> Path:
    """Where the translations of a language are written down."""
    return LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def compiled(catalog: Catalog) -> bytes:
    """A catalogue in the format that gettext reads (`.mo`)."""
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def missing(catalog: Catalog) -> list[str]:
    """Sentences without a translation, or with one marked as doubtful: that is not compiled."""
    return [str(m.id) for m in catalog if m.id and (m.fuzzy or not all(_strings(m.string)))]


def _strings(string: object) -> tuple[str, ...]:
    return tuple(string) if isinstance(string, tuple | list) else (str(string or ""),)


def main() -> int:
    """Rewrite the catalogues of all languages."""
    for language in LANGUAGES:
        catalog, path = catalogue(language), po_file(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalog, omit_header=False, width=110, sort_output=True)
        path.with_suffix(".mo").write_bytes(compiled(catalog))
        print(f"{language}: {len(catalog)} sentences, {len(missing(catalog))} without a translation")
    return 0


if __name__ == "__main__":
    sys.exit(main())
