"""The Sweep page: what it would cost, what it refuses, and what it draws while it fills."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from app_pages import component
from asgi import in_use
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from autoencoder.analysis.metrics import Measures
from autoencoder.data.baseline import pca_mse
from autoencoder.engine.service import TrainingService
from autoencoder.presets import PRESETS
from autoencoder.runs.limits import Limits
from autoencoder.runs.run import Run
from autoencoder.runs.shipped_sweep import shipped_curve
from autoencoder.runs.store import SHIPPED, RunStore
from autoencoder.runs.sweep_groups import SweepGroup, new_group
from autoencoder.runs.sweep_points import AROUND_SECONDS, as_csv, expected_seconds, means_of, points_of
from autoencoder.sweep import Sweep
from ui.sweep.address import Swept, read_swept, write_swept
from ui.sweep.figures import curve_figure

ROOT = Path(__file__).parents[1]
SECRET = "the-secret-of-the-browser-that-sweeps"
QUICK = (PRESETS["quick-map"].architecture, PRESETS["quick-map"].training)
TWO_SEEDS = Sweep(QUICK, (("latent_dim", (1, 2)),), seeds=2)


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TrainingService]:
    monkeypatch.setattr(ContextProxy, "cookies", {"lab_owner": SECRET})
    store = RunStore(tmp_path / "models", shipped=SHIPPED)
    with in_use(TrainingService(store, Limits(runs=8))) as service:
        yield service
        service.sweeps.close()


def opened(**query: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "ui" / "frame.py"), default_timeout=60)
    at.switch_page(str(ROOT / "pages" / "sweep.py"))
    for name, value in query.items():
        at.query_params[name] = value
    return checked(at.run())


def checked(at: AppTest) -> AppTest:
    assert not at.exception
    return at


def measured(service: TrainingService, group: SweepGroup, errors: list[float | None]) -> SweepGroup:
    """As if these members had been trained: their errors, None for those that wait."""
    for at, (member, error) in enumerate(zip(group.sweep.members(), errors, strict=True)):
        if error is not None:
            found = Measures(error, error, held_out=True, knn_accuracy=0.5)
            run = Run(f"member-{at}", *member.settings, status="finished", epoch=5.0, seconds=2.0, measures=found)
            service.store.save(run)
            group = group.with_run(at, run.id)
    return group


def test_a_point_is_the_mean_of_its_seeds_with_the_best_and_the_worst(service: TrainingService) -> None:
    group = measured(service, new_group(TWO_SEEDS, None, "2026"), [0.05, 0.07, None, None])
    first, second = means_of(points_of(group, service.run))
    assert first.values == (1,)
    assert (first.mean, first.low, first.high) == (pytest.approx(0.06), 0.05, 0.07)
    assert (second.values, second.mean) == ((2,), None)


def test_the_csv_has_a_line_a_member(service: TrainingService) -> None:
    group = measured(service, new_group(TWO_SEEDS, None, "2026"), [0.05, 0.07, None, None])
    lines = list(csv.DictReader(as_csv(points_of(group, service.run)).splitlines()))
    assert [(line["latent_dim"], line["seed"], line["error"]) for line in lines] == [
        ("1", "0", "0.05"), ("1", "1", "0.07"), ("2", "0", ""), ("2", "1", ""),
    ]  # fmt: skip
    assert lines[0]["run"] == "member-0"
    assert as_csv([]).startswith("seed,run,status")


def test_its_time_goes_by_what_other_runs_took() -> None:
    took = Run("a", *QUICK, epoch=5.0, seconds=10.0)
    assert expected_seconds(Sweep(QUICK, (("epochs", (5, 10)),)), [took]) == pytest.approx(30.0 + 2 * AROUND_SECONDS)
    assert expected_seconds(TWO_SEEDS, []) is None


def test_both_forms_are_filled_from_the_address_and_stand_in_it(service: TrainingService) -> None:
    said = {"preset": "best-map", "epochs": "3", "vary": "beta:0.5,1", "and": "encoder:64,64-32", "seeds": "2"}
    at = opened(**said, group="nope")
    assert at.selectbox(key="sweep-first").value == "beta"
    assert at.text_input(key="sweep-values-beta").value == "0.5, 1"
    assert at.text_input(key="sweep-values-encoder").value == "64, 64-32"
    assert at.number_input(key="sweep-seeds").value == 2
    assert any("epochs 3" in caption.value.lower() for caption in at.caption)
    assert dict(component(at, "address")["parts"]) == said
    assert "group" not in component(at, "address")["names"]
    assert not at.warning


def test_nonsense_in_the_address_of_a_sweep_is_the_default_and_a_sentence(service: TrainingService) -> None:
    at = opened(vary="colour:1,2", seeds="99", epochs="many")
    assert at.selectbox(key="sweep-first").value == "latent_dim"
    assert at.selectbox(key="sweep-second").proto.placeholder == "–"  # and not Streamlit's English
    assert at.number_input(key="sweep-seeds").value == 1
    (said,) = (warning.value for warning in at.warning)
    for words in ("“colour”", "99 seeds", "many"):
        assert words in said
    assert component(at, "address")["parts"] == []


@pytest.mark.parametrize(
    ("said", "swept"),
    [
        ({}, Swept((("latent_dim", "1, 2, 4, 8, 16, 32"),))),
        ({"seeds": "3"}, Swept((("latent_dim", "1, 2, 4, 8, 16, 32"),), 3)),
        ({"vary": "latent_dim:1,2"}, Swept((("latent_dim", "1, 2"),))),
        ({"vary": "encoder:8,8-4", "and": "beta:1,2"}, Swept((("encoder", "8, 8-4"), ("beta", "1, 2")))),
    ],
)
def test_a_sweep_s_address_is_read_as_it_was_written(said: dict[str, str], swept: Swept) -> None:
    assert (read_swept(said), write_swept(swept)) == (swept, said)


def test_the_page_previews_a_sweep_starts_it_and_shows_it_live(service: TrainingService) -> None:
    at = opened()
    at.text_input(key="sweep-values-latent_dim").set_value("1, 2, 4").run()
    assert any(caption.value.startswith("3 trainings, about ") for caption in at.caption)
    checked(at.button(key="sweep-start").click().run())
    (group,) = service.sweeps.all()
    assert dict(group.sweep.values) == {"latent_dim": (1, 2, 4)}
    assert (group.sweep.base, len(group.started)) == (QUICK, 3)
    assert at.query_params["group"] == group.id
    figure = json.loads(component(at, "figure")["figure"])
    assert figure["data"][1]["y"] == [pytest.approx(pca_mse(QUICK[1], d)) for d in (1, 2, 4)]
    checked(at.button(key="sweep-stop").click().run())
    assert service.sweeps.group(group.id).status == "stopped"


@pytest.mark.parametrize("seeds", [1, 2])
def test_bars_are_spoken_of_where_there_are_several_seeds(service: TrainingService, seeds: int) -> None:
    group = measured(service, new_group(replace(TWO_SEEDS, seeds=seeds), None, "2026"), [0.05, 0.07] * seeds)
    service.sweeps._keep(replace(group, status="finished"))
    said = [caption.value for caption in opened(group=group.id).caption if "PCA" in caption.value]
    assert [("Bars" in each) for each in said] == [seeds > 1]


@pytest.mark.parametrize(
    ("errors", "begins"), [([0.05, 0.07], "normal"), ([0.05, 0.01], "tozero"), ([None, None], "tozero")]
)
def test_errors_that_are_alike_fill_the_figure_and_others_stand_on_zero(
    service: TrainingService, errors: list[float | None], begins: str
) -> None:
    group = measured(service, new_group(replace(TWO_SEEDS, seeds=1), None, "2026"), errors)
    means = means_of(points_of(group, service.run))
    figure = curve_figure(["1", "2"], means, None, axes=("x", "y"), names=("this network", "PCA"))
    assert figure.layout.yaxis.rangemode == begins


def test_what_does_not_fit_is_refused_before_it_begins(service: TrainingService) -> None:
    at = opened()
    for values, words in (
        ("1,2,3,4,5,6,7,8,9", "This sweep is 9 trainings"),
        ("1,many", "got many"),
        ("3", "several values"),
    ):
        at.text_input(key="sweep-values-latent_dim").set_value(values).run()
        assert any(words in warning.value for warning in at.warning), values
        assert at.button(key="sweep-start").disabled
    assert service.sweeps.all() == []


def test_two_settings_are_a_heat_map(service: TrainingService) -> None:
    sweep = Sweep(QUICK, (("latent_dim", (1, 2)), ("learning_rate", (0.001, 0.01))))
    group = measured(service, new_group(sweep, None, "2026"), [0.05, 0.04, None, 0.03])
    service.sweeps._keep(replace(group, status="finished"))
    at = opened(group=group.id)
    (heat,) = (html.proto.body for html in at.get("html") if "↓" in html.proto.body)
    assert heat.count("<td style=") == 3
    assert "0.0400" in heat
    assert "train?run=member-1" in heat
    assert not [button for button in at.button if button.key == "sweep-forget"]  # somebody else's


def test_a_sweep_that_is_gone_says_so(service: TrainingService) -> None:
    assert "There is no sweep nope" in opened(group="nope").error[0].value


def test_before_the_first_sweep_the_classic_picture_stands_there(service: TrainingService) -> None:
    means, pca = shipped_curve()
    dims = [mean.values[0] for mean in means]
    assert dims == [1, 2, 4, 8, 16, 32]
    assert pca == [pytest.approx(pca_mse(QUICK[1], d)) for d in dims]
    assert means[1].mean == pytest.approx(service.run("quick-map").measures.error, rel=0.1)  # type: ignore[union-attr]
    errors = [mean.mean or 0 for mean in means]
    assert errors == sorted(errors, reverse=True)
    assert all(error < beside for error, beside in zip(errors, pca, strict=True))
    figure = json.loads(component(opened(), "figure")["figure"])
    assert figure["data"][0]["y"] == errors
