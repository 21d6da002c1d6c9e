"""Slows down who guesses a code: a leaky bucket per client address, and one for all together."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class LeakyBucket:
    """A rate limit: each wrong code fills it by one, it drains at a steady rate, and while it is full one must wait."""

    size: float
    per_second: float
    level: float = 0.0
    at: float = 0.0  # the moment that `level` is of

    def wait(self, moment: float) -> float:
        """Seconds until there is room for one more."""
        return max(0.0, (self.level_at(moment) + 1 - self.size) / self.per_second)

    def add(self, moment: float) -> None:
        """One more wrong code."""
        self.level = self.level_at(moment) + 1

    def level_at(self, moment: float) -> float:
        """What is left after draining until `moment`. A clock that goes back drains nothing."""
        self.level, self.at = max(0.0, self.level - max(0.0, moment - self.at) * self.per_second), moment
        return self.level


@dataclass
class Attempts:
    """Slows down guessing, per client address and for all together.

    A whole room may share one address, so the first ten mistakes are free; then one every five seconds.
    """

    clock: Callable[[], float] = time.monotonic
    everyone: LeakyBucket = field(default_factory=lambda: LeakyBucket(60, 1.0))
    clients: dict[str, LeakyBucket] = field(default_factory=dict)

    def wait(self, client: str) -> float:
        """Seconds until this client may try a code; 0 where it may now."""
        moment = self.clock()
        mine = self.clients.get(client)
        return max(self.everyone.wait(moment), mine.wait(moment) if mine else 0.0)

    def wrong(self, client: str) -> None:
        """Count a wrong code. Clients whose mistakes have drained away are forgotten."""
        moment = self.clock()
        if len(self.clients) > 1_000:
            self.clients = {name: bucket for name, bucket in self.clients.items() if bucket.level_at(moment) > 0}
        for bucket in (self.everyone, self.clients.setdefault(client, LeakyBucket(10, 0.2))):
            bucket.add(moment)
