"""Where a picture comes from and what was made of it, as a tree."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.service.stores import Stores
from core.values.picture import Picture
from core.values.request import Request

MOST = 200  # pictures of one tree
DEEPEST = 60  # parents of parents


class Relation(StrEnum):
    """What was done to the picture above to make one of it."""

    VARIED = "varied"
    UPSCALED = "upscaled"
    EDITED = "edited"  # in a document
    BRANCHED = "branched"  # off one of its steps
    STARTED = "started"  # it was the start picture


@dataclass(frozen=True, slots=True)
class Relative:
    """One of the tree; `parent` is the row of the one it was made of, -1 for the first. `picture`
    is None for one that does not lie in the gallery: then `source` is its address among those that
    are kept. `is_asked`: it is the one whose family this is."""

    picture: Picture | None
    parent: int = -1
    relation: Relation | None = None
    source: str = ""
    is_asked: bool = False


def family_of(stores: Stores, picture: Picture) -> tuple[Relative, ...]:
    """The picture's parents up to the first, and all that was made of that, below one another;
    those in the trash only where they lie between. Looks through all rows of the gallery: not for
    the GUI thread. Raises WorldError where the database cannot be read."""
    line = [picture]
    while len(line) < DEEPEST and (parent := stores.lineage.parent_of(line[-1])) is not None:
        line.append(parent)
    tree = _Tree(stores, picture.id, {one.id: one for one in line})
    first = line[-1]
    address = first.request.start.source or first.request.upscale.source
    if address:
        tree.rows.append(Relative(None, source=address))
        tree.grow(first, 0, relation_of(first.request))
    else:
        tree.grow(first, -1, None)
    return tuple(tree.rows)


def relation_of(request: Request) -> Relation:
    """How a picture was made of its parent."""
    if request.upscale.source:
        return Relation.UPSCALED
    if request.branch.origin:
        return Relation.BRANCHED
    if request.document:
        return Relation.EDITED
    if request.noise.variation_strength > 0 and not request.start.source:
        return Relation.VARIED
    return Relation.STARTED


class _Tree:
    def __init__(self, stores: Stores, asked: int, line: dict[int, Picture]) -> None:
        self.rows: list[Relative] = []
        self._gallery = stores.gallery
        self._links = stores.lineage.links()
        self._asked = asked
        self._line = line
        self._seen: set[int] = set()

    def grow(self, picture: Picture, parent: int, relation: Relation | None) -> None:
        """It, and below it what was made of it, the oldest first."""
        if picture.id in self._seen or len(self.rows) >= MOST:
            return
        self._seen.add(picture.id)
        row = len(self.rows)
        self.rows.append(Relative(picture, parent, relation, is_asked=picture.id == self._asked))
        ids = self._links.get(picture.sha256, ()) if picture.sha256 else ()
        for child in sorted(self._gallery.page(ids), key=lambda one: one.created):
            is_later = child.trashed is None and child.created > picture.created
            if is_later or child.id in self._line:
                self.grow(child, row, relation_of(child.request))
