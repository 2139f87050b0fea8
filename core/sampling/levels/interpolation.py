"""Levels along a list of them."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence


def interpolated(levels: Sequence[float], count: int) -> list[float]:
    """`count` values along `levels`, linear in the logarithm."""
    logs = [math.log(v) for v in levels]
    sigmas: list[float] = []
    for i in range(count):
        at = i * (len(levels) - 1) / (count - 1)
        left = min(bisect_right(range(len(levels)), at) - 1, len(levels) - 2)
        sigmas.append(math.exp(logs[left] + (logs[left + 1] - logs[left]) * (at - left)))
    return sigmas
