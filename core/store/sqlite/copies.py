"""Copies of the whole database in the folder of backups: one a day, one before each update."""

from __future__ import annotations

import os
import sqlite3
from datetime import date
from pathlib import Path

from core.system.atomic_files import partial_beside, sync_file, sync_folder

KEPT = 7  # of those of a day


def copy(db: sqlite3.Connection, backups: Path, name: str) -> Path:
    """A consistent copy backups/NAME.db of an open database; its path. One that is there stays.

    Raises WorldError or OSError where that fails, and then there is none.
    """
    backups.mkdir(parents=True, exist_ok=True)
    target = backups / f"{name}.db"
    if not target.exists():
        partial = partial_beside(target)
        try:
            db.execute("VACUUM INTO ?", (str(partial),))
            sync_file(partial)
            os.replace(partial, target)
        finally:
            for suffix in ("", "-journal"):
                Path(f"{partial}{suffix}").unlink(missing_ok=True)
        sync_folder(backups)
    return target


def copy_of_today(db: sqlite3.Connection, backups: Path) -> None:
    """The copy of this day, and the last seven days' kept. Raises as `copy` does."""
    copy(db, backups, f"daily-{date.today().isoformat()}")
    for old in sorted(backups.glob("daily-*.db"))[:-KEPT]:
        old.unlink()
