"""What is done to layers: each a function from a document to the next state, with its new tiles
where there are any. They raise WorldError where a tile cannot be read or there is no room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.service.editing.flattening import lay_over
from core.service.editing.rasters import TileReader, in_tiles, pixels_in
from core.system.errors import WorldError
from core.values.editing.document import (
    LONGEST_NAME,
    MAX_LAYERS,
    MAX_PIXELS,
    MAX_SIDE,
    Document,
    Layer,
    LayerKind,
)
from core.values.editing.raster import PixelKind, clear_raster
from desktop.edit.document.differences import layer_box, united
from desktop.edit.pixels.pyramid import Pixels
from desktop.widgets.i18n import tr

Change = tuple[Document, dict[str, bytes]]


def check_size(width: int, height: int) -> None:
    """Raises WorldError where neither a document nor a layer can have so many pixels."""
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE and width * height <= MAX_PIXELS):
        raise WorldError(
            tr("Neither a document nor a layer can have {w} x {h} pixels.", w=width, h=height),
            tr("Stay within {side} pixels a side and 64 megapixels.", side=MAX_SIDE),
        )


def active(document: Document) -> Layer:
    """The layer that is active."""
    layer = document.layer(document.active_layer)
    if layer is None:
        raise WorldError(tr("No layer is chosen."), tr("Choose one in Layers."))
    return layer


def _added(document: Document, layer: Layer) -> Document:
    """With one more above the active one, which is active from now on."""
    if len(document.layers) >= MAX_LAYERS:
        raise WorldError(
            tr("There is no room for another layer."), tr("Merge or delete one first.")
        )
    places = [one.id for one in document.layers]
    at = places.index(document.active_layer) + 1 if document.active_layer in places else len(places)
    layers = (*document.layers[:at], layer, *document.layers[at:])
    return replace(document, layers=layers, active_layer=layer.id, next_id=document.next_id + 1)


def with_paint_layer(document: Document, name: str = "") -> Document:
    """With an empty layer to paint on above the active one."""
    given = name.strip()[:LONGEST_NAME] or tr("Paint {number}", number=len(document.layers) + 1)
    raster = clear_raster(PixelKind.RGBA, document.width, document.height)
    return _added(document, Layer(document.next_id, given, LayerKind.PAINT, raster))


def with_picture_layer(
    document: Document, pixels: Pixels, name: str, left: int, top: int, *, generated: bool = False
) -> Change:
    """With pixels (h, w, 4) as a layer above the active one; `generated` as that says it."""
    check_size(pixels.shape[1], pixels.shape[0])
    raster, tiles = in_tiles(pixels)
    given = name.strip()[:LONGEST_NAME] or tr("Picture")
    layer = Layer(
        document.next_id, given, LayerKind.PICTURE, raster, left, top, generated=generated
    )
    return _added(document, layer), tiles


def duplicated(document: Document) -> Document:
    """With another of the active layer above it."""
    layer = active(document)
    name = tr("{name} copy", name=layer.name)[:LONGEST_NAME]
    return _added(document, replace(layer, id=document.next_id, name=name, locked=False))


def without_layer(document: Document) -> Document:
    """Without the active layer: the one below becomes active. The last one stays."""
    if len(document.layers) == 1:
        raise WorldError(tr("A document has at least one layer."), tr("Add another one first."))
    layer = active(document)
    at = document.layers.index(layer)
    left = (*document.layers[:at], *document.layers[at + 1 :])
    return replace(document, layers=left, active_layer=left[max(at - 1, 0)].id)


def renamed(document: Document, layer_id: int, name: str) -> Document:
    """With another name; an empty one changes nothing."""
    layer, given = document.layer(layer_id), name.strip()[:LONGEST_NAME]
    if layer is None or not given:
        return document
    return document.with_layer(replace(layer, name=given))


def ordered(document: Document, ids: Sequence[int]) -> Document:
    """In another order, from the lowest; ids that are none are left out, missing ones come last."""
    places = {layer_id: at for at, layer_id in enumerate(ids)}
    layers = sorted(document.layers, key=lambda layer: places.get(layer.id, len(places)))
    return replace(document, layers=tuple(layers))


def raised(document: Document, by: int) -> Document:
    """The active layer so many places higher, or lower, as far as there are any."""
    ids = [layer.id for layer in document.layers]
    at = ids.index(active(document).id)
    to = min(max(at + by, 0), len(ids) - 1)
    ids.insert(to, ids.pop(at))
    return ordered(document, ids)


def with_opacity(document: Document, opacity: float) -> Document:
    """The active layer so opaque, 0 to 1."""
    return document.with_layer(replace(active(document), opacity=min(max(opacity, 0.0), 1.0)))


def with_visible(document: Document, layer_id: int, visible: bool) -> Document:
    """A layer shown or hidden."""
    layer = document.layer(layer_id)
    return document if layer is None else document.with_layer(replace(layer, visible=visible))


def with_locked(document: Document, layer_id: int, locked: bool) -> Document:
    """A layer that nothing is painted on, or free again."""
    layer = document.layer(layer_id)
    return document if layer is None else document.with_layer(replace(layer, locked=locked))


def moved(document: Document, right: int, down: int) -> Document:
    """The active layer so many pixels further, as far as a layer may lie from its document."""
    layer = active(document)
    if layer.locked:
        raise WorldError(
            tr("The layer {name} is locked.", name=layer.name), tr("Unlock it, or choose another.")
        )
    left, top = (
        min(max(at, -2 * MAX_SIDE), 2 * MAX_SIDE) for at in (layer.left + right, layer.top + down)
    )
    return document.with_layer(replace(layer, left=left, top=top))


def merged_down(document: Document, tile: TileReader) -> Change:
    """The active layer and the one below it as one, which keeps the name of the lower one."""
    upper = active(document)
    at = document.layers.index(upper)
    if at == 0:
        raise WorldError(tr("There is no layer below."), tr("Choose a higher one."))
    lower = document.layers[at - 1]
    if lower.locked or upper.locked:
        raise WorldError(tr("One of both layers is locked."), tr("Unlock it first."))
    box = united([layer_box(upper), layer_box(lower)])
    assert box is not None
    if max(box[2], box[3]) > MAX_SIDE or box[2] * box[3] > MAX_PIXELS:
        box = (0, 0, document.width, document.height)  # what lies far outside is given up
    pixels = np.zeros((box[3], box[2], 4), np.uint8)
    for layer in (lower, upper):
        if layer.visible:
            inner = (box[0] - layer.left, box[1] - layer.top, box[2], box[3])
            lay_over(pixels, pixels_in(layer.raster, tile, inner), layer.opacity)
    raster, tiles = in_tiles(pixels)
    merged = replace(lower, raster=raster, left=box[0], top=box[1], opacity=1.0, visible=True)
    seen = (layer for layer in (lower, upper) if layer.visible)
    merged = replace(merged, generated=any(layer.generated for layer in seen))
    layers = (*document.layers[: at - 1], merged, *document.layers[at + 1 :])
    return replace(document, layers=layers, active_layer=merged.id), tiles
