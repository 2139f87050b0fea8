"""What is said of hires fix before a picture is made: what it composes and refines, and where it
would help."""

from __future__ import annotations

from core.engine.contract.passes import first_pass, is_refined
from core.models.files.families import Family
from core.service.remarks.canvas import is_composed_at_once, resolved_hires
from core.service.remarks.sizes import size_remarks
from core.values.request import Request
from core.values.request_parts.hires import AUTO, OFF

OFFER = "Hires fix composes it small and refines it large."

Size = tuple[int, int]  # width and height in pixels


def composed_size(request: Request, row: Family) -> Size:
    """The size in which a picture is composed: where hires fix was chosen by hand it is smaller
    than what is asked for, by its scale."""
    if not _is_refined(request, row):
        return request.width, request.height
    small = first_pass(request, flow=row.flow)
    return small.width, small.height


def _is_refined(request: Request, row: Family) -> bool:
    """Whether there is a second pass: not where a picture gives the composition, nor where
    somebody else's pipeline makes it."""
    return is_refined(request) and not row.pipeline


def hires_remark(request: Request, row: Family) -> str:
    """What hires fix does for the request, or why it does nothing where it may choose; "" where it
    is off."""
    chosen, why = resolved_hires(request, row)
    if _is_refined(chosen, row):
        width, height = composed_size(chosen, row)
        return f"Composed at {width} x {height}, refined to {request.width} x {request.height}."
    return why if request.hires.mode == AUTO else ""


def hires_helps(request: Request, row: Family) -> bool:
    """Whether automatic hires fix would make a better picture than the one that is asked for."""
    may = request.hires.mode == OFF and not row.pipeline and not request.start.source
    return may and not is_composed_at_once((request.width, request.height), row)


def composition_remarks(request: Request, row: Family) -> tuple[str, ...]:
    """What there is to say of the size in which a picture is composed; that of a picture which
    starts from another one is composed already, and may be any the family draws."""
    chosen, _ = resolved_hires(request, row)
    return size_remarks(*composed_size(chosen, row), row)
