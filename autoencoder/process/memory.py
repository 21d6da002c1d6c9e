"""Settings of the C library's memory allocator (glibc)."""

from __future__ import annotations

import ctypes

_C = ctypes.CDLL(None)
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # mallopt(3)
_LARGE = 1 << 17  # bytes; arrays of a checkpoint are about a megabyte and would fragment the heap


def give_back_memory() -> None:
    """Make freed arrays go back to the system at once: for a process with many threads that lives for days.

    By default glibc keeps up to eight heaps (arenas) a core, each fragmented on its own, and raises the size from which
    a block is mapped separately, and so given back when freed, to 32 MB. Does nothing without glibc.
    """
    mallopt = getattr(_C, "mallopt", None)
    if mallopt is not None:
        for parameter, value in ((_M_ARENA_MAX, 2), (_M_MMAP_THRESHOLD, _LARGE), (_M_TRIM_THRESHOLD, _LARGE)):
            mallopt(parameter, value)


def release_freed_memory() -> None:
    """Give freed memory inside the heap back to the system, once. Takes milliseconds. Does nothing without glibc."""
    trim = getattr(_C, "malloc_trim", None)
    if trim is not None:
        trim(0)
