"""Laws of the Reconstructions page that need no browser: which digits, which numbers, what the address says."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from asgi import in_use
from conftest import QUICK, SMALL, random_weights
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest
from zict import LRU

from autoencoder.analysis.digits import (
    PARTS,
    Choice,
    chosen_digits,
    mean_by_label,
    percentile,
    rows_of,
    sliders,
)
from autoencoder.analysis.latent_space import LatentSpace, latent_space
from autoencoder.analysis.neighbours import nearest_codes, neighbourhoods
from autoencoder.colours import DIGIT_COLOURS
from autoencoder.data.archive import write_archive
from autoencoder.data.baseline import pca_baseline
from autoencoder.data.dataset import CLASSES, Dataset, load_dataset
from autoencoder.engine.service import TrainingService
from autoencoder.errors import NoSuchDigit
from autoencoder.network.dense import DenseAutoencoder
from autoencoder.network.grey_levels import grey, pixels
from autoencoder.runs.run import Run
from autoencoder.runs.store import RunStore
from autoencoder.training.records import Checkpoint
from server import snapshots
from server.snapshots import snapshot_of
from ui.reconstructions import error_charts, query, sheet
from ui.reconstructions.error_charts import (
    BINS,
    Judged,
    by_label_figure,
    distribution_figure,
    held_out_pca_errors,
    pair_bars,
)
from ui.reconstructions.query import view_of
from ui.reconstructions.sheet import Looked

ROOT = Path(__file__).parents[1]
PAGE = str(ROOT / "pages" / "reconstructions.py")
NETWORK = DenseAutoencoder(SMALL, random_weights(SMALL))


@pytest.fixture
def errors(tiny: Dataset) -> np.ndarray:
    return latent_space(NETWORK, tiny).errors


# ---- which digits ----


def test_the_first_are_the_courses_sixteen(tiny, errors):
    assert chosen_digits(Choice(), tiny, errors.__getitem__).tolist() == list(range(16))
    assert chosen_digits(Choice(part="held_out"), tiny, errors.__getitem__).tolist() == list(range(60, 70))


@pytest.mark.parametrize("part", PARTS)
def test_best_and_worst_are_each_others_mirror_over_the_same_digits(tiny, errors, part):
    best = chosen_digits(Choice("best", part), tiny, errors.__getitem__)
    worst = chosen_digits(Choice("worst", part), tiny, errors.__getitem__)
    rows = rows_of(part, tiny)
    assert sorted(best.tolist()) == list(range(rows.start, rows.stop))
    assert best.tolist() == worst[::-1].tolist()
    assert errors[worst[0]] == errors[rows].max()
    assert np.all(np.diff(errors[best]) >= 0)


def test_random_is_a_shuffle_that_its_seed_decides(tiny, errors):
    first, again, other = (
        chosen_digits(Choice("random", seed=seed), tiny, errors.__getitem__).tolist() for seed in (1, 1, 2)
    )
    assert first == again != other
    assert sorted(first) == list(range(70)) != first


def test_by_label_all_of_it_and_nothing_else(tiny, errors):
    for label in range(10):
        digits = chosen_digits(Choice("label", "training", label=label), tiny, errors.__getitem__)
        assert len(digits) == 6
        assert set(tiny.labels[digits]) == {label}
        assert digits.max() < 60


def test_by_index_begins_there(tiny, errors):
    assert chosen_digits(Choice("index", index=67), tiny, errors.__getitem__).tolist() == [67, 68, 69]


@pytest.mark.parametrize(("index", "part"), [(70, "all"), (-1, "all"), (59, "held_out"), (60, "training")])
def test_an_index_out_of_range_says_the_range(tiny, errors, index, part):
    rows = rows_of(part, tiny)
    with pytest.raises(NoSuchDigit, match=f"number from {rows.start} to {rows.stop - 1}"):
        chosen_digits(Choice("index", part, index=index), tiny, errors.__getitem__)


@pytest.mark.parametrize("values", [{"way": "prettiest"}, {"part": "some"}])
def test_an_unknown_choice_is_refused_at_once(values):
    with pytest.raises(NoSuchDigit):
        Choice(**values)


@pytest.mark.parametrize("label", [-1, 10])
def test_a_label_that_there_is_not_is_refused(tiny, errors, label):
    with pytest.raises(NoSuchDigit, match="Labels are 0 to 9"):
        chosen_digits(Choice("label", label=label), tiny, errors.__getitem__)


# ---- one digit ----


def test_the_percentile_is_the_share_that_did_better():
    errors = np.array([0.1, 0.2, 0.3, 0.4])
    assert [percentile(errors, error) for error in (0.05, 0.1, 0.3, 0.9)] == [0, 0, 50, 100]


@pytest.mark.parametrize("d", [1, 2, 8, 40])
def test_the_nearest_codes_are_those_of_a_full_sort(d):
    codes = np.random.default_rng(d).normal(size=(300, d)).astype(np.float32)
    distances = np.linalg.norm(codes - codes[17], axis=1)
    assert nearest_codes(codes, 17).tolist() == np.argsort(distances)[1:11].tolist()


def test_a_digit_is_not_its_own_neighbour_even_where_all_codes_are_equal():
    found = nearest_codes(np.zeros((70, 2), np.float32), 5)
    assert 5 not in found
    assert len(set(found.tolist())) == 10


# ---- the model as a whole ----


def test_the_mean_by_label_weighs_back_to_the_mean(tiny, errors):
    by_label = mean_by_label(errors, tiny.labels, 10)
    assert by_label[3] == pytest.approx(errors[tiny.labels == 3].mean())
    assert (by_label * np.bincount(tiny.labels)).sum() / 70 == pytest.approx(errors.mean())


def test_a_label_without_digits_has_no_mean():
    assert np.isnan(mean_by_label(np.array([0.5]), np.array([3], np.uint8), 10)).sum() == 9
    assert mean_by_label(np.array([0.5]), np.array([3], np.uint8), 4).shape == (4,)


def test_sliders_are_ordered_by_variance_and_at_most_32():
    scales = np.random.default_rng(0).permutation(40) + 1
    codes = np.random.default_rng(1).normal(size=(5_000, 40)) * scales
    found = sliders(codes, np.arange(5_000, dtype=np.uint8) % 10, 10)
    assert len(found.dimensions) == 32
    assert scales[list(found.dimensions)].tolist() == sorted(scales, reverse=True)[:32]
    below = (codes < found.low).mean(axis=0)
    assert below == pytest.approx(np.full(40, 0.01), abs=1e-3)
    assert (codes > found.high).mean(axis=0) == pytest.approx(np.full(40, 0.01), abs=1e-3)


def test_averages_by_label_are_averages():
    codes, labels = np.random.default_rng(2).normal(size=(60, 3)), (np.arange(60) % 6).astype(np.uint8)
    found = sliders(codes, labels, 10)
    assert found.by_label[4] == pytest.approx(codes[labels == 4].mean(axis=0))
    assert found.average == pytest.approx(codes.mean(axis=0))
    assert found.by_label[9].tolist() == found.average.tolist()


# ---- charts ----


def test_bars_have_the_digits_colours_and_both_units():
    model, pca = np.linspace(0.01, 0.1, 10), np.full(10, 0.06)
    figure = by_label_figure(model, pca, CLASSES, ("net", "PCA"), ("label", "MSE"))
    ours, theirs = figure.data
    assert tuple(ours.marker.color) == DIGIT_COLOURS
    assert list(ours.y) == model.tolist()
    assert list(theirs.y) == pca.tolist()
    assert ours.customdata[9] == pytest.approx(6502.5)
    assert len(by_label_figure(model, None, CLASSES, ("net", "PCA"), ("label", "MSE")).data) == 1


def test_pca_errors_are_those_of_the_digits_and_not_of_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data set may be fetched again under the same name, with other digits."""
    monkeypatch.setenv("AUTOENCODER_DATA", str(tmp_path))
    found = []
    for seed in (0, 1):
        images = np.random.default_rng(seed).integers(0, 256, (70, 784), np.uint8)
        write_archive(tmp_path / "again.npz", images=images, labels=(np.arange(70) % 10).astype(np.uint8))
        found.append(held_out_pca_errors(load_dataset("openml:again"), 2))
    assert not np.array_equal(*found)


def test_no_digit_is_missing_from_the_histogram_and_the_chosen_one_is_marked():
    errors = np.random.default_rng(0).gamma(2, 0.02, 3_000)
    figure = distribution_figure(errors, errors * 2, ("digit 5", 0.031), ("MSE", "digits"))
    assert [sum(trace.y) for trace in figure.data] == [3_000, 3_000]
    assert len(figure.data[0].y) == BINS
    assert figure.layout.shapes[0].x0 == 0.031
    assert figure.layout.annotations[0].text == "digit 5"
    far = distribution_figure(errors, None, ("digit 5", 9.0), ("MSE", "digits"))
    assert far.layout.shapes[0].x0 == far.layout.xaxis.range[1]


def test_a_chart_is_drawn_once_for_a_run_at_a_moment_in_a_language(tiny: Dataset, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(error_charts, "_", lambda text, **_values: text)
    errors = np.linspace(0.01, 0.1, len(tiny.labels[tiny.held_out]))
    judged = Judged("run", "epoch 1", tiny.fingerprint, tiny, errors, None, 2)
    again, later = replace(judged, errors=errors.copy()), replace(judged, snapshot="epoch 2", errors=errors / 2)
    for draw in (error_charts._errors_by_label, partial(error_charts._distribution, marked=None)):
        first = draw(judged, _language="en")
        assert draw(again, _language="en") is first
        assert draw(judged, _language="es") is not first
        assert draw(later, _language="en") != first


def test_pairs_are_drawn_in_proportion():
    drawn = pair_bars([(4, 9, 0.5, "50.0%"), (3, 5, 0.25, "25.0%")], CLASSES)
    assert drawn.index("4 – 9") < drawn.index("3 – 5")
    assert "50.0%" in drawn
    assert "width:100%" in drawn
    assert "width:50%" in drawn


def test_charts_of_three_classes_have_three_bars_and_their_names():
    classes = ("cat", "dog", "<owl>")
    figure = by_label_figure(mean_by_label(np.ones(3), np.array([0, 1, 2]), 3), None, classes, ("net", ""), ("", ""))
    assert (len(figure.data[0].y), figure.layout.xaxis.ticktext) == (3, classes)
    many = by_label_figure(np.ones(256), None, tuple(map(str, range(256))), ("net", ""), ("", ""))
    assert (len(many.data[0].y), len(many.layout.xaxis.ticktext)) == (256, 37), "names have room, bars are all there"
    found = neighbourhoods(np.random.default_rng(0).normal(size=(90, 2)), np.arange(90) % 3, 3)
    assert found.predicted.max() == 2
    assert {label for pair in found.pairs for label in pair[:2]} == {0, 1, 2}
    assert "cat – &lt;owl&gt;" in pair_bars([(0, 2, 1.0, "100.0%")], classes)


def test_confused_labels_beyond_ten_have_their_shape_beside_their_name():
    drawn = pair_bars([(4, 14, 1.0, "100.0%")], tuple("ABCDEFGHIJKLMNO"))
    assert re.search(r"<b>E – <i [^>]*background:#832db6;clip-path:inset\(7%\)\"></i>O</b>", drawn)


# ---- the address ----


def test_the_address_says_it_all():
    view = view_of(
        {"by": "worst", "of": "held_out", "start": "32", "digit": "60123", "pca": "1", "difference": "1", "seed": "4"},
        10,
    )
    assert view.choice == Choice("worst", "held_out", seed=4)
    assert (view.start, view.digit, view.pca, view.difference) == (32, 60123, True, True)


@pytest.mark.parametrize(("typed", "index"), [("60,123", 60123), (" 7 ", 7), ("60.123", 60123), ("x", -1), ("-3", -1)])
def test_an_index_may_be_typed_as_people_do(typed, index):
    assert view_of({"by": "index", "index": typed}, 10).choice.index == index


@given(st.dictionaries(st.sampled_from(query._ADDRESS), st.text(max_size=30)))
def test_no_address_breaks_the_page(address):
    view = view_of(address, 10)
    assert view.start >= 0
    assert view.digit is None or view.digit >= 0


# ---- what the page sends ----


def looked_at(tiny: Dataset) -> Looked:
    return Looked(Run("r", SMALL, QUICK), "2.000", tiny, NETWORK, latent_space(NETWORK, tiny))


def digits_in(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(-1, 784)


def test_cards_are_the_digits_their_reconstructions_and_their_errors(tiny):
    rows = np.array([61, 3, 44])
    cards = sheet._cards(looked_at(tiny), rows, with_pca=True, with_noise=False)
    assert np.array_equal(digits_in(cards.originals), tiny.images[rows])
    made = NETWORK.reconstruct(pixels(tiny.images[rows]))
    assert np.array_equal(digits_in(cards.reconstructions), grey(made))
    squares = np.square(made - pixels(tiny.images[rows]))
    assert cards.errors == pytest.approx(squares.mean(axis=1).tolist(), rel=1e-5)
    assert np.array_equal(digits_in(cards.pca), grey(pca_baseline(tiny).model(2).reconstruct(tiny.images[rows])))
    assert cards.labels == (1, 3, 4)
    assert sheet._cards(looked_at(tiny), rows, with_pca=False, with_noise=False).pca is None


@pytest.mark.parametrize(("start", "size", "begins"), [(0, 15, 0), (32, 15, 30), (32, 8, 32), (10**9, 15, 60)])
def test_a_link_opens_the_page_that_holds_its_first_card(start, size, begins):
    assert sheet._page_start(start, size, 70) == begins


# ---- the page ----


@pytest.fixture
def folder(store: RunStore, browser_without_cookies: None) -> Iterator[RunStore]:
    with in_use(TrainingService(store)):
        yield store


def opened(run: str) -> AppTest:
    page = AppTest.from_file(PAGE, default_timeout=60)
    page.query_params["run"] = run
    page.run()
    assert not page.exception
    return page


def test_a_run_that_has_learned_nothing_says_what_to_do(folder):
    folder.save(Run("sheet-fresh", SMALL, QUICK, status="waiting"))
    assert "after the first epoch" in opened("sheet-fresh").info[0].value


def test_a_run_without_a_checkpoint_yet_says_so(folder):
    folder.save(Run("sheet-begun", SMALL, QUICK, status="training", epoch=0.4))
    assert "Wait for its first epoch" in opened("sheet-begun").error[0].value


def test_no_run_at_all_is_a_sentence_not_a_stack_trace(folder):
    assert any("no run" in error.value for error in opened("nowhere").error)


def test_the_last_checkpoint_of_a_run_under_way_is_shown_until_it_is_asked_for_anew(folder):
    weights = random_weights(SMALL, seed=3)
    folder.save(Run("sheet-under-way", SMALL, QUICK, status="training", epoch=1.5))
    folder.save_checkpoint("sheet-under-way", Checkpoint(weights=weights))
    page = opened("sheet-under-way")
    first = page.session_state["looked-at"]
    folder.save_checkpoint("sheet-under-way", Checkpoint(weights=random_weights(SMALL, seed=4)))
    assert page.run().session_state["looked-at"] == first
    page.button(key="look-again").click().run()
    assert page.session_state["looked-at"] == ("sheet-under-way", snapshot_of(folder.load("sheet-under-way")))
    assert page.session_state["looked-at"] != first


def test_a_moment_that_could_not_be_kept_gives_way_to_the_next(folder, monkeypatch):
    """A room may look at more runs under way than there is memory for."""
    monkeypatch.setattr(snapshots, "_kept", LRU(0.5, {}))
    monkeypatch.setattr(snapshots, "_drawn", LRU(0.5, {}))
    folder.save(Run("sheet-crowded", SMALL, QUICK, status="training", epoch=1.5))
    folder.save_checkpoint("sheet-crowded", Checkpoint(weights=random_weights(SMALL, seed=3)))
    page = opened("sheet-crowded")
    first = page.session_state["looked-at"]
    assert page.run().session_state["looked-at"] == first  # it has not learned on
    folder.save_checkpoint("sheet-crowded", Checkpoint(weights=random_weights(SMALL, seed=4)))
    assert page.run().session_state["looked-at"] != first
    assert not page.error


def test_its_digits_pass_through_the_network_once_even_where_no_model_is_kept(folder, monkeypatch):
    """The codes of a room of thirty-five fit into what is kept, their models do not."""
    all_digits = LatentSpace(np.zeros((70_000, 2), np.float32), np.zeros(70_000, np.float32))
    assert 35 * snapshots._bytes_of_space(all_digits) <= snapshots.SPACES_BYTES
    encoded, encode = [], DenseAutoencoder.encode
    monkeypatch.setattr(DenseAutoencoder, "encode", lambda *of: encoded.append(len(of[1])) or encode(*of))
    monkeypatch.setattr(snapshots, "_kept", LRU(0.5, {}))
    monkeypatch.setattr(snapshots, "_drawn", LRU(0.5, {}))
    folder.save(Run("sheet-thirty-sixth", SMALL, QUICK, status="training", epoch=1.5))
    folder.save_checkpoint("sheet-thirty-sixth", Checkpoint(weights=random_weights(SMALL, seed=6)))
    page = opened("sheet-thirty-sixth")
    page.button(key="worst-first").click().run()
    assert not page.exception
    assert encoded == [70]


def test_of_a_run_under_way_only_what_is_looked_at_is_decoded(folder, monkeypatch):
    """A whole room may look at its runs every few seconds, while they train on the same cores."""
    decoded, errors = [], DenseAutoencoder.errors
    monkeypatch.setattr(DenseAutoencoder, "errors", lambda *of: decoded.append(len(of[2])) or errors(*of))
    folder.save(Run("sheet-lively", SMALL, QUICK, status="training", epoch=1.5))
    folder.save_checkpoint("sheet-lively", Checkpoint(weights=random_weights(SMALL, seed=5)))
    page = opened("sheet-lively")
    assert sorted(decoded) == [10, 16]  # the sheet, and the held-out digits that it is judged by
    page.button(key="worst-first").click().run()
    assert not page.exception
    assert len(decoded) == 2


def test_worst_first_is_one_click_away(folder):
    folder.save(Run("sheet-done", SMALL, QUICK, status="finished", epoch=2.0))
    folder.save_weights("sheet-done", NETWORK.weights)
    page = opened("sheet-done")
    page.button(key="worst-first").click().run()
    assert not page.exception
    assert page.query_params["by"] in ("worst", ["worst"])
    assert page.query_params["of"] in ("held_out", ["held_out"])
