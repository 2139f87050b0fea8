"""A damaged database is replaced by one made from what it still holds, and a kill loses neither."""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from core.store.sqlite.connection import Connection, committed_or_rolled_back
from core.store.sqlite.migrations import migrate
from core.store.sqlite.recovery import (
    recover_rows,
    remember_albums,
    settle_albums,
    with_header,
)
from core.store.sqlite.remembered import give_back
from core.system.atomic_files import locked, name_new, replace_file, sync_file, sync_folder
from core.system.errors import WorldError
from core.system.json_files import read_table

_log = logging.getLogger(__name__)
SUFFIXES = ("-shm", "-wal", "")
INDEX = "search.db"  # beside the database, with its suffixes: made anew out of it
KEPT_BAD = 3  # damaged files of earlier repairs
DAY = 86_400.0  # seconds
WAIT_SECONDS = 60.0  # for whoever replaces the database
ALONE_SECONDS = 20.0  # for those who have it open, before it is replaced
LOOK_SECONDS = 0.05  # between two looks at a lock
LARGEST_MARK = 4096  # bytes


class DatabaseInUse(WorldError):
    """Somebody else has the database open while it should be replaced."""


class DatabaseUsers:
    """Who has a database open. All share it; whoever replaces the file has it alone.

    What others still write into the old one would be lost, and SQLite, closing the old file, would
    delete the new one's journal, which has the same name.

    A lock on a file beside it (flock); on Windows the system itself refuses to rename a file that
    somebody has open. Where a disk knows no locks, everybody is let in.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._handle = -1  # of the open file; -1: not open

    def share(self) -> None:
        """One more that has it open. Raises DatabaseInUse where somebody
        replaces it for too long."""
        if sys.platform == "win32" or self._handle >= 0:
            return
        self._open()
        self._take(WAIT_SECONDS, alone=False)

    def leave(self) -> None:
        """One less."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    @contextlib.contextmanager
    def alone(self, seconds: float) -> Generator[None]:
        """Nobody else has it open inside. Raises DatabaseInUse where somebody still has after
        `seconds` (WorldError on Windows)."""
        if sys.platform == "win32":
            with locked(self._file, "The database", seconds):
                yield
            return
        self.leave()  # two that hold it and both want it alone would wait for each other
        self._open()
        try:
            self._take(seconds, alone=True)
        except DatabaseInUse:
            self.share()  # it may still be open here, and nobody may replace it then
            raise
        try:
            yield
        finally:
            self._take(WAIT_SECONDS, alone=False)

    def _open(self) -> None:
        try:
            self._handle = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as fault:
            _log.info("the database's users cannot be noted: %s", fault)

    def _take(self, seconds: float, *, alone: bool) -> None:
        if sys.platform == "win32" or self._handle < 0:
            return
        import fcntl  # not there on Windows

        kind = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
        until = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(self._handle, kind | fcntl.LOCK_NB)
            except OSError as fault:
                if fault.errno not in (errno.EAGAIN, errno.EACCES):
                    return  # no locks on this disk
                if time.monotonic() > until:
                    self.leave()
                    raise DatabaseInUse(
                        (
                            "The database is damaged or being repaired, and another "
                            "command or window uses it."
                        ),
                        "Wait until that has ended, then try again.",
                    ) from fault
                time.sleep(LOOK_SECONDS)
            else:
                return


def rebuild(path: Path, backups: Path, still_there: Callable[[dict[str, Any]], bool]) -> Path:
    """Put a new database with what reads well in the place of the damaged one at `path`.

    Rows come from it and from the latest copy. Returns where the damaged one is kept. Only while
    nobody has it open. Raises WorldError, OSError or sqlite3.Error: then it is as it was.
    """
    stamp = time.time_ns()
    aside = path.with_name(f"{path.name}.bad-{stamp}")
    fresh = path.with_name(f"{path.name}.fresh-{stamp}")
    for old in path.parent.glob(f"{path.name}.fresh-*"):  # of a repair that was killed
        old.unlink()
    try:
        target = sqlite3.connect(fresh, isolation_level=None, factory=Connection)
        with contextlib.closing(target):
            target.row_factory = sqlite3.Row
            fill(target, path, backups, still_there)
        sync_file(fresh)
        sync_folder(fresh.parent)
    except BaseException:
        for suffix in ("", "-journal"):
            with contextlib.suppress(OSError):
                Path(f"{fresh}{suffix}").unlink(missing_ok=True)
        raise
    swap(path, fresh, aside)
    _forget_old(path)
    return aside


def fill(
    target: sqlite3.Connection,
    path: Path,
    backups: Path,
    still_there: Callable[[dict[str, Any]], bool],
) -> None:
    """Tables into the empty database `target`, and what rows the file and the latest copy give.

    Raises WorldError or sqlite3.Error where `target` cannot be written.
    """
    migrate(target)
    taken: dict[str, int] = {}
    if path.is_file() and path.stat().st_size:
        taken = recover_rows(path, target)
        if not any(taken.values()):
            taken = _without_header(path, target)
    more: dict[str, int] = {}
    copy = path
    for copy in copies_in(backups):
        more = recover_rows(copy, target, still_there=still_there)
        if more:
            break
    target.execute("BEGIN IMMEDIATE")  # thousands of changes that are written by themselves last
    with committed_or_rolled_back(target):
        if more:
            remember_albums(copy, target)
        remember_albums(path, target)
        give_back(target)
        settle_albums(target)
    _log.warning(
        "the database was damaged; taken over: %s, and from the latest copy: %s", taken, more
    )


def copies_in(backups: Path) -> list[Path]:
    """The copies of the database, the latest first."""
    copies = [copy for copy in backups.glob("*.db") if copy.is_file()]
    return sorted(copies, key=lambda copy: copy.stat().st_mtime, reverse=True)


def _without_header(path: Path, target: sqlite3.Connection) -> dict[str, int]:
    """Where not even the tables can be opened: once more behind the header of a new file."""
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.db"
        mended = Path(folder) / "mended.db"
        try:
            with contextlib.closing(sqlite3.connect(whole, isolation_level=None)) as db:
                target.backup(db)
            mended.write_bytes(with_header(path.read_bytes(), whole.read_bytes()))
        except (OSError, sqlite3.Error) as fault:
            _log.warning("the damaged database could not be copied: %s", fault)
            return {}
        return recover_rows(mended, target)


def swap(path: Path, fresh: Path, aside: Path) -> None:
    """`fresh` becomes the database, the old one is kept as `aside`; all in one folder.

    After a kill `finish_swap` ends it. Raises OSError where the disk refuses.
    """
    replace_file(_mark(path), json.dumps({"fresh": fresh.name, "aside": aside.name}).encode())
    finish_swap(path)


def _mark(path: Path) -> Path:
    return path.with_name(path.name + ".swap")


def swap_pending(path: Path) -> bool:
    """Whether a repair was killed between the old database and the new one."""
    return _mark(path).exists()


def finish_swap(path: Path) -> None:
    """Carry out the exchange that a mark announces, from wherever it was interrupted.

    Raises OSError where the disk refuses: then it is left as it is, and can be finished later.
    """
    mark = _mark(path)
    try:
        named = read_table(mark, LARGEST_MARK)
        fresh = path.with_name(Path(named["fresh"]).name)
        aside = path.with_name(Path(named["aside"]).name)
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError, TypeError) as fault:
        _log.warning("the mark of a repair makes no sense: %s", fault)
        _clear(mark)
        return
    if fresh.exists():
        for suffix in SUFFIXES:
            source = Path(f"{path}{suffix}")
            if source.exists() or source.is_symlink():
                os.replace(source, f"{aside}{suffix}")
        for suffix in (".suspect", ".seal"):
            _clear(path.with_name(path.name + suffix))
        remove_index(path.parent)
        sync_folder(path.parent)
        name_new(fresh, path)
    elif not path.exists() and aside.exists():
        name_new(aside, path)
    sync_folder(path.parent)
    mark.unlink()
    sync_folder(path.parent)


def remove_index(folder: Path) -> None:
    """Delete the search index of the database in `folder`, whatever lies in its place. Raises
    OSError where that fails."""
    for suffix in SUFFIXES:
        file = folder / f"{INDEX}{suffix}"
        if file.is_dir() and not file.is_symlink():
            shutil.rmtree(file)
        else:
            file.unlink(missing_ok=True)


def _forget_old(path: Path) -> None:
    """Damaged files kept by earlier repairs: the three latest stay, and all of the last day."""
    damaged = path.parent.glob(f"{path.name}.bad-*")
    # their journals end in letters; the names of all end with the time, so they sort by it
    kept = sorted((copy for copy in damaged if copy.name[-1].isdigit()), key=lambda copy: copy.name)
    for old in kept[:-KEPT_BAD]:
        with contextlib.suppress(OSError):
            if time.time() - old.lstat().st_ctime > DAY and old.is_file():
                for suffix in SUFFIXES:
                    Path(f"{old}{suffix}").unlink(missing_ok=True)


def _clear(mark: Path) -> None:
    """Delete a mark; a folder in its place gets another name."""
    if mark.is_dir() and not mark.is_symlink():
        os.replace(mark, mark.with_name(f"{mark.name}.bad-{time.time_ns()}"))
    else:
        mark.unlink(missing_ok=True)


def odd_files(path: Path) -> list[Path]:
    """What lies in the place of the database or its journals and is no file (a folder, a pipe)."""
    places = [Path(f"{path}{suffix}") for suffix in SUFFIXES]
    return [place for place in places if not place.is_file() and os.path.lexists(place)]


def move_odd_aside(path: Path) -> None:
    """Such things get another name. Raises OSError where that fails."""
    for odd in odd_files(path):
        os.replace(odd, path.with_name(f"{odd.name}.bad-{time.time_ns()}"))
