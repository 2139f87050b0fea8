"""The rows of pictures against their files: compared, healed, and made where a file has none."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

from core.store.files import picture_names, pictures_in
from core.store.imported.folders import WatchedFolders, away_beginnings
from core.store.job_owner import is_alive
from core.store.jobs import finish_in
from core.store.picture_rows import PicturePaths, columns_of, insert_row, set_columns
from core.store.sqlite.by_id import drop_rows
from core.store.sqlite.checksum import row_checksum
from core.store.sqlite.database import Database
from core.store.sqlite.remembered import remember
from core.system.errors import WorldError
from core.system.json import dumps
from core.values.gallery.day import day_of
from core.values.gallery.origin import How, is_in_place, origin_of
from core.values.job import JobState
from core.values.picture import Recipe

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DISCARDED = re.compile(r"[0-9]+(?:_[0-9a-f]{6})?-.")


@dataclass(frozen=True, slots=True)
class Health:
    """What `gallery check` found: how many rows, and the paths of files that are gone (`missing`),
    have no row (`orphans`) or do not decode (`corrupt`), and of imported ones in folders that are
    `away`."""

    pictures: int
    missing: tuple[str, ...]
    orphans: tuple[str, ...]
    corrupt: tuple[str, ...]
    away: tuple[str, ...] = ()


def heal(database: Database, paths: PicturePaths) -> int:
    """Rows that are not as they were written are read again from their files; how many.

    Rows of older programs get their sums. Raises WorldError where the disk refuses.
    """
    wrong: list[sqlite3.Row] = []
    unsigned: list[tuple[int, int]] = []
    for row in database.connection().execute("SELECT * FROM pictures"):
        if row["sum"] is None:
            unsigned.append((row_checksum(row), row["id"]))
        elif row["sum"] != row_checksum(row):
            wrong.append(row)
    with database.transaction() as db:
        db.executemany("UPDATE pictures SET sum = ? WHERE id = ?", unsigned)
    for row in wrong:
        _heal_row(database, paths, row)
    return len(wrong)


def _heal_row(database: Database, paths: PicturePaths, row: sqlite3.Row) -> None:
    """From the picture's file, keeping what only the row knows.

    A row whose file is not there cannot be believed at all.
    """
    from core.metadata.reading import open_image
    from core.metadata.recipes import read_file

    file = paths.file_of(row)
    if row["origin"]:
        _heal_imported(database, paths, row, file)
        return
    size = (0, 0)
    try:
        recipe = read_file(file).recipe
        with open_image(file) as image:
            size = image.size
    except (WorldError, ValueError):
        recipe = None
    with database.transaction() as db:
        if recipe is None:
            remember(db, row)  # the file may be on a drive that is away
            drop_rows(db, [row["id"]])
        else:
            stored = paths.stored(paths.home(row["path"]))
            set_columns(db, row["id"], columns_of(stored, recipe, size))
            finish_in(db, recipe.job_id, JobState.DONE)


def _heal_imported(database: Database, paths: PicturePaths, row: sqlite3.Row, file: Path) -> None:
    """A picture of any program, which may have no recipe. It is never dropped: its drive may be
    away."""
    from core.store.imported.reading import read_picture

    old = origin_of(row["origin"])
    how = How.IN_PLACE if is_in_place(row["origin"]) else How.COPY
    try:
        read = read_picture(file, how, pixels=row["sha256"] != "")
    except (WorldError, ValueError):
        return
    stored = paths.stored(paths.home(row["path"]))
    hidden, gone = (old.hidden, old.gone) if old is not None else (False, False)
    origin = replace(read.origin, hidden=hidden, gone=gone)  # a look at its folder shows it again
    columns = columns_of(stored, read.recipe, read.size) | {"origin": dumps(origin)}
    with database.transaction() as db:
        set_columns(db, row["id"], columns)


def add_missing(database: Database, paths: PicturePaths, wanted: Callable[[], bool]) -> int:
    """Index files that have no row, those in the trash too; the number of those outside it.

    They were saved just before a crash, or the database was lost. Ends early where it is not
    `wanted` any more. Raises WorldError where the disk refuses.
    """
    added = 0
    for path in takewhile(lambda _: wanted(), files_without_row(database, paths)):
        if path.is_relative_to(paths.trash):
            _index(database, paths, path, path.name)
        else:
            added += _index(database, paths, path)
    return added


def files_without_row(database: Database, paths: PicturePaths) -> Iterator[Path]:
    """Picture files that no row names: first those among the pictures, then those in the trash.

    Raises WorldError where the database cannot be read.
    """
    for place, names in picture_names(paths.pictures):
        for name in sorted(set(names) - _known_in(database, paths, place)):
            yield place / name
    asked = "SELECT trash_path FROM pictures WHERE trash_path != ''"
    discarded = {row[0] for row in database.connection().execute(asked)}
    for path in pictures_in(paths.trash):
        if path.name not in discarded:
            yield path


def _known_in(database: Database, paths: PicturePaths, place: Path) -> set[str]:
    """The names of a folder's files that have a row; a day's, not those of all days at once."""
    stored = "" if place == paths.pictures else paths.stored(place) + "/"
    try:
        stored.encode()
    except UnicodeEncodeError:  # no row can hold them
        return set()
    if stored:
        asked = "SELECT path FROM pictures WHERE path > ? AND path < ?"
        rows = database.connection().execute(asked, (stored, stored[:-1] + "0"))  # behind the slash
    else:
        asked = "SELECT path FROM pictures WHERE instr(path, '/') = 0"
        rows = database.connection().execute(asked)
    return {row[0][len(stored) :] for row in rows}


def _index(database: Database, paths: PicturePaths, path: Path, trash_name: str = "") -> bool:
    """A row for a file with a recipe of ours, or that was copied here from another program; False
    for others, for a name not to be kept, and for one whose row a living process is about to
    write."""
    try:
        if _has_row(database, paths, path, trash_name):
            return False  # it came while others were looked at
        recipe, size, origin = _read(paths, path)
        if recipe is None or _is_being_made(database, recipe.job_id):
            return False
    except (WorldError, UnicodeEncodeError):
        return False
    place = _home_of(path, recipe, paths) if trash_name else path
    with database.transaction() as db:
        if _has_row(database, paths, path, trash_name):
            return False  # it was recorded while it was read
        picture_id = insert_row(db, paths, place, recipe, size, trash_name)
        if origin:
            set_columns(db, picture_id, {"origin": origin})
        if recipe.job_id and not trash_name:
            finish_in(db, recipe.job_id, JobState.DONE)
    return True


def _read(paths: PicturePaths, path: Path) -> tuple[Recipe | None, tuple[int, int], str]:
    """The recipe of a file that is the gallery's, None of another, its size in pixels, and the
    column `origin`. Raises WorldError where it is no whole picture."""
    from core.metadata.reading import open_image
    from core.metadata.recipes import read_file
    from core.store.imported.reading import read_picture

    recipe = read_file(path).recipe
    if recipe is not None:
        with open_image(path) as image:
            return recipe, image.size, ""
    if not _is_place_of_copies(paths, path):
        return None, (0, 0), ""
    read = read_picture(path, How.COPY, pixels=True)
    return read.recipe, read.size, dumps(read.origin)


def _is_place_of_copies(paths: PicturePaths, path: Path) -> bool:
    """Whether copies of other programs' pictures lie there: in the folder of a day, or discarded
    from one."""
    if path.parent == paths.trash:
        return _DISCARDED.match(path.name) is not None
    return path.parent.parent == paths.pictures and _DAY.fullmatch(path.parent.name) is not None


def _has_row(database: Database, paths: PicturePaths, path: Path, trash_name: str) -> bool:
    column = "trash_path" if trash_name else "path"
    name = trash_name or paths.stored(path)
    name.encode()  # UnicodeEncodeError where no row can hold it
    asked = f"SELECT 1 FROM pictures WHERE {column} = ?"
    return database.connection().execute(asked, (name,)).fetchone() is not None


def _is_being_made(database: Database, job_id: str) -> bool:
    asked = "SELECT owner, started FROM jobs WHERE id = ? AND state = ?"
    row = database.connection().execute(asked, (job_id, JobState.RUNNING)).fetchone()
    return row is not None and is_alive(row["owner"], row["started"] or 0.0)


def _home_of(discarded: Path, recipe: Recipe, paths: PicturePaths) -> Path:
    """Where a file of the trash would have lain: NUMBER-NAME there, DAY/NAME at home."""
    day = day_of(recipe.created) if recipe.created else ""
    day = day or day_of(discarded.stat().st_mtime)
    return paths.pictures / day / discarded.name.partition("-")[2]


def check(
    database: Database, paths: PicturePaths, progress: Callable[[int], None] | None = None
) -> Health:
    """Compare files and rows, and decode every picture; `progress` hears how many so far.

    Raises WorldError where the database cannot be read.
    """
    asked = "SELECT path, trashed, trash_path, origin FROM pictures"
    rows = database.connection().execute(asked).fetchall()
    away_below = away_beginnings(WatchedFolders(database).paths())
    missing: list[str] = []
    away: list[str] = []
    corrupt: list[str] = []
    known: set[str] = set()
    for count, row in enumerate(rows, 1):
        path = paths.trash / row["trash_path"] if row["trashed"] else paths.home(row["path"])
        known.add(row["path"])
        if is_in_place(row["origin"]) and _is_excused(row, away_below):
            if str(path).startswith(away_below):
                away.append(str(path))
        elif not path.exists():
            missing.append(str(path))
        elif not _decodes(path):
            corrupt.append(str(path))
        if progress:
            progress(count)
    orphans = [str(path) for path in pictures_in(paths.pictures) if paths.stored(path) not in known]
    return Health(
        pictures=len(rows),
        missing=tuple(missing),
        orphans=tuple(orphans),
        corrupt=tuple(corrupt),
        away=tuple(away),
    )


def _is_excused(row: sqlite3.Row, away_below: tuple[str, ...]) -> bool:
    """Whether it is known that the file of an imported picture is not to be seen."""
    origin = origin_of(row["origin"])
    return row["path"].startswith(away_below) or (origin is not None and origin.gone)


def _decodes(path: Path) -> bool:
    from core.metadata.reading import decode_rgb, open_image

    try:
        with open_image(path) as image:
            decode_rgb(image, path.name)
    except WorldError:
        return False
    return True
