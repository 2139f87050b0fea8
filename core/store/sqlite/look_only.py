"""A database on a disk that takes no writes: what can be read of it, in memory, to be looked at."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.store.sqlite import repair
from core.store.sqlite.connection import READ_FAULTS, Connection
from core.store.sqlite.migrations import MIGRATIONS, migrate, version_of
from core.system.errors import WorldError

WAITED = 2.0  # seconds for others who use the file
_log = logging.getLogger(__name__)


def in_memory(
    address: str, path: Path, backups: Path, still_there: Callable[[dict[str, Any]], bool]
) -> sqlite3.Connection:
    """The database at `path`, or its rows that read well, in memory under a shared `address`.

    The copy lives as long as this connection is open. Raises WorldError or sqlite3.Error where
    there is no memory for it.
    """
    memory = sqlite3.connect(
        address, uri=True, isolation_level=None, check_same_thread=False, factory=Connection
    )
    memory.row_factory = sqlite3.Row
    try:
        if not _copied(path, memory):
            repair.fill(memory, path, backups, still_there)
    except BaseException:
        memory.close()
        raise
    return memory


def _copied(path: Path, target: sqlite3.Connection) -> bool:
    """Whether the file was taken over as it is, with its journal where that can be read."""
    plain = path.resolve().as_uri()
    attempts = (
        (f"{plain}?mode=rw", True),  # with the journal
        (f"{plain}?mode=ro", False),  # without writing beside the file
        (f"{plain}?mode=ro&immutable=1", False),  # as if nobody else wrote it
    )
    for address, exclusive in attempts:
        try:
            opened = sqlite3.connect(address, uri=True, timeout=WAITED)
            with contextlib.closing(opened) as source:
                if exclusive:
                    # needs no file of shared memory
                    source.execute("PRAGMA locking_mode = EXCLUSIVE")
                source.backup(target, progress=_for_a_while())
            migrate(target)
        except (*READ_FAULTS, WorldError) as fault:
            _log.info("the database cannot be read as %s: %s", address.rpartition("?")[2], fault)
        else:
            return version_of(target) == len(MIGRATIONS)
    return False


def _for_a_while() -> Callable[[int, int, int], None]:
    """For a copy, which tries again for ever where the file is locked, as it also seems to be on a
    disk without room for its shared memory. Raises OperationalError where that lasts."""
    end = time.monotonic() + WAITED

    def progress(status: int, remaining: int, total: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > end:
            raise sqlite3.OperationalError("the database stays locked")

    return progress
