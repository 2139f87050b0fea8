"""What hangs together around a place."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import numpy as np

from desktop.edit.pixels.pyramid import Plane


def flooded(alike: Plane, x: int, y: int) -> Plane:
    """The places of `alike` that are reached from (x, y) over edges of pixels; none where that
    place itself is not of them. Reckoned by runs of a row, not by pixels."""
    height, width = alike.shape
    result = np.zeros_like(alike)
    if not alike[y, x]:
        return result
    # a place of no run after each row, so that no run goes around the edge
    padded = np.zeros((height, width + 1), np.int8)
    padded[:, :width] = alike
    change = np.diff(padded.ravel(), prepend=0)
    starts = np.flatnonzero(change == 1).tolist()
    ends = np.flatnonzero(change == -1).tolist()
    line = width + 1
    first = bisect_right(starts, y * line + x) - 1
    reached = bytearray(len(starts))
    reached[first] = 1
    waiting = [first]
    while waiting:
        run = waiting.pop()
        for beside in (-line, line):
            # runs of the neighbouring row that end behind its begin and begin before its end
            begin, end = starts[run] + beside, ends[run] + beside
            for other in range(bisect_right(ends, begin), bisect_left(starts, end)):
                if not reached[other]:
                    reached[other] = 1
                    waiting.append(other)
    flat = np.zeros(height * line + 1, np.int8)
    chosen = np.flatnonzero(np.frombuffer(reached, np.uint8))
    flat[np.asarray(starts)[chosen]] = 1
    flat[np.asarray(ends)[chosen]] -= 1
    return np.cumsum(flat[:-1]).reshape(height, line)[:, :width].astype(np.bool_)
