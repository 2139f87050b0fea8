"""The ways of other programs: noise levels, start and end scales of a run as AUTOMATIC1111 and
ComfyUI have them. No torch."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from core.sampling.euler import euler_ancestral_quiet
from core.sampling.further.adams import plms_unbounded
from core.sampling.levels.interpolation import interpolated
from core.sampling.multistep import lms_to_estimate
from core.sampling.samplers import SAMPLERS
from core.sampling.schedules import (
    AnyTable,
    FlowTable,
    NoiseTable,
    check_in_reach,
    noise_ends,
    sigmas,
)
from core.sampling.second_order import UNBOUNDED
from core.sampling.spacings import (
    ALIGNED,
    beta_point,
    even_timesteps,
    falling,
    followed,
)
from core.sampling.types import Sample
from core.system.errors import InvalidRequest
from core.values.program import Program
from core.values.request import Request

# Samplers whose run leaves out the last level before zero (they get one level more to begin with).
_WITHOUT_PENULTIMATE: dict[str, frozenset[str]] = {
    Program.A1111: frozenset({"dpm_2", "dpm_2_ancestral", "dpmpp_3m_sde"}),
    Program.COMFYUI: frozenset({"dpm_2", "dpm_2_ancestral", "unipc", "unipc_bh1"}),
}


LCM_TIMESTEPS = 50  # with which an LCM was distilled


def lcm_stride(table: NoiseTable) -> int:
    """Training timesteps from one of LCM's to the next."""
    return max(len(table.sigmas) // LCM_TIMESTEPS, 1)


def lcm_table(table: NoiseTable) -> NoiseTable:
    """The training noise at every 20th of 1000 timesteps, 19, 39, ..., 999: all that the web UI's
    LCM knows (Luo et al. 2023)."""
    stride = lcm_stride(table)
    return NoiseTable([1 / (1 + sigma * sigma) for sigma in table.sigmas[stride - 1 :: stride]])


def sample_of(request: Request, *, flow: bool) -> Sample:
    """The sampler as the program has it whose ways are asked for; the request is one that `plan_of`
    takes."""
    if request.program == Program.COMFYUI and request.sampler == "lms":
        return lms_to_estimate
    if request.program == Program.COMFYUI and request.sampler == "euler_ancestral" and not flow:
        return euler_ancestral_quiet
    if request.program != Program.CALOTYPE and request.sampler in UNBOUNDED:
        return UNBOUNDED[request.sampler]
    if request.program != Program.CALOTYPE and request.sampler == "plms":
        return plms_unbounded
    row = SAMPLERS[request.sampler]
    return (row.flow_form if flow else None) or row.sample


@dataclass(frozen=True, slots=True)
class SamplingPlan:
    """A run's noise levels (falling, the last mostly 0), and what start noise and end
    latents are multiplied by.

    `flow`: of a flow model.
    """

    levels: tuple[float, ...]
    start: float
    end: float = 1.0
    flow: bool = False


def plan_of(request: Request, table: AnyTable, family: str | None) -> SamplingPlan:
    """How `request.program` walks down the noise of a checkpoint's `table`.

    Raises InvalidRequest where `sigmas` does, and for a sampler that does not suit a flow model.
    """
    if isinstance(table, FlowTable):
        return _flow_plan(request, table)
    program = request.program
    if request.levels.sigmas:
        levels = _listed(request, table)
        return _comfyui_ends(request, SamplingPlan(levels, start_scale(levels[0], table, program)))
    if program == Program.A1111 and request.sampler in _A1111:
        return _A1111[request.sampler](request.steps, table, request, family)
    cut = _is_cut(request)
    levels = schedule_levels(request, request.steps + cut, table, family)
    start = start_scale(levels[0], table, program)
    levels = without_penultimate(levels) if cut else levels
    return _comfyui_ends(request, SamplingPlan(levels, start))


def _is_cut(request: Request) -> bool:
    """Whether a level more is asked for and the last one before zero left out: wherever a request
    says so, and for samplers of which its program does, unless the request keeps it."""
    without = _WITHOUT_PENULTIMATE.get(request.program, frozenset())
    by_program = request.sampler in without and not request.levels.keep_penultimate
    return request.levels.discard_penultimate or by_program


def without_penultimate(levels: tuple[float, ...]) -> tuple[float, ...]:
    """The levels of a run without the last one before zero, where there is another."""
    return (*levels[:-2], levels[-1]) if len(levels) > 2 else levels


def _comfyui_ends(request: Request, plan: SamplingPlan) -> SamplingPlan:
    """ComfyUI's DPM fast and adaptive end at the last level before zero, even where that is seen
    as grain; but not at the level where they begin, which would leave nothing but noise."""
    unbounded = request.sampler in ("dpm_fast", "dpm_adaptive")
    levels = plan.levels
    if request.program == Program.COMFYUI and unbounded and levels[-1] == 0 and len(levels) > 2:
        return replace(plan, levels=(*levels[:-1], levels[-2]))
    return plan


def _listed(request: Request, table: AnyTable) -> tuple[float, ...]:
    """The levels that are asked for one by one; along them, where a pass has another count of
    steps."""
    check_in_reach(request.levels.sigmas[0], table)
    return followed(request.levels.sigmas, request.steps)


def _flow_plan(request: Request, table: FlowTable) -> SamplingPlan:
    """Flow models start from pure unit noise, and take the samplers that follow the
    flow, or have a form for it."""
    if not SAMPLERS[request.sampler].suits_flow:
        raise InvalidRequest(
            "sampler",
            f"{SAMPLERS[request.sampler].label} does not suit flow models.",
            f"Choose one of: {', '.join(row.id for row in SAMPLERS.values() if row.suits_flow)}.",
        )
    if _is_cut(request) and not request.levels.sigmas:
        one_more = replace(request, steps=request.steps + 1)
        levels = without_penultimate(asked_sigmas(one_more, table))
    else:
        levels = asked_sigmas(request, table)
    return SamplingPlan(levels, levels[0], flow=True)


def asked_sigmas(request: Request, table: AnyTable, family: str | None = None) -> tuple[float, ...]:
    """The noise levels that a request asks for, whatever a program makes of them for its sampler.
    Raises InvalidRequest where `sigmas` does."""
    asked = request.levels
    if asked.sigmas:
        return _listed(request, table)
    return sigmas(
        request.schedule,
        request.steps,
        table=table,
        sigma_min=asked.sigma_min,
        sigma_max=asked.sigma_max,
        rho=asked.rho,
        family=family,
    )


def start_scale(sigma: float, table: NoiseTable, program: Program) -> float:
    """ComfyUI adds the noise of the noisiest level to a unit signal that is not
    there: sqrt(1 + sigma^2)."""
    top = table.sigmas[-1]
    if program == Program.COMFYUI and (sigma > top or math.isclose(sigma, top, rel_tol=1e-5)):
        return math.sqrt(1 + sigma * sigma)
    return sigma


def schedule_levels(
    request: Request, steps: int, table: NoiseTable, family: str | None
) -> tuple[float, ...]:
    """The falling levels of a request's schedule in so many steps, as its program spaces them.
    Raises InvalidRequest where `sigmas` does."""
    asked = request.levels
    low, high = noise_ends(table, asked.sigma_min, asked.sigma_max)
    own = _A1111_LEVELS.get(request.schedule) if request.program == Program.A1111 else None
    if own is not None:
        levels = own(steps, low, high, family, table)
        if (asked.sigma_min, asked.sigma_max) != (None, None):
            levels = tuple(falling(levels))
        return levels if len(levels) > 1 else (*levels, 0.0)
    return sigmas(
        request.schedule,
        steps,
        alphas_cumprod=[1 / (1 + s * s) for s in table.sigmas],
        sigma_min=low,
        sigma_max=high,
        family=family,
        rho=asked.rho,
    )


def _a1111_beta(
    steps: int, low: float, high: float, family: str | None, table: NoiseTable
) -> tuple[float, ...]:
    """Quantiles of Beta(0.6, 0.6) on sigma itself, not on timesteps."""
    points = (beta_point(1 - i / max(steps - 1, 1), 0.6, 0.6) for i in range(steps))
    return (*(low + point * (high - low) for point in points), 0.0)


def _a1111_kl_optimal(
    steps: int, low: float, high: float, family: str | None, table: NoiseTable
) -> tuple[float, ...]:
    """Even in arctan(sigma), down to the smallest level, without a zero behind it."""
    first, last = math.atan(high), math.atan(low)
    return tuple(math.tan(first + (last - first) * i / steps) for i in range(steps + 1))


def _a1111_aligned(
    steps: int, low: float, high: float, family: str | None, table: NoiseTable
) -> tuple[float, ...]:
    """The published levels and a zero behind all of them; for other counts interpolated."""
    published = ALIGNED["sdxl" if (family or "").startswith("sdxl") else "sd15"]
    if steps == len(published):
        return (*published, 0.0)
    if steps > 1:
        return (*interpolated(published, steps), 0.0)
    return (published[-1], 0.0)


def _forge_turbo(
    steps: int, low: float, high: float, family: str | None, table: NoiseTable
) -> tuple[float, ...]:
    """Whole timesteps evenly from the last one down, however many there are."""
    return (*even_timesteps(table, steps), 0.0)


# Schedules that the web UI, or Forge, spaces in its own way: steps, the ends of training's sigmas,
# family, training noise.
_A1111_LEVELS: dict[
    str, Callable[[int, float, float, str | None, NoiseTable], tuple[float, ...]]
] = {
    "beta": _a1111_beta,
    "kl_optimal": _a1111_kl_optimal,
    "align_your_steps": _a1111_aligned,
    "turbo": _forge_turbo,
}


def asked_timesteps(request: Request, steps: int) -> int:
    """How many the web UI asks for in a run of so many steps. Where the last but one is to be left
    out it asks for one more, and leaves out none."""
    return steps + request.levels.discard_penultimate


def whole_timesteps(steps: int, count: int) -> list[int]:
    """The web UI's: 1, 1 + k, ..., rising, k whole; one more than asked where k
    does not divide the count."""
    return [min(t + 1, count - 1) for t in range(0, count, max(count // steps, 1))]


def _ddim_plan(steps: int, table: NoiseTable, request: Request, family: str | None) -> SamplingPlan:
    """DDIM and PLMS from the last whole timestep down to timestep 1, where they end, its noise
    left: one step fewer than timesteps.

    Unit start latents. A single timestep has no step at all and would leave noise:
    that picture is made as elsewhere.
    """
    times = whole_timesteps(asked_timesteps(request, steps), len(table.sigmas))
    levels = [table.sigmas[t] for t in reversed(times)]
    if len(levels) == 1:
        levels = [table.sigmas[-1], table.sigmas[1]]
    return unit_variance(levels)


def _unipc_plan(
    steps: int, table: NoiseTable, request: Request, family: str | None
) -> SamplingPlan:
    """UniPC, as many steps as there are whole timesteps, from the noisiest one down."""
    n = len(whole_timesteps(asked_timesteps(request, steps), len(table.sigmas)))
    return unit_variance(unipc_levels(1, n, table))


def unipc_levels(start: float, n: int, table: NoiseTable) -> list[float]:
    """The levels of n steps of UniPC, even in time from `start` (at most 1) to 1 / 1000
    ("time_uniform", Zhao et al. 2023).

    Time t is timestep 1000 t - 1, the logarithm of the signal linear between whole ones (Lu
    et al. 2022, appendix D).
    """
    count = len(table.sigmas)
    signal = [-0.5 * math.log1p(sigma * sigma) for sigma in table.sigmas]
    levels: list[float] = []
    for i in range(n + 1):
        at = max((start + (1 / count - start) * i / n) * count - 1, 0.0)
        low = min(int(at), count - 2)
        log_alpha = signal[low] + (signal[low + 1] - signal[low]) * (at - low)
        levels.append(math.sqrt(math.expm1(-2 * log_alpha)))
    return levels


def unit_variance(levels: Sequence[float]) -> SamplingPlan:
    """Latents of unit variance at both ends, as the web UI's timestep samplers have them."""
    return SamplingPlan(
        tuple(levels), math.sqrt(1 + levels[0] ** 2), 1 / math.sqrt(1 + levels[-1] ** 2)
    )


def _lcm_plan(steps: int, table: NoiseTable, request: Request, family: str | None) -> SamplingPlan:
    """The schedule over the 50 timesteps of LCM."""
    cut = request.levels.discard_penultimate
    levels = schedule_levels(request, steps + cut, lcm_table(table), family)
    return SamplingPlan(without_penultimate(levels) if cut else levels, levels[0])


def _solver_plan(
    steps: int, table: NoiseTable, request: Request, family: str | None
) -> SamplingPlan:
    """DPM fast and adaptive, from the largest level of training to the smallest, where they end,
    whatever is asked for; the size of their start noise is the schedule's first level."""
    start = schedule_levels(request, steps + request.levels.discard_penultimate, table, family)[0]
    top, low = table.sigmas[-1], table.sigmas[0]
    levels = [top + (low - top) * i / steps for i in range(steps)]
    return SamplingPlan((*levels, low), start)


_A1111: dict[str, Callable[[int, NoiseTable, Request, str | None], SamplingPlan]] = {
    "ddim": _ddim_plan,
    "plms": _ddim_plan,
    "unipc": _unipc_plan,
    "unipc_bh1": _unipc_plan,
    "lcm": _lcm_plan,
    "dpm_fast": _solver_plan,
    "dpm_adaptive": _solver_plan,
}
