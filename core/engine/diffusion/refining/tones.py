"""The tones of a picture after it went through networks, brought back to those of before: an
autoencoder shifts them by a little, and by another little in each tile."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.engine.diffusion.picture_inputs.masks import PixelRows

CELL = 32  # pixels a side of a square whose mean colour counts as one
_BAND = 256  # rows that are shifted in one go
Cells = NDArray[np.float32]  # (rows, columns, 3)


def with_tones_of(source: PixelRows, made: PixelRows, joined: str = "") -> PixelRows:
    """What was made (h, w, 3), shifted by a smooth field so that squares of CELL have the mean
    colours of the source's. Beyond edges that are `joined` ("x", "y") comes the other side."""
    field = _smoothed(_means(source) - _means(made), joined)
    height, width = made.shape[:2]
    above, below, down = _between(height, field.shape[0], "y" in joined)
    left, right, across = _between(width, field.shape[1], "x" in joined)
    result = np.empty_like(made)
    for top in range(0, height, _BAND):
        rows = slice(top, top + _BAND)
        part = field[above[rows]] * (1 - down[rows, None, None])
        part = part + field[below[rows]] * down[rows, None, None]
        shift = part[:, left] * (1 - across[:, None]) + part[:, right] * across[:, None]
        result[rows] = np.clip(np.rint(made[rows] + shift), 0, 255).astype(np.uint8)
    return result


def _means(pixels: PixelRows) -> Cells:
    """The mean colour of each square; those at the right and below may be smaller."""
    height, width = pixels.shape[:2]
    tops = np.arange(0, height, CELL)
    lefts = np.arange(0, width, CELL)
    means = np.empty((len(tops), len(lefts), 3), np.float32)
    for row, top in enumerate(tops):
        lines = pixels[top : top + CELL].sum(0, dtype=np.int64)
        sums = np.add.reduceat(lines, lefts, axis=0)
        across = np.minimum(width - lefts, CELL)
        means[row] = sums / (across * min(CELL, height - top))[:, None]
    return means


def _smoothed(field: Cells, joined: str) -> Cells:
    """Each cell by half its own value, by half that of its neighbours above, below and beside."""
    for axis, letter in ((0, "y"), (1, "x")):
        around = [(0, 0), (0, 0), (0, 0)]
        around[axis] = (1, 1)
        padded = np.pad(field, around, mode="wrap" if letter in joined else "edge")
        length = field.shape[axis]
        before, here, after = (
            padded.take(range(first, first + length), axis=axis) for first in range(3)
        )
        field = (before * 0.25 + here * 0.5 + after * 0.25).astype(np.float32)
    return field


def _between(
    length: int, cells: int, wrapped: bool
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """Of each line, the two cells whose middles it lies between, and how far from the first to the
    second."""
    place = (np.arange(length) + 0.5) / CELL - 0.5
    first = np.floor(place).astype(np.intp)
    share = (place - first).astype(np.float32)
    if wrapped:
        return first % cells, (first + 1) % cells, share
    return np.clip(first, 0, cells - 1), np.clip(first + 1, 0, cells - 1), share
