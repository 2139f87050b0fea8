"""Where in its schedule a run begins that starts from a picture: how many steps a strength leaves,
as Calotype, AUTOMATIC1111 and ComfyUI have it. No torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.engine.contract.parity import (
    SamplingPlan,
    asked_timesteps,
    plan_of,
    schedule_levels,
    start_scale,
    unipc_levels,
    unit_variance,
    whole_timesteps,
    without_penultimate,
)
from core.sampling.schedules import AnyTable, FlowTable, NoiseTable
from core.values.program import Program
from core.values.request import Request

# steps of a schedule of which the last ones are run: what is asked for beyond makes fewer steps of
# the same strength, since the levels would hardly differ
MOST_STEPS = 4000
_A1111_MOST = 0.999  # more strength than that the web UI takes for so much
_COMFYUI_WHOLE = 0.9999  # above which ComfyUI runs the schedule as it is
_A1111_TIMESTEP_SAMPLERS = ("ddim", "plms", "unipc", "unipc_bh1")


@dataclass(frozen=True, slots=True, kw_only=True)
class StartLevels:
    """What is run of a schedule. The latents at the start are the source's times `source_scale`,
    plus unit noise times `plan.start`.

    `plan` has the levels that are run (a single one: no step at all), `whole` those of the schedule
    they end. Noise along a path is drawn over `noise_levels`. `is_pure`: at full strength what is
    made anew starts from noise alone.
    """

    plan: SamplingPlan
    whole: tuple[float, ...]
    noise_levels: tuple[float, ...]
    source_scale: float = 1.0
    is_pure: bool = False

    @property
    def steps(self) -> int:
        """How many are run."""
        return len(self.plan.levels) - 1

    def level_at(self, share: float) -> float:
        """The level at a share of the whole schedule's steps, where a refiner takes over: it was
        trained for levels, whatever part of the schedule is run."""
        return self.whole[round(share * (len(self.whole) - 1))]


def start_levels(request: Request, table: AnyTable, family: str | None) -> StartLevels:
    """The part of a checked request's schedule that is run at `request.start.strength`, over the
    noise `table` of the checkpoint; at least one step, none at strength 0.

    Raises InvalidRequest where `plan_of` does.
    """
    if request.start.strength <= 0:
        whole = plan_of(request, table, family)
        nothing = SamplingPlan((0.0,), 0.0, flow=whole.flow)
        return StartLevels(plan=nothing, whole=whole.levels, noise_levels=whole.levels)
    match request.program:
        case Program.A1111:
            return _a1111(request, table, family)
        case Program.COMFYUI:
            return _comfyui(request, table, family)
        case Program.CALOTYPE:
            return _calotype(request, table, family)


def _calotype(request: Request, table: AnyTable, family: str | None) -> StartLevels:
    """The last int(n s) of n steps, as diffusers' pipelines count them; for exactly n steps the
    last n of round(n / s)."""
    strength = request.start.strength
    if request.start.exact_steps and strength < 1:
        total, run = _scheduled(round(request.steps / strength), request.steps, strength)
        whole = plan_of(replace(request, steps=total), table, family)
    else:
        whole = plan_of(request, table, family)
        # of which some schedules have more or fewer than asked for
        run = int((len(whole.levels) - 1) * strength)
    count = len(whole.levels) - 1
    first = count - min(max(run, 1), count)
    found = _from_level(whole, first, request.program, table)
    return replace(found, is_pure=strength >= 1)


def _comfyui(request: Request, table: AnyTable, family: str | None) -> StartLevels:
    """The last n of int(n / s) steps. Noise along a path knows no levels but those."""
    strength = request.start.strength
    if strength > _COMFYUI_WHOLE:
        whole = plan_of(request, table, family)
        first = 0
    else:
        total, wanted = _scheduled(int(request.steps / strength), request.steps, strength)
        whole = plan_of(replace(request, steps=total), table, family)
        first = max(len(whole.levels) - 1 - wanted, 0)
    found = _from_level(whole, first, request.program, table)
    return replace(found, noise_levels=found.plan.levels)


def _a1111(request: Request, table: AnyTable, family: str | None) -> StartLevels:
    """From level n - t - 1 on, where t = int(n min(s, 0.999)); for exactly n steps the same of
    int(n / s) steps with t = n - 1."""
    strength = min(request.start.strength, _A1111_MOST)
    total = request.steps
    kept = int(strength * total)
    if request.start.exact_steps:
        total, wanted = _scheduled(int(request.steps / strength), request.steps, strength)
        kept = wanted - 1
    own = table if isinstance(table, NoiseTable) and not request.levels.sigmas else None
    if own is not None and request.sampler in _A1111_TIMESTEP_SAMPLERS:
        return _of_whole_timesteps(request, own, total, kept)
    if own is not None and request.sampler in ("dpm_fast", "dpm_adaptive"):
        cut = request.levels.discard_penultimate
        levels = schedule_levels(request, total + cut, own, family)
        whole = SamplingPlan(without_penultimate(levels) if cut else levels, levels[0])
    else:
        whole = plan_of(replace(request, steps=total), table, family)
    last = len(whole.levels) - 2
    found = _from_level(whole, min(max(total - kept - 1, 0), last), request.program, table)
    return _ended_early(found) if request.sampler in ("dpm_fast", "dpm_adaptive") else found


def _ended_early(found: StartLevels) -> StartLevels:
    """DPM fast and adaptive end at the last level but one, whatever stands behind it and even where
    grain is left; but not where they begin."""
    *before, _ = found.plan.levels
    if len(before) < 2:
        return found
    return replace(found, plan=replace(found.plan, levels=(*before, before[-1])))


def _of_whole_timesteps(request: Request, table: NoiseTable, total: int, kept: int) -> StartLevels:
    """The web UI's DDIM, PLMS and UniPC: noised to whole timestep number `kept`, then walked down
    from the one below as if that were its noise.

    Where that leaves no step there is one, from the noised timestep down: the web UI breaks off.
    """
    count = len(table.sigmas)
    times = whole_timesteps(asked_timesteps(request, total), count)
    kept = min(kept, len(times) - 1)
    if len(times) == 1:
        noised = max(min(int(request.start.strength * count), count - 1), 2)
    else:
        noised = times[max(kept, 1)]
    walked = times[:kept] if kept > 1 else [1, noised]
    if request.sampler in ("ddim", "plms"):
        levels = [table.sigmas[t] for t in reversed(walked)]
    else:
        levels = unipc_levels((walked[-1] + 1) / count, max(kept, 1), table)
    plan = unit_variance(_falling(levels))
    noise = table.sigmas[noised]
    # the start is of unit variance at the noised timestep, the walk at the one it begins with
    gain = math.sqrt((1 + levels[0] ** 2) / (1 + noise**2))
    whole = plan_of(replace(request, steps=total), table, None).levels
    return StartLevels(
        plan=replace(plan, start=noise * gain),
        whole=whole,
        noise_levels=whole,
        source_scale=gain,
    )


def _scheduled(total: int, steps: int, strength: float) -> tuple[int, int]:
    """How many steps a schedule of `total` has, and how many of them are run: `steps`, or as many
    as have that strength where it would have more than MOST_STEPS."""
    total = max(total, steps)
    if total <= MOST_STEPS:
        return total, steps
    return MOST_STEPS, max(round(MOST_STEPS * strength), 1)


def _from_level(whole: SamplingPlan, first: int, program: Program, table: AnyTable) -> StartLevels:
    """A plan from one of its levels on, its start as the family and the program have it."""
    levels = _falling(whole.levels[first:])
    sigma = levels[0]
    if isinstance(table, FlowTable):
        start, source_scale = sigma, 1 - sigma
    else:
        start, source_scale = start_scale(sigma, table, program), 1.0
    return StartLevels(
        plan=replace(whole, levels=levels, start=start),
        whole=whole.levels,
        noise_levels=whole.levels,
        source_scale=source_scale,
    )


def _falling(levels: Sequence[float]) -> tuple[float, ...]:
    """Each level once: schedules of more steps than timesteps repeat some. A last one that repeats
    is meant so, where DPM fast and adaptive end."""
    *before, last = levels
    once = [level for i, level in enumerate(before) if i == 0 or level < before[i - 1]]
    return (*once, last)


def approximation(program: Program) -> str:
    """A sentence on what of another program's encoding cannot be had again; "" for our own."""
    names = {Program.A1111: "AUTOMATIC1111", Program.COMFYUI: "ComfyUI"}
    if program not in names:
        return ""
    return (
        f"{names[program]} draws the start picture's latents at random from no seed that is kept; "
        "here their mean is taken."
    )
