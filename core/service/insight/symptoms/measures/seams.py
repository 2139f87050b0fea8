"""Seams of tiles: straight lines, one pixel wide, across a whole picture, in a grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.service.sweeps.picture_measures import Rows

MOST_LOOKED_AT = 384  # rows, or columns, that a line is looked for across
LEAST_TILE = 32  # pixels a tile is wide
_FAINT = 0.1  # what a line of a grid stands out along at least
_ALONE = 3  # lines that are a grid, in one direction too
_CROSS = 0.65  # what a cross of two lines counts: a wall and a horizon are one
_NEAR = 12  # pixels on each side that a line is set beside
# Levels, of three channels together, that a step has to be above its neighbours: those of a smooth
# slope are apart by 1 in each.
_JUMP = 3.5
_LOUD = 150.0  # the same, from where on a line is drawn and no seam

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Seams:
    """`share` is how much of its length the second strongest line of a grid stands out along, 0 to
    1, less what lines near it do; 0 where there is no grid. `columns` and `rows` are where its
    lines are, in pixels."""

    share: float
    columns: tuple[int, ...]
    rows: tuple[int, ...]


def seams(rows: Rows, threshold: float) -> Seams:
    """The grid of tiles that begins at the upper left corner of a picture (h, w, 3), of lines that
    stand out along more than `threshold` of their length on the average. A horizon is one line; a
    grid has some in both directions, or three in one."""
    upright, level = _outstanding(rows.swapaxes(0, 1)), _outstanding(rows)
    columns, lines = _grid(upright, threshold), _grid(level, threshold)
    few = len(columns) + len(lines) < _ALONE
    if few and not (columns and lines):
        return Seams(0.0, (), ())
    shares = sorted((*(upright[at] for at in columns), *(level[at] for at in lines)))
    return Seams(float(shares[-2]) * (_CROSS if few else 1.0), columns, lines)


def _outstanding(rows: Rows) -> Floats:
    """For each line between two rows of (h, w, 3), by the row below it: along which share of its
    length the step there is greater than those before and behind it, less the same of lines
    near it."""
    height, width = rows.shape[:2]
    every = max(1, width // MOST_LOOKED_AT)
    looked = rows[:, ::every].astype(np.int16)
    steps = np.abs(np.diff(looked, axis=0)).sum(2)  # (h - 1, n)
    found = np.zeros(height)
    if height < 2 * LEAST_TILE:
        return found
    inner = steps[1:-1]
    sharp = (inner > steps[:-2] + _JUMP) & (inner > steps[2:] + _JUMP)
    share = sharp.mean(1)
    loud = np.median(inner, axis=1) > _LOUD
    around = _highest_around(share)
    found[2 : height - 1] = np.where(loud, 0.0, share - around)
    return found


def _highest_around(values: Floats) -> Floats:
    """The highest of each value's neighbours, without itself and those beside it. Decoders leave a
    faint grid of 4 or 8 pixels and JPEG one of 8: a seam stands out of that."""
    padded = np.pad(values, _NEAR, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _NEAR + 1)
    others = np.delete(windows, (_NEAR - 1, _NEAR, _NEAR + 1), axis=1)
    return np.max(others, axis=1)


def _grid(shares: Floats, threshold: float) -> tuple[int, ...]:
    """Where lines are at all multiples of a tile's side, faint ones too where they are strong on
    the whole: of the side whose lines are strongest together."""
    best: tuple[int, ...] = ()
    strongest = 0.0
    end = len(shares) - LEAST_TILE
    for side in (np.flatnonzero(shares[:end] > _FAINT)).tolist():
        if side < LEAST_TILE:
            continue
        places = tuple(range(side, end, side))
        lines = shares[list(places)]
        if lines.min() > _FAINT and lines.mean() > threshold and lines.sum() > strongest:
            best, strongest = places, float(lines.sum())
    return best
