"""The search index brought up to the database, in short slices, each of them a transaction: after a
kill it goes on with the next one."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Generator, Iterable, Sequence

from core.store.finding.facts import COLUMNS, Facts, facts_of, place_of
from core.store.finding.index_file import IndexMissed
from core.store.sqlite.by_id import rows_of
from core.store.sqlite.connection import DatabaseDamaged

CHANGES_WAIT_MS = 250  # that a question waits until it may take in what has changed
SLICE = 100  # rows in one transaction: some tens of milliseconds
# the plus takes the type off the number: beside a typed one the index of `facts.id`, which has
# none, would not be used (sqlite.org/datatype3.html, section 4.2)
_COLUMNS = (
    "id, path, created, width, height, request, prompt, negative, model_name, favourite, rating, "
    "marks, origin, document, CASE WHEN origin = '' THEN coalesce((SELECT nullif(bytes, 0) FROM "
    "facts WHERE facts.id = +pictures.id), file_bytes(path, trashed, trash_path)) END AS bytes"
)
Looks = tuple[int | None, int | None]  # the number of a picture and that of its mirror image
_ROW = f"SELECT {_COLUMNS} FROM gallery.pictures"
_INSERT = (
    f"INSERT INTO facts (place, {', '.join(COLUMNS)}) VALUES (?, {', '.join('?' * len(COLUMNS))})"
)
_KNOWN = f"SELECT place, {', '.join(COLUMNS)} FROM facts"
_OF_FILE = tuple(COLUMNS.index(name) for name in ("width", "height", "bytes"))
_TEXTS = "prompt, negative, model_name, note, tags"


def fill(db: sqlite3.Connection, limit: int = SLICE) -> bool:
    """Take in what has changed, else the next pictures of the first look through all; whether there
    may be more. Raises IndexMissed, and WorldError where the disk refuses or another process writes
    for too long."""
    with _transaction(db):
        seen, low = db.execute("SELECT seen, low FROM progress").fetchone()
        if changes := _take_changes(db, seen, limit):
            return changes == limit or low > 1
        if low <= 1:
            return False
        rows = db.execute(f"{_ROW} WHERE id < ? ORDER BY id DESC LIMIT ?", (low, limit)).fetchall()
        _take_in(db, rows)
        low = rows[-1]["id"] if len(rows) == limit else 0
        db.execute("UPDATE progress SET low = ?", (low,))
        return low > 1


def take_changes(db: sqlite3.Connection, limit: int = SLICE) -> bool:
    """As `fill`, of what has changed alone."""
    with _transaction(db):
        (seen,) = db.execute("SELECT seen FROM progress").fetchone()
        return _take_changes(db, seen, limit) == limit


def _take_changes(db: sqlite3.Connection, seen: int, limit: int) -> int:
    """How many changes behind `seen` were taken in."""
    changes = db.execute(
        "SELECT id, picture FROM gallery.unindexed WHERE id > ? ORDER BY id LIMIT ?", (seen, limit)
    ).fetchall()
    if changes:
        if changes[0]["id"] > seen + 1:
            raise IndexMissed("The search index has missed a change.")
        _refresh(db, sorted({row["picture"] for row in changes}))
        db.execute("UPDATE progress SET seen = ?", (changes[-1]["id"],))
    return len(changes)


def catch_up(db: sqlite3.Connection, limit: int) -> bool:
    """Take in what has just changed, up to `limit` changes; of the first look what is left where
    that is no more, else one slice. Whether that look has ended. Raises as `fill` does."""
    changed, low = db.execute(
        "SELECT EXISTS (SELECT 1 FROM gallery.unindexed WHERE id > seen), low FROM progress"
    ).fetchone()
    if changed:
        with _waiting(db, CHANGES_WAIT_MS):
            take_changes(db, limit)
    if low > 1:
        few = "SELECT count(*) FROM (SELECT 1 FROM gallery.pictures WHERE id < ? LIMIT ?)"
        nearly = db.execute(few, (low, limit + 1)).fetchone()[0] <= limit
        with _waiting(db, CHANGES_WAIT_MS if nearly else 0):  # somebody else does that already
            return not fill(db, limit if nearly else SLICE)
    return True


def left(db: sqlite3.Connection) -> int:
    """How many pictures the first look has not reached yet."""
    asked = "SELECT count(*) FROM gallery.pictures WHERE id < (SELECT low FROM progress)"
    return int(db.execute(asked).fetchone()[0])


def are_apart(db: sqlite3.Connection) -> bool:
    """Whether it holds other pictures than the database, though all are taken in."""
    row = db.execute(
        "SELECT low <= 1 AND NOT EXISTS (SELECT 1 FROM gallery.unindexed WHERE id > seen), "
        "(SELECT count(*) FROM facts) != (SELECT count(*) FROM gallery.pictures) OR "
        "(SELECT max(id) FROM facts) != (SELECT max(id) FROM gallery.pictures) FROM progress"
    ).fetchone()
    return bool(row[0] and row[1])


def read_through(db: sqlite3.Connection) -> None:
    """Read the whole index for damage (sqlite.org/fts5.html, integrity-check). Raises
    DatabaseDamaged where there is."""
    found = db.execute("PRAGMA main.quick_check(1)").fetchone()[0]
    if found != "ok":
        raise DatabaseDamaged(f"The search index is damaged ({found}).")
    db.execute("INSERT INTO words (words) VALUES ('integrity-check')")


def seen(db: sqlite3.Connection) -> int:
    """The change of the database up to which all are taken in."""
    return int(db.execute("SELECT seen FROM progress").fetchone()[0])


def note_looks(db: sqlite3.Connection, found: Iterable[tuple[int, Looks]]) -> None:
    """What pictures look like, by their ids. Raises WorldError where the disk refuses."""
    db.executemany(
        "UPDATE facts SET phash = ?, mirrored = ? WHERE id = ?",
        [(*looks, picture_id) for picture_id, looks in found],
    )


def make_last(db: sqlite3.Connection) -> None:
    """What was taken in so far outlasts a loss of power, which else may cost the last of it. Raises
    WorldError where the disk refuses."""
    db.execute("PRAGMA main.synchronous = FULL")
    try:
        db.execute("UPDATE progress SET seen = seen")
    finally:
        db.execute("PRAGMA main.synchronous = NORMAL")


@contextlib.contextmanager
def _waiting(db: sqlite3.Connection, milliseconds: int) -> Generator[None]:
    """Whoever asks waits no longer than that for somebody who writes."""
    before = db.execute("PRAGMA busy_timeout").fetchone()[0]
    db.execute(f"PRAGMA busy_timeout = {milliseconds}")
    try:
        yield
    finally:
        db.execute(f"PRAGMA busy_timeout = {before}")


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


def _refresh(db: sqlite3.Connection, ids: Sequence[int]) -> None:
    rows = {row["id"]: row for row in rows_of(db, ids, _COLUMNS, "gallery.pictures")}
    for picture_id in ids:
        if picture_id not in rows:
            _forget(db, picture_id)
    _take_in(db, list(rows.values()))


def _forget(db: sqlite3.Connection, picture_id: int) -> None:
    place = db.execute("SELECT place FROM facts WHERE id = ?", (picture_id,)).fetchone()
    if place is not None:
        db.execute("DELETE FROM words WHERE rowid = ?", tuple(place))
        db.execute("DELETE FROM facts WHERE place = ?", tuple(place))
        db.execute("DELETE FROM labels WHERE picture = ?", (picture_id,))


def _take_in(db: sqlite3.Connection, rows: Sequence[sqlite3.Row]) -> None:
    """Rows new or changed; of a known one only what is another by now.

    In the order of their places: the index of words writes down what it has gathered whenever a
    number is lower than the one before.
    """
    for row in sorted(rows, key=lambda row: place_of(row["created"], row["id"])):
        facts = facts_of(row)
        before = db.execute(f"{_KNOWN} WHERE id = ?", (row["id"],)).fetchone()
        place = _free_place(db, place_of(row["created"], row["id"]), row["id"])
        if before is None:
            _insert(db, place, facts)
        elif before["place"] == place:
            _update(db, place, facts, tuple(before)[1:])
        else:
            asked = "SELECT phash, mirrored FROM facts WHERE id = ?"
            looks = db.execute(asked, (row["id"],)).fetchone()
            _forget(db, row["id"])
            _insert(db, place, facts)
            note_looks(db, [(row["id"], (looks[0], looks[1]))])
        if before is not None and _shows_another(facts, tuple(before)[1:]):
            note_looks(db, [(row["id"], (None, None))])


def _shows_another(facts: Facts, before: tuple[object, ...]) -> bool:
    """Whether an imported file is another by now, of which is to be seen anew what it looks
    like."""
    return any(before[at] != facts.columns[at] for at in _OF_FILE)


def _insert(db: sqlite3.Connection, place: int, facts: Facts) -> None:
    db.execute(_INSERT, (place, *facts.columns))
    _write_labels(db, facts)
    _write_words(db, place, facts)


def _update(db: sqlite3.Connection, place: int, facts: Facts, before: tuple[object, ...]) -> None:
    changed = [at for at in range(len(COLUMNS)) if before[at] != facts.columns[at]]
    if changed:
        names = ", ".join(f"{COLUMNS[at]} = ?" for at in changed)
        values = (*(facts.columns[at] for at in changed), place)
        db.execute(f"UPDATE facts SET {names} WHERE place = ?", values)
    labels = "SELECT kind, name FROM labels WHERE picture = ?"
    if {tuple(row) for row in db.execute(labels, (facts.id,))} != set(facts.labels):
        db.execute("DELETE FROM labels WHERE picture = ?", (facts.id,))
        _write_labels(db, facts)
    texts = db.execute(f"SELECT {_TEXTS} FROM words WHERE rowid = ?", (place,)).fetchone()
    if texts is None or tuple(texts) != facts.texts:
        db.execute("DELETE FROM words WHERE rowid = ?", (place,))
        _write_words(db, place, facts)


def _write_labels(db: sqlite3.Connection, facts: Facts) -> None:
    rows = [(kind, name, facts.id) for kind, name in facts.labels]
    db.executemany("INSERT OR IGNORE INTO labels VALUES (?, ?, ?)", rows)


def _write_words(db: sqlite3.Connection, place: int, facts: Facts) -> None:
    db.execute(
        f"INSERT INTO words (rowid, {_TEXTS}) VALUES (?, ?, ?, ?, ?, ?)", (place, *facts.texts)
    )


def _free_place(db: sqlite3.Connection, place: int, picture_id: int) -> int:
    """The place, or the next one that no other picture has."""
    while True:
        row = db.execute("SELECT id FROM facts WHERE place = ?", (place,)).fetchone()
        if row is None or row[0] == picture_id:
            return place
        place += 1
