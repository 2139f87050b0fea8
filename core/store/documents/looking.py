"""Documents looked at from outside: what they name, which of them are damaged. Nothing is changed,
also while a window works on them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

from core.store.documents.schema import (
    VERSION,
    has_tables,
    is_odd,
    look_into,
    read_document,
    read_record,
    unpacked,
)
from core.store.sqlite.connection import DatabaseDamaged
from core.system.json import Malformed
from core.system.regular_files import items_in
from core.values.editing.raster import Raster

_FILE = re.compile(r"([0-9a-f]{32})\.sqlite")


def document_files(folder: Path) -> Iterator[Path]:
    """The files of all documents in a folder, in no order; others in it are nobody's."""
    return (path for path in items_in(folder) if _FILE.fullmatch(path.name))


def record_texts(folder: Path) -> Iterator[str]:
    """What stands around each document, open or closed, as the JSON that is kept; also of those
    that a newer program wrote. Raises WorldError where one cannot be read."""
    for path in document_files(folder):
        if is_odd(path):
            raise DatabaseDamaged(f"{path.name} is no file.", "")
        with contextlib.closing(look_into(path)) as db:
            for row in db.execute("SELECT record FROM document"):
                yield str(row[0])


def damaged_documents(folder: Path) -> tuple[Path, ...]:
    """The files of which not everything can be read, to the last tile. Long: as long as reading
    them. Raises WorldError where the disk refuses."""
    return tuple(path for path in document_files(folder) if not _is_whole(path))


def _is_whole(path: Path) -> bool:
    if is_odd(path):
        return False
    try:
        with contextlib.closing(look_into(path)) as db:
            if db.execute("PRAGMA user_version").fetchone()[0] > VERSION:
                return True  # not for this program to judge
            if not has_tables(db) or db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                return False
            (record,) = db.execute("SELECT record FROM document").fetchone()
            read_record(record)
            names = {
                name for name, data in db.execute("SELECT * FROM tiles") if unpacked(name, data)
            }
            known: dict[Raster, Raster] = {}
            texts = [row[0] for row in db.execute("SELECT document FROM steps")]
            return all(read_document(text, known).tile_names() <= names for text in texts)
    except (DatabaseDamaged, Malformed, TypeError, ValueError):
        return False
