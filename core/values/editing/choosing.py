"""What becomes of the results that were made for a document: which lie over the canvas, and how a
choice comes back where it is undone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from core.values.editing import sheet
from core.values.editing.document import Box, Document, Layer, LayerKind, Mask
from core.values.editing.raster import Raster
from core.values.editing.record import Asked, Candidate, CandidateState, DocumentRecord
from core.values.picture import Picture
from core.values.request import Request

MOST_ASKED = 50  # places that are remembered
MOST_CANDIDATES = 1000
_OVER = (CandidateState.ACCEPTED, CandidateState.KEPT)


def shown(record: DocumentRecord, document: Document) -> tuple[Candidate, ...]:
    """Those that lie over the canvas in this state of the document, the oldest first."""
    return tuple(one for one in record.candidates if _is_shown(one, document))


def _is_shown(one: Candidate, document: Document) -> bool:
    if one.state is CandidateState.SHOWN:
        return True
    # chosen, or not, in a state that is still to come
    return one.state in _OVER and 0 < document.next_id <= one.stamp


def asked_for(
    record: DocumentRecord, document: Document, request: Request, place: Box
) -> DocumentRecord:
    """The same that knows where the pictures of this request will lie, which the document asks for
    in this state."""
    start = request.start
    asked = Asked(start.source, start.frame, start.extend, place, document.sheet)
    others = [one for one in record.asked if one != asked]
    return replace(record, asked=(*others, asked)[-MOST_ASKED:])


def place_of(
    record: DocumentRecord, document: Document, request: Request
) -> tuple[Box, sheet.Affine]:
    """Where a picture lies that was made for a document, and on which sheet: where it was asked
    for, else over all of it."""
    start = request.start
    for one in reversed(record.asked):
        if (one.source, one.frame, one.extend) == (start.source, start.frame, start.extend):
            return one.place, one.sheet
    left, top, right, bottom = start.extend
    box = (-left, -top, document.width + left + right, document.height + top + bottom)
    return box, document.sheet


def lying(candidate: Candidate, document: Document) -> sheet.Lying:
    """How a result lies in this state of the document: what was cropped, turned or resized since
    it was asked for took it along."""
    return sheet.lying(candidate.place, candidate.sheet, document.sheet)


def with_pictures(
    record: DocumentRecord, document: Document, pictures: Iterable[Picture]
) -> DocumentRecord:
    """With those of the pictures, the oldest first, that it does not know yet."""
    known = {one.picture_id for one in record.candidates}
    new: list[Candidate] = []
    for picture in pictures:
        if picture.id not in known:
            place, lay = place_of(record, document, picture.request)
            new.append(Candidate(picture.id, picture.sha256, place, sheet=lay))
    return replace(record, candidates=(*record.candidates, *new)[-MOST_CANDIDATES:])


def without_lost(record: DocumentRecord, pictures: Iterable[Picture]) -> DocumentRecord:
    """The same, where these are all pictures of the document that are left: what lies in the trash
    is discarded, what came back from there is not, and of others nothing is known any more."""
    there = {picture.id: picture for picture in pictures}
    candidates: list[Candidate] = []
    for one in record.candidates:
        picture = there.get(one.picture_id)
        if picture is None:
            continue
        if picture.trashed is not None:
            one = replace(one, state=CandidateState.DISCARDED)
        elif one.state is CandidateState.DISCARDED:
            one = replace(one, state=CandidateState.SHOWN, stamp=0)
        candidates.append(one)
    return replace(record, candidates=tuple(candidates))


def accepted(record: DocumentRecord, document: Document, picture_id: int) -> DocumentRecord:
    """This one was taken into the document, as it was before that; the others of the choice are
    kept."""
    candidates = list(record.candidates)
    for at, one in enumerate(candidates):
        if not _is_shown(one, document):
            continue
        is_it = one.picture_id == picture_id
        state = CandidateState.ACCEPTED if is_it else CandidateState.KEPT
        candidates[at] = replace(one, state=state, stamp=document.next_id)
    return replace(record, candidates=tuple(candidates))


def layer_to_take(document: Document) -> int:
    """The id of the active layer, where a result can go into it and is seen there as it was over
    the canvas; else 0, for a layer of its own."""
    layer = document.layer(document.active_layer)
    if layer is None or layer.locked or not layer.visible or layer.opacity < 1:
        return 0
    above = document.layers[document.layers.index(layer) + 1 :]
    if any(one.visible and one.opacity > 0 and any(one.raster.places()) for one in above):
        return 0
    return layer.id if layer.kind in (LayerKind.PICTURE, LayerKind.PAINT) else 0


def told_apart(before: Document, after: Document) -> Document:
    """The state that follows another one, with a `next_id` of its own where it was painted on: by
    that a choice which ended so comes back once the painting is undone."""
    if after.next_id > before.next_id or not _painted(before, after):
        return after
    return replace(after, next_id=before.next_id + 1)


def stepped(record: DocumentRecord, before: Document, after: Document) -> DocumentRecord:
    """The document went on from one state to another: what was accepted in states that followed the
    first one never was. Where it was painted on (`told_apart`), what lay over the canvas is kept
    and lies there no more, until that is undone; a frame is drawn while one chooses, and the sheet
    takes them along."""
    state, stamp = CandidateState.SHOWN, 0
    if _painted(before, after):
        state = CandidateState.KEPT
        stamp = before.next_id if after.next_id > before.next_id else 0
    candidates = tuple(
        replace(one, state=state, stamp=stamp) if _is_shown(one, before) else one
        for one in record.candidates
    )
    return replace(record, candidates=candidates)


def _painted(before: Document, after: Document) -> bool:
    """Whether layers or masks have other pixels, or others are there, other than by a crop or turn
    of the whole sheet."""
    if before.sheet != after.sheet:
        return not sheet.is_upright(before.sheet, after.sheet)
    layers = _pixels_of(before.layers) != _pixels_of(after.layers)
    if (before.width, before.height) != (after.width, after.height):
        return layers
    return layers or _pixels_of(before.masks) != _pixels_of(after.masks)


def _pixels_of(parts: Iterable[Layer | Mask]) -> set[tuple[int, Raster]]:
    return {(part.id, part.raster) for part in parts}


def with_state(
    record: DocumentRecord, picture_ids: Iterable[int], state: CandidateState
) -> DocumentRecord:
    """With these candidates kept, discarded or shown."""
    ids = set(picture_ids)
    candidates = tuple(
        replace(one, state=state, stamp=0) if one.picture_id in ids else one
        for one in record.candidates
    )
    return replace(record, candidates=candidates)


def put_away(record: DocumentRecord, document: Document) -> tuple[Candidate, ...]:
    """Those that were kept, and could lie over the canvas again."""
    return tuple(
        one
        for one in record.candidates
        if one.state is CandidateState.KEPT and not _is_shown(one, document)
    )
