"""How this process asks the C library for memory."""

from __future__ import annotations

import ctypes

_C = ctypes.CDLL(None)
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # mallopt(3)
_LARGE = 1 << 17  # arrays of a checkpoint are about a megabyte: in the heap they would leave holes


def give_back_memory() -> None:
    """Return what large arrays took as soon as they are gone: for a process with many threads that lives for days.

    glibc keeps up to eight heaps a core, each with holes of its own, and raises the size from which a block is a
    mapping of its own to 32 MB. Elsewhere than on glibc nothing happens.
    """
    mallopt = getattr(_C, "mallopt", None)
    if mallopt is not None:
        for parameter, value in ((_M_ARENA_MAX, 2), (_M_MMAP_THRESHOLD, _LARGE), (_M_TRIM_THRESHOLD, _LARGE)):
            mallopt(parameter, value)


def release_freed_memory() -> None:
    """Give the holes in the heap back, once: milliseconds, for a process that keeps freed blocks on purpose."""
    trim = getattr(_C, "malloc_trim", None)
    if trim is not None:
        trim(0)
