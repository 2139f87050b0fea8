"""What of a request's noise levels has no effect: said before the picture is made all the same."""

from __future__ import annotations

from core.models.files.families import Family
from core.sampling.schedules import SCHEDULES
from core.values.request import Request


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
    return tuple(sentences)
