"""Measurements in processes of their own: each measures when it is asked, and sleeps otherwise.

A measurement is a generator. It sets itself up until its first `yield`, and measures once for each one after that:
so competitors take turns on the whole machine, and nothing that one sets (threads, caches) reaches another.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any

Facts = dict[str, float]
Measurement = Generator[Facts, None, None]
PATIENCE_SECONDS = 60.0  # for a process to end by itself


class MeasurementFailed(Exception):
    """A process ended before it answered; the message is what it last said."""


class Measured:
    """A measurement under way. `ready` is what it told once it was set up, `ready_seconds` how long that took."""

    def __init__(
        self, measurement: Callable[..., Measurement], environment: dict[str, str] | None = None, **settings: Any
    ) -> None:
        """Raises MeasurementFailed where it cannot be set up."""
        self._name = f"{measurement.__module__}:{measurement.__name__}"
        self._complaints = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the process
        started = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.process", self._name, json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            cwd=Path(__file__).parents[1],
            env=os.environ | (environment or {}),
            text=True,
        )
        try:
            self.ready = self._answer()
        except BaseException:
            self._end()
            raise
        self.ready_seconds = time.perf_counter() - started

    def measure(self) -> Facts:
        """Once more. Raises MeasurementFailed."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._answer()

    def __enter__(self) -> Measured:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def _answer(self) -> Facts:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait(PATIENCE_SECONDS)
            self._complaints.seek(0)
            last = "".join(self._complaints.readlines()[-12:])
            raise MeasurementFailed(f"{self._name} ended with status {self._process.returncode}:\n{last}")
        facts: Facts = json.loads(line)
        return facts

    def _end(self) -> None:
        """A closed input asks it to end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._complaints.close()


def in_turns(competitors: dict[str, Measured], rounds: int) -> dict[str, list[Facts]]:
    """A B C, A B C, …: each alone on the machine while the others sleep."""
    facts: dict[str, list[Facts]] = {name: [] for name in competitors}
    for _ in range(rounds):
        for name, competitor in competitors.items():
            facts[name].append(competitor.measure())
    return facts


def _serve(name: str, settings: str) -> None:
    """The other side of `Measured`, in its process."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is not an answer
    module, _, function = name.partition(":")
    measurement: Measurement = getattr(import_module(module), function)(**json.loads(settings))
    for facts in measurement:
        print(json.dumps(facts), file=answers, flush=True)
        if not sys.stdin.readline():
            break
    measurement.close()


if __name__ == "__main__":
    _serve(*sys.argv[1:])
