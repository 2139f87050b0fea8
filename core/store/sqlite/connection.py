"""A connection to SQLite whose faults are sentences: of the disk, of rights, of a damaged file;
bugs stay what they are."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Generator
from typing import Any, cast

from core.system.errors import WorldError

# words of SQLite and of Python, which gives no code where a text cannot be decoded
_DAMAGE = (
    "malformed",
    "not a database",
    "database corruption",
    "file is encrypted",
    "Could not decode",
)


# what reading a damaged file raises: the second where SQLite quotes its bytes in a message and
# Python cannot decode that
READ_FAULTS = (sqlite3.Error, UnicodeDecodeError)


class DatabaseDamaged(WorldError):
    """The database file itself is damaged; at the next start it is repaired."""


@contextlib.contextmanager
def committed_or_rolled_back(db: sqlite3.Connection) -> Generator[None]:
    """The transaction that `db` has begun: committed where all went well."""
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error, WorldError):
            db.execute("ROLLBACK")
        raise


class Connection(sqlite3.Connection):
    """`on_damage` hears of it once damage is met."""

    on_damage: Callable[[], None] = staticmethod(lambda: None)

    def cursor(self, factory: Any = None) -> Any:  # type: ignore[override]
        return super().cursor(factory or _Cursor)

    def execute(self, *given: Any) -> Any:
        return self.cursor().execute(*given)

    def executemany(self, *given: Any) -> Any:
        return self.cursor().executemany(*given)

    def executescript(self, *given: Any) -> Any:
        return self.cursor().executescript(*given)


class _Cursor(sqlite3.Cursor):
    def execute(self, *given: Any) -> Any:
        return self._told(super().execute, *given)

    def executemany(self, *given: Any) -> Any:
        return self._told(super().executemany, *given)

    def executescript(self, *given: Any) -> Any:
        return self._told(super().executescript, *given)

    def fetchone(self) -> Any:
        return self._told(super().fetchone)

    def fetchall(self) -> Any:
        return self._told(super().fetchall)

    def __next__(self) -> Any:
        return self._told(super().__next__)

    def _told(self, work: Callable[..., Any], *given: Any) -> Any:
        try:
            return work(*given)
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError):
            raise
        except (sqlite3.DatabaseError, UnicodeDecodeError) as fault:
            error = world_error(fault)
            if isinstance(error, DatabaseDamaged):
                cast("Connection", self.connection).on_damage()
            raise error from fault


def world_error(fault: sqlite3.Error | UnicodeDecodeError) -> WorldError:
    """The fault in a sentence, with what helps."""
    text = str(fault)
    if isinstance(fault, UnicodeDecodeError) or any(word in text for word in _DAMAGE):
        return _damaged(text)
    # a disk without room for the memory that processes share says so by this code alone
    code = getattr(fault, "sqlite_errorcode", 0)
    if "full" in text or code == sqlite3.SQLITE_IOERR_SHMSIZE:
        return WorldError(
            "The disk is full, so the database cannot be written.",
            "Free some space; nothing saved so far is lost.",
        )
    if "readonly" in text or "unable to open" in text:
        return WorldError(
            f"The database cannot be written ({text}).",
            "Make its folder writable, or choose another with --data DIR.",
        )
    return WorldError(
        f"The database answered: {text}.", "Try again; if it comes back, restart Calotype."
    )


def _damaged(text: str) -> DatabaseDamaged:
    return DatabaseDamaged(
        f"The database is damaged ({text}).",
        "Restart Calotype: it repairs the database, also from your pictures.",
    )


def read_through(db: sqlite3.Connection) -> None:
    """Read all of a database but what its indices hold. Raises DatabaseDamaged where it is."""
    found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise _damaged(found)
