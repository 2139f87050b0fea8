"""Gradient estimation (Permenter and Yuan 2024, arXiv:2306.04848): Euler's method with the slope
led on by what it changed since the step before.

Signature and shapes: `types.Sample`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from core.sampling.steps import step_pairs
from core.sampling.types import Array, Denoise, GuidedDenoise, Sample, StepNoise, Steps

GAMMA = 2.0  # the published choice


def _gradient_estimation(*, plus: bool) -> Sample:
    """`plus`: along the noise without the prompt (CFG++), with a `GuidedDenoise`."""

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
        slope_last: Any = None
        for sigma, sigma_next in step_pairs(sigmas):
            x0 = denoise(x, sigma)
            seen = cast("GuidedDenoise", denoise).without if plus else x0
            slope = (x - seen) / sigma
            led = slope if slope_last is None else slope * GAMMA + slope_last * (1 - GAMMA)
            x = x0 if sigma_next == 0 else x + (x0 - seen) + led * (sigma_next - sigma)
            slope_last = slope
            yield x, x0

    return sample


gradient_estimation = _gradient_estimation(plus=False)
gradient_estimation_cfg_pp = _gradient_estimation(plus=True)
