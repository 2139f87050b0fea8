"""Heun's method with a third slope, from the level behind the next one.

Signature and shapes: `types.Sample`.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.sampling.steps import NO_CHURN, Churn, step_pairs
from core.sampling.types import Array, Denoise, StepNoise, Steps


def heunpp2(
    denoise: Denoise,
    x: Array,
    sigmas: Sequence[float],
    noise: StepNoise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
    churn: Churn = NO_CHURN,
) -> Steps:
    """Heun++ (Carlo Wang 2023, as ComfyUI has it): the slopes at this level and the two that
    follow, the later ones weighted by their level's share of the first one of all. The last steps
    have fewer levels ahead: Heun's with such weights, then Euler's. Yields (x, x0)."""
    levels = [float(sigma) for sigma in sigmas]
    for step, (sigma_before, sigma_next) in enumerate(step_pairs(levels)):
        x, sigma = churn.raised(x, sigma_before, noise, s_noise)
        x0 = denoise(x, sigma)
        slope = (x - x0) / sigma
        ahead = [level for level in levels[step + 1 : step + 3] if level != levels[-1]]
        shares = [level / ((len(ahead) + 1) * levels[0]) for level in ahead]
        total = slope * (1 - sum(shares))
        at, below = x, sigma
        for level, share in zip(ahead, shares, strict=True):
            at = at + slope * (level - below)
            slope = (at - denoise(at, level)) / level
            total = total + slope * share
            below = level
        x = x + total * (sigma_next - sigma)
        yield x, x0
