"""Work that fifty readers may ask for at the same time, and that is done once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar, cast
from weakref import WeakValueDictionary

F = TypeVar("F", bound=Callable[..., Any])


def once(maxsize: int) -> Callable[[F], F]:
    """Remember the last answers; those who ask for the same thing meanwhile wait for it. Arguments by position."""

    def decorate(function: F) -> F:
        remembered = lru_cache(maxsize)(function)
        asked_for: WeakValueDictionary[object, threading.Lock] = WeakValueDictionary()  # as long as someone waits
        asking = threading.Lock()

        @wraps(function)
        def ask(*args: Any) -> Any:
            with asking:
                turn = asked_for.setdefault(args, threading.Lock())
            with turn:
                return remembered(*args)

        return cast(F, ask)

    return decorate
