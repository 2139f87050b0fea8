"""What is done to masks: each a function from a document to the next state and its new tiles. They
raise WorldError where a tile cannot be read or there is no room for a mask."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

import numpy as np

from core.service.editing.flattening import flattened_rows
from core.service.editing.rasters import TileReader, in_tiles, pixels_in
from core.system.errors import WorldError
from core.values.editing.document import LONGEST_NAME, MAX_MASKS, Box, Document, Mask
from core.values.editing.raster import PixelKind, clear_raster
from desktop.edit.pixels.mask_shapes import blurred, dilated, eroded
from desktop.edit.pixels.pyramid import Pixels, Plane
from desktop.widgets.i18n import tr

Change = tuple[Document, dict[str, bytes]]
THIRDS = 3


class Combine(StrEnum):
    """What a new selection does with the one there is; values are stable ids."""

    ADD = "add"
    SUBTRACT = "subtract"
    REPLACE = "replace"
    INTERSECT = "intersect"


# --- the list of masks ---


def with_new_mask(document: Document, name: str = "") -> Document:
    """With an empty mask, which is active."""
    if len(document.masks) >= MAX_MASKS:
        raise WorldError(
            tr("There is no room for another mask."), tr("Delete one that is no longer needed.")
        )
    given = name.strip()[:LONGEST_NAME] or tr("Mask {number}", number=len(document.masks) + 1)
    raster = clear_raster(PixelKind.GREY, document.width, document.height)
    mask = Mask(document.next_id, given, raster)
    return replace(
        document,
        masks=(*document.masks, mask),
        active_mask=mask.id,
        next_id=document.next_id + 1,
    )


def without_mask(document: Document, mask_id: int) -> Document:
    """Without this one; where it was active, the one that took its place is."""
    places = [mask.id for mask in document.masks]
    left = tuple(mask for mask in document.masks if mask.id != mask_id)
    active = document.active_mask
    if active == mask_id:
        at = min(places.index(mask_id), len(left) - 1)
        active = left[at].id if left else 0
    return replace(document, masks=left, active_mask=active)


def mask_duplicated(document: Document) -> Document:
    """With another of the active mask, which is active."""
    mask = document.mask()
    if mask is None:
        return document
    added = with_new_mask(document, tr("{name} copy", name=mask.name))
    copy = added.mask()
    assert copy is not None
    return added.with_mask(replace(copy, raster=mask.raster))


def mask_renamed(document: Document, mask_id: int, name: str) -> Document:
    """With another name; an empty one changes nothing."""
    given = name.strip()[:LONGEST_NAME]
    masks = tuple(
        replace(mask, name=given) if mask.id == mask_id and given else mask
        for mask in document.masks
    )
    return replace(document, masks=masks)


# --- its pixels ---


def with_mask_pixels(document: Document, pixels: Pixels) -> Change:
    """With these pixels (h, w) as the active mask, made where there is none."""
    document = document if document.mask() is not None else with_new_mask(document)
    mask = document.mask()
    assert mask is not None
    raster, tiles = in_tiles(pixels)
    return document.with_mask(replace(mask, raster=raster)), tiles


def mask_pixels(document: Document, tile: TileReader) -> Pixels:
    """Those of the active mask (h, w); none selected where there is none."""
    mask = document.mask()
    if mask is None:
        return np.zeros((document.height, document.width), np.uint8)
    return pixels_in(mask.raster, tile)


def combined(document: Document, tile: TileReader, shape: Pixels, box: Box, how: Combine) -> Change:
    """With a shape (h, w), which lies at `box` within the document, put to the selection."""
    pixels = mask_pixels(document, tile)
    left, top, width, height = box
    area = pixels[top : top + height, left : left + width]
    match how:
        case Combine.ADD:
            np.maximum(area, shape, out=area)
        case Combine.SUBTRACT:
            np.minimum(area, 255 - shape, out=area)
        case Combine.REPLACE:
            pixels[:] = 0
            area[...] = shape
        case Combine.INTERSECT:
            both = np.minimum(area, shape)
            pixels[:] = 0
            area[...] = both
    return with_mask_pixels(document, pixels)


def with_box(document: Document, tile: TileReader, box: Box, how: Combine) -> Change:
    """With a rectangle, as numbers, put to the selection; what lies outside is left out."""
    left, top = min(max(box[0], 0), document.width), min(max(box[1], 0), document.height)
    right = min(max(box[0] + box[2], left), document.width)
    bottom = min(max(box[1] + box[3], top), document.height)
    shape = np.full((bottom - top, right - left), 255, np.uint8)
    return combined(document, tile, shape, (left, top, right - left, bottom - top), how)


def ninth(document: Document, column: int, row: int) -> Box:
    """A ninth of the document, column and row from 0 to 2."""
    left, right = (document.width * at // THIRDS for at in (column, column + 1))
    top, bottom = (document.height * at // THIRDS for at in (row, row + 1))
    return left, top, right - left, bottom - top


def everything(document: Document) -> Change:
    """All is selected."""
    return with_mask_pixels(document, np.full((document.height, document.width), 255, np.uint8))


def cleared(document: Document) -> Change:
    """Nothing is selected."""
    mask = document.mask()
    if mask is None:
        return document, {}
    raster = clear_raster(PixelKind.GREY, document.width, document.height)
    return document.with_mask(replace(mask, raster=raster)), {}


def inverted(document: Document, tile: TileReader) -> Change:
    """What was not selected is."""
    return with_mask_pixels(document, 255 - mask_pixels(document, tile))


def grown(document: Document, tile: TileReader, by: int) -> Change:
    """What is selected reaches so many pixels further on all sides; less far where `by` is
    negative."""
    pixels = mask_pixels(document, tile)
    changed = dilated(pixels, by) if by > 0 else eroded(pixels, -by)
    return with_mask_pixels(document, changed)


def feathered(document: Document, tile: TileReader, by: float) -> Change:
    """With soft edges, blurred with a standard deviation of so many pixels."""
    return with_mask_pixels(document, blurred(mask_pixels(document, tile), by))


def by_colour(
    document: Document,
    tile: TileReader,
    colour: tuple[int, int, int],
    tolerance: int,
    how: Combine,
) -> Change:
    """With all places put to the selection whose colour is no further from this one, in any
    channel, than the tolerance (0 to 255)."""
    rows = flattened_rows(document, tile)
    shape = np.where(alike(rows, (*colour, 255), tolerance), np.uint8(255), np.uint8(0))
    return combined(document, tile, shape, (0, 0, document.width, document.height), how)


def alike(rows: Pixels, colour: tuple[int, int, int, int], tolerance: int) -> Plane:
    """Which pixels (h, w) of (h, w, 4) are like a colour."""
    result: Plane = np.ones(rows.shape[:2], np.bool_)
    for channel, value in enumerate(colour):
        low, high = max(value - tolerance, 0), min(value + tolerance, 255)
        result &= (rows[..., channel] >= low) & (rows[..., channel] <= high)
    return result


def from_alpha(document: Document, tile: TileReader, how: Combine) -> Change:
    """With what of the active layer is opaque put to the selection."""
    layer = document.layer(document.active_layer)
    assert layer is not None
    box = (-layer.left, -layer.top, document.width, document.height)
    alpha = pixels_in(layer.raster, tile, box)[..., 3]
    return combined(document, tile, alpha, (0, 0, document.width, document.height), how)
