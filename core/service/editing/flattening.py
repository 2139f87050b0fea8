"""A document as one picture: its visible layers one over the other."""

from __future__ import annotations

import numpy as np

from core.service.editing.rasters import Rows, TileReader, picture_of, pixels_in, tiles_in
from core.store.sources.opened_picture import OpenedPicture
from core.values.editing.document import Box, Document, Layer
from core.values.editing.raster import TILE

_OPAQUE = 255
_WHOLE = np.uint32(65_535)


def flattened(document: Document, tile: TileReader, box: Box | None = None) -> OpenedPicture:
    """All of a document, or the part within `box`, in RGBA, or in RGB where nothing can be seen
    through. What a single opaque layer has comes out bit for bit. A box may reach beyond the
    document: what of its layers lies there is shown too.

    Raises WorldError where a tile cannot be read.
    """
    return picture_of(flattened_rows(document, tile, box))


def flattened_rows(document: Document, tile: TileReader, box: Box | None = None) -> Rows:
    """The same as rows (h, w, 4)."""
    left, top, width, height = box or (0, 0, document.width, document.height)
    rows = np.zeros((height, width, 4), np.uint8)
    seen = [layer for layer in document.layers if layer.visible and layer.opacity > 0]
    for begin in range(0, height, TILE):  # in bands, which fit a processor's memory
        band = rows[begin : begin + TILE]
        for layer in seen:
            _lay_over(band, layer, tile, (left, top + begin, width, band.shape[0]))
    return rows


def lay_over(below: Rows, above: Rows, opacity: float = 1.0) -> None:
    """Puts `above` over `below`, both (h, w, 4) with straight alpha, in place: Porter & Duff's
    "over" (1984), rounded to the nearest of 8 bits. Where `above` is opaque it comes out bit for
    bit, and where it is clear `below` stays so."""
    seen = above[..., 3] > 0
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not len(rows):
        return
    place = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
    above, part, seen = above[place], below[place], seen[place]
    if opacity >= 1 and (above[..., 3] == _OPAQUE).all():
        part[...] = above
    elif (part[..., 3] == _OPAQUE).all():
        part[..., :3] = _on_opaque(above, part, opacity)
    else:  # told for each pixel, so that a part of a picture comes out as it does in the whole
        whole = part[..., 3] == _OPAQUE
        if opacity >= 1:  # nothing of what is below them is left
            covers = above[..., 3] == _OPAQUE
            np.copyto(part, above, where=covers[..., None])
            seen = seen & ~covers
        under, beside = seen & whole, seen & ~whole
        part[under, :3] = _on_opaque(above[under], part[under], opacity)
        part[beside] = _on_clear(above[beside], part[beside], opacity)


def _on_opaque(upper: Rows, lower: Rows, opacity: float) -> Rows:
    """Colours (h, w, 3), or (n, 3), over what nothing can be seen through, as nearly everything
    is: in whole numbers, many times faster. What is clear or opaque above comes out bit for bit."""
    share = np.rint(upper[..., 3:] * np.float32(opacity * 257)).astype(np.uint32)  # of 65,535
    total = upper[..., :3] * share + lower[..., :3] * (_WHOLE - share)
    return ((total + _WHOLE // 2) // _WHOLE).astype(np.uint8)


def _on_clear(upper: Rows, lower: Rows, opacity: float) -> Rows:
    """(n, 4) over what something can be seen through: pixels of which some is seen."""
    above, below = upper.astype(np.float32), lower.astype(np.float32)
    share = above[:, 3:] * np.float32(opacity / _OPAQUE)
    rest = below[:, 3:] * (1 - share) / _OPAQUE
    total = share + rest
    colours = (above[:, :3] * share + below[:, :3] * rest) / np.maximum(total, 1e-9)
    result = np.concatenate([colours, total * _OPAQUE], axis=1)
    return np.clip(np.rint(result), 0, _OPAQUE).astype(np.uint8)


def _lay_over(band: Rows, layer: Layer, tile: TileReader, box: Box) -> None:
    """What of a layer lies in a box of the document, over the band of that box."""
    left, top, width, height = box
    within = (left - layer.left, top - layer.top, width, height)
    columns = [column for column, _, _ in tiles_in(layer.raster, within)]
    if not columns:
        return
    # only as wide as there is something
    first = max(min(columns) * TILE, within[0])
    last = min((max(columns) + 1) * TILE, within[0] + width)
    part = pixels_in(layer.raster, tile, (first, within[1], last - first, height))
    place = first - within[0]
    lay_over(band[:, place : place + last - first], part, layer.opacity)
