"""What names kept pictures: every place that may hold an address, read before anything is swept.

What comes to hold addresses later (recordings) is one more function in READERS. Where
programs of before would not know its place, the tables get a new version with it, so that those
leave the folder alone.
"""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.store.documents.looking import record_texts
from core.store.gallery import Gallery
from core.store.sqlite.checksum import row_checksum
from core.store.sqlite.database import Database
from core.store.sweeps.sweep_store import SweepStore
from core.system.errors import WorldError
from core.system.paths import Places
from core.system.regular_files import blocks_of, read_limited
from core.system.settings import MAX_FILE

_LENGTH = 64
_JOURNALS = ("-wal", "-shm", "-journal")
# anything that may be an address, wherever it stands: also under keys that only later programs know
_ANY = re.compile(rf"(?<![0-9a-f])[0-9a-f]{{{_LENGTH}}}(?![0-9a-f])")
_ANY_BYTES = re.compile(_ANY.pattern.encode())
# for the GLOB of SQLite, which keeps no other thread waiting; it jumps from quote to quote
_HAS_ONE = f'*"{"[0-9a-f]" * _LENGTH}"*'
# where a request of this program names them
_NAMED = ("$.start.source", "$.start.mask", "$.upscale.source")


class UnreadableReference(WorldError):
    """A place that may name kept pictures cannot be read, so none of them may go."""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """What is read. `wanted` says False once nobody waits for the answer any more."""

    places: Places
    database: Database
    gallery: Gallery
    wanted: Callable[[], bool] = lambda: True


def addresses_in_use(folder: DataFolder) -> frozenset[str]:
    """All that may be an address in any place that names kept pictures.

    Raises UnreadableReference where one cannot be read or nobody waits any more, WorldError where
    the database cannot be read.
    """
    return frozenset(address for reader in READERS for address in reader(folder))


def rows_are_whole(database: Database) -> bool:
    """Whether no row of a job or picture is damaged, so that it may have named something else.

    Reads all of them, some seconds where they are a hundred thousand. Raises WorldError where the
    database cannot be read.
    """
    damaged = "typeof(request) != 'text' OR NOT json_valid(request)"
    asked = f"SELECT 1 FROM jobs WHERE {damaged} LIMIT 1"
    if database.connection().execute(asked).fetchone() is not None:
        return False
    rows = database.connection().execute("SELECT * FROM pictures")
    return all(row["sum"] in (None, row_checksum(row)) for row in rows)


def addresses_named(database: Database) -> frozenset[str]:
    """The addresses that jobs and pictures name where this program looks for them. Raises
    WorldError where the database cannot be read."""
    found: set[str] = set()
    named = ", ".join(f"json_extract(request, '{place}')" for place in _NAMED)
    # an imported picture may name what was kept in another data folder
    for table in ("jobs WHERE", "pictures WHERE origin = '' AND"):
        rows = database.connection().execute(
            f"SELECT DISTINCT {named} FROM {table} request GLOB ? AND json_valid(request)",
            (_HAS_ONE,),
        )
        found |= {text for row in rows for text in row if isinstance(text, str) and text}
    return frozenset(found)


def _in_jobs(folder: DataFolder) -> Iterator[str]:
    """Jobs of any state: also one that ended can be run again."""
    return _in_table(folder.database.connection(), "jobs")


def _in_pictures(folder: DataFolder) -> Iterator[str]:
    """Pictures, those in the trash too."""
    return _in_table(folder.database.connection(), "pictures")


def _in_table(db: sqlite3.Connection, table: str) -> Iterator[str]:
    """Of the column `request`, which is searched as text."""
    for row in db.execute(f"SELECT request FROM {table} WHERE request GLOB ?", (_HAS_ONE,)):
        yield from _ANY.findall(str(row[0]))


def _in_drafts(folder: DataFolder) -> Iterator[str]:
    """The window's session, and the generation of it before."""
    session = folder.places.session
    for path in (session, session.with_name(f"{session.name}.old")):
        if not path.is_file():
            continue
        try:
            text = read_limited(path, MAX_FILE).decode()
            json.loads(text)
        except (OSError, ValueError, RecursionError) as fault:
            raise UnreadableReference(f"{path.name} cannot be read: {fault}.") from fault
        yield from _ANY.findall(text)


def _in_files_without_row(folder: DataFolder) -> Iterator[str]:
    """Recipes of picture files that the gallery does not know (yet)."""
    if not folder.places.pictures.is_dir():
        raise UnreadableReference("The pictures folder is not there.")
    for path in folder.gallery.files_without_row():
        if not folder.wanted():
            raise UnreadableReference("Nobody waits for the answer.")
        if path.is_file():
            yield from _in_picture_file(path)


def _in_picture_file(path: Path) -> Iterator[str]:
    """Of the texts that the file carries; of a damaged one, of all its bytes."""
    from core.metadata.reading import open_image, texts_of_image

    try:
        with open_image(path) as image:
            texts = tuple(texts_of_image(image).values())
    except WorldError:
        yield from _in_bytes(path)
        return
    for text in texts:
        yield from _ANY.findall(text)


def _in_bytes(path: Path) -> Iterator[str]:
    before = b""
    try:
        for block in blocks_of(path):
            yield from (found.decode() for found in _ANY_BYTES.findall(before + block))
            before = block[-_LENGTH:]
    except OSError as fault:
        raise UnreadableReference(f"{path.name} cannot be read: {fault}.") from fault


def _in_databases_aside(folder: DataFolder) -> Iterator[str]:
    """Jobs of the databases that a person can go back to, or came back from: see
    core.store.sqlite.update_copies. Their pictures are found by their files."""
    database = folder.database.path
    newer = database.parent.glob(f"{database.name}.newer-*")
    for path in (*folder.places.backups.glob("before-*.db"), *newer):
        if path.is_file() and not path.name.endswith(_JOURNALS):
            yield from _in_database(path)


def _in_database(path: Path) -> tuple[str, ...]:
    """Nothing where the file is none that can be gone back to."""
    has_journal = Path(f"{path}-wal").exists()
    alone = "" if has_journal else "&immutable=1"  # then nothing is written beside it
    try:
        address = f"{path.resolve().as_uri()}?mode=ro{alone}"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as db:
            return tuple(_in_table(db, "jobs"))
    except sqlite3.OperationalError as fault:
        raise UnreadableReference(f"{path.name} cannot be read: {fault}.") from fault
    except sqlite3.DatabaseError:
        return ()


def _in_documents(folder: DataFolder) -> Iterator[str]:
    """What the documents of the Edit room hold beside their states, those closed too."""
    try:
        for text in record_texts(folder.places.documents):
            yield from _ANY.findall(text)
    except WorldError as fault:
        raise UnreadableReference(f"A document cannot be read: {fault}") from fault


def _in_sweeps(folder: DataFolder) -> Iterator[str]:
    """What sweeps start from, whose further cells may still be asked for."""
    try:
        for text in SweepStore(folder.places.sweeps).texts():
            yield from _ANY.findall(text)
    except OSError as fault:
        raise UnreadableReference(f"A sweep cannot be read: {fault}.") from fault


Reader = Callable[[DataFolder], Iterable[str]]
READERS: tuple[Reader, ...] = (
    _in_jobs,  # before the pictures: a job that ends meanwhile is a picture by then
    _in_pictures,
    _in_files_without_row,
    _in_databases_aside,
    _in_drafts,
    _in_documents,
    _in_sweeps,
)
