"""How a picture's colours lie in their range: washed out, or burnt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.service.sweeps.picture_measures import Rows

MOST_ROWS = 768  # rows, and columns, whose points are looked at
MOST_LINES = 384  # rows, and columns, along which neighbours are compared
_LUMA = np.array((0.299, 0.587, 0.114), np.float32)  # Rec. 601
_LOW, _HIGH = 1, 254  # levels from which on a channel is at its end
_SATURATED = 60  # levels between the highest and the lowest channel: a colour, no white or black
Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Tone:
    """`contrast` is the span of luma from its darkest to its lightest thousandth, `darkest` and
    `lightest` where it begins and ends, and `colour` the 95th percentile of the span between the
    channels, all 0 to 1. `specks`: of how many neighbouring pixels, down and across, one is at the
    end of a channel's range and the other is not, a mean of the channels; `bright_specks` the same
    of colours that are neither grey nor white. A window in the sun or a black coat is one large
    place with a short edge; burnt colours are many small ones. `spread` is the standard deviation
    of all levels, 0 to 255."""

    contrast: float
    darkest: float
    lightest: float
    colour: float
    specks: float
    bright_specks: float
    spread: float


def luma(rows: Rows) -> Floats:
    """(h, w, 3) to (h, w), 0 to 255."""
    return rows.astype(np.float32) @ _LUMA


def tone(rows: Rows) -> Tone:
    """Of a picture (h, w, 3). Of large ones some rows and columns are looked at."""
    height, width = rows.shape[:2]
    down, across = -(-height // MOST_ROWS), -(-width // MOST_ROWS)
    few = rows[::down, ::across]
    brightness = luma(few)
    low, high = np.percentile(brightness, (0.1, 99.9)) / 255
    colour = few.max(2).astype(np.int16) - few.min(2)
    down, across = (-(-side // MOST_LINES) for side in (height, width))
    level, upright = _specks(rows[::down]), _specks(rows[:, ::across].swapaxes(0, 1))
    return Tone(
        contrast=float(high - low),
        darkest=float(low),
        lightest=float(high),
        colour=float(np.percentile(colour, 95) / 255),
        specks=level[0] + upright[0],
        bright_specks=level[1] + upright[1],
        spread=float(few.std((0, 1)).max()),
    )


def _specks(rows: Rows) -> tuple[float, float]:
    """Along rows: the share of neighbours of which one is at an end, and of saturated ones."""
    if rows.shape[1] < 2:
        return 0.0, 0.0
    ends = (rows <= _LOW) | (rows >= _HIGH)
    saturated = rows.max(2).astype(np.int16) - rows.min(2) > _SATURATED
    bright = ends & saturated[..., None]
    return (
        float((ends[:, 1:] != ends[:, :-1]).mean()),
        float((bright[:, 1:] != bright[:, :-1]).mean()),
    )
