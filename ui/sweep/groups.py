"""A sweep as it fills: how far it is, its curve or its heat map, its runs, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import streamlit as st

from autoencoder.choices import OPTIONS
from autoencoder.data.baseline import pca_mse
from autoencoder.errors import AutoencoderError
from autoencoder.presets import PRESETS
from autoencoder.runs.run import STATUS_LABELS, Run
from autoencoder.runs.shipped_sweep import OPTION, PRESET, shipped_curve
from autoencoder.runs.sweep_groups import GroupStatus, SweepGroup
from autoencoder.runs.sweep_points import Mean, Point, as_csv, means_of, points_of
from server.addresses import train_page_url
from server.settings_words import name_of, value_of
from server.state import service
from server.titles import distinct, status_label
from ui.components.descriptions import Figure
from ui.components.mount import mount
from ui.session import (
    _,
    is_mine,
    language,
    may_change,
    number,
    plural,
    require_change,
    said_by_address,
    say,
    set_in_address,
)
from ui.sweep.figures import COLOUR, curve_figure


def show_sweep() -> None:
    """The sweep that the address names, else one's own newest; and the choice among one's own."""
    own = [group for group in service().sweeps.all() if is_mine(group)]
    named = said_by_address().get("group")
    try:
        group = service().sweeps.group(named) if named else (own[0] if own else None)
    except AutoencoderError as problem:
        st.error(say(problem), icon=":material/error:")
        group = own[0] if own else None
    if len(own) > 1 and group is not None:
        ids = [each.id for each in own]
        called = distinct({each.id: _title(each) for each in own})
        chosen = st.selectbox(
            _("Your sweeps"),
            ids,
            ids.index(group.id) if group.id in ids else 0,
            format_func=called.__getitem__,
            key=f"sweep-shown-{group.id}",
        )
        if group.id in ids and chosen != group.id:
            set_in_address("group", chosen)
            st.rerun()
    if group is None:
        said = _("A sweep trains one setting over several values, and draws what comes of it.")
        st.info(said, icon=":material/tune:")
        _show_shipped()
        return
    if group.status in ("running", "paused"):
        _live(group.id)
    else:
        _draw(group)


@st.fragment(run_every=2.0)
def _live(group_id: str) -> None:
    """Drawn anew every two seconds while it fills."""
    try:
        group = service().sweeps.group(group_id)
    except AutoencoderError:
        st.rerun()
    _draw(group)
    if group.status not in ("running", "paused"):
        st.rerun()


def _draw(group: SweepGroup) -> None:
    points = points_of(group, service().run)
    done = sum(point.error is not None for point in points)
    st.markdown(f"**{_title(group)}**")
    st.progress(done / len(points), _("{status}: {n} of {all}", status=_said(group.status), n=done, all=len(points)))
    if may_change(group):
        _commands(group)
    means = means_of(points)
    names = [name for name, _values in group.sweep.values]
    if len(names) == 1:
        _curve(group, names[0], means)
    else:
        st.html(_heat_map(names, means))
        st.caption(_("MSE per pixel. The deeper the blue, the smaller the error; each figure opens its run."))
    with st.expander(_("Runs of this sweep")):
        st.html(_table(points))
    st.download_button(
        _("Download as CSV"),
        data=as_csv(points),
        file_name=f"sweep-{group.id}.csv",
        mime="text/csv",
        icon=":material/download:",
        key="csv",
    )


def _commands(group: SweepGroup) -> None:
    sweeps = service().sweeps
    with st.container(horizontal=True, key="sweep-commands"):
        if group.status == "running":
            _button(_("Pause"), "pause", group, sweeps.pause)
        if group.status == "paused":
            _button(_("Resume"), "resume", group, sweeps.resume)
        if group.status in ("running", "paused"):
            _button(_("Stop and keep"), "stop", group, sweeps.stop)
        else:
            _button(_("Take it off the list"), "forget", group, sweeps.forget)


def _button(label: str, name: str, group: SweepGroup, do: Callable[[str], None]) -> None:
    if st.button(label, key=f"sweep-{name}"):
        try:
            require_change(group)
            do(group.id)
        except AutoencoderError as problem:
            st.error(say(problem), icon=":material/error:")
        else:
            st.rerun()


def _show_shipped() -> None:
    """Before the first sweep: one that ships computed."""
    means, pca = shipped_curve()
    st.markdown(f"**{_('Error against {name}', name=_(OPTIONS[OPTION].label))}**")
    _draw_curve(OPTION, means, pca)
    st.caption(_("Computed earlier with the other settings of {name}.", name=_(PRESETS[PRESET].name)))


def _curve(group: SweepGroup, name: str, means: list[Mean]) -> None:
    """Error against the setting; PCA's too, where that is the number of latent dimensions."""
    pca = [pca_mse(group.sweep.base[1], mean.values[0]) for mean in means] if name == OPTION else None
    _draw_curve(name, means, pca)


def _draw_curve(name: str, means: list[Mean], pca: Sequence[float | None] | None) -> None:
    figure = curve_figure(
        [_value(name, mean.values[0]) for mean in means],
        means,
        pca,
        axes=(name_of(OPTIONS[name], language()), _("MSE per pixel")),
        names=(_("this network"), "PCA"),
    )
    label = _("Error against {name}", name=_(OPTIONS[name].label))
    mount(Figure(figure=figure.to_json(), label=label), key="sweep-curve")
    if said := _what_is_drawn(means, pca is not None):
        st.caption(said)


def _what_is_drawn(means: list[Mean], pca: bool) -> str:
    """The colours where there are two, and the bars where there are any."""
    parts = [_("Blue: the networks. Grey: PCA with as many dimensions.")] if pca else []
    if any(len(mean.points) > 1 for mean in means):
        parts.append(_("Bars reach from the best to the worst seed."))
    return " ".join(parts)


def _heat_map(names: list[str], means: list[Mean]) -> str:
    """A table: a row for each value of the first setting, a column for each of the second; darker is better."""
    rows = list(dict.fromkeys(mean.values[0] for mean in means))
    columns = list(dict.fromkeys(mean.values[1] for mean in means))
    by_values = {mean.values: mean for mean in means}
    known = [mean.mean for mean in means if mean.mean is not None]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    head = "".join(f'<th scope="col">{escape(_value(names[1], value))}</th>' for value in columns)
    lines = "".join(
        f'<tr><th scope="row">{escape(_value(names[0], row))}</th>'
        + "".join(_heat_cell(by_values[row, column], low, high) for column in columns)
        + "</tr>"
        for row in rows
    )
    corner = f"{escape(_(OPTIONS[names[0]].label))} ↓ {escape(_(OPTIONS[names[1]].label))} →"
    above = f"<thead><tr><td>{corner}</td>{head}</tr></thead>"
    return f'<div class="lab-beside"><table>{above}<tbody>{lines}</tbody></table></div>'


def _heat_cell(mean: Mean, low: float, high: float) -> str:
    if mean.mean is None:
        return "<td>…</td>"
    share = 1.0 if high == low else (high - mean.mean) / (high - low)
    said = number(mean.mean, ".4f")
    run = next(point.run for point in mean.points if point.run is not None and point.error is not None)
    shade = f"background: color-mix(in srgb, {COLOUR} {10 + 60 * share:.0f}%, transparent)"
    return f'<td style="{shade}">{_link(run, said)}</td>'


def _table(points: list[Point]) -> str:
    names = [name for name, _value in points[0].member.values]
    heads = [*(_(OPTIONS[name].label) for name in names), _("Seed"), _("Run"), _("Error")]
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in heads)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in _cells(point))}</tr>" for point in points)
    return f'<div class="lab-beside"><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>'


def _cells(point: Point) -> list[str]:
    run = point.run
    chosen = [escape(_value(name, value)) for name, value in point.member.values]
    opened = "…" if run is None else _link(run, status_label(run.status, language()))
    return [*chosen, number(point.member.seed, "d"), opened, "–" if point.error is None else number(point.error, ".4f")]


def _link(run: Run, said: str) -> str:
    return f'<a class="lab-plain-link lab-page-link" href="{train_page_url(run.id)}" target="_self">{escape(said)}</a>'


def _title(group: SweepGroup) -> str:
    """Such as "Latent dimensions: 1, 2, 4"."""
    parts = [
        f"{_(OPTIONS[name].label)}: {', '.join(_value(name, value) for value in values)}"
        for name, values in group.sweep.values
    ]
    seeds = [plural("{n} seed", "{n} seeds", group.sweep.seeds)] if group.sweep.seeds > 1 else []
    return " · ".join([*parts, *seeds])


def _value(name: str, value: object) -> str:
    return value_of(OPTIONS[name], value, language())


def _said(status: GroupStatus) -> str:
    """As a run in such a status is called."""
    return _(STATUS_LABELS["training" if status == "running" else status])
