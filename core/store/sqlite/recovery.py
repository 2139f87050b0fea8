"""What can be read out of a damaged database, table by table, into a new one."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import Any

from core.store.sqlite.checksum import row_checksum
from core.store.sqlite.connection import READ_FAULTS, committed_or_rolled_back
from core.store.sqlite.remembered import noted, taken
from core.system.json import Malformed, loads
from core.values.job import JobState
from core.values.request import Request

TABLES = ("jobs", "pictures", "cards", "ways", "albums", "album_pictures", "folders")
PAGE = 4096  # bytes
HIGHEST = 2**62  # above every number of a row
# what indices say without their rows, of this version of the tables and of earlier ones; then what
# was remembered of rows that were lost before
_MARKED = (
    "SELECT path, favourite, rating, marks FROM pictures INDEXED BY pictures_marked "
    "WHERE favourite OR rating OR marks != ''"
)
_REMEMBERED = (
    "SELECT path, '' FROM pictures INDEXED BY pictures_favourites WHERE favourite = 1",
    "SELECT path, marks FROM remembered",
    "SELECT path, '' FROM remembered",
)
_LOST = "WHERE picture NOT IN (SELECT id FROM pictures)"
SILENT = 5_000  # row numbers tried in vain, one after another, before the rest is given up


def recover_rows(
    source: Path,
    target: sqlite3.Connection,
    *,
    still_there: Callable[[dict[str, Any]], bool] | None = None,
) -> dict[str, int]:
    """Copy rows that read well from the file `source` into `target`, which has its tables and keeps
    what it has; how many of each table.

    With `still_there`, `source` is an older copy: jobs that waited or ran then come as stopped,
    pictures only where their file exists. Raises WorldError or sqlite3.Error where `target` cannot
    be written; whatever `source` holds costs no more than its rows.
    """
    try:
        old = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)
    except READ_FAULTS:
        return {}
    old.row_factory = sqlite3.Row
    rows_by_table: dict[str, int] = {}
    with contextlib.closing(old):
        for table in TABLES:
            columns = [row[1] for row in target.execute(f"PRAGMA table_info({table})")]
            target.execute("BEGIN IMMEDIATE")
            rows: Iterable[dict[str, Any]] = (dict(row) for row in readable_rows(old, table))
            if still_there is not None and table == "jobs":
                rows = (_aged(row) for row in rows)
            elif still_there is not None and table == "pictures":
                rows = (row for row in rows if still_there(row))
            rows_by_table[table] = sum(_put(target, table, columns, row) for row in rows)
            target.execute("COMMIT")
        target.execute("BEGIN IMMEDIATE")
        with committed_or_rolled_back(target):
            _remember_marks(old, target)
    return rows_by_table


def _remember_marks(old: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Favourites, ratings, tags and notes whose rows are lost: an index still holds them, and they
    come back when their files are found again."""
    with contextlib.suppress(*READ_FAULTS):  # the index is damaged too, or of another version
        for path, *marks in old.execute(_MARKED):
            with contextlib.suppress(ValueError):  # its bytes are others than they were
                _remember(target, path, noted(*marks))
    for asked in _REMEMBERED:
        with contextlib.suppress(*READ_FAULTS):
            for path, said in old.execute(asked):
                _remember(target, path, said)


def _remember(target: sqlite3.Connection, path: object, said: object) -> None:
    """Unless the picture has a row, or more is known of it."""
    if isinstance(path, str) and isinstance(said, str):
        target.execute(
            "INSERT OR IGNORE INTO remembered SELECT ?1, ?2 WHERE NOT EXISTS "
            "(SELECT 1 FROM pictures WHERE path = ?1)",
            (path, said),
        )


def remember_albums(source: Path, target: sqlite3.Connection) -> None:
    """Which albums held pictures whose rows are lost: the index of paths of the file `source` still
    names them, and they come back into them when their files are found again.

    Raises WorldError or sqlite3.Error where `target` cannot be written.
    """
    lost: dict[int, list[int]] = {}
    for album, picture in target.execute(f"SELECT album, picture FROM album_pictures {_LOST}"):
        lost.setdefault(picture, []).append(album)
    if not lost:
        return
    with contextlib.suppress(*READ_FAULTS):
        old = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)
        with contextlib.closing(old):
            for path, picture in old.execute(
                "SELECT path, rowid FROM pictures INDEXED BY sqlite_autoindex_pictures_1"
            ):
                if picture in lost and isinstance(path, str):
                    _remember_in(target, path, lost[picture])


def _remember_in(target: sqlite3.Connection, path: str, albums: list[int]) -> None:
    asked = "SELECT 1 FROM pictures WHERE path = ?"
    if target.execute(asked, (path,)).fetchone() is not None:
        return
    said = taken(target, path)
    marks = {"favourite": 0, "rating": 0, "marks": ""} | said.columns
    held = dict.fromkeys((*said.albums, *albums))
    column = noted(marks["favourite"], marks["rating"], marks["marks"], held)
    target.execute("INSERT OR REPLACE INTO remembered VALUES (?, ?)", (path, column))


def settle_albums(target: sqlite3.Connection) -> None:
    """Albums hold pictures that are there alone, and those whose names are lost get another one.
    Raises WorldError or sqlite3.Error where `target` cannot be written."""
    target.execute(f"DELETE FROM album_pictures {_LOST}")
    target.execute(
        "INSERT INTO albums (id, name) SELECT DISTINCT album, 'Album ' || album "
        "FROM album_pictures WHERE album NOT IN (SELECT id FROM albums)"
    )


def with_header(raw: bytes, fresh: bytes) -> bytes:
    """A database file whose first 100 bytes are damaged, with those of the file `fresh` of the same
    program (sqlite.org/fileformat2.html).

    The journal mode becomes the plain one, the size that of the file, and free pages are forgotten:
    it is for reading alone.
    """
    pages = len(raw) // PAGE
    header = bytearray(fresh[:100])
    header[18:20] = b"\1\1"  # to be written and read with a rollback journal, not a WAL
    header[28:32] = pages.to_bytes(4, "big")
    header[32:40] = bytes(8)  # no list of free pages
    header[92:96] = header[24:28]  # the size is valid for this change counter
    return bytes(header) + raw[100:]


def readable_rows(old: sqlite3.Connection, table: str) -> Iterator[sqlite3.Row]:
    """All rows that can be reached: from the front up to the damage, then from the back,
    then one by one between."""
    if table == "album_pictures":
        yield from _from_both_ends(old, table, "album, picture")
        return
    ask = f"SELECT rowid AS _id, * FROM {table} WHERE rowid"
    try:
        old.execute(f"EXPLAIN {ask} = 0")
    except READ_FAULTS:  # what the table is cannot be read, so no row number helps
        return
    low = yield from _run(old, f"{ask} > ? ORDER BY rowid", -1)
    if low is None:
        return
    high = yield from _run(old, f"{ask} < ? ORDER BY rowid DESC", HIGHEST, until=low)
    if high is None:
        return
    silent = 0
    for rowid in range(low + 1, high):
        rows = list(_run(old, f"{ask} = ?", rowid))
        yield from rows
        silent = 0 if rows else silent + 1
        if silent > SILENT:
            return


def _from_both_ends(old: sqlite3.Connection, table: str, key: str) -> Iterator[sqlite3.Row]:
    """The rows of a table without row numbers before and behind the damage; some come twice."""
    for order in (key, key.replace(",", " DESC,") + " DESC"):
        with contextlib.suppress(*READ_FAULTS):
            yield from old.execute(f"SELECT * FROM {table} ORDER BY {order}")


def _run(
    old: sqlite3.Connection, question: str, at: int, *, until: int = -1
) -> Generator[sqlite3.Row, None, int | None]:
    """Rows until the damage; returns the last rowid before it, None where there was none."""
    try:
        for row in old.execute(question, (at,)):
            if until >= 0 and row["_id"] <= until:
                return None
            at = row["_id"]
            yield row
    except READ_FAULTS:
        return at
    return None


def _aged(row: dict[str, Any]) -> dict[str, Any]:
    """A job of an older copy: what waited or ran then is not begun by itself now."""
    if row["state"] in (JobState.WAITING, JobState.RUNNING):
        return row | {"state": JobState.STOPPED.value}
    return row


def _put(target: sqlite3.Connection, table: str, columns: list[str], row: dict[str, Any]) -> bool:
    """Whether the row made sense and is new in the new table."""
    if not _is_sound(table, row):
        return False
    have = [column for column in columns if column in row]
    marks = ", ".join("?" * len(have))
    try:
        done = target.execute(
            f"INSERT OR IGNORE INTO {table} ({', '.join(have)}) VALUES ({marks})",
            tuple(row[column] for column in have),
        )
    except sqlite3.IntegrityError:
        return False
    return done.rowcount == 1


def _is_sound(table: str, row: dict[str, Any]) -> bool:
    """Whether it says what it said: rows of older programs have no sum."""
    try:
        if table == "jobs":
            loads(Request, row["request"])
            JobState(row["state"])
        elif table == "pictures":
            loads(Request, row["request"])
            return row.get("sum") is None or row["sum"] == row_checksum(row)
    except (Malformed, ValueError, TypeError, KeyError):
        return False
    return True
