"""The run at hand: named on every page, its settings shown, the form in agreement with it, and no name as Markdown."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pytest
from app_pages import component
from asgi import in_use
from conftest import QUICK, SMALL
from markdown_it import MarkdownIt
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from autoencoder.engine.service import TrainingService
from autoencoder.option_kinds import options
from autoencoder.presets import PRESETS
from autoencoder.runs.history import History
from autoencoder.runs.run import Run, hashed
from autoencoder.runs.store import SHIPPED, RunStore
from autoencoder.settings import Architecture, Training
from autoencoder.training.records import EpochRecord, Frame
from autoencoder.workshop import Workshop
from ui.plain_text import plain

ROOT = Path(__file__).parents[1]
SECRET = "the-secret-of-the-browser-that-started-it"
HOSTILE = "[Sign in](https://evil.example) ![x](https://evil.example/x.png) **b** :material/home: :red[r] $x$ <b>i</b>"
LONE = Run(
    "lone", SMALL, replace(QUICK, learning_rate=0.0123, epochs=600, batch_size=100),
    owner=hashed(SECRET), created="2026-01-01", status="finished", epoch=2.0,
)  # fmt: skip
PAGES = ("train", "reconstructions", "latent_space")


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TrainingService]:
    monkeypatch.setattr(ContextProxy, "cookies", {"lab_owner": SECRET})
    store = RunStore(tmp_path / "models", shipped=SHIPPED)
    for run in (LONE, replace(LONE, id="other", name="Mine", training=replace(QUICK, seed=5))):
        store.save(run)
        store.save_history(run.id, History([(2.0, 0.05)], [EpochRecord(2, 0.05, 0.06, 1.0)]))
        store.save_frame(run.id, Frame(2.0, np.zeros((10, 2), np.float32), np.zeros((16, 784), np.uint8)))
    with in_use(TrainingService(store)) as service:
        yield service


def opened(page: str, run: str | None = None) -> AppTest:
    """A page within its frame, as a browser gets it."""
    at = AppTest.from_file(str(ROOT / "ui" / "frame.py"), default_timeout=60)
    at.switch_page(str(ROOT / "pages" / f"{page}.py"))
    if run is not None:
        at.query_params["run"] = run
    return checked(at.run())


def checked(at: AppTest) -> AppTest:
    assert not at.exception
    return at


def shown(at: AppTest) -> str:
    """The HTML of ours on a page."""
    return " ".join(html.proto.body for html in at.get("html"))


def options_of(at: AppTest) -> dict[str, Any]:
    """What the form holds, by option."""
    widgets = [*at.slider, *at.select_slider, *at.number_input, *at.selectbox, *at.text_input]
    return {
        widget.key: widget.value for widget in widgets if widget.key in {*options(Architecture), *options(Training)}
    }


def menu(at: AppTest) -> str:
    """What the run menu is called."""
    return at.get("popover")[0].proto.popover.label


# ---- named on every page ----


@pytest.mark.parametrize("page", ["train", "latent_space"])
def test_the_open_run_is_named_and_another_can_be_opened(service: TrainingService, page: str) -> None:
    at = opened(page, "best-map")
    assert menu(at) == "Best map · 0.0326"
    picker = at.selectbox(key="pick-run-best-map")
    assert {"Quick map", "Mine", "Course 8-D"} <= set(picker.options)
    checked(picker.set_value("quick-map").run())
    assert at.query_params["run"] == "quick-map"
    assert menu(at) == "Quick map · 0.0375"


def test_of_runs_with_one_name_the_one_that_was_chosen_opens(service: TrainingService) -> None:
    own = {run: replace(LONE, id=run, name="Quick map") for run in ("first", "second")}
    for run in own.values():
        service.store.save(run)
    choices = checked(opened("train")).selectbox(key="pick-run-").options
    assert len(set(choices)) == len(choices)
    assert {"Quick map · ships with the app", "Quick map · yours · first", "Quick map · yours · second"} <= set(choices)
    at = opened("train")
    at.selectbox(key="pick-run-").set_value("first")
    assert checked(at.run()).query_params["run"] == "first"


@pytest.mark.parametrize("page", ["train", "compare"])
def test_ones_own_runs_are_offered_first_then_the_shipped_ones_whenever_they_were_trained(
    service: TrainingService, page: str
) -> None:
    service.store.save(replace(LONE, id="old", name="Old", created="1999-01-01"))
    at = opened(page)
    box = at.multiselect(key="compared-runs") if page == "compare" else at.selectbox(key="pick-run-")
    assert {"Mine", "Old"} <= set(box.options[:3])
    assert list(box.options[3:]) == [preset.name for preset in PRESETS.values()]


@pytest.mark.parametrize(("page", "name"), [("reconstructions", "Quick map · 0.0375"), ("train", "No run is open")])
def test_without_a_run_the_menu_names_what_is_shown(service: TrainingService, page: str, name: str) -> None:
    at = opened(page)
    assert menu(at) == name
    assert "Mine" in next(box for box in at.selectbox if box.key.startswith("pick-run")).options


@pytest.mark.parametrize("page", PAGES)
def test_a_wrong_address_says_what_to_do_there(service: TrainingService, page: str) -> None:
    at = opened(page, "nope")
    (error,) = at.error
    assert "There is no run nope; it may have been deleted. Open another one." in error.value
    assert "list" not in error.value
    if page != "train":
        assert any("Quick map is shown instead" in caption.value for caption in at.caption)
    at.switch_page(str(ROOT / "pages" / "reconstructions.py"))
    del at.query_params["run"]
    assert not checked(at.run()).error  # the next page does not repeat it


# ---- its settings ----


@pytest.mark.parametrize("page", PAGES)
def test_each_page_says_what_this_is_which_page_and_all_settings_of_the_run(
    service: TrainingService, page: str
) -> None:
    if page != "train":
        service.store.save(replace(LONE, status="waiting", epoch=0.0))  # nothing else to draw
    head = shown(opened(page, "lone"))
    for option in (*options(Architecture).values(), *options(Training).values()):
        assert f"<dt>{option.label}</dt>" in head
    for words_ in (
        "Autoencoder Lab",
        "Train a network to draw digits from a few numbers",
        page.replace("_", " ").capitalize(),
    ):
        assert words_ in head
    for value in ("0.0123", "600", "100", "silu", "constant"):
        assert f"<dd>{value}</dd>" in head


def test_opening_a_run_fills_the_form_also_with_values_that_it_does_not_offer(service: TrainingService) -> None:
    at = opened("train", "lone")
    held = options_of(at)
    assert (held["learning_rate"], held["epochs"], held["batch_size"]) == (0.0123, 600, 100)
    assert (held["encoder"], at.slider(key="depth").value) == ("8", 1)
    checked(at.number_input(key="epochs").set_value(7).run())
    assert options_of(at) == held | {"epochs": 7}  # the run is still open, and the form is the person's


def test_of_a_code_wider_than_the_slider_every_value_can_be_chosen(service: TrainingService) -> None:
    service.store.save(replace(LONE, architecture=Architecture(encoder=(300,), latent_dim=200)))
    at = opened("train", "lone")
    assert at.slider(key="latent_dim").value == 200
    checked(at.slider(key="latent_dim").set_value(30).run())
    assert at.slider(key="latent_dim").value == 30


def test_train_again_fills_the_form_and_closes_the_run(service: TrainingService) -> None:
    at = opened("train", "lone")
    checked(at.number_input(key="epochs").set_value(7).run())
    checked(at.button(key="again").click().run())
    assert component(at, "page")["forms_filled"] == 1  # and brings it into sight
    assert "run" not in at.query_params
    assert options_of(at)["epochs"] == 600


def test_from_another_page_train_again_leads_to_the_form(service: TrainingService) -> None:
    at = opened("reconstructions", "course-8d")
    checked(at.button(key="again-from-menu").click().run())
    held = options_of(at)
    assert (held["latent_dim"], held["batch_size"], held["pixels"]) == (8, 64, "grey")


def test_start_from_says_when_something_was_changed_and_takes_it_back(service: TrainingService) -> None:
    at = opened("train")
    start = at.selectbox(key="preset")
    names = [preset.name for preset in PRESETS.values()]
    assert (start.value, start.options) == ("quick-map", names)
    checked(at.number_input(key="epochs").set_value(7).run())
    start = at.selectbox(key="preset")
    assert start.options == [*names, "Quick map, changed"]
    assert start.options[start.index] == "Quick map, changed"
    checked(start.set_value("quick-map").run())
    assert options_of(at)["epochs"] == PRESETS["quick-map"].training.epochs
    assert at.selectbox(key="preset").options == names
    checked(at.text_input(key="encoder").set_value("wide").run())
    assert at.selectbox(key="preset").options[-1] == "Quick map, changed"
    checked(at.selectbox(key="preset").set_value("course-8d").run())
    assert (at.selectbox(key="preset").value, options_of(at)["latent_dim"]) == ("course-8d", 8)


def test_a_run_starts_from_the_preset_that_it_is_nearest_to(service: TrainingService) -> None:
    service.store.save(replace(LONE, architecture=PRESETS["course-8d"].architecture, training=Training(epochs=3)))
    at = opened("train", "lone")
    start = at.selectbox(key="preset")
    assert start.options[start.index] == "Course 8-D, changed"


# ---- the list of runs ----


def test_the_list_tells_of_each_run_what_a_row_shows(service: TrainingService) -> None:
    theirs = replace(LONE, id="theirs", owner=hashed("them"), note="theirs")
    service.store.save(theirs)
    Workshop(service.store.folder).set_name(hashed("them"), "Zoë")
    rows = {row["run"]: row for row in component(opened("train", "quick-map"), "run_list")["rows"]}
    assert list(rows) == ["lone", "other", *PRESETS, "theirs"] or list(rows) == ["other", "lone", *PRESETS, "theirs"]
    mine, shipped, other = rows["lone"], rows["quick-map"], rows["theirs"]
    assert (mine["whose"], mine["changeable"], mine["open"]) == ("mine", True, False)
    assert (shipped["whose"], shipped["changeable"], shipped["open"], shipped["mse"]) == (
        "shipped", False, True, service.run("quick-map").measures.test_mse,
    )  # fmt: skip
    assert (other["whose"], other["who"], other["note"], other["changeable"]) == ("others", "Zoë", "theirs", False)
    assert mine["thumbnail_url"].startswith("api/runs/lone/thumbnail?at=")
    assert mine["page_url"] == "train?run=lone"


def asked(service: TrainingService, run: str, **request: object) -> AppTest:
    """A page whose list sends a request."""

    def script() -> None:
        import streamlit as st

        from ui.run_list import carry_out

        carry_out(st.session_state["request"])

    at = AppTest.from_function(script, default_timeout=60)
    at.session_state["request"] = {"run": run, **request}
    return checked(at.run())


def test_name_and_note_are_changed_and_a_run_is_opened_and_deleted(service: TrainingService) -> None:
    assert not asked(service, "lone", action="label", name=" Mine ", note="fast\n").toast
    assert (service.run("lone").name, service.run("lone").note) == ("Mine", "fast")
    assert asked(service, "lone", action="open").query_params["run"] == "lone"
    assert not asked(service, "lone", action="delete").toast
    assert not service.store.has("lone")


@pytest.mark.parametrize("request_", [{"action": "delete"}, {"action": "label", "name": "x", "note": "x"}])
@pytest.mark.parametrize("run", ["theirs", "quick-map", "nope", HOSTILE])
def test_what_is_not_ones_own_is_not_changed(service: TrainingService, run: str, request_: dict[str, str]) -> None:
    theirs = replace(LONE, id="theirs", owner=hashed("them"))
    service.store.save(theirs)
    (said,) = asked(service, run, **request_).toast
    assert said.value
    assert service.run("theirs") == theirs


@pytest.mark.parametrize(
    "request_", [{}, {"action": "label", "name": 3, "note": ""}, {"action": 3}, {"action": "turn"}]
)
def test_nonsense_is_ignored(service: TrainingService, request_: dict[str, object]) -> None:
    assert not asked(service, "lone", **request_).toast


# ---- nothing that an address or a person wrote is Markdown ----

READ_AS_MARKDOWN = (
    "caption", "error", "warning", "info", "success", "markdown", "button", "expander", "popover", "metric", "toast",
    "selectbox", "slider", "text_input", "number_input",
)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        HOSTILE, "1. one", "# head", "- item", "+ item", "> quote", "a\n\n# b", "https://evil.example", "www.evil.org",
        "me@evil.example", "`code`", "~~gone~~", "&lt;&#35;", "a_b_c", "| a | b |", ":smile: ::: note", "a -> b -- c",
        "\\*",
    ],
)  # fmt: skip
def test_plain_text_shows_its_letters_and_no_more(text: str) -> None:
    (_begin, paragraph, _end) = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(plain(text))
    assert {part.type for part in paragraph.children or []} <= {"text", "text_special"}
    letters = "".join(part.content for part in paragraph.children or [])
    assert letters.replace("\u2060", "") == " ".join(text.split())
    assert not re.search(
        r"https?://|www\.|\w@\w|:\w[\w/]*:|:\w+\[|->|--", letters
    )  # Streamlit looks for these afterwards


def test_ordinary_sentences_stay_as_they_are() -> None:
    for text in (
        "The run 256-128-64 · 2-D (2) has ended.",
        "Expected 8, got 0.5: try 2.",
        "0.0361",
        "42.4%",
        "¿Otra vez?",
    ):
        assert plain(text) == text


@pytest.mark.parametrize(
    ("page", "where"),
    [*((page, "address") for page in PAGES), ("train", "name"), ("train", "data set"), ("latent_space", "data set")],
)
def test_no_page_renders_what_others_wrote_as_markdown(service: TrainingService, page: str, where: str) -> None:
    run = "lone"
    if where == "address":
        run = HOSTILE
    elif where == "name":
        service.store.save(replace(LONE, name=HOSTILE[:60], note=HOSTILE, status="waiting", epoch=0.0))
        Workshop(service.store.folder).set_name(hashed(SECRET), HOSTILE)
    else:
        service.store.save(replace(LONE, training=replace(QUICK, dataset=HOSTILE)))
    at = opened(page, run)
    told = [words(found.proto) for kind in READ_AS_MARKDOWN for found in at.get(kind)]
    assert [text for text in told if re.search(r"(?<!\\)\]\(", text)] == []
    assert any("Sign in" in text for text in told), "it is nowhere on the page"


def words(proto: Any) -> str:
    """What Streamlit renders of an element."""
    inside = getattr(proto, "popover", None) or getattr(proto, "expandable", None) or proto
    return str(getattr(inside, "body", "")) + str(getattr(inside, "label", ""))


def test_what_others_name_reaches_streamlit_only_escaped() -> None:
    """Calls of Streamlit with a title, a name or an address in them, outside of `plain`, `escape` and sentences."""
    raw = {"title", "titles", "title_of", "nickname", "run_id", "say_to_component"}
    safe = {"plain", "escape", "_", "say", "introduction_url"}  # the last one quotes
    found = []

    def leaves(node: ast.AST) -> Iterator[ast.AST]:
        if isinstance(node, ast.Lambda):
            return
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in safe:
            return
        yield node
        for child in ast.iter_child_nodes(node):
            yield from leaves(child)

    for path in [*(ROOT / "ui").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]:
        for call in ast.walk(ast.parse(path.read_text())):
            shows = isinstance(call, ast.Call) and ast.unparse(call.func).startswith("st.")
            if not shows or ast.unparse(call.func) in ("st.code", "st.text_input"):
                continue
            shown = [*call.args, *(word.value for word in call.keywords if word.arg in ("label", "body", "help"))]
            for part in (leaf for argument in shown for leaf in leaves(argument)):
                named = isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id in raw
                if named or (isinstance(part, ast.Attribute) and part.attr in ("name", "note", "classes")):
                    found.append(f"{path.relative_to(ROOT)}:{call.lineno} {ast.unparse(part)}")
    assert found == []


# ---- the form and the address ----


def address(at: AppTest) -> str:
    """What the page has put into the browser's address, behind the question mark."""
    return "&".join(f"{name}={value}" for name, value in component(at, "address")["parts"])


def from_address(query: str) -> AppTest:
    """The Train page as a browser opens it that was never here."""
    at = AppTest.from_file(str(ROOT / "ui" / "frame.py"), default_timeout=60)
    at.switch_page(str(ROOT / "pages" / "train.py"))
    for name, value in parse_qsl(query):
        at.query_params[name] = value
    return checked(at.run())


def through_history(at: AppTest, query: str, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """Back or forward, to an entry with this address."""
    at.query_params.clear()
    for name, value in parse_qsl(query):
        at.query_params[name] = value
    with monkeypatch.context() as within:
        within.setattr("ui.session.went_through_history", lambda: True)
        within.setattr("ui.train.address.went_through_history", lambda: True)
        return checked(at.run())


def test_a_link_gives_somebody_else_the_same_form(service: TrainingService) -> None:
    at = from_address("")
    assert address(at) == ""
    at.selectbox(key="preset").set_value("best-map").run()
    at.number_input(key="seed").set_value(9)
    at.slider(key="latent_dim").set_value(3)
    at.text_input(key="encoder").set_value("30 20").run()
    query = address(checked(at))
    assert query == "preset=best-map&encoder=30-20&latent_dim=3&seed=9"
    assert at.query_params == {}  # edits make no entry in the history: the component replaces the one there
    other = from_address(query)
    assert options_of(other) == {**options_of(at), "encoder": "30-20"}
    assert other.slider(key="depth").value == 2
    assert (other.selectbox(key="preset").value, address(other)) == ("best-map-changed", query)


def test_of_an_open_run_the_address_says_what_the_form_changes(service: TrainingService) -> None:
    at = from_address("run=lone&seed=7")
    assert (at.number_input(key="seed").value, at.selectbox(key="batch_size").value) == (7, 100)
    assert address(at) == "run=lone&seed=7"
    at.number_input(key="seed").set_value(LONE.training.seed).run()
    assert address(at) == "run=lone"


def test_back_and_forward_bring_the_form_and_the_run_of_their_addresses(
    service: TrainingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = from_address("epochs=7")
    at.number_input(key="epochs").set_value(8).run()
    checked(at.selectbox(key="pick-run-").set_value("lone").run())
    assert at.query_params == {"run": "lone"}
    assert at.number_input(key="epochs").value == 600
    through_history(at, "epochs=8", monkeypatch)
    assert (menu(at), at.number_input(key="epochs").value, address(at)) == ("No run is open", 8, "epochs=8")
    checked(at.run())
    assert menu(at) == "No run is open"
    through_history(at, "run=lone", monkeypatch)
    assert (at.number_input(key="epochs").value, address(at)) == (600, "run=lone")


def test_a_locked_link_shows_its_choices_fixed_until_they_are_released(service: TrainingService) -> None:
    at = from_address("epochs=7&lock=epochs,encoder")
    assert [at.number_input(key="epochs").disabled, at.text_input(key="encoder").disabled] == [True, True]
    assert [at.slider(key="depth").disabled, at.slider(key="latent_dim").disabled] == [True, False]
    assert at.number_input(key="epochs").label == ":material/lock: Epochs"
    at.selectbox(key="preset").set_value("best-map").run()
    assert (at.number_input(key="epochs").value, at.text_input(key="encoder").value) == (7, "256-128-64")
    assert address(at) == "preset=best-map&encoder=256-128-64&epochs=7&lock=epochs,encoder"
    checked(at.button(key="unlock").click().run())
    assert not at.number_input(key="epochs").disabled
    assert "lock" not in address(at)


def test_nonsense_in_an_address_is_the_default_and_a_sentence_in_both_languages(service: TrainingService) -> None:
    at = from_address("epochs=many&seed=3&colour=*red*")
    assert (at.number_input(key="epochs").value, at.number_input(key="seed").value) == (5, 3)
    (warning,) = at.warning
    assert "Epochs must be a whole number between 1 and 1,000, got many. Try 5." in warning.value
    assert "“colour”, which is no choice here." in warning.value
    assert warning.value.endswith("Where the address makes no sense, the default is shown.")
    at.selectbox(key="lang").set_value("es").run()
    (warning,) = at.warning
    assert "Épocas" in warning.value
    assert "“colour”, que aquí no es ninguna opción." in warning.value


def test_the_form_and_a_run_are_copied_as_a_line_of_the_command_line(service: TrainingService) -> None:
    at = from_address("preset=best-map&seed=9")
    assert "python -m autoencoder train --preset best-map --seed 9" in [code.value for code in at.code]
    at = from_address("run=quick-map")
    assert "python -m autoencoder train --preset quick-map" in [code.value for code in at.code]


def test_another_run_keeps_how_the_map_is_looked_at_and_forgets_what_the_form_held(service: TrainingService) -> None:
    for page, kept in (("latent_space", {"digits": "held_out"}), ("train", {})):
        at = AppTest.from_file(str(ROOT / "ui" / "frame.py"), default_timeout=60)
        at.switch_page(str(ROOT / "pages" / f"{page}.py"))
        at.query_params["run"] = "best-map"
        at.query_params["digits"] = "held_out" if kept else "all"
        checked(at.run())
        checked(at.selectbox(key="pick-run-best-map").set_value("quick-map").run())
        assert at.query_params == {"run": "quick-map", **kept}
