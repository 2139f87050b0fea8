"""The answer to a question about the gallery as a grid needs it: ids in their order, what stands
under which heading, the shapes of pictures, the stacks. Read beside the window."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from core.store.gallery import Gallery
from core.values.gallery.question import Order, PictureQuestion
from core.values.picture import Picture
from desktop.pictures.grids.contents.picture_ids import PictureIds
from desktop.pictures.grids.contents.stacks import Stacks
from desktop.pictures.grids.layout.groups import Groups, key_of, label_of

LARGEST = 0xFFFF  # pixels of a side, packed


@dataclass(frozen=True, slots=True)
class Listing:
    """`groups` are empty where no headings are wanted; `sums`, as `Justified` wants them, where no
    shapes are. `pictures` are records that had to be read for it."""

    ids: PictureIds
    groups: Groups
    sums: array[float]
    stacks: Stacks
    pictures: Sequence[Picture]


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
        # of the first few everything is in their records, which are wanted next
        pictures = self._gallery.page(ids) if limit > 0 and (groups or shapes) else ()
        sizes = array("q", map(_packed, pictures))
        if shapes and not pictures:
            sizes = self._gallery.shapes(folded, wanted=wanted)
        if sizes is None or not wanted():
            return None
        headed = Groups()
        if groups:
            labels = (label_of(question.order, one) for one in pictures)
            found = [(label, 1) for label in labels if label is not None]
            headed = Groups.of(found or self._headings(folded)).fitted(len(ids))
        for key in question.unfolded:
            headed = self._spread(ids, sizes, headed, stacks.top_of(key), key)
        sums = _sums(sizes, len(ids)) if shapes else array("d")
        return Listing(PictureIds(ids).note_rows(), headed, sums, stacks, pictures)

    def _headings(self, question: PictureQuestion) -> list[tuple[str, int]]:
        """Keys with their counts, in the order of the answers."""
        if question.order is Order.DATE:
            found = self._gallery.days(question)
        else:
            found = self._gallery.labels(question)
        return [(key_of(question.order, str(label or "")), count) for label, count in found]

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


def _sums(sizes: array[int], count: int) -> array[float]:
    from desktop.pictures.grids.layout.justified import sums_of

    return sums_of(list(map(_shape, sizes)), count)
