"""What Python describes is what the components of the browser read, and the addresses in it lead somewhere."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from playwright._impl._driver import compute_driver_executable
from starlette.routing import Match

from autoencoder.data.dataset import load_dataset
from server import addresses
from server.routes import routes
from ui.components import descriptions
from ui.components.descriptions import Common, Description

ROOT = Path(__file__).parents[1]
COMPONENTS = ROOT / "ui" / "components"
DESCRIPTIONS = {kind.component: kind for kind in Description.__subclasses__()}
READS = """
const [folder, ...names] = process.argv.slice(1);
const modules = await Promise.all(names.map((name) => import(`${folder}/${name}/${name}.js`)));
console.log(JSON.stringify(Object.fromEntries(names.map((name, i) => [name, modules[i].READS]))));
"""
PICK = """
const [loader, object, reads] = process.argv.slice(1);
const { received } = await import(loader);
console.log(JSON.stringify(received(JSON.parse(object), JSON.parse(reads))));
"""


def node(script: str, *arguments: str) -> Any:
    command, _ = compute_driver_executable()
    call = [command, "--input-type=module", "--eval", script, *arguments]
    done = subprocess.run(call, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@cache
def read_in_javascript() -> dict[str, dict[str, list[str]]]:
    """By component: path of an object in its data -> the names that the component reads of it."""
    reads: dict[str, dict[str, list[str]]] = node(READS, COMPONENTS.as_uri(), *DESCRIPTIONS)
    return reads


def described(kind: type, path: str = "data") -> Iterator[tuple[str, set[str]]]:
    """The same of a dataclass and of those within it."""
    yield path, {field.name for field in fields(kind)}
    for name, hint in get_type_hints(kind).items():
        for inner in (hint, *get_args(hint)):
            if isinstance(inner, type) and is_dataclass(inner):
                yield from described(inner, f"{path}.{name}")


def test_each_component_has_a_description() -> None:
    folders = {path.parent.name for path in COMPONENTS.glob("*/words.json")}
    assert folders == set(DESCRIPTIONS)


@pytest.mark.parametrize("component", DESCRIPTIONS)
def test_a_component_reads_the_fields_of_its_description_and_no_others(component: str) -> None:
    reads = {path: set(names) for path, names in read_in_javascript()[component].items()}
    common = {field.name for field in fields(Common)} - {"module_url"}  # that is the loader's
    if component == "theme":
        common -= {"lang"}  # it writes no number
    if component == "address":
        common = set()  # it says nothing
    if component == "page":
        common -= {"words"}  # it draws nothing
    expected = dict(described(DESCRIPTIONS[component]))
    expected["data"] = expected["data"] | common
    assert reads == expected


@pytest.mark.parametrize("component", DESCRIPTIONS)
def test_what_a_component_says_that_it_reads_stands_in_its_scripts(component: str) -> None:
    """Beside the list itself; also in those of a folder that it shares."""
    shared = [COMPONENTS / "shared" / name for name in DESCRIPTIONS[component].shares]
    folders = [COMPONENTS / component, *shared]
    scripts = "".join(path.read_text() for folder in folders for path in folder.rglob("*.js"))
    code = re.sub(r"export const READS = \{.*?\};", "", scripts, flags=re.DOTALL)
    names = {name for listed in read_in_javascript()[component].values() for name in listed}
    assert {name for name in names if not re.search(rf"\b{name}\b", code)} == set()


def test_each_field_of_a_description_says_in_its_line_what_it_is() -> None:
    kinds = [kind for kind in vars(descriptions).values() if isinstance(kind, type) and is_dataclass(kind)]
    lines = Path(descriptions.__file__).read_text().splitlines()
    for name in {field.name for kind in kinds for field in fields(kind)}:
        written = [line for line in lines if re.match(rf"    {name}: ", line)]
        assert written
        assert all("  # " in line for line in written), written
    assert not any(Any in get_type_hints(kind).values() for kind in kinds)


def test_the_loader_hands_over_only_what_is_read() -> None:
    reads = {"data": ["view", "cards", "detail"], "data.view": ["by"], "data.detail": ["index"]}
    given = {"view": {"by": "first", "of": "all"}, "cards": [1, 2], "detail": None, "secret": 1}
    loader = (COMPONENTS / "loader.js").as_uri()
    assert node(PICK, loader, json.dumps(given), json.dumps(reads)) == {
        "view": {"by": "first"}, "cards": [1, 2], "detail": None,
    }  # fmt: skip


def test_each_address_is_served_by_a_route() -> None:
    mnist = load_dataset()
    made = [
        addresses.HOST_COMMANDS_URL,
        addresses.UPLOADS_URL,
        f"{addresses.UPLOADS_URL}/some-upload",
        addresses.OWN_DATASETS_URL,
        addresses.run_events_url("some-run", "en"),
        addresses.run_replay_url("some-run", "en"),
        addresses.run_commands_url("some-run", "en"),
        addresses.thumbnail_url("some-run", "4.000"),
        f"{addresses.exports_url('some-run')}csv",
        addresses.tsne_url("some-run", "en"),
        addresses.decoder_url("some-run", "final"),
        addresses.encoder_url("some-run", "final"),
        addresses.errors_url("some-run", "final"),
        *(
            addresses.map_data_url("some-run", part, "pca", "final")
            for part in ("map", "neighbours", "codes", "frames")
        ),
        *(addresses.map_data_url("some-run", part, "tsne", "final") for part in ("map", "neighbours", "codes")),
        addresses.room_events_url("en"),
        addresses.challenge_url("en", "some-run"),
        addresses.digits_url(mnist, "images", 0, 16),
        addresses.pixel_map_url(mnist, "pca"),
    ]
    for address in made:
        assert not address.startswith("/")  # a browser completes it by the page that it is on
        scope = {"type": "http", "path": f"/{address.partition('?')[0]}", "method": "GET", "root_path": ""}
        assert any(route.matches(scope)[0] != Match.NONE for route in routes()), address


def test_links_to_pages_hold_behind_any_path() -> None:
    pages = (addresses.map_page_url("a-run", 3), addresses.introduction_url("a-run"), addresses.train_page_url("a-run"))
    assert [address.partition("?")[0] for address in pages] == ["latent_space", "train", "train"]


def test_no_page_and_no_component_makes_an_address_itself() -> None:
    sources = [path for folder in ("pages", "ui") for path in (ROOT / folder).rglob("*.*")]
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in sources
        if path.suffix in (".js", ".py")
        for line in path.read_text().splitlines()
        if re.search(r"[\"'`]/(api|assets|latent_space|train|reconstructions|classroom)\b", line)
    ]
    assert found == []
