"""What one picture has that another one lacks, by the length of its waves and by colour."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.service.sweeps.picture_measures import root_mean_square, rows_of
from core.values.picture import Pixels

BANDS = (4, 8, 16, 32, 64)  # pixels a wave is long, between which it is measured
AMPLIFIED = 4  # how much stronger a difference is shown than it is
MOST_SIDE = 2048  # pixels of the middle that are measured, of larger pictures
HIGHEST = 255.0
NOTHING = 1e-6  # of a level, squared: less variance than rounding makes
# rows of luma and both colour differences (ITU-R BT.601), of channels from 0 to 255
COLOURS = np.array(
    [
        [0.299, 0.587, 0.114],
        [-0.168736, -0.331264, 0.5],
        [0.5, -0.418688, -0.081312],
    ]
)
Values = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Band:
    """Waves of `shortest` pixels and more, but below `longest` (0: no end). `share` is what part of
    the whole picture's variance in brightness they make, `lost` the power of the difference in them
    as a part of theirs; both 0 where there is nothing."""

    shortest: int
    longest: int
    share: float
    lost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """From a whole picture to another one that should be the same. `psnr` in decibels, None where
    they are; `luma`, `blue` and `red` are how far brightness and the two colour differences are
    apart (ITU-R BT.601, root mean square of 255), `shifts` by how much red, green and blue are
    brighter on average. `difference` is grey where there is none, and stronger than it is.
    """

    psnr: float | None
    bands: tuple[Band, ...]
    luma: float
    blue: float
    red: float
    shifts: tuple[float, float, float]
    difference: Pixels


def loss_between(whole: Pixels, other: Pixels, amplified: int = AMPLIFIED) -> Loss:
    """Of two pictures of one size, their difference shown `amplified` times. Takes some tenths of a
    second: not for the GUI thread. Raises ValueError for two sizes."""
    if (whole.width, whole.height) != (other.width, other.height):
        raise ValueError("two sizes cannot be compared")
    before, after = rows_of(whole).astype(np.float64), rows_of(other).astype(np.float64)
    moved = after - before
    error = root_mean_square(moved)
    apart = np.sqrt(np.mean((moved @ COLOURS.T) ** 2, axis=(0, 1)))
    shifts = moved.mean((0, 1))
    shown = (moved * amplified + (HIGHEST + 1) / 2).clip(0, HIGHEST).astype(np.uint8)
    return Loss(
        psnr=20 * math.log10(HIGHEST / error) if error else None,
        bands=_bands(_middle(before @ COLOURS[0]), _middle(moved @ COLOURS[0])),
        luma=float(apart[0]),
        blue=float(apart[1]),
        red=float(apart[2]),
        shifts=(float(shifts[0]), float(shifts[1]), float(shifts[2])),
        difference=Pixels(whole.width, whole.height, shown.tobytes()),
    )


def _middle(values: Values) -> Values:
    height, width = values.shape
    top, left = max(height - MOST_SIDE, 0) // 2, max(width - MOST_SIDE, 0) // 2
    return values[top : top + MOST_SIDE, left : left + MOST_SIDE]


def _bands(whole: Values, moved: Values) -> tuple[Band, ...]:
    height, width = whole.shape
    lengths = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
    power, lost = _power(whole), _power(moved)
    total = float(power.sum())
    ends = (0, *BANDS, 0)
    found: list[Band] = []
    for shortest, longest in zip(ends[:-1], ends[1:], strict=True):
        inside = lengths > (1 / longest if longest else 0)
        if shortest:
            inside &= lengths <= 1 / shortest
        own = float(power[inside].sum())
        share = own / total if total > NOTHING else 0.0
        found.append(
            Band(
                shortest, longest, share, float(lost[inside].sum()) / own if own > NOTHING else 0.0
            )
        )
    return tuple(found)


def _power(values: Values) -> Values:
    """The variance of each wave. A Hann window lets the edges, which do not meet, make no waves of
    their own; each of the middle columns stands for two."""
    height, width = values.shape
    window = np.outer(np.hanning(height + 2)[1:-1], np.hanning(width + 2)[1:-1])
    mean = float((values * window).sum() / window.sum())
    power = np.abs(np.fft.rfft2((values - mean) * window)) ** 2
    power[:, 1 : (width + 1) // 2] *= 2
    power[0, 0] = 0.0
    return power / (values.size * float((window**2).sum()))  # Parseval: variances
