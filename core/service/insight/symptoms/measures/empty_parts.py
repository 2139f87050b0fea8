"""Parts of a picture where there is none: rectangles of one colour, as tiles whose numbers
overflowed leave them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.service.sweeps.picture_measures import Rows

MOST_BLOCKS = 192  # a side, that are looked at
_FLAT = 3  # levels that a part of one colour may vary by, as JPEG leaves it
_BLACK, _GREY = 4, (124, 131)  # levels of numbers that are none, in a decoder's range of 0 or -1
_ENDS = 0.85  # of a side of an empty tile has a picture behind it
_WHOLE = 0.97  # of a picture's side: a bar along it is a frame

Blocks = NDArray[np.bool_]


def empty_part(rows: Rows) -> float:
    """The share of a picture (h, w, 3) that the largest empty rectangle in it has, 0 to 1."""
    height, width = rows.shape[:2]
    side = max(8, -(-max(height, width) // MOST_BLOCKS))
    down, across = height // side, width // side
    if min(down, across) < 2:
        return 0.0
    cut = rows[: down * side, : across * side]
    every = side // 8
    blocks = cut.reshape(down, side, across, side, 3)[:, ::every, :, ::every]
    low, high = blocks.min((1, 3)), blocks.max((1, 3))
    flat = (high.astype(np.int16) - low).max(2) <= _FLAT
    black = flat & (high.max(2) <= _BLACK)
    grey = flat & (low.min(2) >= _GREY[0]) & (high.max(2) <= _GREY[1])
    return max(_largest(black), _largest(grey))


def _largest(empty: Blocks) -> float:
    """The share of the largest rectangle of these blocks that ends where a picture begins."""
    if not empty.any():
        return 0.0
    area, (top, left, bottom, right) = _rectangle(empty)
    down, across = empty.shape
    if bottom - top > _WHOLE * down or right - left > _WHOLE * across:
        return 0.0
    beyond: list[NDArray[np.bool_]] = []
    if top:
        beyond.append(empty[top - 1, left:right])
    if bottom < down:
        beyond.append(empty[bottom, left:right])
    if left:
        beyond.append(empty[top:bottom, left - 1])
    if right < across:
        beyond.append(empty[top:bottom, right])
    ends = all(1 - side.mean() >= _ENDS for side in beyond)
    return area / empty.size if ends else 0.0


def _rectangle(empty: Blocks) -> tuple[int, tuple[int, int, int, int]]:
    """The area, and top, left, bottom, right, of the largest rectangle, by the heights of columns
    that end in each row."""
    best, place = 0, (0, 0, 0, 0)
    heights = [0] * empty.shape[1]
    for row, line in enumerate(empty.tolist()):
        heights = [one + 1 if is_empty else 0 for one, is_empty in zip(heights, line, strict=True)]
        begun: list[tuple[int, int]] = []  # where a height began, and the height
        for column, height in enumerate([*heights, 0]):
            start = column
            while begun and begun[-1][1] >= height:
                start, tall = begun.pop()
                if tall * (column - start) > best:
                    best = tall * (column - start)
                    place = (row + 1 - tall, start, row + 1, column)
            begun.append((start, height))
    return best, place
