"""What a document asks for: its picture and active mask kept as what a request starts from, at the
size that the model renders best, and where the result will lie."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace

import numpy as np

from core.models.files.families import Family
from core.service.editing.flattening import flattened_rows
from core.service.editing.rasters import Rows, TileReader, picture_of, pixels_in
from core.service.editing.sizing import around
from core.service.remarks.canvas import is_composed_at_once, nearest_size, own_canvas, side_step
from core.service.starting.files import check_start
from core.service.stores import Stores
from core.store.sources.opened_picture import OpenedPicture
from core.values.declared.limits import MIN_SIZE
from core.values.editing.document import Box, Document
from core.values.editing.record import CandidateState, DocumentRecord
from core.values.request import CheckedRequest, Request
from core.values.request_parts.hires import Hires
from core.values.request_parts.start_picture import StartPicture

LARGE = 2048 * 2048  # pixels, above which only what lies around the frame is handed over
SEEN_AROUND = 64  # pixels around a frame that go with it: its feather ends where more is known

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class DocumentStart:
    """`place` is where the result lies in the document, in its pixels; it may reach beyond it."""

    request: CheckedRequest
    place: Box


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What a document gives a model before any of it is kept: `request`, which names no picture
    yet, and the pixels of the picture and of the mask. A clear document gives none; without a
    selection there is no mask."""

    request: Request
    place: Box
    source: OpenedPicture | None = None
    mask: OpenedPicture | None = None


@dataclass(frozen=True, slots=True)
class _Seen:
    """What of a document is handed over: `box` of it, its mask where anything is selected, the
    frame within the box with what is added, and what is added to the box's sides."""

    box: Box
    mask: Rows | None
    frame: Box | None
    extend: tuple[int, int, int, int]


def start_of(
    stores: Stores, record: DocumentRecord, document: Document, tile: TileReader
) -> DocumentStart:
    """The record's request for what the document shows now, its picture and mask kept. A clear
    document is rendered from words alone.

    Takes as long as encoding the picture does. Raises InvalidRequest for what does not go together,
    ModelMissing, WorldError where a tile cannot be read or the disk refuses.
    """
    row = stores.library.find(record.request.model).family_row
    given = handed_over(record, document, tile, row)
    if given.source is None:
        return DocumentStart(given.request.check(), given.place)
    start = replace(
        given.request.start,
        source=stores.sources.keep(given.source),
        mask="" if given.mask is None else stores.sources.keep(given.mask),
    )
    parent = parent_in(stores, record, given.source)
    return DocumentStart(replace(given.request, start=start, parent=parent).check(), given.place)


def handed_over(
    record: DocumentRecord, document: Document, tile: TileReader, row: Family
) -> HandedOver:
    """The same before anything is kept, for a model of this family. Raises as `start_of` does."""
    asked = record.request
    request = replace(
        asked,
        seed=None if record.random_seed else asked.seed,
        hires=Hires(),
        document=record.id,
    )
    seen = _seen_of(document, tile, asked.start)
    rows = flattened_rows(document, tile, seen.box)
    if not rows[..., 3].any():
        return _of_words(request, document, row)
    start = _start(asked.start, seen)
    fit, size = _size(start, seen, row, record.title)
    width, height = size
    request = replace(request, width=width, height=height, start=replace(start, fit=fit))
    check_start(request, row, has_mask=seen.mask is not None)
    return HandedOver(
        request=request,
        place=_extended(seen.box, start.extend),
        source=picture_of(rows),
        mask=None if seen.mask is None else picture_of(seen.mask),
    )


def rendered_size(box: Size, row: Family) -> Size:
    """The size at which a model renders a part of this (width, height): about its own where the
    family composes that well, a larger one of its shape where it is small."""
    near = nearest_size(box, row)
    usual = row.sizes[0][0] * row.sizes[0][1]
    scale = min(math.sqrt(usual / (box[0] * box[1])), row.max_size / max(box))
    if scale <= 1 or near[0] * near[1] >= usual:
        return near
    step = side_step(row)
    width, height = (max(round(side * scale / step) * step, MIN_SIZE) for side in box)
    return width, height


def parent_in(stores: Stores, record: DocumentRecord, shown: OpenedPicture) -> str:
    """The picture of ours that a document goes back to: the one that it shows, else the last one
    that was accepted, else the one that it was opened from; "" for none. Hex sha256 of its RGB
    pixels."""
    if shown.mode == "RGB":
        pixels = hashlib.sha256(shown.data).hexdigest()
        if stores.gallery.has_pixels(pixels):
            return pixels
    accepted = [one for one in record.candidates if one.state is CandidateState.ACCEPTED]
    return accepted[-1].sha256 if accepted else record.origin.picture_sha256


def _seen_of(document: Document, tile: TileReader, start: StartPicture) -> _Seen:
    whole = (0, 0, document.width, document.height)
    frame = document.frame
    extend = start.extend
    if frame is not None:
        left, top, width, height = around(document, frame)
        extend = (-left, -top, left + width - document.width, top + height - document.height)
    box = whole
    if frame is not None and not any(extend) and document.width * document.height > LARGE:
        box = _grown(frame, SEEN_AROUND, whole)
    if frame is not None:
        left, top, width, height = frame
        frame = (left - box[0] + extend[0], top - box[1] + extend[1], width, height)
    chosen = document.mask()
    mask = None if chosen is None else pixels_in(chosen.raster, tile, box)
    if mask is not None and not mask.any():
        mask = None
    return _Seen(box, mask, frame, extend)


def _grown(frame: Box, by: int, whole: Box) -> Box:
    left, top = max(frame[0] - by, 0), max(frame[1] - by, 0)
    right = min(frame[0] + frame[2] + by, whole[2])
    bottom = min(frame[1] + frame[3] + by, whole[3])
    return left, top, right - left, bottom - top


def _extended(box: Box, extend: tuple[int, int, int, int]) -> Box:
    left, top, right, bottom = extend
    return box[0] - left, box[1] - top, box[2] + left + right, box[3] + top + bottom


def _start(start: StartPicture, seen: _Seen) -> StartPicture:
    """With the area that the document says: its frame, else what the form has where it applies."""
    if seen.frame is not None:
        return replace(start, area="frame", frame=seen.frame, extend=seen.extend)
    area = start.area if start.area == "masked" and seen.mask is not None else "whole"
    return replace(start, area=area, frame=None)


def _size(start: StartPicture, seen: _Seen, row: Family, name: str) -> tuple[str, Size]:
    """How the picture comes to the size that is rendered, and that size."""
    size = (seen.box[2], seen.box[3])
    if seen.frame is not None:
        return "source", rendered_size((seen.frame[2], seen.frame[3]), row)
    if start.area == "masked":
        assert seen.mask is not None
        return "source", rendered_size(_selected(seen.mask, start.padding), row)
    is_large_enough = min(size) >= MIN_SIZE
    if start.is_extended or (is_large_enough and is_composed_at_once(size, row)):
        return "source", own_canvas(start, size, row, name)
    return "stretch", nearest_size(size, row)


def _selected(mask: Rows, padding: int) -> Size:
    """Width and height of what lies around the mask."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    height = int(rows[-1] - rows[0]) + 1 + 2 * padding
    width = int(columns[-1] - columns[0]) + 1 + 2 * padding
    return min(width, mask.shape[1]), min(height, mask.shape[0])


def _of_words(request: Request, document: Document, row: Family) -> HandedOver:
    place = document.frame or (0, 0, document.width, document.height)
    width, height = rendered_size((place[2], place[3]), row)
    start = replace(request.start, area="whole", frame=None, extend=(0, 0, 0, 0))
    return HandedOver(replace(request, width=width, height=height, start=start), place)
