"""ER-SDE-Solver-3 (Cui et al. 2023, arXiv:2309.06169): the reverse equation with a noise share of
its own at each level, solved up to third order in sigma.

Signature and shapes: `types.Sample`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from core.sampling.steps import step_pairs
from core.sampling.types import Array, Denoise, StepNoise, Steps

_POINTS = 200  # of the rule for the two integrals that have no closed form


def _scale(sigma: float) -> float:
    """phi(sigma), which says how much of the noise is fresh: "ER-SDE 5" of the paper."""
    return sigma * (math.exp(sigma**0.3) + 10)


def _integrals(sigma: float, sigma_next: float) -> tuple[float, float]:
    """Of 1 / phi and of (u - sigma) / phi over u from sigma_next to sigma, by left sums."""
    width = (sigma - sigma_next) / _POINTS
    levels = [sigma_next + number * width for number in range(_POINTS)]
    plain = sum(1 / _scale(level) for level in levels) * width
    moment = sum((level - sigma) / _scale(level) for level in levels) * width
    return plain, moment


def er_sde(
    denoise: Denoise,
    x: Array,
    sigmas: Sequence[float],
    noise: StepNoise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """Yields (x, x0) after each step. The share of fresh noise is the method's: `eta` 0 leaves the
    noise out, which goes another way to the same end."""
    fresh = s_noise * (1.0 if eta is None else eta)
    past: list[tuple[float, Any, Any]] = []  # (sigma, x0, its slope), the latest first
    for sigma, sigma_next in step_pairs(sigmas):
        x0 = denoise(x, sigma)
        slope: Any = None
        if sigma_next == 0:
            x = x0
        else:
            r = _scale(sigma_next) / _scale(sigma)
            x = x * r + x0 * (1 - r)
            if past:
                plain, moment = _integrals(sigma, sigma_next)
                dt = sigma_next - sigma
                slope = (x0 - past[0][1]) / (sigma - past[0][0])
                x = x + slope * (dt + plain * _scale(sigma_next))
                if past[0][2] is not None:
                    bend = (slope - past[0][2]) / ((sigma - past[1][0]) / 2)
                    x = x + bend * (dt * dt / 2 + moment * _scale(sigma_next))
            up = math.sqrt(max(0.0, sigma_next**2 - (sigma * r) ** 2))
            if fresh and up:
                x = x + noise(sigma, sigma_next) * (fresh * up)
        past = [(sigma, x0, slope), *past[:1]]
        yield x, x0
