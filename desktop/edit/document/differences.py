"""Where two states of a document look different, told from the names of their tiles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from core.values.editing.document import Box, Document, Layer
from core.values.editing.raster import TILE, PixelKind, Raster, clear_raster


def united(boxes: Iterable[Box]) -> Box | None:
    """The smallest box around all that are not empty; None for none."""
    around: tuple[int, int, int, int] | None = None  # left, top, right, bottom
    for left, top, width, height in boxes:
        if width <= 0 or height <= 0:
            continue
        one = (left, top, left + width, top + height)
        if around is None:
            around = one
        else:
            around = (
                min(around[0], one[0]),
                min(around[1], one[1]),
                max(around[2], one[2]),
                max(around[3], one[3]),
            )
    return None if around is None else _box(around)


def _box(around: tuple[int, int, int, int]) -> Box:
    return around[0], around[1], around[2] - around[0], around[3] - around[1]


def common(one: Box, other: Box) -> Box | None:
    """What lies in both; None for nothing."""
    left, top = max(one[0], other[0]), max(one[1], other[1])
    right = min(one[0] + one[2], other[0] + other[2])
    bottom = min(one[1] + one[3], other[1] + other[3])
    return (left, top, right - left, bottom - top) if right > left and bottom > top else None


def layer_box(layer: Layer) -> Box:
    """Where a layer lies in its document."""
    return layer.left, layer.top, layer.raster.width, layer.raster.height


def filled_box(raster: Raster) -> Box | None:
    """Around the tiles that are not clear, in the raster's pixels; None for a clear one."""
    tiles = united((column * TILE, row * TILE, TILE, TILE) for column, row, _ in raster.places())
    return tiles and common(tiles, (0, 0, raster.width, raster.height))


def raster_difference(one: Raster, other: Raster) -> Box | None:
    """Around the tiles that differ, in pixels; None for none."""
    if (one.width, one.height) != (other.width, other.height):
        return united([(0, 0, one.width, one.height), (0, 0, other.width, other.height)])
    if one.tiles is other.tiles:
        return None
    differing = (
        (number % one.columns * TILE, number // one.columns * TILE, TILE, TILE)
        for number, names in enumerate(zip(one.tiles, other.tiles, strict=True))
        if names[0] != names[1]
    )
    return united(differing)


def picture_difference(one: Document, other: Document) -> Box | None:
    """Where the flattened pictures may differ, in the document; None for nowhere."""
    whole = united([(0, 0, one.width, one.height), (0, 0, other.width, other.height)])
    same_stack = [layer.id for layer in one.layers] == [layer.id for layer in other.layers]
    if (one.width, one.height) != (other.width, other.height) or not same_stack:
        return whole
    pairs = zip(one.layers, other.layers, strict=True)
    return united(box for pair in pairs if (box := _layer_difference(*pair)) is not None)


def _layer_difference(one: Layer, other: Layer) -> Box | None:
    if one is other or not (one.visible or other.visible):
        return None
    if replace(one, raster=other.raster, name=other.name, locked=other.locked) != other:
        return united([layer_box(one), layer_box(other)])
    inner = raster_difference(one.raster, other.raster)
    if inner is None:
        return None
    return inner[0] + one.left, inner[1] + one.top, inner[2], inner[3]


def only_moved(one: Document, other: Document) -> bool:
    """Whether nothing but the place of the active layer differs."""
    layer = other.layer(other.active_layer)
    before = one.layer(other.active_layer)
    if layer is None or before is None or (before.left, before.top) == (layer.left, layer.top):
        return False
    return one.with_layer(replace(before, left=layer.left, top=layer.top)) == other


def mask_difference(one: Document, other: Document) -> Box | None:
    """Where the active masks differ; None for nowhere."""
    return raster_difference(_mask_raster(one), _mask_raster(other))


def _mask_raster(document: Document) -> Raster:
    mask = document.mask()
    if mask is not None:
        return mask.raster
    return clear_raster(PixelKind.GREY, document.width, document.height)


def is_restructured(one: Document, other: Document) -> bool:
    """Whether anything but pixels differs: layers, masks, the frame, sizes, which are active."""
    return _bones(one) != _bones(other)


def _bones(document: Document) -> tuple[object, ...]:
    layers = tuple(
        (one.id, one.name, one.kind, layer_box(one), one.visible, one.opacity, one.locked)
        for one in document.layers
    )
    masks = tuple((one.id, one.name) for one in document.masks)
    return layers, masks, replace(document, layers=(), masks=(), next_id=0)
