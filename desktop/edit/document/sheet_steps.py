"""A document, or one layer of it, on another sheet: cropped, resized, turned, straightened,
flipped. Each is a function from a document to the next state and its new tiles; they raise
WorldError where a tile cannot be read or the size would be none."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PIL import Image

from core.service.editing.rasters import TileReader, in_tiles, pixels_in
from core.service.editing.sizing import on_canvas
from core.system.errors import WorldError
from core.values.editing import sheet
from core.values.editing.document import MAX_SIDE, Box, Document, Layer
from desktop.edit.document.differences import common, layer_box
from desktop.edit.document.layer_steps import active, check_size
from desktop.edit.pixels.pyramid import Pixels
from desktop.widgets.i18n import tr

Change = tuple[Document, dict[str, bytes]]
Place = Callable[[Box], Box]  # where what lies in a box of the document lies afterwards
Turn = Callable[[Pixels, Box], Pixels]  # what becomes of its pixels, and the box they fill


def cropped(document: Document, tile: TileReader, box: Box) -> Change:
    """What lies in a box, which may reach beyond the document. Layers stay whole; of the frame
    stays what lies in the box, so that nothing that was cropped is asked for again."""
    check_size(box[2], box[3])
    changed, tiles = on_canvas(document, tile, box)
    sheet = (0, 0, changed.width, changed.height)
    frame = changed.frame and common(changed.frame, sheet)
    return changed.framed(frame), tiles


def resized(document: Document, tile: TileReader, width: int, height: int) -> Change:
    """All of it in another size, resampled (Lanczos)."""
    check_size(width, height)
    across, down = width / document.width, height / document.height

    def place(box: Box) -> Box:
        left, top = round(box[0] * across), round(box[1] * down)
        right = max(round((box[0] + box[2]) * across), left + 1)
        bottom = max(round((box[1] + box[3]) * down), top + 1)
        return left, top, min(right - left, MAX_SIDE), min(bottom - top, MAX_SIDE)

    changed, tiles = _all_parts(document, tile, (width, height), place=place, turn=_resampled)
    return _on_sheet(changed, sheet.scaled(across, down)), tiles


def turned(document: Document, tile: TileReader, quarters: int) -> Change:
    """By so many quarters of a circle, clockwise, without loss."""
    quarters %= 4
    width, height = document.width, document.height
    size = (width, height) if quarters % 2 == 0 else (height, width)

    def place(box: Box) -> Box:
        left, top, wide, high = box
        match quarters:
            case 1:
                return height - top - high, left, high, wide
            case 2:
                return width - left - wide, height - top - high, wide, high
            case 3:
                return top, width - left - wide, high, wide
            case _:
                return box

    changed, tiles = _all_parts(
        document, tile, size, place=place, turn=lambda rows, _: np.rot90(rows, -quarters)
    )
    return _on_sheet(changed, sheet.turned(quarters, width, height)), tiles


def flipped(document: Document, tile: TileReader, *, upside_down: bool = False) -> Change:
    """Left and right changed places, or above and below; without loss."""
    width, height = document.width, document.height

    def place(box: Box) -> Box:
        if upside_down:
            return box[0], height - box[1] - box[3], box[2], box[3]
        return width - box[0] - box[2], box[1], box[2], box[3]

    changed, tiles = _all_parts(
        document,
        tile,
        (width, height),
        place=place,
        turn=lambda rows, _: _mirrored(rows, upside_down),
    )
    way = sheet.upside_down(height) if upside_down else sheet.mirrored(width)
    return _on_sheet(changed, way), tiles


def straightened(document: Document, tile: TileReader, degrees: float) -> Change:
    """Turned clockwise by up to 45 degrees about the middle, and cropped to the largest part of
    its shape that has no empty corner."""
    angle = math.radians(min(abs(degrees), 45.0))
    longer = max(document.width / document.height, document.height / document.width)
    share = 1 / (math.cos(angle) + longer * math.sin(angle))
    width, height = (max(int(one * share), 1) for one in (document.width, document.height))
    left, top = (document.width - width) // 2, (document.height - height) // 2
    whole = (0, 0, document.width, document.height)

    def turn(rows: Pixels, box: Box) -> Pixels:
        return _rotated(rows, degrees)[top : top + height, left : left + width]

    tiles: dict[str, bytes] = {}
    parts: list[Layer] = []
    for (
        layer
    ) in document.layers:  # what of each lies on the sheet, so that all turn about one point
        inner = (-layer.left, -layer.top, *whole[2:])
        raster, more = in_tiles(turn(pixels_in(layer.raster, tile, inner), whole))
        parts.append(replace(layer, raster=raster, left=0, top=0))
        tiles |= more
    masks = []
    for mask in document.masks:
        raster, more = in_tiles(turn(pixels_in(mask.raster, tile), whole))
        masks.append(replace(mask, raster=raster))
        tiles |= more
    changed = replace(
        document, width=width, height=height, layers=tuple(parts), masks=tuple(masks), frame=None
    )
    way = sheet.rotated(degrees, document.width / 2, document.height / 2)
    return _on_sheet(changed, way.then(sheet.shifted(-left, -top))), tiles


# --- one layer ---


def layer_turned(document: Document, tile: TileReader, quarters: int) -> Change:
    """The active layer by quarters of a circle, clockwise, about its middle."""

    def place(box: Box) -> Box:
        if quarters % 2 == 0:
            return box
        left = box[0] + (box[2] - box[3]) // 2
        top = box[1] + (box[3] - box[2]) // 2
        return left, top, box[3], box[2]

    return _one_layer(document, tile, place, lambda rows, _: np.rot90(rows, -quarters))


def layer_flipped(document: Document, tile: TileReader, *, upside_down: bool = False) -> Change:
    """The active layer in a mirror."""
    return _one_layer(document, tile, lambda box: box, lambda rows, _: _mirrored(rows, upside_down))


def layer_resized(document: Document, tile: TileReader, width: int, height: int) -> Change:
    """The active layer in another size, about its middle."""
    check_size(width, height)

    def place(box: Box) -> Box:
        return box[0] + (box[2] - width) // 2, box[1] + (box[3] - height) // 2, width, height

    return _one_layer(document, tile, place, _resampled)


def layer_straightened(document: Document, tile: TileReader, degrees: float) -> Change:
    """The active layer turned clockwise about its middle, its corners clear."""
    return _one_layer(document, tile, lambda box: box, lambda rows, _: _rotated(rows, degrees))


# --- how ---


def _on_sheet(changed: Document, way: sheet.Affine) -> Document:
    """It knows where all of it went."""
    return replace(changed, sheet=sheet.moved_on(changed.sheet, way))


def _mirrored(rows: Pixels, upside_down: bool) -> Pixels:
    return rows[::-1] if upside_down else rows[:, ::-1]


def _resampled(rows: Pixels, box: Box) -> Pixels:
    image = Image.fromarray(np.ascontiguousarray(rows))
    return np.asarray(image.resize((box[2], box[3]), Image.Resampling.LANCZOS))


def _rotated(rows: Pixels, degrees: float) -> Pixels:
    """Clockwise; where something can be seen through its colour does not darken the edges."""
    image = Image.fromarray(np.ascontiguousarray(rows))
    if rows.ndim == 2:
        return np.asarray(image.rotate(-degrees, Image.Resampling.BICUBIC))
    whole = image.convert("RGBa").rotate(-degrees, Image.Resampling.BICUBIC)
    return np.asarray(whole.convert("RGBA"))


def _one_layer(document: Document, tile: TileReader, place: Place, turn: Turn) -> Change:
    layer = active(document)
    if layer.locked:
        raise WorldError(
            tr("The layer {name} is locked.", name=layer.name), tr("Unlock it, or choose another.")
        )
    changed, tiles = _layer(layer, tile, place, turn)
    return document.with_layer(changed), tiles


def _layer(
    layer: Layer, tile: TileReader, place: Place, turn: Turn
) -> tuple[Layer, dict[str, bytes]]:
    box = place(layer_box(layer))
    raster, tiles = in_tiles(turn(pixels_in(layer.raster, tile), box))
    return replace(layer, raster=raster, left=box[0], top=box[1]), tiles


def _all_parts(
    document: Document, tile: TileReader, size: tuple[int, int], *, place: Place, turn: Turn
) -> Change:
    tiles: dict[str, bytes] = {}
    layers: list[Layer] = []
    for layer in document.layers:
        changed, more = _layer(layer, tile, place, turn)
        layers.append(changed)
        tiles |= more
    masks = list(document.masks)
    for number, mask in enumerate(masks):
        raster, more = in_tiles(turn(pixels_in(mask.raster, tile), (0, 0, *size)))
        masks[number] = replace(mask, raster=raster)
        tiles |= more
    frame = document.frame and place(document.frame)
    changed_document = replace(
        document,
        width=size[0],
        height=size[1],
        layers=tuple(layers),
        masks=tuple(masks),
        frame=frame,
    )
    return changed_document, tiles
