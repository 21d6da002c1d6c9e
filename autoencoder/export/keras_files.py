"""Model, encoder and decoder as Keras files: as they were made when the run ended, otherwise made from its weights."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from autoencoder.errors import N_
from autoencoder.export.record import Export
from autoencoder.export.source import Source
from autoencoder.network.keras import keras_files
from autoencoder.process.files import write_atomically

KERAS = "application/zip"  # what a .keras file is


def _write(part: str, source: Source, path: Path) -> None:
    name = f"{part}.keras"
    content = source.store.load_file(source.run.id, name)
    if content is None:
        content = keras_files(source.run.architecture, source.weights)[name]
    write_atomically(path, content)


MODEL = Export(
    "model", N_("The model, for Keras"), N_("keras.models.load_model opens it: pixels in, pixels out."),
    "model.keras", KERAS, partial(_write, "model"), keras=True,
)  # fmt: skip
ENCODER = Export(
    "encoder", N_("The encoder, for Keras"), N_("From pixels to the code."),
    "encoder.keras", KERAS, partial(_write, "encoder"), keras=True,
)  # fmt: skip
DECODER = Export(
    "decoder", N_("The decoder, for Keras"), N_("From a code to pixels."),
    "decoder.keras", KERAS, partial(_write, "decoder"), keras=True,
)  # fmt: skip
