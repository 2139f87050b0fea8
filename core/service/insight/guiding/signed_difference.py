"""How the two guesses of classifier-free guidance differ, as a picture. Not for the GUI thread.

By the names of Ho & Salimans 2022: the guess with the prompt less the guess against it, times the
guidance scale less 1, is added to the guess with the prompt.
"""

from __future__ import annotations

import numpy as np

from core.service.sweeps.picture_measures import rows_of
from core.values.picture import Pixels

MIDDLE = 128  # of 255: no difference
GAINS = (1, 2, 4, 8, 16, 32)  # times as much, as a signed difference may be drawn
OUTSIDE = 1.0  # percent of a difference's values that may leave the range


def signed_difference(first: Pixels, second: Pixels) -> tuple[Pixels, int] | None:
    """The first less the second, channel by channel about `MIDDLE`, and how many times as much of
    it is drawn: the most of `GAINS` at which no more than `OUTSIDE` leaves the range. None where
    the sizes differ."""
    if (first.width, first.height) != (second.width, second.height):
        return None
    moved = rows_of(first).astype(np.int32) - rows_of(second)
    high = float(np.percentile(np.abs(moved), 100 - OUTSIDE))
    gain = max((one for one in GAINS if high * one < MIDDLE), default=GAINS[0])
    rows = np.clip(MIDDLE + moved * gain, 0, 255).astype(np.uint8)
    return Pixels(first.width, first.height, rows.tobytes()), gain
