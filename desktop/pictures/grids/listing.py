"""The answer to a question about the gallery as a grid needs it: ids in their order, what stands
under which heading, the shapes of pictures, the stacks. Read beside the window."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass, replace

from core.store.gallery import Gallery
from core.values.gallery.question import Order, PictureQuestion
from core.values.picture import Picture
from desktop.pictures.grids.groups import Groups, key_of
from desktop.pictures.grids.justified import sums_of
from desktop.pictures.grids.picture_ids import PictureIds
from desktop.pictures.grids.stacks import Stacks

AT_ONCE = 500  # records of pictures that are read for their sizes
LARGEST = 0xFFFF  # pixels of a side, packed


@dataclass(frozen=True, slots=True)
class Listing:
    """`groups` are empty where no headings are wanted; `sums`, as `Justified` wants them, where no
    shapes are."""

    ids: PictureIds
    groups: Groups
    sums: array[float]
    stacks: Stacks


class Lister:
    """Reads answers, in one thread."""

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery

    def read(
        self,
        question: PictureQuestion,
        *,
        limit: int,
        groups: bool,
        shapes: bool,
        wanted: Callable[[], bool],
    ) -> Listing | None:
        """None where the answer is not `wanted` any more. Raises WorldError where the database
        cannot be read."""
        folded = replace(question, unfolded=())
        stacks = Stacks.read(self._gallery, question)
        ids = self._gallery.find(folded, limit=limit, wanted=wanted)
        if ids is None:
            return None
        sizes = self._sizes(folded, ids, wanted) if shapes else array("q")
        if sizes is None or not wanted():
            return None
        headed = Groups.of(self._headings(folded)) if groups else Groups()
        headed = headed.fitted(len(ids))
        for key in question.unfolded:
            headed = self._spread(ids, sizes, headed, stacks.top_of(key), key)
        sums = sums_of(list(map(_shape, sizes)), len(ids)) if shapes else array("d")
        return Listing(PictureIds(ids).note_rows(), headed, sums, stacks)

    def _headings(self, question: PictureQuestion) -> list[tuple[str, int]]:
        """Keys with their counts, in the order of the answers."""
        if question.order is Order.DATE:
            found = self._gallery.days(question)
        else:
            found = self._gallery.labels(question)
        return [(key_of(question.order, str(label or "")), count) for label, count in found]

    def _sizes(
        self, question: PictureQuestion, ids: array[int], wanted: Callable[[], bool]
    ) -> array[int] | None:
        """Of each, width * 65536 + height in pixels; of few, without a look at all."""
        if len(ids) <= AT_ONCE:
            by_id = {one.id: _packed(one) for one in self._gallery.page(ids)}
            return array("q", [by_id.get(one, 0) for one in ids])
        return self._gallery.shapes(question, wanted=wanted)

    def _spread(
        self, ids: array[int], sizes: array[int], groups: Groups, top: int, key: str
    ) -> Groups:
        """The pictures of an open stack stand behind its top, whenever they were made."""
        if top not in ids:
            return groups
        row = ids.index(top) + 1
        pictures = self._gallery.pictures_of_document(key)
        below = [one for one in pictures if one.trashed is None and one.id != top]
        ids[row:row] = array("q", [one.id for one in below])
        if sizes:
            sizes[row:row] = array("q", map(_packed, below))
        return groups.with_more(row - 1, len(below))


def shape_of(picture: Picture) -> float:
    """Width by height."""
    return _shape(_packed(picture))


def _packed(picture: Picture) -> int:
    return min(picture.width, LARGEST) << 16 | min(picture.height, LARGEST)


def _shape(packed: int) -> float:
    """Width by height; a square where none is known."""
    width, height = packed >> 16, packed & LARGEST
    return width / height if width > 0 and height else 1.0
