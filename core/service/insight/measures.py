"""What is measured of a step. Latents are (1, c, h, w)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.service.sweeps.picture_measures import root_mean_square

COARSE = 8.0  # latents a wave is long, from which on it counts as composition: 64 pixels
Latents = NDArray[np.floating[Any]]


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
