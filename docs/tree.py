"""Writes the tree of modules in docs/architecture.md, a line each, from the first lines of the modules: `make docs`."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
FOLDERS = ("pages", "ui", "server", "autoencoder")
COLUMN = 28  # where descriptions begin
START, END = "<!-- tree: written by `make docs` -->\n", "<!-- /tree -->\n"


def tree() -> str:
    """The modules of the project as a Markdown code block, folders before the files that are not theirs."""
    lines = [_line(ROOT / "app.py", 0)]
    for folder in FOLDERS:
        lines += _folder(ROOT / folder, 0)
    return "\n".join(["```text", *lines, "```", ""])


def modules() -> list[Path]:
    """Every Python and JavaScript module of the app; `__init__.py` counts where it says something."""
    found = [ROOT / "app.py"]
    for folder in FOLDERS:
        found += [path for path in sorted((ROOT / folder).rglob("*")) if path.suffix in (".py", ".js")]
    return [path for path in found if path.name != "__init__.py" or path.stat().st_size]


def purpose(module: Path) -> str:
    """The first sentence of a module's docstring, or of the comment that a JavaScript module begins with.

    Of a library's script that we keep: the first line of its banner.
    """
    if module.suffix == ".py":
        said = ast.get_docstring(ast.parse(module.read_text())) or ""
        text = said.split("\n\n")[0]
    else:
        text = " ".join(_leading_comment(module.read_text()))
    return re.split(r"\.(?:\s|$)", " ".join(text.split()))[0]


def _leading_comment(source: str) -> list[str]:
    if banner := re.match(r"/\*\*\s*\* (.*)", source):
        return [banner[1]]
    lines = []
    for line in source.splitlines():
        if not line.startswith("//"):
            break
        lines.append(line.removeprefix("//").strip())
    return lines


def _folder(folder: Path, depth: int) -> list[str]:
    known = set(modules())
    inside = [path for path in sorted(folder.iterdir()) if path in known]
    below = [path for path in sorted(folder.iterdir()) if path.is_dir() and any(path in m.parents for m in known)]
    title = f"{'  ' * depth}{folder.name}/"
    init = folder / "__init__.py"
    said = purpose(init) if init in known else ""
    lines = [f"{title:{COLUMN}}{said}".rstrip()]
    for path in inside:
        if path != init:
            lines.append(_line(path, depth + 1))
    for path in below:
        lines += _folder(path, depth + 1)
    return lines


def _line(module: Path, depth: int) -> str:
    name = f"{'  ' * depth}{module.name}"
    return f"{name:{COLUMN}}{'' if len(name) < COLUMN else '  '}{purpose(module)}"


def written(page: str) -> str:
    """The page with today's tree. Raises ValueError where it has no place for one."""
    before, rest = page.split(START)
    return before + START + tree() + END + rest.split(END)[1]


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
