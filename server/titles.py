"""What a run and its status are called, in the reader's language."""

from __future__ import annotations

from autoencoder.presets import PRESETS
from autoencoder.runs.run import STATUS_LABELS, Run, Status
from server.language import translate


def title_of(run: Run, language: str) -> str:
    """The name that it was given; otherwise its preset's, or its hidden layers and dimensions."""
    if run.name and run.id not in PRESETS:
        return run.name
    if run.known_preset is not None:
        return translate(run.known_preset.name, language)
    return f"{'-'.join(map(str, run.architecture.encoder))} · {run.architecture.latent_dim}-D"


def status_label(status: Status, language: str) -> str:
    """The word for a status, such as "Waiting"."""
    return translate(STATUS_LABELS[status], language)
