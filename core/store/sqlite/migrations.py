"""The database's history: each migration takes it one version up and is never edited afterwards.

The texts of all tables together must fit the file's first page of 4096 bytes: the loss of any other
page then costs no more than what lies on it (a test loses each of them). Some 30 bytes are left:
a column more is a key in a column of JSON.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator

from core.store.sqlite.connection import committed_or_rolled_back

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE jobs (
        id TEXT PRIMARY KEY, place REAL NOT NULL, state TEXT NOT NULL, request TEXT NOT NULL,
        created REAL NOT NULL, started REAL, finished REAL, message TEXT NOT NULL DEFAULT '', hint TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX jobs_by_state ON jobs (state, place);
    CREATE TABLE pictures (
        id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL UNIQUE, created REAL NOT NULL, width INTEGER NOT NULL,
        height INTEGER NOT NULL, request TEXT NOT NULL, job_id TEXT NOT NULL, prompt TEXT NOT NULL, negative TEXT NOT NULL,
        model_name TEXT NOT NULL, seconds REAL NOT NULL, sha256 TEXT NOT NULL,
        favourite INTEGER NOT NULL DEFAULT 0, trashed REAL, trash_path TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX pictures_by_time ON pictures (trashed, id);
    CREATE INDEX pictures_by_job ON pictures (job_id);
    CREATE VIRTUAL TABLE words USING fts5 (prompt, negative, model_name, content='pictures', content_rowid='id',
                                           tokenize='unicode61 remove_diacritics 2');
    CREATE TRIGGER words_in AFTER INSERT ON pictures BEGIN
        INSERT INTO words (rowid, prompt, negative, model_name) VALUES (new.id, new.prompt, new.negative, new.model_name);
    END;
    CREATE TRIGGER words_out AFTER DELETE ON pictures BEGIN
        INSERT INTO words (words, rowid, prompt, negative, model_name)
        VALUES ('delete', old.id, old.prompt, old.negative, old.model_name);
    END;
    """,
    """
    CREATE TABLE ways (
        id INTEGER PRIMARY KEY AUTOINCREMENT, model TEXT NOT NULL, device TEXT NOT NULL, mode TEXT NOT NULL,
        width INTEGER NOT NULL, height INTEGER NOT NULL, peak INTEGER NOT NULL, free INTEGER NOT NULL, made REAL NOT NULL
    );
    CREATE INDEX ways_by_model ON ways (model, id);
    """,
    """
    CREATE TABLE cards (
        path TEXT PRIMARY KEY, source TEXT NOT NULL DEFAULT '', license TEXT NOT NULL DEFAULT '', page TEXT NOT NULL DEFAULT '',
        plan TEXT NOT NULL DEFAULT '', notes TEXT NOT NULL DEFAULT '', tags TEXT NOT NULL DEFAULT '', rating INTEGER NOT NULL DEFAULT 0,
        used REAL NOT NULL DEFAULT 0
    );
    """,
    """
    ALTER TABLE cards ADD COLUMN defaults TEXT NOT NULL DEFAULT '';
    ALTER TABLE cards ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '';
    """,
    """
    ALTER TABLE jobs ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE pictures ADD COLUMN sum INTEGER;
    """,
    """
    ALTER TABLE jobs ADD COLUMN owner TEXT NOT NULL DEFAULT '';
    CREATE INDEX pictures_moving ON pictures (id) WHERE trash_path != '';
    CREATE INDEX pictures_favourites ON pictures (path) WHERE favourite = 1;
    CREATE TABLE remembered (path TEXT PRIMARY KEY);
    """,
    """
    ALTER TABLE ways ADD COLUMN run TEXT NOT NULL DEFAULT '';
    ALTER TABLE cards ADD COLUMN picture TEXT NOT NULL DEFAULT '';
    ALTER TABLE jobs ADD COLUMN share TEXT NOT NULL DEFAULT '';
    """,
    # documents name kept pictures from here on: a program that does not look there must not sweep
    """
    ALTER TABLE pictures ADD COLUMN document TEXT NOT NULL DEFAULT '';
    CREATE INDEX pictures_by_document ON pictures (document, trashed) WHERE document != '';
    """,
    # what a person says of pictures, where imported ones are from, and which rows the search index,
    # a file of its own from here on (core.store.finding), has not seen as they are
    """
    DROP TRIGGER words_in;
    DROP TRIGGER words_out;
    DROP TABLE words;
    DROP INDEX pictures_by_time;
    DROP INDEX pictures_favourites;
    ALTER TABLE pictures ADD COLUMN rating INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE pictures ADD COLUMN marks TEXT NOT NULL DEFAULT '';
    ALTER TABLE pictures ADD COLUMN origin TEXT NOT NULL DEFAULT '';
    ALTER TABLE remembered ADD COLUMN marks TEXT NOT NULL DEFAULT '';
    CREATE INDEX pictures_by_date ON pictures (trashed, created);
    CREATE INDEX pictures_marked ON pictures (path, favourite, rating, marks) WHERE favourite OR rating OR marks != '';
    CREATE INDEX pictures_hidden ON pictures (id) WHERE instr(origin, '"hidden":true');
    CREATE TABLE albums (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, query TEXT NOT NULL DEFAULT '');
    CREATE TABLE album_pictures (album, picture, PRIMARY KEY (album, picture)) WITHOUT ROWID;
    CREATE TABLE folders (path TEXT PRIMARY KEY, state TEXT NOT NULL DEFAULT '');
    CREATE TABLE unindexed (id INTEGER PRIMARY KEY AUTOINCREMENT, picture);
    CREATE TRIGGER made AFTER INSERT ON pictures BEGIN INSERT INTO unindexed SELECT NULL, new.id; END;
    CREATE TRIGGER changed AFTER UPDATE ON pictures BEGIN INSERT INTO unindexed SELECT NULL, new.id; END;
    CREATE TRIGGER gone AFTER DELETE ON pictures BEGIN INSERT INTO unindexed SELECT NULL, old.id; END;
    """,
)


def statements(script: str) -> Iterator[str]:
    """The statements of a script, one by one: `executescript` would end the
    transaction that it is called in."""
    statement = ""
    for part in script.split(";"):
        statement += part + ";"
        if sqlite3.complete_statement(statement):
            if statement.strip(" \n;"):
                yield statement
            statement = ""


def migrate(db: sqlite3.Connection, before: Callable[[int], None] = lambda version: None) -> None:
    """Take the open database up to the newest version; a kill leaves one version or the next, and
    of several processes each step is done by one. `before` is called with the old version where
    there is data already. Raises sqlite3.Error or WorldError where the disk refuses.
    """
    first = version_of(db)
    if 0 < first < len(MIGRATIONS):
        before(first)
    for number in range(first, len(MIGRATIONS)):
        db.execute("BEGIN IMMEDIATE")
        with committed_or_rolled_back(db):
            if version_of(db) <= number:  # another process may have done it since
                for statement in statements(MIGRATIONS[number]):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {number + 1}")


def version_of(db: sqlite3.Connection) -> int:
    """The version of an open database's tables; 0 for an empty one."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])
