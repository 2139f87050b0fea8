"""Masks made wider, narrower and softer, as pixels (h, w)."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from desktop.edit.pixels.pyramid import Pixels

# the sides of a regular octagon of radius 1: along the axes, along the diagonals
_AXIS = 2**0.5 - 1
_DIAGONAL = 1 - 2**-0.5


def dilated(pixels: Pixels, radius: int) -> Pixels:
    """The largest value within an octagon of this radius in pixels, which is nearly a circle: the
    largest along four lines, one after the other."""
    if radius <= 0:
        return pixels
    diagonal = round(_DIAGONAL * radius)
    axis = radius - 2 * diagonal
    wide = np.pad(pixels, radius)
    for half, down, right in ((axis, 0, 1), (axis, 1, 0), (diagonal, 1, 1), (diagonal, 1, -1)):
        wide = _along(wide, half, down, right)
    return wide[radius:-radius, radius:-radius].copy()


def eroded(pixels: Pixels, radius: int) -> Pixels:
    """The smallest value likewise; what lies beyond the edges counts as the edges do."""
    if radius <= 0:
        return pixels
    around = np.pad(255 - pixels, radius, mode="edge")
    return 255 - dilated(around, radius)[radius:-radius, radius:-radius]


def _along(pixels: Pixels, half: int, down: int, right: int) -> Pixels:
    """The largest value from `half` steps before to `half` steps behind on a line, reckoned by
    doubling the length that is looked at."""
    result, seen, length = pixels, 1, 2 * half + 1
    while seen < length:
        further = min(seen, length - seen)
        result = np.maximum(result, _shifted(result, further * down, further * right))
        seen += further
    return _shifted(result, -half * down, -half * right)


def _shifted(pixels: Pixels, down: int, right: int) -> Pixels:
    """Each value so many places on; what comes in is 0."""
    result = np.zeros_like(pixels)
    height, width = pixels.shape
    result[max(down, 0) : height + min(down, 0), max(right, 0) : width + min(right, 0)] = pixels[
        max(-down, 0) : height + min(-down, 0), max(-right, 0) : width + min(-right, 0)
    ]
    return result


def blurred(pixels: Pixels, deviation: float) -> Pixels:
    """Blurred as by a Gaussian of this standard deviation in pixels; what lies beyond the edges
    counts as the edges do."""
    if deviation <= 0:
        return pixels
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(deviation)))
