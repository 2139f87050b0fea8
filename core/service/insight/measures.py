"""What is measured of a step and of a picture. Latents are (1, c, h, w), pictures 8 bits a channel
in sRGB."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.values.picture import Pixels

COARSE = 8.0  # latents a wave is long, from which on it counts as composition: 64 pixels
Latents = NDArray[np.floating[Any]]
Rows = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Change:
    """How far an estimate moved, as shares of the finished latents' own spread: in waves of 64
    pixels and more (`low`: composition and colour) and in shorter ones (`high`: detail)."""

    low: float
    high: float


def change(before: Latents | None, now: Latents, finished: Latents) -> Change:
    """From one estimate of the finished latents to the next; the first one comes from nothing."""
    moved = now if before is None else now - before
    spread = root_mean_square(finished - finished.mean((2, 3), keepdims=True))
    if not spread:
        return Change(0.0, 0.0)
    power = np.abs(np.fft.fft2(moved.astype(np.float64), axes=(2, 3))) ** 2
    rows = np.fft.fftfreq(moved.shape[2])[:, None]
    columns = np.fft.fftfreq(moved.shape[3])[None, :]
    is_low = np.hypot(rows, columns) <= 1 / COARSE
    samples = moved.shape[2] * moved.shape[3]  # Parseval: sum of squares is that of powers over n
    total = moved.size * samples
    low = math.sqrt(float(power[..., is_low].sum()) / total) / spread
    high = math.sqrt(float(power[..., ~is_low].sum()) / total) / spread
    return Change(low, high)


def root_mean_square(values: Latents) -> float:
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
