"""The names that pictures have in a field: models, samplers, tags, albums, each with how many."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from core.store.finding.facts import LORA_KIND, TAG_KIND

MOST = 60  # names in one answer
_COLUMNS = {
    "model": "model_name",
    "sampler": "sampler",
    "schedule": "schedule",
    "program": "program",
}
_LABELS = {"lora": LORA_KIND, "tag": TAG_KIND}
FIELDS = (*_LABELS, *_COLUMNS, "album")
_FOR_WORDS = ("tag", "model", "lora")  # where a word without a field may be a part of a name
MOST_FOR_WORDS = 5  # of each of them

_HERE = "NOT IN (SELECT id FROM gallery.pictures WHERE trashed IS NOT NULL)"


@dataclass(frozen=True, slots=True)
class FieldName:
    """`count` pictures outside the trash have this `name` in this `field` of the query language; -1
    where they are not counted."""

    field: str
    name: str
    count: int


def names_of(db: sqlite3.Connection, field: str, begun: str = "") -> tuple[FieldName, ...]:
    """Those that hold `begun`, whatever its case: first those that begin with it, then those that
    most pictures have; at most `MOST`. For the `field` "" of several fields, each of which has
    fewer. `db`: of the search index. Raises WorldError where it cannot be read."""
    if not field:
        several = (_names(db, one, begun, MOST_FOR_WORDS) for one in _FOR_WORDS)
        return tuple(name for names in several for name in names)
    return tuple(_names(db, field, begun, MOST)) if field in FIELDS else ()


def _names(db: sqlite3.Connection, field: str, begun: str, limit: int) -> list[FieldName]:
    if column := _COLUMNS.get(field):
        asked = (
            f"SELECT {column} AS name, count(*) AS count FROM facts WHERE {column} != '' "
            f"AND +id {_HERE} GROUP BY {column}"
        )
        values: tuple[object, ...] = ()
    elif kind := _LABELS.get(field):
        asked = (
            "SELECT name, count(*) AS count FROM labels WHERE kind = ? "
            f"AND +picture {_HERE} GROUP BY name"
        )
        values = (kind,)
    else:
        asked = (
            "SELECT name, CASE WHEN query != '' THEN -1 ELSE (SELECT count(*) FROM "
            f"gallery.album_pictures WHERE album = id AND +picture {_HERE}) END AS count "
            "FROM gallery.albums"
        )
        values = ()
    rows = db.execute(
        f"SELECT name, count FROM ({asked}) WHERE instr(lower(name), lower(?)) > 0 "
        "ORDER BY instr(lower(name), lower(?)) != 1, count DESC, name LIMIT ?",
        (*values, begun, begun, limit),
    )
    return [FieldName(field, str(name), int(count)) for name, count in rows]
