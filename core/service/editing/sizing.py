"""A document on another sheet: larger, smaller, moved; what lies on it keeps its pixels."""

from __future__ import annotations

from dataclasses import replace

from core.service.editing.rasters import TileReader, in_tiles, pixels_in
from core.system.errors import WorldError
from core.values.editing import sheet
from core.values.editing.document import MAX_PIXELS, MAX_SIDE, Box, Document, Mask


def on_canvas(document: Document, tile: TileReader, box: Box) -> tuple[Document, dict[str, bytes]]:
    """The document as it looks through `box`, which may reach beyond it; and the new tiles of its
    masks. Layers stay whole, also where they lie outside. Raises WorldError where a tile cannot be
    read, or the box is larger than a document may be."""
    left, top, width, height = box
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise WorldError(
            f"The document would have {width} x {height} pixels, and has at most {MAX_SIDE} a side "
            f"and {MAX_PIXELS // 10**6} million in all.",
            "Make it smaller first.",
        )
    if box == (0, 0, document.width, document.height):
        return document, {}
    tiles: dict[str, bytes] = {}
    masks: list[Mask] = []
    for mask in document.masks:
        raster, more = in_tiles(pixels_in(mask.raster, tile, box))
        masks.append(replace(mask, raster=raster))
        tiles |= more
    layers = tuple(
        replace(layer, left=layer.left - left, top=layer.top - top) for layer in document.layers
    )
    frame = document.frame
    if frame is not None:
        frame = (frame[0] - left, frame[1] - top, frame[2], frame[3])
    changed = replace(
        document,
        width=width,
        height=height,
        layers=layers,
        masks=tuple(masks),
        frame=frame,
        sheet=sheet.moved_on(document.sheet, sheet.shifted(-left, -top)),
    )
    return changed, tiles


def around(document: Document, box: Box) -> Box:
    """What both the document and the box cover, and what lies between."""
    left, top = min(box[0], 0), min(box[1], 0)
    right = max(box[0] + box[2], document.width)
    bottom = max(box[1] + box[3], document.height)
    return left, top, right - left, bottom - top
