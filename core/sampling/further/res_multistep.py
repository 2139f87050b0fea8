"""RES, refined exponential solver, in its multistep form (Zhang et al. 2023, arXiv:2308.02157).

Signature and shapes: `types.Sample`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from core.sampling.steps import ancestral_step, step_pairs
from core.sampling.types import Array, Denoise, Sample, StepNoise, Steps


def _res_multistep(default_eta: float) -> Sample:
    """Second order from the estimate of the step before, down to sigma_down; then fresh noise."""

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
        strength = default_eta if eta is None else eta
        x0_last: Any = None
        sigma_last = down_last = 0.0
        for sigma, sigma_next in step_pairs(sigmas):
            x0 = denoise(x, sigma)
            down, up = ancestral_step(sigma, sigma_next, strength)
            x = x * (down / sigma) + x0 * (1 - down / sigma)
            if down and down_last and x0_last is not None:
                h = math.log(sigma / down)
                # where the last estimate was made, seen from here, in steps
                c2 = math.log(down_last / sigma_last) / h
                phi_2 = (math.expm1(-h) / -h - 1) / -h
                x = x + (x0_last - x0) * (h * phi_2 / c2 if c2 else 0.0)
            if up:
                x = x + noise(sigma, sigma_next) * (s_noise * up)
            x0_last, sigma_last, down_last = x0, sigma, down
            yield x, x0

    return sample


res_multistep = _res_multistep(0.0)
res_multistep_ancestral = _res_multistep(1.0)
