"""What is selected as a picture of its own: copied, cut, pasted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.service.editing.flattening import flattened_rows
from core.service.editing.rasters import TileReader, in_tiles, pixels_in
from core.system.errors import WorldError
from core.values.editing.document import Box, Document
from desktop.edit.document.differences import filled_box
from desktop.edit.document.filling import Shares
from desktop.edit.document.layer_steps import Change, active, with_picture_layer
from desktop.edit.document.painting import paintable
from desktop.edit.pixels.pyramid import Pixels
from desktop.widgets.i18n import tr


def selected_box(document: Document, tile: TileReader) -> Box:
    """Around what is selected, to the pixel; all of the document where nothing is."""
    mask = document.mask()
    rough = filled_box(mask.raster) if mask is not None else None
    if mask is None or rough is None:
        return 0, 0, document.width, document.height
    pixels = pixels_in(mask.raster, tile, rough)
    columns, rows = np.flatnonzero(pixels.any(axis=0)), np.flatnonzero(pixels.any(axis=1))
    left, top = int(columns[0]), int(rows[0])
    width, height = int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top
    return rough[0] + left, rough[1] + top, width, height


def copied(document: Document, tile: TileReader, *, merged: bool = False) -> tuple[Pixels, Box]:
    """What is selected of the active layer, or of all that is seen, (h, w, 4), and where it lay;
    what is partly selected is partly clear. Raises WorldError where nothing of it is opaque."""
    box = selected_box(document, tile)
    if merged:
        rows = flattened_rows(document, tile, box)
    else:
        layer = active(document)
        rows = pixels_in(layer.raster, tile, (box[0] - layer.left, box[1] - layer.top, *box[2:]))
    share = _share(document, tile, box)
    rows[..., 3] = np.rint(rows[..., 3] * share)
    rows[rows[..., 3] == 0] = 0
    if not rows.any():
        raise WorldError(tr("There is nothing to copy here."), tr("Choose another layer."))
    return rows, box


def cut(document: Document, tile: TileReader) -> Change:
    """The active layer without what is selected. Raises WorldError where it is locked."""
    layer = paintable(document)
    rows = pixels_in(layer.raster, tile)
    box = (layer.left, layer.top, layer.raster.width, layer.raster.height)
    rows[..., 3] = np.rint(rows[..., 3] * (1 - _share(document, tile, box)))
    rows[rows[..., 3] == 0] = 0
    raster, tiles = in_tiles(rows)
    return document.with_layer(replace(layer, raster=raster)), tiles


def pasted(
    document: Document, pixels: Pixels, box: Box | None = None, *, generated: bool = False
) -> Change:
    """With pixels (h, w, 4) as a new layer: where they lay, or in the middle."""
    height, width = pixels.shape[:2]
    left, top = (document.width - width) // 2, (document.height - height) // 2
    if box is not None:
        left, top = box[:2]
    return with_picture_layer(document, pixels, tr("Pasted"), left, top, generated=generated)


def _any(document: Document) -> bool:
    mask = document.mask()
    return mask is not None and filled_box(mask.raster) is not None


def _share(document: Document, tile: TileReader, box: Box) -> Shares:
    """How much of each place of a box is selected, 0 to 1; all where nothing is."""
    mask = document.mask()
    if mask is None or not _any(document):
        return np.ones((box[3], box[2]), np.float32)
    return (pixels_in(mask.raster, tile, box) / 255).astype(np.float32)
