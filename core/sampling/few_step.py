"""Samplers beside k-diffusion's: latent consistency and its kin TCD, UniPC, restart.
Same signature as in `samplers`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from core.sampling.schedules import NoiseTable

Array = Any
LAST = 0.001
# sigma / sigma_next of a step beyond which a slope at its end or middle says
# nothing of it: then first order
LONGEST = 20.0


def lcm(
    denoise: Any,
    x: Array,
    sigmas: Sequence[float],
    noise: Any,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Iterator[tuple[Any, Any]]:
    """Jump to the clean estimate and add fresh noise of the next level (Luo et al. 2023; Song
    et al. 2023, algorithm 1).

    eta scales the fresh part of that noise (None: 1): the rest continues the noise
    the estimate was made from.
    """
    fresh = 1.0 if eta is None else min(max(eta, 0.0), 1.0)
    values = [float(s) for s in sigmas]
    for sigma, sigma_next in zip(values[:-1], values[1:], strict=True):
        x0 = denoise(x, sigma)
        kept = math.sqrt(1 - fresh * fresh)
        old = (x - x0) * (sigma_next / sigma * kept) if kept else 0.0
        x = x0 + old
        if sigma_next > 0 and fresh:
            x = x + noise(sigma, sigma_next) * (s_noise * fresh * sigma_next)
        yield x, x0


def tcd(
    denoise: Any,
    x: Array,
    sigmas: Sequence[float],
    noise: Any,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Iterator[tuple[Any, Any]]:
    """Strategic stochastic sampling (Zheng et al. 2024, "Trajectory consistency
    distillation", algorithm 3).

    Goes on with the noise seen to the share 1 - eta (None: 0.3) of the next timestep, and back up
    to it with fresh noise. Timesteps are those of Stable Diffusion's training.
    """
    table, share = NoiseTable(), 1.0 - (0.3 if eta is None else min(max(eta, 0.0), 1.0))
    values = [float(s) for s in sigmas]
    for sigma, sigma_next in zip(values[:-1], values[1:], strict=True):
        x0 = denoise(x, sigma)
        if sigma_next == 0:
            x = x0
        else:
            down = (
                sigma_next
                if share == 1.0
                else min(sigma_next, table.sigmas[int(share * table.timestep(sigma_next))])
            )
            x = x0 + (x - x0) * (down / sigma)
            if down < sigma_next:
                x = x + noise(sigma, sigma_next) * (s_noise * math.sqrt(sigma_next**2 - down**2))
        yield x, x0


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gaussian elimination for the few equations of a multistep method."""
    n = len(right)
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for i in range(n):
        best = max(range(i, n), key=lambda r: abs(rows[r][i]))
        rows[i], rows[best] = rows[best], rows[i]
        for r in range(i + 1, n):
            share = rows[r][i] / rows[i][i]
            rows[r] = [a - share * b for a, b in zip(rows[r], rows[i], strict=True)]
    found = [0.0] * n
    for i in reversed(range(n)):
        found[i] = (rows[i][n] - sum(rows[i][k] * found[k] for k in range(i + 1, n))) / rows[i][i]
    return found


def _weights(
    ratios: list[float], h: float, bh1: bool
) -> tuple[list[list[float]], list[float], float]:
    """The conditions R rho = b of UniPC with B(h) = e^h - 1 ("bh2") or h ("bh1"), for data
    prediction; and B(h) itself."""
    hh = -h
    gain, factorial = hh if bh1 else math.expm1(hh), 1.0
    phi = math.expm1(hh) / hh - 1
    matrix, right = list[list[float]](), list[float]()
    for i in range(1, len(ratios) + 1):
        matrix.append([r ** (i - 1) for r in ratios])
        right.append(phi * factorial / gain)
        factorial *= i + 1
        phi = phi / hh - 1 / factorial
    return matrix, right, gain


def _unipc(denoise: Any, x: Array, sigmas: Sequence[float], bh1: bool) -> Iterator[tuple[Any, Any]]:
    """UniPC-3 (Zhao et al. 2023): multistep predictor, and a corrector that reuses the next
    estimate; no extra calls.

    The order rises at the start and falls at the end; a final zero is taken as sigma
    0.001, without a corrector.
    """
    levels = [max(float(s), LAST) for s in sigmas]
    steps = len(levels) - 1
    order = max(1, min(3, steps - 1))
    past = [(levels[0], denoise(x, levels[0]))]
    for step in range(1, steps + 1):
        now = min(order, step, steps + 1 - step)
        target, (sigma, x0) = levels[step], past[0]
        h = math.log(sigma / target)
        ratios = [-math.log(past[k][0] / sigma) / h for k in range(1, now)]
        slopes = [(past[k][1] - x0) / ratio for k, ratio in zip(range(1, now), ratios, strict=True)]
        matrix, right, gain = _weights([*ratios, 1.0], h, bh1)
        base = x * (target / sigma) - x0 * math.expm1(-h)
        guess = [0.5] if now == 2 else _solve([row[:-1] for row in matrix[:-1]], right[:-1])
        x = (
            base - sum((slope * w for slope, w in zip(slopes, guess, strict=True)), 0.0 * x0) * gain
            if slopes
            else base
        )
        if step < steps:
            seen = denoise(x, target)
            exact = [0.5] if now == 1 else _solve(matrix, right)
            change = (seen - x0) * exact[-1]
            for slope, w in zip(slopes, exact[:-1], strict=True):
                change = change + slope * w
            x = base - change * gain
            past = [(target, seen), *past[:2]]
        yield x, past[0][1] if step < steps else x0


def unipc(
    denoise: Any,
    x: Array,
    sigmas: Sequence[float],
    noise: Any,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Iterator[tuple[Any, Any]]:
    """UniPC-3 with B(h) = e^h - 1."""
    return _unipc(denoise, x, sigmas, False)


def unipc_bh1(
    denoise: Any,
    x: Array,
    sigmas: Sequence[float],
    noise: Any,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Iterator[tuple[Any, Any]]:
    """UniPC-3 with B(h) = h."""
    return _unipc(denoise, x, sigmas, True)


def _karras(high: float, low: float, count: int) -> list[float]:
    """`count` levels from high to low, Karras et al. 2022, equation 5, rho 7."""
    if count == 1:
        return [high]
    first, last = high ** (1 / 7), low ** (1 / 7)
    return [(first + (last - first) * i / (count - 1)) ** 7 for i in range(count)]


def _restart_pairs(sigmas: Sequence[float]) -> list[tuple[float, float]]:
    """The steps of a restart run, as many as asked: from 20 on, a part goes back from about 0.1
    to about 2, once or twice."""
    values = [float(s) for s in sigmas]
    steps = len(values) - 1
    if steps < 20 or values[-2] <= 0:
        return list(zip(values[:-1], values[1:], strict=True))
    again, times = (steps // 4, 2) if steps >= 36 else (9, 1)
    levels = [*_karras(values[0], values[-2], steps - again * times), 0.0]
    low, high = (min(range(len(levels)), key=lambda i: abs(levels[i] - at)) for at in (0.1, 2.0))
    found: list[tuple[float, float]] = []
    for i, pair in enumerate(zip(levels[:-1], levels[1:], strict=True)):
        found.append(pair)
        if i + 1 == low and high < low:
            loop = _karras(levels[high], levels[low], again + 1)
            found += list(zip(loop[:-1], loop[1:], strict=True)) * times
    return found


def restart_of(longest: float) -> Any:
    """Heun steps that go back up with fresh noise and come down again (Xu et al. 2023),
    with the web UI's intervals."""

    def sample(
        denoise: Any,
        x: Array,
        sigmas: Sequence[float],
        noise: Any,
        *,
        eta: float | None = None,
        s_noise: float = 1.0,
    ) -> Iterator[tuple[Any, Any]]:
        before: float | None = None
        for sigma, sigma_next in _restart_pairs(sigmas):
            if before is not None and sigma > before:
                x = x + noise(before, sigma) * (s_noise * math.sqrt(sigma**2 - before**2))
            x0 = denoise(x, sigma)
            d, dt = (x - x0) / sigma, sigma_next - sigma
            if sigma_next > 0 and sigma <= longest * sigma_next:
                x_2 = x + d * dt
                d = (d + (x_2 - denoise(x_2, sigma_next)) / sigma_next) / 2
            x, before = x + d * dt, sigma_next
            yield x, x0

    return sample


restart = restart_of(LONGEST)
