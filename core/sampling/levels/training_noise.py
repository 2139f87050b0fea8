"""The noise that Stable Diffusion was trained with: alpha-bar by timestep, how much of the variance
is the picture. Plain floats, no torch."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import accumulate

# what other programs take for the last timestep's alpha-bar of zero terminal SNR, whose own would
# be 0 and its sigma infinite
ZERO_SNR_ALPHA_BAR = 4.8973451890853435e-8
AlphaBars = tuple[float, ...]


@lru_cache(maxsize=8)
def training_alphas_cumprod(
    beta_start: float = 0.00085, beta_end: float = 0.012, steps: int = 1000
) -> AlphaBars:
    """Alpha-bar per timestep of the scaled-linear betas of Stable Diffusion 1.x,
    2.x and XL (Rombach et al. 2022)."""
    low, high = math.sqrt(beta_start), math.sqrt(beta_end)
    betas = ((low + (high - low) * i / (steps - 1)) ** 2 for i in range(steps))
    return tuple(accumulate((1.0 - beta for beta in betas), lambda a, b: a * b))


@lru_cache(maxsize=8)
def zero_terminal_snr(alphas_cumprod: AlphaBars) -> AlphaBars:
    """The same noise stretched so that the last timestep holds none of the picture (Lin
    et al. 2023, algorithm 1)."""
    roots = [math.sqrt(a) for a in alphas_cumprod]
    first, last = roots[0], roots[-1]
    return tuple(((root - last) * first / (first - last)) ** 2 for root in roots)


@lru_cache(maxsize=8)
def training_sigmas(alphas_cumprod: AlphaBars) -> AlphaBars:
    clamped = (max(a, ZERO_SNR_ALPHA_BAR) for a in alphas_cumprod)
    return tuple(math.sqrt((1.0 - a) / a) for a in clamped)
