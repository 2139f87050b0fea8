"""The search index of a gallery: asked, kept up with what changes, and made the first time."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from core.store.finding import filling
from core.store.finding.index_file import IndexFile, IndexMissed, is_read_only
from core.store.sqlite.connection import DatabaseDamaged, committed_or_rolled_back
from core.store.sqlite.database import Database
from core.system.errors import WorldError

T = TypeVar("T")
AT_ONCE = 1000  # changes that a question takes in before it is answered
_log = logging.getLogger(__name__)
KEPT = 1000  # changes that were taken in, before their notes are deleted


class SearchIndex:
    """A file beside the database, `search.db`. Every method raises WorldError where the database
    cannot be read. `begun_anew` hears, in any thread, that it was thrown away here or by another
    process: a window fills it again then, so that questions find more than the newest pictures
    soon."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.begun_anew: Callable[[], None] = lambda: None
        self._was_filled = False  # once it knew all pictures
        self._file = IndexFile(database, self._say_begun_anew)

    def _say_begun_anew(self) -> None:
        self._was_filled = False
        self.begun_anew()

    def asked(self, ask: Callable[[sqlite3.Connection], T]) -> T:
        """What `ask` gives for a connection to the index, which knows what has just changed; where
        that cannot be written down, as it is."""

        def work(db: sqlite3.Connection) -> T:
            try:
                if not filling.catch_up(db, AT_ONCE) and self._was_filled:
                    self._say_begun_anew()
            except (DatabaseDamaged, IndexMissed):
                raise
            except WorldError as fault:
                if is_read_only(fault):
                    raise
                _log.info("the search index could not be kept up: %s", fault)
            return ask(db)

        return self._file.asked(work)

    def check(self) -> None:
        """After a crash: an index that is damaged, or holds other pictures than the database, is
        begun anew. Long: not for the GUI thread. Raises WorldError where the database cannot be
        read."""

        def work(db: sqlite3.Connection) -> None:
            filling.read_through(db)
            _compare(db)

        self._file.asked(work)

    def fill(self, limit: int = filling.SLICE) -> bool:
        """One slice of what it does not know yet; whether there may be more. Not for the GUI
        thread. Raises WorldError also where the disk takes no more."""
        more = self._file.asked(lambda db: filling.fill(db, limit))
        if not more:
            self._was_filled = True
            self._forget_changes()
        return more

    def note_looks(self, found: Sequence[tuple[int, tuple[int, int]]]) -> None:
        """What pictures look like, by their ids: the numbers of `picture_hash.looks_of`. Raises
        WorldError also where the disk takes no more."""

        def note(db: sqlite3.Connection) -> None:
            db.execute("BEGIN IMMEDIATE")
            with committed_or_rolled_back(db):
                filling.note_looks(db, found)

        if found:
            self.asked(note)

    def keep_up(self) -> None:
        """Take in all that has changed; whoever changes many does that at once, so that no question
        has to. Where the disk takes no more that is left to the next question."""
        try:
            while self._file.asked(filling.take_changes):
                pass
        except WorldError as fault:
            _log.info("the search index could not be kept up: %s", fault)

    def fill_all(
        self,
        wanted: Callable[[], bool] = lambda: True,
        progress: Callable[[int], None] | None = None,
        *,
        rest: float = 0.0,
    ) -> None:
        """All slices, while `wanted`; `progress` hears how many pictures are left. Between two
        slices it rests for so many seconds, in which others may write. Raises as `fill` does."""
        self._file.asked(_compare)
        while wanted() and self.fill():
            if progress is not None:
                progress(self.left())
            time.sleep(rest)

    def left(self) -> int:
        """How many pictures are still to be taken in for the first time."""
        return self._file.asked(filling.left)

    def _forget_changes(self) -> None:
        """Delete the notes of changes that were taken in, where they are many."""
        if self._database.refusal is not None:
            return
        seen = self._file.asked(filling.seen)
        asked = "SELECT count(*) FROM unindexed WHERE id <= ?"
        if self._database.connection().execute(asked, (seen,)).fetchone()[0] > KEPT:
            self._file.asked(filling.make_last)
            with self._database.transaction() as db:
                db.execute("DELETE FROM unindexed WHERE id <= ?", (seen,))

    def close(self) -> None:
        """Let go of an index that is kept in memory."""
        self._file.close()


def _compare(db: sqlite3.Connection) -> None:
    if filling.are_apart(db):
        raise IndexMissed("The search index holds other pictures than the gallery.")
