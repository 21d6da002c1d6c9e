"""Downloads from OpenML through scikit-learn, with progress, a limit on silence, and errors that say what to do."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from http.client import HTTPException
from json import JSONDecodeError
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

import numpy as np

from autoencoder.errors import AutoencoderError, DataUnavailable, InvalidData, StorageError

MNIST_ON_OPENML = "mnist_784"
SILENCE = 120.0  # seconds without a new byte before giving up: scikit-learn itself would wait for ever
BETWEEN_LOOKS = 0.2  # seconds


def download(name: str, folder: Path, progress: Callable[[int], None]) -> tuple[np.ndarray, np.ndarray]:
    """Images (n, k), numbers of any type, and labels (n,) of an OpenML set; `folder` holds raw files.

    `progress` is told the bytes received so far. Raises DataUnavailable, InvalidData, StorageError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".fetching-", ignore_cleanup_errors=True) as raw:
            found = _watched(lambda: _fetch(name, raw), Path(raw), progress)
    except AutoencoderError:
        raise
    except Exception as error:
        if isinstance(error, HTTPError):
            error.close()  # it is the answer, too, and holds its connection
        raise _explained(name, error) from error
    images, target = np.asarray(found.data), np.asarray(found.target)
    return _as_numbers(images), target


def _fetch(name: str, raw: str) -> Any:
    from sklearn.datasets import fetch_openml  # takes a second to import, and few people fetch

    settings = {"data_home": raw, "as_frame": False, "parser": "pandas", "n_retries": 1, "delay": 0.5}
    try:
        # 8-byte integers would take twice the memory. scikit-learn 1.9 itself asks for categories, and then
        # stumbles over those that pandas 3 reads as numbers
        return fetch_openml(name, read_csv_kwargs={"dtype": "float32"}, **settings)
    except ValueError as error:
        if isinstance(error, JSONDecodeError) or _says_unknown(error):
            raise
        # classes with names, perhaps: let pandas find out what each column is
        return fetch_openml(name, read_csv_kwargs={"dtype": None}, **settings)


def _watched(work: Callable[[], Any], folder: Path, progress: Callable[[int], None]) -> Any:
    """Run `work` in a thread; meanwhile report the bytes in `folder` from the caller's thread, where pages can draw."""
    result = _in_background(work)
    received, since = 0, time.monotonic()
    while True:
        done = _is_done_within(result, BETWEEN_LOOKS)
        size = _size(folder)
        if size > received:
            received, since = size, time.monotonic()
            progress(received)
        if done:
            return result.result()
        if time.monotonic() - since > SILENCE:
            raise TimeoutError(f"nothing arrived for {SILENCE:.0f} seconds")


def _in_background(work: Callable[[], Any]) -> Future[Any]:
    """Run `work` in a daemon thread: a download that hangs does not keep the process from ending."""
    result: Future[Any] = Future()

    def run() -> None:
        try:
            result.set_result(work())
        except BaseException as error:
            result.set_exception(error)

    threading.Thread(target=run, name="openml", daemon=True).start()
    return result


def _is_done_within(result: Future[Any], seconds: float) -> bool:
    try:
        result.exception(timeout=seconds)
    except NotYet:
        return False
    return True


def _size(folder: Path) -> int:
    """Bytes in all files below; files may vanish while they are counted."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.path.getsize(os.path.join(place, name))
    return total


def _as_numbers(images: np.ndarray) -> np.ndarray:
    if images.dtype.kind in "uif":
        return images
    try:
        return images.astype(np.float32)
    except (TypeError, ValueError) as error:
        raise InvalidData(
            "The data set has columns that are not numbers ({reason}), expected grey levels. "
            "Choose an image set such as Fashion-MNIST.",
            reason=str(error),
        ) from error


def _explained(name: str, error: Exception) -> AutoencoderError:
    """What went wrong inside scikit-learn, in words for the person who pressed the button."""
    reason = str(error) or type(error).__name__
    if _says_unknown(error):
        return InvalidData(
            "OpenML has no active data set called “{name}”. Copy the name from openml.org, such as Fashion-MNIST.",
            name=name,
        )
    if isinstance(error, HTTPError):
        return DataUnavailable(
            "OpenML could not deliver “{name}” just now ({reason}). "
            "Try again later; until then the bundled data set “mnist” needs no internet.",
            name=name,
            reason=reason,
        )
    if isinstance(error, JSONDecodeError):
        return DataUnavailable(
            "Something else than OpenML answered, perhaps the login page of this network. "
            "Log in and try again, or use the bundled data set “mnist”, which needs no internet."
        )
    if isinstance(error, (URLError, HTTPException, ConnectionError, TimeoutError)):
        return DataUnavailable(
            "OpenML cannot be reached ({reason}). Check the internet connection and try again, "
            "or use the bundled data set “mnist”, which needs no internet.",
            reason=reason,
        )
    if isinstance(error, OSError):
        return StorageError(
            "The download could not be kept ({reason}). Make room on the disk, "
            "or set AUTOENCODER_DATA to a folder you can write.",
            reason=reason,
        )
    return InvalidData(
        "“{name}” is not a set of images that can be read ({reason}). Choose one such as Fashion-MNIST.",
        name=name,
        reason=reason,
    )


def _says_unknown(error: Exception) -> bool:
    from sklearn.datasets._openml import OpenMLError  # what it makes of OpenML's own answer 412

    return isinstance(error, OpenMLError) or (isinstance(error, HTTPError) and error.code in (404, 412))
