"""What a run and its status are called, in the reader's language."""

from __future__ import annotations

from autoencoder.presets import PRESETS
from autoencoder.runs.run import STATUS_LABELS, Run, Status
from server.language import translate


def title_of(run: Run, language: str) -> str:
    """The name that it was given, or what it is."""
    if run.name and run.id not in PRESETS:
        return run.name
    kind = translate(PRESETS[run.preset].name, language) if run.preset else "-".join(map(str, run.architecture.encoder))
    return f"{kind} · {run.architecture.latent_dim}-D" if run.preset is None else kind


def status_label(status: Status, language: str) -> str:
    """The word for a status, such as "Waiting"."""
    return translate(STATUS_LABELS[status], language)
