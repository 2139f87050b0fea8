"""The tools as one table, and what they are set to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from desktop.edit.document.mask_steps import Combine

SIZES = (1.0, 2000.0)  # pixels of a brush's diameter
Colour = tuple[int, int, int]


class ToolId(StrEnum):
    """Values are stable ids kept in sessions."""

    BRUSH = "brush"
    ERASER = "eraser"
    LASSO = "lasso"
    RECTANGLE = "rectangle"
    FILL = "fill"
    GRADIENT = "gradient"
    PICK = "pick"
    MOVE = "move"
    CROP = "crop"
    FRAME = "frame"


@dataclass(frozen=True, slots=True)
class ToolRow:
    """`key` as Qt writes it; `options` are fields of ToolOptions that the tool looks at, in the
    order of their line. `other_words`: what else people call it."""

    id: ToolId
    key: str
    icon: str
    name: str
    help: str
    options: tuple[str, ...] = ()
    other_words: str = ""


_STROKE = ("size", "hardness", "opacity", "smoothing", "curve", "pressure_sizes", "pressure_covers")
TOOLS: tuple[ToolRow, ...] = (
    ToolRow(
        ToolId.BRUSH,
        "B",
        "tool-brush",
        "Brush",
        "Paints on the mask or the layer; Shift and a click draw a straight line from the last "
        "stroke, Shift and drag or [ and ] change the size, Alt picks a colour.",
        ("colour", *_STROKE, "within_mask"),
        "paint pencil draw inpaint mask",
    ),
    ToolRow(
        ToolId.ERASER,
        "E",
        "tool-eraser",
        "Eraser",
        "Takes away from the mask or the layer, as the other end of a pen does.",
        (*_STROKE, "within_mask"),
        "rubber remove unmask",
    ),
    ToolRow(
        ToolId.LASSO,
        "L",
        "tool-lasso",
        "Lasso",
        "Selects what you draw around; clicks set corners, Enter closes them. Shift adds, Alt "
        "subtracts.",
        ("combine", "feather"),
        "select polygon freehand",
    ),
    ToolRow(
        ToolId.RECTANGLE,
        "M",
        "tool-rectangle",
        "Rectangle",
        "Selects a rectangle; Shift adds, Alt subtracts.",
        ("combine", "feather"),
        "select marquee box",
    ),
    ToolRow(
        ToolId.FILL,
        "G",
        "tool-fill",
        "Fill",
        "Fills what looks alike around a click, with the colour or with mask.",
        ("colour", "tolerance", "contiguous", "merged", "opacity", "within_mask"),
        "bucket magic wand colour select",
    ),
    ToolRow(
        ToolId.GRADIENT,
        "Shift+G",
        "tool-gradient",
        "Gradient",
        "Drag from where it begins to where it ends: from the colour to the second one, or to "
        "nothing; on a mask from all to nothing.",
        ("colour", "to_clear", "opacity", "within_mask"),
        "ramp fade blend",
    ),
    ToolRow(
        ToolId.PICK,
        "I",
        "tool-pick",
        "Pick colour",
        "Takes the colour under the pointer; Alt does so with every tool that paints.",
        ("colour",),
        "eyedropper pipette sample",
    ),
    ToolRow(
        ToolId.MOVE,
        "V",
        "tool-move",
        "Move layer",
        "Drag, or press arrow keys (Shift: ten pixels), to move the active layer.",
        (),
        "translate position",
    ),
    ToolRow(
        ToolId.CROP,
        "C",
        "tool-crop",
        "Crop",
        "Drag what is to stay, also beyond the edges; Enter crops, Esc does not.",
        ("ratio",),
        "trim cut canvas size",
    ),
    ToolRow(
        ToolId.FRAME,
        "F",
        "tool-frame",
        "Frame",
        "What the model sees: drag a part, or a handle beyond an edge to extend the picture; a "
        "double click takes all of it.",
        ("ratio",),
        "bounding box bbox outpaint extend generation area",
    ),
)


@dataclass(frozen=True, slots=True)
class ToolOptions:
    """What tools are set to. `size` and `feather` in the document's pixels, `tolerance` 0 to 255,
    `ratio` width by height (0: free), the others as in Brush. `within_mask`: painting on a layer
    stays within what is selected, where anything is."""

    colour: Colour = (232, 98, 61)
    second: Colour = (255, 255, 255)
    size: float = 60.0
    hardness: float = 0.8
    opacity: float = 1.0
    smoothing: float = 0.3
    curve: float = 1.0
    pressure_sizes: bool = True
    pressure_covers: bool = False
    combine: Combine = Combine.ADD
    feather: float = 0.0
    tolerance: int = 24
    contiguous: bool = True
    merged: bool = True
    to_clear: bool = True
    within_mask: bool = True
    ratio: float = 0.0


def row_of(tool: ToolId) -> ToolRow:
    """Its row of the table."""
    return next(row for row in TOOLS if row.id is tool)
