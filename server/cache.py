"""Thread-safe LRU cache; concurrent callers with the same arguments share one computation."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import cachetools

P = ParamSpec("P")
R = TypeVar("R")


def cached(
    maxsize: int, weight: Callable[[Any], int] = lambda _result: 1
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keep the latest results whose weights add up to at most `maxsize`.

    A result never counts for more than half of the cache, so that even the two heaviest are kept. Errors are not kept:
    the next caller computes again.
    """
    heaviest = max(1, maxsize // 2)
    results = cachetools.LRUCache[Any, Any](maxsize, getsizeof=lambda result: min(weight(result), heaviest))
    return cachetools.cached(results, condition=threading.Condition())
