"""The structure: which module may import which, where TensorFlow and Streamlit may be, and what no file says."""

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
FOLDERS = ("autoencoder", "server", "ui", "pages", "tests", "benchmarks", "docs", ".ci", ".streamlit")
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
SIDES = ("autoencoder", "server", "ui", "pages", "app")  # each imports from itself and from those before it
PACKAGES = (  # of the backend: each imports from itself and from those in earlier rows
    ("colours", "sentences"),
    ("errors",),
    ("process", "option_kinds", "schedules", "layers"),
    ("settings",),
    ("presets",),
    ("choices",),
    ("flags", "network", "sweep"),
    ("data",),
    ("analysis",),
    ("training",),
    ("runs",),
    ("engine", "workshop"),
    ("asked", "results", "add_command"),
    ("export",),
    ("sweep_command", "export_command"),
    ("__main__",),
)
IMPORT_ALL = """
import importlib, json, pkgutil, sys
import app, autoencoder, server, ui
for package in (autoencoder, server, ui):
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


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


SOURCES = [*modules("autoencoder", "server", "ui", "pages"), ROOT / "app.py"]
NAMES = {module_name(path): path for path in SOURCES}


def own_imports(path: Path) -> set[str]:
    """The modules of this project that a file imports."""
    found = {name if name in NAMES else name.rpartition(".")[0] for name in imports(path)}
    return {name for name in found if name in NAMES} - {module_name(path)}


class TestImports:
    @pytest.mark.parametrize("path", SOURCES, ids=name_of)
    def test_pages_import_ui_imports_server_imports_the_backend(self, path: Path) -> None:
        side = SIDES.index(path.relative_to(ROOT).parts[0].removesuffix(".py"))
        assert not packages(path) & set(SIDES[side + 1 :])

    @pytest.mark.parametrize("path", modules("autoencoder"), ids=name_of)
    def test_packages_of_the_backend_import_only_from_lower_ones(self, path: Path) -> None:
        rows = {package: row for row, names in enumerate(PACKAGES) for package in names}
        own = package_of(module_name(path))
        for other in {package_of(name) for name in own_imports(path)} - {own, ""}:
            assert rows[other] < rows[own], f"{own} imports {other}"

    def test_the_order_of_packages_names_each_of_them(self) -> None:
        there = {path.stem for path in (ROOT / "autoencoder").iterdir() if path.suffix == ".py" or is_package(path)}
        assert there - {"__init__"} == {name for row in PACKAGES for name in row}

    def test_no_files_import_each_other_in_a_circle(self) -> None:
        left = {name: own_imports(path) for name, path in NAMES.items()}
        while free := {name for name, needs in left.items() if not needs & left.keys()}:
            left = {name: needs for name, needs in left.items() if name not in free}
        assert not left

    @pytest.mark.parametrize("path", modules("ui", "pages"), ids=name_of)
    def test_no_page_imports_a_module_with_routes(self, path: Path) -> None:
        """What it fetches is in server/addresses.py."""
        with_routes = own_imports(ROOT / "server" / "routes.py")
        assert "server.digits" in with_routes
        assert not own_imports(path) & with_routes

    @pytest.mark.parametrize("path", [*modules("ui", "pages"), ROOT / "app.py"], ids=name_of)
    def test_only_the_session_module_reads_session_state(self, path: Path) -> None:
        assert path == ROOT / "ui" / "session.py" or "session_state" not in path.read_text()

    @pytest.mark.parametrize("path", modules("pages"), ids=name_of)
    def test_no_page_imports_another(self, path: Path) -> None:
        assert "pages" not in packages(path)

    @pytest.mark.parametrize("path", modules("autoencoder"), ids=name_of)
    def test_the_backend_imports_neither_streamlit_nor_starlette(self, path: Path) -> None:
        assert not packages(path) & {"streamlit", "starlette"}

    @pytest.mark.parametrize("path", modules("server"), ids=name_of)
    def test_the_server_imports_no_streamlit(self, path: Path) -> None:
        assert "streamlit" not in packages(path)

    def test_only_the_keras_module_imports_tensorflow(self) -> None:
        found = {name_of(path) for path in SOURCES if packages(path) & {"tensorflow", "keras"}}
        assert found == {"autoencoder/network/keras.py"}

    def test_only_the_compiled_loop_asks_the_keras_module_for_tensorflow(self) -> None:
        asks = {name for path in SOURCES for name in imports(path) if name == "autoencoder.network.keras.tensorflow"}
        assert asks
        askers = {name_of(path) for path in SOURCES if asks & set(imports(path))}
        assert askers == {"autoencoder/training/compiled.py"}

    @pytest.mark.parametrize("path", modules("tests"), ids=name_of)
    def test_the_tests_ask_the_keras_module_for_it_too(self, path: Path) -> None:
        """Whoever imports it first must also say how many cores it may take; afterwards it refuses."""
        assert not packages(path) & {"tensorflow", "keras"}

    def test_tensorflow_is_imported_within_functions_only(self) -> None:
        tree = ast.parse((ROOT / "autoencoder" / "network" / "keras.py").read_text())
        at_the_top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        assert at_the_top
        assert not {"tensorflow", "keras"} & {alias.name.split(".")[0] for node in at_the_top for alias in node.names}

    def test_each_error_class_is_in_errors(self) -> None:
        elsewhere = {
            f"{name_of(path)}: {node.name}"
            for path in SOURCES
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ClassDef) and any(is_error(base) for base in node.bases)
            if path != ROOT / "autoencoder" / "errors.py"
        }
        assert not elsewhere


def is_package(path: Path) -> bool:
    return (path / "__init__.py").exists()


def package_of(module: str) -> str:
    """`runs` of autoencoder.runs.store, `settings` of autoencoder.settings; "" for autoencoder itself."""
    return module.split(".")[1] if "." in module else ""


def is_error(base: ast.expr) -> bool:
    name = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
    return name in ERRORS or name in {"Exception", "ValueError", "RuntimeError", "OSError"}


ERRORS = {
    node.name
    for node in ast.parse((ROOT / "autoencoder" / "errors.py").read_text()).body
    if isinstance(node, ast.ClassDef)
}


def test_the_web_process_never_imports_tensorflow() -> None:
    """The app, all that the pages import, and every module of the core and of ui/, in a process of their own."""
    wanted = sorted({name.rsplit(".", 1)[0] for path in modules("pages") for name in imports(path) if "." in name})
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, json.dumps(wanted)], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert {"app", "autoencoder", "server", "ui", "streamlit", "sklearn"} <= set(loaded)
    assert not {"tensorflow", "keras"} & set(loaded)


def test_pages_import_neither_the_engine_nor_the_store() -> None:
    """They ask the service, which only app.py makes."""
    wanted = sorted({name for path in modules("pages") for name in own_imports(path)})
    code = f"import sys, {', '.join(wanted)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert {"ui.session", "server.state"} <= loaded
    assert not {name for name in loaded if name.startswith("autoencoder.engine")} | {"autoencoder.runs.store"} & loaded


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_nothing_is_read_that_could_run_as_code(path: Path) -> None:
    """Of a `.keras` file only arrays are read, nothing is unpickled, and no array read that may be pickled."""
    assert not packages(path) & {"pickle", "cloudpickle", "joblib", "shelve", "marshal"}
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    for call in calls:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        assert name not in {"load_model", "load_weights", "model_from_json", "deserialize_keras_object", "eval", "exec"}
        if name == "load" and getattr(getattr(call.func, "value", None), "id", "") == "np":
            assert any(k.arg == "allow_pickle" and k.value.value is False for k in call.keywords)  # type: ignore[attr-defined]


def test_no_file_is_called_utils() -> None:
    names = {path.stem for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".js")}
    assert "settings" in names
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
    on_top = [path for path in ROOT.iterdir() if path.name != ".git"]  # a file in a git worktree: it names its folder
    files = [path for path in [*inside, *on_top] if path.is_file() and path.suffix in TEXT]
    assert Path(__file__) in files
    return files
