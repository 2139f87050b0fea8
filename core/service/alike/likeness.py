"""What each picture looks like, as a number in the search index: worked out of its thumbnail, once,
where that was not done while it was made.

While it is missing the picture is like no other.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from core.store.gallery import Gallery
from core.store.likeness.picture_hash import looks_of_thumbnail
from core.store.thumbnails import Thumbnails
from core.values.picture import Picture

AT_ONCE = 50  # pictures of one look into the index, and of one transaction
_MISSING = "SELECT place, id FROM facts WHERE phash IS NULL AND place > ? ORDER BY place LIMIT ?"
_FIRST_PLACE = -(2**63)  # the least that SQLite has


class Likeness:
    """Every method raises WorldError where the database cannot be read; none is for the GUI
    thread."""

    def __init__(self, gallery: Gallery, thumbnails: Thumbnails) -> None:
        self._gallery = gallery
        self._thumbnails = thumbnails

    def look_at(self, picture: Picture) -> bool:
        """This one now; whether it can be compared: its file is there."""
        return bool(self._take([picture]))

    def fill(
        self,
        wanted: Callable[[], bool] = lambda: True,
        progress: Callable[[int, int], object] = lambda done, total: None,
    ) -> int:
        """All that were not looked at yet, the newest first, while `wanted`; how many were.
        `progress` hears how many of how many are done. After a kill it goes on where it was."""
        self._gallery.index.fill_all(wanted)
        total = self.left()
        place = _FIRST_PLACE
        done = taken = 0
        while wanted():
            rows = self._missing(place)
            if not rows:
                break
            place = rows[-1][0]
            pictures = self._gallery.page([picture_id for _, picture_id in rows])
            taken += len(self._take(pictures))
            done += len(rows)
            progress(done, total)
        return taken

    def left(self) -> int:
        """How many pictures were not looked at yet."""
        return self._gallery.index.asked(_count_missing)

    def _missing(self, place: int) -> list[tuple[int, int]]:
        def ask(db: sqlite3.Connection) -> list[tuple[int, int]]:
            return [tuple(row) for row in db.execute(_MISSING, (place, AT_ONCE))]

        return self._gallery.index.asked(ask)

    def _take(self, pictures: Sequence[Picture]) -> list[tuple[int, tuple[int, int]]]:
        """Work the numbers out and keep them; those of files that are gone stay missing."""
        found = [
            (picture.id, looks)
            for picture in pictures
            if (looks := looks_of_thumbnail(self._thumbnails.get(picture))) is not None
        ]
        self._gallery.index.note_looks(found)
        return found


def _count_missing(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT count(*) FROM facts WHERE phash IS NULL").fetchone()[0])
