"""Which pictures are asked for, by words, marks and the trash, and their ids: found and packed by
SQLite itself, in one step, during which Python's other threads run."""

from __future__ import annotations

import re
import sqlite3
import sys
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.store.picture_rows import storable
from core.system.errors import WorldError

LOOKS_EVERY = 20_000  # instructions of SQLite, some tenths of a millisecond, between two looks
_WORD = re.compile(r"\w+", re.UNICODE)
# ids as 16 hexadecimal digits each; an aggregate keeps the order of its subquery
# (sqlite.org/optoverview.html, section 11: one with an ORDER BY is not flattened into it)
# the few that lie below others, by their index alone: the plus keeps SQLite from the other one
_BELOW = (
    "SELECT id FROM pictures WHERE document != '' AND +trashed IS NULL "
    "AND document NOT IN ({unfolded}) AND id NOT IN (SELECT max(id) FROM pictures "
    "WHERE document != '' AND +trashed IS NULL GROUP BY document)"
)
_PACKED = "SELECT group_concat(digits, '') FROM (SELECT printf('%016x', {id}) AS digits {what})"


@dataclass(frozen=True, slots=True)
class PictureQuestion:
    """`words`: all must occur, the last one may be a beginning. `stacked`: of the pictures made for
    one document of Edit the newest stands for all, but of those `unfolded`; where nothing is looked
    for by words or marks, or in the trash."""

    words: str = ""
    favourites: bool = False
    trashed: bool = False
    stacked: bool = False
    unfolded: tuple[str, ...] = ()

    def is_plain(self) -> bool:
        """Whether every picture outside the trash is an answer."""
        return not (words_in(self.words) or self.favourites or self.trashed)


@dataclass(frozen=True, slots=True)
class Stack:
    """The pictures outside the trash that were made for one document: the newest, by its id, and
    how many there are."""

    top: int
    count: int


def stacks(db: sqlite3.Connection) -> dict[str, Stack]:
    """By document, all stacks. Raises WorldError where the database cannot be read."""
    rows = db.execute(
        "SELECT document, max(id), count(*) FROM pictures "
        "WHERE document != '' AND +trashed IS NULL GROUP BY document"
    )
    return {document: Stack(top, count) for document, top, count in rows}


def words_in(text: str) -> list[str]:
    """The words of a text as the index of words knows them; a row of underscores is none."""
    return [word for word in _WORD.findall(storable(text)) if word.strip("_")]


def all_of(words: Sequence[str]) -> str:
    """A question to the index of words that they all answer (sqlite.org/fts5.html, section 3)."""
    return " ".join(f'"{word}"' for word in words)


def find(
    db: sqlite3.Connection,
    question: PictureQuestion,
    *,
    limit: int = -1,
    below: int | None = None,
    above: int | None = None,
    wanted: Callable[[], bool] = lambda: True,
) -> array[int] | None:
    """The ids that answer, newest first: of 64 bits each, at most `limit`, all of them below and
    above an id. None where the answer is not `wanted` any more, which is asked on the way. Raises
    WorldError where the database cannot be read."""
    sql, values = _statement(question, limit=limit, below=below, above=above)
    if not wanted():
        return None
    db.set_progress_handler(lambda: not wanted(), LOOKS_EVERY)
    try:
        digits: str | None = db.execute(sql, values).fetchone()[0]
    except WorldError:
        if wanted():
            raise
        return None
    finally:
        db.set_progress_handler(None, 0)
    ids = array("q", bytes.fromhex(digits or ""))
    if sys.byteorder == "little":
        ids.byteswap()
    return ids


def _statement(
    question: PictureQuestion, *, limit: int, below: int | None, above: int | None
) -> tuple[str, list[object]]:
    if words := words_in(question.words):
        name, table, order = "rowid", "words", "rowid"
        where, values = _in_words(question, words)
    else:
        name, table = "id", "pictures"
        # few are sorted after they were found by an index; left to itself SQLite would read the
        # whole table, since that lies in the order that is wanted
        order = "+id" if question.favourites or question.trashed else "id"
        where = _in_rows(question)
        values: list[object] = []
        if question.stacked and question.is_plain():
            marks = ",".join("?" * len(question.unfolded))
            where.append(f"+id NOT IN ({_BELOW.format(unfolded=marks)})")
            values += question.unfolded
    for sign, bound in (("<", below), (">", above)):
        if bound is not None:
            where.append(f"{name} {sign} ?")
            values.append(bound)
    what = f"FROM {table} WHERE {' AND '.join(where)} ORDER BY {order} DESC LIMIT ?"
    return _PACKED.format(id=name, what=what), [*values, limit]


def _in_words(question: PictureQuestion, words: list[str]) -> tuple[list[str], list[object]]:
    """By the index of words, which runs from the newest backwards and ends at the limit.

    The plus keeps SQLite from asking it once for each picture of a list
    (sqlite.org/optoverview.html, section 8).
    """
    membership = "IN" if question.trashed else "NOT IN"
    where = [
        "words MATCH ?",
        f"+rowid {membership} (SELECT id FROM pictures WHERE trashed IS NOT NULL)",
    ]
    if question.favourites:
        where.append("+rowid IN (SELECT id FROM pictures WHERE favourite = 1)")
    return where, [all_of(words) + "*"]


def _in_rows(question: PictureQuestion) -> list[str]:
    if question.trashed:
        favourites = ["+favourite = 1"] if question.favourites else []
        return ["trashed IS NOT NULL", *favourites]
    if question.favourites:
        return ["+trashed IS NULL", "favourite = 1"]
    return ["trashed IS NULL"]
