"""Gradient estimation (Permenter and Yuan 2024, arXiv:2306.04848): Euler's method with the slope
led on by what it changed since the step before.

Signature and shapes: `types.Sample`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.sampling.steps import step_pairs
from core.sampling.types import Array, Denoise, StepNoise, Steps

GAMMA = 2.0  # the published choice


def gradient_estimation(
    denoise: Denoise,
    x: Array,
    sigmas: Sequence[float],
    noise: StepNoise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """Yields (x, x0) after each step, as `types.Sample` says."""
    slope_last: Any = None
    for sigma, sigma_next in step_pairs(sigmas):
        x0 = denoise(x, sigma)
        slope = (x - x0) / sigma
        led = slope if slope_last is None else slope * GAMMA + slope_last * (1 - GAMMA)
        x = x0 if sigma_next == 0 else x + led * (sigma_next - sigma)
        slope_last = slope
        yield x, x0
