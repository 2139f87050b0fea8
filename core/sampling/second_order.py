"""Second-order methods that look at the slope twice in a step: Heun's at its end, DPM-Solver-2's in
its middle, and Heun's with ways back up.

Signature and shapes: `types.Sample`. Steps of more than `longest` = sigma / sigma_next are of
first order.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from core.sampling.spacings import karras_levels
from core.sampling.steps import LONGEST, NO_CHURN, Churn, ancestral_step, step_pairs
from core.sampling.types import Array, Denoise, Sample, StepNoise, Steps


def _heun_step(
    denoise: Denoise, x: Array, x0: Array, sigma: float, sigma_next: float, *, longest: float
) -> Array:
    """Heun's second-order step; Euler's to zero (Karras et al. 2022, algorithm 1) and where it is
    longer than `longest`."""
    d = (x - x0) / sigma
    dt = sigma_next - sigma
    if sigma_next > 0 and sigma <= longest * sigma_next:
        x_2 = x + d * dt
        d = (d + (x_2 - denoise(x_2, sigma_next)) / sigma_next) / 2
    return x + d * dt


def _heun(longest: float) -> Sample:
    """Heun's method, step after step."""

    def sample(
        denoise: Denoise,
        x: Array,
        sigmas: Sequence[float],
        noise: StepNoise,
        *,
        eta: float | None = None,
        s_noise: float = 1.0,
        churn: Churn = NO_CHURN,
    ) -> Steps:
        """Yields (x, x0) after each step, as `types.Sample` says."""
        for sigma_before, sigma_next in step_pairs(sigmas):
            x, sigma = churn.raised(x, sigma_before, noise, s_noise)
            x0 = denoise(x, sigma)
            x = _heun_step(denoise, x, x0, sigma, sigma_next, longest=longest)
            yield x, x0

    return sample


def _dpm_2(longest: float) -> Sample:
    """The midpoint method with a geometric midpoint, DPM-Solver-2 (Lu
    et al. 2022; Karras et al. 2022)."""

    def sample(
        denoise: Denoise,
        x: Array,
        sigmas: Sequence[float],
        noise: StepNoise,
        *,
        eta: float | None = None,
        s_noise: float = 1.0,
        churn: Churn = NO_CHURN,
    ) -> Steps:
        """Yields (x, x0) after each step, as `types.Sample` says."""
        for sigma_before, sigma_next in step_pairs(sigmas):
            x, sigma = churn.raised(x, sigma_before, noise, s_noise)
            x0 = denoise(x, sigma)
            x = _midpoint(denoise, x, x0, sigma, sigma_next, second=sigma <= longest * sigma_next)
            yield x, x0

    return sample


def _midpoint(
    denoise: Denoise, x: Array, x0: Array, sigma: float, target: float, *, second: bool
) -> Array:
    d = (x - x0) / sigma
    if target > 0 and second:
        middle = math.sqrt(sigma * target)
        x_2 = x + d * (middle - sigma)
        d = (x_2 - denoise(x_2, middle)) / middle
    return x + d * (target - sigma)


def _dpm_2_ancestral(longest: float, *, noisy_jumps: bool = True) -> Sample:
    """`dpm_2` down to sigma_down, then fresh noise (k-diffusion); `noisy_jumps` as Euler's with
    noise has it."""

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
        for sigma, sigma_next in step_pairs(sigmas):
            x0 = denoise(x, sigma)
            down, up = ancestral_step(sigma, sigma_next, 1.0 if eta is None else eta)
            x = _midpoint(denoise, x, x0, sigma, down, second=sigma <= longest * sigma_next)
            if up and (down or noisy_jumps):
                x = x + noise(sigma, sigma_next) * (s_noise * up)
            yield x, x0

    return sample


def _nearest(levels: Sequence[float], sigma: float) -> int:
    """Which of the levels is nearest to sigma; the first of equally near ones."""
    return min(range(len(levels)), key=lambda i: abs(levels[i] - sigma))


def _restart_pairs(sigmas: Sequence[float]) -> list[tuple[float, float]]:
    """The steps of a restart run, as many as asked: from 20 on, a part goes back from about 0.1
    to about 2, once or twice."""
    values = [float(s) for s in sigmas]
    steps = len(values) - 1
    if steps < 20 or values[-2] <= 0:
        return step_pairs(values)
    again = steps // 4 if steps >= 36 else 9  # steps of a way back
    times = 2 if steps >= 36 else 1  # how often it is gone
    levels = [*karras_levels(values[-2], values[0], steps - again * times), 0.0]
    low, high = _nearest(levels, 0.1), _nearest(levels, 2.0)
    pairs: list[tuple[float, float]] = []
    for i, pair in enumerate(step_pairs(levels)):
        pairs.append(pair)
        if i + 1 == low and high < low:
            loop = karras_levels(levels[low], levels[high], again + 1)
            pairs += step_pairs(loop) * times
    return pairs


def _restart(longest: float) -> Sample:
    """Heun steps that go back up with fresh noise and come down again (Xu et al. 2023),
    with the web UI's intervals."""

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
        before: float | None = None
        for sigma, sigma_next in _restart_pairs(sigmas):
            if before is not None and sigma > before:
                x = x + noise(before, sigma) * (s_noise * math.sqrt(sigma**2 - before**2))
            x0 = denoise(x, sigma)
            x = _heun_step(denoise, x, x0, sigma, sigma_next, longest=longest)
            before = sigma_next
            yield x, x0

    return sample


heun = _heun(LONGEST)
dpm_2 = _dpm_2(LONGEST)
dpm_2_ancestral = _dpm_2_ancestral(LONGEST)
restart = _restart(LONGEST)
# As other programs have them: of second order however long a step is, and without noise after one
# that an eta above 1 leads all the way down.
UNBOUNDED: dict[str, Sample] = {
    "heun": _heun(math.inf),
    "dpm_2": _dpm_2(math.inf),
    "dpm_2_ancestral": _dpm_2_ancestral(math.inf, noisy_jumps=False),
    "restart": _restart(math.inf),
}
