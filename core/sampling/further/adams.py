"""Adams-Bashforth steps on the noise that was seen, up to order 4: on weights of even steps, on
those of the steps as they are, and with a first step that looks twice.

Signature and shapes: `types.Sample`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from core.sampling.steps import LONGEST, step_pairs
from core.sampling.types import Array, Denoise, Sample, StepNoise, Steps

# of the noise seen now and before, for even steps (Liu et al. 2022, PNDM)
EVEN = (
    (1.0,),
    (3 / 2, -1 / 2),
    (23 / 12, -16 / 12, 5 / 12),
    (55 / 24, -59 / 24, 37 / 24, -9 / 24),
)


def _mixed(slopes: Sequence[Array], weights: Sequence[float]) -> Array:
    total = slopes[0] * weights[0]
    for slope, weight in zip(slopes[1:], weights[1:], strict=True):
        total = total + slope * weight
    return total


def ipndm(
    denoise: Denoise,
    x: Array,
    sigmas: Sequence[float],
    noise: StepNoise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """Improved PNDM (Zhang and Chen 2023, arXiv:2204.13902): orders rise from 1; the step to zero
    is the estimate. Yields (x, x0)."""
    slopes: list[Any] = []
    for sigma, sigma_next in step_pairs(sigmas):
        x0 = denoise(x, sigma)
        slopes = [(x - x0) / sigma, *slopes[:3]]
        moved = _mixed(slopes, EVEN[len(slopes) - 1]) * (sigma_next - sigma)
        x = x0 if sigma_next == 0 else x + moved
        yield x, x0


def _plms(longest: float) -> Sample:
    """Pseudo linear multistep (Liu et al. 2022, arXiv:2202.09778): the first step is Heun's where
    sigma / sigma_next is at most `longest`, the step to zero is the estimate."""

    def sample(
        denoise: Denoise,
        x: Array,
        sigmas: Sequence[float],
        noise: StepNoise,
        *,
        eta: float | None = None,
        s_noise: float = 1.0,
    ) -> Steps:
        """Yields (x, x0) after each step, as `types.Sample` says."""
        slopes: list[Any] = []
        for sigma, sigma_next in step_pairs(sigmas):
            x0 = denoise(x, sigma)
            slopes = [(x - x0) / sigma, *slopes[:3]]
            slope = _mixed(slopes, EVEN[len(slopes) - 1])
            if len(slopes) == 1 and 0 < sigma <= longest * sigma_next:
                ahead = x + slope * (sigma_next - sigma)
                slope = (slope + (ahead - denoise(ahead, sigma_next)) / sigma_next) / 2
            x = x0 if sigma_next == 0 else x + slope * (sigma_next - sigma)
            yield x, x0

    return sample


plms = _plms(LONGEST)
plms_unbounded = _plms(math.inf)  # as other programs have it


def uneven(steps: Sequence[float]) -> tuple[float, ...]:
    """The weights for a step of steps[0] after steps[1], steps[2] and so on, in the form of the
    published program (Zhou et al. 2024, diff-sampler): up to order 2 those of Adams and Bashforth,
    above them another bracket in their first term."""
    h, *before = steps
    if not before:
        return (1.0,)
    h1, *rest = before
    weights = [1 + h / h1 / 2, -h / h1 / 2]
    if rest:
        h2 = rest[0]
        bend = (1 - h / (3 * (h + h1)) * (h * (h + h1)) / (h1 * (h1 + h2))) / 2
        weights[0] += bend
        weights[1] -= (1 + h1 / h2) * bend
        weights.append(h1 / h2 * bend)
    if len(rest) > 1:
        h2, h3 = rest
        far = h1 * (h1 + h2) / (h2 * (h2 + h3))
        twist = (1 - h / (3 * (h + h1))) / 2
        twist += (1 - h / (2 * (h + h1))) * h / (6 * (h + h1 + h2))
        twist *= h * (h + h1) * (h + h1 + h2) / (h1 * (h1 + h2) * (h1 + h2 + h3))
        weights[0] += twist
        weights[1] -= (1 + h1 / h2 + far) * twist
        weights[2] += (h1 / h2 + far * (1 + h2 / h3)) * twist
        weights.append(-twist * far * h1 / h2)
    return tuple(weights)


def ipndm_v(
    denoise: Denoise,
    x: Array,
    sigmas: Sequence[float],
    noise: StepNoise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """`ipndm` with weights of the steps as they are. Yields (x, x0)."""
    levels = [float(sigma) for sigma in sigmas]
    steps = [b - a for a, b in pairwise(levels)]
    slopes: list[Any] = []
    for step, (sigma, sigma_next) in enumerate(step_pairs(levels)):
        x0 = denoise(x, sigma)
        slopes = [(x - x0) / sigma, *slopes[:3]]
        weights = uneven([steps[step - back] for back in range(len(slopes))])
        x = x0 if sigma_next == 0 else x + _mixed(slopes, weights) * steps[step]
        yield x, x0
