"""Named selections: whoever may see a run sees them, its owner and the host change them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asgi import Browser, browser_of, hosted
from conftest import QUICK, SMALL

from autoencoder.engine.service import TrainingService
from autoencoder.errors import InvalidCommand, LimitReached, RunUnreadable
from autoencoder.runs.run import Run
from autoencoder.runs.selections import (
    LONGEST_SELECTION_NAME,
    MOST_SELECTED,
    MOST_SELECTIONS,
    Selections,
    selections_from_json,
    selections_to_json,
)
from autoencoder.runs.store import RunStore

ME, STRANGER = "the-secret-of-the-browser-that-started-it", "the-secret-of-another-browser-in-this-room"
COUNT = 70_000


@pytest.fixture
def service(store: RunStore) -> Iterator[TrainingService]:
    with hosted(store) as service:
        yield service


@pytest.fixture
def run(service: TrainingService) -> Run:
    return service.start(SMALL, QUICK, owner=ME)


def ask(who: Browser, run: Run, **command: Any) -> tuple[int, str]:
    answer = who.ask("POST", f"/api/runs/{run.id}/selections", json.dumps(command).encode())
    return answer.status, json.loads(answer.text).get("error", "")


def seen_by(who: Browser, run: Run) -> Any:
    return json.loads(who.ask("GET", f"/api/runs/{run.id}/selections").text)


def name_one(who: Browser, run: Run, name: str = "open fours") -> str:
    assert ask(who, run, action="name", name=name, digits=[7, 4, 4, 9]) == (200, "")
    return str(seen_by(who, run)["selections"][-1]["id"])


def test_whoever_has_the_link_sees_what_its_owner_has_named(run: Run) -> None:
    named = name_one(browser_of(ME), run, "  open \n fours ")
    for who, mine in (
        (browser_of(ME), True),
        (browser_of(STRANGER), False),
        (browser_of(), False),
        (browser_of(host=True), True),
    ):
        seen = seen_by(who, run)
        assert seen["selections"] == [{"id": named, "name": "open fours", "digits": [4, 7, 9]}]
        assert (seen["mine"], seen["longest"]) == (mine, LONGEST_SELECTION_NAME)


def test_its_owner_and_the_host_rename_and_delete_it(run: Run) -> None:
    first, second = name_one(browser_of(ME), run, "fours"), name_one(browser_of(host=True), run, "sevens")
    assert ask(browser_of(ME), run, action="rename", selection=first, name="open fours")[0] == 200
    assert [each["name"] for each in seen_by(browser_of(), run)["selections"]] == ["open fours", "sevens"]
    assert ask(browser_of(host=True), run, action="delete", selection=first)[0] == 200
    assert [each["id"] for each in seen_by(browser_of(), run)["selections"]] == [second]


@pytest.mark.parametrize("secret", [STRANGER, None])
def test_nobody_else_changes_any(run: Run, secret: str | None) -> None:
    named = name_one(browser_of(ME), run)
    before = seen_by(browser_of(ME), run)
    for command in (
        {"action": "name", "name": "mine", "digits": [1]},
        {"action": "rename", "selection": named, "name": "mine"},
        {"action": "delete", "selection": named},
    ):
        status, said = ask(browser_of(secret), run, **command)
        assert (status, "Only the browser that started this training" in said) == (403, True)
    assert seen_by(browser_of(ME), run) == before


def test_another_site_changes_none(run: Run) -> None:
    body = json.dumps({"action": "name", "name": "theirs", "digits": [1]}).encode()
    answer = browser_of(ME).ask("POST", f"/api/runs/{run.id}/selections", body, {"sec-fetch-site": "cross-site"})
    assert (answer.status, seen_by(browser_of(ME), run)["selections"]) == (403, [])


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"action": "name", "name": " ", "digits": [1]}, "needs a name"),
        ({"action": "name", "digits": [1]}, "needs a name"),
        ({"action": "name", "name": 7, "digits": [1]}, "needs a name"),
        ({"action": "name", "name": "x" * 61, "digits": [1]}, "at most 60 characters, this one has 61"),
        ({"action": "name", "name": "Fours", "digits": [1]}, "is called “Fours” already"),
        ({"action": "name", "name": "none", "digits": []}, "by their numbers, from 0 to"),
        ({"action": "name", "name": "beyond", "digits": [70_000]}, "by their numbers, from 0 to"),
        ({"action": "name", "name": "before", "digits": [-1]}, "by their numbers, from 0 to"),
        ({"action": "name", "name": "no numbers", "digits": [True, "1"]}, "by their numbers, from 0 to"),
        ({"action": "name", "name": "no list", "digits": {"1": 1}}, "by their numbers, from 0 to"),
        ({"action": "rename", "selection": "unknown", "name": "x"}, "There is no such selection"),
        ({"action": "delete", "selection": None}, "There is no such selection"),
        ({"action": "paint"}, "The action 'paint' is not known"),
        ({"action": ["delete"]}, "is not known"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence_and_changes_nothing(
    run: Run, asked: dict[str, Any], said: str
) -> None:
    name_one(browser_of(ME), run, "fours")
    before = seen_by(browser_of(ME), run)
    status, sentence = ask(browser_of(ME), run, **asked)
    assert (status, said in sentence) == (400, True), sentence
    assert seen_by(browser_of(ME), run) == before


def test_a_run_that_is_gone_has_none_and_takes_none(run: Run, service: TrainingService) -> None:
    service.delete(run.id)
    assert ask(browser_of(ME), run, action="name", name="fours", digits=[1])[0] == 404
    assert browser_of(ME).ask("GET", f"/api/runs/{run.id}/selections").status == 404
    assert not (service.store.folder / run.id / "selections.json").exists()


def test_a_run_keeps_so_many_and_says_so() -> None:
    full = Selections()
    for number in range(MOST_SELECTIONS):
        full = full.with_new(f"number {number}", [number], COUNT)
    with pytest.raises(LimitReached, match=f"at most {MOST_SELECTIONS} named selections"):
        full.with_new("one more", [1], COUNT)
    assert len(full.without(full.all[0].id).with_new("one more", [1], COUNT).all) == MOST_SELECTIONS
    with pytest.raises(LimitReached, match="at most 20000 digits, this one has 20001"):
        Selections().with_new("too many", list(range(MOST_SELECTED + 1)), COUNT)
    assert len(Selections().with_new("all of them", list(range(MOST_SELECTED)), COUNT).all[0].digits) == MOST_SELECTED


def test_a_selection_may_keep_its_own_name_in_another_spelling() -> None:
    two = Selections().with_new("fours", [1], COUNT).with_new("sevens", [2], COUNT)
    assert two.renamed(two.all[0].id, "Fours").all[0].name == "Fours"
    with pytest.raises(InvalidCommand, match="already"):
        two.renamed(two.all[0].id, "SEVENS")


def test_save_then_load_gives_the_same_and_keeps_what_a_newer_version_wrote(store: RunStore, run: Run) -> None:
    assert store.selections(run.id).load() == Selections()  # as in a folder of before
    listed = {"id": "a", "name": "fours", "digits": [4], "colour": "red"}
    of_newer = {"format": 3, "order": "by size", "selections": [listed]}
    selections = selections_from_json(of_newer)
    assert selections_to_json(selections) == of_newer
    store.selections(run.id).save(selections)
    assert store.selections(run.id).load() == selections
    kept = selections_to_json(store.selections(run.id).load().renamed("a", "open fours"))
    assert kept == {**of_newer, "selections": [{**listed, "name": "open fours"}]}


def test_a_damaged_file_is_told_of_and_the_run_stays_readable(store: RunStore, run: Run) -> None:
    (store.folder / run.id / "selections.json").write_text('{"format": 2, "selections": [{"id": "a"}]}')
    with pytest.raises(RunUnreadable):
        store.selections(run.id).load()
    assert store.load(run.id).id == run.id


def test_nobody_names_selections_of_a_shipped_run(service: TrainingService) -> None:
    service.store._shipped = Path(__file__).parents[1] / "models"
    shipped = service.run("quick-map")
    for who in (browser_of(ME), browser_of(host=True)):
        assert ask(who, shipped, action="name", name="fours", digits=[1])[0] == 403
        assert seen_by(who, shipped) == {"selections": [], "mine": False, "longest": LONGEST_SELECTION_NAME}


def test_selections_of_another_machine_are_checked_as_if_they_had_just_been_named() -> None:
    two = Selections().with_new("fours", [4, 1], COUNT).with_new("sevens", [2], COUNT)
    assert [(each.name, each.digits) for each in two.checked(5).all] == [("fours", (1, 4)), ("sevens", (2,))]
    with pytest.raises(InvalidCommand, match="from 0 to 3"):
        two.checked(4)
    doubled = selections_from_json({"selections": [{"id": "a", "name": "x", "digits": [1]}] * 2})
    with pytest.raises(InvalidCommand, match="already"):
        doubled.checked(4)
