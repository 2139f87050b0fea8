"""Samplers for models distilled to a few steps: latent consistency and its kin TCD.

Signature and shapes: `types.Sample`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from core.sampling.schedules import NoiseTable
from core.sampling.steps import step_pairs
from core.sampling.types import Array, Denoise, StepNoise, Steps


def lcm(
    denoise: Denoise,
    x: Array,
    sigmas: Sequence[float],
    noise: StepNoise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """Jump to the clean estimate and add fresh noise of the next level (Luo et al. 2023; Song
    et al. 2023, algorithm 1).

    eta scales the fresh part of that noise (None: 1): the rest continues the noise
    the estimate was made from.
    """
    fresh = 1.0 if eta is None else min(max(eta, 0.0), 1.0)
    for sigma, sigma_next in step_pairs(sigmas):
        x0 = denoise(x, sigma)
        kept = math.sqrt(1 - fresh * fresh)
        old = (x - x0) * (sigma_next / sigma * kept) if kept else 0.0
        x = x0 + old
        if sigma_next > 0 and fresh:
            x = x + noise(sigma, sigma_next) * (s_noise * fresh * sigma_next)
        yield x, x0


def _at_share(table: NoiseTable, sigma: float, share: float) -> float:
    """The noise at that share of sigma's timestep; never more than sigma."""
    if share == 1.0:
        return sigma
    return min(sigma, table.sigmas[int(share * table.timestep(sigma))])


def tcd(
    denoise: Denoise,
    x: Array,
    sigmas: Sequence[float],
    noise: StepNoise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """Strategic stochastic sampling (Zheng et al. 2024, "Trajectory consistency
    distillation", algorithm 3).

    Goes on with the noise seen to the share 1 - eta (None: 0.3) of the next timestep, and back up
    to it with fresh noise. Timesteps are those of Stable Diffusion's training.
    """
    table = NoiseTable()
    share = 1.0 - (0.3 if eta is None else min(max(eta, 0.0), 1.0))
    for sigma, sigma_next in step_pairs(sigmas):
        x0 = denoise(x, sigma)
        if sigma_next == 0:
            x = x0
        else:
            down = _at_share(table, sigma_next, share)
            x = x0 + (x - x0) * (down / sigma)
            if down < sigma_next:
                x = x + noise(sigma, sigma_next) * (s_noise * math.sqrt(sigma_next**2 - down**2))
        yield x, x0
