"""The same work without a browser: `python -m autoencoder train | sweep | runs | show | …`."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from autoencoder.add_command import add_add
from autoencoder.analysis.latent_space import latent_space
from autoencoder.analysis.metrics import AT_END, compare
from autoencoder.analysis.projection import keeps_space
from autoencoder.asked import add_base_flags, base_asked, with_depth
from autoencoder.data.baseline import pca_mse
from autoencoder.data.dataset import load_dataset
from autoencoder.data.fetch import fetch_openml
from autoencoder.data.openml import MNIST_ON_OPENML
from autoencoder.engine.local import train_and_keep
from autoencoder.errors import AutoencoderError, RunFromNewerVersion
from autoencoder.export_command import add_export, add_open
from autoencoder.flags import add_flags, flag, given
from autoencoder.presets import PRESETS, exact_preset
from autoencoder.process.certificates import CERTIFICATE, KEY, make_certificates
from autoencoder.results import result_of, terms_of
from autoencoder.runs.progress import all_notices
from autoencoder.runs.run import Run
from autoencoder.runs.store import RunStore
from autoencoder.settings import DEPTH, GREY_SQUARED, Architecture, Training
from autoencoder.sweep_command import add_sweep
from autoencoder.training.objective import objective_of
from autoencoder.training.records import Report

EXAMPLES = """examples:
  python -m autoencoder train --preset course-2d
  python -m autoencoder train --latent-dim 2 --depth 4 --learning-rate 0.001 --epochs 40 --batch-size 256 --seed 0
  python -m autoencoder train --preset quick-map --epochs 3 --json
  python -m autoencoder train --from-address "http://localhost:8501/train?preset=best-map&epochs=20"
  python -m autoencoder sweep --preset quick-map --latent-dim 1,2,4,8,16,32 --json
  python -m autoencoder runs
  python -m autoencoder show quick-map
  python -m autoencoder export quick-map --to quick-map.zip
  python -m autoencoder fetch Fashion-MNIST
  python -m autoencoder add letters.zip --name Letters
"""


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 0 all went well, 1 an error with a sentence, 2 wrong arguments, 130 ended with Ctrl-C."""
    asked = _parser().parse_args(arguments)
    try:
        status: int = asked.command(asked)
    except AutoencoderError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `… | head`
        sys.stderr.close()
        return 0
    return status


# ---- train ----


def _train(asked: argparse.Namespace) -> int:
    architecture, training, preset = _settings(asked)
    show: AbstractContextManager[Callable[[Report], None]] = (
        nullcontext(_print_epoch) if asked.json else _ProgressBar(training.epochs)
    )
    with show as told:
        run = train_and_keep(RunStore(), architecture, training, told, preset=preset, name=asked.name)
    _print_result(run) if asked.json else _print_run(run)
    return 0 if run.status == "finished" else 1 if any(event.kind == "diverged" for event in run.events) else 130


def settings_of(arguments: list[str]) -> tuple[Architecture, Training, str | None]:
    """What `train` with these arguments trains, and the preset that it is. Raises AutoencoderError."""
    return _settings(_parser().parse_args(arguments))


def _settings(asked: argparse.Namespace) -> tuple[Architecture, Training, str | None]:
    """A preset or an address, and what was given beside it; the preset's name only where nothing differs."""
    choices = {**given(asked, Architecture), **given(asked, Training)}
    architecture, training = with_depth(base_asked(asked), choices.items(), asked.depth)
    return architecture, training, exact_preset(architecture, training, asked.preset)


def _print_epoch(report: Report) -> None:
    if report.record is not None:
        r = report.record
        line = {"epoch": r.epoch, "loss": r.loss, "loss_grey": r.mse * GREY_SQUARED, "val_loss": r.val_loss}
        terms = r.columns if r.columns.keys() - {"mse", "val_mse"} else {}  # where the loss is not the MSE alone
        print(json.dumps({**line, "seconds": round(r.seconds, 4), **terms}), flush=True)


def _print_result(run: Run) -> None:
    print(json.dumps(result_of(run)), flush=True)


class _ProgressBar:
    """Epochs, losses and time left, on standard error."""

    def __init__(self, epochs: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("epoch {task.fields[epoch]} of {task.total:.0f}"),
            BarColumn(),
            TextColumn("{task.fields[losses]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._task = self._bar.add_task("", total=epochs, epoch=0, losses="TensorFlow is being loaded")

    def __enter__(self) -> Callable[[Report], None]:
        self._bar.start()
        return self._tell

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def _tell(self, report: Report) -> None:
        losses = f"loss {report.points[-1][1]:.4f}" if report.points else ""
        if report.record is not None:
            losses = f"loss {report.record.loss:.4f}"
            if report.record.val_loss is not None:
                losses += f" · held out {report.record.val_loss:.4f}"
            if report.record.val_mse != report.record.val_loss:
                losses += f", MSE {report.record.val_mse:.4f}"
        self._bar.update(self._task, completed=report.epoch, epoch=int(report.epoch + 1e-9), losses=losses)


# ---- runs and show ----


def _runs(asked: argparse.Namespace) -> int:
    runs, unreadable = RunStore().runs()
    if asked.json:
        for run in runs:
            print(json.dumps(_described(run)))
    else:
        print(f"{'RUN':18}{'STATUS':12}{'CODE':>6}  {'ERROR':8}{'ON':10}{'CREATED':18}NAME")
        for run in runs:
            error, on = _error(run)
            called, created = run.name or run.preset or "", run.created[:16].replace("T", " ")
            dims = f"{run.architecture.latent_dim}-D"
            print(f"{run.id:18}{run.status:12}{dims:>6}  {error:8}{on:10}{created:18}{called}")
    for run_id, problem in unreadable.items():
        said = problem if isinstance(problem, RunFromNewerVersion) else f"{run_id}: its files cannot be read"
        print(said, file=sys.stderr)
    return 0


def _error(run: Run) -> tuple[str, str]:
    """A run's MSE, and on which digits it was measured."""
    found = run.measures
    if found is None or found.error is None:
        return "-", ""
    return f"{found.error:.4f}", "held out" if found.held_out else "training"


def _described(run: Run) -> dict[str, Any]:
    about = {"run": run.id, "name": run.name, "preset": run.preset, "status": run.status, "created": run.created}
    settings = {"architecture": run.architecture.to_json(), "training": run.training.to_json()}
    return {**about, "epoch": run.epoch, **settings, **(result_of(run) if run.measures else {})}


def _show(asked: argparse.Namespace) -> int:
    store = RunStore()
    run = store.load(asked.run)
    if asked.json:
        print(json.dumps(_described(run)))
        return 0
    _print_run(run)
    print("\nlayer            output shape        parameters")
    for layer in run.architecture.layers:
        print(f"{layer.name:17}{layer.output_shape!s:20}{layer.parameters:>10,}")
    print(f"{'total':37}{run.architecture.parameter_count:>10,}  ({run.architecture.size})")
    others = [name for name in objective_of(run.architecture, run.training).terms if name != "mse"]
    print("".join(["\nepoch  MSE      grey²   held out", *(f"  {name:>14}" for name in others)]))
    for record in store.load_history(run.id).records:
        held_out = f"{record.val_mse:.4f}" if record.val_mse is not None else "-"
        line = f"{record.epoch:>5}  {record.mse:.4f}  {record.mse * GREY_SQUARED:7.1f}  {held_out:8}"
        terms = [record.columns.get(f"val_{name}", record.columns.get(name, float("nan"))) for name in others]
        print("".join([line, *(f"  {float(value):14.4f}" for value in terms)]).rstrip())
    return 0


def _print_run(run: Run) -> None:
    print(f"run {run.id} ({run.name or run.preset or 'own settings'}): {run.status} after {run.epoch:.4g} epochs")
    if run.measures is None:
        return
    found, d, tested = run.measures, run.architecture.latent_dim, load_dataset(run.training.dataset).n_held_out
    _print_mse("training MSE", found.train_mse)
    _print_mse("held-out MSE" if found.held_out else f"last {tested:,} (trained on)", found.test_mse)
    for name, value in terms_of(run).items():
        if value is not None:
            print(f"  {name:26}{value:.4f}")
    _print_mse(f"PCA, {d} components", pca_mse(run.training, d))
    if run.known_preset and run.known_preset.course_losses:
        printed = run.known_preset.course_losses
        _print_mse("the course printed", printed[max(printed)] / GREY_SQUARED)
    for metric in AT_END:
        value = found.value(metric.name)
        if value is not None and not metric.is_error:
            print(f"  {metric.wording.label:26}{value:.3f}")
    print(f"  {'time':26}{run.seconds:.1f} s, {run.epoch / max(run.seconds, 1e-9):.2f} epochs a second")
    for notice in all_notices(run, RunStore().load_history(run.id)):
        print(f"  {notice}")


def _print_mse(label: str, mse: float | None) -> None:
    """Nothing where it is not known."""
    if mse is not None:
        print(f"  {label:26}{mse:.4f} per pixel, {mse * GREY_SQUARED:,.1f} grey²")


# ---- data and presets ----


def _fetch(asked: argparse.Namespace) -> int:
    dataset = fetch_openml(asked.name, progress=_print_received)
    print(f"\n{dataset.name}: {len(dataset):,} digits. Train on them with: --dataset {dataset.name}", file=sys.stderr)
    return 0


def _print_received(received: int) -> None:
    print(f"\r{received / 1e6:.1f} MB received", end="", file=sys.stderr)


def _presets(asked: argparse.Namespace) -> int:
    """Train what ships with the app; the Keras files can be made from the weights, so they are left out."""
    store = RunStore()
    for preset in (PRESETS[name] for name in asked.names or PRESETS):
        shutil.rmtree(store.folder / preset.id, ignore_errors=True)
        with _ProgressBar(preset.training.epochs) as told:
            run = train_and_keep(
                store, preset.architecture, preset.training, told,
                run_id=preset.id, preset=preset.id, name=preset.name, with_keras_files=False,
            )  # fmt: skip
        if keeps_space(preset.architecture.latent_dim):
            store.thin_frames(preset.id, most=20)  # 0.1 MB each
        dataset = load_dataset(preset.training.dataset)
        space = latent_space(store.model_of(run), dataset)  # not as stored: there codes are 16-bit steps
        store.save_compared(preset.id, compare(space, dataset))
        _print_run(run)
    return 0


def _certificates(asked: argparse.Namespace) -> int:
    made = make_certificates(asked.folder)
    print(f"{asked.folder}: {CERTIFICATE} and {KEY} {'made' if made else 'are there already'}", file=sys.stderr)
    return 0


# ---- arguments ----


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m autoencoder", description=__doc__, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    commands = parser.add_subparsers(
        required=True, metavar="train | sweep | runs | show | export | open | add | fetch | presets | certificates"
    )
    _add_train(commands)
    add_sweep(commands)
    runs = commands.add_parser("runs", help="list the runs, newest first")
    show = commands.add_parser("show", help="one run: its metrics, its layers, its losses")
    show.add_argument("run", metavar="RUN", help="its id, as `runs` lists it")
    for command, function in ((runs, _runs), (show, _show)):
        command.add_argument("--json", action="store_true", help="one JSON object a line")
        command.set_defaults(command=function)
    add_export(commands)
    add_open(commands)
    add_add(commands)
    fetch = commands.add_parser("fetch", help="fetch a data set of square images from OpenML by its name")
    fetch.add_argument("name", nargs="?", default=MNIST_ON_OPENML, help="such as mnist_784 or Fashion-MNIST")
    fetch.set_defaults(command=_fetch)
    presets = commands.add_parser("presets", help="train anew what ships with the app")
    presets.add_argument("names", nargs="*", choices=[*PRESETS, []], metavar="PRESET", help="all where none is named")
    presets.set_defaults(command=_presets)
    certificates = commands.add_parser("certificates", help="make what a cluster needs to encrypt what it says")
    certificates.add_argument("folder", type=Path, help="where; what is there is kept")
    certificates.set_defaults(command=_certificates)
    return parser


def _add_train(commands: Any) -> None:
    train = commands.add_parser(
        "train", help="train an autoencoder", epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = train.add_argument
    add_base_flags(train)
    depth = f"Hidden layers on either side, {DEPTH.least} to {DEPTH.most}, in place of --encoder."
    add("--depth", **{**flag(DEPTH), "help": depth})
    for kind in (Architecture, Training):
        add_flags(train, kind)
    add("--name", default="", help="A name for the run.")
    add("--json", action="store_true", help="One JSON object an epoch, and a last one with the run's metrics.")
    train.set_defaults(command=_train)


if __name__ == "__main__":
    sys.exit(main())
