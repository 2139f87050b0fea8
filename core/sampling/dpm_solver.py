"""DPM-Solver's own spacings (Lu et al. 2022, as k-diffusion runs them): fast with a count of calls,
adaptive with an error bound.

Both go from the first level to the last but zero and take nothing else from the schedule; where a
zero stands behind it, one more look of the network takes the noise that is left. The solver works
with eps = (x - x0) / sigma over t = -log(sigma). Signature and shapes: `types.Sample`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from core.sampling.types import Array, Denoise, StepNoise, Steps

LEAST = 1e-8
LONGEST = 25.0  # sigma / sigma_next of a step of more than first order, where the way ends at zero


def _second(x: Array, eps: Array, change: Array, down: float, h: float, r: float) -> Array:
    """The second-order step of length h to sigma `down`; `change` is eps at the
    share r of it, less eps."""
    return x - eps * (down * math.expm1(h)) - change * (down / (2 * r) * math.expm1(h))


def _third(
    x: Array, eps: Array, change: Array, down: float, h: float, *, inverse_share: float
) -> Array:
    """The third-order step, or its own inner stage: `change` stems from the share
    1 / `inverse_share` of the step."""
    bend = math.expm1(h) / h - 1 if h else 0.0
    return x - eps * (down * math.expm1(h)) - change * (down * inverse_share * bend)


def _down(sigma: float, sigma_next: float, eta: float | None, last: float) -> float:
    """Where an ancestral step lands before its fresh noise; never below the last level."""
    if not eta:
        return sigma_next
    variance = sigma_next**2 * (sigma**2 - sigma_next**2) / sigma**2
    up = min(sigma_next, eta * math.sqrt(max(variance, 0.0)))
    return max(math.sqrt(sigma_next**2 - up**2), last)


def _orders(calls: int) -> list[int]:
    """Third-order steps, the last ones lower, so that the network is
    called `calls` times in all."""
    count = calls // 3 + 1
    if calls % 3 == 0:
        return [3] * (count - 2) + [2, 1]
    return [3] * (count - 1) + [calls % 3]


def dpm_fast(
    denoise: Denoise,
    x: Array,
    sigmas: Sequence[float],
    noise: StepNoise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """DPM-Solver-fast: even steps in log sigma; one step of the schedule is one call of the network
    (and one more to reach zero)."""
    levels = [float(s) for s in sigmas if s > 0]
    if len(levels) == 1:  # the way is a single step to zero
        x0 = denoise(x, levels[0])
        yield x0, x0
        return
    orders = _orders(len(sigmas) - 1)
    # too long for more than first order
    if sigmas[-1] == 0 and levels[0] / levels[-1] > LONGEST ** len(orders):
        orders = [1] * (len(sigmas) - 1)
    start, end = -math.log(levels[0]), -math.log(levels[-1])
    times = [start + (end - start) * i / len(orders) for i in range(len(orders) + 1)]
    for t, t_next, order in zip(times[:-1], times[1:], orders, strict=True):
        sigma, sigma_next = math.exp(-t), math.exp(-t_next)
        down = _down(sigma, sigma_next, eta, levels[-1])
        eps = (x - denoise(x, sigma)) / sigma
        h = math.log(sigma / down)
        whole = x - eps * (down * math.expm1(h))
        if order > 1:
            r = 1 / order
            middle = sigma * math.exp(-r * h)
            x_1 = x - eps * (middle * math.expm1(r * h))
            yield x_1, x - eps * sigma
            change = (x_1 - denoise(x_1, middle)) / middle - eps
            if order == 2:
                whole = _second(x, eps, change, down, h, r)
            else:
                later = sigma * math.exp(-2 * r * h)
                x_2 = _third(x, eps, change, later, 2 * r * h, inverse_share=2)
                yield x_2, x_1 - (change + eps) * middle
                change = (x_2 - denoise(x_2, later)) / later - eps
                whole = _third(x, eps, change, down, h, inverse_share=1.5)
        fresh = math.sqrt(max(sigma_next**2 - down**2, 0.0))
        x0 = x - eps * sigma
        x = whole + noise(sigma, sigma_next) * (s_noise * fresh) if fresh else whole
        if t_next == times[-1] and sigmas[-1] == 0:
            x = x0 = denoise(x, sigma_next)
        yield x, x0


def _deviation(low: Array, high: Array, last: Array, relative: float, absolute: float) -> float:
    """Root mean square of the two solutions' difference in units of what is allowed;
    for floats, arrays and tensors."""
    low_size = abs(low)
    last_size = abs(last)
    # the larger of two numbers without `max`, which arrays and tensors do not share
    size = (low_size + last_size + abs(low_size - last_size)) / 2 * relative
    allowed = (size + absolute + abs(size - absolute)) / 2
    square = ((low - high) / allowed) ** 2
    return math.sqrt(float(square.mean() if hasattr(square, "mean") else square))


def _both_orders(
    denoise: Denoise, x: Array, eps: Array, sigma: float, down: float
) -> tuple[Array, Array]:
    """The step from sigma to `down` as DPM-Solver-2 and as DPM-Solver-3 take it, of one run of
    three evaluations (Lu et al. 2022, algorithm 2); `eps` is the first's."""
    h = math.log(sigma / down)
    middle = sigma * math.exp(-h / 3)
    later = sigma * math.exp(-2 * h / 3)
    x_1 = x - eps * (middle * math.expm1(h / 3))
    change = (x_1 - denoise(x_1, middle)) / middle - eps
    second = _second(x, eps, change, down, h, 1 / 3)
    x_2 = _third(x, eps, change, later, 2 * h / 3, inverse_share=2)
    change = (x_2 - denoise(x_2, later)) / later - eps
    return second, _third(x, eps, change, down, h, inverse_share=1.5)


def _next_length(deviation: float, eta: float | None) -> float:
    """By what the step's length is multiplied: k-diffusion's controller, integral part alone."""
    order = 1.5 if eta else 3
    return 1 + math.atan((1 / (deviation + LEAST)) ** (1 / order) - 1)


def dpm_adaptive(
    denoise: Denoise,
    x: Array,
    sigmas: Sequence[float],
    noise: StepNoise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """DPM-Solver-12/23: third-order steps as long as the second order agrees with them to 5 %.

    It takes as many steps as that needs, whatever the schedule's count; (x, x0) is yielded each
    time a further equal part of the way in log sigma lies behind. The step's length follows
    k-diffusion's controller with its own constants.
    """
    levels = [float(s) for s in sigmas if s > 0]
    count = len(sigmas) - 1
    start, end = -math.log(levels[0]), -math.log(levels[-1])
    t = start
    length = 0.05  # of the next step, in t
    shown = 0
    x_last = x0 = x
    while t < end - 1e-5:
        t_next = min(end, t + length)
        sigma, sigma_next = math.exp(-t), math.exp(-t_next)
        down = _down(sigma, sigma_next, eta, levels[-1])
        x0 = denoise(x, sigma)
        low, high = _both_orders(denoise, x, (x - x0) / sigma, sigma, down)
        factor = _next_length(_deviation(low, high, x_last, 0.05, 0.0078), eta)
        length *= factor
        if factor < 0.81:
            continue
        fresh = math.sqrt(max(sigma_next**2 - down**2, 0.0))
        t = t_next
        x_last = low
        x = high + noise(sigma, sigma_next) * (s_noise * fresh) if fresh else high
        ended = t >= end - 1e-5
        if ended and sigmas[-1] == 0:
            x = x0 = denoise(x, levels[-1])
        while shown < count and (ended or (t - start) / (end - start) * count >= shown + 1):
            shown += 1
            yield x, x0
    if not shown:  # no way to go: first and last level are one
        x = x0 = denoise(x, levels[-1])
    while shown < count:
        shown += 1
        yield x, x0
