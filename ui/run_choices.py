"""Runs to choose from: which ones, in which order, and what each is called."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from autoencoder.presets import PRESETS
from autoencoder.runs.run import Run
from server.titles import distinct
from ui.session import _, is_mine


def in_order(runs: Iterable[Run]) -> list[Run]:
    """One's own, then the shipped ones in the order of the presets, then those of others; otherwise as they come."""
    shipped = list(PRESETS)
    return sorted(
        runs, key=lambda run: (1, shipped.index(run.id)) if run.id in PRESETS else (2 * (not is_mine(run)), 0)
    )


def offered(runs: Iterable[Run], also: Collection[str]) -> dict[str, Run]:
    """One's own runs, the shipped ones, and those that are named in `also`, by id, in order."""
    return {run.id: run for run in in_order(runs) if run.id in PRESETS or run.id in also or is_mine(run)}


def choices(offered: Mapping[str, Run], names: Mapping[str, str]) -> dict[str, str]:
    """What a choice among these runs calls each, by id: no two are the same."""
    named = {run_id: names.get(run_id, run_id) for run_id in offered}
    return distinct(named, lambda run_id: whose(offered[run_id]) or run_id)


def whose(run: Run) -> str:
    """Where it comes from; empty for those of others."""
    return _("ships with the app") if run.id in PRESETS else _("yours") if is_mine(run) else ""
