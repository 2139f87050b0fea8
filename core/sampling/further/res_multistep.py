"""RES, refined exponential solver, in its multistep form (Zhang et al. 2023, arXiv:2308.02157).

Signature and shapes: `types.Sample`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast

from core.sampling.steps import ancestral_step, step_pairs
from core.sampling.types import Array, Denoise, GuidedDenoise, Sample, StepNoise, Steps


def _res_multistep(default_eta: float, *, plus: bool = False) -> Sample:
    """Second order from the estimate of the step before, down to sigma_down; then fresh noise.
    `plus`: along the noise without the prompt (CFG++), with a `GuidedDenoise`."""

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
        seen_last: Any = None
        sigma_last = down_last = 0.0
        for sigma, sigma_next in step_pairs(sigmas):
            x0 = denoise(x, sigma)
            seen = cast("GuidedDenoise", denoise).without if plus else x0
            down, up = ancestral_step(sigma, sigma_next, strength)
            ratio = down / sigma
            if seen_last is None or not down:
                x = x0 + (x - seen) * ratio
            else:
                x = (x + (x0 - seen)) * ratio + seen * (1 - ratio)
                if down_last:
                    x = x + (seen_last - seen) * _share(sigma, down, sigma_last, down_last)
            if up:
                x = x + noise(sigma, sigma_next) * (s_noise * up)
            seen_last, sigma_last, down_last = seen, sigma, down
            yield x, x0

    return sample


def _share(sigma: float, down: float, sigma_last: float, down_last: float) -> float:
    """What the change since the last estimate counts in a step from sigma to `down`."""
    h = math.log(sigma / down)
    # where the last estimate was made, seen from here, in steps
    c2 = math.log(down_last / sigma_last) / h
    phi_2 = (math.expm1(-h) / -h - 1) / -h
    return h * phi_2 / c2 if c2 else 0.0


res_multistep = _res_multistep(0.0)
res_multistep_ancestral = _res_multistep(1.0)
res_multistep_cfg_pp = _res_multistep(0.0, plus=True)
res_multistep_ancestral_cfg_pp = _res_multistep(1.0, plus=True)
