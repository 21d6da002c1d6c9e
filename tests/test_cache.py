"""The cache: shared computations, eviction by weight, errors."""

from __future__ import annotations

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

from server.cache import cached


class Argument:
    """Can be seen to be gone."""


def test_concurrent_callers_share_one_computation():
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


def test_a_caller_with_other_arguments_does_not_wait():
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


def test_an_error_is_not_cached():
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


def test_arguments_and_results_that_were_evicted_take_no_memory():
    """Arguments come from addresses that anyone may type."""

    @cached(maxsize=2)
    def ask(argument: Argument) -> None:
        return None

    arguments = [Argument() for _ in range(10)]
    seen = [weakref.ref(argument) for argument in arguments]
    for argument in arguments:
        ask(argument)
    del arguments, argument
    gc.collect()
    assert sum(ref() is not None for ref in seen) == 2


def test_results_are_kept_by_weight_and_two_of_the_heaviest():
    times: list[int] = []

    @cached(100, weight=lambda size: size)
    def ask(size: int) -> int:
        times.append(size)
        return size

    for size in (30, 30, 40, 30, 1000, 2000, 1000, 2000, 30):
        ask(size)
    assert times == [30, 40, 1000, 2000, 30]
