"""People who open pages in many tabs and leave them at random, often before the page is there."""

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
BETWEEN_SECONDS = 6.0  # two things that happen in one tab, on average
GIVEN_UP_SECONDS = 1.0
PAGES = ("train", "reconstructions", "latent_space")
SHOWN = DEFAULT_PRESET


def start(url: str, people: int, over: threading.Event) -> list[threading.Thread]:
    """Threads that open and leave pages until it is over: one a tab."""
    tabs = []
    for person in range(people):
        browser = requests.Session()
        tabs += [
            threading.Thread(target=_live, args=(url, browser, 100 * person + tab, over), daemon=True)
            for tab in range(TABS)
        ]
    for tab in tabs:
        tab.start()
    return tabs


def _live(url: str, browser: requests.Session, seed: int, over: threading.Event) -> None:
    chance = random.Random(seed)
    tab = Visitor(url)
    while not over.wait(chance.expovariate(1 / BETWEEN_SECONDS)):
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
