"""How far the forms of two pictures are from each other, whatever their colours: whether edges are
where they were.

A word for the light changes every pixel, one for the subject a part of them: by pixels alone the
light would always be the strongest. So words are ranked by what they change of the drawing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.service.sweeps.visible import seen_colours
from core.values.picture import Pixels

CELLS = 64  # along the longer side, of which colours are told apart
TOGETHER = 2  # cells each way, within which an edge may move

Plane = NDArray[np.float64]


def forms_apart(first: Pixels, second: Pixels) -> float:
    """1 less the correlation of the strengths of edges of two pictures of one size, 0 (all edges
    are where they were) to 1. Edges are steps of CIELAB's colours, as the eye sees them, between
    cells of the picture."""
    before, now = _edges(first), _edges(second)
    before, now = before - before.mean(), now - now.mean()
    sizes = np.sqrt((before**2).sum() * (now**2).sum())
    if sizes == 0:  # no edges in one of the two
        return 0.0 if before.any() == now.any() else 1.0
    return float(min(max(1.0 - (before * now).sum() / sizes, 0.0), 1.0))


def _edges(pixels: Pixels) -> Plane:
    """How strong the edges are in each group of cells."""
    # at least two cells each way, also of a strip
    size = max(pixels.width, pixels.height) / CELLS
    cells = _means(seen_colours(pixels), size, least=2)
    down = np.diff(cells, axis=1)[:, :, :-1]
    across = np.diff(cells, axis=2)[:, :-1]
    strength = np.sqrt((down**2 + across**2).sum(0))
    return _means(strength[None], TOGETHER)[0]


def _means(planes: NDArray[Any], size: float, least: int = 1) -> NDArray[np.float64]:
    """(c, h, w) as means over about `size` by `size`, so that no row or column is left over, and
    each side has at least so many."""
    for axis in (1, 2):
        length = planes.shape[axis]
        count = max(round(length / size), least) if size > 1 else length
        ends: NDArray[np.int64] = np.arange(count + 1, dtype=np.int64) * length // count
        widths = np.diff(ends).reshape((-1, 1) if axis == 1 else (1, -1))
        planes = np.add.reduceat(planes, ends[:-1], axis) / widths
    return planes
