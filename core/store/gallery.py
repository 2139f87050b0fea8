"""The gallery: a searchable index over the picture files. The files are the truth; this can be rebuilt from them."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.codec import Malformed, dumps, loads
from core.errors import WorldError
from core.job import JobState
from core.metadata import read_file
from core.metadata.reading import decode_rgb, open_image
from core.picture import Picture, Recipe
from core.request import Request
from core.store.database import Database
from core.store.files import pictures_in
from core.store.jobs import finish_in
from core.store.rows import row_sum
from core.store.thumbnails import Thumbnails as Thumbnails
from core.store.thumbnails import thumbnail_of as thumbnail_of

TRASH_DAYS = 30
_WORD = re.compile(r"\w+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Health:
    """What `gallery check` found: paths in each list."""

    pictures: int
    missing: tuple[str, ...]
    orphans: tuple[str, ...]
    corrupt: tuple[str, ...]


class Gallery:
    """Rows of the pictures table; paths below `root` are kept relative to it, so that the folder can move."""

    def __init__(self, database: Database, root: Path, trash: Path) -> None:
        self._database, self._root, self._trash = database, root, trash

    def _stored(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix() if path.is_relative_to(self._root) else str(path)

    def _absolute(self, stored: str) -> Path:
        return self._root / stored

    def record(self, path: Path, recipe: Recipe, width: int, height: int) -> Picture:
        """One transaction: the picture's row, and its job done."""
        with self._database.transaction() as db:
            picture_id = self._insert(db, path, recipe, width, height)
            if recipe.job_id:
                finish_in(db, recipe.job_id, JobState.DONE)
        found = self.get(picture_id)
        assert found is not None
        return found

    def _insert(self, db: sqlite3.Connection, path: Path, recipe: Recipe, width: int, height: int) -> int:
        request = recipe.request
        row: dict[str, object] = {
            "path": self._stored(path), "created": float(recipe.created or time.time()), "width": width, "height": height,
            "request": dumps(request), "job_id": recipe.job_id, "prompt": _storable(request.prompt),
            "negative": _storable(request.negative_prompt), "model_name": _storable(recipe.model_name),
            "seconds": float(recipe.seconds), "sha256": recipe.pixels_sha256}
        row["sum"] = row_sum(row)
        renewed = ", ".join(f"{name} = excluded.{name}" for name in row)
        marks = ", ".join("?" * len(row))
        found = db.execute(f"INSERT INTO pictures ({', '.join(row)}) VALUES ({marks}) ON CONFLICT (path) DO UPDATE SET {renewed} "
                           "RETURNING id", tuple(row.values())).fetchone()
        return int(found[0])

    def get(self, picture_id: int) -> Picture | None:
        """One picture, or None."""
        found = self.page([picture_id])
        return found[0] if found else None

    def page(self, ids: Sequence[int]) -> tuple[Picture, ...]:
        """The pictures of these ids, in this order; ids that are gone are left out."""
        marks = ",".join("?" * len(ids))
        rows = self._database.connection().execute(f"SELECT * FROM pictures WHERE id IN ({marks})", tuple(ids)).fetchall()
        found = {row["id"]: self._picture(row) for row in rows}
        return tuple(found[i] for i in ids if i in found)

    def _picture(self, row: sqlite3.Row) -> Picture:
        try:
            request = loads(Request, row["request"])
        except Malformed:
            request = Request(prompt=row["prompt"], negative_prompt=row["negative"], width=row["width"], height=row["height"])
        path = self._trash / row["trash_path"] if row["trashed"] and row["trash_path"] else self._absolute(row["path"])
        return Picture(row["id"], str(path), row["created"], row["width"], row["height"], request, row["job_id"],
                       row["model_name"], row["seconds"], row["sha256"], bool(row["favourite"]), row["trashed"])

    def ids(self, query: str = "", *, favourites: bool = False, trashed: bool = False, limit: int = -1) -> tuple[int, ...]:
        """Ids, newest first. `query`: words, all of which must occur (the last one may be a beginning)."""
        words = [word for word in _WORD.findall(_storable(query)) if word.strip("_")]
        where = ["trashed IS NOT NULL" if trashed else "trashed IS NULL"]
        values: list[object] = []
        if favourites:
            where.append("favourite = 1")
        if words:
            where.append("id IN (SELECT rowid FROM words WHERE words MATCH ?)")
            values.append(" ".join(f'"{word}"' for word in words) + "*")
        rows = self._database.connection().execute(
            f"SELECT id FROM pictures WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?", (*values, limit))
        return tuple(row[0] for row in rows)

    def set_favourite(self, ids: Sequence[int], on: bool) -> None:
        """Mark or unmark pictures."""
        with self._database.transaction() as db:
            db.executemany("UPDATE pictures SET favourite = ? WHERE id = ?", [(int(on), i) for i in ids])

    def trash(self, ids: Sequence[int]) -> tuple[int, ...]:
        """Move pictures into Calotype's trash; the ids moved. Files go first, so that a crash loses no picture."""
        moved: list[int] = []
        for picture in self.page(ids):
            name = f"{picture.id}-{Path(picture.path).name}"
            self._move(Path(picture.path), self._trash / name)
            with self._database.transaction() as db:
                db.execute("UPDATE pictures SET trashed = ?, trash_path = ? WHERE id = ?", (time.time(), name, picture.id))
            moved.append(picture.id)
        return tuple(moved)

    def restore(self, ids: Sequence[int]) -> None:
        """Bring pictures back from the trash to where they were."""
        for row in [self._row(i) for i in ids]:
            if row is None or row["trashed"] is None:
                continue
            self._move(self._trash / row["trash_path"], self._absolute(row["path"]))
            with self._database.transaction() as db:
                db.execute("UPDATE pictures SET trashed = NULL, trash_path = '' WHERE id = ?", (row["id"],))

    def _row(self, picture_id: int) -> sqlite3.Row | None:
        return self._database.connection().execute("SELECT * FROM pictures WHERE id = ?", (picture_id,)).fetchone()

    def _move(self, source: Path, target: Path) -> None:
        if not source.exists():
            return
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(source, target)
        except OSError as fault:
            raise WorldError(f"{source.name} could not be moved: {fault.strerror}.", "Check the folder's permissions.") from fault

    def empty_trash(self, *, older_than_days: float = TRASH_DAYS) -> int:
        """Delete for good what has lain in the trash long enough; the number deleted."""
        limit = time.time() - older_than_days * 86400
        rows = self._database.connection().execute(
            "SELECT id, trash_path FROM pictures WHERE trashed IS NOT NULL AND trashed <= ?", (limit,)).fetchall()
        for row in rows:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._trash / row["trash_path"])
            with self._database.transaction() as db:
                db.execute("DELETE FROM pictures WHERE id = ?", (row["id"],))
        return len(rows)

    def heal(self) -> int:
        """Rows that are not as they were written are read again from their files; how many. Rows of older programs get their sums."""
        db = self._database.connection()
        wrong: list[sqlite3.Row] = []
        unsigned: list[tuple[int, int]] = []
        for row in db.execute("SELECT * FROM pictures"):
            if row["sum"] is None:
                unsigned.append((row_sum(row), row["id"]))
            elif row["sum"] != row_sum(row):
                wrong.append(row)
        with self._database.transaction() as db:
            db.executemany("UPDATE pictures SET sum = ? WHERE id = ?", unsigned)
        for row in wrong:
            self._heal(row)
        if wrong or not self._words_are_whole():
            with self._database.transaction() as db:
                db.execute("INSERT INTO words (words) VALUES ('rebuild')")
        return len(wrong)

    def _words_are_whole(self) -> bool:
        """Whether the index of words says what the rows say (sqlite.org/fts5.html, integrity-check)."""
        try:
            self._database.connection().execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")
        except WorldError:
            self._database.forgive()
            return False
        return True

    def _heal(self, row: sqlite3.Row) -> None:
        """From the picture's file, keeping what only the row knows; a row whose file is not there cannot be believed at all."""
        file = self._trash / row["trash_path"] if row["trashed"] and row["trash_path"] else self._absolute(row["path"])
        try:
            recipe = read_file(file).recipe
            with open_image(file) as image:
                size = image.size
        except (WorldError, ValueError):
            recipe, size = None, (0, 0)
        if recipe is not None:
            self.record(self._absolute(row["path"]), recipe, *size)
            return
        with self._database.transaction() as db:
            db.execute("DELETE FROM pictures WHERE id = ?", (row["id"],))

    def sweep(self) -> int:
        """Index files that have no row (saved just before a crash, or a lost database), those in the trash too; their number."""
        rows = self._database.connection().execute("SELECT path, trash_path FROM pictures").fetchall()
        known, discarded = {row[0] for row in rows}, {row[1] for row in rows}
        added = sum(self._index(path) is not None for path in pictures_in(self._root) if self._stored(path) not in known)
        for path in pictures_in(self._trash):
            if path.name not in discarded and (picture := self._index(path)) is not None:
                home = self._root / time.strftime("%Y-%m-%d", time.localtime(picture.created)) / path.name.partition("-")[2]
                with self._database.transaction() as db:
                    db.execute("UPDATE OR IGNORE pictures SET path = ?, trashed = ?, trash_path = ?, sum = NULL WHERE id = ?",
                               (self._stored(home), time.time(), path.name, picture.id))
        return added

    def _index(self, path: Path) -> Picture | None:
        """A row for a file with a recipe of ours; None where it has none or its name cannot be stored."""
        try:
            self._stored(path).encode()
            found = read_file(path)
            with open_image(path) as image:
                size = image.size
        except (WorldError, UnicodeEncodeError):
            return None
        return None if found.recipe is None else self.record(path, found.recipe, *size)

    def check(self, progress: Callable[[int], None] | None = None) -> Health:
        """Compare files and rows, and decode every picture."""
        rows = self._database.connection().execute("SELECT path, trashed, trash_path FROM pictures").fetchall()
        missing: list[str] = []
        corrupt: list[str] = []
        known: set[str] = set()
        for count, row in enumerate(rows, 1):
            path = self._trash / row["trash_path"] if row["trashed"] else self._absolute(row["path"])
            known.add(row["path"])
            if not path.exists():
                missing.append(str(path))
            else:
                try:
                    with open_image(path) as image:
                        decode_rgb(image, path.name)
                except WorldError:
                    corrupt.append(str(path))
            if progress:
                progress(count)
        orphans = [str(path) for path in pictures_in(self._root) if self._stored(path) not in known]
        return Health(len(rows), tuple(missing), tuple(orphans), tuple(corrupt))


def _storable(text: str) -> str:
    """Lone surrogates cannot be stored as UTF-8; in the searchable copy they become "?" (the request keeps them)."""
    return text.encode("utf-8", "replace").decode()
