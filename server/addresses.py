"""Where pages and components ask this server: addresses of requests, each served by a route of `routes.py`.

Those of files and digits name the content, so that a browser may keep the answers for a year. None begins with a slash:
a browser completes them by the page that it is on, whatever path the app is seen under (`server/base_path.py`).
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlencode

from autoencoder.data.dataset import Dataset

COMPONENTS = Path(__file__).parents[1] / "ui" / "components"
PLOTLY = COMPONENTS.parent / "vendor" / "plotly-basic.min.js"  # axes, lines and bars: a quarter of all of Plotly.js
ASSET_TYPES = {".js": "text/javascript", ".css": "text/css"}
COMPARE = "compare"  # the page of that address
HOST_COMMANDS_URL = "api/classroom/commands"  # takes the host's commands to the room
UPLOADS_URL = "api/uploads"  # takes files; with the id of an upload behind it, what to do with them
OWN_DATASETS_URL = "api/own-datasets"  # takes another name for a data set, or deletes it


def asset_url(path: str) -> str:
    """A component's file, such as `monitor/monitor.js`, or PLOTLY's name; new whenever any of the files changes."""
    return f"assets/{assets_version()}/{path}"


def digits_url(
    dataset: Dataset, array: Literal["images", "labels", "rows"], start: int | None = None, count: int | None = None
) -> str:
    """All images, labels or rows of the file, or `count` of them from row `start` on: one uint8 a pixel or label."""
    rows = {key: value for key, value in (("start", start), ("count", count)) if value is not None}
    return f"{_dataset_url(dataset)}/{array}" + (f"?{urlencode(rows)}" if rows else "")


def pixel_map_url(dataset: Dataset, kind: str) -> str:
    """One map of a data set's held-out digits; `kind`: one of `embedding_names`."""
    return f"{_dataset_url(dataset)}/embeddings/{kind}"


def run_events_url(run_id: str, language: str) -> str:
    """The events of a run, over a websocket."""
    return f"api/runs/{run_id}/events?lang={language}"


def run_replay_url(run_id: str, language: str) -> str:
    """All messages of a stored run, as JSON."""
    return f"api/runs/{run_id}/replay?lang={language}"


def selections_url(run_id: str) -> str:
    """The named selections of a run: GET asks for them, POST changes them."""
    return f"api/runs/{run_id}/selections"


def run_commands_url(run_id: str, language: str) -> str:
    """Takes commands to a run; says in this language why it refuses one."""
    return f"api/runs/{run_id}/commands?lang={language}"


def exports_url(run_id: str) -> str:
    """What a run is taken home as: behind it the name of an export."""
    return f"api/runs/{run_id}/exports/"


def thumbnail_url(run_id: str, at: str) -> str:
    """The small map of a run as an image; `at` is new when the map is."""
    return f"api/runs/{run_id}/thumbnail?{urlencode({'at': at})}"


def tsne_url(run_id: str, language: str) -> str:
    """t-SNE of a run's codes: GET asks how far it is, POST starts it, DELETE cancels it."""
    return f"api/runs/{run_id}/tsne?lang={language}"


def decoder_url(run_id: str, snapshot: str) -> str:
    """Weights and activations of a run's decoder at a moment of its training."""
    return f"api/runs/{run_id}/decoder?at={snapshot}"


def encoder_url(run_id: str, snapshot: str) -> str:
    """Weights and activations of a run's encoder at a moment of its training."""
    return f"api/runs/{run_id}/encoder?at={snapshot}"


def errors_url(run_id: str, snapshot: str) -> str:
    """The errors of the digits that a run is judged on, at a moment of its training."""
    return f"api/runs/{run_id}/errors?at={snapshot}"


def map_data_url(run_id: str, part: Literal["map", "neighbours", "codes", "frames"], axes: str, snapshot: str) -> str:
    """A part of what a run's map draws at a moment of its training; the map by t-SNE, axes "tsne", has its own."""
    folder = f"api/runs/{run_id}" + ("/tsne" if axes == "tsne" else "")
    plane = "" if part == "codes" else f"axes={axes}&"  # the codes are the same on every plane
    return f"{folder}/{part}?{plane}at={snapshot}"


def room_events_url(language: str) -> str:
    """The events of everyone's runs, over a websocket, for the host."""
    return f"api/classroom/events?lang={language}"


def challenge_url(language: str, run_id: str | None = None) -> str:
    """The challenge and its board; and whether a run, the one that the page shows, has been deleted since."""
    return f"api/challenge?{urlencode({'lang': language, **({'run': run_id} if run_id else {})})}"


def map_page_url(run_id: str, digit: int | None = None, *, drawing: bool = False) -> str:
    """The Latent space page of a run, with a digit open, or the place to draw on, or neither."""
    return f"latent_space?run={run_id}" + ("" if digit is None else f"&digit={digit}") + ("&draw=1" if drawing else "")


def introduction_url(run_id: str | None) -> str:
    """The Train page with its introduction open, and with this run where there is one."""
    return "train" + (f"?run={quote(run_id, safe='')}" if run_id else "") + "#introduction"


def train_page_url(run_id: str) -> str:
    """The Train page of a run."""
    return f"train?run={run_id}"


def compare_page_url(*run_ids: str) -> str:
    """The Compare page with these runs; with none, what comes before their ids."""
    return f"{COMPARE}?runs={','.join(quote(run_id, safe='') for run_id in run_ids)}"


def _dataset_url(dataset: Dataset) -> str:
    return f"api/datasets/{quote(dataset.name, safe=':')}/{dataset.fingerprint}"


@cache
def assets_version() -> str:
    """Names the present content of all that `asset_url` leads to."""
    sources = b"".join(
        path.read_bytes() for path in [*sorted(COMPONENTS.rglob("*.*")), PLOTLY] if path.suffix in ASSET_TYPES
    )
    return hashlib.sha256(sources).hexdigest()[:12]
