"""How much of a picture is made anew where nobody says it: one rule for the command line, Create
and Edit."""

from __future__ import annotations

from dataclasses import replace

from core.models.files.families import Family
from core.values.program import Program
from core.values.request import Request
from core.values.request_parts.start_picture import StartPicture

# what lies under a mask, or is added to a side, is to become something else: at less than 1 the
# colours that were there shine through (of 120 drawings whose subject was to get another colour,
# 83 got it at 0.75, nine in ten at 1)
ANEW = 1.0


def usual_strength(request: Request, row: Family, *, masked: bool) -> float:
    """The strength that suits what a request starts from: 1 where there is a mask (`masked`) or a
    side to extend, and for a model that follows instructions, which holds to the picture by itself
    (Brooks et al. 2023 start it from noise); else as declared. Other programs' ways have what those
    have."""
    is_anew = masked or request.start.is_extended or row.instructs
    is_ours = request.compatibility == Program.CALOTYPE
    return ANEW if is_anew and is_ours else StartPicture().strength


def with_usual_strength(request: Request, row: Family, *, masked: bool) -> Request:
    """The request with that strength, whatever it has now."""
    strength = usual_strength(request, row, masked=masked)
    return replace(request, start=replace(request.start, strength=strength))
