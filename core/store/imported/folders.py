"""The folders whose pictures are shown where they lie, and are looked through again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.store.sqlite.by_id import drop_rows
from core.store.sqlite.database import Database
from core.system.json import Malformed, dumps, loads
from core.values.gallery.origin import HIDDEN


@dataclass(frozen=True, slots=True)
class FolderState:
    """`added` and `looked`: when it came, and when all of it was looked through the last time, in
    seconds since 1970; `whole` is False from the beginning of a look until its end."""

    added: float = 0.0
    looked: float = 0.0
    whole: bool = False


@dataclass(frozen=True, slots=True)
class WatchedFolder:
    """A folder, how many pictures it holds that are not hidden, and how it was looked through."""

    path: Path
    state: FolderState
    count: int = 0


class WatchedFolders:
    """Rows of the table `folders`. Every method raises WorldError where the database cannot be read
    or written."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def paths(self) -> tuple[Path, ...]:
        """All, by name."""
        rows = self._database.connection().execute("SELECT path FROM folders ORDER BY path")
        return tuple(Path(row[0]) for row in rows)

    def all(self) -> tuple[WatchedFolder, ...]:
        """All, by name, with their pictures counted. Reads many rows: not for the GUI thread."""
        db = self._database.connection()
        rows = db.execute("SELECT path, state FROM folders ORDER BY path").fetchall()
        return tuple(
            WatchedFolder(Path(row["path"]), _state(row["state"]), self._count(row["path"]))
            for row in rows
        )

    def _count(self, folder: str) -> int:
        counted = "SELECT count(*) FROM pictures WHERE path > ? AND path < ? AND origin != '' "
        row = self._database.connection().execute(
            counted + f"AND trashed IS NULL AND NOT {HIDDEN}",
            bounds(Path(folder)),
        )
        return int(row.fetchone()[0])

    def get(self, folder: Path) -> FolderState | None:
        """How a folder was looked through; None where it is not watched."""
        row = (
            self._database.connection()
            .execute("SELECT state FROM folders WHERE path = ?", (str(folder),))
            .fetchone()
        )
        return None if row is None else _state(row[0])

    def note(self, folder: Path, state: FolderState) -> None:
        """Watch a folder, or say how it was looked through."""
        with self._database.transaction() as db:
            db.execute(
                "INSERT INTO folders (path, state) VALUES (?, ?) "
                "ON CONFLICT (path) DO UPDATE SET state = excluded.state",
                (str(folder), dumps(state)),
            )

    def note_if_watched(self, folder: Path, state: FolderState) -> None:
        """The same, but where it is watched no more it stays so."""
        with self._database.transaction() as db:
            db.execute("UPDATE folders SET state = ? WHERE path = ?", (dumps(state), str(folder)))

    def remove(self, folder: Path) -> int:
        """Watch a folder no more, and drop the rows of its pictures, never a file; how many. Those
        that lie below another watched folder stay."""
        others = [path for path in self.paths() if path != folder]
        with self._database.transaction() as db:
            rows = db.execute(
                "SELECT id, path FROM pictures WHERE path > ? AND path < ? AND origin != ''",
                bounds(folder),
            ).fetchall()
            gone = [row["id"] for row in rows if not _is_below(row["path"], others)]
            drop_rows(db, gone)
            db.execute("DELETE FROM folders WHERE path = ?", (str(folder),))
        return len(gone)


def bounds(folder: Path) -> tuple[str, str]:
    """Between these lie, as SQLite orders texts, the paths of all files below a folder."""
    text = str(folder)
    start = text if text.endswith(os.sep) else text + os.sep
    return start, start[:-1] + chr(ord(os.sep) + 1)


def away_beginnings(folders: Iterable[Path]) -> tuple[str, ...]:
    """What the paths of all files begin with that lie in those of the folders that are away: not
    there, or empty, as the place is where a drive is mounted. May take long on a network."""
    return tuple(bounds(folder)[0] for folder in folders if not _is_there(folder))


def _is_there(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is not None
    except (OSError, ValueError):
        return False


def _is_below(path: str, folders: Sequence[Path]) -> bool:
    return any(path.startswith(bounds(folder)[0]) for folder in folders)


def _state(stored: str) -> FolderState:
    if stored:
        with suppress(Malformed):
            return loads(FolderState, stored)
    return FolderState()
