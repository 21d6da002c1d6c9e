"""Run once while the image is built: the app's processes and pages at work, so that the bytecode of what they import
and the maps of the shipped runs are there before the first start. What the image lacks shows here."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

import app  # noqa: F401
from autoencoder.engine.cluster import training_cluster
from autoencoder.engine.service import TrainingService
from autoencoder.presets import DEFAULT_PRESET, PRESETS
from autoencoder.runs.store import RunStore
from server import state
from server.access import codes
from server.access.codes import Access

SECONDS = 600
UNCHECKED = (1).to_bytes(4, "little")  # the flags of bytecode that goes by a hash, which nobody checks


def main() -> None:
    shipped = RunStore()
    with training_cluster() as client:
        service = TrainingService(shipped)
        service.connect(client)
        state.use(service)
        codes.use(Access.from_environment(Path(tempfile.mkdtemp())))
        _wait(lambda: all(shipped.has_space(name) for name in PRESETS))
        for page in sorted(Path("pages").glob("*.py")):
            _show(page)
        service.close()
        service = TrainingService(RunStore(tempfile.mkdtemp()))
        service.connect(client)
        quick = PRESETS[DEFAULT_PRESET]
        run = service.start(quick.architecture, quick.training)
        _wait(lambda: service.run(run.id).status == "finished")
        service.close()
    if sys.pycache_prefix:
        _trust(Path(sys.pycache_prefix))


def _trust(bytecode: Path) -> None:
    """Have Python use it whatever the times of the sources (PEP 552, unchecked).

    Docker tells layers apart by what files hold, and may take sources of an earlier build from its cache.
    """
    shutil.rmtree(bytecode / "tmp", ignore_errors=True)  # of what TensorFlow wrote for this start alone
    for file in bytecode.rglob("*.pyc"):
        magic, rest = file.read_bytes()[:4], file.read_bytes()[16:]
        file.write_bytes(magic + UNCHECKED + bytes(8) + rest)


def _show(page: Path) -> None:
    """As a browser would, without one; it has no cookies, for which Streamlit's test has a stand-in of its own."""
    with patch.object(ContextProxy, "cookies", {}):
        shown = AppTest.from_file(str(page.resolve()), default_timeout=SECONDS).run()
    if shown.exception:
        raise SystemExit(f"{page}: {shown.exception[0].message}")


def _wait(done: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not done():
        if time.monotonic() > end:
            raise SystemExit(f"still not done after {SECONDS} s")
        time.sleep(0.2)


if __name__ == "__main__":
    main()
