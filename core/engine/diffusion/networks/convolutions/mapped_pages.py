"""Giving back the memory of weights that were brought into another order and are needed no longer.

The pages of a mapped file count as a process' own until the whole mapping is closed, and one
network's weights are one mapping. On Linux single pages can be given back before; elsewhere
nothing is done, and the system takes them when it needs them. What lay on the heap leaves holes
there, between weights that stay; these too are given back, from time to time.
"""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import torch

from core.system.memory.freed import close_holes

_MAPS = Path("/proc/self/maps")
_PAGE = 4096
_DONT_NEED = 4  # MADV_DONTNEED: at once, whoever else maps the file; what was written is lost
_PAGE_OUT = 21  # MADV_PAGEOUT since Linux 5.4: pages are dropped or written out, never lost
_HOLES = 256 << 20  # bytes on the heap after which they are given back
_freed = 0


def give_back(tensor: torch.Tensor, *, written: bool) -> None:
    """Let go of the pages that a contiguous tensor fills; `written`: since they were read. If they
    are a file's, its numbers can still be read: they then come from the file again, or where they
    were written from where the system put them. If not, they go after the tensor is freed."""
    if sys.platform != "linux":
        return
    begin = -(-tensor.data_ptr() // _PAGE) * _PAGE
    end = (tensor.data_ptr() + tensor.nbytes) // _PAGE * _PAGE
    if end <= begin:
        return
    if _is_of_file(begin):
        advice = _PAGE_OUT if written else _DONT_NEED
        ctypes.CDLL(None).madvise(
            ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), ctypes.c_int(advice)
        )
    else:
        _note_hole(tensor.nbytes)


class _Heap(ctypes.Structure):
    """What mallinfo2(3) tells, in bytes."""

    _fields_ = [(f"_{number}", ctypes.c_size_t) for number in range(8)] + [
        ("free", ctypes.c_size_t),
        ("_top", ctypes.c_size_t),
    ]


def close_large_holes() -> None:
    """As `close_holes`, where there is much to give: between two networks, whose tensors are of
    other sizes, so that what the first one leaves would lie there unused beside the second one's.
    Small networks' holes are not worth the time in which their pages are taken again."""
    if sys.platform != "linux":
        return
    told = getattr(ctypes.CDLL(None), "mallinfo2", None)  # since glibc 2.33
    if told is None:
        close_holes()
        return
    told.restype = _Heap
    if told().free >= _HOLES:
        close_holes()


def _note_hole(nbytes: int) -> None:
    """One of so many bytes follows; those of earlier tensors are closed once they are many."""
    global _freed
    if _freed >= _HOLES:
        _freed = 0
        close_holes()
    _freed += nbytes


def _is_of_file(address: int) -> bool:
    """Whether a file is mapped at an address; what lies on the heap is freed anyway. False where
    the system does not say."""
    try:
        lines = _MAPS.read_bytes().split(b"\n")  # a name may hold whatever else ends lines
    except OSError:
        return False
    for line in lines:
        bounds, *others = line.split(maxsplit=5)[:6] or [b""]
        begin, _, end = bounds.partition(b"-")
        if end and int(begin, 16) <= address < int(end, 16):
            return len(others) == 5 and others[4].startswith(b"/")
    return False
