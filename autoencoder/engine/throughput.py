"""How fast a run goes: by the clock on the wall, other runs' turns included, and by what its own turns take."""

from __future__ import annotations

import time

from autoencoder.runs.run import Run

_LATEST = 0.3  # the weight of the last slice in the running mean


class Throughput:
    """Grows with each slice of a run that is done."""

    def __init__(self) -> None:
        self.wall_per_epoch: float | None = None  # seconds
        self.turn: float | None = None  # seconds that its last slices took on the worker
        self.first_turn: float | None = None  # of its first slice, in which its network may have to be compiled
        self._before: float | None = None  # when the slice before was done

    def take(self, epochs: float, seconds: float) -> None:
        """A slice is done: so many epochs, a turn of so many seconds on the worker."""
        moment = time.monotonic()
        if self._before is not None and epochs > 0:
            self.wall_per_epoch = _mean(self.wall_per_epoch, (moment - self._before) / epochs)
        self.turn = _mean(self.turn, seconds)
        self.first_turn = seconds if self.first_turn is None else self.first_turn
        self._before = moment

    def rest(self) -> None:
        """The run stood still; the time until its next slice says nothing."""
        self._before = None

    def seconds_for(self, epochs: float) -> float | None:
        """Until so many more are done. None as long as it is not known."""
        return None if self.wall_per_epoch is None else max(0.0, epochs) * self.wall_per_epoch


def seconds_left(run: Run, pace: Throughput) -> float | None:
    return pace.seconds_for(run.training.epochs - run.epoch) if run.status == "training" else None


def _mean(before: float | None, latest: float) -> float:
    return latest if before is None else (1 - _LATEST) * before + _LATEST * latest
