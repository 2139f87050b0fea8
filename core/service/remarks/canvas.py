"""The size at which a picture is rendered that starts from another, and whether hires fix composes
it small first.
"""

from __future__ import annotations

import math
from dataclasses import replace

from core.models.files.families import Family
from core.service.remarks.sizes import MOST_OF_AREA
from core.system.errors import InvalidRequest
from core.values.declared.limits import MAX_SIZE, MIN_SIZE, SIZE_STEP
from core.values.request import Request
from core.values.request_parts.first_pass import first_pass
from core.values.request_parts.hires import AUTO, BY_HAND, MAX_SCALE, OFF, Hires
from core.values.request_parts.start_picture import StartPicture

_FLOW_STEP = 16  # their denoisers take 2 x 2 latents of 8 x 8 pixels as one token
_KEEPING_STRENGTH = 0.35
_SCALES = 20  # of a chosen hires scale in 1: 0.05 is fine enough, and short to write

Size = tuple[int, int]  # width and height in pixels


def side_step(row: Family) -> int:
    """Sides of what a family renders are multiples of so many pixels."""
    return _FLOW_STEP if row.flow else SIZE_STEP


def extended_size(start: StartPicture, source: Size) -> Size:
    """The size of a source with what is added to its sides."""
    left, top, right, bottom = start.extend
    return source[0] + left + right, source[1] + top + bottom


def own_canvas(start: StartPicture, source: Size, row: Family, name: str) -> Size:
    """The size in which a source of its own size, with what is added to it, is rendered: rounded up
    to multiples of the family's step.

    Raises InvalidRequest, which calls it `name`, beyond the limits of a picture's size.
    """
    step = side_step(row)
    width, height = extended_size(start, source)
    if max(width, height) > MAX_SIZE or min(width, height) < MIN_SIZE:
        what = "With what is added to it" if start.is_extended else "In its own size"
        near = "x".join(str(side) for side in nearest_size((width, height), row))
        raise InvalidRequest(
            "size",
            f"{what} {name} has {width} x {height} pixels, and sides are rendered from {MIN_SIZE} "
            f"to {MAX_SIZE}.",
            f"Fill and cut it (crop) to a size such as {near}.",
        )
    return _up(width, step), _up(height, step)


def nearest_size(size: Size, row: Family) -> Size:
    """The size of about this shape that the family composes well in one go: the size itself where
    it does, with sides that are multiples of its step."""
    step = side_step(row)
    width, height = size
    scale = min(
        1.0, math.sqrt(_composed_area(row) / (width * height)), row.max_size / max(width, height)
    )
    scale = max(scale, min(1.0, row.min_size / min(width, height)))
    if min(width, height) < MIN_SIZE:
        scale = MIN_SIZE / min(width, height)
    return _nearest_side(width * scale, step), _nearest_side(height * scale, step)


def is_composed_at_once(size: Size, row: Family) -> bool:
    """Whether a family composes a picture of this size in one go; beyond that it repeats itself, as
    the remark on sizes says."""
    width, height = size
    return max(size) <= row.max_size and width * height <= _composed_area(row)


def resolved_hires(request: Request, row: Family) -> tuple[Request, str]:
    """The request with hires fix off or by hand where it was asked for automatically, and a
    sentence about what was chosen; any other request as it is, and ""."""
    if request.hires.mode != AUTO:
        return request, ""
    off = replace(request, hires=replace(request.hires, mode=OFF, scale=Hires().scale))
    size = (request.width, request.height)
    words = f"{request.width} x {request.height}"
    if row.pipeline:
        return off, f"Hires fix is off: {row.label} runs through a pipeline that has none."
    if request.start.source:
        return off, "Hires fix is off: the start picture gives the composition."
    if is_composed_at_once(size, row):
        return off, f"Hires fix is off: {row.label} composes {words} in one go."
    hires = replace(_untouched_as_chosen(request.hires), scale=_hires_scale(size, row))
    small = " x ".join(str(side) for side in first_pass(*size, hires.scale, side_step(row)))
    sentence = f"Hires fix composes {small} and refines it to {words}."
    return replace(request, hires=hires), sentence


def _untouched_as_chosen(hires: Hires) -> Hires:
    """By hand, with what keeps to the small picture's composition where nobody chose otherwise: the
    web UI's values, latents enlarged and made anew by 0.7, repeat the subject in a size that the
    family cannot compose (looked at with the starter in 448 x 448)."""
    usual = Hires()
    if (hires.strength, hires.upscaler) != (usual.strength, usual.upscaler):
        return replace(hires, mode=BY_HAND)
    return replace(hires, mode=BY_HAND, strength=_KEEPING_STRENGTH, upscaler="lanczos")


def _hires_scale(size: Size, row: Family) -> float:
    """How many times smaller a picture is composed: with the area of the family's largest offered
    size, no side above its largest, and if that leaves room none below its smallest."""
    width, height = size
    scale = math.sqrt(width * height / _largest_area(row))
    scale = min(scale, min(size) / row.min_size)
    scale = max(scale, max(size) / row.max_size, 1 + 1 / _SCALES)
    return min(math.ceil(scale * _SCALES) / _SCALES, MAX_SCALE)


def _composed_area(row: Family) -> float:
    return MOST_OF_AREA * _largest_area(row)


def _largest_area(row: Family) -> int:
    return max(width * height for width, height in row.sizes)


def _up(side: int, step: int) -> int:
    return -(-side // step) * step


def _nearest_side(side: float, step: int) -> int:
    return min(max(round(side / step) * step, MIN_SIZE), MAX_SIZE)
