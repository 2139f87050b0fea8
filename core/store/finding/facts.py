"""What the search index knows of a picture, worked out of its row."""

from __future__ import annotations

import posixpath
import sqlite3
from dataclasses import dataclass
from enum import IntFlag
from typing import Any

from core.store.finding.words import spaced
from core.store.marks.marked import marks_in
from core.store.picture_rows import storable
from core.system.json_files import list_or_empty, parse_json, table_or_empty

LORA_KIND, TAG_KIND = "lora", "tag"
SWEEP = "sweep:"  # how the stack's name of a picture of a sweep begins
LARGEST = 2**63 - 1  # that the database holds


class Kind(IntFlag):
    """What is true of a picture, in one number."""

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


COLUMNS = (
    "id",
    "created",
    "rating",
    "favourite",
    "width",
    "height",
    "pixels",
    "model_name",
    "name",
    "sampler",
    "schedule",
    "program",
    "steps",
    "guidance",
    "seed",
    "bytes",
    "kinds",
)


@dataclass(frozen=True, slots=True)
class Facts:
    """`columns`: as COLUMNS names them. `texts`: prompt, negative prompt, model, note and tags for
    the index of words. `labels`: (kind, name) pairs."""

    columns: tuple[object, ...]
    texts: tuple[str, str, str, str, str]
    labels: tuple[tuple[str, str], ...]


def facts_of(row: sqlite3.Row) -> Facts:
    """Of a row of the pictures table, whatever its columns of JSON hold."""
    request = _table(row["request"])
    origin = _table(row["origin"]) if row["origin"] else {}
    marks = marks_in(row["marks"])
    loras = _loras(request)
    kinds = _kinds(row, request, origin)
    for kind, present in (
        (Kind.LORA, bool(loras)),
        (Kind.NOTE, bool(marks.note)),
        (Kind.TAG, bool(marks.tags)),
    ):
        kinds |= kind if present else Kind(0)
    columns = (
        row["id"],
        row["created"],
        row["rating"],
        row["favourite"],
        row["width"],
        row["height"],
        row["width"] * row["height"],
        row["model_name"],
        posixpath.basename(row["path"]),
        _text(request.get("sampler")),
        _text(request.get("schedule")),
        _text(origin.get("program")) or ("" if origin else "calotype"),
        _number(request.get("steps")),
        _number(request.get("guidance")),
        _number(request.get("seed")),
        _number(origin.get("bytes")),
        int(kinds),
    )
    texts = (row["prompt"], row["negative"], row["model_name"], marks.note, ", ".join(marks.tags))
    prompt, negative, model, note, tags = map(spaced, texts)
    labels = [(LORA_KIND, name) for name in loras] + [(TAG_KIND, tag) for tag in marks.tags]
    return Facts(columns, (prompt, negative, model, note, tags), tuple(dict.fromkeys(labels)))


def _kinds(row: sqlite3.Row, request: dict[str, Any], origin: dict[str, Any]) -> Kind:
    stack = row["document"]
    start = table_or_empty(request.get("start"))
    upscaled = bool(table_or_empty(request.get("upscale")).get("source"))
    present = {
        Kind.RECIPE: bool(row["prompt"] or request.get("seed") is not None) or not origin,
        Kind.PARENT: bool(request.get("parent")),
        Kind.NEGATIVE: bool(row["negative"]),
        Kind.CANDIDATE: bool(stack) and not stack.startswith(SWEEP),
        Kind.SWEEP: stack.startswith(SWEEP),
        Kind.IMPORTED: bool(origin),
        Kind.UPSCALED: upscaled,
        Kind.EDITED: bool(start.get("source")),
    }
    kinds = Kind(0)
    for kind, is_so in present.items():
        kinds |= kind if is_so else Kind(0)
    return kinds


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


def _number(value: object) -> float | int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) <= LARGEST else None
