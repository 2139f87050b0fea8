"""Albums: pictures put together by hand, and saved searches that are called the same way."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from core.store.sqlite.database import Database
from core.store.sqlite.storable import storable
from core.system.errors import WorldError
from core.values.gallery.album import MOST_OF_NAME, Album

_COUNTED = (
    "SELECT a.id, a.name, a.query, CASE WHEN a.query != '' THEN -1 ELSE ("
    "SELECT count(*) FROM album_pictures m JOIN pictures p ON p.id = m.picture "
    "WHERE m.album = a.id AND p.trashed IS NULL) END AS count FROM albums a"
)


class Albums:
    """Every method is one transaction, and raises WorldError where the database cannot be read or
    written."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> tuple[Album, ...]:
        """All albums in the order of their names."""
        rows = self._database.connection().execute(_COUNTED).fetchall()
        return tuple(sorted((Album(*row) for row in rows), key=lambda one: one.name.casefold()))

    def get(self, album_id: int) -> Album | None:
        """One album, or None."""
        row = (
            self._database.connection()
            .execute(f"{_COUNTED} WHERE a.id = ?", (album_id,))
            .fetchone()
        )
        return None if row is None else Album(*row)

    def add(self, name: str, query: str = "") -> int:
        """The id of a new album; with a `query` it is a saved search. Raises WorldError also where
        the name is empty, too long or taken."""
        with self._database.transaction() as db:
            name = _free_name(db, name)
            made = db.execute(
                "INSERT INTO albums (name, query) VALUES (?, ?)", (name, storable(query).strip())
            )
            assert made.lastrowid is not None
            return made.lastrowid

    def put_back(self, album: Album, ids: Sequence[int] = ()) -> None:
        """Undo of `remove`: the album under the id it had, with these pictures. Raises WorldError
        also where its name is taken by now."""
        with self._database.transaction() as db:
            name = _free_name(db, album.name, but=album.id)
            db.execute(
                "INSERT OR REPLACE INTO albums (id, name, query) VALUES (?, ?, ?)",
                (album.id, name, album.query),
            )
            _put(db, album.id, ids)

    def rename(self, album_id: int, name: str) -> None:
        """Another name. Raises WorldError as `add` does, and where the album is gone."""
        with self._database.transaction() as db:
            _known(db, album_id)
            name = _free_name(db, name, but=album_id)
            db.execute("UPDATE albums SET name = ? WHERE id = ?", (name, album_id))

    def set_query(self, album_id: int, query: str) -> None:
        """Another search of a saved one. Raises WorldError also where it is none, or it would
        become empty."""
        query = storable(query).strip()
        with self._database.transaction() as db:
            if not _known(db, album_id).query or not query:
                raise WorldError(
                    "Only a saved search has words to look for.", "Save the search as a new album."
                )
            db.execute("UPDATE albums SET query = ? WHERE id = ?", (query, album_id))

    def remove(self, album_id: int) -> None:
        """Take an album away; its pictures stay where they are."""
        with self._database.transaction() as db:
            db.execute("DELETE FROM album_pictures WHERE album = ?", (album_id,))
            db.execute("DELETE FROM albums WHERE id = ?", (album_id,))

    def put(self, album_id: int, ids: Sequence[int]) -> None:
        """Put pictures in; those that are in stay. Raises WorldError also where the album is gone,
        or is a saved search."""
        with self._database.transaction() as db:
            album = _known(db, album_id)
            if album.query:
                raise WorldError(
                    f'"{album.name}" is a saved search: what it finds is in it.',
                    "Put the pictures into an album without a search.",
                )
            _put(db, album_id, ids)

    def take(self, album_id: int, ids: Sequence[int]) -> None:
        """Take pictures out; they stay in the gallery."""
        with self._database.transaction() as db:
            db.executemany(
                "DELETE FROM album_pictures WHERE album = ? AND picture = ?",
                [(album_id, picture_id) for picture_id in ids],
            )

    def pictures(self, album_id: int) -> tuple[int, ...]:
        """The ids that an album by hand holds, those in the trash too."""
        rows = self._database.connection().execute(
            "SELECT picture FROM album_pictures WHERE album = ? ORDER BY picture", (album_id,)
        )
        return tuple(row[0] for row in rows)

    def names_of(self, ids: Sequence[int]) -> dict[int, str]:
        """By picture, the first by name of the albums by hand that it is in."""
        wanted = set(ids)
        rows = self._database.connection().execute(
            "SELECT picture, name FROM album_pictures JOIN albums ON albums.id = album "
            "ORDER BY name COLLATE NOCASE DESC"
        )
        return {picture: name for picture, name in rows if picture in wanted}

    def of_pictures(self, ids: Sequence[int]) -> dict[int, int]:
        """By album, how many of these pictures are in it; albums by hand alone."""
        wanted = set(ids)
        counts: dict[int, int] = {}
        for album, picture in self._database.connection().execute(
            "SELECT album, picture FROM album_pictures"
        ):
            if picture in wanted:
                counts[album] = counts.get(album, 0) + 1
        return counts


def _put(db: sqlite3.Connection, album_id: int, ids: Sequence[int]) -> None:
    db.executemany(
        "INSERT OR IGNORE INTO album_pictures SELECT ?, id FROM pictures WHERE id = ?",
        [(album_id, picture_id) for picture_id in ids],
    )


def _known(db: sqlite3.Connection, album_id: int) -> Album:
    row = db.execute("SELECT id, name, query FROM albums WHERE id = ?", (album_id,)).fetchone()
    if row is None:
        raise WorldError("The album is gone.", "Look at the list of albums again.")
    return Album(*row)


def _free_name(db: sqlite3.Connection, name: str, but: int = 0) -> str:
    """The name as it is kept, which no album has but this one."""
    name = " ".join(storable(name).replace("\0", " ").split())
    if not name:
        raise WorldError("An album has no name.", "Type one or more letters.")
    if len(name) > MOST_OF_NAME:
        raise WorldError(
            f"An album's name of {len(name)} letters is too long.",
            f"Use at most {MOST_OF_NAME}.",
        )
    others = db.execute("SELECT name FROM albums WHERE id != ?", (but,))
    if name.casefold() in {row[0].casefold() for row in others}:
        raise WorldError(f'There is an album "{name}" already.', "Choose another name.")
    return name
