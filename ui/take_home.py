"""Take it home: what a finished run can be saved as, behind one button."""

from __future__ import annotations

from autoencoder.data.own import has_added
from autoencoder.export.kinds import EXPORTS
from autoencoder.export.source import can_be_taken_home
from autoencoder.runs.run import Run
from server.addresses import exports_url
from server.titles import title_of
from ui.components.descriptions import ExportOffered, TakeHome
from ui.components.mount import mount
from ui.session import _, hashed_owner, language


def take_home(run: Run, key: str) -> None:
    """The button of a run; nothing where it has not ended with weights."""
    if not can_be_taken_home(run):
        return
    mount(
        TakeHome(
            title=title_of(run, language()),
            exports_url=exports_url(run.id),
            own_images=has_own_images(run),
            exports=exports_offered(),
        ),
        key=key,
    )


def exports_offered() -> tuple[ExportOffered, ...]:
    """All kinds, in the reader's language."""
    return tuple(ExportOffered(each.name, _(each.label), _(each.about)) for each in EXPORTS.values())


def has_own_images(run: Run) -> bool:
    """Whether this browser has added the images that the run was trained on, and may take them along."""
    return has_added(hashed_owner(), run.training.dataset)
