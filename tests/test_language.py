"""No word is forgotten: every sentence is collected, translated with its gaps, compiled, and none goes by the side."""

from __future__ import annotations

import ast
import builtins
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest
from babel.localedata import locale_identifiers
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from autoencoder import errors
from autoencoder.errors import AutoencoderError, EngineError, StorageError
from autoencoder.presets import PRESETS
from autoencoder.runs.files import unreadable
from autoencoder.runs.notices import KINDS, Notice
from autoencoder.runs.run import STATUS_LABELS, Status
from autoencoder.sentences import fill as filled
from autoencoder.settings import Architecture, Training
from server.language import (
    LANGUAGES,
    best_language,
    best_locale,
    fill,
    number,
    sentence,
    translate,
    translate_plural,
)
from server.locales.messages import FOLDERS, compiled, missing, po_file, template
from ui.components.descriptions import Description

ROOT = Path(__file__).parents[1]
COMPONENTS = ROOT / "ui" / "components"
RUN_MESSAGES = "run `make messages`, then translate what is new in lab.po and run it again"
VISIBLE = {  # the functions of Streamlit that write words on a page
    "badge", "button", "caption", "checkbox", "color_picker", "date_input", "dialog", "download_button",
    "error", "expander", "feedback", "file_uploader", "form_submit_button", "header", "html", "info",
    "link_button", "markdown", "metric", "multiselect", "number_input", "page_link", "pills", "popover",
    "progress", "radio", "segmented_control", "select_slider", "selectbox", "slider", "spinner", "status",
    "subheader", "success", "table", "tabs", "text", "text_area", "text_input", "title", "toast", "toggle",
    "warning", "write",
}  # fmt: skip
WORDED = {"body", "caption", "captions", "delta", "help", "label", "options", "placeholder", "text", "title", "value"}


# ---- the catalogues ----


@cache
def stored(language: str) -> Catalog:
    """The `lab.po` as it lies there."""
    with po_file(language).open("rb") as file:
        return read_po(file, locale=language)


@cache
def today() -> Catalog:
    """What the sources say now."""
    return template()


def messages_of(catalog: Catalog) -> list[Message]:
    return [message for message in catalog if message.id]  # without the header


def sentences(catalog: Catalog) -> set[str | tuple[str, ...]]:
    """What can be asked for; of a plural both forms."""
    return {message.id if isinstance(message.id, str) else tuple(message.id) for message in messages_of(catalog)}


@cache
def collected() -> frozenset[str]:
    """The single sentences of the catalogue."""
    return frozenset(found for found in sentences(stored("en")) if isinstance(found, str))


def forms(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_sentence_is_translated(language: str):
    assert missing(stored(language)) == [], RUN_MESSAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_holds_the_sentences_of_the_sources_and_no_others(language: str):
    assert sentences(stored(language)) == sentences(today()), RUN_MESSAGES
    assert not stored(language).obsolete, RUN_MESSAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_app_reads_is_compiled_from_what_people_write(language: str):
    assert po_file(language).with_suffix(".mo").read_bytes() == compiled(stored(language)), RUN_MESSAGES


def test_english_says_what_the_sources_say():
    assert [m.id for m in messages_of(stored("en")) if forms(m.string) != forms(m.id)] == []


# ---- gaps and numbers ----


def gaps(text: str) -> list[tuple[str, str, str | None]]:
    """The places of a sentence as (name, format, conversion)."""
    return sorted((name, spec or "", how) for _, name, spec, how in Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_the_gaps_of_the_original(language: str):
    different = [
        (message.id, text)
        for message in messages_of(stored(language))
        for text in forms(message.string)
        if gaps(text) != gaps(forms(message.id)[-1])
    ]
    assert different == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_can_be_filled_in_and_shows_its_values(language: str):
    for message in messages_of(stored(language)):
        for original in forms(message.id):
            values = {name: 1234.5 if spec.endswith(("f", "g")) else 12345 for name, spec, _ in gaps(original)}
            said = translate(original, language).format(**values)
            for name, spec, _ in gaps(original):
                assert format(values[name], spec) in said, (original, said)


def test_the_words_of_components_are_filled_in_by_javascript_which_knows_names_only():
    for words in COMPONENTS.rglob("words.json"):
        for text in json.loads(words.read_text()).values():
            assert all(name.isidentifier() and not spec and not how for name, spec, how in gaps(text)), text


# ---- what Python says ----


@cache
def trees(*folders: str) -> list[tuple[Path, ast.Module]]:
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [(path, ast.parse(path.read_text())) for path in paths]


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            yield (node.func.id if isinstance(node.func, ast.Name) else node.func.attr), node


def literal(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def where(path: Path, node: ast.AST, text: object) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', '?')} {text!r}"


def kinds_of_error() -> set[str]:
    """The base class and all that descend from it, wherever in the backend they are written."""
    names = {AutoencoderError.__name__}
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for _, tree in trees(*FOLDERS)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    while grown := {name for name, above in bases.items() if above & names} - names:
        names |= grown
    return names


def test_all_kinds_of_error_are_found():
    listed = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}
    assert kinds_of_error() >= listed >= {"InvalidTraining", "StorageError"}


def test_each_sentence_that_python_marks_is_collected():
    """Those inside f-strings too, which the collector of Babel does not see."""
    forgotten = [
        where(path, node, text)
        for path, tree in trees(*FOLDERS)
        for name, node in calls(tree)
        if name in ("_", "N_", "translate")
        for text in [literal(node.args[0] if node.args else None)]
        if text and text not in collected()
    ]
    assert forgotten == []


def test_the_sentence_of_each_error_is_collected():
    kinds, forgotten = kinds_of_error(), []
    for path, tree in trees(*FOLDERS):
        raised = {id(node.exc) for node in ast.walk(tree) if isinstance(node, ast.Raise)}
        for name, node in calls(tree):
            said = literal(node.args[0] if node.args else None)
            somehow_raised = id(node) in raised and isinstance(node.func, ast.Name) and not hasattr(builtins, name)
            if (name in kinds or (somehow_raised and said is not None)) and said not in collected():
                forgotten.append(where(path, node, said))
    assert forgotten == []


@pytest.mark.parametrize(
    "provoke",
    [
        lambda: Architecture(latent_dim=0),
        lambda: Architecture(encoder=(5000,)),
        lambda: Architecture(encoder=()),
        lambda: Architecture(output_activation="sigmoid", pixels="grey"),
        lambda: Training(learning_rate=3),
        lambda: Training(epochs=0),
    ],
)
def test_advice_inside_an_error_is_translated_too(provoke):
    with pytest.raises(AutoencoderError) as raised:
        provoke()
    advice = [v for v in raised.value.values.values() if isinstance(v, str) and " " in v]
    assert [text for text in advice if text not in collected()] == []
    assert sentence(raised.value, "es") != str(raised.value)


def test_each_kind_of_notice_is_collected():
    assert {said for _, said in KINDS.values()} <= collected()


def test_each_status_of_a_run_is_collected_from_where_statuses_are_defined():
    """Not because another file happens to say the same word."""
    places = {message.id: {file for file, _ in message.locations} for message in messages_of(today())}
    assert all("autoencoder/runs/run.py" in places[label] for label in STATUS_LABELS.values())
    assert set(STATUS_LABELS) == set(get_args(Status))


def test_each_preset_has_a_name_that_is_collected():
    assert {preset.name for preset in PRESETS.values()} <= collected()


# ---- choosing and speaking a language ----


@pytest.mark.parametrize(
    ("language", "said"), [("en", "60,000 × 0.5 = 3 of mnist.v1"), ("es", "60.000 × 0,5 = 3 of mnist.v1")]
)
def test_numbers_in_sentences_are_written_as_in_the_language(language: str, said: str):
    values = {"n": 60_000, "x": 0.5, "k": 3, "name": "mnist.v1"}
    assert fill("{n:,} × {x:.1f} = {k} of {name}", values, language) == said


@pytest.mark.parametrize(("language", "said"), [("en", "81.7%"), ("es", "81,7\u00a0%")])
def test_numbers_on_their_own_are_written_as_in_the_language(language: str, said: str):
    assert number(0.817, ".1%", language) == said


SPOKEN = ["en", *(name.replace("_", "-") for name in locale_identifiers() if re.fullmatch(r"es(_\w+)?", name))]


@pytest.mark.parametrize("asked", SPOKEN)
def test_the_signs_of_numbers_are_those_that_unicode_lists(asked: str):
    """Of each region where Spanish is spoken: 10,000 and 0.0326 in Mexico, 10.000 and 0,0326 in Spain."""
    locale, known = best_locale(asked), asked.replace("-", "_")
    assert number(60_000.5, ",.1f", locale) == format_decimal(60_000.5, locale=known)
    assert number(0.81, ".0%", locale) == format_percent(0.81, locale=known)


@pytest.mark.parametrize("locale", ["en", "es", "es-MX", "es-CR"])
def test_the_minus_is_a_minus_as_in_figures(locale: str):
    assert number(-1.5, ".1f", locale)[0] == "\u2212"
    assert fill("at {x:.2f} of {name}", {"x": -0.5, "name": "a-b"}, locale).startswith("at \u22120")
    assert fill("{name}", {"name": "a-b"}, locale) == "a-b"  # a hyphen in a name stays


@pytest.mark.parametrize(
    ("asked", "browser", "locale"),
    [
        ("es-MX,es;q=0.9,en-US;q=0.8", None, "es-MX"),
        ("es_mx", None, "es-MX"),
        ("es-ES", None, "es"),
        ("es-Latn-US", None, "es-US"),
        ("es-419", None, "es-419"),
        ("es", "es-MX", "es-MX"),  # chosen on the page
        ("es", "en-US", "es"),
        ("es", "de-DE", "es"),
        ("en-GB", None, "en"),
        ("es-../..", None, "es"),
        (None, None, "en"),
    ],
)
def test_the_region_says_how_numbers_are_written(asked: str | None, browser: str | None, locale: str):
    assert best_locale(asked, browser) == locale
    assert translate("Train", locale) == translate("Train", locale[:2])


def test_small_and_large_numbers_are_written_out():
    said = "Try {rate:g}, not {value}; {n:g} of {many:,}."
    values = {"rate": 1e-5, "value": 2.5e-7, "n": 2e7, "many": 60_000}
    assert filled(said, values) == "Try 0.00001, not 0.00000025; 20000000 of 60,000."
    assert fill(said, values, "es").startswith("Try 0,00001, not 0,00000025;")
    assert (
        str(AutoencoderError("{x:g}", x=1e-5))
        == "0.00001"
        == str(Notice("rate_changed", {"rate": 1e-5, "epoch": 1.0}))[21:28]
    )


@pytest.mark.parametrize(
    ("asked", "best"),
    [
        ("es-MX", "es"),
        ("es_AR", "es"),
        ("ES", "es"),
        ("EN-us", "en"),
        ("de", "en"),
        ("est", "en"),
        ("", "en"),
        (None, "en"),
        ("../../es", "en"),
        ("\0 nonsense;q=0.9", "en"),
    ],
)
def test_the_nearest_language_that_we_have_is_chosen(asked: str | None, best: str):
    assert best_language(asked) == best


def test_a_language_that_we_do_not_have_is_english():
    assert translate("Train", "de") == "Train"
    assert translate("Train", "es-CL") == "Entrenar"


def test_an_error_is_said_in_spanish():
    with pytest.raises(AutoencoderError) as raised:
        Training(learning_rate=3)
    said = sentence(raised.value, "es")
    assert said == "«Tasa de aprendizaje» tiene que ser mayor que 0 y como mucho 1, y es 3. Prueba con 0,003."


def test_a_notice_is_said_in_spanish():
    said = sentence(Notice("early_stop", {"epoch": 7, "patience": 3}), "es")
    assert said == "Parada temprana: la mejor época fue la 7, y otras 3 no la mejoraron. Se conservan sus pesos."


def test_words_among_the_values_are_translated():
    inner = "Run {run} has ended. Start a new one."
    said = sentence(EngineError("The training failed: {problem}", problem=inner), "es")
    assert said == f"El entrenamiento falló: {translate(inner, 'es')}"


@pytest.mark.parametrize(("n", "said"), [(1, "1 componente"), (2, "2 componentes"), (0, "0 componentes")])
def test_plurals_are_said_in_spanish(n: int, said: str):
    assert translate_plural("{n} component", "{n} components", n, "es").format(n=n) == said


# ---- words that go by the side of gettext: on the pages ----


def words_in(node: ast.AST) -> Iterator[str]:
    """Literal words of an argument, outside the gaps of f-strings and the arguments of calls."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if is_worded(node.value):
            yield node.value
    elif isinstance(node, ast.JoinedStr):
        text = "".join(literal(part) or "\0" for part in node.values)
        if is_worded(text):
            yield text.replace("\0", "{}")
    elif isinstance(node, ast.List | ast.Tuple | ast.Set | ast.IfExp | ast.BinOp | ast.Dict | ast.BoolOp):
        parts = [part for part in ast.iter_child_nodes(node) if not isinstance(node, ast.Dict) or part in node.keys]
        for part in parts:
            yield from words_in(part)


def is_worded(text: str) -> bool:
    """Whether letters remain without tags, icons, names such as `mnist_784`, and what is the same everywhere."""
    same = r"<style>.*?</style>|<[^>]*>|:material/\w+:|\b\w+_\w+\b|-D\b|\b(s|MB|MSE|PCA)\b"
    bare = re.sub(same, "", text, flags=re.DOTALL)
    return re.search(r"[^\W\d_]", bare) is not None


def untranslated_in_python(tree: ast.AST) -> list[tuple[ast.AST, str]]:
    return [*_given_to_streamlit(tree), *_given_to_plotly(tree), *_put_together(tree)]


def _given_to_streamlit(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    for name, node in calls(tree):
        if name in VISIBLE and isinstance(node.func, ast.Attribute):
            shown = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg in WORDED)]
            yield from ((node, text) for argument in shown for text in words_in(argument))


def _given_to_plotly(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    for _, node in calls(tree):
        for keyword in node.keywords:
            text = literal(keyword.value)
            drawn = keyword.arg in ("annotation_text", "hovertemplate", "title_text")
            if drawn and text and is_worded(re.sub(r"%\{[^}]*\}", "", text)):
                yield node, text


def _put_together(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Words after a value, such as f"{mse} grey²", but for what developers alone read: print and raise."""
    aside = [node for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    aside += [node for name, node in calls(tree) if name == "print"]
    unseen = {id(part) for node in aside for part in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and id(node) not in unseen:
            text = re.sub(r"<[^>]*>", "", "".join(literal(part) or "\0" for part in node.values))
            if re.search(r"\0 \(?[^\W\d_]{2,}²?\b", text):
                yield node, text.replace("\0", "{}")


@pytest.mark.parametrize(
    "code",
    [
        'st.button("Start")',
        'st.write(f"{n} runs")',
        'left.metric(_("Time"), f"{n} seconds")',
        'st.tabs(["One", "Two"])',
        'st.text_input(_("Name"), placeholder="yours")',
        'st.info("Yes" if ready else "No")',
        'st.caption("Mean of " + name)',
        'st.table({"Layer": names})',
        'st.dialog("Sure?")(ask)',
        'go.Bar(x=x, y=y, hovertemplate="%{x}: %{y} grey²")',
        'label = f"{mse:.4f} grey²"',
        'label = f"{mse:.4f} ({grey:,.0f} grey²)"',
    ],
)
def test_an_untranslated_word_on_a_page_is_found(code: str):
    assert untranslated_in_python(ast.parse(code))


@pytest.mark.parametrize(
    "code",
    [
        'st.button(_("Start"), icon=":material/add:", key="start", type="primary")',
        'st.metric(_("Time"), f"{n:.1f} s")',
        'st.write(f"**{_(name)}**")',
        'st.popover("")',
        'st.popover(f"{d}-D · {name}")',
        "st.html(f'<div class=\"lab-funnel\">{bars}</div>')",
        'st.selectbox(_("Digits"), names, format_func=names.get, key="digits")',
        'st.text_input(_("Widths"), placeholder="256-128-64")',
        'go.Bar(x=x, y=y, name=_("errors"), hovertemplate="<b>%{x:.4f}</b> MSE")',
        'address = f"/api/runs/{run}/map?axes={axes}"',
        'raise TypeError(f"{name} cannot be bundled")',
    ],
)
def test_translated_words_on_a_page_are_accepted(code: str):
    assert untranslated_in_python(ast.parse(code)) == []


def test_all_words_of_the_pages_go_through_gettext():
    found = [
        where(path, node, text)
        for path, tree in trees("pages", "ui", "server")
        for node, text in untranslated_in_python(tree)
    ]
    assert found == []


# ---- and in the components ----

_TEXT = r"""(?:"[^"\n]*"|'[^'\n]*'|`[^`\n]*`)"""
_SHOWN = [
    rf"\.(?:textContent|innerText|innerHTML|title|alt|ariaLabel|placeholder)\s*=(?!=)\s*([^;\n]*{_TEXT}[^;\n]*)",
    rf"setAttribute\(\s*[\"'](?:aria-label|aria-valuetext|title|alt|placeholder)[\"']\s*,\s*([^;\n]*{_TEXT}[^;\n]*)",
    rf"(?:[\"'](?:aria-label|aria-valuetext)[\"']|\b(?:title|alt|placeholder))\s*:\s*({_TEXT})",
    rf"setText\([^,\n]+,\s*([^;\n]*{_TEXT}[^;\n]*)",
    rf"\belement\(\s*{_TEXT}\s*,\s*\{{[^{{}}]*\}}\s*,\s*({_TEXT})",
    rf"(?:createTextNode|fillText)\(\s*({_TEXT})",
    rf"\.append\(\s*({_TEXT})",
]


def untranslated_in_javascript(source: str) -> list[str]:
    """Literal words where text, a title or a label is set, and template literals such as `${mse} grey²`."""
    code = re.sub(r"/\*.*?\*/|(?<![:\"'`])//[^\n]*", "", source, flags=re.DOTALL)
    code = re.sub(r"new Error\([^;]*;", "", code)  # for the console
    code = re.sub(
        rf"\b(?:say|words)[\[(](?:[^()\[\],;]*\?\s*)?{_TEXT}(?:\s*:\s*{_TEXT})*", "say(", code
    )  # keys, not words
    code = re.sub(rf"[!=]==\s*{_TEXT}", "", code)
    shown = [found for pattern in _SHOWN for found in re.findall(pattern, code)]
    texts = [text[1:-1] for found in shown for text in re.findall(_TEXT, found)]
    texts += re.findall(r"`[^`\n]*\}[ (]+[^\W\d_]{2,}²?[^`\n]*`", code)
    return [text for text in texts if re.search(r"[^\W\d_]{2,}", re.sub(r"\$?\{[^}]*\}", "", text))]


@pytest.mark.parametrize(
    "code",
    [
        'node.textContent = "Start";',
        'node.textContent = busy ? "Wait" : voice.say("go");',
        'node.title = "Drag to move";',
        'node.setAttribute("aria-label", "Map");',
        'setText(status, "Loading");',
        'element("p", { class: "lab-quiet" }, "No digit here.")',
        'element("button", { type: "button", title: "Close" }, "×")',
        'element("section", { "aria-label": "Loss" })',
        "const reading = `${voice.mse(mse)} grey²`;",
        'brush.fillText("epoch", 0, 0);',
    ],
)
def test_an_untranslated_word_in_javascript_is_found(code: str):
    assert untranslated_in_javascript(code)


@pytest.mark.parametrize(
    "code",
    [
        'node.textContent = voice.say("start");',
        'setText(play, `▶ ${voice.say("replay")}`);',
        'setText(problem, next.problem ?? "");',
        'node.setAttribute("aria-label", voice.say(playing ? "pause" : "play"));',
        'element("p", { class: "lab-quiet", title: voice.say("code_help") }, voice.say("code"))',
        'element("button", { type: "button", "aria-label": name }, "×")',
        "throw new Error(`${url} answered ${status}`);",
        "node.style.transform = `translate(${x}px, ${y}px)`;",
        "node.className = `lab-code${long ? ' lab-long' : ''}`;",
        '// the title = "of a comment";',
    ],
)
def test_translated_words_in_javascript_are_accepted(code: str):
    assert untranslated_in_javascript(code) == []


def test_all_words_of_the_components_come_from_their_words():
    found = [
        f"{path.relative_to(ROOT)} {text!r}"
        for path in sorted(COMPONENTS.rglob("*.js"))
        for text in untranslated_in_javascript(path.read_text())
    ]
    assert found == []


def test_styles_write_no_words():
    contents = [
        f"{path.relative_to(ROOT)} {text!r}"
        for path in sorted((ROOT / "ui").rglob("*.css"))
        for text in re.findall(r"\bcontent:\s*(\"[^\"]*\")", path.read_text())
        if re.search(r"[^\W\d_]{2,}", text)
    ]
    assert contents == []


@pytest.mark.parametrize("words", sorted(COMPONENTS.rglob("words.json")), ids=lambda path: path.parent.name)
def test_each_word_that_a_component_asks_for_is_there(words: Path):
    """In its own words, or in those of a folder that it shares."""
    shares = {kind.component: kind.shares for kind in Description.__subclasses__()}
    folders = [words.parent, *(COMPONENTS / "shared" / name for name in shares.get(words.parent.name, ()))]
    known = {key for folder in folders for key in json.loads((folder / "words.json").read_text())}
    code = "".join(path.read_text() for path in words.parent.glob("*.js"))
    asked = set(re.findall(r"\bsay\(\s*\"(\w+)\"", code))
    assert asked <= known


def test_why_a_training_failed_is_translated_also_when_it_was_stored():
    failed = Notice("failed", {"problem": unreadable("a-run", StorageError("Out of luck.")).without_traceback()})
    said = sentence(Notice.from_json("failed", json.loads(json.dumps(failed.to_json()))), "es")
    assert said.startswith(
        "El entrenamiento falló: No se pueden leer los archivos del entrenamiento a-run (Out of luck.)"
    )


def test_an_error_inside_a_notice_is_translated_too():
    full = StorageError("Could not write to {file}: {reason}. Free some space, or set MODELS_DIR to another folder.",
                        file="run.json", reason="No space left on device")  # fmt: skip
    said = sentence(Notice("not_saved", {"problem": full}), "es")
    assert said.startswith("No se pudo guardar este entrenamiento. ")
    assert sentence(full, "es") in said
    assert str(full) not in said
