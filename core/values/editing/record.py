"""What stands around a document and is no step of its undo: its name, where it came from, its form,
its candidates, how it is looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from core.values.editing.document import Box
from core.values.editing.sheet import UNMOVED, Affine
from core.values.request import Request


class CandidateState(StrEnum):
    """What became of a result; values are stable ids kept in documents. All but DISCARDED are kept
    pictures; only SHOWN ones lie over the canvas."""

    SHOWN = "shown"
    ACCEPTED = "accepted"
    KEPT = "kept"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A picture that was rendered for a document. `sha256` of its pixels, as the gallery has it;
    `place` is where it lay in the document when it was asked for, whose sheet was `sheet` then.

    `stamp`: the document's `next_id` when this one, or another of the same choice, was accepted, or
    painted past; 0 for never. In a state of the document before that it lies over the canvas again,
    so that undo brings a choice back (core.values.editing.choosing)."""

    picture_id: int
    sha256: str
    place: Box
    state: CandidateState = CandidateState.SHOWN
    stamp: int = 0
    sheet: Affine = UNMOVED


@dataclass(frozen=True, slots=True)
class Asked:
    """Where the pictures will lie that were asked for with a start of this `source`, `frame` and
    `extend` (core.values.request_parts.start_picture), in a document whose sheet is `sheet`."""

    source: str
    frame: Box | None
    extend: tuple[int, int, int, int]
    place: Box
    sheet: Affine = UNMOVED


@dataclass(frozen=True, slots=True)
class Origin:
    """The file a document was opened from: `path` as text ("" for none: pasted, new), its `sha256`,
    `size` in bytes and `modified` (ns) as they were then, by which a newer version is noticed;
    `picture_sha256` where it is a picture of ours."""

    path: str = ""
    sha256: str = ""
    size: int = 0
    modified: int = 0
    picture_sha256: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """How a document is looked at: `zoom` in screen pixels a pixel, 0 to fit; the document's point
    in the middle; `angle` in degrees."""

    zoom: float = 0.0
    centre_x: float = 0.0
    centre_y: float = 0.0
    angle: float = 0.0
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """`id` is the document's name for ever (32 hex digits), `request` with `random_seed` what its
    form holds. `tells_generated`: its layers say whether a model made them, as those of documents
    from before that do not."""

    id: str
    title: str
    created: float
    origin: Origin = Origin()
    request: Request = field(default_factory=Request)
    random_seed: bool = True
    candidates: tuple[Candidate, ...] = ()
    asked: tuple[Asked, ...] = ()
    view: View = View()
    tells_generated: bool = False
