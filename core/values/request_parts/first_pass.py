"""The size in which hires fix composes a picture before it is refined large."""

from __future__ import annotations

import math

from core.values.declared.limits import MIN_SIZE, SIZE_STEP

_SLACK = 1e-6  # of a step: 896 / 1.75 must not become a step more by a rounded division


def first_pass(width: int, height: int, scale: float, step: int = SIZE_STEP) -> tuple[int, int]:
    """(width, height) of the small picture, in pixels, of a large one that is `scale` times as
    large: multiples of `step`, rounded up.

    So it gives back the size that AUTOMATIC1111's web UI started from, which multiplies and rounds
    down (`calculate_target_resolution`).
    """
    return _smaller(width, scale, step), _smaller(height, scale, step)


def _smaller(side: int, scale: float, step: int) -> int:
    steps = math.ceil(side / scale / step - _SLACK)
    return min(side, max(MIN_SIZE, steps * step))
