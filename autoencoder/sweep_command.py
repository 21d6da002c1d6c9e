"""`python -m autoencoder sweep`: several values for one or two options, a training for each.

One after the other in this process; with AUTOENCODER_SCHEDULER on all workers of that Dask cluster.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from autoencoder.asked import add_base_flags, base_asked, with_depth
from autoencoder.choices import OPTIONS
from autoencoder.data.baseline import pca_mse
from autoencoder.engine.local import train_and_keep
from autoencoder.flags import flag_name, help_of, implied
from autoencoder.presets import exact_preset
from autoencoder.results import result_of
from autoencoder.runs.run import Run
from autoencoder.runs.store import RunStore
from autoencoder.settings import DEPTH
from autoencoder.sweep import Member, Sweep, read_values


def add_sweep(commands: Any) -> None:
    """The subcommand with every option of `train`; where values are separated by commas, each is trained."""
    about = "train one or two options over several values, such as --latent-dim 1,2,4,8"
    parser = commands.add_parser("sweep", help=about)
    add_base_flags(parser)
    parser.add_argument("--depth", type=int, metavar="N", help=f"{DEPTH.help} Not swept.")
    for name, option in OPTIONS.items():
        said = f"{help_of(option)} Several, separated by commas, are swept.".replace("%", "%%")
        parser.add_argument(flag_name(name), default=argparse.SUPPRESS, metavar="VALUES", help=said)
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="Train each point with so many seeds.")
    parser.add_argument("--json", action="store_true", help="One JSON object a run: what was chosen, and its metrics.")
    parser.set_defaults(command=_sweep)


def sweep_asked(asked: argparse.Namespace) -> Sweep:
    """The sweep of a command line. Raises InvalidSweep, InvalidArchitecture, InvalidTraining, InvalidAddress."""
    values = read_values({name: getattr(asked, name) for name in OPTIONS if hasattr(asked, name)})
    fixed = [(name, all_[0]) for name, all_ in values.items() if len(all_) == 1] + list(implied(values).items())
    swept = tuple((name, all_) for name, all_ in values.items() if len(all_) > 1)
    return Sweep(with_depth(base_asked(asked), fixed, asked.depth), swept, asked.seeds)


def _sweep(asked: argparse.Namespace) -> int:
    sweep, store = sweep_asked(asked), RunStore()
    members, stopped = tuple(sweep.members()), False
    try:
        for done, (at, run) in enumerate(_trained(store, members), 1):
            if asked.json:
                print(json.dumps({**_chosen(members[at]), **result_of(run), "pca_mse": _pca(run)}), flush=True)
            else:
                print(f"{done} of {sweep.size}: {_line(members[at], run)}", flush=True)
            stopped = run.status != "finished" and not any(event.kind == "diverged" for event in run.events)
            if stopped:
                break
    except KeyboardInterrupt:  # in between two trainings, or on a cluster
        stopped = True
    if stopped:
        print("Stopped: what was trained is kept.", file=sys.stderr)
    return 130 if stopped else 0


def _trained(store: RunStore, members: Sequence[Member]) -> Iterator[tuple[int, Run]]:
    """Each run with the place of its member: here one after the other, on a cluster as they end."""
    if address := os.environ.get("AUTOENCODER_SCHEDULER"):
        from autoencoder.engine.cluster import training_cluster  # Dask takes a second to import
        from autoencoder.engine.many import train_on_cluster

        with training_cluster(address) as client:
            yield from train_on_cluster(store, [member.settings for member in members], client)
        return
    for at, member in enumerate(members):
        settings = member.settings
        yield at, train_and_keep(store, *settings, lambda _report: None, preset=exact_preset(*settings))


def _chosen(member: Member) -> dict[str, Any]:
    return {**dict(member.values), "seed": member.seed}


def _line(member: Member, run: Run) -> str:
    chosen = ", ".join(f"{flag_name(name)} {OPTIONS[name].to_text(value)}" for name, value in member.values)
    error, pca = run.measures and run.measures.error, _pca(run)
    beside = "" if pca is None else f", PCA {pca:.4f}"
    said = "no error measured" if error is None else f"MSE {error:.4f}"
    return f"{chosen}, seed {member.seed}: {said}{beside}, {run.seconds:.1f} s, run {run.id}"


def _pca(run: Run) -> float | None:
    return pca_mse(run.training, run.architecture.latent_dim)
