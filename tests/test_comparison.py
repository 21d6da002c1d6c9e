"""Runs beside each other: which options differ, which measure is the best, and the page that shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from app_pages import component
from asgi import in_use
from conftest import QUICK, SMALL
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from autoencoder.analysis.metrics import METRICS, ComparedWithPca, Measures
from autoencoder.engine.service import TrainingService
from autoencoder.runs.comparison import MOST, best_of, differing_options, measures_beside
from autoencoder.runs.run import Run
from autoencoder.runs.store import SHIPPED, RunStore

ROOT = Path(__file__).parents[1]
FIRST = Run("first", SMALL, QUICK, status="finished", measures=Measures(0.04, 0.05, held_out=True, knn_accuracy=0.5))
BY_NAME = {metric.name: metric for metric in METRICS}


class TestDifferences:
    def test_options_that_differ_are_named_in_the_order_of_the_form(self) -> None:
        other = replace(FIRST, architecture=replace(SMALL, latent_dim=3), training=replace(QUICK, seed=5))
        assert differing_options([FIRST, other, FIRST]) == ["latent_dim", "seed"]
        assert differing_options([FIRST, FIRST]) == []


class TestMeasures:
    def test_errors_are_best_when_low_and_accuracies_when_high(self) -> None:
        assert best_of(BY_NAME["test_mse"], [0.05, 0.04, None]) == {1}
        assert best_of(BY_NAME["knn_accuracy"], [0.5, 0.4, None]) == {0}

    def test_what_looks_equal_is_best_together_and_where_all_are_equal_none_is(self) -> None:
        assert best_of(BY_NAME["test_mse"], [0.04001, 0.04002, 0.05]) == {0, 1}
        assert best_of(BY_NAME["test_mse"], [0.04001, 0.04002]) == frozenset()
        assert best_of(BY_NAME["test_mse"], [0.04, None]) == frozenset()

    def test_who_was_judged_on_digits_that_it_trained_on_is_never_the_best_beside_others(self) -> None:
        seen = replace(FIRST, id="seen", measures=Measures(0.01, 0.01, held_out=False, knn_accuracy=0.9))
        worse = replace(FIRST, id="worse", measures=Measures(0.05, 0.06, held_out=True, knn_accuracy=0.4))
        rows = {row.metric.name: row for row in measures_beside([FIRST, seen, worse], {})}
        assert rows["test_mse"].values == (0.05, None, 0.06)
        assert rows["train_mse"].values == (0.04, 0.01, 0.05)
        assert {row.best for row in rows.values()} == {frozenset({0})}
        alone = {
            row.metric.name: row.best for row in measures_beside([seen, replace(seen, measures=Measures(0.02))], {})
        }
        assert alone["train_mse"] == {0}

    def test_only_metrics_that_somebody_has(self) -> None:
        under_way = replace(FIRST, id="under-way", status="training", measures=None)
        assert measures_beside([under_way, under_way], {}) == []
        compared = {"first": ComparedWithPca({"linear": 0.7}, None)}
        rows = {row.metric.name: row.values for row in measures_beside([FIRST, under_way], compared)}
        assert rows == {
            "train_mse": (0.04, None),
            "test_mse": (0.05, None),
            "knn_accuracy": (0.5, None),
            "linear": (0.7, None),
        }

    def test_no_error_is_called_held_out_of_who_held_no_digit_out(self) -> None:
        all_trained_on = replace(FIRST, id="all", measures=Measures(0.03, 0.02, held_out=False, knn_accuracy=0.5))
        rows = {row.metric.name: row.values for row in measures_beside([FIRST, all_trained_on], {})}
        assert rows["test_mse"] == (0.05, None)
        assert rows["train_mse"] == (0.04, 0.03)
        assert "test_mse" not in {row.metric.name for row in measures_beside([all_trained_on], {})}


# ---- the page ----


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TrainingService]:
    monkeypatch.setattr(ContextProxy, "cookies", {})
    store = RunStore(tmp_path / "models", shipped=SHIPPED)
    with in_use(TrainingService(store)) as service:
        yield service


def opened(runs: str | None) -> AppTest:
    at = AppTest.from_file(str(ROOT / "ui" / "frame.py"), default_timeout=60)
    at.switch_page(str(ROOT / "pages" / "compare.py"))
    if runs is not None:
        at.query_params["runs"] = runs
    return checked(at.run())


def checked(at: AppTest) -> AppTest:
    assert not at.exception
    return at


def trained_again(at: AppTest) -> AppTest:
    """The Train page of Quick map, after *Again, with 3 latent dimensions* was pressed."""
    at.switch_page(str(ROOT / "pages" / "train.py"))
    at.query_params["run"] = "quick-map"
    checked(at.run())
    at.slider(key="again-quick-map-latent_dim").set_value(3).run()
    return checked(at.button(key="again-start").click().run())


def compared(at: AppTest) -> list[tuple[str, str]]:
    """Letter and id of the runs whose curves are drawn."""
    return [(run["letter"], run["run"]) for run in component(at, "comparison")["runs"]]


def in_address(at: AppTest) -> list[list[str]]:
    return [list(part) for part in component(at, "address")["parts"]]


def tables(at: AppTest) -> str:
    return " ".join(html.proto.body for html in at.get("html") if "lab-beside" in html.proto.body)


def test_the_address_names_the_runs_and_the_page_what_differs(service: TrainingService) -> None:
    at = opened("quick-map,best-map")
    assert compared(at) == [("A", "quick-map"), ("B", "best-map")]
    assert in_address(at) == [["runs", "quick-map,best-map"]]
    said = tables(at)
    for words in ("Encoder widths", "512-256-128", "Epochs", "<td>40</td>", "Held-out MSE", "0.0375"):
        assert words in said
    assert "Latent dimensions" not in said
    assert '<b class="lab-best" title="best">0.0326</b>' in said
    assert '<b class="lab-best" title="best">0.0375</b>' not in said


def test_other_runs_are_chosen_on_the_page_and_the_address_follows(service: TrainingService) -> None:
    at = opened("quick-map,best-map")
    checked(at.multiselect(key="compared-runs").set_value(["best-8d", "quick-map", "course-8d"]).run())
    assert compared(at) == [("A", "best-8d"), ("B", "quick-map"), ("C", "course-8d")]
    assert in_address(at) == [["runs", "best-8d,quick-map,course-8d"]]
    assert any("judged on digits that were trained on" in caption.value for caption in at.caption)


def test_of_a_run_that_is_gone_a_sentence_remains_and_the_others_are_compared(service: TrainingService) -> None:
    at = opened("quick-map,gone,best-map,quick-map")
    assert [run for _letter, run in compared(at)] == ["quick-map", "best-map"]
    assert "There is no run gone" in at.warning[0].value


def test_more_than_can_be_told_apart_are_left_out(service: TrainingService) -> None:
    for i in range(MOST):
        service.store.save(replace(FIRST, id=f"run-{i}"))
    at = opened(",".join(["quick-map", *(f"run-{i}" for i in range(MOST))]))
    assert len(compared(at)) == MOST
    assert "At most 6 runs can be told apart" in at.warning[0].value


def test_without_runs_it_says_how_to_begin_and_one_click_does(service: TrainingService) -> None:
    at = opened(None)
    assert "two runs that differ in one thing" in at.info[0].value
    checked(at.button(key="suggest-best-map").click().run())
    assert compared(at) == [("A", "quick-map"), ("B", "best-map")]
    assert "One more run" in opened("quick-map").info[0].value


def test_the_two_maps_share_their_pointers(service: TrainingService) -> None:
    at = opened("quick-map,best-map,course-8d")
    checked(at.toggle(key="two-maps").set_value(True).run())
    checked(at.selectbox(key="right-map").set_value("C").run())
    found = [each.proto.json for each in at.get("bidi_component") if each.proto.component_name == "lab_map"]
    left, right = (json.loads(said)[0] for said in found)
    assert left["link"] == right["link"] == "quick-map+course-8d"
    assert (left["companion"], right["companion"]) == (None, "C · Course 8-D")
    assert "axes=pca" in right["urls"]["map"]


# ---- again, with one setting changed ----


def test_again_with_changes_one_setting_and_leads_to_the_comparison(service: TrainingService) -> None:
    at = trained_again(AppTest.from_file(str(ROOT / "ui" / "frame.py"), default_timeout=60))
    (run,) = (run for run in service.runs()[0] if run.beside is not None)
    shipped = service.run("quick-map")
    assert run.beside == "quick-map"
    assert differing_options([shipped, run]) == ["latent_dim"]
    assert (run.architecture.latent_dim, run.training.seed) == (3, shipped.training.seed)
    assert at.query_params["run"] == run.id
    assert "Compare with Quick map" in [found.proto.label for found in at.get("page_link")]
    (first, second) = compared(opened(f"quick-map,{run.id}"))
    assert (first[1], second[1]) == ("quick-map", run.id)


def test_once_it_has_ended_the_comparison_opens_and_the_way_back_stays(service: TrainingService) -> None:
    at = trained_again(AppTest.from_file(str(ROOT / "ui" / "frame.py"), default_timeout=60))
    (run,) = (run for run in service.runs()[0] if run.beside is not None)
    service._forget(run)
    service.store.save(replace(run, status="finished", epoch=5.0, measures=service.run("quick-map").measures))
    checked(at.run())
    assert [found for _letter, found in compared(at)] == ["quick-map", run.id]
    at.switch_page(str(ROOT / "pages" / "train.py"))
    at.query_params.clear()
    at.query_params["run"] = run.id
    checked(at.run())
    assert "Compare with Quick map" in [found.proto.label for found in at.get("page_link")]


def test_what_is_not_changed_cannot_be_trained_again(service: TrainingService) -> None:
    at = AppTest.from_file(str(ROOT / "ui" / "frame.py"), default_timeout=60)
    at.switch_page(str(ROOT / "pages" / "train.py"))
    at.query_params["run"] = "quick-map"
    checked(at.run())
    assert at.button(key="again-start").disabled
    assert "Seed" not in at.selectbox(key="again-quick-map").options


def test_a_run_remembers_what_it_is_compared_with(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    store.save(replace(FIRST, beside="other"))
    assert store.load("first").beside == "other"
    store.save(FIRST)
    assert "beside" not in (tmp_path / "first" / "run.json").read_text()
