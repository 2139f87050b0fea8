"""Multistep methods that look back over the estimates of earlier steps: linear multistep, and UniPC
with its corrector.

Signature and shapes: `types.Sample`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from core.sampling.steps import step_pairs
from core.sampling.types import Array, Denoise, Sample, StepNoise, Steps

LAST = 0.001  # the sigma that UniPC takes for a final zero, where log sigma has no end
_GAUSS = ((-math.sqrt(0.6), 5 / 9), (0.0, 8 / 9), (math.sqrt(0.6), 5 / 9))


def _lagrange_integral(nodes: Sequence[float], j: int, low: float, high: float) -> float:
    """Integral of the j-th Lagrange polynomial; three Gauss points are exact up to degree 5."""
    half = (high - low) / 2
    centre = (high + low) / 2
    total = 0.0
    for point, weight in _GAUSS:
        at = centre + half * point
        product = 1.0
        for k, node in enumerate(nodes):
            if k != j:
                product *= (at - node) / (nodes[j] - node)
        total += weight * product
    return total * half


def _linear_multistep(*, to_estimate: bool) -> Sample:
    """Adams-Bashforth on the uneven grid, up to order 4; `to_estimate`: the step to zero takes the
    estimate itself."""

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
        history: list[tuple[float, Any]] = []
        for sigma, sigma_next in step_pairs(sigmas):
            x0 = denoise(x, sigma)
            history = [(sigma, (x - x0) / sigma), *history[:3]]
            nodes = [node for node, _ in history]
            if to_estimate and sigma_next == 0:
                x = x0
            else:
                for j, (_, d) in enumerate(history):
                    x = x + d * _lagrange_integral(nodes, j, sigma, sigma_next)
            yield x, x0

    return sample


# As in k-diffusion; with ComfyUI the step to zero is the estimate.
lms = _linear_multistep(to_estimate=False)
lms_to_estimate = _linear_multistep(to_estimate=True)


def solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gaussian elimination with the largest pivot of each column. A singular matrix raises
    ZeroDivisionError."""
    n = len(right)
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for i in range(n):
        best = max(range(i, n), key=lambda r: abs(rows[r][i]))
        rows[i], rows[best] = rows[best], rows[i]
        for r in range(i + 1, n):
            share = rows[r][i] / rows[i][i]
            rows[r] = [a - share * b for a, b in zip(rows[r], rows[i], strict=True)]
    solution = [0.0] * n
    for i in reversed(range(n)):
        known = sum(rows[i][k] * solution[k] for k in range(i + 1, n))
        solution[i] = (rows[i][n] - known) / rows[i][i]
    return solution


class _Weights(NamedTuple):
    """Of a step's slopes: for the prediction, and for its correction, whose last one is that of the
    new estimate. `gain` is B(h)."""

    predictor: list[float]
    corrector: list[float]
    gain: float


def _weights(ratios: list[float], h: float, bh1: bool) -> _Weights:
    """What solves the conditions R rho = b of UniPC with B(h) = e^h - 1 ("bh2") or h ("bh1"), for
    data prediction."""
    hh = -h
    gain = hh if bh1 else math.expm1(hh)
    factorial = 1.0
    phi = math.expm1(hh) / hh - 1
    matrix: list[list[float]] = []
    right: list[float] = []
    for i in range(1, len(ratios) + 1):
        matrix.append([r ** (i - 1) for r in ratios])
        right.append(phi * factorial / gain)
        factorial *= i + 1
        phi = phi / hh - 1 / factorial
    # 1/2 is the published predictor of order 2, and the corrector of order 1
    order = len(ratios)
    predictor = [0.5] if order == 2 else solve([row[:-1] for row in matrix[:-1]], right[:-1])
    corrector = [0.5] if order == 1 else solve(matrix, right)
    return _Weights(predictor, corrector, gain)


def _unipc(denoise: Denoise, x: Array, sigmas: Sequence[float], bh1: bool) -> Steps:
    """UniPC-3 (Zhao et al. 2023): multistep predictor, and a corrector that reuses the next
    estimate; no extra calls.

    The order rises at the start and falls at the end; a final zero is taken as sigma
    0.001, or half the level before where that is less, without a corrector.
    """
    levels = [float(s) for s in sigmas]
    levels[-1] = levels[-1] or min(LAST, levels[-2] / 2)
    steps = len(levels) - 1
    highest = max(1, min(3, steps - 1))
    past = [(levels[0], denoise(x, levels[0]))]  # levels and their estimates, the latest first
    for step, target in enumerate(levels[1:], 1):
        order = min(highest, step, steps + 1 - step)
        sigma, x0 = past[0]
        h = math.log(sigma / target)
        earlier = past[1:order]
        ratios = [-math.log(level / sigma) / h for level, _ in earlier]
        slopes = [(seen - x0) / r for (_, seen), r in zip(earlier, ratios, strict=True)]
        weights = _weights([*ratios, 1.0], h, bh1)
        base = x * (target / sigma) - x0 * math.expm1(-h)
        x = base
        if slopes:
            x = base - _sum(0.0 * x0, slopes, weights.predictor) * weights.gain
        if step == steps:
            yield x, x0
            return
        seen = denoise(x, target)
        *of_slopes, of_seen = weights.corrector
        x = base - _sum((seen - x0) * of_seen, slopes, of_slopes) * weights.gain
        past = [(target, seen), *past[:2]]
        yield x, seen


def _sum(start: Array, slopes: list[Array], weights: list[float]) -> Array:
    for slope, weight in zip(slopes, weights, strict=True):
        start = start + slope * weight
    return start


def unipc(
    denoise: Denoise,
    x: Array,
    sigmas: Sequence[float],
    noise: StepNoise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """UniPC-3 with B(h) = e^h - 1."""
    return _unipc(denoise, x, sigmas, False)


def unipc_bh1(
    denoise: Denoise,
    x: Array,
    sigmas: Sequence[float],
    noise: StepNoise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """UniPC-3 with B(h) = h."""
    return _unipc(denoise, x, sigmas, True)
