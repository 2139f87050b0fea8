"""Copies of the database taken before updates: which one this program opens, and going back."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
from pathlib import Path

from core.store.sqlite import repair
from core.store.sqlite.connection import READ_FAULTS
from core.store.sqlite.migrations import MIGRATIONS, version_of
from core.system.atomic_files import copy_new
from core.system.errors import WorldError

_log = logging.getLogger(__name__)


def copy_for(backups: Path, version: int) -> Path | None:
    """The latest copy that a program of this `version` of the tables can open."""
    for copy in repair.copies_in(backups):
        if 0 < _version_in(copy) <= version:
            return copy
    return None


def _version_in(path: Path) -> int:
    """The version of a database's tables; 0 where it cannot be read."""
    try:
        with contextlib.closing(
            sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        ) as db:
            return version_of(db)
    except READ_FAULTS as fault:
        _log.warning("%s cannot be read: %s", path.name, fault)
        return 0


def go_back(path: Path, backups: Path) -> Path:
    """Put the copy taken before an update in the place of a newer program's database.

    Returns where that one is kept, beside it. Pictures made since come back from their files at the
    next start. Raises WorldError where there is no copy or the disk refuses.
    """
    copy = copy_for(backups, len(MIGRATIONS))
    if _version_in(path) <= len(MIGRATIONS):
        raise WorldError(
            "The database is not of a newer version: there is nothing to go back from.",
            "Start Calotype as usual.",
        )
    if copy is None:
        raise WorldError(
            "There is no copy of the database that this version can open.",
            "Start the newer version.",
        )
    stamp = time.time_ns()
    kept = path.with_name(f"{path.name}.newer-{stamp}")
    fresh = path.with_name(f"{path.name}.fresh-{stamp}")
    users = repair.DatabaseUsers(path.with_name(path.name + ".users"))
    try:
        with users.alone(repair.ALONE_SECONDS):
            copy_new(copy, fresh)
            repair.swap(path, fresh, kept)
    except OSError as fault:
        raise WorldError(
            f"The copy could not be put in place: {fault.strerror}.",
            "Free some space or check the rights.",
        ) from fault
    finally:
        users.leave()
    return kept
