"""The maps that a training leaves, a file each, named by its epoch; codes are kept as 16-bit steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from autoencoder.data.quantised import restored, stepped
from autoencoder.network.protocol import Array
from autoencoder.runs.files import read_npz, reading
from autoencoder.training.records import Frame

_SPACE = "space_"  # what the names of a frame's codes in all dimensions begin with


def frame_files(folder: Path) -> list[tuple[float, Path]]:
    """Those of a folder with their epochs, the earliest first."""
    found = []
    for path in folder.glob("*.npz"):
        try:
            found.append((float(path.stem), path))
        except ValueError:
            continue
    return sorted(found)


def evenly(frames: list[tuple[float, Path]], most: int) -> list[tuple[float, Path]]:
    """At most so many of them, evenly chosen, first and last among them."""
    if len(frames) <= most:
        return frames
    return [frames[i] for i in np.unique(np.linspace(0, len(frames) - 1, most).round().astype(int))]


def frame_to_arrays(frame: Frame) -> dict[str, Array]:
    """As it is written."""
    space = {} if frame.space is None else stepped(frame.space, _SPACE)
    pictured = {} if frame.pictured is None else {"pictured": frame.pictured}
    return {**stepped(frame.codes), **space, **pictured, "reconstructions": frame.reconstructions}


def read_frame(run_id: str, epoch: float, path: Path) -> Frame:
    """What was written. Raises RunUnreadable."""
    arrays = read_npz(run_id, path)
    with reading(run_id):
        space = restored(arrays, _SPACE) if f"{_SPACE}codes" in arrays else None
        return Frame(epoch, restored(arrays), arrays["reconstructions"], space, arrays.get("pictured"))
