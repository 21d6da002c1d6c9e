"""The README of a run's zip: which run it is, its figures, and what each file is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autoencoder.analysis.metrics import AT_END
from autoencoder.errors import AutoencoderError
from autoencoder.export.record import Export
from autoencoder.export.source import Source
from autoencoder.flags import train_command
from autoencoder.runs.run import Run
from autoencoder.settings import GREY_SQUARED

_FILE_LINES = {
    "run/": "the run itself: settings, losses, weights, maps of its training. Autoencoder Lab reads these",
    "manifest.json": "the size and the SHA-256 of each file, which are checked when the zip is opened",
}
_OPEN = """## Open it again

In Autoencoder Lab: *Open a run from a file*, below the list of runs; or

    python -m autoencoder open run.zip
"""
_KERAS = """## Use it

    import keras

    encoder, decoder = (keras.models.load_model(f"{name}.keras") for name in ("encoder", "decoder"))
    codes = encoder.predict(images)    # (n, 784) pixels, $scale
    images = decoder.predict(codes)    # (n, $d) codes
"""


def readme(source: Source, made: Sequence[Export], left_out: Mapping[str, AutoencoderError], with_images: bool) -> str:
    """In Markdown. `made`: the exports in the zip; `left_out`: files that this run does not give, and why."""
    run = source.run
    files = {**{each.file: f"{each.label}. {each.about}" for each in made}, **_FILE_LINES}
    parts = [
        f"# {name_of(run)}\n",
        f"An autoencoder with {run.architecture.parameter_count:,} parameters and {run.architecture.latent_dim} "
        f"numbers in its code, trained for {run.epoch:g} epochs with Autoencoder Lab.\n",
        f"{run.note}\n" if run.note else "",
        "## Figures\n",
        *figures(run),
        "\n## Files\n",
        *(f"- `{name}`: {about}" for name, about in files.items()),
        *(f"- `{name}` is missing: {problem}" for name, problem in left_out.items()),
        f"\n{_images_line(run, with_images)}\n",
        _OPEN,
        _KERAS.replace("$scale", "0 to 1" if run.architecture.scale == 1 else "0 to 255")
        .replace("$d", str(run.architecture.latent_dim)),
        "## Train it anew\n",
        f"    {train_command(run.architecture, run.training)}\n",
    ]  # fmt: skip
    return "\n".join(part for part in parts if part)


def name_of(run: Run) -> str:
    """The name that it was given; otherwise its preset's, or its id."""
    return run.name or (run.known_preset.name if run.known_preset else f"Run {run.id}")


def figures(run: Run) -> list[str]:
    """A line a metric of the end."""
    found = run.measures
    lines = [f"- trained on: {run.training.dataset}, {'some' if run.training.holds_out else 'no'} digits held out"]
    for metric in AT_END:
        value = None if found is None else found.value(metric.name)
        if value is None:
            continue
        grey = f" per pixel on [0, 1], {value * GREY_SQUARED:,.0f} grey²" if metric.is_error else ""
        lines.append(f"- {metric.wording.label}: {value:.4f}{grey}")
    return lines


def _images_line(run: Run, with_images: bool) -> str:
    if with_images:
        return "`images.npz` holds the images that it was trained on: whoever gets this zip gets them."
    return f"The images that it was trained on are not in this zip; its data set is “{run.training.dataset}”."
