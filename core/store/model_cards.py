"""What is known of a model beside its file: where it came from, its licence,
and what a person noted about it."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from core.models.files.families import Defaults
from core.models.library.model_entry import UserMetadata
from core.store.sqlite.database import Database
from core.system.json import Malformed, dumps, loads

if TYPE_CHECKING:
    from core.models.fetch.hub import Plan

MAX_NOTES = 20_000  # characters
BEST = 5  # stars
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
    """One row a model that anything is known of.

    Every method raises WorldError where the database cannot be read or written.
    """

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
        """Keep a card in the place of the one before; notes that are too long are cut."""
        row = {
            "path": card.path,
            "source": card.source,
            "license": card.license,
            "page": card.page,
            "plan": dumps(card.plan) if card.plan else "",
            "notes": card.notes[:MAX_NOTES],
            "tags": " ".join(card.tags),
            "rating": min(BEST, max(0, card.rating)),
            "used": card.used,
            "defaults": dumps(card.defaults) if card.defaults else "",
            "fingerprint": card.fingerprint,
            "picture": card.picture,
        }
        marks = ", ".join("?" * len(row))
        with self._database.transaction() as db:
            db.execute(
                f"INSERT OR REPLACE INTO cards ({', '.join(row)}) VALUES ({marks})",
                tuple(row.values()),
            )

    def installed(self, path: str, plan: Plan) -> None:
        """A model came from elsewhere."""
        card = self.get(path)
        self.put(replace(card, source=plan.source, license=plan.license, page=plan.page, plan=plan))

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

    def user_metadata(self) -> dict[str, UserMetadata]:
        """Licences, defaults and hashes by path, for the library."""
        kept = {
            path: UserMetadata(license=card.license, defaults=card.defaults, sha256=_sha256(card))
            for path, card in self.all().items()
        }
        return {path: metadata for path, metadata in kept.items() if metadata != UserMetadata()}

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
    """Of a model that was installed as a single file; "" of others."""
    plan = card.plan
    if plan is None or plan.folder or len(plan.files) != 1:
        return ""
    return plan.files[0].remote.sha256


def _card(row: sqlite3.Row) -> Card:
    return Card(
        path=row["path"],
        source=row["source"],
        license=row["license"],
        page=row["page"],
        plan=_plan(row["plan"]),
        notes=row["notes"],
        tags=tuple(row["tags"].split()),
        rating=row["rating"],
        used=row["used"],
        defaults=_read(Defaults, row["defaults"]),
        fingerprint=row["fingerprint"],
        picture=row["picture"],
    )


def _plan(text: str) -> Plan | None:
    if not text:  # as of all models that were not downloaded: the window starts without the hub
        return None
    from core.models.fetch.hub import Plan

    return _read(Plan, text)


def _read(kind: type[T], text: str) -> T | None:
    """None where there is none, or none that makes sense: other programs may have written it."""
    try:
        return loads(kind, text) if text else None
    except Malformed:
        return None
