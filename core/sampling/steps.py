"""What samplers share of a single step: from which sigma to which, how much of it fresh noise makes
up, and how long a step may be for second order."""

from __future__ import annotations

import math
from collections.abc import Sequence

# sigma / sigma_next of a step beyond which a slope at its end or middle says
# nothing of it: then first order
LONGEST = 20.0


def step_pairs(sigmas: Sequence[float]) -> list[tuple[float, float]]:
    """(sigma, sigma_next) of each step."""
    values = [float(s) for s in sigmas]
    return list(zip(values[:-1], values[1:], strict=True))


def ancestral_step(sigma: float, sigma_next: float, eta: float) -> tuple[float, float]:
    """Split a step into a deterministic part down to `sigma_down` and fresh noise of
    `sigma_up` (k-diffusion)."""
    if not eta:
        return sigma_next, 0.0
    up = min(sigma_next, eta * math.sqrt(sigma_next**2 * (sigma**2 - sigma_next**2) / sigma**2))
    return math.sqrt(sigma_next**2 - up**2), up
