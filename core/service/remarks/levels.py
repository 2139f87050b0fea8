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
# Those that ask a schedule for the size of their start noise alone, and walk all of training's.
_UNSCHEDULED = frozenset({"dpm_fast", "dpm_adaptive"})


def level_remarks(request: Request, row: Family) -> tuple[str, ...]:
    """One sentence for each number that changes nothing."""
    levels = request.levels
    if levels == type(levels)():
        return ()
    if row.pipeline:
        return (f"{row.label} brings its own way of sampling: its noise levels cannot be changed.",)
    sentences: list[str] = []
    if levels.shift is not None and not row.flow:
        sentences.append(f"Shift is for flow models; {row.label} is none, so it changes nothing.")
    if levels.sigmas:
        others = (levels.rho, levels.sigma_min, levels.sigma_max)
        if any(each is not None for each in others):
            sentences.append(
                "The noise levels are listed one by one: rho and their ends change nothing."
            )
    elif levels.rho is not None and not _is_bent(request):
        bent = " and ".join(each.label for each in SCHEDULES.values() if each.rho is not None)
        sentences.append(f"Rho is for {bent}: with another schedule it changes nothing.")
    if not levels.sigmas:
        sentences += _of_ends(request, row)
    if levels.discard_penultimate and (levels.sigmas or _walks_all(request, row)):
        sentences.append("These noise levels are walked as they are: none of them is left out.")
    return tuple(sentences)


def _is_bent(request: Request) -> bool:
    """Whether rho bends the schedule."""
    schedule = SCHEDULES.get(request.schedule)
    return schedule is not None and schedule.rho is not None


def _walks_all(request: Request, row: Family) -> bool:
    """Whether the web UI's own walk through all of training's noise is asked for."""
    of_web_ui = request.program == Program.A1111 and not row.flow
    return of_web_ui and request.sampler in _UNSCHEDULED and not request.start.source


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
    if not _walks_all(request, row):
        return _of_schedule(request, given, counting, row)
    given = [name for name in given if name != "sigma_min"]
    return (*_of_whole_walk(request), *_of_schedule(request, given, counting, row))


def _of_whole_walk(request: Request) -> tuple[str, ...]:
    """What the web UI's walk through all of training's noise does not ask."""
    levels = request.levels
    idle = ["rho"] if levels.rho is not None and _is_bent(request) else []
    idle += ["sigma_min"] if levels.sigma_min is not None else []
    if not idle:
        return ()
    declared = parameters(type(levels))
    verb = "change" if len(idle) > 1 else "changes"
    return (
        f"A1111's {SAMPLERS[request.sampler].label} always walks down to the model's least noise: "
        f"{' and '.join(declared[name].label for name in idle)} {verb} nothing.",
    )


def _of_schedule(
    request: Request, given: list[str], counting: tuple[str, ...], row: Family
) -> tuple[str, ...]:
    """Of the ends that are `given`, those that the schedule does not ask, of which `counting`
    would count."""
    levels = request.levels
    declared = parameters(type(levels))
    idle = [declared[name].label for name in given if name not in counting]
    schedule = SCHEDULES.get(request.schedule)
    if schedule is None or not given:
        return ()
    if idle:
        verb = "change" if len(idle) > 1 else "changes"
        return (f"{schedule.label} has levels of its own: {' and '.join(idle)} {verb} nothing.",)
    own = NoiseTable().sigmas
    ends = [getattr(levels, name) for name in given]
    beyond = any(not own[0] <= end <= own[-1] for end in ends)
    if beyond and request.schedule in BY_TIMESTEPS and not row.flow:
        return (
            f"{schedule.label} keeps to the model's noise, mostly from {own[0]:.4f} to "
            f"{own[-1]:.4f}: an end beyond it changes nothing.",
        )
    return ()
