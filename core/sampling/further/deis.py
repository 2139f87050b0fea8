"""DEIS (Zhang and Chen 2023, arXiv:2204.13902), tabulated, up to order 3: the noise that was seen
goes on as a polynomial in the training's time.

Signature and shapes: `types.Sample`. That time is the one of a noise which grows from 0.002 at
0.001 to 80 at 1, as the published program has it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.sampling.steps import step_pairs
from core.sampling.types import Array, Denoise, StepNoise, Steps

HIGHEST = 3
_POINTS = 10_000  # of the rule for the integrals
_FIRST, _LEAST, _MOST = 1e-3, 0.002, 80.0  # the first time, and the noise there and at time 1
_LOG_LEAST, _LOG_MOST = math.log(_LEAST**2 + 1), math.log(_MOST**2 + 1)
_GROWTH = 2 * (_LOG_LEAST / _FIRST - _LOG_MOST) / (_FIRST - 1)
_START = _LOG_MOST - _GROWTH / 2  # log(sigma^2 + 1) = growth t^2 / 2 + start t


def _time(sigma: float) -> float:
    return (math.sqrt(_START**2 + 2 * _GROWTH * math.log(sigma**2 + 1)) - _START) / _GROWTH


def _weights(times: Sequence[float], end: float) -> list[float]:
    """What the noise seen at `times`, the latest first, counts in the step from the first of them
    to `end`: the integrals of its polynomials over sigma."""
    taus = np.linspace(times[0], end, _POINTS)
    power = _GROWTH * taus**2 / 2 + _START * taus
    # d sigma / d tau of sigma = sqrt(e^power - 1)
    speed = (_GROWTH * taus + _START) * np.exp(power) / (2 * np.sqrt(np.expm1(power)))
    found: list[float] = []
    for j, own in enumerate(times):
        basis = speed
        for k, other in enumerate(times):
            if k != j:
                basis = basis * (taus - other) / (own - other)
        found.append(float(basis.sum()) * (end - times[0]) / _POINTS)
    return found


def deis(
    denoise: Denoise,
    x: Array,
    sigmas: Sequence[float],
    noise: StepNoise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """Yields (x, x0) after each step, as `types.Sample` says; the step to zero is Euler's."""
    past: list[tuple[float, Any]] = []  # times and the noise there, the latest first
    for sigma, sigma_next in step_pairs(sigmas):
        x0 = denoise(x, sigma)
        slope = (x - x0) / sigma
        past = [(_time(sigma), slope), *past[: HIGHEST - 1]]
        if sigma_next == 0 or len(past) == 1:
            x = x + slope * (sigma_next - sigma)
        else:
            weights = _weights([time for time, _ in past], _time(sigma_next))
            for weight, (_, seen) in zip(weights, past, strict=True):
                x = x + seen * weight
        yield x, x0
