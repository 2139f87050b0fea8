"""A document as an OpenRaster file, which Krita, GIMP and others open: a zip of PNGs and a list of
layers (openraster.org, baseline 0.0.6).

What the format has no word for, masks and the frame, lies in files of our own within it, which
other programs pass over and leave out when they save.
"""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import quoteattr

from PIL import Image

from core.service.editing.flattening import flattened_rows
from core.service.editing.rasters import Rows, TileReader, pixels_in
from core.system.atomic_files import partial_beside, sync_file, sync_folder
from core.system.errors import WorldError, disk_refusals
from core.values.editing.document import Document, Layer

MIMETYPE = b"image/openraster"
OWN = "calotype/document.json"  # what no other program knows
MAX_PIXELS = 2**29  # of all layers together, so that what is written can be opened again
THUMBNAIL = 256  # pixels of the longer side
_FAST = 1  # level of zlib: a person waits
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_openraster(path: Path, document: Document, tile: TileReader) -> None:
    """Put the document in the place of the file at `path`, which is the old one or the new one at
    each instant. Raises WorldError where the disk refuses, a tile cannot be read, or the layers
    have more pixels than can be opened again."""
    rasters = [part.raster for part in (*document.layers, *document.masks)]
    if sum(raster.width * raster.height for raster in rasters) > MAX_PIXELS:
        raise WorldError(
            f"The layers have more than {MAX_PIXELS // 10**6} million pixels together.",
            "Merge some of them first.",
        )
    partial = partial_beside(path)
    with disk_refusals(
        f"{path.name} cannot be written", "Free some space or choose another folder."
    ):
        try:
            with zipfile.ZipFile(partial, "x", zipfile.ZIP_STORED) as archive:
                for name, data in _files(document, tile):
                    archive.writestr(name, data)
            sync_file(partial)
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
        sync_folder(path.parent)


def _files(document: Document, tile: TileReader) -> Iterator[tuple[str, bytes]]:
    """One at a time: a large document is never all in memory. The type comes first."""
    yield "mimetype", MIMETYPE
    yield "stack.xml", _stack(document).encode()
    for layer in document.layers:
        yield _place_of(layer), _png(pixels_in(layer.raster, tile))
    masks: list[dict[str, str]] = []
    for mask in document.masks:
        place = f"calotype/mask{mask.id}.png"
        masks.append({"name": mask.name, "src": place})
        yield place, _png(pixels_in(mask.raster, tile))
    own = {
        "masks": masks,
        "active_mask": [mask.id for mask in document.masks].index(document.active_mask)
        if document.mask() is not None
        else None,
        "frame": document.frame,
        "frame_locked": document.frame_locked,
        "kinds": [layer.kind.value for layer in document.layers],
        "generated": [layer.generated for layer in document.layers],
    }
    yield OWN, json.dumps(own).encode()
    whole = flattened_rows(document, tile)
    yield "mergedimage.png", _png(whole)
    small = Image.fromarray(whole)
    small.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX, reducing_gap=2.0)
    yield "Thumbnails/thumbnail.png", _saved(small)


def _place_of(layer: Layer) -> str:
    return f"data/layer{layer.id}.png"


def _stack(document: Document) -> str:
    """The list of layers, the topmost first."""
    lines = [
        "<?xml version='1.0' encoding='UTF-8'?>",
        f'<image version="0.0.6" w="{document.width}" h="{document.height}">',
        "<stack>",
    ]
    for layer in reversed(document.layers):
        name = quoteattr(_NO_XML.sub("?", layer.name))
        marks = ' edit-locked="true"' if layer.locked else ""
        marks += ' selected="true"' if layer.id == document.active_layer else ""
        lines.append(
            f'<layer name={name} src="{_place_of(layer)}" x="{layer.left}" y="{layer.top}" '
            f'opacity="{layer.opacity:g}" visibility="{"visible" if layer.visible else "hidden"}" '
            f'composite-op="svg:src-over"{marks}/>'
        )
    return "\n".join([*lines, "</stack>", "</image>", ""])


def _png(rows: Rows) -> bytes:
    return _saved(Image.fromarray(rows))


def _saved(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=_FAST)
    return out.getvalue()
