"""What is measured of a picture, and between two. Pictures are 8 bits a channel in sRGB."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.values.picture import Pixels

Rows = NDArray[np.uint8]
Values = NDArray[np.floating[Any]]


def root_mean_square(values: Values) -> float:
    """Of all values."""
    return float(np.sqrt(np.mean(np.square(values.astype(np.float64)))))


def rows_of(pixels: Pixels) -> Rows:
    """(h, w, 3)."""
    return np.frombuffer(pixels.rgb, np.uint8).reshape(pixels.height, pixels.width, 3)


def clipped(pixels: Pixels) -> float:
    """The share of pixels of which a channel is 0 or 255."""
    rows = rows_of(pixels)
    return float(((rows == 0) | (rows == np.iinfo(np.uint8).max)).any(2).mean())


def saturation(pixels: Pixels) -> float:
    """The mean of HSV's saturation over all pixels, 0 to 1 (Smith 1978)."""
    rows = rows_of(pixels).astype(np.float64)
    highest = rows.max(2)
    span = highest - rows.min(2)
    return float(np.divide(span, highest, out=np.zeros_like(span), where=highest > 0).mean())


def apart(first: Pixels, second: Pixels) -> float | None:
    """The root of the mean squared difference of all channels, 0 to 255; None where the sizes
    differ."""
    if (first.width, first.height) != (second.width, second.height):
        return None
    return root_mean_square(rows_of(first).astype(np.float64) - rows_of(second))
