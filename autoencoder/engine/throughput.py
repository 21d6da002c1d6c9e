"""How fast a run trains: seconds an epoch with other runs' slices in between, and seconds of its own slices."""

from __future__ import annotations

import time

from autoencoder.runs.run import Run

_LATEST = 0.3  # the weight of the last slice in a running mean
KNOWN_AFTER = 1.0  # seconds of slices: what the first short ones cost beside their few steps says nothing of the rest


class Throughput:
    """Running means over the slices of one run."""

    def __init__(self) -> None:
        """Nothing is known before the first slice."""
        self.turn: float | None = None  # seconds of its last slices on the worker
        self.first_turn: float | None = None  # of its first slice, in which its network may have to be compiled
        self._before: float | None = None  # monotonic time at which the last slice was done
        self._seconds, self._epochs = 0.0, 0.0  # by the clock, of all slices but the first; earlier ones count less

    def take(self, epochs: float, seconds: float) -> None:
        """A slice is done: epochs trained, and seconds on the worker."""
        moment = time.monotonic()
        if self._before is not None and epochs > 0:
            self._seconds = (1 - _LATEST) * self._seconds + moment - self._before
            self._epochs = (1 - _LATEST) * self._epochs + epochs
        self.turn = _mean(self.turn, seconds)
        self.first_turn = seconds if self.first_turn is None else self.first_turn
        self._before = moment

    def rest(self) -> None:
        """The run was paused: do not count the time until its next slice."""
        self._before = None

    def seconds_for(self, epochs: float) -> float | None:
        """Seconds until so many more epochs are done. None as long as it is not known."""
        if self._epochs == 0 or self._seconds < KNOWN_AFTER:
            return None
        return max(0.0, epochs) * self._seconds / self._epochs


def seconds_left(run: Run, throughput: Throughput) -> float | None:
    """Until the last epoch; None where the run does not train or it is not known."""
    return throughput.seconds_for(run.training.epochs - run.epoch) if run.status == "training" else None


def _mean(before: float | None, latest: float) -> float:
    return latest if before is None else (1 - _LATEST) * before + _LATEST * latest
