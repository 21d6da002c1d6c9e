"""Work that fifty readers may ask for at the same time, and that is done once."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


def once(maxsize: int) -> Callable[[F], F]:
    """Remember the last answers; those who ask for the same thing meanwhile wait for it. Arguments by position."""

    def decorate(function: F) -> F:
        remembered = lru_cache(maxsize)(function)
        locks: defaultdict[object, threading.Lock] = defaultdict(threading.Lock)

        @wraps(function)
        def ask(*args: Any) -> Any:
            with locks[args]:
                return remembered(*args)

        return cast(F, ask)

    return decorate
