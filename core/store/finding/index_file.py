"""The file of the search index, beside the database: a cache, which is thrown away and begun anew
wherever it is not whole, of another version, or of another database."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from core.store.finding.facts import COLUMNS
from core.store.sqlite.connection import Connection, DatabaseDamaged
from core.store.sqlite.database import Database
from core.store.sqlite.repair import INDEX, odd_files, remove_index
from core.system.errors import WorldError

T = TypeVar("T")
VERSION = 6  # of the tables below and of what is put in them
MOST_RENEWED = 3  # times in one run of the program
WAIT_SECONDS = 5.0  # for another process that writes
_log = logging.getLogger(__name__)
_TABLES = (
    # `place`: see `place_of`; rows lie newest first
    f"CREATE TABLE facts (place INTEGER PRIMARY KEY, {', '.join(COLUMNS)}, phash, mirrored)",
    "CREATE UNIQUE INDEX by_id ON facts (id)",
    "CREATE INDEX by_rating ON facts (rating, place DESC)",
    "CREATE INDEX by_size ON facts (pixels, place DESC)",
    "CREATE INDEX by_bytes ON facts (bytes, place DESC)",
    "CREATE INDEX by_model ON facts (model_name COLLATE NOCASE)",
    "CREATE INDEX by_name ON facts (name COLLATE NOCASE)",
    "CREATE TABLE labels (kind, name, picture, PRIMARY KEY (kind, name, picture)) WITHOUT ROWID",
    "CREATE INDEX labels_of ON labels (picture)",
    "CREATE VIRTUAL TABLE words USING fts5 (prompt, negative, model_name, note, tags, "
    "tokenize='unicode61 remove_diacritics 2', columnsize=0, prefix='1 2')",
    # `seen`: up to which change of the database; `low`: the pictures below this id are still to be
    # taken in, from the newest backwards
    "CREATE TABLE progress (seen INTEGER NOT NULL, low INTEGER NOT NULL)",
    "INSERT INTO progress SELECT (SELECT coalesce(max(seq), 0) FROM gallery.sqlite_sequence "
    "WHERE name = 'unindexed'), (SELECT coalesce(max(id), 0) + 1 FROM gallery.pictures)",
)


# no change is forgotten since it was brought up to the database the last time
_FITS = (
    "SELECT typeof(low) = 'integer' AND typeof(seen) = 'integer' AND (seen = newest OR "
    "seen < newest AND oldest <= seen + 1) FROM progress, (SELECT (SELECT coalesce(max(seq), 0) "
    "FROM gallery.sqlite_sequence WHERE name = 'unindexed') AS newest, "
    "(SELECT min(id) FROM gallery.unindexed) AS oldest)"
)


class IndexMissed(WorldError):
    """A change of the database is noted no more that the index has not seen."""


def is_locked(fault: Exception) -> bool:
    """Whether somebody else only wrote for too long."""
    return "locked" in str(fault)


def is_read_only(fault: Exception) -> bool:
    """Whether the file takes no writes, so that the index would stay as it is."""
    return "readonly" in str(fault)


class IndexFile:
    """Each thread has a connection of its own, to which the database is attached as `gallery`, only
    to be read. Where the disk takes no index it is kept in memory."""

    def __init__(self, database: Database, begun_anew: Callable[[], None]) -> None:
        self._database = database
        self._begun_anew = begun_anew  # hears in any thread that the file was thrown away
        self._path = database.path.with_name(INDEX)
        self._local = threading.local()
        self._lock = threading.Lock()
        self._renewed = 0  # how often it was thrown away here
        self._in_memory = ""  # the address of an index in memory
        self._memory: sqlite3.Connection | None = None  # which holds it

    def asked(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` gives for this thread's connection; where the file turns out damaged, takes
        no writes, or has missed something, it is begun anew, and `work` done once more. Raises
        WorldError where that fails too, the disk refuses, or the database cannot be read."""
        renewed = self._renewed
        try:
            return work(self._connection())
        except WorldError as fault:
            if not (isinstance(fault, DatabaseDamaged | IndexMissed) or is_read_only(fault)):
                raise
            self._throw_away(renewed, fault)
        try:
            return work(self._connection())
        except DatabaseDamaged:
            self._database.note_damage()  # then it is not the index
            raise

    def _connection(self) -> sqlite3.Connection:
        """Raises WorldError where not even an index in memory can be had."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None and self._local.state == self._state():
            return connection
        self._disconnect()
        for _ in range(2):
            renewed = self._renewed
            try:
                connection = self._opened()
                break
            except (WorldError, sqlite3.Error, OSError) as fault:
                if is_locked(fault):
                    raise
                self._throw_away(renewed, fault)
        else:
            connection = self._opened()
        self._local.connection = connection
        self._local.state = self._state()
        return connection

    def _disconnect(self) -> None:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def _state(self) -> object:
        """Another one where connections opened before are of no use any more."""
        try:
            file = self._path.stat().st_ino
        except OSError:
            file = 0
        return self._database.opened, self._renewed, file

    def _opened(self) -> sqlite3.Connection:
        """Raises WorldError, sqlite3.Error or OSError where it cannot be opened."""
        self._database.connection()  # it is there, and up to date
        if self._database.refusal is not None and not self._in_memory:
            self._keep_in_memory()
        if odd_files(self._path) and not self._in_memory:
            raise OSError(f"{INDEX} is no file")  # SQLite would wait for the end of a pipe
        connection = sqlite3.connect(
            self._in_memory or self._path,
            timeout=WAIT_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            factory=Connection,
            uri=True,
        )
        try:
            connection.row_factory = sqlite3.Row
            connection.create_function("bits_apart", 2, _bits_apart, deterministic=True)
            connection.create_function("file_bytes", 3, self._file_bytes)
            if self._in_memory:
                connection.execute("PRAGMA read_uncommitted = 1")  # nobody waits for a table
            else:
                connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("ATTACH ? AS gallery", (self._database.address_to_read,))
            _prepare(connection)
        except BaseException:
            connection.close()
            raise
        self._database.adopt(connection)
        return connection

    def _file_bytes(self, path: str, trashed: float | None, trash_path: str) -> int | None:
        """Of the file of a row; None where it is not to be seen."""
        try:
            return os.stat(self._database.file_of(path, trashed, trash_path)).st_size
        except (OSError, ValueError):
            return None

    def _keep_in_memory(self) -> None:
        self._in_memory = f"file:calotype-{INDEX}-{time.time_ns()}?mode=memory&cache=shared"
        self._memory = sqlite3.connect(self._in_memory, uri=True, check_same_thread=False)

    def _throw_away(self, renewed: int, fault: Exception) -> None:
        """Delete the file; where that fails, or was done before, go on in memory."""
        self._disconnect()
        with self._lock:
            if self._renewed != renewed:
                return  # another thread did
            _log.warning("the search index is made anew: %s", fault)
            self._renewed += 1
            try:
                if self._renewed > MOST_RENEWED:
                    raise OSError("it was made anew too often")
                remove_index(self._path.parent)
            except OSError as refusal:
                _log.warning("the search index stays in memory: %s", refusal)
                self._keep_in_memory()
        self._begun_anew()

    def close(self) -> None:
        """Let go of an index in memory."""
        if self._memory is not None:
            self._memory.close()
            self._memory = None


def _bits_apart(one: int | None, other: int | None) -> int | None:
    """How unlike two pictures look; None where one was not looked at, or shows nothing."""
    return (one ^ other).bit_count() if one and other else None  # as `distance`, for each row


def _prepare(connection: sqlite3.Connection) -> None:
    """The tables, where there are none of this version; anew where they are of another database."""
    if _is_usable(connection):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        if not _is_usable(connection):
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND sql IS NOT NULL "
                "AND name NOT LIKE 'words\\_%' ESCAPE '\\'"
            ).fetchall():
                connection.execute(f'DROP TABLE "{name}"')
            for statement in _TABLES:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _is_usable(connection: sqlite3.Connection) -> bool:
    """Whether it is of this version, and of the database as it was at some time: no change since
    has been forgotten."""
    if connection.execute("PRAGMA user_version").fetchone()[0] != VERSION:
        return False
    row = connection.execute(_FITS).fetchone()
    return row is not None and bool(row[0])
