"""What lies below the layer that is painted on, flattened once: so that painting in a document of
many layers costs little more than in one of few."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.service.editing.flattening import flattened_rows, lay_over
from core.service.editing.rasters import TileReader, pixels_in
from core.values.editing.document import Box, Document, Layer
from desktop.edit.pixels.pyramid import Pixels

BLOCK = 64  # pixels a side of what is flattened at once
LIMIT = 96 * 2**20  # bytes of blocks that are kept
LEAST = 2  # layers below from which it pays


class Underlay:
    """Kept as long as the layers below stay the same."""

    def __init__(self) -> None:
        self._layers: tuple[Layer, ...] = ()
        self._size = (0, 0)
        self._pixels = np.zeros((0, 0, 4), np.uint8)
        self._there: set[tuple[int, int]] = set()

    def flattened(self, document: Document, tile: TileReader, box: Box) -> Pixels:
        """All layers of a document in a box within it, (h, w, 4): bit for bit what
        `flattened_rows` gives."""
        at = _place(document)
        below = tuple(one for one in document.layers[:at] if one.visible and one.opacity > 0)
        if len(below) < LEAST:
            return flattened_rows(document, tile, box)
        self._keep_for(document, below)
        rows = self._region(replace(document, layers=below), tile, box)
        for layer in document.layers[at:]:
            if layer.visible and layer.opacity > 0:
                inner = (box[0] - layer.left, box[1] - layer.top, box[2], box[3])
                lay_over(rows, pixels_in(layer.raster, tile, inner), layer.opacity)
        return rows

    def clear(self) -> None:
        """Nothing is kept."""
        self._layers = ()
        self._there.clear()
        self._pixels = np.zeros((0, 0, 4), np.uint8)

    def _keep_for(self, document: Document, below: tuple[Layer, ...]) -> None:
        size = (document.width, document.height)
        full = len(self._there) * BLOCK * BLOCK * 4 > LIMIT
        if below != self._layers or size != self._size or full:
            self._layers, self._size = below, size
            self._there = set()
            # pages that nothing is written to take no memory
            self._pixels = np.zeros((size[1], size[0], 4), np.uint8)

    def _region(self, below: Document, tile: TileReader, box: Box) -> Pixels:
        left, top, width, height = box
        for row in range(top // BLOCK, -(-(top + height) // BLOCK)):
            for column in range(left // BLOCK, -(-(left + width) // BLOCK)):
                if (column, row) not in self._there:
                    x, y = column * BLOCK, row * BLOCK
                    wide, high = min(BLOCK, self._size[0] - x), min(BLOCK, self._size[1] - y)
                    rows = flattened_rows(below, tile, (x, y, wide, high))
                    self._pixels[y : y + high, x : x + wide] = rows
                    self._there.add((column, row))
        return self._pixels[top : top + height, left : left + width].copy()


def _place(document: Document) -> int:
    """How many layers lie below the active one."""
    for at, layer in enumerate(document.layers):
        if layer.id == document.active_layer:
            return at
    return 0
