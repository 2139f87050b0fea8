"""A part of a document said in numbers or in words, for those who do not point at it."""

from __future__ import annotations

import re

from core.system.errors import InvalidRequest
from core.values.editing.document import Box, Document

ROWS = ("upper", "middle", "lower")
COLUMNS = ("left", "middle", "right")
_NUMBERS = re.compile(r"\s*(-?\d{1,5})" + r"\s*[,; ]\s*(-?\d{1,5})" * 3 + r"\s*")
_SAME = {"top": "upper", "bottom": "lower", "centre": "middle", "center": "middle"}
_HALVES = {
    "left half": ((0, 0, 1, 2), (2, 2)),
    "right half": ((1, 0, 2, 2), (2, 2)),
    "upper half": ((0, 0, 2, 1), (2, 2)),
    "lower half": ((0, 1, 2, 2), (2, 2)),
    "left third": ((0, 0, 1, 3), (3, 3)),
    "right third": ((2, 0, 3, 3), (3, 3)),
    "upper third": ((0, 0, 3, 1), (3, 3)),
    "lower third": ((0, 2, 3, 3), (3, 3)),
    "all": ((0, 0, 1, 1), (1, 1)),
}


def region_of(document: Document, text: str) -> Box:
    """Of "LEFT,TOP,WIDTH,HEIGHT" in pixels, "upper left" and the other ninths, "left half", "lower
    third" and the like, "all". Raises InvalidRequest for other words."""
    numbers = _NUMBERS.fullmatch(text)
    if numbers is not None:
        left, top, width, height = (int(number) for number in numbers.groups())
        if width < 1 or height < 1:
            raise InvalidRequest(
                "region",
                "A part of the picture has a width and a height.",
                "Write LEFT,TOP,WIDTH,HEIGHT in pixels.",
            )
        return left, top, width, height
    words = " ".join(_SAME.get(word, word) for word in text.lower().split())
    if words in _HALVES:
        return _share(document, *_HALVES[words])
    row, _, column = words.partition(" ")
    column = column or row  # "middle"
    if row in ROWS and column in COLUMNS:
        return ninth(document, COLUMNS.index(column), ROWS.index(row))
    raise InvalidRequest(
        "region",
        f'"{text.strip()[:60]}" names no part of the picture.',
        'Write LEFT,TOP,WIDTH,HEIGHT, or words such as "lower left", "left half", "all".',
    )


def ninth(document: Document, column: int, row: int) -> Box:
    """A ninth of the document, column and row from 0 to 2."""
    return _share(document, (column, row, column + 1, row + 1), (3, 3))


def _share(document: Document, lines: Box, grid: tuple[int, int]) -> Box:
    """What lies between lines (left, top, right, lower) of a grid of so many columns and rows."""
    across, down = grid
    left, right = (document.width * line // across for line in (lines[0], lines[2]))
    top, bottom = (document.height * line // down for line in (lines[1], lines[3]))
    return left, top, right - left, bottom - top
