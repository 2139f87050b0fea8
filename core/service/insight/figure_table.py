"""The numbers of a figure with what belongs to them, and as CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FigureTable:
    """What a figure shows. `name` suits a file, `caption` and `scale` are sentences, `recipe` is
    that of the picture it is of, "" where it is of none; of each column of `rows` its head says
    the unit."""

    name: str
    caption: str
    scale: str
    recipe: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | float | None, ...], ...]


def csv_of_table(table: FigureTable) -> str:
    """As RFC 4180 has it, numbers to their last digit and nothing for None; before the head stand
    lines of one field that begin with "#": caption, scale and recipe."""
    text = io.StringIO()
    lines = csv.writer(text)
    for words in (table.caption, table.scale, table.recipe):
        lines.writerows((f"# {line}",) for line in words.splitlines())
    lines.writerow(table.columns)
    lines.writerows(tuple(_written(value) for value in row) for row in table.rows)
    return text.getvalue()


def _written(value: str | float | None) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else repr(value)
