"""Small copies of the pictures, kept in a database of their own: a cache, thrown away and made anew
wherever it is not whole."""

from __future__ import annotations

import contextlib
import logging
import shutil
import sqlite3
import stat
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from core.store.sqlite.connection import READ_FAULTS
from core.system.errors import WorldError
from core.system.recent import Recent
from core.system.regular_files import display_name
from core.values.picture import Picture

if TYPE_CHECKING:
    from PIL import Image

IN_MEMORY = 200  # thumbnails, of at most some 30 kB each, where no file can be had
LARGEST = 4 * 2**20  # bytes of a thumbnail that is believed
_HELD = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_JPEG_START = b"\xff\xd8"  # the marker "start of image"
_log = logging.getLogger(__name__)


class Thumbnails:
    """JPEGs by number and mark of a picture.

    Whatever is wrong with the file costs the thumbnails kept so far, once;
    then they are kept in memory.
    """

    def __init__(self, database_path: Path) -> None:
        self._path = database_path
        self._lock = threading.Lock()
        self._memory: Recent[str, bytes] = Recent(IN_MEMORY)
        self._connection: sqlite3.Connection | None = None
        self._renewed = False
        with self._lock:
            self._open()

    def get(self, picture: Picture) -> bytes:
        """The thumbnail's JPEG bytes, made from the file where it is not kept yet; b"" where the
        file is gone or damaged."""
        from core.metadata.reading import open_image

        if kept := self._kept(picture):
            return kept
        path = Path(picture.path)
        try:
            with open_image(path) as image:
                data = thumbnail_of(image, display_name(path))
        except WorldError:
            return b""
        self._keep(picture.id, _mark(picture), data)
        return data

    def put(self, picture_id: int, sha256: str, created: float, jpeg: bytes) -> None:
        """Keep a thumbnail that was made while the picture was in memory; what is told beside it
        are the columns of its row."""
        self._keep(picture_id, f"{sha256} {created}", jpeg)

    def close(self) -> None:
        """Close the cache's file."""
        with self._lock, contextlib.suppress(sqlite3.Error):
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _kept(self, picture: Picture) -> bytes:
        with self._lock:
            try:
                if self._connection is None:
                    return self._memory.get(_mark(picture)) or b""
                row = self._connection.execute(
                    "SELECT jpeg, mark FROM small WHERE id = ?", (picture.id,)
                ).fetchone()
            except READ_FAULTS as fault:
                self._renew(fault)
                return b""
        jpeg: object = row[0] if row is not None and _is_of(row[1], picture) else b""
        if not isinstance(jpeg, bytes) or len(jpeg) > LARGEST or not jpeg.startswith(_JPEG_START):
            return b""
        return jpeg

    def _keep(self, picture_id: int, mark: str, data: bytes) -> None:
        with self._lock:
            try:
                if self._connection is not None:
                    self._connection.execute(
                        "INSERT OR REPLACE INTO small VALUES (?, ?, ?)",
                        (picture_id, mark, data),
                    )
                    return
            except READ_FAULTS as fault:
                self._renew(fault)
            self._memory.keep(mark, data)

    def _open(self) -> None:
        try:
            self._connection = _connect(self._path)
        except (sqlite3.Error, OSError, ValueError) as fault:
            self._renew(fault)

    def _renew(self, fault: Exception) -> None:
        """Delete the file and begin a new one; the second time, go on in memory. One that another
        process writes just now is whole: only this once nothing is kept."""
        if getattr(fault, "sqlite_errorcode", 0) & 0xFF in _HELD:
            return
        outcome = "kept in memory" if self._renewed else "made anew"
        _log.warning("the thumbnails are %s: %s", outcome, fault)
        with contextlib.suppress(sqlite3.Error):
            if self._connection is not None:
                self._connection.close()
        self._connection = None
        if self._renewed:
            return
        self._renewed = True
        for suffix in ("-wal", "-shm", "-journal", ""):
            with contextlib.suppress(OSError, ValueError):
                _remove(self._path.with_name(self._path.name + suffix))
        self._open()


def _mark(picture: Picture) -> str:
    """Tells pictures apart that had the same number, in a gallery that was begun anew."""
    return f"{picture.sha256} {picture.created}"


def _is_of(mark: object, picture: Picture) -> bool:
    """Whether what is kept is of this picture; of an imported one the hash may have been found out
    since its record was read."""
    if not isinstance(mark, str):
        return False
    return mark == _mark(picture) or (not picture.sha256 and mark.endswith(_mark(picture)))


def _connect(path: Path) -> sqlite3.Connection:
    """Open, or begin, the cache's file. Raises sqlite3.Error or OSError where it is none."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        with contextlib.suppress(FileNotFoundError):
            mode = path.with_name(path.name + suffix).lstat().st_mode
            # SQLite would wait for the other end of a pipe, and follow a link
            if not stat.S_ISREG(mode):
                raise OSError(f"{path.name}{suffix} is no regular file")
    connection = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")  # a cache may be lost with the power
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'thumbnails'").fetchone():
            raise sqlite3.DatabaseError(
                "it is of an older program, which told pictures by numbers alone"
            )
        connection.execute(
            "CREATE TABLE IF NOT EXISTS small (id INTEGER PRIMARY KEY, mark TEXT NOT "
            "NULL, jpeg BLOB NOT NULL)"
        )
        connection.execute("SELECT id, mark, jpeg FROM small ORDER BY id DESC LIMIT 1").fetchone()
    except READ_FAULTS:
        connection.close()
        raise
    return connection


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def thumbnail_of(image: Image.Image, name: str = "The picture") -> bytes:
    """JPEG bytes of at most 256 pixels a side; small pictures keep their size.

    Raises WorldError, which calls the picture `name`, where the pixels are damaged.
    """
    from core.metadata.reading import decoding, opaque
    from core.metadata.thumbnail import small_jpeg

    with decoding(name):
        return small_jpeg(opaque(image))
