"""What of a request's numbers changes nothing, or leaves something behind: said before the picture
is made all the same."""

from __future__ import annotations

from core.models.files.families import Family
from core.service.remarks.fresh_noise import fresh_noise_remarks
from core.service.remarks.levels import level_remarks
from core.service.remarks.solver_grain import grain_remarks
from core.values.request import Request


def number_remarks(request: Request, row: Family) -> tuple[str, ...]:
    """One sentence each, of noise levels and of fresh noise. No disk is touched."""
    return (
        *level_remarks(request, row),
        *grain_remarks(request, row),
        *fresh_noise_remarks(request, row),
    )
