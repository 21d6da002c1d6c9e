"""Addresses of what a page fetches. They name the content, so that a browser may keep the answers for a year."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlencode

from autoencoder.data.dataset import Dataset

COMPONENTS = Path(__file__).parents[1] / "ui" / "components"
ASSET_TYPES = {".js": "text/javascript", ".css": "text/css"}


def asset_url(path: str) -> str:
    """A component's file, such as `monitor/monitor.js`, or `plotly.min.js`; new whenever any of the files changes."""
    return f"/assets/{_fingerprint()}/{path}"


def digits_url(
    dataset: Dataset, array: Literal["images", "labels"], start: int | None = None, count: int | None = None
) -> str:
    """All images or labels, or `count` of them from row `start` on: one uint8 a pixel or label."""
    rows = {key: value for key, value in (("start", start), ("count", count)) if value is not None}
    return f"{_dataset_url(dataset)}/{array}" + (f"?{urlencode(rows)}" if rows else "")


def pixel_map_url(dataset: Dataset, kind: str) -> str:
    """One map of a data set's held-out digits; `kind`: one of `embedding_names`."""
    return f"{_dataset_url(dataset)}/embeddings/{kind}"


def _dataset_url(dataset: Dataset) -> str:
    return f"/api/datasets/{quote(dataset.name, safe=':')}/{dataset.fingerprint}"


@cache
def _fingerprint() -> str:
    sources = b"".join(path.read_bytes() for path in sorted(COMPONENTS.rglob("*.*")) if path.suffix in ASSET_TYPES)
    return hashlib.sha256(sources + version("plotly").encode()).hexdigest()[:12]
