"""A query's terms as conditions of SQL on a row `p` of the index's facts."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence
from itertools import islice

from core.store.finding.facts import (
    LARGEST,
    LORA_KIND,
    SEED_SHIFT,
    TAG_KIND,
    Kind,
    last_place,
)
from core.store.finding.language import parse
from core.store.finding.sql_parts import HIDDEN, MATCHING, Conditions, escaped
from core.store.finding.terms import (
    Being,
    Between,
    Like,
    Made,
    Named,
    Query,
    Same,
    Size,
    Term,
    Words,
)
from core.store.finding.words import all_of, in_a_row, words_in

MOST_NAMES = 1000  # of tags, models ... that one part of a query stands for
_COLUMNS = {"model": "model_name", "name": "name"}
_NUMBERS = {"size": "max(p.width, p.height)"}
_KINDS = {
    "candidate": Kind.CANDIDATE,
    "sweep": Kind.SWEEP,
    "imported": Kind.IMPORTED,
    "upscaled": Kind.UPSCALED,
    "edited": Kind.EDITED,
    "has lora": Kind.LORA,
    "has recipe": Kind.RECIPE,
    "has note": Kind.NOTE,
    "has tag": Kind.TAG,
    "has parent": Kind.PARENT,
    "has negative": Kind.NEGATIVE,
}
_STATES = {
    "favourite": "p.favourite = 1",
    "rejected": "p.rating < 0",
    "rated": "p.rating > 0",
    "hidden": HIDDEN,
    "has album": "p.id IN (SELECT picture FROM gallery.album_pictures)",
}
ALIKE = 14  # bits of 63: a copy with its edges cut off has up to so many, few others have so few
MOST_WORDS = 32  # of a prompt that is looked for again
_OF_RECIPE = ("model_name", "sampler", "schedule", "steps", "guidance", "width", "height")
# by what is the same: columns of the facts, then texts of the picture's own row
_SAME: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "recipe": (_OF_RECIPE, ("prompt", "negative")),
    "prompt": ((), ("prompt",)),
    "model": (("model_name",), ()),
    "seed": (("seed",), ()),
}


def conditions_of(db: sqlite3.Connection, query: Query) -> Conditions:
    """What must hold. Raises WorldError where the database cannot be read."""
    found = Conditions()
    words = [term for term in query.terms if isinstance(term.meaning, Words) and not term.negated]
    found.match = " AND ".join(f"({_match(term)})" for term in words)
    for term in query.terms:
        if term not in words:
            _add(db, found, term)
    return found


def asks_for(query: Query, what: str) -> bool:
    """Whether a term says that pictures are this, or are not."""
    return any(
        isinstance(term.meaning, Being) and term.meaning.what == what for term in query.terms
    )


def _match(term: Term) -> str:
    words = term.meaning
    assert isinstance(words, Words)
    asked = in_a_row(words.words) if words.phrase else all_of(words.words)
    return f"{asked}*" if words.begins else asked


def _add(db: sqlite3.Connection, found: Conditions, term: Term) -> None:
    match term.meaning:
        case Words():
            found.add(MATCHING, _match(term), negated=term.negated)
        case Named():
            if term.meaning.field == "folder":
                _add_folder(found, term, term.meaning)
            else:
                _add_named(db, found, term, term.meaning.field, term.meaning)
        case Between():
            condition, values = _span(term.meaning)
            found.add(condition, *values, negated=term.negated)
        case Size(width, height):
            found.add("p.width = ? AND p.height = ?", width, height, negated=term.negated)
        case Made(low, high):
            ends = (("<=", low), (">", high))  # places rise into the past
            said = [(f"p.place {sign} ?", last_place(end)) for sign, end in ends if end is not None]
            condition = " AND ".join(part for part, _ in said)
            found.add(condition, *(end for _, end in said), negated=term.negated)
        case Like(picture):
            asked = "bits_apart(p.phash, (SELECT phash FROM facts WHERE id = ?)) <= ?"
            found.add(asked, picture, ALIKE, negated=term.negated)
        case Same():
            _add_same(db, found, term, term.meaning)
        case Being(what):
            kind = _KINDS.get(what)
            found.add(
                _STATES[what] if kind is None else f"p.kinds & {int(kind)}", negated=term.negated
            )


def _span(between: Between) -> tuple[str, list[object]]:
    column = _NUMBERS.get(between.field, f"p.{between.field}")
    equal = "" if between.open else "="
    ends = ((f">{equal}", between.low), (f"<{equal}", between.high))
    said = [(f"{column} {sign} ?", end) for sign, end in ends if end is not None]
    return " AND ".join(part for part, _ in said), [_bound(between.field, end) for _, end in said]


def _bound(field: str, number: float) -> float:
    """As the column holds it; SQLite's whole numbers have an end, which seeds begin at, and
    Python's have none."""
    if field == "seed":
        number -= SEED_SHIFT
    if -LARGEST <= number < LARGEST:
        return number
    return float(max(-2 * LARGEST, min(2 * LARGEST, number)))


def _add_same(db: sqlite3.Connection, found: Conditions, term: Term, same: Same) -> None:
    """As another picture was made; where that is gone no picture is."""
    columns, texts = _SAME[same.what]
    values: list[object] = []
    parts: list[str] = []
    for text in texts:
        row = db.execute(
            f"SELECT {text} FROM gallery.pictures WHERE id = ?", (same.picture,)
        ).fetchone()
        said = "" if row is None else row[0]
        if words := words_in(said)[:MOST_WORDS]:  # which the index finds sooner than all rows
            parts.append(MATCHING)
            values.append(f"{text} : ({all_of(words)})")
        parts.append(f"(SELECT {text} FROM gallery.pictures WHERE id = p.id) = ?")
        values.append(said)
    for column in columns:
        parts.append(f"p.{column} IS (SELECT {column} FROM facts WHERE id = ?)")
        values.append(same.picture)
    parts.append("EXISTS (SELECT 1 FROM facts WHERE id = ?)")
    values.append(same.picture)
    found.add(" AND ".join(parts), *values, negated=term.negated)


def _add_named(
    db: sqlite3.Connection, found: Conditions, term: Term, name: str, named: Named
) -> None:
    if name == "album":
        _add_album(db, found, term, named)
    elif name in (LORA_KIND, TAG_KIND):
        labels = db.execute("SELECT DISTINCT name FROM labels WHERE kind = ?", (name,))
        those = _alike(named, (label for (label,) in labels))
        marks = ",".join("?" * len(those))
        asked = f"p.id IN (SELECT picture FROM labels WHERE kind = ? AND name IN ({marks}))"
        found.add(asked, name, *those, negated=term.negated)
    else:
        column = _COLUMNS.get(name, name)
        if named.text.isascii():
            found.add(f"p.{column} LIKE ? ESCAPE '\\'", _pattern(named), negated=term.negated)
            return
        values = db.execute(f"SELECT DISTINCT {column} FROM facts")
        those = _alike(named, (value for (value,) in values))
        marks = ",".join("?" * len(those))
        found.add(f"p.{column} IN ({marks})", *those, negated=term.negated)


def _alike(named: Named, names: Iterable[str]) -> list[str]:
    """Those names that hold the text, or are it, whatever the case of their letters; at most MOST
    of them."""
    text = named.text.casefold()
    if named.whole:
        fits = (name for name in names if name.casefold() == text)
    else:
        parts = [part for part in text.split("*") if part]
        fits = (name for name in names if all(part in name.casefold() for part in parts))
    return list(islice(fits, MOST_NAMES))


def _add_folder(found: Conditions, term: Term, named: Named) -> None:
    """In quotes the folder itself and all below it, else a part of the names of folders; those of
    the program's own are as they lie in its folder of pictures."""
    text = named.text
    if named.whole:
        start = text if text.endswith(("/", "\\")) else text + os.sep
        end = start[:-1] + chr(ord(start[-1]) + 1)  # behind all that begins so
        asked = "p.id IN (SELECT id FROM gallery.pictures WHERE path >= ? AND path < ?)"
        found.add(asked, start, end, negated=term.negated)
    else:
        like = "path LIKE ? ESCAPE '\\' OR path LIKE ? ESCAPE '\\'"
        pattern = _pattern(named)
        asked = f"p.id IN (SELECT id FROM gallery.pictures WHERE {like})"
        found.add(asked, f"{pattern}/%", f"{pattern}\\\\%", negated=term.negated)


def _add_album(db: sqlite3.Connection, found: Conditions, term: Term, named: Named) -> None:
    """Of albums by hand their pictures, of saved searches what answers them; one that names another
    one finds nothing of that."""
    albums = {row["id"]: row for row in db.execute("SELECT id, name, query FROM gallery.albums")}
    names = _alike(named, (row["name"] for row in albums.values()))
    those = [album for album, row in albums.items() if row["name"] in names]
    marks = ",".join("?" * len(those))
    parts = [f"p.id IN (SELECT picture FROM gallery.album_pictures WHERE album IN ({marks}))"]
    values: list[object] = list(those)
    for album in those:
        if not albums[album]["query"]:
            continue
        conditions = conditions_of(db, _without_albums(parse(albums[album]["query"])))
        if conditions.match:
            conditions.add(MATCHING, conditions.match)
        if conditions.parts:
            parts.append(" AND ".join(conditions.parts))
            values += conditions.values
    found.add(" OR ".join(f"({part})" for part in parts), *values, negated=term.negated)


def _without_albums(query: Query) -> Query:
    kept = [
        term
        for term in query.terms
        if not (isinstance(term.meaning, Named) and term.meaning.field == "album")
    ]
    return Query(tuple(kept))


def _pattern(named: Named) -> str:
    """For LIKE, which knows no case of plain letters."""
    text = escaped(named.text)
    return text if named.whole else f"%{text.replace('*', '%')}%"


def joined(queries: Sequence[Query]) -> Query:
    """All of them at once."""
    return Query(
        tuple(term for query in queries for term in query.terms),
        tuple(problem for query in queries for problem in query.problems),
    )
