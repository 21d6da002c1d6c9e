"""TLS certificates for a cluster of several machines or containers: only processes that hold the key may join.

One key and one self-signed certificate serve scheduler, workers and app. Dask's workers run whatever code a member of
the cluster sends them, so separate keys would protect nothing.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from autoencoder.errors import EngineError, StorageError

CERTIFICATE, KEY = "cluster.pem", "cluster-key.pem"
_DAYS = 3650


def make_certificates(folder: Path) -> bool:
    """Write `cluster.pem` and `cluster-key.pem` into a folder; False where they are there already.

    Raises StorageError, and EngineError without the program `openssl`.
    """
    if (folder / CERTIFICATE).exists() and (folder / KEY).exists():
        return False
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as made:
            _openssl(Path(made))
            for name in (KEY, CERTIFICATE):
                (Path(made) / name).replace(folder / name)
    except FileNotFoundError as problem:
        raise EngineError("The program openssl is needed to make certificates. Install it.") from problem
    except OSError as problem:
        raise StorageError(
            "Could not write to {file}: {reason}. Name a folder that this user can write.",
            file=folder,
            reason=problem.strerror or str(problem),
        ) from problem
    return True


def _openssl(folder: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
               "-subj", "/CN=autoencoder-lab", "-days", str(_DAYS),
               "-keyout", str(folder / KEY), "-out", str(folder / CERTIFICATE)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise EngineError("openssl could not make the certificates: {problem}", problem=done.stderr.strip()[-300:])
    os.chmod(folder / KEY, 0o600)
