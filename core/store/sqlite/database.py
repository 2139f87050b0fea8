"""The database file: opened, migrated, copied daily, replaced when damaged."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

from core.store.sqlite import copies, look_only, repair, update_copies
from core.store.sqlite.connection import (
    Connection,
    DatabaseDamaged,
    committed_or_rolled_back,
    read_through,
    world_error,
)
from core.store.sqlite.migrations import MIGRATIONS, migrate, version_of
from core.store.sqlite.recovery import TABLES
from core.system.atomic_files import replace_file
from core.system.errors import WorldError
from core.system.paths import other_window_pid
from core.system.regular_files import read_limited
from core.values.gallery.origin import is_in_place

_log = logging.getLogger(__name__)
RESERVE = 2**18  # bytes of the file that is given up on a full disk
RESERVE_FREE = 2**26  # bytes free below which no such file is made


class NewerData(WorldError):
    """A newer program wrote the data; `copy`: the database before that, where there is one."""

    def __init__(self, copy: Path | None) -> None:
        hint = "Start that version, or choose another folder with --data DIR."
        if copy is not None:
            hint = (
                "Start that version, or go back to the copy taken before the update: "
                "calotype gallery go-back."
            )
        super().__init__("This data was written by a newer Calotype.", hint)
        self.copy = copy


class Database:
    """One SQLite file in WAL mode; every thread that asks gets a connection of its own.

    `touched`: the file is not as the last clean end left it (a crash, or somebody else), so its
    rows should be looked at; not so while a window works on it. `refusal`: the disk takes no writes
    (full, read-only), so this is a copy in memory, or the file is damaged for good: it is only to
    be looked at, and whoever wants to write hears that. `pictures` and `trash` are where the files
    of its rows lie. With `checked_later` a file that was touched is not read through for damage
    here, which takes longer the larger it is: whoever opens it calls `check` before it is used.

    Opening raises NewerData, or DatabaseInUse where another process has a damaged file open.
    """

    def __init__(
        self,
        path: Path,
        backups: Path,
        pictures: Path,
        trash: Path,
        *,
        checked_later: bool = False,
    ) -> None:
        self.path = path
        self.backups = backups
        self._pictures = pictures
        self._trash = trash
        self.notice = ""  # what a person should hear of the last opening or copy
        self.refusal: WorldError | None = None
        self._memory: sqlite3.Connection | None = None
        self._uri = ""  # of the copy in memory
        self.opened = 0  # how often: connections of before are closed
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._users = repair.DatabaseUsers(self._beside(".users"))
        self._checked_later = checked_later
        self.touched = (
            path.is_file()
            and path.stat().st_size > 0
            and not self._is_as_left()
            and self._window() is None
        )
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _beside(self, suffix: str) -> Path:
        return self.path.with_name(self.path.name + suffix)

    @property
    def _seal(self) -> Path:
        return self._beside(".seal")

    @property
    def _suspect(self) -> Path:
        return self._beside(".suspect")

    def _is_as_left(self) -> bool:
        """A clean end leaves no journal, and a note of the file's size and time."""
        if Path(f"{self.path}-wal").exists():
            return False
        try:
            return read_limited(self._seal, 200) == _state_of(self.path).encode()
        except (OSError, ValueError):
            return False

    def _open(self) -> None:
        """Open or make the file.

        Where the disk refuses, once more with the reserve given up, else as a copy in memory.
        """
        try:
            self._open_or_replace()
            return
        except (NewerData, repair.DatabaseInUse):
            raise
        except (WorldError, OSError, sqlite3.Error) as fault:
            self._disconnect(sound=False)
            first = fault
        try:
            if self._give_up_reserve():
                self._open_or_replace()
                return
        except (WorldError, OSError, sqlite3.Error) as fault:
            self._disconnect(sound=False)
            _log.info("the reserve did not help: %s", fault)
        self._open_in_memory(first)

    def _open_or_replace(self) -> None:
        self._users.share()
        new = not self.path.is_file() or self.path.stat().st_size == 0
        if (
            new
            or repair.swap_pending(self.path)
            or repair.odd_files(self.path)
            or self._looks_damaged(at_once=not self._checked_later)
        ):
            self._replace()
        try:
            self._migrate()
        except DatabaseDamaged:
            self.repair()

    def _looks_damaged(self, *, at_once: bool = True) -> bool:
        empty = not self.path.is_file() or self.path.stat().st_size == 0
        if self._suspect.exists() or empty:
            return not empty or self._seal.exists()
        try:
            if at_once:
                self.check()
        except DatabaseDamaged:
            return True
        return False

    def check(self) -> None:
        """Read a file that was touched through for damage. Raises DatabaseDamaged where there is.
        Long: not for the GUI thread."""
        if self.touched:
            read_through(self.connection())

    def _replace(self) -> None:
        """With nobody else looking: finish a killed repair, make what is missing or damaged."""
        self._disconnect(sound=False)
        with self._users.alone(repair.ALONE_SECONDS):
            repair.finish_swap(self.path)
            repair.move_odd_aside(self.path)
            # still: another process may have repaired it while this one waited
            if self._looks_damaged():
                self._disconnect(sound=False)
                aside = repair.rebuild(self.path, self.backups, self._still_there)
                self.touched = True
                self.notice = (
                    f"The database was damaged; it is kept as {aside.name} and was rebuilt from "
                    "what it held and from the pictures."
                )
            self._migrate()

    def repair(self) -> None:
        """Move the file aside for a new one with what reads well: of the file, else of a copy.

        Raises DatabaseInUse where another process's window has it open,
        WorldError where the disk refuses.
        """
        if (window := self._window()) is not None:
            raise repair.DatabaseInUse(
                f"The database is damaged, and a window (process {window}) uses it.",
                "Close it, then start again.",
            )
        self.note_damage()
        try:
            self._replace()
        except (OSError, sqlite3.Error) as fault:
            raise WorldError(
                f"The database is damaged and cannot be repaired: {fault}.",
                "Free some space, then start again.",
            ) from fault

    def _open_in_memory(self, fault: Exception) -> None:
        """A copy to be looked at; the first fault is what whoever wants to write hears."""
        error = fault
        if not isinstance(error, WorldError):
            error = WorldError(f"The database cannot be written: {fault}.", "")
        self.refusal = WorldError(
            error.message,
            error.hint or "Free some space or make the folder writable, then start Calotype again.",
        )
        self.notice = (
            f"{error.message} Pictures can be looked at, but nothing new is kept until that is "
            "mended and Calotype started again."
        )
        self._uri = f"file:calotype-{id(self)}-{time.time_ns()}?mode=memory&cache=shared"
        self._memory = look_only.in_memory(self._uri, self.path, self.backups, self._still_there)

    def _give_up_reserve(self) -> bool:
        """Whether there was one: space with which a full disk lets pictures be thrown away."""
        try:
            self._beside(".reserve").unlink()
        except OSError:
            return False
        return True

    def keep_reserve(self) -> None:
        """Some space for a day when the disk is full; only where much is free. Raises OSError."""
        file = self._beside(".reserve")
        if (
            not file.exists()
            and self.refusal is None
            and shutil.disk_usage(file.parent).free > RESERVE_FREE
        ):
            replace_file(file, os.urandom(RESERVE))  # not zeros, which some disks do not store

    def _window(self) -> int | None:
        """The other process that has a window on this data: its file must not be moved away."""
        return other_window_pid(self.path.parent)

    def _still_there(self, row: dict[str, Any]) -> bool:
        """Whether the file of a picture's row exists; one imported in place may be on a drive that
        is away."""
        if row.get("origin") and is_in_place(row["origin"]):
            return True
        return self.file_of(row["path"], row["trashed"], row["trash_path"]).exists()

    def file_of(self, path: str, trashed: float | None, trash_path: str) -> Path:
        """Where the file of a picture's row is: in the trash, or at home."""
        return self._trash / trash_path if trashed and trash_path else self._pictures / path

    def read_all(self) -> None:
        """Read every row. Raises DatabaseDamaged where one cannot be read.
        Long: not for the GUI thread."""
        for table in TABLES:
            for _ in self.connection().execute(f"SELECT * FROM {table}"):
                pass

    def connection(self) -> sqlite3.Connection:
        """This thread's connection; closed by `close`.

        Raises WorldError where it cannot be opened, and so do its questions (see
        core.store.sqlite.connection).
        """
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            name = self.path if self._memory is None else self._uri
            try:
                connection = sqlite3.connect(
                    name,
                    timeout=30,
                    isolation_level=None,
                    check_same_thread=False,
                    factory=Connection,
                    uri=self._memory is not None,
                )
            except sqlite3.OperationalError as fault:
                raise world_error(fault) from fault
            with self._lock:
                self._all.append(connection)
            connection.row_factory = sqlite3.Row
            if self._memory is not None:
                connection.execute("PRAGMA query_only = ON")
            else:
                connection.on_damage = self.note_damage
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA fullfsync = ON")  # on a Mac; elsewhere it does nothing
            self._local.connection = connection
        return connection

    @property
    def address_to_read(self) -> str:
        """By which another connection attaches it to read it; see `adopt`."""
        return self._uri if self._memory else f"{self.path.resolve().as_uri()}?mode=ro"

    def adopt(self, connection: sqlite3.Connection) -> None:
        """A connection that reads this database too is closed with those of its own: before them,
        since the last one writes what stands in the journal."""
        with self._lock:
            self._all.insert(0, connection)

    def note_damage(self) -> None:
        """At the next start the file is looked through, and repaired."""
        with contextlib.suppress(OSError):
            self._suspect.touch()

    @contextlib.contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """A write transaction: committed as a whole, or rolled back.

        Raises WorldError for faults of the disk.
        """
        if self.refusal is not None:
            raise WorldError(self.refusal.message, self.refusal.hint)
        connection = self.connection()
        try:
            self._begin(connection)
            with committed_or_rolled_back(connection):
                yield connection
        except sqlite3.DatabaseError as fault:
            raise world_error(fault) from fault

    def _begin(self, connection: sqlite3.Connection) -> None:
        """BEGIN; on a disk that is all but full the reserve is given up before."""
        try:
            if shutil.disk_usage(self.path.parent).free < RESERVE:
                self._give_up_reserve()
        except OSError as fault:
            _log.info("the free space is not known: %s", fault)
        connection.execute("BEGIN IMMEDIATE")

    def _migrate(self) -> None:
        connection = self.connection()
        version = version_of(connection)
        if version > len(MIGRATIONS):
            self.close()
            raise NewerData(update_copies.copy_for(self.backups, len(MIGRATIONS)))
        if version < len(MIGRATIONS):
            if self._checked_later:
                self.check()  # before all of it is copied and changed
            migrate(connection, self._copy_before_update)

    def _copy_before_update(self, version: int) -> None:
        self.copy(f"before-version-{version + 1}")

    def copy(self, name: str) -> Path:
        """A consistent copy backups/NAME.db; its path.

        Raises WorldError or OSError where that fails, and then there is none.
        """
        return copies.copy(self.connection(), self.backups, name)

    def daily_copy(self) -> None:
        """One copy a day, the last seven kept, and a little space in reserve."""
        if self.refusal is not None:
            return
        try:
            copies.copy_of_today(self.connection(), self.backups)
            self.keep_reserve()
        except (OSError, WorldError) as fault:
            self.notice = self.notice or f"The daily copy of the database failed: {fault}."

    def _disconnect(self, *, sound: bool = True) -> None:
        """Close every thread's connection; the last one to close seals a file that is `sound`."""
        with self._lock:
            for connection in self._all:
                connection.close()
            was_open = bool(self._all)
            self._all.clear()
            self.opened += 1
        self._local = threading.local()
        with contextlib.suppress(OSError):
            sealed = sound and was_open and self._memory is None and not self._suspect.exists()
            if sealed and self.path.is_file() and not Path(f"{self.path}-wal").exists():
                replace_file(self._seal, _state_of(self.path).encode())

    def close(self) -> None:
        """Close every thread's connection, and let others replace the file."""
        try:
            self._disconnect()
        finally:
            if self._memory is not None:
                self._memory.close()
                self._memory = None
            self._users.leave()


def _state_of(path: Path) -> str:
    state = path.stat()
    return f"{state.st_size} {state.st_mtime_ns}"
