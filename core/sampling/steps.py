"""What samplers share of a single step: from which sigma to which, how much of it fresh noise makes
up, and how long a step may be for second order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.sampling.types import Array, StepNoise

# sigma / sigma_next of a step beyond which a slope at its end or middle says
# nothing of it: then first order
LONGEST = 20.0


MOST_GAMMA = math.sqrt(2) - 1


@dataclass(frozen=True, slots=True)
class Churn:
    """Fresh noise that a step begins with, where its sigma lies from `least` to `most`: sigma rises
    by the share `gamma`, and the step goes down from there (Karras et al. 2022, algorithm 2).

    `always_draws`: noise is drawn, and let go, also for the other steps, as k-diffusion did for
    AUTOMATIC1111's web UI.
    """

    gamma: float = 0.0
    least: float = 0.0
    most: float = math.inf
    always_draws: bool = False

    def raised(
        self, x: Array, sigma: float, noise: StepNoise, s_noise: float
    ) -> tuple[Array, float]:
        """x and sigma from which the step goes down."""
        if self.gamma <= 0:
            return x, sigma
        if not self.least <= sigma <= self.most:
            if self.always_draws:
                noise(sigma, sigma)
            return x, sigma
        higher = sigma * (1 + self.gamma)
        fresh = noise(sigma, higher) * (s_noise * math.sqrt(higher**2 - sigma**2))
        return x + fresh, higher


NO_CHURN = Churn()


def gamma_of(s_churn: float, steps: int) -> float:
    """By what share sigma rises in each of so many steps that share `s_churn`."""
    return min(s_churn / steps, MOST_GAMMA)


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
