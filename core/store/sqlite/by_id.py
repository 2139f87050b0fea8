"""Rows of pictures by their ids, as many as there may be: read, and dropped."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

MOST_IDS = 500  # in one question


def drop_rows(db: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Forget pictures, in albums too, inside a transaction of someone else; their files stay.
    Raises WorldError where the disk refuses."""
    db.executemany("DELETE FROM pictures WHERE id = ?", [(picture_id,) for picture_id in ids])
    db.execute("DELETE FROM album_pictures WHERE picture NOT IN (SELECT id FROM pictures)")


def rows_of(
    db: sqlite3.Connection, ids: Iterable[int], columns: str = "*", table: str = "pictures"
) -> list[sqlite3.Row]:
    """Of the pictures of these ids, in no order; ids that are gone are left out. Raises WorldError
    where the database cannot be read."""
    whole = tuple(ids)
    rows: list[sqlite3.Row] = []
    for at in range(0, len(whole), MOST_IDS):
        some = whole[at : at + MOST_IDS]
        marks = ",".join("?" * len(some))
        rows += db.execute(f"SELECT {columns} FROM {table} WHERE id IN ({marks})", some)
    return rows
