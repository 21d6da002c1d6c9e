"""Work that many ask for at the same time."""

from __future__ import annotations

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

from server.cache import cached


class Asked:
    """An argument that can be seen to be gone."""


def test_those_who_ask_meanwhile_wait_and_get_the_same_answer():
    began, may_end, times = threading.Event(), threading.Event(), []

    @cached(maxsize=2)
    def slow(name: str) -> object:
        times.append(name)
        began.set()
        assert may_end.wait(10)
        return object()

    with ThreadPoolExecutor(5) as people:
        answers = [people.submit(slow, "a") for _ in range(5)]
        assert began.wait(10)
        may_end.set()
        assert len({id(answer.result(10)) for answer in answers}) == 1
    assert times == ["a"]


def test_who_asks_for_something_else_does_not_wait():
    may_end = threading.Event()

    @cached(maxsize=2)
    def answer(name: str) -> str:
        assert name == "quick" or may_end.wait(10)
        return name

    with ThreadPoolExecutor(2) as people:
        slow, quick = people.submit(answer, "slow"), people.submit(answer, "quick")
        assert quick.result(10) == "quick"
        may_end.set()
        assert slow.result(10) == "slow"


def test_an_error_is_not_remembered():
    answers = iter((ValueError("not yet"), "there"))

    @cached(maxsize=2)
    def ask(_name: str) -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    outcomes = []
    for _ in range(2):
        try:
            outcomes.append(ask("a"))
        except ValueError as problem:
            outcomes.append(str(problem))
    assert outcomes == ["not yet", "there"]


def test_what_was_asked_for_long_ago_takes_no_memory():
    """Arguments come from addresses that anyone may type."""

    @cached(maxsize=2)
    def ask(asked: Asked) -> None:
        return None

    everyone = [Asked() for _ in range(10)]
    seen = [weakref.ref(asked) for asked in everyone]
    for asked in everyone:
        ask(asked)
    del everyone, asked
    gc.collect()
    assert sum(ref() is not None for ref in seen) == 2


def test_answers_are_remembered_by_weight_and_two_of_the_heaviest():
    times: list[int] = []

    @cached(100, weight=lambda size: size)
    def ask(size: int) -> int:
        times.append(size)
        return size

    for size in (30, 30, 40, 30, 1000, 2000, 1000, 2000, 30):
        ask(size)
    assert times == [30, 40, 1000, 2000, 30]
