"""The database file: opened, migrated, copied daily, moved aside when damaged. SQL of the tables lives with their stores."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Generator
from datetime import date
from pathlib import Path

from core.errors import WorldError
from core.store.migrations import MIGRATIONS

KEPT_COPIES = 7


class Database:
    """One SQLite file in WAL mode; every thread that asks gets a connection of its own."""

    def __init__(self, path: Path, backups: Path) -> None:
        self.path, self.backups = path, backups
        self.notice = ""
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._open_or_replace()

    def _open_or_replace(self) -> None:
        try:
            damaged = self._is_damaged()
            if not damaged:
                self._migrate()
        except sqlite3.DatabaseError as fault:
            if isinstance(fault, sqlite3.OperationalError) and "malformed" not in str(fault):
                raise _world_error(self.path, fault) from fault
            damaged = True
        if damaged:
            self.close()
            aside = self.path.with_name(f"{self.path.name}.bad-{time.time_ns()}")
            for suffix in ("", "-wal", "-shm"):
                source = Path(f"{self.path}{suffix}")
                if source.exists():
                    os.replace(source, f"{aside}{suffix}")
            self.notice = f"The database was damaged; it is kept as {aside.name} and rebuilt from the pictures."
            self._migrate()

    def _is_damaged(self) -> bool:
        """Looks only after an end that left a journal behind: a clean exit removes it, and the check reads the whole file."""
        journal = Path(f"{self.path}-wal")
        if not self.path.exists() or self.path.stat().st_size == 0 or not journal.exists():
            return False
        return self.connection().execute("PRAGMA quick_check(1)").fetchone()[0] != "ok"

    def connection(self) -> sqlite3.Connection:
        """This thread's connection; closed by `close`."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            try:
                found = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
                self._local.connection = found
                with self._lock:
                    self._all.append(found)
                found.row_factory = sqlite3.Row
                found.execute("PRAGMA journal_mode = WAL")
                found.execute("PRAGMA synchronous = FULL")
            except sqlite3.OperationalError as fault:
                raise _world_error(self.path, fault) from fault
        return found

    @contextlib.contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """A write transaction: committed as a whole, or rolled back; faults of the disk become WorldError."""
        connection = self.connection()
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise
        except (sqlite3.OperationalError, sqlite3.DatabaseError) as fault:
            raise _world_error(self.path, fault) from fault

    def _migrate(self) -> None:
        connection = self.connection()
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            self.close()
            raise WorldError("This data was written by a newer Calotype.", "Start that version, or choose another folder with --data DIR.")
        if 0 < version < len(MIGRATIONS):
            self.copy(f"before-version-{version + 1}")
        for number in range(version, len(MIGRATIONS)):
            script = f"BEGIN IMMEDIATE;{MIGRATIONS[number]}PRAGMA user_version = {number + 1};COMMIT;"
            try:
                connection.executescript(script)
            except sqlite3.Error:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise

    def copy(self, name: str) -> Path:
        """A consistent copy under backups/."""
        self.backups.mkdir(parents=True, exist_ok=True)
        target = self.backups / f"{name}.db"
        if not target.exists():
            self.connection().execute("VACUUM INTO ?", (str(target),))
        return target

    def daily_copy(self) -> None:
        """One copy a day, the last seven kept."""
        try:
            self.copy(f"daily-{date.today().isoformat()}")
            for old in sorted(self.backups.glob("daily-*.db"))[:-KEPT_COPIES]:
                old.unlink()
        except (OSError, sqlite3.Error) as fault:
            self.notice = self.notice or f"The daily copy of the database failed: {fault}."

    def close(self) -> None:
        """Close every thread's connection."""
        with self._lock:
            for connection in self._all:
                connection.close()
            self._all.clear()
        self._local = threading.local()


def _world_error(path: Path, fault: sqlite3.Error) -> WorldError:
    text = str(fault)
    if "full" in text:
        return WorldError("The disk is full, so the database cannot be written.", "Free some space; nothing saved so far is lost.")
    if "readonly" in text or "unable to open" in text:
        return WorldError(f"The database {path} cannot be written.", "Make its folder writable, or choose another with --data DIR.")
    return WorldError(f"The database {path.name} answered: {text}.", "Restart Calotype; it repairs the database from your pictures.")
