"""Whether DPM fast or adaptive, as another program runs them, leave noise in the picture that is
seen: said before it is made."""

from __future__ import annotations

from core.engine.contract.parity import plan_of
from core.engine.contract.passes import is_refined, second_pass
from core.engine.contract.start_levels import start_levels
from core.models.files.families import Family
from core.sampling.samplers import SAMPLERS
from core.sampling.schedules import NoiseTable
from core.system.errors import InvalidRequest
from core.values.program import Program
from core.values.request import Request

_SOLVERS = ("dpm_fast", "dpm_adaptive")
_NAMES = {Program.A1111: "AUTOMATIC1111", Program.COMFYUI: "ComfyUI"}
_SEEN = 0.1  # a last level above it is seen as grain
_FINE = 200  # schedules of so many steps end below that, and take long to be reckoned


def grain_remarks(request: Request, row: Family) -> tuple[str, ...]:
    """One sentence where they end at a level that is seen."""
    name = _NAMES.get(request.program)
    is_second = is_refined(request)
    ending = second_pass(request) if is_second else request
    if name is None or row.pipeline or row.flow or ending.sampler not in _SOLVERS:
        return ()
    begun = is_second or bool(request.start.source)
    if _scheduled(ending, begun=begun) >= _FINE:
        return ()
    try:
        last = _last_level(ending, row.id, begun=begun)
    except InvalidRequest:  # which is said where it is refused
        return ()
    if last < _SEEN:
        return ()
    return (
        f"{name}'s {SAMPLERS[ending.sampler].label} stops at the schedule's last level before "
        f"zero, here {last:.2f}, and leaves that much grain in the picture: Karras leaves least.",
    )


def _last_level(request: Request, family: str, *, begun: bool) -> float:
    """Where its run ends; `begun`: from a picture."""
    table = NoiseTable()
    plan = start_levels(request, table, family).plan if begun else plan_of(request, table, family)
    return plan.levels[-1]


def _scheduled(request: Request, *, begun: bool) -> float:
    """How many steps its schedule has, of which a strength may leave the last ones alone."""
    counts_rest = request.program == Program.COMFYUI or request.start.exact_steps
    if begun and counts_rest:
        return request.steps / max(request.start.strength, 1e-6)
    return request.steps
