"""The map as one file: all that it needs is inside, and nothing that should stay here."""

from __future__ import annotations

import base64
import gzip
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import QUICK
from exports import finished_run

from autoencoder.data.dataset import Dataset
from autoencoder.data.own import add_dataset
from autoencoder.export.map_page import map_page
from autoencoder.export.source import Source
from autoencoder.presets import PRESETS
from autoencoder.runs.store import RunStore
from server.language import LANGUAGES

LARGEST = 6_000_000  # bytes of a shipped preset's, with 10,000 digits
ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "models"
COMPONENTS = ROOT / "ui" / "components"
SCRIPTS = [*COMPONENTS.glob("map/**/*.js"), *COMPONENTS.glob("shared/picture/*.js")]


class Elements(HTMLParser):
    """The scripts of a page by their ids or types, and all addresses that it would ask for."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.scripts: dict[str, str] = {}
        self.asked: list[str] = []
        self._open: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.asked += [value for name, value in attrs if name in ("src", "href") and value]
        self._open = (given.get("id") or given.get("type")) if tag == "script" else None

    def handle_data(self, data: str) -> None:
        if self._open:
            self.scripts[self._open] = self.scripts.get(self._open, "") + data


def opened(source: Source) -> tuple[Elements, Any]:
    elements = Elements(map_page(source))
    return elements, json.loads(elements.scripts["page"])


def part(elements: Elements, name: str) -> bytes:
    return gzip.decompress(base64.b64decode(elements.scripts[name]))


def header(content: bytes) -> Any:
    size = int.from_bytes(content[:4], "little")
    return json.loads(content[4 : 4 + size])


def test_the_file_holds_digits_codes_decoder_and_replay(store: RunStore, tiny: Dataset) -> None:
    source = Source(finished_run(store), store, digits=20)
    elements, page = opened(source)
    assert set(page["parts"]) == {"map", "labels", "images", "decoder", "neighbours", "frames"}
    first = min(tiny.n_training, len(tiny) - 20)  # those held out come first
    said = header(part(elements, "map"))
    assert (said["start"], said["images_from"], said["n_training"]) == (first, first, tiny.n_training)
    assert part(elements, "images") == tiny.images[first : first + 20].tobytes()
    assert part(elements, "labels") == tiny.labels[first : first + 20].tobytes()
    assert header(part(elements, "frames"))["epochs"] == [1.0, 2.0]
    kernels = [each for each in header(part(elements, "decoder"))["arrays"] if each["name"].startswith("weights")]
    assert all("low" in each for each in kernels)


def test_it_names_the_run_and_its_figures_in_two_languages_whatever_it_is_called(store: RunStore) -> None:
    run = replace(finished_run(store), name="</script><b>4 & 9</b>")
    text = map_page(Source(run, store))
    assert "<title>&lt;/script&gt;&lt;b&gt;4 &amp; 9" in text
    words = json.loads(Elements(text).scripts["page"])["words"]
    assert list(words) == sorted(LANGUAGES)
    assert run.measures is not None
    assert run.measures.error is not None
    for language, said in {"en": "numbers in a code", "es": "números en un código"}.items():
        assert f"{run.measures.error:.4f}" in words[language]["figures"]
        assert said in words[language]["figures"]
    assert words["es"]["replay"] == "Repetición"
    said = set(re.findall(r"voice\.say\(\"(\w+)\"", "".join(path.read_text() for path in SCRIPTS)))
    assert said <= words["en"].keys() == words["es"].keys()
    assert not [word for word in words["en"].values() if "](" in word]  # what the app explains is not explained here


def test_every_module_that_one_imports_is_inside_and_nothing_is_asked_for(store: RunStore) -> None:
    elements, _ = opened(Source(finished_run(store), store))
    modules = json.loads(elements.scripts["importmap"])["imports"]
    assert elements.asked == []
    for address in modules.values():
        text = base64.b64decode(address.removeprefix("data:text/javascript;base64,")).decode()
        imported = re.findall(r'^import[^"]*"([^"]+)"', text, re.M)
        assert set(imported) <= modules.keys()
    assert re.findall(r'import "([^"]+)"', elements.scripts["module"]) == ["lab/map/offline.js"]
    assert "lab/map/map.js" in modules


def test_images_of_ones_own_go_along_only_where_that_is_asked_for(store: RunStore, tiny: Dataset) -> None:
    own = add_dataset(tiny, "Mine", None, "mine.npz")
    run = finished_run(store, training=replace(QUICK, dataset=own.id))
    assert "images" not in opened(Source(run, store))[1]["parts"]
    assert "images" in opened(Source(run, store, with_images=True))[1]["parts"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "preset", ["best-8d", *(pytest.param(each, marks=pytest.mark.proof) for each in PRESETS if each != "best-8d")]
)
def test_the_maps_of_the_shipped_runs_are_small_enough_to_be_sent(preset: str) -> None:
    store = RunStore(SHIPPED)
    page = map_page(Source(store.load(preset), store))
    print(f"{preset}: {len(page) / 1e6:.1f} MB")
    assert len(page.encode()) <= LARGEST
    labels = part(Elements(page), "labels")
    assert len(np.frombuffer(labels, np.uint8)) == 10_000
