"""DPM-Solver++ on data prediction (Lu et al. 2022b), single-step, multistep and stochastic.

Signature and shapes: `types.Sample`. Here t = -log(sigma) and h = t_next - t, as in the papers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from core.sampling.steps import ancestral_step, step_pairs
from core.sampling.types import Array, Denoise, Sample, StepNoise, Steps


def dpmpp_2s_ancestral(
    denoise: Denoise,
    x: Array,
    sigmas: Sequence[float],
    noise: StepNoise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """DPM-Solver++(2S) with ancestral noise (Lu et al. 2022b)."""
    for sigma, sigma_next in step_pairs(sigmas):
        x0 = denoise(x, sigma)
        down, up = ancestral_step(sigma, sigma_next, 1.0 if eta is None else eta)
        if down == 0:
            x = x0 + (x - x0) * (down / sigma)
        else:
            h = math.log(sigma / down)
            x_2 = x * math.exp(-h / 2) - x0 * math.expm1(-h / 2)
            x = x * (down / sigma) - denoise(x_2, sigma * math.exp(-h / 2)) * math.expm1(-h)
        if up:
            x = x + noise(sigma, sigma_next) * (s_noise * up)
        yield x, x0


def dpmpp_sde(
    denoise: Denoise,
    x: Array,
    sigmas: Sequence[float],
    noise: StepNoise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """DPM-Solver++ (stochastic), r = 1/2: two evaluations and two noises a step (Lu
    et al. 2022b; k-diffusion)."""
    strength = 1.0 if eta is None else eta
    for sigma, sigma_next in step_pairs(sigmas):
        x0 = denoise(x, sigma)
        if sigma_next == 0:
            x = x0
        else:
            middle = math.sqrt(sigma * sigma_next)
            down, up = ancestral_step(sigma, middle, strength)
            x_2 = x * (down / sigma) + x0 * (1 - down / sigma)
            if up:
                x_2 = x_2 + noise(sigma, middle) * (s_noise * up)
            x0_2 = denoise(x_2, middle)
            down, up = ancestral_step(sigma, sigma_next, strength)
            x = x * (down / sigma) + x0_2 * (1 - down / sigma)
            if up:
                x = x + noise(sigma, sigma_next) * (s_noise * up)
        yield x, x0


def dpmpp_2m(
    denoise: Denoise,
    x: Array,
    sigmas: Sequence[float],
    noise: StepNoise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """DPM-Solver++(2M): second order from the step before, one evaluation
    a step (Lu et al. 2022b)."""
    x0_last = None
    h_last = 0.0
    for sigma, sigma_next in step_pairs(sigmas):
        x0 = denoise(x, sigma)
        if sigma_next == 0:
            x = x0
        else:
            h = math.log(sigma / sigma_next)
            guess = x0
            if x0_last is not None:
                r = h_last / h
                guess = x0 * (1 + 1 / (2 * r)) - x0_last * (1 / (2 * r))
            x = x * (sigma_next / sigma) - guess * math.expm1(-h)
            h_last = h
        x0_last = x0
        yield x, x0


def _dpmpp_2m_sde(correct: Callable[[float, float], float]) -> Sample:
    """`correct`: what the change since the last estimate counts, of 1 - e^-h(1 + eta) and
    h (1 + eta)."""

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
        strength = 1.0 if eta is None else eta
        x0_last = None
        h_last = 0.0
        for sigma, sigma_next in step_pairs(sigmas):
            x0 = denoise(x, sigma)
            if sigma_next == 0:
                x = x0
            else:
                h = math.log(sigma / sigma_next)
                gain = -math.expm1(-h * (1 + strength))
                x = x * (sigma_next / sigma * math.exp(-strength * h)) + x0 * gain
                if x0_last is not None:
                    x = x + (x0 - x0_last) * (correct(gain, h * (1 + strength)) * h / h_last)
                if strength and s_noise:
                    x = x + noise(sigma, sigma_next) * (
                        sigma_next * math.sqrt(-math.expm1(-2 * strength * h)) * s_noise
                    )
                h_last = h
            x0_last = x0
            yield x, x0

    return sample


# SDE-DPM-Solver++(2M) (Lu et al. 2022b; k-diffusion) in its midpoint form, and in Heun's.
dpmpp_2m_sde = _dpmpp_2m_sde(lambda gain, _: 0.5 * gain)
dpmpp_2m_sde_heun = _dpmpp_2m_sde(lambda gain, h_eta: 1 - gain / h_eta)


def _third_order(
    x: Array, x0: Array, past: list[tuple[Any, float]], h: float, h_eta: float
) -> Array:
    """The correction of DPM-Solver++(3M) from up to two earlier estimates."""
    if not past:
        return x
    phi_2 = math.expm1(-h_eta) / h_eta + 1
    x0_1, h_1 = past[0]
    d1_0 = (x0 - x0_1) / (h_1 / h)
    if len(past) == 1:
        return x + d1_0 * phi_2
    x0_2, h_2 = past[1]
    r0, r1 = h_1 / h, h_2 / h
    d1_1 = (x0_1 - x0_2) / r1
    d1 = d1_0 + (d1_0 - d1_1) * (r0 / (r0 + r1))
    d2 = (d1_0 - d1_1) / (r0 + r1)
    return x + d1 * phi_2 - d2 * (phi_2 / h_eta - 0.5)


def dpmpp_3m_sde(
    denoise: Denoise,
    x: Array,
    sigmas: Sequence[float],
    noise: StepNoise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """SDE-DPM-Solver++(3M): third order from the two steps before (Lu
    et al. 2022b; k-diffusion)."""
    strength = 1.0 if eta is None else eta
    past: list[tuple[Any, float]] = []
    for sigma, sigma_next in step_pairs(sigmas):
        x0 = denoise(x, sigma)
        if sigma_next == 0:
            x = x0
        else:
            h = math.log(sigma / sigma_next)
            h_eta = h * (strength + 1)
            x = _third_order(x * math.exp(-h_eta) - x0 * math.expm1(-h_eta), x0, past, h, h_eta)
            if strength and s_noise:
                x = x + noise(sigma, sigma_next) * (
                    sigma_next * math.sqrt(-math.expm1(-2 * h * strength)) * s_noise
                )
            past = [(x0, h), *past[:1]]
        yield x, x0
