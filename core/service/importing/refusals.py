"""Files that were looked at and are no pictures: known at once the next time, as long as size and
time stay. A cache, thrown away wherever it is not whole."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from core.store.sqlite.connection import READ_FAULTS
from core.system.errors import WorldError

FORMAT = 1
_KEEP = "INSERT OR REPLACE INTO refused (path, bytes, mtime, reason) VALUES (?, ?, ?, ?)"


class Refusals:
    """Reasons by path. Raises nothing: a disk that refuses costs only that files are looked at
    again."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._new: dict[str, tuple[int, float, str]] = {}
        self._kept: dict[str, tuple[int, float, str]] | None = None

    def reason(self, path: str, size: int, mtime: float) -> str:
        """Why a file was refused that was as it is now; "" where it was not."""
        kept = self._all().get(path)
        return kept[2] if kept is not None and kept[:2] == (size, mtime) else ""

    def note(self, path: str, size: int, mtime: float, fault: WorldError) -> None:
        """A file is refused as it is now; but where the disk or its rights refused it, or memory
        did not suffice, it is looked at again."""
        cause = fault.__cause__
        of_a_disk = isinstance(cause, OSError) and cause.errno is not None
        if not (of_a_disk or isinstance(cause, MemoryError)):
            self._all()[path] = self._new[path] = (size, mtime, str(fault))

    def save(self) -> None:
        """Write what is new."""
        new = self._new
        self._new = {}
        if not new:
            return
        try:
            with contextlib.closing(self._open()) as db, db:
                db.executemany(_KEEP, [(path, *rest) for path, rest in new.items()])
        except (*READ_FAULTS, OSError) as fault:
            self._throw_away(fault)

    def _all(self) -> dict[str, tuple[int, float, str]]:
        if self._kept is None:
            self._kept = {}
            if os.path.lexists(self._file):
                try:
                    with contextlib.closing(self._open()) as db:
                        for path, size, mtime, reason in db.execute(
                            "SELECT path, bytes, mtime, reason FROM refused"
                        ):
                            if isinstance(path, str) and isinstance(reason, str):
                                self._kept[path] = (size, mtime, reason)
                except (*READ_FAULTS, OSError) as fault:
                    self._kept = {}
                    self._throw_away(fault)
        return self._kept

    def _open(self) -> sqlite3.Connection:
        if os.path.lexists(self._file) and not self._file.is_file():
            raise OSError("it is no regular file")
        db = sqlite3.connect(self._file, timeout=5)
        db.execute("PRAGMA synchronous = OFF")  # a cache may be lost with the power
        if db.execute("PRAGMA user_version").fetchone()[0] != FORMAT:
            db.execute("DROP TABLE IF EXISTS refused")
            db.execute(
                "CREATE TABLE refused (path TEXT PRIMARY KEY, bytes INTEGER, mtime REAL, "
                "reason TEXT)"
            )
            db.execute(f"PRAGMA user_version = {FORMAT}")
        return db

    def _throw_away(self, fault: Exception) -> None:
        if isinstance(fault, sqlite3.OperationalError):
            return  # another process has it, or the disk is full
        for suffix in ("", "-journal"):
            with contextlib.suppress(OSError):
                Path(f"{self._file}{suffix}").unlink(missing_ok=True)
