"""Gives memory that was freed back to the system."""

from __future__ import annotations

import ctypes
import sys


def close_holes() -> None:
    """Give the system whole pages that were freed on the heap, of which glibc may keep hundreds of
    megabytes: malloc_trim(3). Other libraries have no such call and need none. Takes milliseconds,
    in any thread."""
    if sys.platform != "linux":
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
