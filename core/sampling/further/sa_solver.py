"""SA-Solver (Xue et al. 2023, arXiv:2309.05019): stochastic Adams steps on data prediction, each
corrected by the estimate that it leads to.

Signature and shapes: `types.Sample`. Fresh noise enters in the middle of the way only, between the
levels of 0.2 and 0.8 of the training steps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from core.sampling.multistep import solve
from core.sampling.schedules import NoiseTable
from core.sampling.types import Array, Denoise, Sample, StepNoise, Steps

PREDICTOR, CORRECTOR = 3, 4  # their highest orders
_NOISE_FROM, _NOISE_TO = 0.2, 0.8  # shares of the way on which noise enters


def _moments(start: float, end: float, count: int, rate: float) -> list[float]:
    """rate times the integrals of e^(rate (t - end)) t^p over t from start to end, p below count,
    in parts: each from the one before."""
    decay = math.exp(-rate * (end - start))
    found: list[float] = []
    for p in range(count):
        value = end**p - start**p * decay
        found.append(value - (p / rate * found[-1] if p else 0.0))
    return found


def _weights(times: Sequence[float], start: float, end: float, tau: float) -> list[float]:
    """What the estimates at `times` count in the step from start to end (all -log sigma)."""
    moments = _moments(start, end, len(times), 1 + tau * tau)
    return solve([[time**p for time in times] for p in range(len(times))], moments)


def _sa_solver(*, evaluates_again: bool) -> Sample:
    """`evaluates_again`: the corrected x is looked at once more (PECE)."""

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
        levels = [float(sigma) for sigma in sigmas]
        strength = 1.0 if eta is None else eta
        table = NoiseTable()
        last = len(table.sigmas) - 1
        most, least = (table.sigma((1 - share) * last) for share in (_NOISE_FROM, _NOISE_TO))
        to_zero = levels[-1] == 0
        past: list[tuple[float, Any]] = []  # -log(sigma) and the estimate there, the oldest first
        fresh: Any
        before: tuple[Any, float, float, Any] | None = None  # x, sigma, tau, its fresh noise
        for step, (sigma, sigma_next) in enumerate(zip(levels[:-1], levels[1:], strict=True)):
            x0 = denoise(x, sigma)
            past = [*past[1 - CORRECTOR :], (-math.log(sigma), x0)]
            left = len(levels) - 1 - step if to_zero else CORRECTOR  # orders fall towards zero
            order = min(CORRECTOR, len(past), left)
            if before is not None and (sigma_next or evaluates_again):
                x_last, sigma_last, tau, fresh = before
                x = _moved(x_last, sigma_last, tau, sigma, past[-order:]) + fresh
                if evaluates_again:
                    x0 = denoise(x, sigma)
                    past[-1] = (past[-1][0], x0)
            if sigma_next == 0:
                x = x0
            else:
                order = min(PREDICTOR, len(past), left - 1)
                tau = strength if least <= sigma_next <= most else 0.0
                fresh = 0.0
                if tau and s_noise:
                    h = math.log(sigma / sigma_next)
                    share = math.sqrt(-math.expm1(-2 * tau * tau * h))
                    fresh = noise(sigma, sigma_next) * (sigma_next * share * s_noise)
                before = (x, sigma, tau, fresh)
                x = _moved(x, sigma, tau, sigma_next, past[-order:]) + fresh
            yield x, x0

    return sample


def _moved(
    x: Array, sigma: float, tau: float, target: float, seen: Sequence[tuple[float, Any]]
) -> Array:
    """x at `target` without fresh noise, by the estimates that were seen."""
    start, end = -math.log(sigma), -math.log(target)
    x = x * (target / sigma * math.exp(-tau * tau * (end - start)))
    weights = _weights([time for time, _ in seen], start, end, tau)
    for weight, (_, x0) in zip(weights, seen, strict=True):
        x = x + x0 * weight
    return x


sa_solver = _sa_solver(evaluates_again=False)
sa_solver_pece = _sa_solver(evaluates_again=True)
