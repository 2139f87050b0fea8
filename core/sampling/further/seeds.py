"""SEEDS (Gonzalez et al. 2023, arXiv:2305.14267): exponential solvers of the stochastic equation,
two and three stages a step.

Signature and shapes: `types.Sample`. h is the step in -log(sigma); with `eta` the noise goes down
by e^(-h eta) more, and as much comes afresh. Each stretch between stages draws once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from core.sampling.steps import step_pairs
from core.sampling.types import Array, Denoise, Sample, StepNoise, Steps


def _phi_2(h: float) -> float:
    """(e^h - 1 - h) / h."""
    return (math.expm1(h) - h) / h


class _Noise:
    """The fresh noise of a step, which grows from stage to stage; unit variance at the end would be
    of an endless step."""

    def __init__(self, noise: StepNoise, h_eta: float, scale: float) -> None:
        self._noise = noise
        self._rate = h_eta  # h times eta of the whole step
        self._scale = scale
        self._drawn: Any = 0.0

    def to(self, sigma: float, sigma_next: float, stretch: float) -> Any:
        """What x gets at sigma_next, which lies `stretch` of the step below sigma."""
        if not self._rate or not self._scale:
            return 0.0
        fresh = math.sqrt(-math.expm1(-2 * stretch * self._rate))
        self._drawn = (
            self._drawn * math.exp(-stretch * self._rate) + self._noise(sigma, sigma_next) * fresh
        )
        return self._drawn * (self._scale * sigma_next)


def seeds_2(
    denoise: Denoise,
    x: Array,
    sigmas: Sequence[float],
    noise: StepNoise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """SEEDS-2 with its stage in the middle. Yields (x, x0) after each step."""
    strength = 1.0 if eta is None else eta
    for sigma, sigma_next in step_pairs(sigmas):
        x0 = denoise(x, sigma)
        if sigma_next == 0:
            x = x0
        else:
            h = math.log(sigma / sigma_next)
            whole = h * (1 + strength)
            fresh = _Noise(noise, h * strength, s_noise)
            middle = math.sqrt(sigma * sigma_next)
            x_2 = x * math.exp(-whole / 2) - x0 * math.expm1(-whole / 2)
            x0_2 = denoise(x_2 + fresh.to(sigma, middle, 1 / 2), middle)
            x = x * math.exp(-whole) - x0_2 * math.expm1(-whole)
            x = x + fresh.to(middle, sigma_next, 1 / 2)
        yield x, x0


def seeds_3(
    denoise: Denoise,
    x: Array,
    sigmas: Sequence[float],
    noise: StepNoise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """SEEDS-3 with its stages at a third and two thirds. Yields (x, x0) after each step."""
    strength = 1.0 if eta is None else eta
    for sigma, sigma_next in step_pairs(sigmas):
        x0 = denoise(x, sigma)
        if sigma_next == 0:
            x = x0
        else:
            h = math.log(sigma / sigma_next)
            whole = h * (1 + strength)
            fresh = _Noise(noise, h * strength, s_noise)
            first, second = (sigma * math.exp(-h * share) for share in (1 / 3, 2 / 3))
            x_2 = x * math.exp(-whole / 3) - x0 * math.expm1(-whole / 3)
            x0_2 = denoise(x_2 + fresh.to(sigma, first, 1 / 3), first)
            bend = 2 * _phi_2(-whole * 2 / 3)
            x_3 = x * math.exp(-whole * 2 / 3) - x0 * math.expm1(-whole * 2 / 3)
            x_3 = x_3 - (x0_2 - x0) * bend
            x0_3 = denoise(x_3 + fresh.to(first, second, 1 / 3), second)
            bend = _phi_2(-whole) * 3 / 2
            x = x * math.exp(-whole) - x0 * math.expm1(-whole) - (x0_3 - x0) * bend
            x = x + fresh.to(second, sigma_next, 1 / 3)
        yield x, x0


def _exponential_heun(default_eta: float) -> Sample:
    """The two stages of SEEDS-2 at both ends of the step, the second one weighted by phi_2. Where
    fresh noise enters each step draws twice, and lets the second go, as ComfyUI does."""

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
        strength = default_eta if eta is None or not default_eta else eta
        for sigma, sigma_next in step_pairs(sigmas):
            x0 = denoise(x, sigma)
            if sigma_next == 0:
                x = x0
            else:
                h = math.log(sigma / sigma_next)
                whole = h * (1 + strength)
                fresh = _Noise(noise, h * strength, s_noise).to(sigma, sigma_next, 1.0)
                x = x * math.exp(-whole) - x0 * math.expm1(-whole)
                x0_2 = denoise(x + fresh, sigma_next)
                x = x - (x0_2 - x0) * _phi_2(-whole) + fresh
                if strength and s_noise:
                    noise(sigma_next, sigma_next)
            yield x, x0

    return sample


exp_heun_2_x0 = _exponential_heun(0.0)
exp_heun_2_x0_sde = _exponential_heun(1.0)
