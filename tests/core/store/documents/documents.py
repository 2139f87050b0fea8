"""Small documents to be kept: each tile one colour."""

from __future__ import annotations

import secrets

from core.values.editing.document import Document, Layer, LayerKind, Mask
from core.values.editing.raster import CLEAR, TILE, PixelKind, Raster, clear_raster, tile_name
from core.values.editing.record import DocumentRecord


def tile(value: int, kind: PixelKind = PixelKind.RGBA) -> bytes:
    """One tile whose bytes say a number."""
    return value.to_bytes(4, "big") * (kind.tile_bytes // 4)


def named(*values: int) -> dict[str, bytes]:
    """Tiles by their names."""
    return {tile_name(tile(value)): tile(value) for value in values if value}


def document(*values: int, mask: int = 0) -> Document:
    """A row of tiles in one layer, 0 for a clear one; with `mask` a mask that begins with it."""
    names = tuple(tile_name(tile(value)) for value in values)
    width = len(values) * TILE
    layer = Layer(1, "Background", LayerKind.PICTURE, Raster(PixelKind.RGBA, width, TILE, names))
    if not mask:
        return Document(width, TILE, (layer,))
    clear = clear_raster(PixelKind.GREY, width, TILE)
    grey = tile_name(tile(mask, PixelKind.GREY))
    masks = (Mask(2, "Mask 1", clear.with_tiles({(0, 0): grey})),)
    return Document(width, TILE, (layer,), masks, active_mask=2, next_id=3)


def record(title: str = "A", created: float = 1.0) -> DocumentRecord:
    """Of a new document."""
    return DocumentRecord(secrets.token_hex(16), title, created)


assert tile_name(tile(0)) == CLEAR
