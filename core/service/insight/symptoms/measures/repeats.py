"""How much of a picture is there twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from core.service.sweeps.picture_measures import Rows

SIDE = 96  # pixels that it is looked at
_COARSE = SIDE / 10  # pixels: what is larger than that, as a sky, repeats itself in any picture
NEAREST, FARTHEST = 0.22, 0.65  # shares of a side that a repeated thing may be apart
Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The best match of a picture with itself, moved: `alike`, the correlation of what lies over
    one another, and `share` of the whole picture's detail that it explains, both at most 1;
    `across` and `down` are the move as shares of the sides."""

    alike: float = 0.0
    share: float = 0.0
    across: float = 0.0
    down: float = 0.0


def repeat(rows: Rows, least_share: float) -> Repeat:
    """Of a picture (h, w, 3), among the moves that explain more than `least_share`."""
    height, width = rows.shape[:2]
    scale = SIDE / max(height, width)
    size = max(16, round(width * scale)), max(16, round(height * scale))
    image = Image.fromarray(rows).resize(size, Image.Resampling.BOX)
    smooth = image.filter(ImageFilter.GaussianBlur(_COARSE))
    detail = np.asarray(image, np.float32) - np.asarray(smooth, np.float32)
    detail -= detail.mean(1, keepdims=True)  # a horizon is like itself all along
    return _best(*_correlations(detail), size, least_share)


def _correlations(detail: Floats) -> tuple[Floats, Floats]:
    """By the move down and across: the correlation of what lies over one another, and the same as
    a share of all."""
    down, across = detail.shape[:2]
    shape = 2 * down, 2 * across
    spectra = np.fft.rfft2(detail, shape, axes=(0, 1))
    both = np.fft.irfft2((np.abs(spectra) ** 2).sum(2), shape)
    power = np.square(detail).sum(2)
    ones = np.fft.rfft2(np.ones((down, across)), shape)
    of_power = np.fft.rfft2(power, shape)
    first = np.fft.irfft2(of_power * ones.conj(), shape)
    second = np.fft.irfft2(ones * of_power.conj(), shape)
    whole = float(power.sum()) + 1e-6
    floor = (0.02 * whole) ** 2  # of corners without detail nothing can be said
    return both / np.sqrt(np.maximum(first * second, floor)), both / whole


def _best(alike: Floats, share: Floats, size: tuple[int, int], least: float) -> Repeat:
    across, down = size
    found = Repeat()
    for dy in range(-int(down * FARTHEST), int(down * FARTHEST) + 1):
        for dx in range(int(across * FARTHEST) + 1):
            if max(abs(dy) / down, dx / across) < NEAREST:
                continue
            one = float(alike[dy, dx])
            if one > found.alike and share[dy, dx] > least:
                found = Repeat(one, float(share[dy, dx]), dx / across, dy / down)
    return found
