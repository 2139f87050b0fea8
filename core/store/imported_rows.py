"""The rows of imported pictures: put in, found again, followed to another place, hidden."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.store.finding.filling import SLICE
from core.store.finding.search_index import SearchIndex
from core.store.imported.folders import bounds
from core.store.likeness.picture_hash import looks_of_thumbnail
from core.store.picture_rows import PicturePaths, columns_of, insert_columns, set_columns
from core.store.sqlite.by_id import rows_of
from core.store.sqlite.checksum import row_checksum
from core.store.sqlite.database import Database
from core.system.errors import WorldError
from core.system.json import dumps
from core.values.gallery.origin import GONE, HIDDEN, IN_PLACE, How, Origin, origin_of, with_hidden

if TYPE_CHECKING:
    from core.store.imported.reading import ReadPicture

_log = logging.getLogger(__name__)
ASIDE = ".aside"  # how the path of a row ends whose file lies elsewhere, or nowhere


@dataclass(frozen=True, slots=True)
class KnownRow:
    """What a row says of its file. `looked`: its pixels were decoded."""

    id: int
    path: str
    origin: Origin
    looked: bool
    size: tuple[int, int]
    created: float

    @property
    def hidden_by_hand(self) -> bool:
        """Whether a person hid it, not the loss of its file."""
        return self.origin.hidden and not self.origin.gone


class ImportedRows:
    """Rows whose column `origin` says where they are from. A file of a watched folder has one row,
    by its whole path.

    Every method raises WorldError where the database cannot be read or written.
    """

    def __init__(self, database: Database, paths: PicturePaths) -> None:
        self._database = database
        self._paths = paths
        self._index = SearchIndex(database)
        self._changed = 0  # rows that the index has not seen

    def below(self, folder: Path) -> dict[str, KnownRow]:
        """By path, the rows of files in a folder and those below it."""
        rows = self._database.connection().execute(
            f"SELECT {_COLUMNS} FROM pictures WHERE path > ? AND path < ? AND origin != ''",
            bounds(folder),
        )
        return {known.path: known for known in map(_known, rows)}

    def lost(self) -> list[KnownRow]:
        """Those whose files were not found in their folders."""
        rows = self._database.connection().execute(
            f"SELECT {_COLUMNS} FROM pictures WHERE {HIDDEN} AND {GONE}"
        )
        return [_known(row) for row in rows]

    def not_looked_at(self) -> list[KnownRow]:
        """Those in place whose pixels were not decoded yet, the newest first."""
        rows = self._database.connection().execute(
            f"SELECT {_COLUMNS} FROM pictures WHERE sha256 = '' AND {IN_PLACE} "
            "ORDER BY created DESC"
        )
        return [known for known in map(_known, rows) if not known.origin.hidden]

    def elsewhere(self, folder: Path) -> list[KnownRow]:
        """Those in place that do not lie below a folder and are not hidden."""
        rows = self._database.connection().execute(
            f"SELECT {_COLUMNS} FROM pictures WHERE NOT (path > ? AND path < ?) AND {IN_PLACE}",
            bounds(folder),
        )
        return [known for known in map(_known, rows) if not known.origin.hidden]

    def says_the_same(self, known: KnownRow, picture: ReadPicture) -> bool:
        """Whether the row has the recipe of a file."""
        row = (
            self._database.connection()
            .execute("SELECT request FROM pictures WHERE id = ?", (known.id,))
            .fetchone()
        )
        return row is not None and row[0] == dumps(picture.recipe.request)

    def has_pixels(self, known: KnownRow, sha256: str) -> bool:
        """Whether the row's picture has these pixels, as far as that is known."""
        row = (
            self._database.connection()
            .execute("SELECT sha256 FROM pictures WHERE id = ?", (known.id,))
            .fetchone()
        )
        return row is not None and row[0] == sha256

    def has_path(self, path: Path) -> bool:
        """Whether a picture has its file there."""
        question = "SELECT 1 FROM pictures WHERE path = ?"
        stored = self._paths.stored(path)
        return self._database.connection().execute(question, (stored,)).fetchone() is not None

    def own_pixels(self, above: int = 0) -> tuple[int, dict[str, str]]:
        """The newest id of all, and of the pictures above an id, outside the trash, whose files are
        the program's own, where each lies, by the SHA-256 of its pixels."""
        rows = (
            self._database.connection()
            .execute(
                f"SELECT id, sha256, path, trashed IS NULL AND NOT {IN_PLACE} AS own "
                "FROM pictures WHERE id > ? ORDER BY id",
                (above,),
            )
            .fetchall()
        )
        found = {row["sha256"]: str(self._paths.home(row["path"])) for row in rows if row["own"]}
        found.pop("", None)
        return (rows[-1]["id"] if rows else above), found

    def put(self, pictures: Sequence[ReadPicture]) -> list[int]:
        """Rows for files that have none, in one transaction; their ids, 0 for a file that has one
        by now."""
        with self._database.transaction() as db:
            ids = [self._insert(db, picture) for picture in pictures]
        self.note_changes(len(ids))
        return ids

    def note_changes(self, count: int) -> None:
        """So many rows are others now, also by others' deed: so that no search has to take in all
        of an import."""
        self._changed += count
        if self._changed >= SLICE:
            self._index.keep_up()
            self._changed = 0

    def _insert(self, db: sqlite3.Connection, picture: ReadPicture) -> int:
        return insert_columns(db, self._row_of(picture))

    def _row_of(self, picture: ReadPicture) -> dict[str, object]:
        row = columns_of(self._paths.stored(picture.path), picture.recipe, picture.size)
        row["sum"] = row_checksum(row)
        row["origin"] = dumps(picture.origin)
        return row

    def renew(self, pictures: Sequence[tuple[KnownRow, ReadPicture]]) -> set[int]:
        """Rows of files that have changed, or that lie elsewhere now; what a person said of them
        stays, and what was hidden by hand stays hidden. One transaction. Where a file lies under
        the path of another row that one is put aside, to a path that no file has: their ids."""
        aside: set[int] = set()
        if not pictures:
            return aside
        with self._database.transaction() as db:
            for known, picture in pictures:
                now = _now(db, known.id)
                if now is None:
                    continue  # its folder is watched no more
                origin = replace(picture.origin, hidden=now.hidden_by_hand, gone=False)
                row = self._row_of(replace(picture, origin=origin))
                for (other,) in db.execute(
                    "SELECT id FROM pictures WHERE path = ? AND id != ?", (row["path"], known.id)
                ).fetchall():
                    set_columns(db, other, {"path": f"{row['path']}.{other}{ASIDE}"})
                    aside.add(other)
                _set(db, known.id, row)
                aside.discard(known.id)
        self.note_changes(len(pictures))
        return aside

    def note_origin(self, rows: Sequence[tuple[KnownRow, Origin]]) -> None:
        """Other words on where pictures are from, in one transaction; not where a person hid one
        or wanted to see it meanwhile."""
        if not rows:
            return
        with self._database.transaction() as db:
            for known, origin in rows:
                now = _now(db, known.id)
                if now is not None and now.origin == known.origin:
                    _set(db, known.id, {"origin": dumps(origin)})
        self.note_changes(len(rows))

    def note_pixels(self, found: Iterable[tuple[int, str]]) -> None:
        """The SHA-256 of pictures' pixels, by their ids, in one transaction."""
        count = 0
        with self._database.transaction() as db:
            for picture_id, digest in found:
                row = db.execute("SELECT * FROM pictures WHERE id = ?", (picture_id,)).fetchone()
                if row is not None and row["sha256"] == "":
                    values = dict(row) | {"sha256": digest}
                    _set(db, picture_id, {"sha256": digest, "sum": row_checksum(values)})
                    count += 1
        self.note_changes(count)

    def note_looks(self, thumbnails: Sequence[tuple[int, bytes]]) -> None:
        """What pictures look like, by their ids, from the JPEGs of their thumbnails. Where that
        fails it is found out when they are compared."""
        looks = [(picture_id, looks_of_thumbnail(jpeg)) for picture_id, jpeg in thumbnails]
        try:
            self._index.note_looks([(one, known) for one, known in looks if known is not None])
        except WorldError as fault:
            _log.info("what pictures look like was not noted: %s", fault)

    def hide(self, ids: Sequence[int], hidden: bool) -> tuple[int, ...]:
        """Hide those of these pictures that lie in place, or show them again, in one transaction;
        the ids of those."""
        done: list[int] = []
        with self._database.transaction() as db:
            for row in _some(db, ids):
                known = _known(row)
                if known.origin.how is How.IN_PLACE and known.origin.hidden != hidden:
                    _set(db, known.id, {"origin": with_hidden(row["origin"], hidden)})
                    done.append(known.id)
        self.note_changes(len(done))
        return tuple(done)

    def in_place(self, ids: Sequence[int]) -> list[KnownRow]:
        """Those of these pictures that lie in place."""
        rows = map(_known, _some(self._database.connection(), ids))
        return [known for known in rows if known.origin.how is How.IN_PLACE]


class OwnPixels:
    """Which pixels the gallery's own pictures have, also those that came since it was first asked,
    from another process too. Raises WorldError where the database cannot be read."""

    def __init__(self, rows: ImportedRows) -> None:
        self._rows = rows
        self._newest = 0
        self._places: dict[str, str] = {}

    def place_of(self, sha256: str) -> str:
        """Where the picture with these pixels lies, "" where there is none."""
        self._newest, more = self._rows.own_pixels(self._newest)
        self._places |= more
        return self._places.get(sha256, "")


_COLUMNS = "id, path, origin, sha256, width, height, created"


def _known(row: sqlite3.Row) -> KnownRow:
    return KnownRow(
        id=row["id"],
        path=row["path"],
        origin=origin_of(row["origin"]) or Origin(How.COPY),
        looked=row["sha256"] != "",
        size=(row["width"], row["height"]),
        created=row["created"],
    )


def _now(db: sqlite3.Connection, picture_id: int) -> KnownRow | None:
    rows = _some(db, [picture_id])
    return _known(rows[0]) if rows else None


def _some(db: sqlite3.Connection, ids: Sequence[int]) -> list[sqlite3.Row]:
    return rows_of(db, ids, _COLUMNS)


def _set(db: sqlite3.Connection, picture_id: int, values: dict[str, object]) -> None:
    names = ", ".join(f"{name} = ?" for name in values)
    db.execute(f"UPDATE pictures SET {names} WHERE id = ?", (*values.values(), picture_id))
