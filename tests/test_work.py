"""Work for requests: by turns, once for all who ask for the same, and not at all when everybody has left."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request

from autoencoder.errors import RunNotFound, ServerBusy
from server.work import MOST_EACH, FairQueue

PATIENCE = 30.0  # seconds


class Asker:
    """One browser's request, which it may give up."""

    def __init__(self, who: str) -> None:
        self.left = asyncio.Event()
        cookie = f"lab_owner={who * 32}".encode()
        scope = {"type": "http", "method": "GET", "headers": [(b"cookie", cookie)], "client": ("10.0.0.1", 1)}
        self.request = Request(scope, self._receive)

    async def _receive(self) -> dict[str, str]:
        await self.left.wait()
        return {"type": "http.disconnect"}


class Desk:
    """A queue of one thread, which is busy until it is told to go on; and what was computed, in order."""

    def __init__(self) -> None:
        self.queue, self.free = FairQueue(1, "test"), threading.Event()
        self.computed: list[object] = []
        self.busy = threading.Event()

    def wait(self) -> None:
        self.busy.set()
        assert self.free.wait(PATIENCE)

    def compute(self, what: object) -> object:
        self.computed.append(what)
        return what

    async def occupy(self) -> asyncio.Task[Any]:
        task = asyncio.create_task(self.queue.run(Asker("z").request, self.wait))
        await asyncio.to_thread(self.busy.wait, PATIENCE)
        return task

    def ask(self, asker: Asker, what: object) -> asyncio.Task[object]:
        return asyncio.create_task(self.queue.run(asker.request, self.compute, what))


def at_a_desk(law: Callable[[Desk], Awaitable[None]]) -> None:
    async def held() -> None:
        desk = Desk()
        occupied = await desk.occupy()
        try:
            await law(desk)
        finally:
            desk.free.set()
            await occupied

    asyncio.run(asyncio.wait_for(held(), PATIENCE))


def test_what_nobody_waits_for_any_more_is_not_computed() -> None:
    async def law(desk: Desk) -> None:
        gone = [Asker("a") for _ in range(100)]
        abandoned = [desk.ask(asker, n) for n, asker in enumerate(gone)]
        waiting = desk.ask(Asker("b"), "a map")
        await asyncio.sleep(0)
        assert desk.queue.waiting == 101
        for asker in gone:
            asker.left.set()
        ended = await asyncio.gather(*abandoned, return_exceptions=True)
        assert {type(end) for end in ended} == {ClientDisconnect}
        assert desk.queue.waiting == 1
        desk.free.set()
        assert await waiting == "a map"
        assert desk.computed == ["a map"]

    at_a_desk(law)


def test_visitors_take_turns() -> None:
    async def law(desk: Desk) -> None:
        many = [desk.ask(Asker("a"), n) for n in range(4)]
        await asyncio.sleep(0)
        few = [desk.ask(Asker("b"), f"b{n}") for n in range(2)]
        await asyncio.sleep(0)
        desk.free.set()
        await asyncio.gather(*many, *few)
        assert desk.computed == [0, "b0", 1, "b1", 2, 3]

    at_a_desk(law)


def test_who_asks_for_the_same_shares_it_and_who_leaves_takes_it_from_nobody() -> None:
    async def law(desk: Desk) -> None:
        first, second = Asker("a"), Asker("b")
        earlier, later = desk.ask(first, "a map"), desk.ask(second, "a map")
        before = desk.ask(Asker("b"), "another")
        await asyncio.sleep(0)
        first.left.set()
        with pytest.raises(ClientDisconnect):
            await earlier
        desk.free.set()
        assert (await later, await before) == ("a map", "another")
        assert desk.computed == ["a map", "another"]

    at_a_desk(law)


def test_a_queue_is_bounded_for_each_visitor() -> None:
    async def law(desk: Desk) -> None:
        waiting = [desk.ask(Asker("a"), n) for n in range(MOST_EACH)]
        await asyncio.sleep(0)
        with pytest.raises(ServerBusy):
            await desk.ask(Asker("a"), "one more")
        other = desk.ask(Asker("b"), "another's")
        desk.free.set()
        await asyncio.gather(*waiting)
        assert await other == "another's"

    at_a_desk(law)


def test_an_error_reaches_all_who_wait_and_the_next_computes_again() -> None:
    async def law(desk: Desk) -> None:
        def fail() -> None:
            desk.computed.append("tried")
            raise RunNotFound("There is no run {run}.", run="x")

        async def ask() -> None:
            await desk.queue.run(Asker("a").request, fail)

        together = asyncio.gather(ask(), ask(), return_exceptions=True)
        await asyncio.sleep(0)
        desk.free.set()
        assert [type(end) for end in await together] == [RunNotFound, RunNotFound]
        with pytest.raises(RunNotFound):
            await ask()
        assert desk.computed == ["tried", "tried"]

    at_a_desk(law)
