"""Conditions of SQL on a row `p` of pictures, read before the window's first paint."""

from __future__ import annotations

from dataclasses import dataclass, field

HIDDEN = """p.id IN (SELECT id FROM gallery.pictures WHERE instr(origin, '"hidden":true'))"""
IN_TRASH = "SELECT id FROM gallery.pictures WHERE trashed IS NOT NULL"
_LET_GO = (  # of which the index has not heard yet
    "SELECT picture FROM gallery.unindexed WHERE id > (SELECT seen FROM progress) "
    "AND NOT EXISTS (SELECT 1 FROM gallery.pictures WHERE pictures.id = unindexed.picture)"
)
MATCHING = "p.place IN (SELECT rowid FROM words WHERE words MATCH ?)"


def is_here(column: str) -> str:
    """That a picture of the index, by the `column` of its id, is in the gallery and not in the
    trash."""
    return f"{column} NOT IN ({IN_TRASH}) AND {column} NOT IN ({_LET_GO})"


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
