"""The documents name what is there: the tree of modules, files, and tests."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from docs import tree

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
FILE = re.compile(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|js|mjs|html|css|json|po|md|npz|yaml))`")
FOLDER = re.compile(r"`((?:[\w.-]+/)+)`")
MADE = ("models/", "cluster")  # what a running app or a command leaves


def named(pattern: re.Pattern[str], page: Path) -> list[str]:
    return [
        name
        for name in pattern.findall(page.read_text())
        if not name.startswith(MADE) and not re.search("NAME|XX", name)
    ]


def test_the_architecture_page_has_each_module_with_its_line_and_no_other() -> None:
    page = tree.PAGE.read_text()
    assert tree.written(page) == page, "run: make docs"


def test_each_module_says_what_it_is_for() -> None:
    assert len(tree.modules()) > 150
    silent = [str(path.relative_to(ROOT)) for path in tree.modules() if len(tree.purpose(path)) < 10]
    assert not silent


def test_the_tree_names_exactly_the_modules_that_git_keeps() -> None:
    """Independent of the code that draws it: indentation is the folder."""
    found, folders = set(), [""]
    for line in tree.tree().splitlines()[1:-1]:
        depth, name = (len(line) - len(line.lstrip())) // 2, line.split()[0]
        folders = folders[: depth + 1]
        if name.endswith("/"):
            folders.append(folders[-1] + name)
        else:
            found.add(folders[-1] + name)
    listed = subprocess.run(
        ["git", "ls-files", "*.py", "*.js"], cwd=ROOT, capture_output=True, text=True
    ).stdout.split()
    ours = {name for name in listed if name.split("/")[0] in ("app.py", "pages", "ui", "server", "autoencoder")}
    assert found == {name for name in ours if not name.endswith("__init__.py") and (ROOT / name).exists()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_and_folders_that_a_document_names_exist(page: Path) -> None:
    places = (ROOT, ROOT / "autoencoder", ROOT / "server", ROOT / "ui")
    names = named(FILE, page) + named(FOLDER, page)
    assert not [name for name in names if not any((place / name).exists() for place in places)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tests_that_a_document_names_exist(page: Path) -> None:
    sources = "".join(path.read_text() for path in (ROOT / "tests").rglob("*.py"))
    for name in re.findall(r"`(test_\w+)`", page.read_text()):
        assert f"def {name}(" in sources or (ROOT / "tests" / f"{name}.py").exists(), name
