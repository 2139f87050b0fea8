"""Calotype's own trash: pictures move in and out so that a kill at any call loses none, shows none
twice and forgets no favourite.

Moves are noted in the rows before the files go and again after they came; `settle` finishes or
takes back what a kill left between. `trash_path` set and `trashed` NULL: on its way in. Both set:
in the trash, or on its way out where its file is not there any more.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path

from core.store.picture_rows import PicturePaths, free_place, set_columns
from core.store.sqlite.by_id import drop_rows, rows_of
from core.store.sqlite.database import Database
from core.system.atomic_files import locked, move_new, sync_folder
from core.system.errors import WorldError, disk_refusals
from core.values.gallery.origin import is_in_place, with_hidden

GROUP = 50  # pictures that are moved together
_OLD = "SELECT id, trash_path FROM pictures WHERE trashed IS NOT NULL"

Remover = Callable[[Path], bool]
_Move = tuple[sqlite3.Row, Path, Path]  # a picture's row, where its file is, where it goes


class Trash:
    """Rows of the pictures table and the files they name; `holds` tells whether a file is the
    picture of a row.

    Every method raises WorldError where the database or a file cannot be read or written; those
    that move files also where another process has the trash to itself for too long.
    """

    def __init__(
        self,
        database: Database,
        paths: PicturePaths,
        holds: Callable[[Path, sqlite3.Row], bool],
    ) -> None:
        self._database = database
        self._paths = paths
        self._folder = paths.trash
        self._holds = holds

    @contextlib.contextmanager
    def _alone(self) -> Generator[None]:
        """One process moves at a time: `settle` would take another's move for
        one that was interrupted."""
        with locked(self._database.path.with_name("trash.lock"), "The trash"):
            yield

    def put(self, ids: Sequence[int]) -> tuple[int, ...]:
        """Move pictures in; the ids moved. One that lies there already stays as it is, the file of
        one that was imported in place stays where it is, and the picture is hidden. Raises
        WorldError where one cannot be moved: it and those after it are where they were."""
        done: list[int] = []
        with self._alone():
            for rows in _groups(self._rows(ids)):
                in_place = [row for row in rows if is_in_place(row["origin"])]
                others = [
                    row for row in rows if row["trashed"] is None and not is_in_place(row["origin"])
                ]
                self._set_all(
                    [(row, {"origin": with_hidden(row["origin"], True)}) for row in in_place]
                )
                self._put(others)
                done += [row["id"] for row in (*in_place, *others)]
        return tuple(done)

    def _put(self, rows: Sequence[sqlite3.Row]) -> None:
        names = [self._free_name(f"{row['id']}-{Path(row['path']).name}") for row in rows]
        pairs = list(zip(rows, names, strict=True))
        self._set_all([(row, {"trash_path": name}) for row, name in pairs])
        moves = [(row, self._paths.home(row["path"]), self._folder / name) for row, name in pairs]
        self._move_all(moves, {"trashed": time.time()}, back={"trash_path": ""})

    def _move_all(
        self, moves: Sequence[_Move], done: dict[str, object], back: dict[str, object]
    ) -> None:
        """Move files, then say so in their rows: `done` of those that moved, `back` of the others.
        Raises WorldError where one cannot be moved, or where no row takes it: then the files are
        where they were."""
        moved: list[_Move] = []
        fault: WorldError | None = None
        for row, source, target in moves:
            try:
                _move(source, target)
            except WorldError as error:
                fault = error
                break
            moved.append((row, source, target))
        _sync_folders(moved)
        left = moves[len(moved) :]
        try:
            self._set_all(
                [(row, done) for row, _, _ in moved] + [(row, back) for row, _, _ in left if back]
            )
        except WorldError:
            for _, source, target in moved:
                _move(target, source)
            _sync_folders(moved)
            self._set_all([(row, back) for row, _, _ in moves if back])
            raise
        if fault is not None:
            raise fault

    def take_out(self, ids: Sequence[int]) -> None:
        """Bring pictures back to where they were; where another picture has that name now, beside
        it. What was hidden is shown again. Raises WorldError where one cannot be moved: it and
        those after it stay in the trash."""
        with self._alone():
            for rows in _groups(self._rows(ids)):
                in_place = [row for row in rows if is_in_place(row["origin"])]
                self._set_all(
                    [(row, {"origin": with_hidden(row["origin"], False)}) for row in in_place]
                )
                self._take_out(
                    [
                        row
                        for row in rows
                        if row["trashed"] is not None and not is_in_place(row["origin"])
                    ]
                )

    def _take_out(self, rows: Sequence[sqlite3.Row]) -> None:
        moves: list[_Move] = []
        for row in rows:
            home = self._paths.home(row["path"])
            if home.exists() or home.is_symlink():
                home = free_place(self._database.connection(), self._paths, home)
                self._set(row["id"], path=self._paths.stored(home))
            moves.append((row, self._folder / row["trash_path"], home))
        self._move_all(moves, {"trashed": None, "trash_path": ""}, back={})

    def empty(self, limit: float, gone: Remover | None = None) -> int:
        """Let go of what was put in up to `limit` (seconds since 1970); the number of pictures that
        are gone. See `_let_go`."""
        with self._alone():
            return self._let_go(self._put_in_until(limit), gone)

    def discard(self, ids: Sequence[int], gone: Remover | None = None) -> int:
        """Let go of these pictures as far as they lie in the trash; the number that are gone."""
        with self._alone():
            in_trash = [row for row in self._rows(ids) if row["trashed"] is not None]
            return self._let_go(in_trash, gone)

    def let_go_in_place(self, ids: Sequence[int], gone: Remover) -> int:
        """Let `gone` take the files of these pictures away as far as they were imported in place,
        one by one, and forget those it took; how many. One whose file is not to be seen now, as on
        a drive that is away, stays."""
        taken: list[sqlite3.Row] = []
        with self._alone():
            for row in self._rows(ids):
                file = self._paths.home(row["path"])
                if is_in_place(row["origin"]) and file.exists() and self._goes(file, gone):
                    taken.append(row)
            self._forget(taken)
        return len(taken)

    def size(self, limit: float) -> tuple[int, int]:
        """How many pictures were put in up to `limit` (seconds since 1970), and how many bytes
        their files take."""
        rows = self._put_in_until(limit)
        taken = 0
        for row in rows:
            if row["trash_path"]:
                with contextlib.suppress(OSError):
                    taken += os.stat(self._folder / row["trash_path"]).st_size
        return len(rows), taken

    def _put_in_until(self, limit: float) -> list[sqlite3.Row]:
        """Ids and names in the trash of what was put in up to `limit`, seconds since 1970."""
        rows = self._database.connection().execute(f"{_OLD} AND trashed <= ?", (limit,))
        return rows.fetchall()

    def _let_go(self, rows: Sequence[sqlite3.Row], gone: Remover | None) -> int:
        """Rows and files of the trash. `gone` takes a file away to where it can be found again,
        and says whether it did.

        With `gone` the files go first, one by one, then their rows: a row in the trash whose file
        is not there is forgotten by `settle`, should a kill come between. Without it files are
        deleted for good, rows first: a file that stays behind is found again. Where a full disk
        takes no change of rows, files first there too: they make space.
        """
        if not rows:
            return 0
        if gone is not None:
            away = [
                row
                for row in rows
                if not row["trash_path"] or self._goes(self._folder / row["trash_path"], gone)
            ]
            self._forget(away)
            return len(away)
        try:
            self._forget(rows)
        except WorldError:
            self._delete_files(rows)
            self._forget(rows)
        else:
            self._delete_files(rows)
        return len(rows)

    @staticmethod
    def _goes(file: Path, gone: Remover) -> bool:
        """Whether a file is taken away, or was gone before."""
        return not file.exists() or gone(file) or not file.exists()

    def _delete_files(self, rows: Sequence[sqlite3.Row]) -> None:
        for row in rows:
            if not row["trash_path"]:
                continue
            try:
                os.unlink(self._folder / row["trash_path"])
            except FileNotFoundError:
                continue
            except OSError as fault:
                raise WorldError(
                    f"{row['trash_path']} cannot be deleted: {fault.strerror}.",
                    "Check the folder's permissions.",
                ) from fault

    def _forget(self, rows: Sequence[sqlite3.Row]) -> None:
        with self._database.transaction() as db:
            drop_rows(db, [row["id"] for row in rows])

    def settle(self) -> None:
        """After a kill: every row says again where its file is. Raises WorldError where the disk
        refuses."""
        waiting = "SELECT * FROM pictures WHERE trash_path != ''"
        if self._database.connection().execute(f"{waiting} LIMIT 1").fetchone() is None:
            return
        with self._alone():
            for row in self._database.connection().execute(waiting).fetchall():
                here = self._paths.home(row["path"])
                there = self._folder / row["trash_path"]
                if row["trashed"] is None:
                    self._settle_in(row, here, there)
                else:
                    self._settle_out(row, here, there)

    def _settle_in(self, row: sqlite3.Row, here: Path, there: Path) -> None:
        if there.exists() and not here.exists():
            self._set(row["id"], trashed=time.time())
            return
        if there.exists():  # copied to another disk, and killed before the original was deleted
            there.unlink()
        self._set(row["id"], trash_path="")

    def _settle_out(self, row: sqlite3.Row, here: Path, there: Path) -> None:
        if here.exists() and self._holds(here, row):
            if there.exists():
                there.unlink()
            self._set(row["id"], trashed=None, trash_path="")
        elif not there.exists() and self._folder.is_dir():  # the trash was emptied, perhaps by hand
            self._forget([row])

    def _rows(self, ids: Sequence[int]) -> list[sqlite3.Row]:
        return rows_of(self._database.connection(), ids)

    def _set(self, picture_id: int, **values: object) -> None:
        with self._database.transaction() as db:
            set_columns(db, picture_id, values)

    def _set_all(self, changes: Sequence[tuple[sqlite3.Row, dict[str, object]]]) -> None:
        if changes:
            with self._database.transaction() as db:
                for row, values in changes:
                    set_columns(db, row["id"], values)

    def _free_name(self, name: str) -> str:
        """A name of the trash that no file has; numbers of rows begin anew with a new database."""
        number, _, rest = name.partition("-")
        while (self._folder / name).exists():
            name = f"{number}_{os.urandom(3).hex()}-{rest}"
        return name


def _groups(rows: Sequence[sqlite3.Row]) -> Iterator[Sequence[sqlite3.Row]]:
    """So many as are noted and moved together: after a kill each of them is settled."""
    for at in range(0, len(rows), GROUP):
        yield rows[at : at + GROUP]


def _sync_folders(moves: Sequence[_Move]) -> None:
    """Make moves last; targets before sources. Raises WorldError where the disk refuses."""
    targets = dict.fromkeys(target.parent for _, _, target in moves)
    sources = dict.fromkeys(source.parent for _, source, _ in moves)
    with disk_refusals("The move could not be written", "Check the disk."):
        for folder in (*targets, *sources):
            if folder.is_dir():  # not that of files which were gone already
                sync_folder(folder)


def _move(source: Path, target: Path) -> None:
    """A file that is gone already needs no moving. Its folders are to be synced."""
    if not source.exists():
        return
    try:
        if not target.parent.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
            sync_folder(target.parent.parent)
        move_new(source, target, synced=False)
    except OSError as fault:
        raise WorldError(
            f"{source.name} could not be moved: {fault.strerror}.",
            "Free some space or check the folder's permissions.",
        ) from fault
