"""What the search index knows of a picture, worked out of its row."""

from __future__ import annotations

import math
import posixpath
import sqlite3
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from core.store.finding.words import spaced
from core.store.marks.column import marks_in
from core.store.sqlite.storable import storable
from core.system.json_files import list_or_empty, parse_json, table_or_empty

LORA_KIND, TAG_KIND = "lora", "tag"
SWEEP = "sweep:"  # how the stack's name of a picture of a sweep begins
LARGEST = 2**63  # SQLite's whole numbers end before it
SEED_SHIFT = LARGEST  # seeds have 64 bits and no sign, SQLite's numbers have one


class Kind(IntEnum):
    """What is true of a picture, as bits of one number."""

    LORA = 1
    RECIPE = 2
    NOTE = 4
    TAG = 8
    PARENT = 16
    NEGATIVE = 32
    CANDIDATE = 64
    SWEEP = 128
    IMPORTED = 256
    UPSCALED = 512
    EDITED = 1024


# `bytes`: of the file, 0 where that is not known. Numbers first: SQLite reads a row up to the last
# column that is asked for
COLUMNS = (
    "id",
    "created",
    "rating",
    "favourite",
    "width",
    "height",
    "pixels",
    "kinds",
    "steps",
    "guidance",
    "seed",
    "bytes",
    "model_name",
    "name",
    "sampler",
    "schedule",
    "program",
)
_SAME = 2**20  # places of one millisecond
_MOST = 2**42  # milliseconds before and after 1970: more than a hundred years


@dataclass(frozen=True, slots=True)
class Facts:
    """`columns`: as COLUMNS names them. `texts`: prompt, negative prompt, model, note and tags for
    the index of words. `labels`: (kind, name) pairs."""

    columns: tuple[object, ...]
    texts: tuple[str, str, str, str, str]
    labels: tuple[tuple[str, str], ...]

    @property
    def id(self) -> object:
        """The picture's."""
        return self.columns[0]


def place_of(created: float, picture_id: int) -> int:
    """Where a picture stands, the newest first: it is the number of its row in all tables, so that
    they lie in this order. Two pictures have the same one at most where they were made in the same
    millisecond and their ids lie a million apart."""
    return -milliseconds(created) * _SAME - picture_id % _SAME


def last_place(created: float) -> int:
    """The place behind all pictures made at this second or later, and before all older ones."""
    return -milliseconds(created) * _SAME


def milliseconds(created: float) -> int:
    """Since 1970, within the range of places, rounded down so that none is of the next day; 0 where
    it is no number."""
    if math.isnan(created):
        return 0
    return math.floor(max(-_MOST, min(_MOST, created * 1000)))


def facts_of(row: sqlite3.Row) -> Facts:
    """Of a row of the pictures table, whatever its columns of JSON hold."""
    request = _table(row["request"])
    origin = _table(row["origin"]) if row["origin"] else {}
    if isinstance(known := origin.get("known"), list):  # the rest are values of nobody's recipe
        request = {name: value for name, value in request.items() if name in known}
    marks = marks_in(row["marks"])
    loras = _loras(request)
    kinds = _kinds(row, request, origin) + (
        Kind.LORA * bool(loras) + Kind.NOTE * bool(marks.note) + Kind.TAG * bool(marks.tags)
    )
    columns = (
        row["id"],
        row["created"],
        row["rating"],
        row["favourite"],
        row["width"],
        row["height"],
        row["width"] * row["height"],
        kinds,
        _number(request.get("steps")),
        _number(request.get("guidance")),
        _seed(request.get("seed")),
        _number(origin.get("bytes") if origin else row["bytes"]) or 0,
        row["model_name"],
        posixpath.basename(row["path"]),
        _text(request.get("sampler")),
        _text(request.get("schedule")),
        _text(origin.get("program")) or ("" if origin else "calotype"),
    )
    texts = (row["prompt"], row["negative"], row["model_name"], marks.note, ", ".join(marks.tags))
    prompt, negative, model, note, tags = map(spaced, texts)
    labels = [(LORA_KIND, name) for name in loras] + [(TAG_KIND, tag) for tag in marks.tags]
    return Facts(columns, (prompt, negative, model, note, tags), tuple(dict.fromkeys(labels)))


def _kinds(row: sqlite3.Row, request: dict[str, Any], origin: dict[str, Any]) -> int:
    stack = row["document"]
    start = table_or_empty(request.get("start"))
    upscale = table_or_empty(request.get("upscale"))
    has_recipe = not origin or bool(row["prompt"]) or request.get("seed") is not None
    return (
        Kind.RECIPE * has_recipe
        + Kind.PARENT * bool(request.get("parent"))
        + Kind.NEGATIVE * bool(row["negative"])
        + Kind.CANDIDATE * (stack != "" and not stack.startswith(SWEEP))
        + Kind.SWEEP * stack.startswith(SWEEP)
        + Kind.IMPORTED * bool(origin)
        + Kind.UPSCALED * bool(upscale.get("source"))
        + Kind.EDITED * bool(start.get("source"))
    )


def _table(column: str) -> dict[str, Any]:
    try:
        return table_or_empty(parse_json(column))
    except ValueError:
        return {}


def _loras(request: dict[str, Any]) -> list[str]:
    names = (table_or_empty(one).get("id") for one in list_or_empty(request.get("loras")))
    return [storable(name) for name in names if isinstance(name, str)]


def _text(value: object) -> str:
    return storable(value) if isinstance(value, str) else ""


def _seed(value: object) -> float | int | None:
    return _number(value - SEED_SHIFT) if isinstance(value, int) else None


def _number(value: object) -> float | int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if -LARGEST <= value < LARGEST else None
