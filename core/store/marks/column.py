"""The column `marks` of a picture: what a person says of it, as JSON."""

from __future__ import annotations

from dataclasses import dataclass

from core.system.json import Malformed, dumps, loads


@dataclass(frozen=True, slots=True)
class Marks:
    """What the column `marks` holds as JSON, "" where it is nothing."""

    tags: tuple[str, ...] = ()
    note: str = ""

    def stored(self) -> str:
        """As the column holds it."""
        return dumps(self) if self.tags or self.note else ""


def marks_in(column: str) -> Marks:
    """What a column says; nothing where it cannot be read."""
    if not column:
        return Marks()
    try:
        return loads(Marks, column)
    except Malformed:
        return Marks()
