"""One open document: its states and tiles in its file, written by one thread while others read."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Generator, Mapping, Set
from pathlib import Path

from core.store.documents.schema import (
    make_file,
    names_in,
    open_file,
    packed,
    read_document,
    read_record,
    unpacked,
)
from core.store.sqlite.connection import DatabaseDamaged, committed_or_rolled_back, world_error
from core.system.errors import WorldError
from core.system.json import Malformed, dumps
from core.values.editing.document import MAX_STEPS, Document
from core.values.editing.document_limits import check_document
from core.values.editing.kept_document import Step, StoredDocument
from core.values.editing.raster import Raster
from core.values.editing.record import DocumentRecord

SWEEP_EVERY = 50  # steps that fell off or were cut, after which tiles are swept


def make_document(
    path: Path, record: DocumentRecord, document: Document, tiles: Mapping[str, bytes]
) -> None:
    """A file with one step. Raises ValueError where a tile is missing, OSError and WorldError where
    the disk refuses."""
    _check(document, tiles.keys())

    def fill(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO document VALUES (1, ?, 1, NULL)", (dumps(record),))
        db.execute("INSERT INTO steps VALUES (1, '', ?)", (dumps(document),))
        for name in document.tile_names():  # one at a time: there may be hundreds of megabytes
            db.execute("INSERT INTO tiles VALUES (?, ?)", (name, packed(name, tiles[name])))

    make_file(path, fill)


class DocumentFile:
    """Tiles are read over a connection of their own, so that nobody who draws waits for a step that
    is being written. Every method raises WorldError where the disk refuses, DatabaseDamaged where
    the file turns out to be damaged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer = open_file(path)
        try:
            self._reader = open_file(path)
        except BaseException:
            self._writer.close()
            raise
        self._writing = threading.RLock()
        self._reading = threading.Lock()
        self._numbers: list[int] = []  # of the steps, from the oldest
        self._names: set[str] = set()  # of the tiles that are kept
        self._dropped = 0  # steps since the last sweep
        self._is_gone = False
        self._is_damaged = False
        self._pending: list[Callable[[], None]] = []  # what a full disk did not take yet
        try:
            self._note_what_is_there()
        except BaseException:
            self.disconnect()
            raise

    def _note_what_is_there(self) -> None:
        db = self._writer
        self._numbers = [row[0] for row in db.execute("SELECT number FROM steps ORDER BY number")]
        self._names = {row[0] for row in db.execute("SELECT name FROM tiles")}

    def load(self) -> StoredDocument:
        """All of it but the tiles. A state that damage took is left out for good, which is said.
        What a full disk does not take by now is given up."""
        with self._writing:
            with contextlib.suppress(WorldError):
                self.write_pending()
            self._pending.clear()
            record, shown, _ = self._head()
            steps: list[Step] = []
            numbers: list[int] = []
            known: dict[Raster, Raster] = {}
            rows = self._writer.execute("SELECT * FROM steps ORDER BY number")
            for number, text, document in rows:
                with contextlib.suppress(Malformed):
                    state = read_document(document, known)
                    if state.tile_names() <= self._names:
                        steps.append(Step(str(text), state))
                        numbers.append(number)
            if not steps:
                raise DatabaseDamaged(f"{self.path.name} holds no state that can be read.", "")
            lost = set(self._numbers) - set(numbers)
            at = max((k for k, number in enumerate(numbers) if number <= shown), default=0)
            if lost or numbers[at] != shown:
                self._forget(lost, numbers[at])
                self._numbers = numbers
        notes = (f"{record.title}: {len(lost)} of its steps were damaged.",) if lost else ()
        return StoredDocument(record, tuple(steps), at, notes)

    def _forget(self, lost: set[int], shown: int) -> None:
        with self._transaction() as db:
            db.executemany("DELETE FROM steps WHERE number = ?", [(number,) for number in lost])
            db.execute("UPDATE document SET position = ?", (shown,))

    def head(self) -> tuple[DocumentRecord, float | None]:
        """Its record, and when it was closed (seconds since 1970), None while it is open."""
        with self._writing:
            record, _, closed = self._head()
        return record, closed

    def _head(self) -> tuple[DocumentRecord, int, float | None]:
        self._ask_whether_open()
        row = self._writer.execute("SELECT record, position, closed FROM document").fetchone()
        try:
            if row is None or not isinstance(row[1], int):
                raise Malformed("it has no record")
            closed = row[2] if isinstance(row[2], float) else None
            return read_record(row[0]), row[1], closed
        except Malformed as fault:
            raise DatabaseDamaged(f"{self.path.name} is damaged: {fault}.", "") from fault

    def _ask_whether_open(self) -> None:
        """Somebody may have asked for it just before another let go of it."""
        if self._is_gone:
            raise WorldError("The document was closed.", "Open it again.")

    def tile(self, name: str) -> bytes:
        """Raises DatabaseDamaged where it is missing or not what its name says."""
        with self._reading:
            self._ask_whether_open()
            row = self._reader.execute("SELECT data FROM tiles WHERE name = ?", (name,)).fetchone()
        try:
            return unpacked(name, None if row is None else row[0])
        except Malformed as fault:
            raise DatabaseDamaged(f"{self.path.name} is damaged: {fault}.", "") from fault

    def add_step(
        self, position: int, text: str, document: Document, tiles: Mapping[str, bytes]
    ) -> None:
        """See DocumentStore."""
        self._do(lambda: self._add_step(position, text, document, tiles))

    def move_to(self, position: int) -> None:
        """See DocumentStore."""
        self._do(lambda: self._move_to(position))

    def _do(self, work: Callable[[], None]) -> None:
        """In its turn: what the disk refuses is kept in memory and written before what comes next,
        so that a step never follows one that is not there."""
        with self._writing:
            self._pending.append(work)
            self.write_pending()

    def write_pending(self) -> None:
        """Try again what a full disk did not take."""
        with self._writing:
            while self._pending:
                if self._is_damaged:
                    self._pending.clear()
                    raise DatabaseDamaged(f"{self.path.name} is damaged.", "")
                try:
                    self._pending[0]()
                except DatabaseDamaged:
                    self._is_damaged = True
                    self._pending.clear()
                    raise
                except WorldError:
                    raise
                except BaseException:
                    del self._pending[0]
                    raise
                del self._pending[0]

    def _add_step(
        self, position: int, text: str, document: Document, tiles: Mapping[str, bytes]
    ) -> None:
        new = document.tile_names() - self._names
        _check(document, self._names | tiles.keys())
        fresh = {name: packed(name, tiles[name]) for name in new}
        shown = self._number_at(position)
        kept = self._numbers[: position + 1]
        number = shown + 1
        fallen = kept[: len(kept) - MAX_STEPS] if len(kept) > MAX_STEPS else []
        with self._transaction() as db:
            db.execute("DELETE FROM steps WHERE number > ?", (shown,))
            db.executemany("DELETE FROM steps WHERE number = ?", [(old,) for old in fallen])
            db.executemany("INSERT OR IGNORE INTO tiles VALUES (?, ?)", fresh.items())
            db.execute("INSERT INTO steps VALUES (?, ?, ?)", (number, text, dumps(document)))
            db.execute("UPDATE document SET position = ?", (number,))
        self._dropped += len(self._numbers) - len(kept) + len(fallen)
        self._numbers = [*kept[len(fallen) :], number]
        self._names |= fresh.keys()
        if self._dropped >= SWEEP_EVERY:
            with contextlib.suppress(WorldError):  # the step lasts all the same
                self.sweep()

    def _move_to(self, position: int) -> None:
        number = self._number_at(position)
        with self._transaction() as db:
            db.execute("UPDATE document SET position = ?", (number,))

    def _number_at(self, position: int) -> int:
        if not 0 <= position < len(self._numbers):
            raise ValueError(f"there is no step {position} of {len(self._numbers)}")
        return self._numbers[position]

    def put_record(self, record: DocumentRecord) -> None:
        """In the place of the one before."""
        with self._writing, self._transaction() as db:
            db.execute("UPDATE document SET record = ?", (dumps(record),))

    def set_closed(self, moment: float | None) -> None:
        """Note that it was closed then, or is open."""
        with self._writing, self._transaction() as db:
            db.execute("UPDATE document SET closed = ?", (moment,))

    def sweep(self) -> int:
        """Delete tiles that no state names, and give their space back; how many."""
        with self._writing:
            rows = self._writer.execute("SELECT document FROM steps")
            unnamed = self._names - names_in(row[0] for row in rows)
            if unnamed:
                with self._transaction() as db:
                    db.executemany("DELETE FROM tiles WHERE name = ?", [(n,) for n in unnamed])
                self._names -= unnamed
                self._writer.execute("PRAGMA incremental_vacuum").fetchall()
            self._dropped = 0
        return len(unnamed)

    def disconnect(self) -> None:
        """Close the file; the object is done with."""
        with self._writing, self._reading:
            with contextlib.suppress(WorldError):
                self.write_pending()
            self._is_gone = True
            self._reader.close()
            self._writer.close()

    @contextlib.contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        """Committed as a whole, or rolled back."""
        self._ask_whether_open()
        db = self._writer
        try:
            db.execute("BEGIN IMMEDIATE")
            with committed_or_rolled_back(db):
                yield db
        except sqlite3.DatabaseError as fault:
            raise world_error(fault) from fault


def _check(document: Document, given: Set[str]) -> None:
    """Raises ValueError for a state that could not be read again, or that names a tile that is
    nowhere: it could never be shown."""
    check_document(document)
    if missing := document.tile_names() - given:
        raise ValueError(f"{len(missing)} tiles of a step are neither kept nor given")
