"""How a cell of a sweep differs from its reference, and from which on nothing one can see changes.
Not for the GUI thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.metadata.reading import decode_pixels, open_image
from core.service.sweeps.noticeable import LEAST_SHARE
from core.service.sweeps.picture_measures import apart, clipped, saturation
from core.service.sweeps.visible import visibly_apart
from core.system.regular_files import display_name
from core.values.picture import Pixels


@dataclass(frozen=True, slots=True)
class CellFigures:
    """Of a cell's picture. `difference` from the reference is a root mean square of 255, `visible`
    the share of pixels that are seen to differ (`core.service.sweeps.visible`); both None where
    the sizes differ. `saturation` and `clipped` as in `picture_measures`."""

    difference: float | None
    visible: float | None
    saturation: float
    clipped: float


def figures_of(pixels: Pixels, reference: Pixels) -> CellFigures:
    """Of a picture beside its reference."""
    return CellFigures(
        difference=apart(pixels, reference),
        visible=visibly_apart(pixels, reference),
        saturation=saturation(pixels),
        clipped=clipped(pixels),
    )


def pixels_of(path: Path) -> Pixels:
    """Of a picture's file. Raises KnownError where it cannot be read."""
    with open_image(path) as image:
        return decode_pixels(image, display_name(path))


def settled_at(pictures: Sequence[Pixels]) -> int | None:
    """The first of them from which on nothing that one can see changes: it and each after it are
    seen to differ from the last in at most `LEAST_SHARE` of the pixels. None where even the last
    two are told apart, or their sizes differ."""
    first = len(pictures) - 1
    for number in range(len(pictures) - 2, -1, -1):
        share = visibly_apart(pictures[number], pictures[-1])
        if share is None or share > LEAST_SHARE:
            break
        first = number
    return first if first < len(pictures) - 1 else None
