"""The small map of a run in lists: a PNG image, worked out once and kept by the browser."""

from __future__ import annotations

import io

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from autoencoder.colours import DIGIT_COLOURS, SHAPES
from autoencoder.data.dataset import load_dataset
from autoencoder.errors import DataUnavailable, InvalidData
from autoencoder.network.protocol import Array
from server import state
from server.cache import cached
from server.http import FOREVER_PRIVATE, json_errors
from server.work import MAPS

WIDTH, HEIGHT = 128, 96  # pixels: twice as many as on the page, for fine screens
POINTS = 600
DOT = 3  # pixels wide
_SHAPED = (  # which pixels belong to a dot where shapes tell labels apart, by their places in `SHAPES`
    (".....", ".###.", ".###.", ".###.", "....."),
    ("#####", "#####", "#####", "#####", "#####"),
    ("..#..", ".###.", "#####", ".###.", "..#.."),
    (".....", "..#..", ".###.", "#####", "#####"),
    ("..#..", "..#..", "#####", "..#..", "..#.."),
)
_DOTS = np.array([[[sign == "#" for sign in row] for row in dot] for dot in _SHAPED])
_OUTLIERS = 1.5  # per cent of the digits at either end of an axis that may be left out, so as not to squeeze the rest


@json_errors
async def thumbnail(request: Request) -> Response:
    """A run's latest map; `at` in the address changes when the map does. Transparent where there is nothing to draw."""
    run_id, at = request.path_params["run"], request.query_params.get("at", "")[:60]
    try:
        image, ended = await MAPS.run(request, _thumbnail, run_id, at)
    except (DataUnavailable, InvalidData):  # nothing to colour by until the data set is on this machine again
        image, ended = png(np.zeros((HEIGHT, WIDTH), np.uint8)), False
    headers = {"Cache-Control": FOREVER_PRIVATE if ended else "no-store"}
    return Response(image, media_type="image/png", headers=headers)


@cached(maxsize=400)
def _thumbnail(run_id: str, _at: str) -> tuple[bytes, bool]:
    """The image, and whether it is the last one of this run.

    Raises RunNotFound, RunUnreadable, DataUnavailable, InvalidData.
    """
    service = state.service()
    run, frame = service.run(run_id), service.frame(run_id)
    dataset = load_dataset(run.training.dataset)
    labels = dataset.labels[dataset.held_out][:POINTS]
    codes = np.zeros((0, 2), np.float32) if frame is None else frame.codes[: len(labels)]
    return png(drawn(codes, labels[: len(codes)])), run.ended


def drawn(codes: Array, labels: Array) -> Array:
    """(n, 1 or 2) codes and (n,) labels -> (HEIGHT, WIDTH) uint8: 0 for nothing, k + 1 for the colour of label k.

    With one dimension, each digit stands in the row of its label.
    """
    image = np.zeros((HEIGHT, WIDTH), np.uint8)
    finite = np.isfinite(codes).all(axis=1)
    codes, labels = codes[finite], labels[finite]
    if not len(codes):
        return image
    up = -labels.astype(float) if codes.shape[1] == 1 else codes[:, 1]
    across, upwards = _shares(codes[:, 0]), _shares(up)
    inside = (across >= 0) & (across <= 1) & (upwards >= 0) & (upwards <= 1)
    dots, inks = _dots(labels[inside]), labels[inside] % len(DIGIT_COLOURS) + 1
    size = dots.shape[1]
    columns = np.rint(across[inside] * (WIDTH - size)).astype(int)
    rows = np.rint((1 - upwards[inside]) * (HEIGHT - size)).astype(int)
    for down in range(size):
        for right in range(size):
            covered = dots[:, down, right]
            image[rows[covered] + down, columns[covered] + right] = inks[covered]
    return image


def _dots(labels: Array) -> Array:
    """(n, size, size) whether a pixel belongs to the dot of each digit; all alike where colours tell labels apart."""
    if not len(labels) or labels.max() < len(DIGIT_COLOURS):
        return np.ones((len(labels), DOT, DOT), bool)
    return _DOTS[labels // len(DIGIT_COLOURS) % len(SHAPES)]


def _shares(values: Array) -> Array:
    """(n,) numbers -> 0 at the left or lower edge of the image to 1 at the other; outliers lie outside."""
    low, high = np.percentile(values, [_OUTLIERS, 100 - _OUTLIERS])
    return np.asarray((values - low) / max(high - low, 1e-9))


def png(image: Array) -> bytes:
    """(h, w) uint8 as of `drawn` -> a PNG file with a palette, 0 transparent."""
    from PIL import Image  # 3 MB, which Streamlit takes too as soon as it shows a page

    picture, content = Image.fromarray(image), io.BytesIO()
    picture.putpalette(b"\0\0\0" + b"".join(bytes.fromhex(colour[1:]) for colour in DIGIT_COLOURS))
    picture.save(content, "PNG", transparency=0, optimize=True)
    return content.getvalue()
