"""How the search index reads the gallery while it is filled."""

from __future__ import annotations

import sqlite3

from core.service.stores import Stores
from core.store.finding import filling
from tests.desktop.parts import put_picture


def test_no_picture_that_is_taken_in_makes_it_read_all_others(stores: Stores) -> None:
    picture = put_picture(stores)

    def plan(db: sqlite3.Connection) -> str:
        asked = f"EXPLAIN QUERY PLAN {filling._ROW} WHERE id < ? ORDER BY id DESC LIMIT 100"
        return " | ".join(row[3] for row in db.execute(asked, (picture.id + 1,)))

    told = stores.gallery.index.asked(plan)
    assert "facts USING INDEX by_id" in told and "SCAN" not in told
