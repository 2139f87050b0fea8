"""The gallery: a searchable index over the picture files. The files are the truth;
this can be rebuilt from them."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from core.metadata import read_file
from core.metadata.reading import decode_rgb, open_image
from core.store.checksum import row_sum
from core.store.database import Database
from core.store.files import last_number, pictures_in
from core.store.jobs import finish_in
from core.store.thumbnails import Thumbnails as Thumbnails
from core.store.thumbnails import thumbnail_of as thumbnail_of
from core.store.trash import Trash, set_columns
from core.system.errors import WorldError
from core.system.json import Malformed, dumps, loads
from core.values.job import JobState
from core.values.picture import Picture, Recipe
from core.values.request import Request

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
    """Rows of the pictures table; paths below `root` are kept relative to it,
    so that the folder can move."""

    def __init__(self, database: Database, root: Path, trash: Path) -> None:
        self._database, self._root, self._bin = database, root, trash
        self._trash = Trash(database, trash, self._absolute, self._stored, self._holds)

    def _stored(self, path: Path) -> str:
        return (
            path.relative_to(self._root).as_posix()
            if path.is_relative_to(self._root)
            else str(path)
        )

    def _absolute(self, stored: str) -> Path:
        return self._root / stored

    def last_number(self, day: str) -> int:
        """The highest number that the day's pictures have, those in the trash
        too; see `put_in_gallery`."""
        rows = self._database.connection().execute(
            "SELECT path FROM pictures WHERE path > ? AND path < ?", (f"{day}/", f"{day}0")
        )
        return last_number(row[0].rpartition("/")[2] for row in rows)

    def record(self, path: Path, recipe: Recipe, width: int, height: int) -> Picture:
        """One transaction: the picture's row, and its job done."""
        with self._database.transaction() as db:
            picture_id = self._insert(db, path, recipe, (width, height))
            if recipe.job_id:
                finish_in(db, recipe.job_id, JobState.DONE)
        found = self.get(picture_id)
        assert found is not None
        return found

    def _insert(
        self,
        db: sqlite3.Connection,
        path: Path,
        recipe: Recipe,
        size: tuple[int, int],
        trash_name: str = "",
    ) -> int:
        """The id of the picture's row: the one it has, else a new one. Another picture's row of
        that path is never overwritten: it keeps all but its path, since its own file is not there
        any more (it lies in the trash, or somebody took it away)."""
        row = self._columns(path, recipe, size)
        other = db.execute("SELECT * FROM pictures WHERE path = ?", (row["path"],)).fetchone()
        if other is not None:
            if all(other[name] == row[name] for name in ("job_id", "sha256", "request")):
                return int(other["id"])
            if trash_name:
                row["path"] = self._stored(self._trash.free_place(path))
            else:
                set_columns(db, other["id"], {"path": self._stored(self._trash.free_place(path))})
        row["sum"] = row_sum(row)
        row["favourite"] = db.execute(
            "DELETE FROM remembered WHERE path = ?", (row["path"],)
        ).rowcount
        if trash_name:
            row |= {"trashed": time.time(), "trash_path": trash_name}
        marks = ", ".join("?" * len(row))
        found = db.execute(
            f"INSERT INTO pictures ({', '.join(row)}) VALUES ({marks}) RETURNING id",
            tuple(row.values()),
        ).fetchone()
        return int(found[0])

    def _columns(self, path: Path, recipe: Recipe, size: tuple[int, int]) -> dict[str, object]:
        request = recipe.request
        return {
            "path": self._stored(path),
            "created": float(recipe.created or time.time()),
            "width": size[0],
            "height": size[1],
            "request": dumps(request),
            "job_id": recipe.job_id,
            "prompt": _storable(request.prompt),
            "negative": _storable(request.negative_prompt),
            "model_name": _storable(recipe.model_name),
            "seconds": float(recipe.seconds),
            "sha256": recipe.pixels_sha256,
        }

    def get(self, picture_id: int) -> Picture | None:
        """One picture, or None."""
        found = self.page([picture_id])
        return found[0] if found else None

    def page(self, ids: Sequence[int]) -> tuple[Picture, ...]:
        """The pictures of these ids, in this order; ids that are gone are left out."""
        marks = ",".join("?" * len(ids))
        rows = (
            self._database.connection()
            .execute(f"SELECT * FROM pictures WHERE id IN ({marks})", tuple(ids))
            .fetchall()
        )
        found = {row["id"]: self._picture(row) for row in rows}
        return tuple(found[i] for i in ids if i in found)

    def _picture(self, row: sqlite3.Row) -> Picture:
        try:
            request = loads(Request, row["request"])
        except Malformed:
            request = Request(
                prompt=row["prompt"],
                negative_prompt=row["negative"],
                width=row["width"],
                height=row["height"],
            )
        path = (
            self._bin / row["trash_path"]
            if row["trashed"] and row["trash_path"]
            else self._absolute(row["path"])
        )
        return Picture(
            row["id"],
            str(path),
            row["created"],
            row["width"],
            row["height"],
            request,
            row["job_id"],
            row["model_name"],
            row["seconds"],
            row["sha256"],
            bool(row["favourite"]),
            row["trashed"],
        )

    def ids(
        self, query: str = "", *, favourites: bool = False, trashed: bool = False, limit: int = -1
    ) -> tuple[int, ...]:
        """Ids, newest first. `query`: words, all of which must occur (the last
        one may be a beginning)."""
        words = [word for word in _WORD.findall(_storable(query)) if word.strip("_")]
        where = ["trashed IS NOT NULL" if trashed else "trashed IS NULL"]
        values: list[object] = []
        if favourites:
            where.append("favourite = 1")
        if words:
            where.append("id IN (SELECT rowid FROM words WHERE words MATCH ?)")
            values.append(" ".join(f'"{word}"' for word in words) + "*")
        rows = self._database.connection().execute(
            f"SELECT id FROM pictures WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?",
            (*values, limit),
        )
        return tuple(row[0] for row in rows)

    def made_with(self, model_name: str, limit: int = 64) -> tuple[Picture, ...]:
        """The latest pictures made with a model of this name, favourites before
        them; none from the trash."""
        db = self._database.connection()
        ids = [
            row[0]
            for row in db.execute(
                (
                    "SELECT id FROM pictures WHERE favourite = 1 AND model_name = ? "
                    "AND trashed IS NULL ORDER BY id DESC LIMIT ?"
                ),
                (_storable(model_name), limit),
            )
        ]
        words = [word for word in _WORD.findall(_storable(model_name)) if word.strip("_")]
        # by the index of words, which runs from the newest backwards and ends at the limit
        if words:
            asked = " ".join(f'"{word}"' for word in words)
            ids += [
                row[0]
                for row in db.execute(
                    "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT ?",
                    (f"model_name : ({asked})", limit),
                )
            ]
        return tuple(
            one
            for one in self.page(list(dict.fromkeys(ids)))
            if one.model_name == model_name and one.trashed is None
        )

    def of_job(self, job_id: str) -> Picture | None:
        """The picture a job made, where it is not in the trash."""
        row = (
            self._database.connection()
            .execute("SELECT id FROM pictures WHERE job_id = ? AND trashed IS NULL", (job_id,))
            .fetchone()
        )
        return None if row is None else self.get(row[0])

    def set_favourite(self, ids: Sequence[int], on: bool) -> None:
        """Mark or unmark pictures."""
        with self._database.transaction() as db:
            db.executemany(
                "UPDATE pictures SET favourite = ? WHERE id = ?", [(int(on), i) for i in ids]
            )

    def trash(self, ids: Sequence[int]) -> tuple[int, ...]:
        """Move pictures into Calotype's trash; the ids moved."""
        return self._trash.put(ids)

    def restore(self, ids: Sequence[int]) -> None:
        """Bring pictures back from the trash to where they were."""
        self._trash.take_out(ids)

    def empty_trash(
        self, *, older_than_days: float = TRASH_DAYS, gone: Callable[[Path], bool] | None = None
    ) -> int:
        """Empty the trash of what has lain there long enough; the number of pictures that are gone.

        `gone` takes a file away (into the system's trash) and says whether it did; pictures whose
        files it does not take stay where they are. Without it they are deleted for good.
        """
        return self._trash.empty(time.time() - older_than_days * 86400, gone)

    def discard(self, ids: Sequence[int], gone: Callable[[Path], bool] | None = None) -> int:
        """As `empty_trash`, for these pictures of the trash."""
        return self._trash.discard(ids, gone)

    def trash_size(self, *, older_than_days: float = 0) -> tuple[int, int]:
        """How many pictures have lain in the trash for so long, and the bytes of their files."""
        return self._trash.size(time.time() - older_than_days * 86400)

    def settle(self) -> None:
        """Finish or take back what a kill left between the pictures and the trash."""
        self._trash.settle()

    def _holds(self, file: Path, row: sqlite3.Row) -> bool:
        """Whether a file is the picture of a row."""
        try:
            recipe = read_file(file).recipe
        except WorldError:
            return False
        return recipe is not None and recipe.pixels_sha256 == row["sha256"]

    def heal(self) -> int:
        """Rows that are not as they were written are read again from their files; how many. Rows of
        older programs get their sums."""
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
        """Whether the index of words says what the rows say
        (sqlite.org/fts5.html, integrity-check)."""
        try:
            self._database.connection().execute(
                "INSERT INTO words (words, rank) VALUES ('integrity-check', 1)"
            )
        except WorldError:
            self._database.forgive()
            return False
        return True

    def _heal(self, row: sqlite3.Row) -> None:
        """From the picture's file, keeping what only the row knows; a row whose file is not there
        cannot be believed at all."""
        file = (
            self._bin / row["trash_path"]
            if row["trashed"] and row["trash_path"]
            else self._absolute(row["path"])
        )
        try:
            recipe = read_file(file).recipe
            with open_image(file) as image:
                size = image.size
        except (WorldError, ValueError):
            recipe, size = None, (0, 0)
        with self._database.transaction() as db:
            if recipe is None:
                db.execute("DELETE FROM pictures WHERE id = ?", (row["id"],))
            else:
                set_columns(db, row["id"], self._columns(self._absolute(row["path"]), recipe, size))
                finish_in(db, recipe.job_id, JobState.DONE)

    def sweep(self, wanted: Callable[[], bool] = lambda: True) -> int:
        """Index files that have no row (saved just before a crash, or a lost database), those in
        the trash too; their number.

        Ends early where it is not `wanted` any more.
        """
        rows = (
            self._database.connection().execute("SELECT path, trash_path FROM pictures").fetchall()
        )
        known, discarded = {row[0] for row in rows}, {row[1] for row in rows}
        unknown = takewhile(
            lambda _: wanted(),
            (path for path in pictures_in(self._root) if self._stored(path) not in known),
        )
        added = sum(self._index(path) for path in unknown)
        for path in takewhile(lambda _: wanted(), pictures_in(self._bin)):
            if path.name not in discarded:
                self._index(path, path.name)
        return added

    def _index(self, path: Path, trash_name: str = "") -> bool:
        """A row for a file with a recipe of ours; False where it has none or
        its name cannot be stored."""
        try:
            column, name = (
                ("trash_path", trash_name) if trash_name else ("path", self._stored(path))
            )
            name.encode()
            if (
                self._database.connection()
                .execute(f"SELECT 1 FROM pictures WHERE {column} = ?", (name,))
                .fetchone()
            ):
                return False  # it came while others were looked at
            recipe = read_file(path).recipe
            if recipe is None:
                return False
            with open_image(path) as image:
                size = image.size
        except (WorldError, UnicodeEncodeError):
            return False
        if not trash_name:
            self.record(path, recipe, *size)
            return True
        day = time.strftime("%Y-%m-%d", time.localtime(recipe.created or path.stat().st_mtime))
        with self._database.transaction() as db:
            self._insert(
                db, self._root / day / trash_name.partition("-")[2], recipe, size, trash_name
            )
        return True

    def check(self, progress: Callable[[int], None] | None = None) -> Health:
        """Compare files and rows, and decode every picture; what a kill left half
        moved is settled before."""
        self.settle()
        rows = (
            self._database.connection()
            .execute("SELECT path, trashed, trash_path FROM pictures")
            .fetchall()
        )
        missing: list[str] = []
        corrupt: list[str] = []
        known: set[str] = set()
        for count, row in enumerate(rows, 1):
            path = self._bin / row["trash_path"] if row["trashed"] else self._absolute(row["path"])
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
    """Lone surrogates cannot be stored as UTF-8; in the searchable copy they become "?"
    (the request keeps them)."""
    return text.encode("utf-8", "replace").decode()
