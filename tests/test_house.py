"""The rules of the house: who may import whom, and what no file may say."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("autoencoder", "ui", "pages", "tests", "benchmarks", "docs", ".ci", ".streamlit")
TEXT = {
    ".py",
    ".js",
    ".mjs",
    ".css",
    ".html",
    ".md",
    ".toml",
    ".json",
    ".txt",
    ".yaml",
    ".yml",
    ".po",
    ".cfg",
    ".sh",
    "",
}
LAYERS = {"autoencoder": 0, "ui": 1, "pages": 2, "app": 3}  # one may import from itself and from what is lower
IMPORT_ALL = """
import importlib, json, pkgutil, sys
import app, autoencoder, ui
for package in (autoencoder, ui):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if module.name != "ui.frame":  # a script: it draws
            importlib.import_module(module.name)
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""


def modules(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, also within functions: `from a import b` is a and a.b."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name_of(path)} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def packages(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


class TestImports:
    @pytest.mark.parametrize("path", [*modules("autoencoder", "ui", "pages"), ROOT / "app.py"], ids=name_of)
    def test_point_one_way(self, path: Path) -> None:
        own = LAYERS[path.relative_to(ROOT).parts[0].removesuffix(".py")]
        above = {layer for layer, height in LAYERS.items() if height > own}
        assert not packages(path) & above

    @pytest.mark.parametrize("path", modules("pages"), ids=name_of)
    def test_no_page_imports_another(self, path: Path) -> None:
        assert "pages" not in packages(path)

    @pytest.mark.parametrize("path", modules("autoencoder"), ids=name_of)
    def test_the_core_knows_no_page(self, path: Path) -> None:
        assert "streamlit" not in packages(path)

    def test_only_training_imports_tensorflow(self) -> None:
        found = {name_of(path) for path in [*modules("autoencoder", "ui", "pages"), ROOT / "app.py"]
                 if packages(path) & {"tensorflow", "keras"}}  # fmt: skip
        assert found == {"autoencoder/training.py"}

    def test_training_imports_it_only_when_something_is_trained(self) -> None:
        tree = ast.parse((ROOT / "autoencoder" / "training.py").read_text())
        at_the_top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        assert at_the_top
        assert not {"tensorflow", "keras"} & {alias.name.split(".")[0] for node in at_the_top for alias in node.names}


def test_the_web_process_never_imports_tensorflow() -> None:
    """The app, all that the pages import, and every module of the core and of ui/, in a process of their own."""
    wanted = sorted({name.rsplit(".", 1)[0] for path in modules("pages") for name in imports(path) if "." in name})
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, json.dumps(wanted)], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert {"app", "autoencoder", "ui", "streamlit", "sklearn"} <= set(loaded)
    assert not {"tensorflow", "keras"} & set(loaded)


@pytest.mark.parametrize("path", [*modules("autoencoder", "ui", "pages"), ROOT / "app.py"], ids=name_of)
def test_nothing_is_read_that_could_run_as_code(path: Path) -> None:
    """No `.keras` file is opened, nothing unpickled, and no array read that may be pickled."""
    assert not packages(path) & {"pickle", "cloudpickle", "joblib", "shelve", "marshal"}
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    for call in calls:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        assert name not in {"load_model", "load_weights", "model_from_json", "deserialize_keras_object", "eval", "exec"}
        if name == "load" and getattr(getattr(call.func, "value", None), "id", "") == "np":
            assert any(k.arg == "allow_pickle" and k.value.value is False for k in call.keywords)  # type: ignore[attr-defined]


def test_no_file_is_called_utils() -> None:
    names = {path.stem for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".js")}
    assert "training" in names
    assert not {"utils", "util", "helpers", "misc", "common"} & names


def test_no_file_names_a_place_on_somebody_s_machine() -> None:
    place = re.compile(r"(?<![\w.~])/(?:work|tmp|root|home|Users|mnt|private)/[\w.-]|\b[A-Z]:\\\\?(?:Users|work)")
    found = {
        f"{name_of(path)}:{i}"
        for path in texts()
        for i, line in enumerate(path.read_text(encoding="utf-8", errors="ignore").splitlines(), 1)
        if place.search(line)
    }
    assert not found


def texts() -> list[Path]:
    inside = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
    files = [path for path in [*inside, *ROOT.iterdir()] if path.is_file() and path.suffix in TEXT]
    assert Path(__file__) in files
    return files
