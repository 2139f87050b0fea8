"""The tables of a document's file, how the file is made, opened, and how far it is believed."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import stat
import sys
import zlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from core.store.sqlite.connection import Connection, DatabaseDamaged, world_error
from core.system.atomic_files import name_new, partial_beside, sync_file, sync_folder
from core.system.errors import WorldError
from core.system.json import Malformed, loads
from core.values.editing.document import Document
from core.values.editing.document_limits import check_document, check_sheet
from core.values.editing.raster import Raster, tile_name
from core.values.editing.record import DocumentRecord

# of the tables, and of what stands in them: raised by whatever a program of before, which drops
# states that it cannot read, must not touch
VERSION = 1
SUFFIXES = ("", "-wal", "-shm")
LONGEST_JSON = 64 * 2**20  # bytes of a state or record that is believed
_FAST = 1  # level of zlib: painting goes on meanwhile
_LARGEST_TILE = 2**18  # bytes, unpacked
_NAME = re.compile(r'"([0-9a-f]{32})"')
_SCHEMA = (
    "CREATE TABLE document (one INTEGER PRIMARY KEY CHECK (one = 1), record TEXT NOT NULL, "
    "position INTEGER NOT NULL, closed REAL)",  # `position`: the number of the step that is shown
    "CREATE TABLE steps (number INTEGER PRIMARY KEY, text TEXT NOT NULL, document TEXT NOT NULL)",
    "CREATE TABLE tiles (name TEXT PRIMARY KEY, data BLOB NOT NULL)",
    f"PRAGMA user_version = {VERSION}",
)


_COLUMNS = {
    "document": {"record", "position", "closed"},
    "steps": {"number", "text", "document"},
    "tiles": {"name", "data"},
}


def make_file(path: Path, fill: Callable[[sqlite3.Connection], None]) -> None:
    """A new file at `path` with what `fill` puts into its tables: whole, or not there. Raises
    FileExistsError, OSError, WorldError."""
    partial = partial_beside(path)
    try:
        with contextlib.closing(_connection(partial, "rwc")) as db:
            db.execute("PRAGMA journal_mode = MEMORY")  # nobody goes on with it after a kill
            db.execute("PRAGMA synchronous = OFF")
            db.execute("PRAGMA auto_vacuum = INCREMENTAL")
            db.execute("BEGIN")
            for statement in _SCHEMA:
                db.execute(statement)
            fill(db)
            db.execute("COMMIT")
        sync_file(partial)
        name_new(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    sync_folder(path.parent)


def open_file(path: Path) -> sqlite3.Connection:
    """A connection for any one thread at a time; every commit lasts through a power cut.

    Raises DatabaseDamaged where it is none of ours, WorldError where a newer program wrote it or it
    cannot be opened.
    """
    if any(is_odd(Path(f"{path}{suffix}")) for suffix in SUFFIXES):
        raise DatabaseDamaged(f"{path.name} is no file.", "")
    db = _connection(path, "rw")
    try:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise WorldError(
                f"{path.name} was written by a newer Calotype.", "Open it with that version."
            )
        if version < 1 or not has_tables(db):
            raise DatabaseDamaged(f"{path.name} holds no document.", "")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA fullfsync = ON")  # on a Mac; elsewhere it does nothing
    except BaseException:
        db.close()
        raise
    return db


def has_tables(db: sqlite3.Connection) -> bool:
    """Whether an open file has the tables of a document: a damaged one may still open."""
    return all(
        columns <= {row[1] for row in db.execute(f"PRAGMA table_info({table})")}
        for table, columns in _COLUMNS.items()
    )


def look_into(path: Path) -> sqlite3.Connection:
    """To read only, also beside a program that works on it, and of any version. Raises WorldError
    where it cannot be opened; what it holds is not looked at."""
    alone = "" if Path(f"{path}-wal").exists() else "&immutable=1"  # then nothing is written
    return _connection(path, f"ro{alone}")


def is_odd(path: Path) -> bool:
    """Whether something lies there that is no regular file: SQLite would wait for the other end of
    a pipe, and follow a link."""
    return os.path.lexists(path) and not stat.S_ISREG(path.lstat().st_mode)


def _connection(path: Path, mode: str) -> sqlite3.Connection:
    try:
        return sqlite3.connect(
            f"{path.resolve().as_uri()}?mode={mode}",
            uri=True,
            timeout=30,
            isolation_level=None,
            check_same_thread=False,
            factory=Connection,
        )
    except (sqlite3.Error, OSError) as fault:
        if isinstance(fault, sqlite3.Error):
            raise world_error(fault) from fault
        raise WorldError(f"{path.name} cannot be opened: {fault.strerror}.", "") from fault


def packed(name: str, data: bytes) -> bytes:
    """A tile as it is kept. Raises ValueError for another name than its bytes give."""
    if tile_name(data) != name:
        raise ValueError(f"a tile is called {name!r} and is another")
    return zlib.compress(data, _FAST)


def unpacked(name: str, data: object) -> bytes:
    """The bytes of a kept tile. Raises Malformed where they are not those of its name."""
    if not isinstance(data, bytes):
        raise Malformed("a tile holds no bytes")
    unpacker = zlib.decompressobj()
    try:
        tile = unpacker.decompress(data, _LARGEST_TILE + 1)
    except zlib.error as fault:
        raise Malformed(f"a tile cannot be unpacked: {fault}") from None
    if tile_name(tile) != name:
        raise Malformed("a tile is not what its name says")
    return tile


def read_document(text: object, known: dict[Raster, Raster]) -> Document:
    """The state that a step holds; rasters that are `known` are taken from there, so that a hundred
    states share what is equal in them. Raises Malformed."""
    document = loads(Document, _text(text))
    check_document(document)
    for raster in (part.raster for part in (*document.layers, *document.masks)):
        if raster not in known:
            known[raster] = Raster(
                raster.kind,
                raster.width,
                raster.height,
                tuple(sys.intern(name) for name in raster.tiles),
            )
    return _sharing(document, known)


def _sharing(document: Document, known: dict[Raster, Raster]) -> Document:
    return replace(
        document,
        layers=tuple(replace(layer, raster=known[layer.raster]) for layer in document.layers),
        masks=tuple(replace(mask, raster=known[mask.raster]) for mask in document.masks),
    )


def read_record(text: object) -> DocumentRecord:
    """What stands around a document. Raises Malformed."""
    record = loads(DocumentRecord, _text(text))
    for one in (*record.candidates, *record.asked):
        check_sheet(one.sheet)
    return record


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_JSON:
        raise Malformed("a row holds no text, or too long a one")
    return value


def names_in(texts: Iterable[str]) -> set[str]:
    """All that may be a tile's name in states as they are kept."""
    return {name for text in texts for name in _NAME.findall(text)}
