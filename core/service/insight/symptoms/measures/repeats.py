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
_LEAST_SHARE = 0.13  # of a picture's detail that a move has to explain
_PATCH, _PATCH_COARSE = 24, 12  # pixels of the small picture
_BELOW = 0.25  # of the height that a patch and its like are apart at least
_FAINT = 0.25  # of the strongest patch's power, below which one is like anything
_STRIPS = 6
_BANDS = (0.33, 0.64)  # of the height that a strip is moved
_PART = 0.12  # of a strip's power that has to be in each of its halves
Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Repeat:
    """All 0 to 1. `alike` is the correlation of a picture with itself, moved as it fits best.
    `below` is how like its places are to others far above or below, each to the one it is most
    like, by their detail. `bands` is how like upright strips are to themselves, moved down by some
    half of the height: a sky under the ground. What stands side by side can be a row of trees; the
    same one above the other is hardly ever meant."""

    alike: float
    below: float
    bands: float


def repeat(rows: Rows) -> Repeat:
    """Of a picture (h, w, 3)."""
    height, width = rows.shape[:2]
    scale = SIDE / max(height, width)
    size = max(_PATCH, round(width * scale)), max(_PATCH, round(height * scale))
    image = Image.fromarray(rows).resize(size, Image.Resampling.BOX)
    small = np.asarray(image, np.float32)
    detail = _detail(image, _COARSE)
    detail -= detail.mean(1, keepdims=True)  # a horizon is like itself all along
    strips = np.array_split(small, _STRIPS, axis=1)
    return Repeat(
        alike=_best(*_correlations(detail), size),
        below=_below(_detail(image, _PATCH_COARSE)),
        bands=float(np.mean([_repeated(strip.mean(1)) for strip in strips])),
    )


def _detail(image: Image.Image, coarse: float) -> Floats:
    smooth = image.filter(ImageFilter.GaussianBlur(coarse))
    return np.asarray(image, np.float32) - np.asarray(smooth, np.float32)


def _below(detail: Floats) -> float:
    """Of every second patch along both sides; those that they are compared with begin at every
    second pixel."""
    windows: Floats = np.lib.stride_tricks.sliding_window_view(
        detail, (_PATCH, _PATCH), axis=(0, 1)
    )
    down, across = ((side - _PATCH) // 2 + 1 for side in detail.shape[:2])
    patches: Floats = windows[::2, ::2].reshape(down * across, -1)
    patches = patches - patches.mean(1, keepdims=True)
    power: Floats = np.sqrt(np.square(patches).sum(1))
    whole = float(power.max())
    if whole <= 1e-3:
        return 0.0
    patches = patches / np.maximum(power, 1e-3)[:, None]
    row, column = np.indices((down, across)).reshape(2, -1)
    chosen = (row % 2 == 0) & (column % 2 == 0)
    likeness = patches[chosen] @ patches.T
    apart = 2 * np.abs(row[chosen][:, None] - row[None]) / detail.shape[0]
    counts = (apart >= _BELOW) & (power >= _FAINT * whole)[None]
    best = np.where(counts, likeness, 0.0).max(1).clip(0, 1)
    return float(np.average(best, weights=power[chosen] ** 2 + 1e-6))


def _repeated(line: Floats) -> float:
    """Of the colours (n, 3) of a strip, from above to below."""
    count, best = len(line), 0.0
    whole = float(np.square(line - line.mean(0)).sum())
    for by in range(int(count * _BANDS[0]), int(count * _BANDS[1])):
        above, under = line[: count - by], line[by:]
        above, under = above - above.mean(0), under - under.mean(0)
        powers = float(np.square(above).sum()), float(np.square(under).sum())
        if min(powers) <= _PART * whole:
            continue
        likeness = float((above * under).sum()) / (powers[0] * powers[1]) ** 0.5
        best = max(best, likeness * min(1.0, 2 * (min(powers) / whole) ** 0.5))
    return best


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


def _best(alike: Floats, share: Floats, size: tuple[int, int]) -> float:
    """The greatest likeness among moves that explain enough."""
    across, down = size
    found = 0.0
    for dy in range(-int(down * FARTHEST), int(down * FARTHEST) + 1):
        for dx in range(int(across * FARTHEST) + 1):
            if max(abs(dy) / down, dx / across) < NEAREST:
                continue
            if share[dy, dx] > _LEAST_SHARE:
                found = max(found, float(alike[dy, dx]))
    return min(found, 1.0)
