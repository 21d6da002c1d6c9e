"""The small map of a run: each digit in its colour where its code lies, as an image that browsers keep."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from asgi import Browser, in_use
from conftest import QUICK, SMALL
from PIL import Image
from starlette.applications import Starlette

from autoencoder.colours import DIGIT_COLOURS
from autoencoder.engine.service import TrainingService
from autoencoder.runs.run import Run
from autoencoder.runs.store import RunStore
from autoencoder.training.records import Frame
from server.addresses import thumbnail_url
from server.routes import routes
from server.thumbnails import HEIGHT, POINTS, WIDTH, drawn, png

RUN = Run("a-run", SMALL, QUICK, status="finished", epoch=2.0)


@pytest.fixture
def service(tmp_path: Path, tiny: object) -> Iterator[TrainingService]:
    store = RunStore(tmp_path)
    store.save(RUN)
    store.save(replace(RUN, id="no-map"))
    store.save(replace(RUN, id="gone", training=replace(QUICK, dataset="openml:gone")))
    for run_id in ("a-run", "gone"):
        store.save_frame(run_id, Frame(2.0, np.eye(10, 2, dtype=np.float32), np.zeros((16, 784), np.uint8)))
    with in_use(TrainingService(store)) as service:
        yield service


def pixels(content: bytes) -> np.ndarray:
    """(HEIGHT, WIDTH, 4) red, green, blue, opacity."""
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGBA"))


def test_a_digit_is_a_dot_of_its_colour_where_its_code_lies() -> None:
    corners = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], np.float32)
    image = pixels(png(drawn(corners, np.array([1, 2, 3, 4], np.uint8))))
    assert image.shape == (HEIGHT, WIDTH, 4)
    at = {1: image[-1, 0], 2: image[-1, -1], 3: image[0, 0], 4: image[0, -1]}
    for label, (red, green, blue, opacity) in at.items():
        assert (f"#{red:02x}{green:02x}{blue:02x}", opacity) == (DIGIT_COLOURS[label], 255)
    assert image[HEIGHT // 2, WIDTH // 2, 3] == 0  # paper of either theme


def test_labels_of_one_colour_are_told_apart_by_their_shapes() -> None:
    codes = np.array([[0, 0], [1, 0], [0, 1], [1, 1], [0.5, 0.5]], np.float32)
    image = drawn(codes, np.array([3, 13, 23, 33, 43], np.uint8))
    middle_row, middle_column = round(0.5 * (HEIGHT - 5)), round(0.5 * (WIDTH - 5))
    corners = [image[-5:, :5], image[-5:, -5:], image[:5, :5], image[:5, -5:]]
    dots = [*corners, image[middle_row : middle_row + 5, middle_column : middle_column + 5]]
    assert {int(ink) for dot in dots for ink in dot[dot > 0]} == {4}
    assert len({(dot > 0).tobytes() for dot in dots}) == 5
    assert (dots[0] > 0).sum() == 9, "the first ten are as small as ever"


def test_far_off_digits_do_not_squeeze_the_rest() -> None:
    codes = np.random.default_rng(0).normal(size=(500, 2)).astype(np.float32)
    codes[0] = 1_000
    columns = np.flatnonzero(drawn(codes, np.zeros(500, np.uint8)).any(axis=0))
    assert len(columns) > WIDTH / 2


@pytest.mark.parametrize("codes", [np.zeros((5, 2)), np.zeros((5, 1)), np.full((5, 2), np.nan), np.zeros((0, 2))])
def test_codes_of_one_place_one_dimension_or_no_number_are_drawn_too(codes: np.ndarray) -> None:
    image = drawn(codes.astype(np.float32), np.arange(len(codes), dtype=np.uint8) * 3)
    assert image.shape == (HEIGHT, WIDTH)
    assert bool(image.any()) == bool(len(codes) and np.isfinite(codes).all())


def test_the_route_answers_with_an_image_that_is_kept_once_the_run_has_ended(service: TrainingService) -> None:
    browser = Browser(Starlette(routes=routes()))
    answer = browser.get(thumbnail_url("a-run", "2.000-finished"))
    assert (answer.status, answer.header("content-type")) == (200, "image/png")
    assert "immutable" in answer.header("cache-control")
    assert pixels(answer.content)[..., 3].any()
    service.store.save(replace(RUN, id="under-way", status="interrupted"))
    assert browser.get(thumbnail_url("under-way", "2.000-interrupted")).header("cache-control") == "no-store"


@pytest.mark.parametrize("run_id", ["no-map", "gone"])
def test_where_there_is_nothing_to_draw_it_is_transparent(service: TrainingService, run_id: str) -> None:
    answer = Browser(Starlette(routes=routes())).get(thumbnail_url(run_id, "2"))
    assert answer.status == 200
    assert not pixels(answer.content)[..., 3].any()
    kept = "no-store" if run_id == "gone" else "immutable"  # a data set may be fetched again, and the map then drawn
    assert kept in answer.header("cache-control")


def test_of_no_run_there_is_none(service: TrainingService) -> None:
    assert Browser(Starlette(routes=routes())).get(thumbnail_url("nope", "2")).status == 404


def test_it_is_small(service: TrainingService) -> None:
    codes = np.random.default_rng(0).normal(size=(POINTS, 2)).astype(np.float32)
    labels = np.random.default_rng(1).integers(0, 10, POINTS).astype(np.uint8)
    assert len(png(drawn(codes, labels))) < 4_000
