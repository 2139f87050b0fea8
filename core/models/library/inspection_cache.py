"""What inspections found, kept on disk: a library of thousands of models is known at once, and only
what changed is read again.

A cache and nothing more: where the file is damaged or missing it is made anew.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import stat
import threading
from itertools import islice
from pathlib import Path

import msgspec

from core.models.files.inspection_record import MAX_FILES, Inspection
from core.system.regular_files import walk_files
from core.values.model import ModelKind

FORMAT = 3
# of these an older version did not look for a scale; they are looked at again
_UNSCALED = frozenset({ModelKind.UPSCALER, ModelKind.UNKNOWN})
_DECODER = msgspec.json.Decoder(Inspection)
_KEEP = "INSERT OR REPLACE INTO models (path, size, time, found) VALUES (?, ?, ?, ?)"
# the disk or another process said no; the file itself may be whole
_REFUSED = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_FULL,
    }
)


class InspectionCache:
    """Inspections by path, valid as long as size and time of the file (or of a folder's weights)
    stay. `file` None: in memory only."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[int, int, Inspection]] | None = None
        self._new: dict[str, tuple[int, int, Inspection]] = {}

    def inspection_of(self, path: Path) -> Inspection:
        """The inspection of a file or folder. Raises nothing where it cannot be read: `inspect`
        says what is wrong."""
        size, time = stamp(path)
        with self._lock:
            known = self._all().get(str(path))
        if known is not None and known[:2] == (size, time):
            return known[2]
        from core.models.files.inspection import inspect  # with its tables: only where it is new

        inspection = inspect(path)
        with self._lock:
            self._all()[str(path)] = self._new[str(path)] = (size, time, inspection)
        return inspection

    def named(self, name: str) -> tuple[Path, ...]:
        """The models of this file or folder name that were seen before and are still there."""
        with self._lock:
            known = [Path(path) for path in self._all()]
        cached = f"models--{name.replace('/', '--')}"  # how Hugging Face's cache calls it
        return tuple(
            path
            for path in known
            if (path.name == name or cached in path.parts) and os.path.exists(path)
        )

    def save(self) -> None:
        """Write what is new; a disk that refuses costs only time at the next start."""
        with self._lock:
            new = self._new
            self._new = {}
            if self._file is None or not new:
                return
            rows = [row for path, known in new.items() if (row := _row(path, *known))]
            try:
                with contextlib.closing(self._open()) as db, db:
                    db.executemany(_KEEP, rows)
            except (sqlite3.Error, OSError, UnicodeDecodeError) as fault:
                self._throw_away(fault)

    def _open(self) -> sqlite3.Connection:
        assert self._file is not None
        if os.path.lexists(self._file) and not self._file.is_file():
            raise OSError(errno.EINVAL, "it is no regular file")
        db = sqlite3.connect(self._file, timeout=5)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = OFF")
        if db.execute("PRAGMA user_version").fetchone()[0] != FORMAT:
            db.execute("DROP TABLE IF EXISTS models")
            db.execute(
                "CREATE TABLE models (path TEXT PRIMARY KEY, size INTEGER, time "
                "INTEGER, found BLOB)"
            )
            db.execute(f"PRAGMA user_version = {FORMAT}")
        return db

    def _all(self) -> dict[str, tuple[int, int, Inspection]]:
        if self._kept is None:
            self._kept = {}
            if self._file is not None and os.path.lexists(self._file):
                try:
                    with contextlib.closing(self._open()) as db:
                        for path, size, time, encoded in db.execute(
                            "SELECT path, size, time, found FROM models"
                        ):
                            if not isinstance(path, str) or not isinstance(encoded, bytes):
                                continue
                            # an older version told problems by sentences only: such a model is
                            # looked at again, all others are known at once
                            with contextlib.suppress(msgspec.ValidationError):
                                found = _DECODER.decode(encoded)
                                if found.kind not in _UNSCALED or b'"scale"' in encoded:
                                    self._kept[path] = (size, time, found)
                except (
                    sqlite3.Error,
                    OSError,
                    msgspec.MsgspecError,
                    ValueError,
                    RecursionError,
                ) as fault:
                    self._kept = {}
                    self._throw_away(fault)
        return self._kept

    def _throw_away(self, fault: Exception) -> None:
        """What is not whole goes; not what another process has locked, or what lies on a
        disk that refuses writes."""
        if (
            isinstance(fault, sqlite3.Error)
            and (getattr(fault, "sqlite_errorcode", 0) & 0xFF) in _REFUSED
        ):
            return
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                Path(f"{self._file}{suffix}").unlink(missing_ok=True)


def _row(
    path: str, size: int, time: int, inspection: Inspection
) -> tuple[str, int, int, bytes] | None:
    """None where a name is no UTF-8, which no database takes."""
    try:
        path.encode()
        return path, size, time, msgspec.json.encode(inspection)
    except UnicodeEncodeError:
        return None


def stamp(path: Path) -> tuple[int, int]:
    """Bytes and latest change of a file with its .yaml, or of a folder's weights and
    configurations; (0, 0) where it is gone."""
    try:
        own = path.stat()
        if stat.S_ISDIR(own.st_mode):
            files = islice(walk_files(path), MAX_FILES)
            stats = [
                file.stat()
                for file in files
                if file.suffix == ".safetensors" or file.name == "config.json"
            ]
        else:
            beside = path.with_suffix(".yaml")
            stats = [own, *([beside.stat()] if os.path.isfile(beside) else [])]
    except (OSError, ValueError):
        return 0, 0
    return sum(s.st_size for s in stats), max((s.st_mtime_ns for s in stats), default=0)
