"""A database that is only looked at: what keeps it from being read is waited for a while, and not
for ever."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from core.service.stores import open_stores
from core.store.sqlite import look_only
from core.store.sqlite.connection import world_error
from core.system.paths import Places
from core.values.request import Request


def test_a_file_that_stays_locked_is_read_as_it_lies(
    where: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a disk so full that there is no room for the memory which its readers share."""
    monkeypatch.setattr(look_only, "WAITED", 0.1)
    stores = open_stores(where)
    stores.jobs.add([Request("a house", seed=1)])  # type: ignore[list-item]
    stores.close()
    other = sqlite3.connect(where.database, isolation_level=None)
    other.execute("PRAGMA journal_mode = DELETE")
    other.execute("BEGIN EXCLUSIVE")
    memory = look_only.in_memory(
        "file:looked-at?mode=memory", Path(where.database), where.backups, lambda _: True
    )
    assert memory.execute("SELECT count(*) FROM jobs").fetchone()[0] == 1
    memory.close()
    other.close()


def test_a_disk_without_room_for_shared_memory_is_called_full() -> None:
    fault = sqlite3.OperationalError("disk I/O error")
    fault.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    assert "disk is full" in world_error(fault).message
