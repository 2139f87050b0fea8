"""What guidance leads away from at a step, named for what it is. No numpy."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from core.values.request import Request


class Against(StrEnum):
    """The other guess of a step, or why there is none."""

    NEGATIVE = "negative prompt"
    EMPTY = "empty prompt"
    SCALE_ONE = "none: guidance is 1"
    RESTS = "none: guidance rests at this step"
    TOLD = "none: the model is told the scale"  # distilled from guidance


def against(request: Request, norms: Sequence[float | None], step: int) -> Against:
    """Of a step from 1 of a picture whose steps have these `StepFigures.guidance_norm`."""
    if norms[step - 1] is not None:
        return Against.NEGATIVE if request.negative_prompt.strip() else Against.EMPTY
    if request.guidance == 1.0:
        return Against.SCALE_ONE
    limited = (request.guidance_from, request.guidance_until) != (0.0, 1.0)
    if limited or any(norm is not None for norm in norms):
        return Against.RESTS
    return Against.TOLD
