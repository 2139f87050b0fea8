"""CFG++ (Chung et al. 2024): a step goes to the guided estimate, but along the noise that was seen
without the prompt.

Signature and shapes: `types.Sample`; `denoise` is a `GuidedDenoise`, whose `without` is the
estimate without the prompt that its last call found.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast

from core.sampling.steps import ancestral_step, step_pairs
from core.sampling.types import Array, Denoise, GuidedDenoise, Sample, StepNoise, Steps


def _euler(default_eta: float) -> Sample:
    """Euler's step to the guided estimate, with ancestral noise where eta is not 0."""

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
        guided = cast("GuidedDenoise", denoise)
        strength = default_eta if eta is None else eta
        for sigma, sigma_next in step_pairs(sigmas):
            x0 = guided(x, sigma)
            down, up = ancestral_step(sigma, sigma_next, strength)
            x = x0 + (x - guided.without) * (down / sigma)
            if up:
                x = x + noise(sigma, sigma_next) * (s_noise * up)
            yield x, x0

    return sample


euler_cfg_pp = _euler(0.0)
euler_ancestral_cfg_pp = _euler(1.0)


def dpmpp_2s_ancestral_cfg_pp(
    denoise: Denoise,
    x: Array,
    sigmas: Sequence[float],
    noise: StepNoise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """DPM-Solver++(2S) with ancestral noise (Lu et al. 2022b), its noise without the prompt: as
    ComfyUI had it from 2024 to mid-2026, to which most recipes belong. Since then it keeps what is
    seen with the prompt out of the second look, which is another picture."""
    guided = cast("GuidedDenoise", denoise)
    for sigma, sigma_next in step_pairs(sigmas):
        x0 = guided(x, sigma)
        down, up = ancestral_step(sigma, sigma_next, 1.0 if eta is None else eta)
        if down == 0:
            x = x0 + (x - guided.without) * (down / sigma)
        else:
            h = math.log(sigma / down)
            moved = x + (x0 - guided.without)
            x_2 = moved * math.exp(-h / 2) - x0 * math.expm1(-h / 2)
            x0_2 = guided(x_2, sigma * math.exp(-h / 2))
            moved = x + (x0 - guided.without)
            x = moved * (down / sigma) - x0_2 * math.expm1(-h)
        if up:
            x = x + noise(sigma, sigma_next) * (s_noise * up)
        yield x, x0


def dpmpp_2m_cfg_pp(
    denoise: Denoise,
    x: Array,
    sigmas: Sequence[float],
    noise: StepNoise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """DPM-Solver++(2M) (Lu et al. 2022b), its noise without the prompt."""
    guided = cast("GuidedDenoise", denoise)
    without_last: Any = None
    h_last = 0.0
    for sigma, sigma_next in step_pairs(sigmas):
        x0 = guided(x, sigma)
        without = guided.without
        ratio = sigma_next / sigma
        h = math.log(sigma / sigma_next) if sigma_next else 0.0
        x = x0 + (x - without) * ratio
        if without_last is not None and sigma_next:
            x = x + (x0 - without_last) * ((1 - ratio) * h / (2 * h_last))
        without_last, h_last = without, h
        yield x, x0
