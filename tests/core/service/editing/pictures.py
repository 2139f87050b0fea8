"""Pictures and documents for tests of the Edit room's services."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.metadata.writing import encode
from core.service.editing.rasters import Rows, in_tiles
from core.service.stores import Stores
from core.store.files import put_in_gallery
from core.values.editing.document import Document, Layer, LayerKind, Mask
from core.values.picture import Picture, Pixels, Recipe
from core.values.request import Request


def noise(height: int, width: int, channels: int = 4, seed: int = 0) -> Rows:
    """(h, w, channels) of random bytes."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)


def opaque(height: int, width: int, seed: int = 0) -> Rows:
    """The same, nothing of it to be seen through."""
    rows = noise(height, width, seed=seed)
    rows[..., 3] = 255
    return rows


class Sheet:
    """A document that is put together layer by layer, and its tiles."""

    def __init__(self, rows: Rows) -> None:
        self.tiles: dict[str, bytes] = {}
        self.document = Document(rows.shape[1], rows.shape[0], (self._layer(1, rows),))

    def _layer(self, number: int, rows: Rows, left: int = 0, top: int = 0) -> Layer:
        raster, tiles = in_tiles(rows)
        self.tiles |= tiles
        return Layer(number, f"Layer {number}", LayerKind.PAINT, raster, left, top)

    def add(self, rows: Rows, left: int = 0, top: int = 0, **values: object) -> None:
        """A layer above the others."""
        number = self.document.next_id
        layer = self.changed(self._layer(number, rows, left, top), **values)
        self.document = self.changed(
            self.document, layers=(*self.document.layers, layer), next_id=number + 1
        )

    def select(self, rows: Rows) -> None:
        """A mask of these greys (h, w), the active one."""
        number = self.document.next_id
        raster, tiles = in_tiles(rows)
        self.tiles |= tiles
        masks = (*self.document.masks, Mask(number, f"Mask {number}", raster))
        self.document = self.changed(
            self.document, masks=masks, active_mask=number, next_id=number + 1
        )

    def tile(self, name: str) -> bytes:
        """As the store has it."""
        return self.tiles[name]

    @staticmethod
    def changed(value: Any, **values: object) -> Any:
        return replace(value, **values)


def png(path: Path, rows: Rows) -> Path:
    """A file of these pixels without a recipe."""
    image = Image.fromarray(rows)
    (image.convert("RGB") if rows.shape[-1] == 4 and rows[..., 3].min() == 255 else image).save(
        path
    )
    return path


def in_gallery(stores: Stores, rows: Rows, request: Request) -> Picture:
    """A picture of the gallery with this request, in RGB."""
    height, width = rows.shape[:2]
    pixels = Pixels(width, height, np.ascontiguousarray(rows[..., :3]).tobytes())
    recipe = Recipe(request, model_name="Starter", pixels_sha256=pixels.sha256)
    path = put_in_gallery(stores.places.pictures, request.seed or 0, *encode(pixels, recipe))
    return stores.gallery.record(path, recipe, width, height)
