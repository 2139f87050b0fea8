"""What a document has to keep to when it is written and when it is read, so that nobody behind this
asks again. Far beyond what the window lets a person do: a state that were refused here is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.system.json import Malformed
from core.values.editing.document import MAX_PIXELS, MAX_SIDE, Box, Document, Layer
from core.values.editing.raster import CLEAR, PixelKind, Raster
from core.values.editing.sheet import Affine

_TILE_NAME = re.compile(r"[0-9a-f]{32}")
_FARTHEST = 2**20  # pixels that a layer or frame may begin beside its document
_MOST_PARTS = 2000
_LONGEST_NAME = 10_000
_HIGHEST_ID = 2**31


def check_document(document: Document) -> None:
    """Raises Malformed, which names the first fault."""
    _check_size(document.width, document.height, "the document")
    if not document.layers or len(document.layers) + len(document.masks) > _MOST_PARTS:
        raise Malformed("there are too many layers or masks, or no layer")
    for layer in document.layers:
        _check_layer(layer)
    for mask in document.masks:
        _check_raster(mask.raster, PixelKind.GREY)
        if (mask.raster.width, mask.raster.height) != (document.width, document.height):
            raise Malformed("a mask is of another size than its document")
    parts = (*document.layers, *document.masks)
    if any(len(part.name) > _LONGEST_NAME for part in parts):
        raise Malformed("a name is too long")
    _check_ids(document, [part.id for part in parts])
    if document.frame is not None:
        _check_frame(document.frame)
    check_sheet(document.sheet)


def _check_size(width: int, height: int, what: str) -> None:
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE and width * height <= MAX_PIXELS):
        raise Malformed(f"{what} has {width} x {height} pixels")


def _check_layer(layer: Layer) -> None:
    _check_raster(layer.raster, PixelKind.RGBA)
    if max(abs(layer.left), abs(layer.top)) > _FARTHEST:
        raise Malformed("a layer lies too far outside")
    if not 0 <= layer.opacity <= 1:
        raise Malformed(f"a layer's opacity is {layer.opacity}")


def _check_raster(raster: Raster, kind: PixelKind) -> None:
    if raster.kind is not kind:
        raise Malformed(f"pixels are {raster.kind} in place of {kind}")
    _check_size(raster.width, raster.height, "a layer")
    if len(raster.tiles) != raster.columns * raster.rows:
        raise Malformed("the number of tiles does not fit the pixels")
    if any(name != CLEAR and not _TILE_NAME.fullmatch(name) for name in raster.tiles):
        raise Malformed("a tile's name is none")


def _check_ids(document: Document, ids: Iterable[int]) -> None:
    """Each part has its own, and those that are active are there."""
    given = list(ids)
    if len(set(given)) != len(given) or not all(0 < number < _HIGHEST_ID for number in given):
        raise Malformed("two parts have one id")
    if max(given) >= document.next_id or document.next_id > _HIGHEST_ID:
        raise Malformed("the next id is given already")
    if document.layer(document.active_layer) is None:
        raise Malformed("the active layer is not there")
    if document.active_mask and document.mask() is None:
        raise Malformed("the active mask is not there")


def check_sheet(lies: Affine) -> None:
    """Raises Malformed where there is no way back."""
    if not lies.is_possible():
        raise Malformed("the sheet lies as none can")


def _check_frame(frame: Box) -> None:
    """Frames may reach beyond the document: what lies there is added."""
    left, top, width, height = frame
    if max(abs(left), abs(top), width, height) > _FARTHEST or min(width, height) < 1:
        raise Malformed("the frame lies too far outside")
