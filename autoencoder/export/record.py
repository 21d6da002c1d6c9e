"""An export: one kind of file that a finished run can be taken home as."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autoencoder.export.source import Source


@dataclass(frozen=True)
class Export:
    """One kind of file. The command line, the server's route and the menu of the pages derive from it."""

    name: str  # as on the command line and in addresses
    label: str  # as in the menu
    about: str  # what it is for, in one sentence
    file: str  # what it is called, with its ending
    media_type: str
    write: Callable[[Source, Path], None]  # raises AutoencoderError where this run cannot give it
    keras: bool = False  # whether writing it may load TensorFlow, which takes seconds and 500 MB
