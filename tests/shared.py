"""What one test process makes and the others beside it use: they share the work, and nothing that changes."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest

_FOLDER = "TESTS_SHARED_FOLDER"


def share_between_processes(factory: pytest.TempPathFactory) -> None:
    """Called as the tests begin, in each process: pytest-xdist gives every one a folder below a common one."""
    own = factory.getbasetemp()
    os.environ[_FOLDER] = str(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own)


def made_once(name: str, make: Callable[[Path], object]) -> Path:
    """The file or folder of this name, made by the first process that asks while the others wait."""
    folder = Path(os.environ[_FOLDER])
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / name).exists():
            make(folder / f"{name}-{os.getpid()}.part")
            (folder / f"{name}-{os.getpid()}.part").rename(folder / name)
    return folder / name
