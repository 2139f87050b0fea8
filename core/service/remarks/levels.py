"""What of a request's noise levels has no effect: said before the picture is made all the same."""

from __future__ import annotations

from core.models.files.families import Family
from core.sampling.samplers import SAMPLERS
from core.sampling.schedules import BY_TIMESTEPS, SCHEDULES, NoiseTable
from core.values.declared.parameter import parameters
from core.values.program import Program
from core.values.request import Request

ENDS = ("sigma_min", "sigma_max")
# Schedules with levels of their own, and the ends that count there.
_OWN_LEVELS: dict[str, tuple[str, ...]] = {
    "align_your_steps": (),
    "beta": (),
    "ddim_uniform": (),
    "gits": (),
    "turbo": (),
    "linear_quadratic": ("sigma_max",),
}
# Samplers of A1111 that know nothing of schedules: they go by whole timesteps.
_BY_THEMSELVES = frozenset({"ddim", "plms", "unipc", "unipc_bh1"})
# Those that ask a schedule for its first level alone, and end at the smallest sigma.
_UNSCHEDULED = frozenset({"dpm_fast", "dpm_adaptive"})


def level_remarks(request: Request, row: Family) -> tuple[str, ...]:
    """One sentence for each number that changes nothing."""
    levels = request.levels
    if levels == type(levels)():
        return ()
    if row.pipeline:
        return (f"{row.label} brings its own way of sampling: its noise levels cannot be changed.",)
    sentences: list[str] = []
    schedule = SCHEDULES.get(request.schedule)
    is_bent = schedule is not None and schedule.rho is not None
    if levels.shift is not None and not row.flow:
        sentences.append(f"Shift is for flow models; {row.label} is none, so it changes nothing.")
    if levels.sigmas:
        others = (levels.rho, levels.sigma_min, levels.sigma_max)
        if any(each is not None for each in others):
            sentences.append(
                "The noise levels are listed one by one: rho and their ends change nothing."
            )
    elif levels.rho is not None and not is_bent:
        bent = " and ".join(each.label for each in SCHEDULES.values() if each.rho is not None)
        sentences.append(f"Rho is for {bent}: with another schedule it changes nothing.")
    if not levels.sigmas:
        sentences += _of_ends(request, row)
    if levels.discard_penultimate and _has_no_penultimate(request, row):
        sentences.append("These noise levels are walked as they are: none of them is left out.")
    return tuple(sentences)


def _has_no_penultimate(request: Request, row: Family) -> bool:
    of_web_ui = request.program == Program.A1111 and not row.flow
    to_the_end = request.sampler in _UNSCHEDULED and not request.start.source
    return bool(request.levels.sigmas) or (of_web_ui and to_the_end)


def _of_ends(request: Request, row: Family) -> tuple[str, ...]:
    """Of the ends of the noise that a schedule, or a sampler of another program, does not ask."""
    levels = request.levels
    given = [name for name in ENDS if getattr(levels, name) is not None]
    of_web_ui = request.program == Program.A1111 and not row.flow
    if of_web_ui and request.sampler in _BY_THEMSELVES:
        if not given and levels.rho is None:
            return ()
        label = SAMPLERS[request.sampler].label
        return (f"A1111's {label} has noise levels of its own: rho and ends change nothing.",)
    counting = _OWN_LEVELS.get(request.schedule, ENDS)
    if of_web_ui and request.schedule == "beta":
        counting = ENDS
    if of_web_ui and request.sampler in _UNSCHEDULED:
        counting = (*counting, "sigma_min")
    declared = parameters(type(levels))
    idle = [declared[name].label for name in given if name not in counting]
    schedule = SCHEDULES.get(request.schedule)
    if schedule is None or not given:
        return ()
    if idle:
        verb = "change" if len(idle) > 1 else "changes"
        return (f"{schedule.label} has levels of its own: {' and '.join(idle)} {verb} nothing.",)
    own = NoiseTable().sigmas
    beyond = (levels.sigma_min or own[0]) < own[0] or (levels.sigma_max or own[-1]) > own[-1]
    if beyond and request.schedule in BY_TIMESTEPS and not row.flow:
        return (
            f"{schedule.label} keeps to the model's noise, mostly from {own[0]:.4f} to "
            f"{own[-1]:.4f}: an end beyond it changes nothing.",
        )
    return ()
