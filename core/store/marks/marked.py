"""Ratings, favourites, tags and notes: columns of the pictures' rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from core.store.marks.column import Marks, marks_in
from core.store.sqlite.by_id import rows_of
from core.store.sqlite.database import Database
from core.store.sqlite.storable import storable
from core.system.errors import WorldError
from core.values.gallery.album import MOST_OF_NAME

REJECTED = -1
MOST_STARS = 5
MOST_TAGS = 500  # of one picture
MOST_OF_NOTE = 20_000  # characters
_MARKS = "id, marks"


@dataclass(frozen=True, slots=True)
class Noted:
    """All that is noted on the picture `id`."""

    id: int
    rating: int
    favourite: bool
    marks: Marks


def tag_named(text: str) -> str:
    """A tag as it is kept: in one line, without spaces around it. Raises WorldError where it is
    empty or too long."""
    name = " ".join(storable(text).replace("\0", " ").split())
    if not name:
        raise WorldError("A tag has no name.", "Type one or more letters.")
    if len(name) > MOST_OF_NAME:
        raise WorldError(
            f"A tag of {len(name)} letters is too long.",
            f"Use at most {MOST_OF_NAME}; a note may be longer.",
        )
    return name


class MarkedPictures:
    """Every method is one transaction, and raises WorldError where the database cannot be read or
    written; ids that are gone are left out."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set_favourite(self, ids: Sequence[int], on: bool) -> None:
        """Mark or unmark pictures."""
        self._set("favourite", int(on), ids)

    def set_rating(self, ids: Sequence[int], rating: int) -> None:
        """Give pictures stars: 1 to 5, 0 for none, -1 for rejected ones. Raises WorldError for
        another number."""
        if not REJECTED <= rating <= MOST_STARS:
            raise WorldError(
                f"A rating of {rating} is not possible.",
                "Use 0 to 5, or -1 for a rejected picture.",
            )
        self._set("rating", rating, ids)

    def _set(self, column: str, value: int, ids: Sequence[int]) -> None:
        """Rows that hold the value stay untouched."""
        with self._database.transaction() as db:
            db.executemany(
                f"UPDATE pictures SET {column} = ?1 WHERE id = ?2 AND {column} != ?1",
                [(value, picture_id) for picture_id in ids],
            )

    def set_tags(
        self, ids: Sequence[int], add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> None:
        """Give pictures tags and take others away, whatever their case; of two that differ in case
        alone the one that a picture has stays. Raises WorldError also where a name is empty or too
        long, or a picture would have too many."""
        added = [tag_named(tag) for tag in add]
        removed = {tag_named(tag).casefold() for tag in remove}

        def changed(marks: Marks) -> Marks:
            by_name = {tag.casefold(): tag for tag in marks.tags}
            for tag in added:
                by_name.setdefault(tag.casefold(), tag)
            tags = tuple(tag for name, tag in by_name.items() if name not in removed)
            if len(tags) > MOST_TAGS:
                raise WorldError(
                    f"A picture can have {MOST_TAGS} tags at most.", "Take some away first."
                )
            return replace(marks, tags=tags)

        self._change(ids, changed)

    def set_note(self, picture_id: int, text: str) -> None:
        """What a person writes about a picture; "" for nothing. Raises WorldError also where it is
        too long."""
        note = storable(text).replace("\0", " ").strip()
        if len(note) > MOST_OF_NOTE:
            raise WorldError(
                f"The note has {len(note)} letters.", f"Shorten it to at most {MOST_OF_NOTE}."
            )
        self._change([picture_id], lambda marks: replace(marks, note=note))

    def _change(self, ids: Sequence[int], change: Callable[[Marks], Marks]) -> None:
        with self._database.transaction() as db:
            for picture_id, column in rows_of(db, ids, _MARKS):
                stored = change(marks_in(column)).stored()
                if stored != column:
                    db.execute("UPDATE pictures SET marks = ? WHERE id = ?", (stored, picture_id))

    def tags_of(self, ids: Sequence[int]) -> dict[str, int]:
        """How many of these pictures have each of their tags, in the order of the alphabet."""
        counts: dict[str, int] = {}
        for _, column in rows_of(self._database.connection(), ids, _MARKS):
            for tag in marks_in(column).tags:
                counts[tag] = counts.get(tag, 0) + 1
        return dict(sorted(counts.items(), key=lambda item: item[0].casefold()))

    def noted(self, ids: Sequence[int]) -> tuple[Noted, ...]:
        """What is noted on pictures now, read without their recipes."""
        db = self._database.connection()
        return tuple(
            Noted(picture_id, rating, bool(favourite), marks_in(marks))
            for picture_id, rating, favourite, marks in rows_of(
                db, ids, "id, rating, favourite, marks"
            )
        )
