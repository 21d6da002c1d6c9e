"""What the people in the room do, and what they met."""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from autoencoder.data.dataset import load_dataset
from benchmarks.load.visitor import Broken, Dropped, Visitor
from server.addresses import digits_url

LOOK_SECONDS = 15.0  # between two looks at another page while one's own training runs
PAGES = ("reconstructions", "latent_space", "train")


@dataclass
class Findings:
    """What all people of a room have met. Thread-safe."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # by what was waited for
    waits: list[tuple[float, float]] = field(default_factory=list)  # for a first turn: as first said, as it was
    finished: int = 0
    unfinished: list[str] = field(default_factory=list)  # how other runs ended
    sweeps: int = 0  # that have ended with all their members
    most_at_once: int = 0  # members of one person's sweep under way
    lost_events: int = 0
    dropped: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    disturbed: Callable[[], bool] = lambda: False  # whether restless people are there now
    views: dict[bool, list[float]] = field(default_factory=lambda: defaultdict(list))  # of pages, by `disturbed`
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def page_views(self) -> list[float]:
        """Seconds of each, whatever the page."""
        return [*self.views[False], *self.views[True]]

    def took(self, what: str, seconds: float) -> None:
        with self._lock:
            self.seconds[what].append(seconds)
            if what.startswith("page:"):
                self.views[self.disturbed()].append(seconds)

    def waited(self, said: float, seconds: float) -> None:
        with self._lock:
            self.waits.append((said, seconds))

    def ended(self, status: str, lost: int) -> None:
        with self._lock:
            self.lost_events += lost
            if status == "finished":
                self.finished += 1
            else:
                self.unfinished.append(status)

    def swept(self, status: str) -> None:
        with self._lock:
            if status == "finished":
                self.sweeps += 1
            else:
                self.unfinished.append(f"sweep: {status}")

    def saw_at_once(self, members: int) -> None:
        with self._lock:
            self.most_at_once = max(self.most_at_once, members)

    def failed(self, problem: Exception) -> None:
        with self._lock:
            (self.dropped if isinstance(problem, Dropped) else self.broken).append(
                f"{type(problem).__name__}: {problem}"
            )


@dataclass
class Watched:
    """The events of one run, and how many are missing: by what each says came before it, and by what was kept."""

    points: int = 0
    epochs: int = 0
    lost: int = 0
    status: str = "never heard of"

    def take(self, message: dict[str, Any]) -> None:
        if message["type"] in ("points", "epochs"):
            kind = message["type"]
            self.lost += max(0, message["from"] - getattr(self, kind))
            setattr(self, kind, message["from"] + len(message[kind]))
        elif message["type"] == "run":
            self.status = message["status"]

    def compare(self, kept: list[dict[str, Any]]) -> None:
        """With the run as it is told from its files."""
        for message in kept:
            if message["type"] in ("points", "epochs"):
                self.lost += abs(len(message[message["type"]]) - getattr(self, message["type"]))


class Person:
    """Trains Quick map, watches it, looks at other pages meanwhile, and then at the map."""

    def __init__(self, url: str, findings: Findings, seed: int) -> None:
        self._url, self._found, self._random = url, findings, random.Random(seed)

    def visit(self) -> None:
        """Once through all of it. What goes wrong is noted, not raised."""
        visitor, tab = Visitor(self._url), Visitor(self._url)
        tab.http = visitor.http
        try:
            self._found.took("page: first visit", visitor.open("train"))
            tab.open("reconstructions")
            run = self._train(visitor, tab)
            self._explore(visitor, run)
        except Exception as problem:
            self._found.failed(problem)
        finally:
            visitor.leave()
            tab.leave()

    def _train(self, visitor: Visitor, tab: Visitor) -> str:
        clicked = time.perf_counter()
        visitor.press("start")
        if "run=" not in visitor.address:
            raise Broken("no run began")
        run, watched = visitor.address.split("run=")[1], Watched()
        looks = self._looks(tab, run, watched)
        said, asked = None, clicked
        for message in visitor.events(run):
            now = time.perf_counter()
            if said is None and message["type"] == "run" and message["wait"]:
                said, asked = message["wait"], now
            if not watched.points and message["type"] == "points" and message["points"]:
                self._found.took("click to first loss point", now - clicked)
                if said is not None:
                    self._found.waited(said, now - asked)
            watched.take(message)
            if watched.points:
                next(looks)
        self._found.took("click to end of training", time.perf_counter() - clicked)
        watched.compare(visitor.get(f"/api/runs/{run}/replay?lang=en").json()["messages"])
        self._found.ended(watched.status, watched.lost)
        return run

    def _looks(self, tab: Visitor, run: str, watched: Watched) -> Iterator[None]:
        """Turns to another page of the other tab now and then, and once to the run's map, after its first epoch."""
        due, mapped = time.perf_counter() + self._random.uniform(0, LOOK_SECONDS), False
        while True:
            while time.perf_counter() < due:
                yield
            if watched.epochs and not mapped:
                self._look_at_live_map(tab, run)
                mapped = True
            else:
                self._found.took("page: turned to while training", tab.turn_to(self._random.choice(PAGES)))
            due = time.perf_counter() + LOOK_SECONDS

    def _look_at_live_map(self, tab: Visitor, run: str) -> None:
        tab.address = f"run={run}"
        self._found.took("page: map of a run under way", tab.turn_to("latent_space"))
        self._fetch_map(tab, run, "data of a map under way")
        tab.address = ""

    def _explore(self, visitor: Visitor, run: str) -> None:
        self._found.took("page: map of one's own run", visitor.turn_to("latent_space"))
        self._fetch_map(visitor, run, "data of one's own map")
        arrays: tuple[Literal["labels", "images"], ...] = ("labels", "images")
        for array in arrays:
            visitor.get(digits_url(load_dataset(), array))
        self._found.took("page: reconstructions of one's own run", visitor.turn_to("reconstructions"))

    def _fetch_map(self, visitor: Visitor, run: str, what: str) -> None:
        """What it is drawn with, and then the rest."""
        for paths, called in ((("map", "decoder"), what), (("neighbours", "frames"), f"{what}: the rest")):
            began = time.perf_counter()
            for path in paths:
                visitor.get(f"/api/runs/{run}/{path}")
            self._found.took(called, time.perf_counter() - began)
