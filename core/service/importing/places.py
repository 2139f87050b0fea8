"""What every import works with, opened together: rows, watched folders, what was refused before,
thumbnails."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from core.service.importing.refusals import Refusals
from core.store.imported.folders import WatchedFolders, bounds
from core.store.imported_rows import ImportedRows
from core.store.picture_rows import PicturePaths
from core.store.sqlite.database import Database
from core.store.thumbnails import Thumbnails
from core.system.errors import WorldError
from core.system.paths import Places
from core.system.regular_files import can_be_path, display_name, resolved


@dataclass(frozen=True, slots=True)
class Importing:
    """`own_folders` are passed over: what lies there is the program's own."""

    where: Places
    paths: PicturePaths
    rows: ImportedRows
    folders: WatchedFolders
    refusals: Refusals
    thumbnails: Thumbnails

    @property
    def own_folders(self) -> tuple[Path, ...]:
        """The data folder and that of the pictures, as they lie on the disk."""
        return tuple(dict.fromkeys((resolved(self.where.root), resolved(self.where.pictures))))

    def unwatch(self, folder: Path) -> int:
        """Watch a folder no more, and drop the rows of its pictures, never a file; how many. Raises
        WorldError where the database cannot be written."""
        count = self.folders.remove(folder)
        self.rows.note_changes(count)
        return count

    def watched_over(self, path: str) -> str:
        """The watched folder that a file lies in, else the file's own folder."""
        for folder in self.folders.paths():
            if path.startswith(bounds(folder)[0]):
                return str(folder)
        return os.path.dirname(path)


def opened(database: Database, where: Places, thumbnails: Thumbnails) -> Importing:
    """For the database of a data folder."""
    paths = PicturePaths(where.pictures, where.trash)
    return Importing(
        where=where,
        paths=paths,
        rows=ImportedRows(database, paths),
        folders=WatchedFolders(database),
        refusals=Refusals(where.root / "imports.db"),
        thumbnails=thumbnails,
    )


def checked_folder(importing: Importing, named: Path) -> Path:
    """A folder that a person named, absolute and with its links followed. Raises WorldError where
    there is none, or its pictures are the program's own."""
    name = display_name(named, whole=True)
    if not can_be_path(str(named)):
        raise WorldError(
            f"The folder {name} cannot be kept: its name is not written in UTF-8.",
            "Give it another name.",
        )
    folder = resolved(named)
    if not folder.is_dir():
        raise WorldError(f"There is no folder {name}.", "Check the name.")
    try:
        os.scandir(folder).close()
    except OSError as fault:
        raise WorldError(
            f"The folder {name} cannot be read: {fault.strerror}.", "Check its permissions."
        ) from fault
    for own in importing.own_folders:
        if folder == own or folder.is_relative_to(own):
            raise WorldError(
                f"The pictures in {name} are Calotype's own already.", "Choose another folder."
            )
    return folder
