"""From which picture a picture was made, and what was made from it, as the requests of the gallery
say."""

from __future__ import annotations

from core.store.gallery import Gallery
from core.store.sqlite.database import Database
from core.values.picture import Picture

MOST = 1000  # pictures in one answer
# of rows that hold a text; the requests stand there as compact JSON, its quotes escaped in texts
_BRANCHES = (
    'SELECT id FROM pictures WHERE instr(request, \'"branch":{"origin":"{\') '
    "AND instr(request, ?) AND trashed IS NULL ORDER BY id DESC LIMIT ?"
)
_WITH = "SELECT id FROM pictures WHERE instr(request, ?) ORDER BY id DESC LIMIT ?"

_PARENT = '"parent":"'
_LINKS = (
    f"SELECT substr(request, instr(request, ?) + {len(_PARENT)}, 64), id FROM pictures "
    "WHERE instr(request, ?) AND NOT instr(request, ?) ORDER BY id"
)


class Lineage:
    """Pictures in the trash are named too: their `trashed` says so.

    Every method looks through all rows, which takes some tenths of a second where they are a
    hundred thousand, and raises WorldError where the database cannot be read.
    """

    def __init__(self, database: Database, gallery: Gallery) -> None:
        self._database = database
        self._gallery = gallery

    def parent_of(self, picture: Picture) -> Picture | None:
        """The picture that this one was made from; None where it was made from none, or that one is
        gone. Of several of the same pixels the latest that lies outside the trash.

        It is always older, so that whoever goes on from parent to parent comes to an end.
        """
        if not picture.request.parent:
            return None
        row = (
            self._database.connection()
            .execute(
                "SELECT id FROM pictures WHERE sha256 = ? AND created < ? "
                "ORDER BY trashed IS NOT NULL, created DESC LIMIT 1",
                (picture.request.parent, picture.created),
            )
            .fetchone()
        )
        return None if row is None else self._gallery.get(row[0])

    def children_of(self, sha256: str) -> tuple[Picture, ...]:
        """The pictures made from the one whose pixels have this hex SHA-256, the newest first."""
        return self._holding(f'"parent":"{sha256}"') if sha256 else ()

    def links(self) -> dict[str, tuple[int, ...]]:
        """By the hex SHA-256 of a parent's pixels, the ids of all pictures made from it, those in
        the trash too."""
        found: dict[str, tuple[int, ...]] = {}
        values = _PARENT, _PARENT, f'{_PARENT}"'
        for parent, picture_id in self._database.connection().execute(_LINKS, values):
            found[parent] = (*found.get(parent, ()), picture_id)
        return found

    def branches_of_seed(self, seed: int) -> tuple[Picture, ...]:
        """The pictures of this seed that branch off from a step of another one, the newest first,
        without those in the trash."""
        rows = self._database.connection().execute(_BRANCHES, (f'"seed":{seed},', MOST))
        return self._gallery.page([row[0] for row in rows])

    def started_from(self, address: str) -> tuple[Picture, ...]:
        """The pictures that start from the kept picture of this address, the newest first."""
        return self._holding(f'"source":"{address}"') if address else ()

    def _holding(self, text: str) -> tuple[Picture, ...]:
        rows = self._database.connection().execute(_WITH, (text, MOST))
        return self._gallery.page([row[0] for row in rows])
