"""Conditions of SQL on a row `p` of pictures, read before the window's first paint."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

from core.values.gallery import origin
from core.values.gallery.day import day_of

HIDDEN = f"p.id IN (SELECT id FROM gallery.pictures WHERE {origin.HIDDEN})"
STACKED = "document != '' AND +trashed IS NULL"  # by the index of documents, not that of the trash
IN_TRASH = "SELECT id FROM gallery.pictures WHERE trashed IS NOT NULL"
# seconds of the years 2 to 9998, which calendars of programs know
_WITHIN = "max(min(p.created, 253354867200), -62088422400)"
# SQLite knows when clocks were put forward in the years 1971 to 2037 alone
# (sqlite.org/lang_datefunc.html, section 4); for all others it would take one of these
_DAY = (
    "CASE WHEN p.created BETWEEN 31536000 AND 2145830400 "
    "THEN date(CAST(p.created AS INTEGER), 'unixepoch', 'localtime') "  # else it is rounded
    f"ELSE local_day({_WITHIN}) END"
)
_LET_GO = (  # of which the index has not heard yet
    "SELECT picture FROM gallery.unindexed WHERE id > (SELECT seen FROM progress) "
    "AND NOT EXISTS (SELECT 1 FROM gallery.pictures WHERE pictures.id = unindexed.picture)"
)
MATCHING = "p.place IN (SELECT rowid FROM words WHERE words MATCH ?)"


def is_here(column: str) -> str:
    """That a picture of the index, by the `column` of its id, is in the gallery and not in the
    trash."""
    return f"{column} NOT IN ({IN_TRASH}) AND {column} NOT IN ({_LET_GO})"


def local_day(db: sqlite3.Connection) -> str:
    """The day on which a row `p` was made (ISO 8601, of this machine's place), for this
    connection."""
    db.create_function("local_day", 1, day_of, deterministic=True)
    return _DAY


def escaped(text: str) -> str:
    """As LIKE finds it, with a backslash to escape: none of its signs stands for others."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


@dataclass(slots=True)
class Conditions:
    """All of them must hold; `values` are those of their question marks, in turn. `match`: what is
    asked of the index of words, "" for nothing."""

    match: str = ""
    parts: list[str] = field(default_factory=list[str])
    values: list[object] = field(default_factory=list[object])

    def add(self, part: str, *values: object, negated: bool = False) -> None:
        """One more; a value that is not known answers neither it nor, `negated`, its opposite."""
        self.parts.append(f"NOT ({part})" if negated else f"({part})")
        self.values += values
