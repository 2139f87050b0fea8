"""Parts of a document in numbers and words."""

from __future__ import annotations

import pytest

from core.system.errors import InvalidRequest
from core.values.editing.document import Box, Document, Layer, LayerKind
from core.values.editing.raster import PixelKind, clear_raster
from core.values.editing.regions import ninth, region_of

SHEET = Document(
    100, 80, (Layer(1, "sheet", LayerKind.PAINT, clear_raster(PixelKind.RGBA, 100, 80)),)
)


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("10,20,30,40", (10, 20, 30, 40)),
        (" -8; 0; 24; 16 ", (-8, 0, 24, 16)),
        ("all", (0, 0, 100, 80)),
        ("Lower  Left", (0, 53, 33, 27)),
        ("top right", (66, 0, 34, 26)),
        ("middle", (33, 26, 33, 27)),
        ("centre", (33, 26, 33, 27)),
        ("left half", (0, 0, 50, 80)),
        ("bottom third", (0, 53, 100, 27)),
    ],
)
def test_what_names_a_part(text: str, box: Box) -> None:
    assert region_of(SHEET, text) == box


@pytest.mark.parametrize("text", ["", "somewhere", "1,2,3", "1,2,0,4", "left left", "9" * 40])
def test_what_names_none_is_said(text: str) -> None:
    with pytest.raises(InvalidRequest):
        region_of(SHEET, text)


def test_ninths_leave_nothing_out() -> None:
    boxes = [ninth(SHEET, column, row) for row in range(3) for column in range(3)]
    assert sum(width * height for _, _, width, height in boxes) == 100 * 80
