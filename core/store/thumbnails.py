"""Small copies of the pictures, kept in a database of their own: a cache, thrown away and made anew wherever it is not whole."""

from __future__ import annotations

import contextlib
import io
import logging
import shutil
import sqlite3
import stat
import threading
from collections import OrderedDict
from pathlib import Path

from PIL import Image

from core.errors import WorldError
from core.metadata.reading import decoding, open_image, shown
from core.picture import Picture

THUMBNAIL = 256
IN_MEMORY = 200  # thumbnails, of at most some 30 kB each, where no file can be had
LARGEST = 4 * 2**20  # bytes of a thumbnail that is believed
_log = logging.getLogger(__name__)


class Thumbnails:
    """JPEGs by picture. Whatever is wrong with the file costs the thumbnails kept so far, once; then they are kept in memory."""

    def __init__(self, database_path: Path) -> None:
        self._path, self._lock = database_path, threading.Lock()
        self._memory: OrderedDict[int, bytes] = OrderedDict()
        self._connection: sqlite3.Connection | None = None
        self._renewed = False
        with self._lock:
            self._open()

    def get(self, picture: Picture) -> bytes:
        """The thumbnail's JPEG bytes, made from the file where it is not kept yet; b"" where the file is gone or damaged."""
        if kept := self._kept(picture.id):
            return kept
        path = Path(picture.path)
        try:
            with open_image(path) as image:
                data = thumbnail_of(image, shown(path))
        except WorldError:
            return b""
        self._keep(picture.id, data)
        return data

    def close(self) -> None:
        """Close the cache's file."""
        with self._lock, contextlib.suppress(sqlite3.Error):
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _kept(self, picture_id: int) -> bytes:
        with self._lock:
            try:
                if self._connection is None:
                    return self._memory.get(picture_id, b"")
                row = self._connection.execute("SELECT jpeg FROM thumbnails WHERE id = ?", (picture_id,)).fetchone()
            except sqlite3.Error as fault:
                self._renew(fault)
                return b""
        jpeg: object = row[0] if row is not None else b""
        return jpeg if isinstance(jpeg, bytes) and jpeg.startswith(b"\xff\xd8") and len(jpeg) <= LARGEST else b""

    def _keep(self, picture_id: int, data: bytes) -> None:
        with self._lock:
            try:
                if self._connection is not None:
                    self._connection.execute("INSERT OR REPLACE INTO thumbnails VALUES (?, ?)", (picture_id, data))
                    return
            except sqlite3.Error as fault:
                self._renew(fault)
            self._memory[picture_id] = data
            while len(self._memory) > IN_MEMORY:
                self._memory.popitem(last=False)

    def _open(self) -> None:
        try:
            self._connection = _connect(self._path)
        except (sqlite3.Error, OSError, ValueError) as fault:
            self._renew(fault)

    def _renew(self, fault: Exception) -> None:
        """Delete the file and begin a new one; the second time, go on in memory."""
        _log.warning("the thumbnails are %s: %s", "kept in memory" if self._renewed else "made anew", fault)
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


def _connect(path: Path) -> sqlite3.Connection:
    """Open, or begin, the cache's file; sqlite3.Error or OSError where it is none."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        with contextlib.suppress(FileNotFoundError):
            mode = path.with_name(path.name + suffix).lstat().st_mode
            if not stat.S_ISREG(mode):  # SQLite would wait for the other end of a pipe, and follow a link
                raise OSError(f"{path.name}{suffix} is no regular file")
    connection = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("CREATE TABLE IF NOT EXISTS thumbnails (id INTEGER PRIMARY KEY, jpeg BLOB NOT NULL)")
        connection.execute("SELECT id, jpeg FROM thumbnails ORDER BY id DESC LIMIT 1").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def thumbnail_of(image: Image.Image, name: str = "The picture") -> bytes:
    """JPEG of at most 256 pixels a side; small pictures keep their size. WorldError where the pixels are damaged."""
    with decoding(name):
        small = image.convert("RGB")
        small.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX, reducing_gap=2.0)
        out = io.BytesIO()
        small.save(out, "JPEG", quality=92, subsampling=0)
    return out.getvalue()
