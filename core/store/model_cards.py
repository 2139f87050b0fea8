"""What is known of a model beside its file: where it came from, its licence,
and what a person noted about it."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from core.models.fetch.hub import Plan
from core.models.files.families import Defaults
from core.models.library.model_entry import Kept
from core.store.sqlite.database import Database
from core.system.json import Malformed, dumps, loads

MAX_NOTES, BEST = 20_000, 5
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Card:
    """Of the model at `path`. `plan` is how it was installed; `tags` are words; `rating` 0 (none)
    to 5; `used` a time or 0.

    `fingerprint` is the model's content hash when it was last used: by it a file that moved is
    found again. `picture` is the file that a person chose as the model's picture: below the
    pictures folder, or at a full path; "" for none.
    """

    path: str
    source: str = ""
    license: str = ""
    page: str = ""
    plan: Plan | None = None
    notes: str = ""
    tags: tuple[str, ...] = ()
    rating: int = 0
    used: float = 0.0
    defaults: Defaults | None = None
    fingerprint: str = ""
    picture: str = ""


class Cards:
    """One row a model that anything is known of."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[str, Card]:
        """Every card by path."""
        return {
            row["path"]: _card(row)
            for row in self._database.connection().execute("SELECT * FROM cards")
        }

    def get(self, path: str) -> Card:
        """The card of a model, an empty one where nothing is known."""
        row = (
            self._database.connection()
            .execute("SELECT * FROM cards WHERE path = ?", (path,))
            .fetchone()
        )
        return Card(path) if row is None else _card(row)

    def put(self, card: Card) -> None:
        """Keep a card in the place of the one before."""
        card = replace(card, notes=card.notes[:MAX_NOTES], rating=min(BEST, max(0, card.rating)))
        with self._database.transaction() as db:
            db.execute(
                (
                    "INSERT OR REPLACE INTO cards (path, source, license, page, plan, notes, tags, "
                    "rating, used, defaults, fingerprint, picture) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                ),
                (
                    card.path,
                    card.source,
                    card.license,
                    card.page,
                    dumps(card.plan) if card.plan else "",
                    card.notes,
                    " ".join(card.tags),
                    card.rating,
                    card.used,
                    dumps(card.defaults) if card.defaults else "",
                    card.fingerprint,
                    card.picture,
                ),
            )

    def installed(self, path: str, plan: Plan) -> None:
        """A model came from elsewhere."""
        self.put(
            replace(
                self.get(path), source=plan.source, license=plan.license, page=plan.page, plan=plan
            )
        )

    def note_use(self, path: str, fingerprint: str = "") -> None:
        """A picture was made with the model."""
        with self._database.transaction() as db:
            db.execute(
                (
                    "INSERT INTO cards (path, used, fingerprint) VALUES (?, ?, ?) "
                    "ON CONFLICT (path) DO UPDATE "
                    "SET used = excluded.used, fingerprint = excluded.fingerprint"
                ),
                (path, time.time(), fingerprint),
            )

    def kept(self) -> dict[str, Kept]:
        """Licences, defaults and hashes by path, for the library."""
        kept = {
            path: Kept(card.license, card.defaults, _sha256(card))
            for path, card in self.all().items()
        }
        return {path: one for path, one in kept.items() if one != Kept()}

    def folder_moved(self, old: str, new: str) -> None:
        """All models of a folder are elsewhere now."""
        with self._database.transaction() as db:
            for row in db.execute("SELECT path FROM cards").fetchall():
                path = Path(row["path"])
                if path.is_relative_to(old):
                    db.execute(
                        "UPDATE OR REPLACE cards SET path = ? WHERE path = ?",
                        (str(Path(new) / path.relative_to(old)), str(path)),
                    )

    def moved(self, old: str, new: str) -> None:
        """A model's file was found again elsewhere."""
        with self._database.transaction() as db:
            db.execute("UPDATE OR REPLACE cards SET path = ? WHERE path = ?", (new, old))


def _sha256(card: Card) -> str:
    """Of a model that was installed as a single file."""
    plan = card.plan
    return (
        plan.files[0].remote.sha256
        if plan is not None and not plan.folder and len(plan.files) == 1
        else ""
    )


def _card(row: sqlite3.Row) -> Card:
    return Card(
        row["path"],
        row["source"],
        row["license"],
        row["page"],
        _read(Plan, row["plan"]),
        row["notes"],
        tuple(row["tags"].split()),
        row["rating"],
        row["used"],
        _read(Defaults, row["defaults"]),
        row["fingerprint"],
        row["picture"],
    )


def _read(kind: type[T], text: str) -> T | None:
    try:
        return loads(kind, text) if text else None
    except Malformed:
        return None
