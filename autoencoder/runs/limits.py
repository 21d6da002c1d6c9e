"""Limits per person and per server, and which runs are deleted to make room for a new one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NoReturn

from autoencoder.analysis.projection import keeps_space
from autoencoder.errors import LimitReached
from autoencoder.presets import PRESETS
from autoencoder.process.environment import limits_in
from autoencoder.runs.run import Run
from autoencoder.runs.seen import AWAY_DAYS
from autoencoder.settings import Architecture, Training
from autoencoder.training.records import MAPS, WATCHED

GIGABYTE = 10**9
SNAPSHOTS_BYTES = MAPS * 30_000  # of a run's maps with their pictures
# 32-bit: weights and Adam's two moments, now and at the best epoch; then the end's weights, and Keras's two files
PARAMETER_BYTES = 36
FRAME_BYTES = MAPS * 2 * WATCHED  # for one latent dimension in all stored maps, which have three to eight of them
CODE_BYTES = 2 * 70_000  # of one latent dimension, all digits


@dataclass(frozen=True)
class Limits:
    """The defaults suit a laptop and a room of fifty; docs/decisions/0007-people.md has the reasons."""

    trainings: int = 3  # under way at once, per person
    queue: int = 150  # trainings that take turns at once, everyone's
    epochs: int = 500
    parameters: int = 5_000_000  # 180 MB on disk, as it ends
    runs: int = 30  # kept per person
    gigabytes: int = 10  # of all runs on disk

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Limits:
        """From `LIMIT_TRAININGS` and so on; the default where one is not set. Raises InvalidSetting."""
        return cls(**limits_in(environment, cls))

    def check_size(self, architecture: Architecture, training: Training) -> None:
        """Raises LimitReached for a training that is too large."""
        if training.epochs > self.epochs:
            raise LimitReached(
                "A training has at most {most:,} epochs here (LIMIT_EPOCHS), this one {n:,}. Choose fewer.",
                most=self.epochs,
                n=training.epochs,
            )
        self.check_network(architecture)

    def check_network(self, architecture: Architecture) -> None:
        """Raises LimitReached for a network that is too large."""
        if architecture.parameter_count > self.parameters:
            raise LimitReached(
                "A network has at most {most:,} parameters here (LIMIT_PARAMETERS), this one {n:,}. "
                "Choose narrower layers.",
                most=self.parameters,
                n=architecture.parameter_count,
            )

    def check_turns(self, mine: int, everyones: int) -> None:
        """`mine`, `everyones`: trainings that take turns now, of this person and of all. Raises LimitReached."""
        if mine >= self.trainings:
            raise LimitReached(
                "You have {n} trainings under way, the most that one person may have here at once (LIMIT_TRAININGS). "
                "Wait for one to end, or pause or stop one.",
                n=self.trainings,
            )
        if everyones >= self.queue:
            raise LimitReached(
                "{n} trainings take turns already, the most that this server takes (LIMIT_QUEUE). "
                "Try again in a minute.",
                n=self.queue,
            )

    def check_member(self, mine: int, everyones: int) -> None:
        """As `check_turns`, for a member of a sweep: a room that sweeps leaves half the queue to those who press Start.

        Each person's sweep may have one member under way all the same.
        """
        self.check_turns(mine, everyones)
        if mine:
            replace(self, queue=self.queue // 2).check_turns(mine, everyones)

    def check_sweep(self, n: int, mine: Iterable[Run]) -> None:
        """`n`: trainings of the sweep; `mine`: this person's runs. Refused before it begins. Raises LimitReached."""
        kept = sum(not may_go(run) and run.id not in PRESETS for run in mine)
        if kept + n > self.runs:
            raise LimitReached(
                "This sweep is {n} trainings. One person may have {most} runs here (LIMIT_RUNS), and {kept} of yours "
                "are named or under way: at most {left} fit. Choose fewer values, or delete some runs.",
                n=n,
                most=self.runs,
                kept=kept,
                left=max(0, self.runs - kept),
            )

    def runs_to_delete(
        self,
        runs: Iterable[Run],
        owner: str | None,
        size: Callable[[Run], int],
        needed: int,
        away: Callable[[str | None], bool],
    ) -> list[Run]:
        """The runs to delete before a new one of this owner (hashed) that needs `needed` bytes on disk.

        They are the oldest that may be deleted. For LIMIT_RUNS only the owner's own runs are deleted; runs without an
        owner are shared and never deleted for it. For LIMIT_GIGABYTES the owner's own come first, then those of people
        who are `away`: else whoever takes a fresh cookie for each run could push out everybody's. Raises LimitReached.
        """
        runs = sorted(runs, key=lambda run: run.created)
        going: list[Run] = []
        mine = [run for run in runs if run.owner == owner and run.id not in PRESETS]
        for _ in range(len(mine) + 1 - self.runs):
            going.append((owner and _oldest(mine, going)) or self._all_kept(len(mine)))
        sizes = {run.id: size(run) for run in runs}
        spare = self.gigabytes * GIGABYTE - needed - sum(sizes.values()) + sum(sizes[run.id] for run in going)
        left = [run for run in runs if run.owner != owner and away(run.owner)] if spare < 0 else []
        while spare < 0:
            going.append((owner and _oldest(mine, going)) or _oldest(left, going) or self._full())
            spare += sizes[going[-1].id]
        return going

    def _all_kept(self, n: int) -> NoReturn:
        raise LimitReached(
            "You keep {n} runs, as many as one person may have here (LIMIT_RUNS is {most}), and each is named or under "
            "way. Delete one.",
            n=n,
            most=self.runs,
        )

    def _full(self) -> NoReturn:
        raise LimitReached(
            "Everyone's runs together fill the {n} GB that they may have here (LIMIT_GIGABYTES). Yours are named or "
            "under way, and nobody who has been away for {days} days has left unnamed ones. Delete some of yours, or "
            "ask the host to clear the room.",
            n=self.gigabytes,
            days=AWAY_DAYS,
        )


def bytes_needed(architecture: Architecture) -> int:
    """The most bytes that a run of this architecture can take on disk."""
    kept = PARAMETER_BYTES * architecture.parameter_count + CODE_BYTES * architecture.latent_dim
    frames = FRAME_BYTES * architecture.latent_dim if keeps_space(architecture.latent_dim) else 0
    return kept + frames + SNAPSHOTS_BYTES


def _oldest(runs: list[Run], going: list[Run]) -> Run | None:
    return next((run for run in runs if may_go(run) and run not in going), None)


def may_go(run: Run) -> bool:
    """Whether it may be deleted to make room: ended, without a name, not shipped."""
    return run.ended and not run.name and run.id not in PRESETS
