"""The search index brought up to the database, in short slices, each of them a transaction: after a
kill it goes on with the next one."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Generator, Sequence

from core.store.finding.facts import COLUMNS, facts_of
from core.store.marks.marked import in_parts

SLICE = 100  # rows in one transaction: some tens of milliseconds
_ROW = (
    "SELECT id, path, created, width, height, request, prompt, negative, model_name, favourite, "
    "rating, marks, origin, document FROM gallery.pictures"
)
_INSERT = (
    f"INSERT OR REPLACE INTO facts ({', '.join(COLUMNS)}, phash) "
    f"VALUES ({', '.join('?' * len(COLUMNS))}, (SELECT phash FROM facts WHERE id = ?1))"
)
_TEXTS = "prompt, negative, model_name, note, tags"


def fill(db: sqlite3.Connection, limit: int = SLICE) -> bool:
    """Take in what has changed, else the next pictures of the first look through all; whether there
    may be more. Raises WorldError where the disk refuses, or another process writes for too
    long."""
    with _transaction(db):
        seen, low = db.execute("SELECT seen, low FROM progress").fetchone()
        changes = db.execute(
            "SELECT id, picture FROM gallery.unindexed WHERE id > ? ORDER BY id LIMIT ?",
            (seen, limit),
        ).fetchall()
        if changes:
            _refresh(db, sorted({row["picture"] for row in changes}))
            db.execute("UPDATE progress SET seen = ?", (changes[-1]["id"],))
            return len(changes) == limit or low > 1
        if low <= 1:
            return False
        rows = db.execute(f"{_ROW} WHERE id < ? ORDER BY id DESC LIMIT ?", (low, limit)).fetchall()
        _take_in(db, [row for row in rows if not _is_in(db, row["id"])])
        low = rows[-1]["id"] if len(rows) == limit else 0
        db.execute("UPDATE progress SET low = ?", (low,))
        return low > 1


def catch_up(db: sqlite3.Connection, limit: int) -> None:
    """Take in what has just changed, up to `limit` changes, else what is left of the first look
    where that is no more. Raises as `fill` does."""
    asked = (
        "SELECT EXISTS (SELECT 1 FROM gallery.unindexed WHERE id > seen), low > 1 AND "
        "(SELECT count(*) FROM (SELECT 1 FROM gallery.pictures WHERE id < low LIMIT ?)) <= ? "
        "FROM progress"
    )
    changed, nearly = db.execute(asked, (limit + 1, limit)).fetchone()
    if changed:
        fill(db, limit)
    if nearly:
        fill(db, limit)


def left(db: sqlite3.Connection) -> int:
    """How many pictures the first look has not reached yet."""
    asked = "SELECT count(*) FROM gallery.pictures WHERE id < (SELECT low FROM progress)"
    return int(db.execute(asked).fetchone()[0])


def seen(db: sqlite3.Connection) -> int:
    """The change of the database up to which all are taken in."""
    return int(db.execute("SELECT seen FROM progress").fetchone()[0])


@contextlib.contextmanager
def _transaction(db: sqlite3.Connection) -> Generator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _is_in(db: sqlite3.Connection, picture_id: int) -> bool:
    return db.execute("SELECT 1 FROM facts WHERE id = ?", (picture_id,)).fetchone() is not None


def _refresh(db: sqlite3.Connection, ids: Sequence[int]) -> None:
    rows: dict[int, sqlite3.Row] = {}
    for some in in_parts(ids):
        marks = ",".join("?" * len(some))
        for row in db.execute(f"{_ROW} WHERE id IN ({marks})", some):
            rows[row["id"]] = row
    gone = [(picture_id,) for picture_id in ids if picture_id not in rows]
    for table, column in (("facts", "id"), ("labels", "picture"), ("words", "rowid")):
        db.executemany(f"DELETE FROM {table} WHERE {column} = ?", gone)
    _take_in(db, list(rows.values()))


def _take_in(db: sqlite3.Connection, rows: Sequence[sqlite3.Row]) -> None:
    """Rows new or changed; the index of words, which is dear, only where a text is another one."""
    for row in rows:
        facts = facts_of(row)
        picture_id = row["id"]
        db.execute(_INSERT, facts.columns)
        db.execute("DELETE FROM labels WHERE picture = ?", (picture_id,))
        db.executemany(
            "INSERT OR IGNORE INTO labels VALUES (?, ?, ?)",
            [(kind, name, picture_id) for kind, name in facts.labels],
        )
        before = db.execute(f"SELECT {_TEXTS} FROM words WHERE rowid = ?", (picture_id,)).fetchone()
        if before is None or tuple(before) != facts.texts:
            if before is not None:
                db.execute("DELETE FROM words WHERE rowid = ?", (picture_id,))
            db.execute(
                f"INSERT INTO words (rowid, {_TEXTS}) VALUES (?, ?, ?, ?, ?, ?)",
                (picture_id, *facts.texts),
            )
