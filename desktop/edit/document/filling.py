"""Fills and gradients: what is done to many pixels at once, of a layer or a mask."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.service.editing.flattening import flattened_rows, lay_over
from core.service.editing.rasters import TileReader, in_tiles, pixels_in
from core.values.editing.document import Document
from desktop.edit.document.layer_steps import active
from desktop.edit.document.mask_steps import Change, alike, mask_pixels, with_mask_pixels
from desktop.edit.document.painting import Target, grown_layer, paintable
from desktop.edit.pixels.flood import flooded
from desktop.edit.pixels.pyramid import Pixels

Colour = tuple[int, int, int]
Point = tuple[float, float]
Shares = NDArray[np.float32]  # (h, w), 0 to 1


@dataclass(frozen=True, slots=True)
class Fill:
    """`tolerance` 0 to 255; `contiguous`: only what hangs together; `merged`: what looks alike in
    the flattened picture, else in the layer; `opacity` 0 to 1."""

    colour: Colour
    tolerance: int
    contiguous: bool = True
    merged: bool = True
    opacity: float = 1.0


def filled(
    document: Document,
    tile: TileReader,
    at: tuple[int, int],
    *,
    target: Target,
    fill: Fill,
    within: bool,
) -> Change:
    """What is like the pixel `at`, within the document, filled. `within`: only what is selected.
    Raises WorldError where the layer is locked or a tile cannot be read."""
    x, y = at
    box = (0, 0, document.width, document.height)
    if fill.merged or target is Target.MASK:
        rows = flattened_rows(document, tile)
    else:
        layer = active(document)
        rows = pixels_in(layer.raster, tile, (-layer.left, -layer.top, *box[2:]))
    red, green, blue, alpha = (int(one) for one in rows[y, x])
    like = alike(rows, (red, green, blue, alpha), fill.tolerance)
    if fill.contiguous:
        like = flooded(like, x, y)
    share = like.astype(np.float32)
    return laid(
        document,
        tile,
        share * np.float32(fill.opacity),
        target=target,
        colour=fill.colour,
        within=within,
    )


def laid(
    document: Document,
    tile: TileReader,
    shares: Shares,
    *,
    target: Target,
    colour: Colour | Pixels,
    within: bool,
) -> Change:
    """A colour, or one for each pixel, laid on as much as `shares` (h, w, 0 to 1) says; of a mask
    that much is selected as well."""
    if target is Target.MASK:
        before = mask_pixels(document, tile).astype(np.float32)
        return with_mask_pixels(
            document, np.rint(before + (255 - before) * shares).astype(np.uint8)
        )
    if within:
        selected = mask_pixels(document, tile)
        if selected.any():
            shares = (shares * (selected / 255)).astype(np.float32)
    layer = grown_layer(paintable(document), (0, 0, document.width, document.height))
    pixels = pixels_in(layer.raster, tile)
    above = np.empty((document.height, document.width, 4), np.uint8)
    above[..., :3] = colour
    above[..., 3] = np.rint(shares * 255)
    area = pixels[-layer.top :, -layer.left :][: document.height, : document.width]
    lay_over(area, above)
    raster, tiles = in_tiles(pixels)
    return document.with_layer(replace(layer, raster=raster)), tiles


def gradient(
    document: Document,
    tile: TileReader,
    line: tuple[Point, Point],
    *,
    target: Target,
    colours: tuple[Colour, Colour | None],
    opacity: float,
    within: bool,
) -> Change:
    """From one colour at the begin of a line to the other at its end, None: to nothing. A mask is
    selected at the begin, and less and less towards the end."""
    (x, y), (end_x, end_y) = line
    dx, dy = end_x - x, end_y - y
    length = max(dx * dx + dy * dy, 1e-6)
    across = (np.arange(document.width, dtype=np.float32) + np.float32(0.5 - x)) * (dx / length)
    down = (np.arange(document.height, dtype=np.float32) + np.float32(0.5 - y)) * (dy / length)
    along: Shares = np.clip(across[None, :] + down[:, None], 0, 1).astype(np.float32)
    first, second = colours
    if target is Target.MASK:
        return with_mask_pixels(document, np.rint((1 - along) * 255 * opacity).astype(np.uint8))
    if second is None:
        share: Shares = ((1 - along) * opacity).astype(np.float32)
        colour: Colour | Pixels = first
    else:
        share = np.full_like(along, opacity)
        mixed = np.asarray(first) + along[..., None] * (np.asarray(second) - np.asarray(first))
        colour = np.rint(mixed).astype(np.uint8)
    return laid(document, tile, share, target=target, colour=colour, within=within)
