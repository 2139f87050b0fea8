"""A document made small, for its tab."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage

from core.service.editing.rasters import TileReader
from core.values.editing.document import Box, Document
from desktop.edit.document.layer_stack import LIMIT, composed
from desktop.edit.pixels.images import canvas_over
from desktop.edit.pixels.pyramid import LEVELS, Pixels, Pyramid

MOST_TILES = 1024  # that are read for the tab of a document that nobody has looked at yet


def thumbnail(seen: Callable[[int, Box], Pixels], width: int, height: int, size: QSize) -> QImage:
    """What is seen of a document of this many pixels, by level and box, within `size`."""
    level, wanted = 0, max(size.width(), size.height())
    while level < LEVELS and min(width, height) >> (level + 1) >= wanted:
        level += 1
    pixels = seen(level, (0, 0, max(width >> level, 1), max(height >> level, 1)))
    return canvas_over(pixels).scaled(
        size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )


def thumbnail_of(document: Document, tile: TileReader, size: QSize) -> QImage:
    """The same of a document that is not open; a null picture of one that takes long. May be called
    in any thread. Raises WorldError where a tile cannot be read."""
    layers = [one for one in document.layers if one.visible and one.opacity > 0]
    if sum(1 for one in layers for _ in one.raster.places()) > MOST_TILES:
        return QImage()
    pyramid = Pyramid(lambda box: composed(layers, tile, box), LIMIT)
    return thumbnail(pyramid.region, document.width, document.height, size)
