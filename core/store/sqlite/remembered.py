"""What a person said of pictures whose rows are lost, by their paths: rows of the table
`remembered`, until the pictures are found again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field

FAVOURITE = ""  # what programs noted that knew favourites alone
_LEAST, _MOST = -1, 5  # of a rating


@dataclass(frozen=True, slots=True)
class Remembered:
    """Columns of a picture's row, and the ids of the albums that held it."""

    columns: dict[str, object] = field(default_factory=dict[str, object])
    albums: tuple[int, ...] = ()


def noted(favourite: object, rating: object, marks: object, albums: Iterable[int] = ()) -> str:
    """As the table's column `marks` holds them. Raises ValueError where no row could say that, as
    in a damaged file."""
    if not (isinstance(favourite, int) and isinstance(rating, int) and isinstance(marks, str)):
        raise ValueError("no marks")
    if not (favourite in (0, 1) and _LEAST <= rating <= _MOST):
        raise ValueError("no such marks")
    held = [album for album in albums if type(album) is int]
    return json.dumps([favourite, rating, marks, held])


def read(column: object) -> Remembered:
    """What the column says; nothing where it makes no sense."""
    if column == FAVOURITE:
        return Remembered({"favourite": 1})
    try:
        favourite, rating, marks, *rest = json.loads(str(column))
        albums = json.loads(noted(favourite, rating, marks, rest[0] if rest else ()))[3]
    except (ValueError, TypeError, RecursionError):
        return Remembered()
    columns: dict[str, object] = {"favourite": favourite, "rating": rating, "marks": marks}
    return Remembered(columns, tuple(albums))


def taken(db: sqlite3.Connection, path: str) -> Remembered:
    """What is remembered of a path, and from now on no more. Raises WorldError where the disk
    refuses."""
    row = db.execute("DELETE FROM remembered WHERE path = ? RETURNING marks", (path,)).fetchone()
    return Remembered() if row is None else read(row[0])


def put_in_albums(db: sqlite3.Connection, picture_id: int, albums: Iterable[int]) -> None:
    """Into those that are there. Raises WorldError where the disk refuses."""
    db.executemany(
        "INSERT OR IGNORE INTO album_pictures (album, picture) SELECT id, ? FROM albums "
        "WHERE id = ?",
        [(picture_id, album) for album in albums],
    )


def remember(db: sqlite3.Connection, row: sqlite3.Row) -> None:
    """Keep what a picture's row says, which is about to be dropped. Raises WorldError where the
    disk refuses."""
    held = db.execute("SELECT album FROM album_pictures WHERE picture = ?", (row["id"],)).fetchall()
    try:
        said = noted(row["favourite"], row["rating"], row["marks"], [album for (album,) in held])
    except ValueError:
        return
    if said != noted(0, 0, ""):
        db.execute("INSERT OR REPLACE INTO remembered VALUES (?, ?)", (row["path"], said))


def give_back(db: sqlite3.Connection) -> None:
    """Rows that came from an older copy say again what their lost ones said. Raises WorldError or
    sqlite3.Error where the disk refuses."""
    asked = "SELECT p.id, p.path FROM remembered r JOIN pictures p ON p.path = r.path"
    for picture_id, path in db.execute(asked).fetchall():
        said = taken(db, path)
        for name, value in said.columns.items():
            db.execute(f"UPDATE pictures SET {name} = ? WHERE id = ?", (value, picture_id))
        put_in_albums(db, picture_id, said.albums)
