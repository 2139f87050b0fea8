"""The ways of other programs: noise levels, start and end scales of a run as AUTOMATIC1111 and ComfyUI have them. No torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.engine.more_schedules import ALIGNED, beta_point, interpolated
from core.engine.samplers import SAMPLERS
from core.engine.schedules import AnyTable, FlowTable, NoiseTable, sigmas
from core.errors import InvalidRequest
from core.request import Request

# Samplers whose run leaves out the last level before zero (they get one level more to begin with).
_WITHOUT_PENULTIMATE = {
    "a1111": frozenset({"dpm_2", "dpm_2_ancestral", "dpmpp_3m_sde"}),
    "comfyui": frozenset({"dpm_2", "dpm_2_ancestral", "unipc", "unipc_bh1"}),
}


def eta_of(request: Request) -> float | None:
    """The web UI runs DPM fast and adaptive with its ancestral noise; elsewhere they have none of their own."""
    if request.eta is None and request.compatibility == "a1111" and request.sampler in ("dpm_fast", "dpm_adaptive"):
        return 1.0
    return request.eta


@dataclass(frozen=True, slots=True)
class Run:
    """A run's noise levels (falling, the last mostly 0), and what start noise and end latents are multiplied by.

    `flow`: of a flow model.
    """

    levels: tuple[float, ...]
    start: float
    end: float = 1.0
    flow: bool = False


def run_of(request: Request, table: AnyTable, family: str | None) -> Run:
    """How `request.compatibility` walks down the noise of a checkpoint's `table`. Raises InvalidRequest like `sigmas`."""
    if isinstance(table, FlowTable):
        return _flow_run(request, table)
    ways = request.compatibility
    if ways == "a1111" and request.sampler == "ddim":
        return _timesteps_run(request.steps, table)
    cut = request.sampler in _WITHOUT_PENULTIMATE.get(ways, frozenset())
    levels = _levels(request.schedule, request.steps + (1 if cut else 0), table, family, ways)
    start = _start_scale(levels[0], table, ways)
    return Run((*levels[:-2], levels[-1]) if cut and len(levels) > 2 else levels, start)


def _flow_run(request: Request, table: FlowTable) -> Run:
    """Flow models start from pure unit noise, and take the samplers that follow the flow, or have a form for it."""
    if not SAMPLERS[request.sampler].suits_flow:
        raise InvalidRequest("sampler", f"{SAMPLERS[request.sampler].label} does not suit flow models.",
                             f"Choose one of: {', '.join(row.id for row in SAMPLERS.values() if row.suits_flow)}.")
    levels = sigmas(request.schedule, request.steps, table=table)
    return Run(levels, levels[0], flow=True)


def _start_scale(sigma: float, table: NoiseTable, ways: str) -> float:
    """ComfyUI adds the noise of the noisiest level to a unit signal that is not there: sqrt(1 + sigma^2)."""
    top = table.sigmas[-1]
    if ways == "comfyui" and (sigma > top or math.isclose(sigma, top, rel_tol=1e-5)):
        return math.sqrt(1 + sigma * sigma)
    return sigma


def _levels(schedule: str, steps: int, table: NoiseTable, family: str | None, ways: str) -> tuple[float, ...]:
    low, high = table.sigmas[0], table.sigmas[-1]
    if ways == "a1111":
        if schedule == "beta":  # quantiles on sigma itself, not on timesteps
            return (*(low + beta_point(1 - i / max(steps - 1, 1), 0.6, 0.6) * (high - low) for i in range(steps)), 0.0)
        if schedule == "kl_optimal":  # ends at the smallest level, without zero
            return tuple(math.tan(math.atan(high) + (math.atan(low) - math.atan(high)) * i / steps) for i in range(steps + 1))
        if schedule == "align_your_steps":
            levels: Sequence[float] = ALIGNED["sdxl" if (family or "").startswith("sdxl") else "sd15"]
            return (*(levels if steps == len(levels) or steps == 1 else interpolated(levels, steps)), 0.0)[: steps + 1]
    return sigmas(schedule, steps, alphas_cumprod=[1 / (1 + s * s) for s in table.sigmas], sigma_min=low, sigma_max=high, family=family)


def _timesteps_run(steps: int, table: NoiseTable) -> Run:
    """DDIM on whole timesteps 1, 1 + k, ...: unit start latents, and an end at timestep 0 instead of no noise."""
    count = len(table.sigmas)
    stride = max(count // steps, 1)
    times = [min(t + 1, count - 1) for t in range(0, count, stride)]
    levels = [table.sigmas[t] for t in reversed(times)]
    last = table.sigmas[0]
    return Run((*levels, last), math.sqrt(1 + levels[0] ** 2), 1 / math.sqrt(1 + last * last))
