"""Samplers with fresh noise for flow models, whose signal shrinks as noise
grows: x = (1 - sigma) x0 + sigma noise.

Signature and shapes: `types.Sample`. A step goes down to `down`, below the next level, and comes up
to it again with noise; on the way up the signal of x has to shrink from 1 - down to 1 - sigma_next.
(As ComfyUI has it for rectified flow.)
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from core.sampling.steps import step_pairs
from core.sampling.types import Array, Denoise, StepNoise, Steps


def renoised(sigma: float, sigma_next: float, eta: float) -> tuple[float, float, float]:
    """(down, gain, up): the level to go down to, and what x and the noise are multiplied by
    from there to sigma_next."""
    down = sigma_next * (1 + (sigma_next / sigma - 1) * eta)
    gain = (1 - sigma_next) / (1 - down)
    return down, gain, math.sqrt(max(0.0, sigma_next**2 - (down * gain) ** 2))


def _middle(sigma: float, down: float) -> float:
    """The level halfway from sigma to `down` in log((1 - sigma) / sigma), which has no value at
    sigma 1: from there a step goes by way of nearly all noise."""
    if sigma >= 1:
        return 0.9999
    return 1 / (1 + math.sqrt((1 - sigma) / sigma * (1 - down) / down))


def euler_ancestral(
    denoise: Denoise,
    x: Array,
    sigmas: Sequence[float],
    noise: StepNoise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """Euler's method down, noise up; with `eta` 0 Euler's method alone. Yields (x, x0)."""
    strength = 1.0 if eta is None else eta
    for sigma, sigma_next in step_pairs(sigmas):
        x0 = denoise(x, sigma)
        down, gain, up = renoised(sigma, sigma_next, strength)
        x = x * (down / sigma) + x0 * (1 - down / sigma)
        if sigma_next > 0 and strength:
            x = x * gain + noise(sigma, sigma_next) * (s_noise * up)
        yield x, x0


def dpmpp_2s_ancestral(
    denoise: Denoise,
    x: Array,
    sigmas: Sequence[float],
    noise: StepNoise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """DPM-Solver++(2S) (Lu et al. 2022) down, its midpoint halfway in
    log((1 - sigma) / sigma), noise up."""
    strength = 1.0 if eta is None else eta
    for sigma, sigma_next in step_pairs(sigmas):
        x0 = denoise(x, sigma)
        seen = x0
        down, gain, up = renoised(sigma, sigma_next, strength)
        if sigma_next > 0 and down > 0:  # which an eta above 1 may lead below zero
            middle = _middle(sigma, down)
            seen = denoise(x * (middle / sigma) + x0 * (1 - middle / sigma), middle)
        x = x * (down / sigma) + seen * (1 - down / sigma)
        if sigma_next > 0 and strength:
            x = x * gain + noise(sigma, sigma_next) * (s_noise * up)
        yield x, x0


def lcm(
    denoise: Denoise,
    x: Array,
    sigmas: Sequence[float],
    noise: StepNoise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """The clean estimate, noised afresh to the next level (Luo et al. 2023)."""
    for sigma, sigma_next in step_pairs(sigmas):
        x0 = denoise(x, sigma)
        x = x0
        if sigma_next > 0:
            x = x0 * (1 - sigma_next) + noise(sigma, sigma_next) * (sigma_next * s_noise)
        yield x, x0
