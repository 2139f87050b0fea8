"""What is added to a picture's sides, in passes of a size that the network composes well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from core.engine.contract.box import Box
from core.models.files.families import Family

# a window of this share of the usual size is rendered pixel by pixel; networks compose small
# pictures badly, and in large ones they begin the subject once more
SMALLEST, LARGEST = 0.6, 1.2
REFINED_BY = 0.35  # denoising strength, of what was composed smaller than it is


class Side(Enum):
    """Where a pass adds to what there is."""

    RIGHT = "right"
    LEFT = "left"
    BOTTOM = "bottom"
    TOP = "top"


@dataclass(frozen=True, slots=True)
class Pass:
    """`new` is added on a side of what there is; `box`, which it lies in, is what the network sees:
    from that side on half of it or more is there before, as source or made by an earlier pass.
    """

    side: Side
    new: Box
    box: Box


def passes(known: Box, size: tuple[int, int], window: tuple[int, int]) -> Iterator[Pass]:
    """The passes, in their order, that fill a canvas of `size` around `known`, each seeing at most
    `window` (width, height). The new parts cover what is added once."""
    canvas = Box.of(size)
    for side in Side:
        while strip := _next_strip(known, canvas, window, side):
            yield from _windows(strip, window)
            known = _joined(known, strip.new)


def _next_strip(known: Box, canvas: Box, window: tuple[int, int], side: Side) -> Pass | None:
    """All along the side, as wide as one window makes it; None where the canvas ends there.

    Half of a window or more is known: with less to see, networks begin the subject once more. A
    narrow picture doubles at a time.
    """
    sideways = side in (Side.RIGHT, Side.LEFT)
    there = known.width if sideways else known.height
    length = window[0] if sideways else window[1]
    missing = {
        Side.RIGHT: canvas.right - known.right,
        Side.LEFT: known.left - canvas.left,
        Side.BOTTOM: canvas.bottom - known.bottom,
        Side.TOP: known.top - canvas.top,
    }[side]
    if missing <= 0:
        return None
    largest = max(min(length // 2, there), 1)
    count = -(-missing // largest)
    added = -(-missing // count)
    seen = min(there, length - added)
    left, top, right, bottom = known.left, known.top, known.right, known.bottom
    match side:
        case Side.RIGHT:
            new = Box(right, top, right + added, bottom)
            box = Box(right - seen, top, right + added, bottom)
        case Side.LEFT:
            new = Box(left - added, top, left, bottom)
            box = Box(left - added, top, left + seen, bottom)
        case Side.BOTTOM:
            new = Box(left, bottom, right, bottom + added)
            box = Box(left, bottom - seen, right, bottom + added)
        case Side.TOP:
            new = Box(left, top - added, right, top)
            box = Box(left, top - added, right, top + seen)
    return Pass(side, new, box)


def _windows(strip: Pass, window: tuple[int, int]) -> Iterator[Pass]:
    """The strip window by window along the side; from the second on they see a third of the one
    before."""
    sideways = strip.side in (Side.RIGHT, Side.LEFT)
    start, end = (
        (strip.box.top, strip.box.bottom) if sideways else (strip.box.left, strip.box.right)
    )
    length = window[1] if sideways else window[0]
    done = start
    for first, last in _stretches(start, end, length):
        if sideways:
            new = Box(strip.new.left, done, strip.new.right, last)
            box = Box(strip.box.left, first, strip.box.right, last)
        else:
            new = Box(done, strip.new.top, last, strip.new.bottom)
            box = Box(first, strip.box.top, last, strip.box.bottom)
        yield Pass(strip.side, new, box)
        done = last


def _stretches(start: int, end: int, length: int) -> Iterator[tuple[int, int]]:
    """From start to end in stretches of this length that overlap by a third, evenly spread. Little
    more than one is taken in one go."""
    whole = end - start
    if whole <= length + length // 8:
        yield start, end
        return
    step = length - length // 3
    count = -(-(whole - length) // step) + 1
    for number in range(count):
        first = start + number * (whole - length) // (count - 1)
        yield first, first + length


def _joined(one: Box, other: Box) -> Box:
    return Box(
        min(one.left, other.left),
        min(one.top, other.top),
        max(one.right, other.right),
        max(one.bottom, other.bottom),
    )


@dataclass(frozen=True, slots=True)
class Windows:
    """What a network takes in one pass that extends a picture, as (width, height): the size that it
    composes best, and the most that it is shown. What is composed smaller than it is, is refined
    where the network `refines`."""

    usual: tuple[int, int]
    largest: tuple[int, int]
    refines: bool = True


def windows_of(row: Family) -> Windows:
    """Those of a family's models."""
    return Windows(row.sizes[0], row.window, row.refines)


def is_usual(box: tuple[int, int], usual: tuple[int, int]) -> bool:
    """Whether a window is about as large as the network composes best. Another one is composed in
    about the usual size, and refined where it is larger."""
    share = box[0] * box[1] / (usual[0] * usual[1])
    return SMALLEST <= share <= LARGEST


def is_composed_smaller(box: tuple[int, int], usual: tuple[int, int]) -> bool:
    """Whether a window is composed smaller than it is, and refined in its own size."""
    return box[0] * box[1] > LARGEST * usual[0] * usual[1]
