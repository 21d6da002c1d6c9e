"""The map as one HTML file: the app's own modules, Plotly and what the map draws, and nothing is asked of a network.

The modules import each other by names that an import map leads to, as a file may not import its neighbours.
"""

from __future__ import annotations

import base64
import gettext
import gzip
import html
import json
import re
import tomllib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from string import Template
from typing import Any

from autoencoder.analysis.latent_space import plane
from autoencoder.analysis.neighbours import neighbourhoods
from autoencoder.errors import N_, RunUnreadable
from autoencoder.export.archive import goes_with_images
from autoencoder.export.map_parts import codes_part, frames_part, layers_part, neighbours_part, places_part
from autoencoder.export.readme import name_of
from autoencoder.export.record import Export
from autoencoder.export.source import Source
from autoencoder.training.records import Frame

_ROOT = Path(__file__).parents[2]
_COMPONENTS = _ROOT / "ui" / "components"
_ENTRY = "map/offline.js"
_FOLDERS = ("shared/picture", "map")  # whose words and styles it has
_CATALOGUES = _ROOT / "server" / "locales"
_MOST_FRAMES = 20  # of the replay
_IMPORT = re.compile(r'^(import[^"]*)"(\.[^"]+)"', re.M)
_CAPITAL = re.compile("[A-Z]")
_MARK = re.compile(r"\[([^\]]+)\]\(\w+\)")  # [MSE](mse): a word that the app explains
_FIGURES = {  # by whether digits were held out
    True: N_("MSE {mse} per pixel, held out · {d} numbers in a code · {parameters} parameters · map of {count}"),
    False: N_("MSE {mse} per pixel · {d} numbers in a code · {parameters} parameters · map of {count}"),
}
_TOO_OLD = N_("This browser cannot open the map. Try a newer one, such as Firefox 113, Chrome 89 or Safari 16.4.")


def map_page(source: Source) -> str:
    """The whole file. Raises AutoencoderError where the run's digits or codes are gone."""
    run = source.run
    axes = "" if run.architecture.latent_dim <= 3 else "pca"
    parts = _parts(source, axes)
    dataset = source.dataset
    data: dict[str, Any] = {
        "classes": dataset.shown_classes, "link": run.id, "view": {"axes": axes or None}, "projections": [],
        "beside": [], "companion": None, "learning": False, "dataset": None, "plotly_url": "",
    }  # fmt: skip
    page = {"data": data, "parts": list(parts), "words": {each: _words(source, each) for each in _languages()}}
    packed = {**parts, "plotly": (_ROOT / "ui" / "vendor" / "plotly-basic.min.js").read_bytes()}
    return Template((Path(__file__).parent / "map_page.html").read_text()).substitute(
        title=html.escape(name_of(run)),
        css="\n".join(path.read_text() for path in _styles()),
        modules=_in_script(json.dumps({"imports": _modules()})),
        page=_in_script(json.dumps(page, ensure_ascii=False)),
        parts="\n".join(_element(name, part) for name, part in packed.items()),
        entry=_name_of(_ENTRY),
        **_colours(),
    )


def _parts(source: Source, axes: str) -> dict[str, bytes]:
    """What the map fetches in the app, of the last digits, by the names of its addresses."""
    run, space, dataset = source.run, source.space, source.dataset
    rows = _rows(source)
    view, described = plane(space.codes, axes), source.model.description()
    around = neighbourhoods(space.codes[rows], dataset.labels[rows], dataset.n_classes)
    parts = {
        "map": places_part(run, space, axes, dataset.n_training, rows),
        "labels": dataset.labels[rows].tobytes(),
        "decoder": layers_part(described.decoder, in_steps=True, output_scale=255 / described.scale),
        "neighbours": neighbours_part(around, view.positions[rows]),
    }
    if view.positions.shape[1] < run.architecture.latent_dim:
        parts["codes"] = codes_part(space, rows)
    if source.with_images or not goes_with_images(dataset.name):
        parts["images"] = dataset.images[rows].tobytes()
    with suppress(RunUnreadable):  # none were kept on these axes: without a replay
        frames = [_cut(frame, source.digits) for frame in source.store.load_frames(run.id, most=_MOST_FRAMES)]
        parts["frames"] = frames_part(run, frames, space, axes, dataset.n_training, source.history.records)
    return parts


def _rows(source: Source) -> slice:
    """Those held out first, which the replay shows; then those before them."""
    count = min(source.digits, len(source.dataset))
    first = min(source.dataset.n_training, len(source.dataset) - count)
    return slice(first, first + count)


def _cut(frame: Frame, count: int) -> Frame:
    space = None if frame.space is None else frame.space[:count]
    return replace(frame, codes=frame.codes[:count], space=space)


def _words(source: Source, language: str) -> dict[str, str]:
    """The sentences of the map in a language, and what stands above it."""
    catalogue = gettext.translation("lab", _CATALOGUES, [language], fallback=True)
    said = [json.loads((_COMPONENTS / folder / "words.json").read_text()) for folder in _FOLDERS]
    words = {key: _MARK.sub(r"\1", catalogue.gettext(text)) for each in said for key, text in each.items()}
    if not source.run.training.holds_out:
        words |= {key.removesuffix("_seen"): text for key, text in words.items() if key.endswith("_seen")}
    error = source.run.measures and source.run.measures.error
    figures = catalogue.gettext(_FIGURES[source.run.training.holds_out]).format(
        mse=f"{error:.4f}" if error is not None else "–",
        d=source.run.architecture.latent_dim,
        parameters=f"{source.run.architecture.parameter_count:,}",
        count=f"{min(source.digits, len(source.dataset)):,}",
    )
    return {**words, "figures": figures, "too_old": catalogue.gettext(_TOO_OLD)}


def _languages() -> list[str]:
    """Those that have a catalogue: all that the app speaks."""
    return sorted(path.parts[-3] for path in _CATALOGUES.glob("*/LC_MESSAGES/lab.mo"))


def _styles() -> list[Path]:
    return [_ROOT / "ui" / "frame.css", *(path for folder in _FOLDERS for path in (_COMPONENTS / folder).glob("*.css"))]


def _modules() -> dict[str, str]:
    """The map's module and all that it needs, as addresses that hold the scripts themselves."""
    found: dict[str, str] = {}
    waiting = [_ENTRY]
    while waiting:
        path = waiting.pop()
        if _name_of(path) in found:
            continue
        folder = (_COMPONENTS / path).parent
        text = (_COMPONENTS / path).read_text()
        beside = {each: str((folder / each).resolve().relative_to(_COMPONENTS)) for _, each in _IMPORT.findall(text)}
        waiting += beside.values()
        named = _IMPORT.sub(lambda match: f'{match[1]}"{_name_of(beside[match[2]])}"', text)  # noqa: B023
        found[_name_of(path)] = f"data:text/javascript;base64,{base64.b64encode(named.encode()).decode()}"
    return found


def _name_of(path: str) -> str:
    return f"lab/{path}"


def _colours() -> dict[str, str]:
    """The light and the dark theme, as the app has them."""
    theme: dict[str, Any] = tomllib.loads((_ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    names = ("primaryColor", "backgroundColor", "secondaryBackgroundColor", "textColor", "borderColor")

    def variables(of: dict[str, str]) -> str:
        return " ".join(f"--st-{_CAPITAL.sub(_dashed, name)}: {of[name]};" for name in names)

    return {"light": f"--st-font: system-ui, sans-serif; {variables(theme['light'])}", "dark": variables(theme["dark"])}


def _dashed(capital: re.Match[str]) -> str:
    return f"-{capital[0].lower()}"


def _element(name: str, content: bytes) -> str:
    packed = base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()
    return f'<script type="text/plain" id="{name}">{packed}</script>'


def _in_script(text: str) -> str:
    """JSON that ends no element of the page, whatever names it holds."""
    return text.replace("<", "\\u003c")


def _write(source: Source, path: Path) -> None:
    path.write_text(map_page(source), encoding="utf-8")


HTML = Export(
    "html", N_("The map as a web page"), N_("One file that works without a network: codes, digits, replay."),
    "map.html", "text/html", _write,
)  # fmt: skip
