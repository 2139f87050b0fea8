"""What a query that is being typed may go on with: fields, and what the gallery holds of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from core.store.finding.facts import LORA_KIND, TAG_KIND
from core.store.finding.language import (
    ALIASES,
    EXAMPLES,
    FIELDS,
    STATES,
    THINGS,
    TypedPart,
    part_at,
)
from core.store.finding.sql_parts import escaped, is_here, local_day
from core.store.finding.words import has_ideographs, words_in
from core.values.gallery.suggestion import Suggestion

MOST = 12
MOST_NAMES = 60  # of one field
_HERE = is_here("id")
_COLUMNS = {"model": "model_name"}
_Value = tuple[str, int, str]  # a value, how many pictures have it, a sentence of help


def suggestions(db: sqlite3.Connection, text: str, cursor: int) -> tuple[Suggestion, ...]:
    """At most MOST for the part in which the cursor stands, the likeliest first; none where it
    stands between parts. Raises WorldError where the index cannot be read."""
    part = part_at(text, cursor)
    if part is None or part.is_phrase:
        return ()
    found = _of_field(db, part) if part.field else _of_word(db, part)
    return tuple(one for one, _ in zip(found, range(MOST), strict=False))


def names_of(db: sqlite3.Connection, field: str) -> tuple[tuple[str, int], ...]:
    """The names that pictures have in a field of texts, "tag" for instance, with how many have each
    of them, or -1; most first, at most MOST_NAMES. Raises WorldError as `suggestions` does."""
    return tuple((value, count) for value, count, _ in _READERS[field](db, ""))


def _of_word(db: sqlite3.Connection, part: TypedPart) -> Iterator[Suggestion]:
    """Fields that begin so, words of the pictures that do, tags and models that hold it."""
    typed = part.value.lower()
    for name in (*FIELDS, *ALIASES):
        if name.startswith(typed) and ALIASES.get(name, name) in FIELDS:
            yield _suggestion(part, f"{name}:", f"{name}:", -1, EXAMPLES[ALIASES.get(name, name)])
    begun = (name for name in (*STATES, *ALIASES) if len(typed) > 1 and name.startswith(typed))
    for state in dict.fromkeys(ALIASES.get(name, name) for name in begun):
        if state in STATES:
            yield _suggestion(part, f"is:{state}", f"is:{state}", -1, STATES[state])
    if len(typed) < 2:
        return
    for field in ("tag", "model"):
        for value, count, _ in list(_READERS[field](db, part.value))[:3]:
            yield _suggestion(part, f"{field}:{_quoted(value)}", f"{field}:{_quoted(value)}", count)
    for word, count in _words(db, typed):
        yield _suggestion(part, word, word, count)


def _words(db: sqlite3.Connection, typed: str) -> Iterable[tuple[str, int]]:
    """The words of texts that begin so, the most frequent first."""
    words = words_in(typed)
    if len(words) != 1 or has_ideographs(typed):
        return ()
    db.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.terms USING fts5vocab (main, words, row)")
    # the last sign of the first plane: behind all terms that begin so
    rows = db.execute(
        "SELECT term, doc FROM temp.terms WHERE term >= ? AND term < ? ORDER BY doc DESC LIMIT ?",
        (words[0], f"{words[0]}\uffff", MOST),
    )
    return [(term, count) for term, count in rows if term != typed]


def _of_field(db: sqlite3.Connection, part: TypedPart) -> Iterator[Suggestion]:
    reader = _READERS.get(part.field)
    if reader is None:
        return
    for value, count, help_text in reader(db, part.value):
        text = f"{part.field_as_typed}:{_quoted(value)}"
        yield _suggestion(part, text, text, count, help_text)


def _suggestion(
    part: TypedPart, text: str, insert: str, count: int, help_text: str = ""
) -> Suggestion:
    sign = "-" if part.negated else ""
    return Suggestion(f"{sign}{text}", f"{sign}{insert}", part.start, part.end, count, help_text)


def _quoted(value: str) -> str:
    """As it is read again; a quote within ends it."""
    if value and not any(sign.isspace() or sign == '"' for sign in value):
        return value
    return f'"{value.partition(chr(34))[0]}"'


def _names(column: str, db: sqlite3.Connection, typed: str) -> Iterator[_Value]:
    rows = db.execute(
        f"SELECT {column} AS value, count(*) AS n FROM facts WHERE {_HERE} AND {column} != '' "
        f"AND {column} LIKE ? ESCAPE '\\' GROUP BY value ORDER BY n DESC, value LIMIT ?",
        (_holding(typed), MOST_NAMES),
    )
    return ((value, count, "") for value, count in rows)


def _labels(kind: str, db: sqlite3.Connection, typed: str) -> Iterator[_Value]:
    rows = db.execute(
        "SELECT name, count(*) AS n FROM labels WHERE kind = ? AND name LIKE ? ESCAPE '\\' "
        f"AND {is_here('picture')} "
        "GROUP BY name ORDER BY n DESC, name LIMIT ?",
        (kind, _holding(typed), MOST_NAMES),
    )
    return ((value, count, "") for value, count in rows)


def _albums(db: sqlite3.Connection, typed: str) -> Iterator[_Value]:
    rows = db.execute(
        "SELECT name, CASE WHEN query != '' THEN -1 ELSE (SELECT count(*) FROM "
        "gallery.album_pictures WHERE album = albums.id) END FROM gallery.albums "
        "WHERE name LIKE ? ESCAPE '\\' ORDER BY name COLLATE NOCASE LIMIT ?",
        (_holding(typed), MOST_NAMES),
    )
    return ((value, count, "") for value, count in rows)


def _folders(db: sqlite3.Connection, typed: str) -> Iterator[_Value]:
    """Those that are watched."""
    rows = db.execute(
        "SELECT path FROM gallery.folders WHERE path LIKE ? ESCAPE '\\' ORDER BY path LIMIT ?",
        (_holding(typed), MOST_NAMES),
    )
    return ((value, -1, "") for (value,) in rows)


def _numbers(column: str, db: sqlite3.Connection, typed: str) -> Iterator[_Value]:
    """The usual values."""
    rows = db.execute(
        f"SELECT {column} AS value, count(*) AS n FROM facts WHERE {_HERE} AND value IS NOT NULL "
        "GROUP BY value ORDER BY n DESC LIMIT 100",
    )
    for value, count in rows:
        text = f"{value:g}" if isinstance(value, float) else str(value)
        if text.startswith(typed):
            yield text, count, ""


def _sizes(db: sqlite3.Connection, typed: str) -> Iterator[_Value]:
    return _numbers("width || 'x' || height", db, typed)


def _months(db: sqlite3.Connection, typed: str) -> Iterator[_Value]:
    for name in ("today", "yesterday", "week", "month"):
        if name.startswith(typed.lower()):
            yield (
                name,
                -1,
                {"week": "the last seven days", "month": "the last thirty days"}.get(name, ""),
            )
    rows = db.execute(
        f"SELECT substr({local_day(db)}, 1, 7) AS month, count(*) FROM facts p WHERE {_HERE} "
        "GROUP BY month ORDER BY month DESC"
    )
    for value, count in rows:
        if value and value.startswith(typed):
            yield value, count, ""


def _ratings(db: sqlite3.Connection, typed: str) -> Iterator[_Value]:
    counts = dict(
        db.execute(f"SELECT rating, count(*) FROM facts WHERE {_HERE} GROUP BY rating").fetchall()
    )
    for stars in range(5, 0, -1):
        text = f">={stars}" if stars < 5 else "5"
        if text.lstrip(">=").startswith(typed.lstrip(">=")):
            better = sum(count for rating, count in counts.items() if rating >= stars)
            yield text, better, ""


def _said(known: dict[str, str], db: sqlite3.Connection, typed: str) -> Iterator[_Value]:
    return ((name, -1, text) for name, text in known.items() if name.startswith(typed.lower()))


def _holding(typed: str) -> str:
    return f"%{escaped(typed)}%"


_READERS: dict[str, Callable[[sqlite3.Connection, str], Iterator[_Value]]] = {
    **{
        name: partial(_names, _COLUMNS.get(name, name))
        for name in ("model", "sampler", "schedule", "program")
    },
    **{name: partial(_numbers, name) for name in ("steps", "guidance", "width", "height")},
    "lora": partial(_labels, LORA_KIND),
    "tag": partial(_labels, TAG_KIND),
    "album": _albums,
    "folder": _folders,
    "size": _sizes,
    "date": _months,
    "rating": _ratings,
    "is": partial(_said, STATES),
    "has": partial(_said, THINGS),
}
