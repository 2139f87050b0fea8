"""Samplers: one small generator each, with the paper's symbols;
they know nothing of torch, models or guidance.

`sample(denoise, x, sigmas, noise, *, eta=None, s_noise=1.0)` walks x from sigmas[0] to sigmas[-1]
and yields (x, x0) once after each of the len(sigmas) - 1 steps. `denoise(x, sigma)` returns the
clean estimate x0; `noise(sigma, sigma_next)` returns unit noise shaped like x for that interval and
is not called when sigma_next is 0. `eta` scales the fresh noise (None: the row's own). x may be a
float, a numpy array or a tensor and is never changed in place. In this file t = -log(sigma) and
h = t_next - t, as in the DPM-Solver papers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from core.sampling import dpm_solver, few_step
from core.sampling import flow as flow_samplers
from core.sampling.few_step import LONGEST

Array = Any
Denoise = Callable[[Any, float], Any]
Noise = Callable[[float, float], Any]
Steps = Iterator[tuple[Any, Any]]


class Sample(Protocol):
    """The one signature all samplers share."""

    def __call__(
        self,
        denoise: Denoise,
        x: Array,
        sigmas: Sequence[float],
        noise: Noise,
        *,
        eta: float | None = None,
        s_noise: float = 1.0,
    ) -> Steps: ...


def _pairs(sigmas: Sequence[float]) -> list[tuple[float, float]]:
    values = [float(s) for s in sigmas]
    return list(zip(values[:-1], values[1:], strict=True))


def ancestral_step(sigma: float, sigma_next: float, eta: float) -> tuple[float, float]:
    """Split a step into a deterministic part down to `sigma_down` and fresh noise of
    `sigma_up` (k-diffusion)."""
    if not eta:
        return sigma_next, 0.0
    up = min(sigma_next, eta * math.sqrt(sigma_next**2 * (sigma**2 - sigma_next**2) / sigma**2))
    return math.sqrt(sigma_next**2 - up**2), up


def euler(
    denoise: Denoise,
    x: Array,
    sigmas: Sequence[float],
    noise: Noise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """Euler's method on dx/dsigma = (x - x0) / sigma (Karras et al. 2022,
    algorithm 2 without churn)."""
    for sigma, sigma_next in _pairs(sigmas):
        x0 = denoise(x, sigma)
        x = x + (x - x0) / sigma * (sigma_next - sigma)
        yield x, x0


def _euler_with_noise(default_eta: float) -> Sample:
    def sample(
        denoise: Denoise,
        x: Array,
        sigmas: Sequence[float],
        noise: Noise,
        *,
        eta: float | None = None,
        s_noise: float = 1.0,
    ) -> Steps:
        strength = default_eta if eta is None else eta
        for sigma, sigma_next in _pairs(sigmas):
            x0 = denoise(x, sigma)
            down, up = ancestral_step(sigma, sigma_next, strength)
            x = x + (x - x0) / sigma * (down - sigma)
            if up:
                x = x + noise(sigma, sigma_next) * (s_noise * up)
            yield x, x0

    return sample


euler_ancestral = _euler_with_noise(1.0)
# DDIM (Song et al. 2020) in sigma terms is the same step with eta 0:
# its variance equals sigma_up^2 for every eta.
ddim = _euler_with_noise(0.0)


def _heun(longest: float) -> Sample:
    """Heun's second-order method; Euler on the step to zero (Karras et al. 2022, algorithm 1) and
    on ones longer than `longest`."""

    def sample(
        denoise: Denoise,
        x: Array,
        sigmas: Sequence[float],
        noise: Noise,
        *,
        eta: float | None = None,
        s_noise: float = 1.0,
    ) -> Steps:
        for sigma, sigma_next in _pairs(sigmas):
            x0 = denoise(x, sigma)
            d, dt = (x - x0) / sigma, sigma_next - sigma
            if sigma_next > 0 and sigma <= longest * sigma_next:
                x_2 = x + d * dt
                d = (d + (x_2 - denoise(x_2, sigma_next)) / sigma_next) / 2
            x = x + d * dt
            yield x, x0

    return sample


def _dpm_2(longest: float) -> Sample:
    """The midpoint method with a geometric midpoint, DPM-Solver-2 (Lu
    et al. 2022; Karras et al. 2022)."""

    def sample(
        denoise: Denoise,
        x: Array,
        sigmas: Sequence[float],
        noise: Noise,
        *,
        eta: float | None = None,
        s_noise: float = 1.0,
    ) -> Steps:
        for sigma, sigma_next in _pairs(sigmas):
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


def _dpm_2_ancestral(longest: float) -> Sample:
    """`dpm_2` down to sigma_down, then fresh noise (k-diffusion)."""

    def sample(
        denoise: Denoise,
        x: Array,
        sigmas: Sequence[float],
        noise: Noise,
        *,
        eta: float | None = None,
        s_noise: float = 1.0,
    ) -> Steps:
        for sigma, sigma_next in _pairs(sigmas):
            x0 = denoise(x, sigma)
            down, up = ancestral_step(sigma, sigma_next, 1.0 if eta is None else eta)
            x = _midpoint(denoise, x, x0, sigma, down, second=sigma <= longest * sigma_next)
            if up:
                x = x + noise(sigma, sigma_next) * (s_noise * up)
            yield x, x0

    return sample


heun, dpm_2, dpm_2_ancestral = _heun(LONGEST), _dpm_2(LONGEST), _dpm_2_ancestral(LONGEST)
# As other programs have them: of second order however long a step is.
UNBOUNDED: dict[str, Sample] = {
    "heun": _heun(math.inf),
    "dpm_2": _dpm_2(math.inf),
    "dpm_2_ancestral": _dpm_2_ancestral(math.inf),
    "restart": few_step.restart_of(math.inf),
}


_GAUSS = ((-math.sqrt(0.6), 5 / 9), (0.0, 8 / 9), (math.sqrt(0.6), 5 / 9))


def _lagrange_integral(nodes: Sequence[float], j: int, low: float, high: float) -> float:
    """Integral of the j-th Lagrange polynomial; three Gauss points are exact up to degree 5."""
    half, centre, total = (high - low) / 2, (high + low) / 2, 0.0
    for point, weight in _GAUSS:
        at, product = centre + half * point, 1.0
        for k, node in enumerate(nodes):
            if k != j:
                product *= (at - node) / (nodes[j] - node)
        total += weight * product
    return total * half


def _multistep(*, to_estimate: bool) -> Sample:
    def sample(
        denoise: Denoise,
        x: Array,
        sigmas: Sequence[float],
        noise: Noise,
        *,
        eta: float | None = None,
        s_noise: float = 1.0,
    ) -> Steps:
        history: list[tuple[float, Any]] = []
        for sigma, sigma_next in _pairs(sigmas):
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


# Linear multistep (Adams-Bashforth on the uneven grid), up to order 4 (k-diffusion); with ComfyUI
# the step to zero is the estimate.
lms = _multistep(to_estimate=False)
lms_to_estimate = _multistep(to_estimate=True)


def dpmpp_2s_ancestral(
    denoise: Denoise,
    x: Array,
    sigmas: Sequence[float],
    noise: Noise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """DPM-Solver++(2S) with ancestral noise (Lu et al. 2022b)."""
    for sigma, sigma_next in _pairs(sigmas):
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
    noise: Noise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """DPM-Solver++ (stochastic), r = 1/2: two evaluations and two noises a step (Lu
    et al. 2022b; k-diffusion)."""
    strength = 1.0 if eta is None else eta
    for sigma, sigma_next in _pairs(sigmas):
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
    noise: Noise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """DPM-Solver++(2M): second order from the step before, one evaluation
    a step (Lu et al. 2022b)."""
    x0_last, h_last = None, 0.0
    for sigma, sigma_next in _pairs(sigmas):
        x0 = denoise(x, sigma)
        if sigma_next == 0:
            x = x0
        else:
            h, guess = math.log(sigma / sigma_next), x0
            if x0_last is not None:
                r = h_last / h
                guess = x0 * (1 + 1 / (2 * r)) - x0_last * (1 / (2 * r))
            x, h_last = x * (sigma_next / sigma) - guess * math.expm1(-h), h
        x0_last = x0
        yield x, x0


def dpmpp_2m_sde(
    denoise: Denoise,
    x: Array,
    sigmas: Sequence[float],
    noise: Noise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """SDE-DPM-Solver++(2M), midpoint form (Lu et al. 2022b; k-diffusion)."""
    strength = 1.0 if eta is None else eta
    x0_last, h_last = None, 0.0
    for sigma, sigma_next in _pairs(sigmas):
        x0 = denoise(x, sigma)
        if sigma_next == 0:
            x = x0
        else:
            h = math.log(sigma / sigma_next)
            gain = -math.expm1(-h * (1 + strength))
            x = x * (sigma_next / sigma * math.exp(-strength * h)) + x0 * gain
            if x0_last is not None:
                x = x + (x0 - x0_last) * (0.5 * gain * h / h_last)
            if strength and s_noise:
                x = x + noise(sigma, sigma_next) * (
                    sigma_next * math.sqrt(-math.expm1(-2 * strength * h)) * s_noise
                )
            h_last = h
        x0_last = x0
        yield x, x0


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
    noise: Noise,
    *,
    eta: float | None = None,
    s_noise: float = 1.0,
) -> Steps:
    """SDE-DPM-Solver++(3M): third order from the two steps before (Lu
    et al. 2022b; k-diffusion)."""
    strength = 1.0 if eta is None else eta
    past: list[tuple[Any, float]] = []
    for sigma, sigma_next in _pairs(sigmas):
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


@dataclass(frozen=True, slots=True)
class Sampler:
    """One row. `brownian`: its noise follows one Brownian path over sigma.
    `evaluations`: denoiser calls a step.

    `flow`: also right for flow models, where x = (1 - sigma) x0 + sigma noise follows the same
    equation; `flow_form`: what takes its place there, where fresh noise has to be added otherwise.
    `biased`: right only for denoisers distilled for it, not for ideal ones.
    `one_step`: a step needs nothing from the ones before but x, so that a run can be
    taken up after any of them.
    """

    id: str
    label: str
    sample: Sample
    help: str
    default_eta: float = 0.0
    brownian: bool = False
    evaluations: int = 1
    flow: bool = False
    flow_form: Sample | None = None
    biased: bool = False
    recommended: bool = False
    one_step: bool = False

    @property
    def suits_flow(self) -> bool:
        """Whether it can be taken for flow models."""
        return self.flow or self.flow_form is not None

    @property
    def stochastic(self) -> bool:
        """Whether fresh noise enters at every step, so that more steps give another picture."""
        return self.default_eta > 0


SAMPLERS: dict[str, Sampler] = {
    row.id: row
    for row in (
        Sampler(
            "dpmpp_2m",
            "DPM++ 2M",
            dpmpp_2m,
            "Sharp in few steps; the usual first choice.",
            flow=True,
            recommended=True,
        ),
        Sampler(
            "euler",
            "Euler",
            euler,
            "The simplest sampler; smooth and predictable.",
            flow=True,
            recommended=True,
            one_step=True,
        ),
        Sampler(
            "euler_ancestral",
            "Euler a",
            euler_ancestral,
            "Fresh noise each step: lively, changes with steps.",
            1.0,
            flow_form=flow_samplers.euler_ancestral,
            recommended=True,
            one_step=True,
        ),
        Sampler(
            "dpmpp_2m_sde",
            "DPM++ 2M SDE",
            dpmpp_2m_sde,
            "Like DPM++ 2M with fresh noise: fine texture.",
            1.0,
            True,
            recommended=True,
        ),
        Sampler(
            "heun",
            "Heun",
            heun,
            "Euler corrected at each step: twice the time, more exact.",
            evaluations=2,
            flow=True,
            one_step=True,
        ),
        Sampler(
            "dpm_2",
            "DPM2",
            dpm_2,
            "A midpoint method: twice the time, more exact.",
            evaluations=2,
            flow=True,
            one_step=True,
        ),
        Sampler(
            "dpm_2_ancestral",
            "DPM2 a",
            dpm_2_ancestral,
            "DPM2 with fresh noise each step.",
            1.0,
            evaluations=2,
            one_step=True,
        ),
        Sampler("lms", "LMS", lms, "Looks back over four steps.", flow=True),
        Sampler(
            "dpmpp_2s_ancestral",
            "DPM++ 2S a",
            dpmpp_2s_ancestral,
            "Two evaluations and fresh noise each step.",
            1.0,
            evaluations=2,
            flow_form=flow_samplers.dpmpp_2s_ancestral,
            one_step=True,
        ),
        Sampler(
            "dpmpp_sde",
            "DPM++ SDE",
            dpmpp_sde,
            "Two evaluations and two noises a step: rich detail, slow.",
            1.0,
            True,
            2,
            one_step=True,
        ),
        Sampler(
            "dpmpp_3m_sde",
            "DPM++ 3M SDE",
            dpmpp_3m_sde,
            "Third order with fresh noise; for 25 steps and more.",
            1.0,
            True,
        ),
        Sampler(
            "ddim",
            "DDIM",
            ddim,
            "The classic deterministic sampler.",
            flow_form=euler,
            one_step=True,
        ),
        Sampler(
            "unipc",
            "UniPC",
            few_step.unipc,
            "Predicts and corrects, up to third order; good in few steps.",
        ),
        Sampler(
            "unipc_bh1",
            "UniPC bh1",
            few_step.unipc_bh1,
            "UniPC with its other step function; for very few steps.",
        ),
        Sampler(
            "restart",
            "Restart",
            few_step.restart,
            "Goes back up part of the way, from 20 steps on.",
            1.0,
            evaluations=2,
        ),
        Sampler(
            "dpm_fast",
            "DPM fast",
            dpm_solver.dpm_fast,
            "Third-order steps of its own spacing; the schedule only sets the ends.",
        ),
        Sampler(
            "dpm_adaptive",
            "DPM adaptive",
            dpm_solver.dpm_adaptive,
            "As many steps as its exactness needs, whatever is asked; slow.",
            evaluations=3,
        ),
        Sampler(
            "lcm",
            "LCM",
            few_step.lcm,
            "For models and LoRAs distilled to a few steps.",
            1.0,
            flow_form=flow_samplers.lcm,
            biased=True,
            one_step=True,
        ),
        Sampler(
            "tcd",
            "TCD",
            few_step.tcd,
            "For models and LoRAs distilled by trajectory consistency.",
            0.3,
            biased=True,
            one_step=True,
        ),
    )
}
