"""People who open pages in many tabs and leave them at random, often before the page is there.

They come for a minute and leave for a minute, so that one run tells what the others meet with them and without them.
"""

from __future__ import annotations

import random
import threading
from contextlib import suppress

import requests

from autoencoder.data.dataset import load_dataset
from autoencoder.presets import DEFAULT_PRESET
from benchmarks.load.visitor import Broken, Dropped, Visitor
from server.addresses import digits_url

TABS = 10  # of each
BETWEEN_SECONDS = 20.0  # two things that happen in one tab, on average: a person does one every other second
PHASE_SECONDS = 60.0  # that they are there, and that they are away
GIVEN_UP_SECONDS = 1.0
PAGES = ("train", "reconstructions", "latent_space")
SHOWN = DEFAULT_PRESET


class Restless:
    """Ten tabs of each person, which come and go until they are stopped."""

    def __init__(self, url: str, people: int) -> None:
        self._over, self._there = threading.Event(), threading.Event()
        self._threads = [threading.Thread(target=self._come_and_go, daemon=True)] if people else []
        for person in range(people):
            browser = requests.Session()
            for tab in range(TABS):
                asked = (url, browser, TABS * person + tab)
                self._threads.append(threading.Thread(target=self._live, args=asked, daemon=True))

    @property
    def there(self) -> bool:
        return self._there.is_set()

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._over.set()
        self._there.set()  # those who wait to come again
        for thread in self._threads:
            thread.join()

    def _come_and_go(self) -> None:
        while not self._over.wait(PHASE_SECONDS):
            if self.there:
                self._there.clear()
            else:
                self._there.set()

    def _live(self, url: str, browser: requests.Session, seed: int) -> None:
        chance, tab = random.Random(seed), Visitor(url)
        while not self._over.wait(chance.expovariate(1 / BETWEEN_SECONDS)):
            if not self.there:
                tab.leave()
                self._there.wait()
                continue
            with suppress(Broken, Dropped, OSError, requests.RequestException, TimeoutError):
                _do(chance, tab, browser)
        tab.leave()


def _do(chance: random.Random, tab: Visitor, browser: requests.Session) -> None:
    """One of: a page that is looked at, one that is left while it loads, data that nobody waits for."""
    way = chance.random()
    if way < 0.4:
        tab.open(chance.choice(PAGES), f"run={SHOWN}")
    elif way < 0.6:
        tab.leave_loading(chance.choice(PAGES), f"run={SHOWN}")
    elif way < 0.8:
        plane = f"axes={chance.randrange(2)},{chance.randrange(2)}"
        part = chance.choice(("map", "neighbours", "frames", "codes"))
        browser.get(f"{tab.url}/api/runs/{SHOWN}/{part}?{plane}", timeout=GIVEN_UP_SECONDS)
    else:
        rows = digits_url(load_dataset(), "images", chance.randrange(60_000))
        browser.get(f"{tab.url}/{rows}", timeout=GIVEN_UP_SECONDS)
