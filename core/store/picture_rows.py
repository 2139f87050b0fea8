"""What stands in a picture's row: its columns, where its file lies, whether it is as written."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.store.files import MOST_OF_A_NAME
from core.store.sqlite.checksum import row_checksum
from core.store.sqlite.remembered import put_in_albums, taken
from core.store.sqlite.storable import storable
from core.system.errors import WorldError
from core.system.json import dumps
from core.values.picture import Recipe


@dataclass(frozen=True, slots=True)
class PicturePaths:
    """Where the files of rows lie; paths below `pictures` are stored relative to it, so that the
    folder can move."""

    pictures: Path
    trash: Path

    def stored(self, path: Path) -> str:
        """A path as the column `path` holds it."""
        if path.is_relative_to(self.pictures):
            return path.relative_to(self.pictures).as_posix()
        return str(path)

    def home(self, stored: str) -> Path:
        """The reverse: the place of a row among the pictures."""
        return self.pictures / stored

    def file_of(self, row: Mapping[str, Any] | sqlite3.Row) -> Path:
        """Where the picture of a row is: in the trash, or at home."""
        if row["trashed"] and row["trash_path"]:
            return self.trash / row["trash_path"]
        return self.home(row["path"])


def columns_of(stored: str, recipe: Recipe, size: tuple[int, int]) -> dict[str, object]:
    """The columns of a picture at a `stored` path; `size` is width and height in pixels."""
    request = recipe.request
    return {
        "path": stored,
        "created": float(recipe.created or time.time()),
        "width": size[0],
        "height": size[1],
        "request": dumps(request),
        "job_id": recipe.job_id,
        "prompt": storable(request.prompt),
        "negative": storable(request.negative_prompt),
        "model_name": storable(recipe.model_name),
        "seconds": float(recipe.seconds),
        "sha256": recipe.pixels_sha256,
        "document": storable(request.stack),
    }


def insert_row(
    db: sqlite3.Connection,
    paths: PicturePaths,
    path: Path,
    recipe: Recipe,
    size: tuple[int, int],
    trash_name: str = "",
) -> int:
    """The id of the picture's row: the one it has, else a new one. `size`: width, height in pixels.

    Another picture's row of that path is never overwritten: it keeps all but its path, since its
    own file is not there any more (it lies in the trash, or somebody took it away). Inside a
    transaction that someone else opened. Raises WorldError where no free place is found.
    """
    row = columns_of(paths.stored(path), recipe, size)
    other = db.execute("SELECT * FROM pictures WHERE path = ?", (row["path"],)).fetchone()
    if other is not None:
        if all(other[name] == row[name] for name in ("job_id", "sha256", "request")):
            return int(other["id"])
        beside = paths.stored(free_place(db, paths, path))
        if trash_name:
            row["path"] = beside
        else:
            set_columns(db, other["id"], {"path": beside})
    row["sum"] = row_checksum(row)
    if trash_name:
        row |= {"trashed": time.time(), "trash_path": trash_name}
    return insert_columns(db, row)


def insert_columns(db: sqlite3.Connection, row: dict[str, object]) -> int:
    """The id of a new row of these columns, with the marks and in the albums that a lost one of its
    path had; 0 where a row has that path. Raises WorldError where the disk refuses."""
    lost = taken(db, str(row["path"]))
    row |= {"favourite": 0} | lost.columns
    marks = ", ".join("?" * len(row))
    inserted = db.execute(
        f"INSERT INTO pictures ({', '.join(row)}) VALUES ({marks}) "
        "ON CONFLICT (path) DO NOTHING RETURNING id",
        tuple(row.values()),
    ).fetchone()
    if inserted is None:
        return 0
    put_in_albums(db, inserted[0], lost.albums)
    return int(inserted[0])


def set_columns(db: sqlite3.Connection, picture_id: int, values: dict[str, object]) -> None:
    """Change a picture's row, and its sum with its path, inside a transaction of someone else.
    Raises WorldError where the disk refuses."""
    names = ", ".join(f"{name} = ?" for name in values)
    db.execute(f"UPDATE pictures SET {names} WHERE id = ?", (*values.values(), picture_id))
    row = db.execute("SELECT * FROM pictures WHERE id = ?", (picture_id,)).fetchone()
    if row is not None and "path" in values:
        db.execute("UPDATE pictures SET sum = ? WHERE id = ?", (row_checksum(row), picture_id))


def free_place(db: sqlite3.Connection, paths: PicturePaths, home: Path) -> Path:
    """A place beside `home` that neither a file nor a row has. Raises WorldError where all are."""
    for number in range(2, MOST_OF_A_NAME):
        place = home.with_name(f"{home.stem}-{number}{home.suffix}")
        known = db.execute(
            "SELECT 1 FROM pictures WHERE path = ?", (paths.stored(place),)
        ).fetchone()
        if known is None and not place.exists():
            return place
    raise WorldError(
        f"There are too many pictures called {home.stem}.", "Move some to another folder."
    )
