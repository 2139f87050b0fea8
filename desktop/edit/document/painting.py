"""A layer or mask while something is painted on it: what is shown of it changes with each movement,
and only the end is a step."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from itertools import islice
from typing import cast

import numpy as np

from core.service.editing.rasters import pixels_in
from core.system.errors import WorldError
from core.values.editing.document import MAX_PIXELS, MAX_SIDE, Box, Document, Layer
from core.values.editing.raster import CLEAR, TILE, Raster, clear_raster, tile_name
from desktop.edit.document.differences import common, layer_box
from desktop.edit.document.mask_steps import with_new_mask
from desktop.edit.document.open_document import OpenDocument
from desktop.edit.pixels.pyramid import Pixels
from desktop.widgets.i18n import tr

NAMED_AT_ONCE = 2  # tiles that are named at one movement: a third of a millisecond each
_Place = tuple[int, int]  # column, row


class Target(StrEnum):
    """What tools paint on; values are stable ids kept in sessions."""

    MASK = "mask"
    LAYER = "layer"


class Painting:
    """Boxes are in the document's pixels. What lies beyond the document is not painted.

    Its parent is the state it began in: where another one came meanwhile, it is given up. Raises
    WorldError where the target is locked or hidden, or a tile cannot be read.
    """

    def __init__(self, document: OpenDocument, target: Target) -> None:
        self._open = document
        self._parent = document.document
        self.target = target
        self._tiles: dict[_Place, Pixels] = {}
        self._live: dict[str, bytes] = {}
        self._names: dict[_Place, str] = {}  # of tiles that did not change since they were named
        if target is Target.MASK:
            self._begun, self._raster = _with_mask(document.document)
            self._left = self._top = 0
        else:
            self._begun, layer = _with_room(document.document)
            self._raster = layer.raster
            self._left, self._top = layer.left, layer.top
        self._painted = self._raster

    @property
    def document(self) -> Document:
        """As it was when this began, with a mask or room enough to paint on."""
        return self._begun

    def original(self, box: Box) -> Pixels:
        """What was there before, (h, w, 4) or (h, w)."""
        inner = (box[0] - self._left, box[1] - self._top, box[2], box[3])
        return pixels_in(self._raster, self._open.tiles.read, inner)

    def clipped(self, box: Box) -> Box | None:
        """What of it lies in the document."""
        return common(box, (0, 0, self._begun.width, self._begun.height))

    def put(self, box: Box, pixels: Pixels) -> None:
        """These pixels are there now; the box lies in the document."""
        left, top = box[0] - self._left, box[1] - self._top
        across = range(left // TILE, -(-(left + box[2]) // TILE))
        down = range(top // TILE, -(-(top + box[3]) // TILE))
        new = [
            place
            for row in down
            for column in across
            if (place := (column, row)) not in self._tiles
        ]
        for place in new:
            self._begin_tile(place)
        if new:
            names = {place: _live_name(place) for place in new}
            self._painted = self._painted.with_tiles(names)
        touched = [(column, row) for column in across for row in down]
        for column, row in touched:
            self._names.pop((column, row), None)
            _write(self._tiles[column, row], column * TILE, row * TILE, left, top, pixels)
        self._name_some(touched)
        self._open.show(self._with(self._painted), self._live, box)

    def _name_some(self, touched: list[_Place]) -> None:
        """Those that a stroke has left behind, few at a time, so that its end is quick."""
        left = (place for place in self._tiles if place not in self._names and place not in touched)
        for place in islice(left, NAMED_AT_ONCE):
            self._names[place] = tile_name(self._tiles[place].tobytes())

    def _begin_tile(self, place: _Place) -> None:
        name = self._raster.tile(*place)
        size = self._raster.kind.tile_bytes
        data = bytearray(size) if name == CLEAR else bytearray(self._open.tiles.read(name))
        channels = self._raster.kind.pixel_bytes
        shape = (TILE, TILE, channels) if channels > 1 else (TILE, TILE)
        self._tiles[place] = np.frombuffer(data, np.uint8).reshape(shape)
        self._live[_live_name(place)] = cast(bytes, data)  # written on while it is read

    def finish(self, text: str) -> bool:
        """What was painted is a step; False where it changed nothing."""
        tiles: dict[str, bytes] = {}
        names: dict[_Place, str] = {}
        for place, pixels in self._tiles.items():
            data = pixels.tobytes()
            names[place] = name = self._names.get(place) or tile_name(data)
            if name not in (CLEAR, self._raster.tile(*place)):
                tiles[name] = data
        raster = self._raster.with_tiles(names)
        if raster == self._raster or self._open.document is not self._parent:
            self.give_up()
            return False
        self._open.step(text, self._with(raster), tiles, shown=True)
        return True

    def give_up(self) -> None:
        """Nothing of it was."""
        self._open.show_present()

    def _with(self, raster: Raster) -> Document:
        if self.target is Target.MASK:
            mask = self._begun.mask()
            assert mask is not None
            return self._begun.with_mask(replace(mask, raster=raster))
        layer = self._begun.layer(self._begun.active_layer)
        assert layer is not None
        return self._begun.with_layer(replace(layer, raster=raster))


def _live_name(place: _Place) -> str:
    return f"live {place[0]} {place[1]}"


def _write(tile: Pixels, x: int, y: int, left: int, top: int, pixels: Pixels) -> None:
    """The part of `pixels`, which begin at (left, top), that lies on the tile at (x, y)."""
    height, width = pixels.shape[:2]
    from_x, to_x = max(left, x), min(left + width, x + TILE)
    from_y, to_y = max(top, y), min(top + height, y + TILE)
    tile[from_y - y : to_y - y, from_x - x : to_x - x] = pixels[
        from_y - top : to_y - top, from_x - left : to_x - left
    ]


def _with_mask(document: Document) -> tuple[Document, Raster]:
    document = document if document.mask() is not None else with_new_mask(document)
    mask = document.mask()
    assert mask is not None
    return document, mask.raster


def _with_room(document: Document) -> tuple[Document, Layer]:
    """With an active layer that covers the document."""
    layer = grown_layer(paintable(document), (0, 0, document.width, document.height))
    return document.with_layer(layer), layer


def grown_layer(layer: Layer, box: Box) -> Layer:
    """The layer with clear pixels around, so that it covers a box of its document. Its tiles keep
    their names: it begins whole tiles further left and up. Raises WorldError where it would be
    larger than a layer can be."""
    raster = layer.raster
    columns = max(-(-(layer.left - box[0]) // TILE), 0)
    rows = max(-(-(layer.top - box[1]) // TILE), 0)
    left, top = layer.left - columns * TILE, layer.top - rows * TILE
    width = max(layer.left + raster.width, box[0] + box[2]) - left
    height = max(layer.top + raster.height, box[1] + box[3]) - top
    if (left, top, width, height) == layer_box(layer):
        return layer
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise WorldError(
            tr("The layer {name} reaches too far beside the document.", name=layer.name),
            tr("Move it nearer, or paint on a new layer."),
        )
    grown = clear_raster(raster.kind, width, height)
    names = {(column + columns, row + rows): name for column, row, name in raster.places()}
    return replace(layer, raster=grown.with_tiles(names), left=left, top=top)


def paintable(document: Document) -> Layer:
    """The active layer. Raises WorldError where it is locked or hidden."""
    layer = document.layer(document.active_layer)
    if layer is None:
        raise WorldError(tr("No layer is chosen."), tr("Choose one in Layers."))
    if layer.locked:
        raise WorldError(
            tr("The layer {name} is locked.", name=layer.name), tr("Unlock it, or choose another.")
        )
    if not layer.visible:
        raise WorldError(
            tr("The layer {name} is hidden.", name=layer.name), tr("Show it, or choose another.")
        )
    return layer
