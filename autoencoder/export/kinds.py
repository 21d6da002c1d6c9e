"""All exports by name, in the order of the menu. A new kind is a module with its `Export`, named here."""

from __future__ import annotations

from autoencoder.errors import InvalidExport
from autoencoder.export.animation import ANIMATION
from autoencoder.export.archive import archive_of
from autoencoder.export.codes import CSV, PARQUET
from autoencoder.export.keras_files import DECODER, ENCODER, MODEL
from autoencoder.export.map_page import HTML
from autoencoder.export.onnx_files import DECODER_ONNX, ENCODER_ONNX
from autoencoder.export.record import Export
from autoencoder.export.script import NOTEBOOK, SCRIPT

_SINGLE = (
    MODEL, ENCODER, DECODER, DECODER_ONNX, ENCODER_ONNX, CSV, PARQUET, HTML, SCRIPT, NOTEBOOK, ANIMATION,
)  # fmt: skip
ZIP = archive_of(_SINGLE)
EXPORTS: dict[str, Export] = {each.name: each for each in (ZIP, *_SINGLE)}


def export_named(name: str) -> Export:
    """Raises InvalidExport for another name."""
    if name not in EXPORTS:
        raise InvalidExport(
            "There is no export called “{name}”. Choose one of: {names}.", name=name[:40], names=", ".join(EXPORTS)
        )
    return EXPORTS[name]
