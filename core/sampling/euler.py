"""Euler's method on dx/dsigma = (x - x0) / sigma, with and without fresh noise.

Signature and shapes: `types.Sample`.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.sampling.steps import NO_CHURN, Churn, ancestral_step, step_pairs
from core.sampling.types import Array, Denoise, Sample, StepNoise, Steps


def euler(
    denoise: Denoise,
    x: Array,
    sigmas: Sequence[float],
    noise: StepNoise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
    churn: Churn = NO_CHURN,
) -> Steps:
    """Euler's method on dx/dsigma = (x - x0) / sigma (Karras et al. 2022, algorithm 2)."""
    for sigma_before, sigma_next in step_pairs(sigmas):
        x, sigma = churn.raised(x, sigma_before, noise, s_noise)
        x0 = denoise(x, sigma)
        x = x + (x - x0) / sigma * (sigma_next - sigma)
        yield x, x0


def _euler_with_noise(default_eta: float, *, noisy_jumps: bool = True) -> Sample:
    """Euler's step down to sigma_down, then fresh noise (k-diffusion); `noisy_jumps`: also where an
    eta above 1 leads all the way down to the estimate."""

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
        for sigma, sigma_next in step_pairs(sigmas):
            x0 = denoise(x, sigma)
            down, up = ancestral_step(sigma, sigma_next, strength)
            x = x + (x - x0) / sigma * (down - sigma)
            if up and (down or noisy_jumps):
                x = x + noise(sigma, sigma_next) * (s_noise * up)
            yield x, x0

    return sample


euler_ancestral = _euler_with_noise(1.0)
# As ComfyUI has it: less noise than the next level stands for.
euler_ancestral_quiet = _euler_with_noise(1.0, noisy_jumps=False)
# DDIM (Song et al. 2020) in sigma terms is the same step with eta 0:
# its variance equals sigma_up^2 for every eta.
ddim = _euler_with_noise(0.0)
