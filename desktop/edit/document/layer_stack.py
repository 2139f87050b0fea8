"""Layers one over the other as they are looked at: by Qt's raster engine, many times faster than
the exact arithmetic that pictures are saved with. What is opaque comes out bit for bit; a colour
that is seen through may be a few of 255 levels apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage, QPainter

from core.service.editing.rasters import TileReader, tiles_in
from core.values.editing.document import Box, Document, Layer
from core.values.editing.raster import TILE
from desktop.edit.document.differences import common
from desktop.edit.pixels.images import canvas_over
from desktop.edit.pixels.pyramid import Pixels, Pyramid

LIMIT = 96 * 2**20  # bytes that are kept of what lies below, and above
LEAST = 2  # layers from which it pays to keep them as one
_Parts = tuple[tuple[Layer, ...], tuple[Layer, ...], tuple[Layer, ...]]


def composed(layers: Sequence[Layer], tile: TileReader, box: Box) -> Pixels:
    """All visible ones in a box of the document, (h, w, 4) premultiplied as Qt keeps them. A box
    may reach beyond the document. Raises WorldError where a tile cannot be read."""
    rows = np.zeros((box[3], box[2], 4), np.uint8)
    _lay(rows, layers, tile, box)
    return rows


def _lay(rows: Pixels, layers: Sequence[Layer], tile: TileReader, box: Box) -> None:
    """Over what is there already."""
    canvas = canvas_over(rows)
    painter = QPainter(canvas)
    try:
        for layer in layers:
            painter.setOpacity(layer.opacity)
            _lay_one(painter, layer, tile, box)
    finally:
        painter.end()


def _lay_one(painter: QPainter, layer: Layer, tile: TileReader, box: Box) -> None:
    raster = layer.raster
    inner = (box[0] - layer.left, box[1] - layer.top, box[2], box[3])
    for column, row, name in tiles_in(raster, inner):
        data = tile(name)
        x, y = column * TILE, row * TILE
        picture = QImage(data, TILE, TILE, TILE * 4, QImage.Format.Format_RGBA8888)
        part = QRect(0, 0, min(TILE, raster.width - x), min(TILE, raster.height - y))
        painter.drawImage(QPoint(x - inner[0], y - inner[1]), picture, part)


class LayerStack:
    """A document in three: what lies below the active layer, the layer, and what lies above. The
    first and the last are kept while they stay the same, so that painting on one of many layers,
    or moving it, costs hardly more than where there is one."""

    def __init__(self, tile: TileReader) -> None:
        self._tile = tile
        self._below = _Group(tile)
        self._active = _Group(tile)
        self._above = _Group(tile)

    def flattened(self, document: Document, box: Box) -> Pixels:
        """All layers in a box within the document, (h, w, 4) premultiplied."""
        below, active, above = _parts(document)
        if len(below) >= LEAST:
            rows = self._below.region(below, 0, box)
        else:
            rows = composed(below, self._tile, box)
        _lay(rows, active, self._tile, box)
        if len(above) < LEAST:
            _lay(rows, above, self._tile, box)
        else:
            _put(rows, self._above.region(above, 0, box), (0, 0), 1.0)
        return rows

    def moved(self, document: Document, level: int, box: Box) -> Pixels:
        """The same at a level, where only the active layer's place is another one than before: it
        is drawn as it was, at the nearest whole pixel of that level."""
        below, active, above = _parts(document)
        rows = self._below.region(below, level, box)
        for layer in active:
            left, top = round(layer.left / 2**level), round(layer.top / 2**level)
            width, height = -(-layer.raster.width >> level), -(-layer.raster.height >> level)
            here = common((box[0] - left, box[1] - top, *box[2:]), (0, 0, width, height))
            if here is not None:
                there = here[0] + left - box[0], here[1] + top - box[1]
                pixels = self._active.region(_alone(layer), level, here)
                _put(rows, pixels, there, layer.opacity)
        if above:
            _put(rows, self._above.region(above, level, box), (0, 0), 1.0)
        return rows

    def prepare(self, document: Document, level: int, may_make: Callable[[], bool]) -> bool:
        """Make what `moved` needs at a level, until `may_make` says no; whether all is there."""
        below, active, above = _parts(document)
        box = (0, 0, -(-document.width >> level), -(-document.height >> level))
        groups = [(self._below, below, box), (self._above, above, box)]
        for layer in active:
            raster = layer.raster
            whole = (0, 0, -(-raster.width >> level), -(-raster.height >> level))
            groups.append((self._active, _alone(layer), whole))
        return all(group.make(layers, level, part, may_make) for group, layers, part in groups)

    def is_ready(self, document: Document) -> bool:
        """Whether what `moved` needs is kept, for the size at which it was looked at last."""
        below, active, above = _parts(document)
        groups = ((self._below, below), (self._above, above))
        alone = (self._active.holds(_alone(layer)) for layer in active)
        return all(group.holds(layers) for group, layers in groups) and all(alone)

    def set_down(self) -> None:
        """No layer is being moved any more."""
        self._active.clear()

    def clear(self) -> None:
        """Nothing is kept."""
        for group in (self._below, self._active, self._above):
            group.clear()

    def bytes_used(self) -> int:
        """Bytes that could be made again."""
        groups = (self._below, self._active, self._above)
        return sum(group.bytes_used() for group in groups)


class _Group:
    """Some layers as one, at several sizes."""

    def __init__(self, tile: TileReader) -> None:
        self._layers: tuple[Layer, ...] = ()
        self._pyramid = Pyramid(lambda box: composed(self._layers, tile, box), LIMIT)

    def region(self, layers: tuple[Layer, ...], level: int, box: Box) -> Pixels:
        self._use(layers)
        return self._pyramid.region(level, box)

    def make(
        self, layers: tuple[Layer, ...], level: int, box: Box, may_make: Callable[[], bool]
    ) -> bool:
        self._use(layers)
        return not layers or self._pyramid.make(level, box, may_make)

    def holds(self, layers: tuple[Layer, ...]) -> bool:
        return layers == self._layers

    def bytes_used(self) -> int:
        return self._pyramid.bytes_used()

    def _use(self, layers: tuple[Layer, ...]) -> None:
        if layers != self._layers:
            self.clear()
            self._layers = layers

    def clear(self) -> None:
        self._layers = ()
        self._pyramid.clear()


def _alone(layer: Layer) -> tuple[Layer, ...]:
    """Itself, wherever it lies and however much of it is seen."""
    return (replace(layer, left=0, top=0, opacity=1.0),)


def _parts(document: Document) -> _Parts:
    """What is seen of it, below the active layer, of it, and above."""
    ids = [layer.id for layer in document.layers]
    at = ids.index(document.active_layer) if document.active_layer in ids else 0
    below, active, above = (
        tuple(one for one in layers if one.visible and one.opacity > 0)
        for layers in (
            document.layers[:at],
            document.layers[at : at + 1],
            document.layers[at + 1 :],
        )
    )
    return below, active, above


def _put(rows: Pixels, above: Pixels, at: tuple[int, int], opacity: float) -> None:
    """Premultiplied pixels over others, so many from the left and from the top."""
    canvas = canvas_over(rows)
    painter = QPainter(canvas)
    painter.setOpacity(opacity)
    painter.drawImage(QPoint(*at), canvas_over(above))
    painter.end()
