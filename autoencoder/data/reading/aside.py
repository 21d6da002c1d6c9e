"""Reads files in a process of its own, which may be ended at any time and gives all of its memory back.

python -m autoencoder.data.reading.aside FOLDER: what to read stands in `asked.json` there, what came of it in
`found.json` and, if it can be read, the data set in `found.npz`.
"""

from __future__ import annotations

import base64
import json
import os
import resource
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autoencoder.data.dataset import save_dataset
from autoencoder.data.reading.records import Choices, Preview, Upload
from autoencoder.data.reading.understand import understand
from autoencoder.errors import AutoencoderError, InvalidData
from autoencoder.sentences import Said

ASKED, FOUND, DATASET = "asked.json", "found.json", "found.npz"
MEMORY_BYTES = 4 * 2**30  # address space of this process
PROCESSOR_SECONDS = 600  # should nobody be left to end it


def main(folder: Path) -> None:
    """Read what the folder asks for."""
    for limit, most in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CPU, PROCESSOR_SECONDS)):
        with suppress(ValueError, OSError):
            resource.setrlimit(limit, (most, most))
    os.nice(10)  # trainings come first
    asked = json.loads((folder / ASKED).read_text())
    (folder / FOUND).write_text(json.dumps(read(folder, asked)))


def read(folder: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """`asked`: {"names": of the files, "choices": as of `Choices`} -> {"preview": …} or {"problem": …}."""
    uploads = [Upload(folder / str(number), name) for number, name in enumerate(asked["names"])]
    try:
        found = understand(uploads, "added", Choices(**asked["choices"]))
        save_dataset(found.dataset, folder / DATASET)
    except AutoencoderError as problem:
        return {"problem": plain_of(problem)}
    except MemoryError:
        return {"problem": plain_of(InvalidData("The file takes more memory than there is. Use fewer images."))}
    return {"preview": preview_json(found.preview)}


def preview_json(preview: Preview) -> dict[str, Any]:
    """A preview as JSON; sentences as {"template", "values"}, images as base64."""
    plain = {name: value for name, value in vars(preview).items() if name not in ("images", "labels", "choices")}
    return {
        **plain,
        "n_held_out": preview.n_held_out,
        "choices": asdict(preview.choices),
        "notes": [plain_of(said) for said in preview.notes],
        "left_out": [plain_of(said) for said in preview.left_out],
        "images": base64.b64encode(preview.images.tobytes()).decode(),
        "labels": preview.labels.tolist(),
    }


def plain_of(said: AutoencoderError | Said) -> dict[str, Any]:
    """A sentence as JSON, with those among its values."""
    values = {k: plain_of(v) if isinstance(v, AutoencoderError | Said) else v for k, v in said.values.items()}
    return {"template": said.template, "values": values}


def said_of(plain: dict[str, Any]) -> Said:
    """What `plain_of` wrote."""
    values = {k: said_of(v) if isinstance(v, dict) else v for k, v in plain["values"].items()}
    return Said(plain["template"], values)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
