"""What becomes of a result: the part of it that differs from what it was made from, as a layer of
the document or in one of its layers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.service.editing.flattening import lay_over
from core.service.editing.rasters import Rows, TileReader, in_tiles, pixels_in, rows_of
from core.service.editing.sizing import around, on_canvas
from core.service.stores import Stores
from core.store.sources.opening import open_start_picture
from core.system.errors import WorldError
from core.values.editing.document import LONGEST_NAME, Box, Document, Layer, LayerKind
from core.values.editing.sheet import Affine, Lying, lying
from core.values.picture import Picture
from core.values.request_parts.start_picture import StartPicture

_OPAQUE = 255
_BLOCK = 8  # pixels a side: what a network changes at all it changes in such blocks

Planes = NDArray[np.bool_]  # (h, w)


def accepted(
    stores: Stores,
    document: Document,
    tile: TileReader,
    picture: Picture,
    place: Box,
    *,
    sheet: Affine | None = None,
    into: int = 0,
) -> tuple[Document, dict[str, bytes]]:
    """The document with what a picture made anew in it, and the new tiles: as a new layer above all
    others, or in the layer of the id `into`. `place` is where the picture lay, as `start_of` said,
    when the document's sheet lay as `sheet` says (None: as it does now). Where it reaches beyond
    the document, that grows; but not by what was cropped since.

    Raises WorldError where the picture or a tile cannot be read, or it lies beside the document.
    """
    how = lying(place, sheet or document.sheet, document.sheet)
    rows, changed = _laid(*candidate_rows(stores, picture, place), how)
    place, box = how.box, around(document, how.box)
    start = picture.request.start
    if start.source and not any(start.extend):
        box = (0, 0, document.width, document.height)
        rows, changed, place = _within(rows, changed, place, box)
    document, tiles = on_canvas(document, tile, box)
    document = document.framed(document.frame)  # what it added is there now
    left, top, width, height = _bounds(changed)
    inner = slice(top, top + height), slice(left, left + width)
    part = np.where(changed[inner][..., None], rows[inner], 0)
    at = (place[0] - box[0] + left, place[1] - box[1] + top, width, height)
    target = document.layer(into)
    if target is not None:
        merged, more = _merged(target, np.ascontiguousarray(part), at, tile)
        return document.with_layer(merged), tiles | more
    raster, more = in_tiles(np.ascontiguousarray(part))
    name = (picture.request.prompt.strip() or "Result")[:LONGEST_NAME]
    layer = Layer(document.next_id, name, LayerKind.PICTURE, raster, at[0], at[1], generated=True)
    changed_document = replace(
        document,
        layers=(*document.layers, layer),
        active_layer=layer.id,
        next_id=document.next_id + 1,
    )
    return changed_document, tiles | more


def _laid(rows: Rows, changed: Planes, how: Lying) -> tuple[Rows, Planes]:
    """As the sheet took them along: in the size of their box now."""
    if how.mirrored:
        rows, changed = rows[:, ::-1], changed[:, ::-1]
    rows, changed = np.rot90(rows, -how.quarters), np.rot90(changed, -how.quarters)
    size = (how.box[2], how.box[3])
    if rows.shape[:2] == (size[1], size[0]):
        return rows, changed
    image = Image.fromarray(np.ascontiguousarray(rows)).resize(size, Image.Resampling.LANCZOS)
    plane = Image.fromarray(np.ascontiguousarray(changed).astype(np.uint8) * _OPAQUE)
    return np.array(image), np.array(plane.resize(size, Image.Resampling.BOX)) > 0


def _within(rows: Rows, changed: Planes, place: Box, box: Box) -> tuple[Rows, Planes, Box]:
    """What of a picture at a place lies in a box. Raises WorldError where nothing does that would
    be seen."""
    left, top = max(place[0], box[0]), max(place[1], box[1])
    right = min(place[0] + place[2], box[0] + box[2])
    bottom = min(place[1] + place[3], box[1] + box[3])
    part = (
        slice(max(top - place[1], 0), max(bottom - place[1], 0)),
        slice(max(left - place[0], 0), max(right - place[0], 0)),
    )
    if not changed[part].any():
        raise WorldError(
            "The result lies where the document was cropped.",
            "Undo the crop, or keep the result: it stays in the Gallery.",
        )
    return rows[part], changed[part], (left, top, right - left, bottom - top)


def candidate_rows(stores: Stores, picture: Picture, place: Box) -> tuple[Rows, Planes]:
    """A result's pixels (h, w, 4) in the size of its place, and where (h, w) it differs from what
    it was made from; everywhere where that is not known. Raises WorldError."""
    rows = rows_of(open_start_picture(Path(picture.path)))
    is_own_size = rows.shape[:2] == (place[3], place[2])
    if not is_own_size:
        image = Image.fromarray(rows).resize((place[2], place[3]), Image.Resampling.LANCZOS)
        rows = np.array(image)
    start = picture.request.start
    before = _source(stores, start)
    if is_own_size and before is not None:
        changed = _differing(rows, before, start)
    else:
        changed = _asked_for(stores, start, place)
    return rows, changed if changed.any() else np.ones_like(changed)


def _source(stores: Stores, start: StartPicture) -> Rows | None:
    """What it was made from; None where that is not kept any more."""
    try:
        return rows_of(open_start_picture(stores.sources.path_of(start.source)))
    except WorldError:
        return None


def _differing(rows: Rows, before: Rows, start: StartPicture) -> Planes:
    """Blocks in which any pixel differs, and all that was added to the sides."""
    left, top, right, bottom = start.extend
    height, width = rows.shape[:2]
    differs = np.ones((height, width), bool)
    inner = rows[top : height - bottom, left : width - right]
    if inner.shape == before.shape:
        differs[top : height - bottom, left : width - right] = (inner != before).any(axis=-1)
    return _in_blocks(differs)


def _in_blocks(plane: Planes) -> Planes:
    """All of a block where any of it is True: else equal pixels would be holes in a layer."""
    height, width = plane.shape
    tall, wide = -(-height // _BLOCK), -(-width // _BLOCK)
    padded = np.zeros((tall * _BLOCK, wide * _BLOCK), bool)
    padded[:height, :width] = plane
    blocks = padded.reshape(tall, _BLOCK, wide, _BLOCK).any(axis=(1, 3))
    return blocks.repeat(_BLOCK, axis=0).repeat(_BLOCK, axis=1)[:height, :width]


def _asked_for(stores: Stores, start: StartPicture, place: Box) -> Planes:
    """Of a result in another size than its place: what its mask and frame say."""
    plane = np.zeros((place[3], place[2]), bool)
    if start.area == "frame" and start.frame is not None:
        left, top, width, height = start.frame
        plane[max(top, 0) : top + height, max(left, 0) : left + width] = True
        return plane
    if not start.mask:
        return ~plane
    try:
        with Image.open(stores.sources.path_of(start.mask), formats=("PNG",)) as image:
            mask = image.convert("L").resize((place[2], place[3]), Image.Resampling.BILINEAR)
    except (WorldError, OSError, SyntaxError, ValueError):
        return ~plane
    reach = round(max(start.mask_grow, 0) + 3 * start.mask_blur)
    return _grown(np.array(mask) > 0, reach)


def _grown(plane: Planes, by: int) -> Planes:
    """Wider by so many pixels on each side, in squares: whether any within reach is True."""
    return _wider(_wider(plane, by).T, by).T


def _wider(plane: Planes, by: int) -> Planes:
    """Above and below."""
    height, width = plane.shape
    counted = np.zeros((height + 1, width), np.int32)
    np.cumsum(plane, axis=0, out=counted[1:])
    at: NDArray[np.intp] = np.array(range(height), np.intp)
    return counted[np.minimum(at + by + 1, height)] > counted[np.maximum(at - by, 0)]


def _bounds(plane: Planes) -> Box:
    rows, columns = np.flatnonzero(plane.any(axis=1)), np.flatnonzero(plane.any(axis=0))
    left, top = int(columns[0]), int(rows[0])
    return left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top


def _merged(layer: Layer, part: Rows, at: Box, tile: TileReader) -> tuple[Layer, dict[str, bytes]]:
    """The layer with the part over what it had there; as large as both need."""
    left, top = min(layer.left, at[0]), min(layer.top, at[1])
    right = max(layer.left + layer.raster.width, at[0] + at[2])
    bottom = max(layer.top + layer.raster.height, at[1] + at[3])
    box = (left - layer.left, top - layer.top, right - left, bottom - top)
    rows = pixels_in(layer.raster, tile, box)
    x, y = at[0] - left, at[1] - top
    lay_over(rows[y : y + at[3], x : x + at[2]], part)
    raster, tiles = in_tiles(rows)
    return replace(layer, raster=raster, left=left, top=top, generated=True), tiles
