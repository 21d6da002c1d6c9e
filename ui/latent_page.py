"""The parts of the Latent space page: which axes, the map, what it is worth."""

from __future__ import annotations

import streamlit as st

from autoencoder.store import Run
from ui.components import latent_map
from ui.latent_routes import moment
from ui.session import _

_NUMBERS = ("x0", "x1", "y0", "y1", "digit", "epoch")
_WORDS = ("colour", "digits")


def choose_axes(run: Run) -> str:
    """Which plane of the latent space is shown: empty for up to three dimensions, otherwise `pca` or two numbers."""
    d = run.architecture.latent_dim
    if d <= 3:
        return ""
    with st.container(horizontal=True, vertical_alignment="bottom", key="axes"):
        asked = st.query_params.get("axes", "pca")
        names = {"pca": _("the two main directions"), "two": _("two of its {d} dimensions", d=d)}
        how = st.segmented_control(
            _("Axes"),
            list(names),
            default="pca" if asked == "pca" else "two",
            format_func=lambda name: names[name],
            required=True,
            key="axes-how",
        )
        if how != "two":
            return "pca"
        first, second = _two_axes(asked, d)
        numbers = list(range(1, d + 1))
        x = st.selectbox(_("Across"), numbers, first, key="axes-x", width=110)
        others = [n for n in numbers if n != x]
        y = st.selectbox(_("Up"), others, others.index(second + 1) if second + 1 in others else 0, width=110)
    return f"{x - 1},{y - 1}"


def _two_axes(asked: str, d: int) -> tuple[int, int]:
    """What the address says, such as `0,3`; otherwise the first two."""
    numbers = [int(part) for part in asked.split(",") if part.isdecimal() and len(part) < 4]
    return (numbers[0], numbers[1]) if len(numbers) == 2 and max(numbers) < d else (0, 1)


def show_map(run: Run, axes: str) -> None:
    here, data, version = f"/api/runs/{run.id}", f"/api/datasets/{run.training.dataset}", moment(run)
    urls = {
        "map": f"{here}/map?axes={axes}&at={version}",
        "neighbours": f"{here}/neighbours?axes={axes}&at={version}",
        "codes": f"{here}/codes?at={version}",
        "decoder": f"{here}/decoder?at={version}",
        "images": f"{data}/images",
        "labels": f"{data}/labels",
    }
    if run.architecture.latent_dim <= 2 or axes == "pca":
        urls["frames"] = f"{here}/frames?at={version}"
    latent_map(urls, {**_asked_for(), "axes": axes or None}, key=f"map-{run.id}-{axes}-{version}")


def _asked_for() -> dict[str, str | float | None]:
    """What the address says of the view; nonsense is left out."""
    view: dict[str, str | float | None] = {name: st.query_params.get(name) for name in _WORDS}
    for name in _NUMBERS:
        try:
            view[name] = float(st.query_params[name])
        except (KeyError, ValueError):
            view[name] = None
    return view
