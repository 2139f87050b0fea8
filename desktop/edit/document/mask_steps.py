"""What is done to masks: each a function from a document to the next state and its new tiles."""

from __future__ import annotations

from dataclasses import replace

from core.service.editing.rasters import in_tiles
from core.system.errors import WorldError
from core.values.editing.document import MAX_MASKS, Document, Mask
from core.values.editing.raster import PixelKind, clear_raster
from desktop.edit.document.pyramid import Pixels
from desktop.widgets.i18n import tr

_FULL = "There is no room for another mask."


def with_new_mask(document: Document, name: str = "") -> Document:
    """With an empty mask, which is active. Raises WorldError where there are MAX_MASKS."""
    if len(document.masks) >= MAX_MASKS:
        raise WorldError(tr(_FULL), tr("Delete a mask that is no longer needed."))
    given = name or tr("Mask {number}", number=len(document.masks) + 1)
    raster = clear_raster(PixelKind.GREY, document.width, document.height)
    mask = Mask(document.next_id, given, raster)
    return replace(
        document,
        masks=(*document.masks, mask),
        active_mask=mask.id,
        next_id=document.next_id + 1,
    )


def with_mask_pixels(document: Document, pixels: Pixels) -> tuple[Document, dict[str, bytes]]:
    """With these pixels (h, w) as the active mask, made where there is none."""
    document = document if document.mask() is not None else with_new_mask(document)
    mask = document.mask()
    assert mask is not None
    raster, tiles = in_tiles(pixels)
    return document.with_mask(replace(mask, raster=raster)), tiles
