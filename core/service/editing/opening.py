"""A picture file, or pixels from elsewhere, as a new document; and the file's newer version."""

from __future__ import annotations

import os
import secrets
import time
from dataclasses import dataclass, replace
from pathlib import Path

from core.prompt.styling import as_asked
from core.service.editing.flattening import flattened_rows
from core.service.editing.generated import says_generated
from core.service.editing.openraster_reading import is_openraster, read_openraster
from core.service.editing.rasters import TileReader, in_tiles, rows_of
from core.service.editing.sizing import on_canvas
from core.service.starting.files import parent_of
from core.service.starting.own_recipe import own_recipe
from core.service.starting.usual_strength import with_usual_strength
from core.service.stores import Stores
from core.store.sources.opened_picture import OpenedPicture
from core.system.errors import WorldError, disk_refusals
from core.system.regular_files import display_name, sha256_of
from core.values.editing.document import (
    LONGEST_NAME,
    MAX_LAYERS,
    MAX_PIXELS,
    MAX_SIDE,
    Document,
    Layer,
    LayerKind,
)
from core.values.editing.record import DocumentRecord, Origin
from core.values.request import Request
from core.values.request_parts.branch import Branch
from core.values.request_parts.hires import Hires
from core.values.request_parts.start_picture import StartPicture
from core.values.request_parts.sweep_place import SweepPlace

_BACKGROUND = 1  # the id of the layer that holds what a document was opened from


@dataclass(frozen=True, slots=True)
class NewDocument:
    """What is to be kept of a document with its first state; `notes` are sentences about what of
    the file was changed or is not here."""

    record: DocumentRecord
    document: Document
    tiles: dict[str, bytes]
    notes: tuple[str, ...] = ()


def document_from_file(stores: Stores, path: Path, otherwise: Request) -> NewDocument:
    """A document of any picture that can be read, or of an OpenRaster file. Its form holds the
    picture's own recipe, or `otherwise`, Create's, where that carries none.

    Reads whole files: not for the GUI thread. Raises WorldError, one sentence, where the file
    cannot be read.
    """
    title = display_name(path)[:LONGEST_NAME]
    if is_openraster(path):
        read = read_openraster(path)
        record = _record(title, without_picture(otherwise), _origin_of(path))
        return NewDocument(record, read.document, read.tiles, read.notes)
    from core.store.sources.opening import open_start_picture

    opened = open_start_picture(path)
    parent = parent_of(stores, path, opened)
    own = own_recipe(stores.library, path, otherwise=otherwise.model)
    has_recipe = own.parsed.format != "none"
    request = otherwise
    if has_recipe:
        request = with_usual_strength(own.request, own.entry.family_row, masked=False)
    record = _record(title, without_picture(request), _origin_of(path, parent))
    generated = says_generated(own.parsed)
    document, tiles = document_of(opened, Path(title).stem or title, generated=generated)
    return NewDocument(record, document, tiles, (*opened.notes, *(own.notes if has_recipe else ())))


def document_from_pixels(
    picture: OpenedPicture,
    title: str,
    otherwise: Request,
    *,
    generated: bool = False,
    layer: str = "",
) -> NewDocument:
    """The same of pixels that no file holds: pasted, dragged, or a new sheet; `layer` is what holds
    them called, else as the document. Raises WorldError where they are too many."""
    record = _record(title[:LONGEST_NAME], without_picture(otherwise), Origin())
    name = (layer or title)[:LONGEST_NAME]
    document, tiles = document_of(picture, name, generated=generated)
    return NewDocument(record, document, tiles)


def document_of(
    picture: OpenedPicture, name: str, *, generated: bool = False
) -> tuple[Document, dict[str, bytes]]:
    """A document with one layer, which says whether it was `generated`; and its tiles. Raises
    WorldError where it is too large."""
    pixels = picture.width * picture.height
    if max(picture.width, picture.height) > MAX_SIDE or pixels > MAX_PIXELS:
        raise WorldError(
            f"{name} has {picture.width} x {picture.height} pixels, and a document at most "
            f"{MAX_SIDE} a side.",
            "Scale it down first.",
        )
    raster, tiles = in_tiles(rows_of(picture))
    layer = Layer(_BACKGROUND, name, LayerKind.PICTURE, raster, generated=generated)
    return Document(picture.width, picture.height, (layer,)), tiles


def with_layer_of(
    document: Document, picture: OpenedPicture, name: str, *, generated: bool = False
) -> tuple[Document, dict[str, bytes]]:
    """The document with a picture above all layers, in its middle; and the new tiles. `generated`
    as the new layer says it. Raises
    WorldError where it is too large or there are too many layers."""
    if len(document.layers) >= MAX_LAYERS:
        raise WorldError(
            f"The document has {MAX_LAYERS} layers already.", "Merge or delete some of them."
        )
    added, tiles = document_of(picture, name, generated=generated)
    layer = replace(
        added.layers[0],
        id=document.next_id,
        name=name[:LONGEST_NAME],
        left=(document.width - picture.width) // 2,
        top=(document.height - picture.height) // 2,
    )
    changed = replace(
        document,
        layers=(*document.layers, layer),
        active_layer=layer.id,
        next_id=document.next_id + 1,
    )
    return changed, tiles


def without_picture(request: Request) -> Request:
    """A request as a document's form begins with it: what it is made from is the document."""
    usual = StartPicture()
    start = replace(request.start, source="", mask="", frame=None, extend=usual.extend)
    plain = replace(request, seed=None, count=1, start=start, hires=Hires())
    return as_asked(replace(plain, parent="", document="", branch=Branch(), sweep=SweepPlace()))


def newer_version(record: DocumentRecord) -> bool:
    """Whether another program saved the file since the document was opened from it. Reads it only
    where size or time have changed; one that is gone or cannot be read is no newer version."""
    origin = record.origin
    if not origin.path:
        return False
    try:
        status = os.stat(origin.path)
        if (status.st_size, status.st_mtime_ns) == (origin.size, origin.modified):
            return False
        return sha256_of(Path(origin.path)) != origin.sha256
    except (OSError, ValueError):
        return False


def with_newer_version(
    stores: Stores, record: DocumentRecord, document: Document, tile: TileReader
) -> NewDocument:
    """The document with what its file holds now in the place of what it held: as the lowest layer.
    One that was as large as that takes its new size. Raises WorldError where the file cannot be
    read."""
    read = document_from_file(stores, Path(record.origin.path), record.request)
    raster, tiles = in_tiles(flattened_rows(read.document, read.tiles.__getitem__))
    size = (raster.width, raster.height)
    generated = read.document.shows_generated
    old = document.layer(_BACKGROUND)
    if old is None:
        title = read.record.title
        layer = Layer(document.next_id, title, LayerKind.PICTURE, raster, generated=generated)
        layers = (layer, *document.layers)
        changed = replace(document, layers=layers, next_id=document.next_id + 1)
    else:
        changed = document.with_layer(replace(old, raster=raster, generated=generated))
        if (old.raster.width, old.raster.height) == (document.width, document.height) != size:
            changed, more = on_canvas(changed, tile, (0, 0, *size))
            tiles |= more
    return NewDocument(replace(record, origin=read.record.origin), changed, tiles, read.notes)


def _record(title: str, request: Request, origin: Origin) -> DocumentRecord:
    return DocumentRecord(
        id=secrets.token_hex(16),
        title=title,
        created=time.time(),
        origin=origin,
        request=request,
        tells_generated=True,
    )


def _origin_of(path: Path, parent: str = "") -> Origin:
    """Size and time are looked at first: a file that changes meanwhile is a newer version."""
    with disk_refusals(f"{path.name} cannot be read", "Choose a file that you may read."):
        status = path.stat()
        digest = sha256_of(path)
    return Origin(
        path=str(path.absolute()),
        sha256=digest,
        size=status.st_size,
        modified=status.st_mtime_ns,
        picture_sha256=parent,
    )
