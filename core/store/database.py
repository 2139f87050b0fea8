"""The database file: opened, migrated, copied daily, moved aside when damaged. SQL of the tables lives with their stores."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Generator
from datetime import date
from pathlib import Path
from typing import Any

import psutil

from core.durable import replace_file
from core.errors import WorldError
from core.store.connection import Connection, Damaged, world_error
from core.store.migrations import MIGRATIONS
from core.store.salvage import TABLES, salvage, with_header

_log = logging.getLogger(__name__)
KEPT_COPIES, KEPT_BAD = 7, 3


class NewerData(WorldError):
    """A newer program wrote the data. `copy` is the copy of the database taken before that update, where there is one."""

    def __init__(self, copy: Path | None) -> None:
        hint = "Start that version, or choose another folder with --data DIR."
        if copy is not None:
            hint = "Start that version, or go back to the copy taken before the update: calotype gallery go-back."
        super().__init__("This data was written by a newer Calotype.", hint)
        self.copy = copy


class Database:
    """One SQLite file in WAL mode; every thread that asks gets a connection of its own.

    `touched`: the file is not as the last clean end left it (a crash, or somebody else), so its rows should be looked at;
    not so while a window works on it.
    `pictures` and `trash` are where the files of its rows lie.
    """

    def __init__(self, path: Path, backups: Path, pictures: Path, trash: Path) -> None:
        self.path, self.backups, self._pictures, self._trash = path, backups, pictures, trash
        self.notice = ""
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self.touched = path.exists() and path.stat().st_size > 0 and not self._is_as_left() and self._window() is None
        self._open_or_replace()

    @property
    def _seal(self) -> Path:
        return self.path.with_name(self.path.name + ".seal")

    @property
    def _suspect(self) -> Path:
        return self.path.with_name(self.path.name + ".suspect")

    def _is_as_left(self) -> bool:
        """A clean end leaves no journal, and a note of the file's size and time."""
        if Path(f"{self.path}-wal").exists():
            return False
        try:
            return self._seal.read_text() == _state_of(self.path)
        except (OSError, ValueError):
            return False

    def _open_or_replace(self) -> None:
        empty = not self.path.exists() or self.path.stat().st_size == 0
        damaged = self._suspect.exists() or (empty and self._seal.exists())
        try:
            if not damaged and self.touched:
                damaged = self.connection().execute("PRAGMA quick_check(1)").fetchone()[0] != "ok"
            if not damaged:
                self._migrate()
        except Damaged:
            damaged = True
        if damaged:
            self.repair()

    def repair(self) -> None:
        """Move the file aside, begin a new one, and take over what reads well: from the file, else from the latest copy."""
        if (window := self._window()) is not None:
            raise WorldError(f"The database is damaged, and a window (process {window}) uses it.", "Close it, then start again.")
        self.close()
        aside = self.path.with_name(f"{self.path.name}.bad-{time.time_ns()}")
        for suffix in ("", "-wal", "-shm"):
            source = Path(f"{self.path}{suffix}")
            if source.exists():
                os.replace(source, f"{aside}{suffix}")
        for mark in (self._suspect, self._seal):
            mark.unlink(missing_ok=True)
        self._migrate()
        taken = salvage(aside, self.connection())
        if aside.exists() and not any(taken.values()):
            taken = self._salvage_without_header(aside)
        copies = sorted(self.backups.glob("*.db"), key=lambda one: one.stat().st_mtime, reverse=True)
        more = salvage(copies[0], self.connection(), still_there=self._still_there) if copies else {}
        _log.warning("the database was damaged; taken over: %s, and from the latest copy: %s", taken, more)
        for old in sorted(self.path.parent.glob(f"{self.path.name}.bad-*[0-9]"))[:-KEPT_BAD]:
            for suffix in ("", "-wal", "-shm"):
                Path(f"{old}{suffix}").unlink(missing_ok=True)
        self.touched = True
        self.notice = f"The database was damaged; it is kept as {aside.name} and was rebuilt from what it held and from the pictures."

    def _window(self) -> int | None:
        """The process that has a window on this data, where it is another one than this: its file must not be moved away."""
        try:
            owner = int((self.path.parent / "window.lock").read_text("utf-8", "replace").split("\n")[0])
        except (OSError, ValueError):
            return None
        return owner if owner != os.getpid() and psutil.pid_exists(owner) else None

    def _still_there(self, row: dict[str, Any]) -> bool:
        """Whether the file of a picture's row exists."""
        kept = self._trash / row["trash_path"] if row["trashed"] and row["trash_path"] else self._pictures / row["path"]
        return kept.exists()

    def _salvage_without_header(self, aside: Path) -> dict[str, int]:
        """Where not even the tables can be opened: once more behind the header of the new file."""
        with tempfile.TemporaryDirectory(dir=self.path.parent) as folder:
            mended = Path(folder) / "mended.db"
            self.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            try:
                mended.write_bytes(with_header(aside.read_bytes(), self.path.read_bytes()))
            except OSError as fault:
                _log.warning("the damaged database could not be copied: %s", fault)
                return {}
            return salvage(mended, self.connection())

    def read_all(self) -> None:
        """Read every row; Damaged where one cannot be read. Takes long: not for the window's thread."""
        for table in TABLES:
            for _ in self.connection().execute(f"SELECT * FROM {table}"):
                pass

    def connection(self) -> sqlite3.Connection:
        """This thread's connection; closed by `close`. Its faults are WorldErrors (see core.store.connection)."""
        found: Connection | None = getattr(self._local, "connection", None)
        if found is None:
            try:
                found = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False, factory=Connection)
            except sqlite3.OperationalError as fault:
                raise world_error(fault) from fault
            found.on_damage = self._note_damage
            self._local.connection = found
            with self._lock:
                self._all.append(found)
            found.row_factory = sqlite3.Row
            found.execute("PRAGMA journal_mode = WAL")
            found.execute("PRAGMA synchronous = FULL")
        return found

    def forgive(self) -> None:
        """The damage that was met has been repaired."""
        self._suspect.unlink(missing_ok=True)

    def _note_damage(self) -> None:
        with contextlib.suppress(OSError):
            self._suspect.touch()

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
                with contextlib.suppress(sqlite3.Error, WorldError):
                    connection.execute("ROLLBACK")
                raise
        except sqlite3.DatabaseError as fault:
            raise world_error(fault) from fault

    def _migrate(self) -> None:
        connection = self.connection()
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            self.close()
            raise NewerData(copy_for(self.backups, len(MIGRATIONS)))
        if 0 < version < len(MIGRATIONS):
            self.copy(f"before-version-{version + 1}")
        for number in range(version, len(MIGRATIONS)):
            script = f"BEGIN IMMEDIATE;{MIGRATIONS[number]}PRAGMA user_version = {number + 1};COMMIT;"
            try:
                connection.executescript(script)
            except (sqlite3.Error, WorldError):
                with contextlib.suppress(sqlite3.Error, WorldError):
                    connection.execute("ROLLBACK")
                raise

    def copy(self, name: str) -> Path:
        """A consistent copy under backups/; WorldError or OSError where that fails, and then there is none."""
        self.backups.mkdir(parents=True, exist_ok=True)
        target, partial = self.backups / f"{name}.db", self.backups / f"{name}.db.part"
        if not target.exists():
            partial.unlink(missing_ok=True)
            self.connection().execute("VACUUM INTO ?", (str(partial),))
            os.replace(partial, target)
        return target

    def daily_copy(self) -> None:
        """One copy a day, the last seven kept."""
        try:
            self.copy(f"daily-{date.today().isoformat()}")
            for old in sorted(self.backups.glob("daily-*.db"))[:-KEPT_COPIES]:
                old.unlink()
        except (OSError, WorldError) as fault:
            self.notice = self.notice or f"The daily copy of the database failed: {fault}."

    def close(self) -> None:
        """Close every thread's connection; the last one to close leaves its seal."""
        with self._lock:
            for connection in self._all:
                connection.close()
            was_open = bool(self._all)
            self._all.clear()
        self._local = threading.local()
        with contextlib.suppress(OSError):
            if was_open and self.path.exists() and not Path(f"{self.path}-wal").exists():
                replace_file(self._seal, _state_of(self.path).encode())


def _state_of(path: Path) -> str:
    state = path.stat()
    return f"{state.st_size} {state.st_mtime_ns}"


def copy_for(backups: Path, version: int) -> Path | None:
    """The latest copy that a program of this `version` of the tables can open."""
    for copy in sorted(backups.glob("*.db"), key=lambda one: one.stat().st_mtime, reverse=True):
        if 0 < _version_of(copy) <= version:
            return copy
    return None


def _version_of(path: Path) -> int:
    """The version of a database's tables; 0 where it cannot be read."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            return int(db.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.Error as fault:
        _log.warning("%s cannot be read: %s", path.name, fault)
        return 0


def go_back(path: Path, backups: Path) -> Path:
    """Put the copy taken before an update in the place of a newer program's database, which is kept beside it; where it is kept.

    Pictures made since come back from their files at the next start. WorldError where there is no copy or the disk refuses.
    """
    copy = copy_for(backups, len(MIGRATIONS))
    if _version_of(path) <= len(MIGRATIONS):
        raise WorldError("The database is not of a newer version: there is nothing to go back from.", "Start Calotype as usual.")
    if copy is None:
        raise WorldError("There is no copy of the database that this version can open.", "Start the newer version.")
    kept = path.with_name(f"{path.name}.newer-{time.time_ns()}")
    fresh = path.with_name(path.name + ".fresh")
    try:
        with open(copy, "rb") as source, open(fresh, "wb") as target:
            shutil.copyfileobj(source, target)
            target.flush()
            os.fsync(target.fileno())
        for suffix in ("-wal", "-shm", ""):
            if Path(f"{path}{suffix}").exists():
                os.replace(f"{path}{suffix}", f"{kept}{suffix}")
        os.replace(fresh, path)
    except OSError as fault:
        raise WorldError(f"The copy could not be put in place: {fault.strerror}.", "Free some space or check the rights.") from fault
    return kept
