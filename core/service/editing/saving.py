"""What a document shows as a new picture in the gallery."""

from __future__ import annotations

import time
from dataclasses import replace

from core.service.editing.flattening import flattened_rows
from core.service.editing.generated import source_type_of
from core.service.editing.opening import without_picture
from core.service.editing.rasters import TileReader, picture_of
from core.service.editing.starting import parent_in
from core.service.stores import Stores
from core.store.files import put_in_gallery
from core.system.errors import ModelMissing
from core.system.version import program_version
from core.values.editing.document import Document
from core.values.editing.record import DocumentRecord
from core.values.picture import Picture, Pixels, Recipe


def save_in_gallery(
    stores: Stores, record: DocumentRecord, document: Document, tile: TileReader, kind: str = "png"
) -> Picture:
    """Its recipe holds the form's words and values without a seed, since nothing makes this picture
    again, and names the picture that it goes back to; it says whether a model had a part in it.
    `kind` of file as `encode` has it.

    Raises WorldError where a tile cannot be read or the disk refuses.
    """
    from core.metadata.writing import encode

    rows = flattened_rows(document, tile)
    shown = picture_of(rows)
    alpha = None if shown.mode == "RGB" else rows[..., 3].tobytes()
    pixels = Pixels(document.width, document.height, rows[..., :3].tobytes(), alpha)
    source_type = source_type_of(stores, record, document, shown)
    request = replace(without_picture(record.request), parent=parent_in(stores, record, shown))
    try:
        model_name = stores.library.find(request.model).name
    except ModelMissing:
        model_name = ""
    recipe = Recipe(
        request=request,
        model_name=model_name,
        created=time.time(),
        version=program_version(),
        pixels_sha256=pixels.sha256,
        source_type=source_type,
    )
    data, suffix = encode(pixels, recipe, kind)
    last = stores.gallery.last_number
    path = put_in_gallery(stores.places.pictures, 0, data, suffix, last)
    return stores.gallery.record(path, recipe, pixels.width, pixels.height)
