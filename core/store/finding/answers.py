"""The ids, days and shapes that answer a question: found and packed by SQLite itself, in one step,
during which Python's other threads run."""

from __future__ import annotations

import sqlite3
import sys
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.store.finding.sql_parts import (
    HIDDEN,
    IN_TRASH,
    MATCHING,
    STACKED,
    Conditions,
    is_here,
    local_day,
)
from core.system.errors import WorldError
from core.values.gallery.question import SHUFFLES, Order, PictureQuestion

if TYPE_CHECKING:
    from core.store.finding.terms import Query

LOOKS_EVERY = 20_000  # instructions of SQLite, some tenths of a millisecond, between two looks
# numbers as 16 hexadecimal digits each; an aggregate keeps the order of its subquery
# (sqlite.org/optoverview.html, section 11: one with an ORDER BY is not flattened into it)
_PACKED = "SELECT group_concat(digits, '') FROM (SELECT printf('%016x', {what}) AS digits {rows})"
# the few that lie below others, by their index alone: the plus keeps SQLite from the other one
_BELOW = (
    f"SELECT id FROM gallery.pictures WHERE {STACKED} "
    "AND document NOT IN ({unfolded}) AND id NOT IN "
    f"(SELECT max(id) FROM gallery.pictures WHERE {STACKED} GROUP BY document)"
)
_NO_CASE = " COLLATE NOCASE"
BYTES_OF_LABEL = 2**16  # up to which a file's size is rounded up: few labels for all files
_KEYS = {
    Order.RATING: "p.rating",
    Order.MODEL: f"p.model_name{_NO_CASE}",
    Order.SIZE: "p.pixels",
    Order.FILE_SIZE: "p.bytes",
    Order.NAME: f"p.name{_NO_CASE}",
}
# the rest of a square, of numbers that lie wide apart already: primes below 2**31, so that no
# product leaves SQLite's whole numbers (D. E. Knuth, The Art of Computer Programming 2, 3.2.2)
_SHUFFLED = (
    "(p.id*1103515245+{shuffle})%2147483647*((p.id*1103515245+{shuffle})%2147483647+{shuffle}+1)"
    "%2147483629"
)
_READ = frozenset({Order.MODEL, Order.NAME})  # what a person reads from the front


@dataclass(frozen=True, slots=True)
class Stack:
    """The pictures outside the trash that were made for one document or in one sweep: the newest,
    by its id, and how many there are."""

    top: int
    count: int


@dataclass(frozen=True, slots=True)
class Statement:
    """The rows `p` of a question, from "FROM" on, without an order; `by_index` where it needs the
    search index, `keys` are (expression, sign) of the order."""

    rows: str
    values: tuple[object, ...]
    by_index: bool
    keys: tuple[tuple[str, str], ...]

    @property
    def order(self) -> str:
        return "ORDER BY " + ", ".join(
            f"{key} {'ASC' if sign == '>' else 'DESC'}" for key, sign in self.keys
        )


def stacks(db: sqlite3.Connection) -> dict[str, Stack]:
    """By the name of the stack, all. Raises WorldError where the database cannot be read."""
    rows = db.execute(
        f"SELECT document, max(id), count(*) FROM pictures WHERE {STACKED} GROUP BY document"
    )
    return {document: Stack(top, count) for document, top, count in rows}


def needs_index(db: sqlite3.Connection, question: PictureQuestion) -> bool:
    """Whether only the search index knows; all else stands in the pictures' own rows."""
    if question.order is not Order.DATE:
        return True
    query = query_of(db, question)
    return query is not None and bool(query.terms)


def _ask(db: sqlite3.Connection, sql: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
    """Of a connection to the search index, or of one to the database itself."""
    attached = {row[1] for row in db.execute("PRAGMA database_list")}
    return db.execute(sql if "gallery" in attached else sql.replace("gallery.", "main."), values)


def query_of(db: sqlite3.Connection, question: PictureQuestion) -> Query | None:
    """What the text says, and with it the saved search that the album is; None where nothing is
    said, so that the language is not read before the window's first paint."""
    said = [question.text] if question.text.strip() else []
    if question.album:
        asked = "SELECT query FROM gallery.albums WHERE id = ? AND query != ''"
        said += [row[0] for row in _ask(db, asked, (question.album,))]
    if not said:
        return None
    from core.store.finding.conditions import joined
    from core.store.finding.language import parse

    return joined([parse(text) for text in reversed(said)])


def statement(db: sqlite3.Connection, question: PictureQuestion) -> Statement:
    """The question in SQL for a connection to the search index. Raises WorldError where the
    database cannot be read."""
    query = query_of(db, question)
    conditions = _said(db, query)
    by_index = question.order is not Order.DATE or bool(query and query.terms)
    table, values = "facts p" if by_index else "gallery.pictures p", list[object]()
    keys = _keys(question, by_index=by_index)
    if conditions.match and question.order is Order.DATE:
        # the index of words runs in the order of places, and ends at the limit
        table, values = "words CROSS JOIN facts p ON p.place = words.rowid", [conditions.match]
        conditions.parts.insert(0, "words MATCH ?")
        keys = (("words.rowid", keys[0][1]),)
    elif conditions.match:
        conditions.add(MATCHING, conditions.match)
    _add_place(conditions, question, by_index=by_index)
    if question.album and not _is_smart(db, question.album):
        conditions.add(
            "p.id IN (SELECT picture FROM gallery.album_pictures WHERE album = ?)", question.album
        )
    if question.stacked and question.is_plain():
        marks = ",".join("?" * len(question.unfolded))
        conditions.add(f"+p.id NOT IN ({_BELOW.format(unfolded=marks)})", *question.unfolded)
    where = " AND ".join(conditions.parts)
    return Statement(f"FROM {table} WHERE {where}", (*values, *conditions.values), by_index, keys)


def _said(db: sqlite3.Connection, query: Query | None) -> Conditions:
    """What a query says; hidden pictures answer where it asks for them alone."""
    if query is None:
        conditions, hidden = Conditions(), False
    else:
        from core.store.finding.conditions import asks_for, conditions_of

        conditions, hidden = conditions_of(db, query), asks_for(query, "hidden")
    if not hidden:
        conditions.add(HIDDEN, negated=True)
    return conditions


def _is_smart(db: sqlite3.Connection, album: int) -> bool:
    asked = "SELECT 1 FROM gallery.albums WHERE id = ? AND query != ''"
    return _ask(db, asked, (album,)).fetchone() is not None


def _add_place(conditions: Conditions, question: PictureQuestion, *, by_index: bool) -> None:
    """In the trash, or outside it."""
    if by_index:
        conditions.add(f"p.id IN ({IN_TRASH})" if question.trashed else is_here("p.id"))
    else:
        conditions.add("p.trashed IS NOT NULL" if question.trashed else "p.trashed IS NULL")


def _keys(question: PictureQuestion, *, by_index: bool) -> tuple[tuple[str, str], ...]:
    """The order's expressions. Of equal pictures the newest stands first where the order is the
    usual one, and last in the other: so one index serves both."""
    sign = ">" if question.rising else "<"
    if question.order is Order.DATE:
        into_the_past = "<" if question.rising else ">"
        return (("p.place", into_the_past),) if by_index else (("p.created", sign), ("p.id", sign))
    newest_first = question.rising == (question.order in _READ)
    key = _KEYS.get(question.order) or _SHUFFLED.format(shuffle=question.shuffle % SHUFFLES)
    return ((key, sign), ("p.place", ">" if newest_first else "<"))


def find(
    db: sqlite3.Connection,
    question: PictureQuestion,
    *,
    limit: int = -1,
    after: int | None = None,
    above: int | None = None,
    wanted: Callable[[], bool] = lambda: True,
) -> array[int] | None:
    """The ids that answer, in their order: of 64 bits each, at most `limit`; `after` one of them,
    and above an id. None where the answer is not `wanted` any more, which is asked on the way.
    Raises WorldError where the database cannot be read."""
    asked = statement(db, question)
    rows, values = asked.rows, list(asked.values)
    if above is not None:
        rows += " AND p.id > ?"
        values.append(above)
    if after is not None:
        behind, more = _behind(db, asked, after)
        rows += f" AND {behind}"
        values += more
    return packed(db, f"{rows} {asked.order} LIMIT ?", [*values, limit], wanted=wanted)


def _behind(db: sqlite3.Connection, asked: Statement, after: int) -> tuple[str, list[object]]:
    """What holds of the pictures behind one in the order."""
    table = "facts" if asked.by_index else "gallery.pictures"
    expressions = ", ".join(
        "p.place" if key == "words.rowid" else key.removesuffix(_NO_CASE) for key, _ in asked.keys
    )
    row = _ask(db, f"SELECT {expressions} FROM {table} p WHERE p.id = ?", (after,)).fetchone()
    if row is None:
        return "0", []
    (key, sign), *others = asked.keys
    if not others:
        return f"{key} {sign} ?", [row[0]]
    ((second, second_sign),) = others
    behind = f"{key} {sign}= ? AND ({key} {sign} ? OR {second} {second_sign} ?)"
    return behind, [row[0], row[0], row[1]]


def packed(
    db: sqlite3.Connection,
    rows: str,
    values: list[object],
    *,
    what: str = "p.id",
    wanted: Callable[[], bool] = lambda: True,
) -> array[int] | None:
    """A number of each row, of 64 bits; None where it is not `wanted` any more."""
    if not wanted():
        return None
    db.set_progress_handler(lambda: not wanted(), LOOKS_EVERY)
    try:
        sql = _PACKED.format(what=what, rows=rows)
        digits: str | None = _ask(db, sql, values).fetchone()[0]
    except WorldError:
        if wanted():
            raise
        return None
    finally:
        db.set_progress_handler(None, 0)
    numbers = array("q", bytes.fromhex(digits or ""))
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def days(db: sqlite3.Connection, question: PictureQuestion) -> list[tuple[str, int]]:
    """The days (ISO 8601, of this machine's place) on which the answers were made, and how many on
    each: in the order of the answers by date. Raises WorldError where the database cannot be
    read."""
    asked = statement(db, question)
    order = "ASC" if question.rising and question.order is Order.DATE else "DESC"
    rows = _ask(
        db,
        f"SELECT {local_day(db)} AS day, count(*) {asked.rows} GROUP BY day ORDER BY day {order}",
        asked.values,
    )
    return [(day, count) for day, count in rows]


def labels(db: sqlite3.Connection, question: PictureQuestion) -> list[tuple[str, int]]:
    """As `days`, for the other orders: how many pictures have which rating, model, size ("W x H" is
    for the window to make of its pixels), bytes (rounded up) or first letter, in the order of the
    answers; a random order has one label, ""."""
    if question.order is Order.DATE:
        return days(db, question)
    asked = statement(db, question)
    key, sign = asked.keys[0]
    match question.order:
        case Order.NAME:
            key = "upper(substr(p.name, 1, 1))"
        case Order.FILE_SIZE:
            key = f"(p.bytes + {BYTES_OF_LABEL - 1}) / {BYTES_OF_LABEL} * {BYTES_OF_LABEL}"
        case Order.RANDOM:
            key = "''"
        case _:
            pass
    rows = _ask(
        db,
        f"SELECT {key} AS label, count(*) {asked.rows} GROUP BY label "
        f"ORDER BY {asked.keys[0][0]} {'ASC' if sign == '>' else 'DESC'}",
        asked.values,
    )
    return [(str(label), count) for label, count in rows]


def shapes(
    db: sqlite3.Connection,
    question: PictureQuestion,
    *,
    wanted: Callable[[], bool] = lambda: True,
) -> array[int] | None:
    """Of each answer of `find`, in its order, width * 65536 + height in pixels."""
    asked = statement(db, question)
    what = "min(p.width, 65535) << 16 | min(p.height, 65535)"
    rows = f"{asked.rows} {asked.order}"
    return packed(db, rows, list(asked.values), what=what, wanted=wanted)


def made_with(db: sqlite3.Connection, model_name: str, limit: int) -> list[int]:
    """The ids of the latest pictures made with a model of this name, at most `limit` favourites
    before at most `limit` of all. Raises WorldError where the database cannot be read."""
    latest = "WHERE model_name = ? COLLATE NOCASE AND model_name = ?"
    place = f"AND {is_here('id')}"
    order = "ORDER BY place LIMIT ?"
    values = (model_name, model_name, limit)
    ids = [
        row[0]
        for which in ("AND favourite = 1", "")
        for row in db.execute(f"SELECT id FROM facts {latest} {which} {place} {order}", values)
    ]
    return list(dict.fromkeys(ids))
