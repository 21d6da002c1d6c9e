"""Work that fifty readers may ask for at the same time, and that is done once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any, TypeVar, cast
from weakref import WeakValueDictionary

from zict import LRU

F = TypeVar("F", bound=Callable[..., Any])


def cached(maxsize: int, weight: Callable[[Any], int] = lambda _answer: 1) -> Callable[[F], F]:
    """Remember the last answers, as many as weigh `maxsize` together, and two however heavy they are.

    Those who ask for the same thing meanwhile wait for it. Arguments by position.
    """

    def decorate(function: F) -> F:
        heaviest = max(1, maxsize // 2)
        remembered: LRU[object, Any] = LRU(maxsize, {}, weight=lambda _, answer: min(weight(answer), heaviest))
        asked_for: WeakValueDictionary[object, threading.Lock] = WeakValueDictionary()  # as long as someone waits
        asking = threading.Lock()

        @wraps(function)
        def ask(*args: Any) -> Any:
            with asking:
                turn = asked_for.setdefault(args, threading.Lock())
            with turn:
                with suppress(KeyError):
                    return remembered[args]
                answer = remembered[args] = function(*args)
                return answer

        return cast(F, ask)

    return decorate
