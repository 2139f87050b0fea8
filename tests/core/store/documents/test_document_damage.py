"""What of a damaged document can be read is there again, and one costs no other."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.store.documents.document_file import DocumentFile
from core.store.documents.document_store import DocumentStore
from core.store.documents.looking import damaged_documents
from core.store.sqlite.connection import DatabaseDamaged
from core.system.errors import WorldError
from core.values.editing.raster import tile_name
from core.values.request import Request
from tests.core.store.documents.documents import document, named, record, tile


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DocumentStore]:
    kept = DocumentStore(tmp_path / "documents")
    yield kept
    kept.disconnect()


def rows(store: DocumentStore, document_id: str, *statements: str) -> None:
    store.disconnect()
    with sqlite3.connect(store._path(document_id)) as db:
        for statement in statements:
            db.execute(statement)
    db.close()


def test_a_damaged_state_or_tile_costs_no_more_than_itself(store: DocumentStore) -> None:
    kept = record()
    store.create(kept, document(1), named(1))
    for value in (2, 3, 4):
        store.add_step(kept.id, value - 2, f"to {value}", document(value), named(value))
    rows(
        store,
        kept.id,
        "UPDATE steps SET document = replace(document, 'rgba', 'rgbb') WHERE number = 4",
        f"DELETE FROM tiles WHERE name = '{tile_name(tile(3))}'",
        f"UPDATE tiles SET data = x'00' WHERE name = '{tile_name(tile(1))}'",
    )
    stored = store.load(kept.id)
    assert [step.text for step in stored.steps] == ["", "to 2"] and stored.position == 1
    assert stored.notes == ("A: 2 of its steps were damaged.",)
    assert store.load(kept.id).notes == (), "it is said once"
    assert store.tile(kept.id, tile_name(tile(2))) == tile(2)
    with pytest.raises(WorldError, match="part of this document is damaged"):
        store.tile(kept.id, tile_name(tile(1)))
    store.add_step(kept.id, 1, "on", document(5), named(5))
    assert store.load(kept.id).document == document(5)


def test_a_damaged_document_is_moved_aside_and_costs_no_other(
    store: DocumentStore, tmp_path: Path
) -> None:
    good, bad = record("good"), record("bad")
    for one in (good, bad):
        store.create(one, document(1), named(1))
    store.disconnect()
    folder = tmp_path / "documents"
    path = folder / f"{bad.id}.sqlite"
    path.write_bytes(b"no database" * 1000)
    (folder / f"{'f' * 32}.sqlite").mkdir()
    (folder / "notes.txt").write_text("a person's own")
    assert [one.title for one in store.opened()] == ["good"]
    notice = store.take_notice()
    assert f"{bad.id}.sqlite.bad-" in notice and "f" * 32 in notice
    assert store.take_notice() == "" and store.opened() and store.take_notice() == ""
    assert not path.exists() and len(list(folder.glob("*.bad-*"))) == 2
    assert store.usage().count == 1 and store.bytes_used() > 11_000
    assert (folder / "notes.txt").exists()


def test_whatever_page_is_lost_what_can_be_read_is_there_and_can_be_painted_on(
    store: DocumentStore, tmp_path: Path
) -> None:
    kept = replace(record("sea"), request=Request("a long text " * 500))
    values = tuple(range(1, 9))
    store.create(kept, document(*values), named(*values))
    for value in range(9, 30):
        store.add_step(
            kept.id, value - 9, f"to {value}", document(value, *values[1:]), named(value)
        )
    store.disconnect()
    path = store._path(kept.id)
    whole = path.read_bytes()
    said, lost = 0, list[int]()
    for page in range(len(whole) // 4096):
        for old in tmp_path.glob("documents/*"):
            old.unlink()
        path.write_bytes(whole[: page * 4096] + bytes(4096) + whole[(page + 1) * 4096 :])
        later = DocumentStore(tmp_path / "documents")
        if not later.opened():
            lost.append(page)
            continue
        stored = later.load(kept.id)
        with contextlib.suppress(WorldError):
            for name in stored.document.tile_names():
                later.tile(kept.id, name)
        stored = later.load(kept.id)  # what was met is repaired now
        said += bool(stored.notes) or bool(later.take_notice())
        for name in stored.document.tile_names():
            later.tile(kept.id, name)
        assert len(stored.steps) >= 1 and stored.document.width == 8 * 256
        later.add_step(kept.id, stored.position, "on", document(99, *[0] * 7), named(99))
        assert later.load(kept.id).document == document(99, *[0] * 7)
        later.disconnect()
    assert said >= 5 and len(lost) == 2, "the first page, and the one that leads to all states"


@pytest.mark.parametrize(("column", "title"), [("record", "Rescued"), ("closed", "A")])
def test_a_damaged_table_costs_what_stands_in_it(
    store: DocumentStore, column: str, title: str
) -> None:
    kept = record("A")
    store.create(kept, document(1, 2), named(1, 2))
    rows(
        store,
        kept.id,
        "PRAGMA writable_schema = ON",
        f"UPDATE sqlite_master SET sql = replace(sql, '{column}', 'x')",
    )
    assert damaged_documents(store._folder) != ()
    (found,) = store.opened()
    assert (found.id, found.title) == (
        kept.id,
        title,
    ) and "what could be read" in store.take_notice()
    assert store.load(kept.id).document == document(1, 2)
    assert damaged_documents(store._folder) == ()


def test_a_rescue_that_was_killed_is_ended(store: DocumentStore, tmp_path: Path) -> None:
    one, other = record("one"), record("other")
    for kept in (one, other):
        store.create(kept, document(1), named(1))
    store.disconnect()
    path = store._path(one.id)
    path.rename(f"{path}.fresh-17")
    store._path(other.id).with_name(f"{other.id}.sqlite.fresh-18").write_bytes(b"of before")
    assert {kept.title for kept in store.opened()} == {"one", "other"}
    assert len(list(tmp_path.glob("documents/*.fresh-*"))) == 0


def test_damage_met_while_painting_is_repaired_at_the_next_opening(
    store: DocumentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = record()
    store.create(kept, document(1, 2), named(1, 2))

    def damaged(*given: object) -> None:
        raise DatabaseDamaged("The database is damaged.", "")

    with monkeypatch.context() as patched, pytest.raises(WorldError, match="damaged on the disk"):
        patched.setattr(DocumentFile, "add_step", damaged)
        store.add_step(kept.id, 0, "x", document(3), named(3))
    stored = store.load(kept.id)
    assert stored.document == document(1, 2) and "what could be read is here" in stored.notes[0]
    store.add_step(kept.id, 0, "x", document(3), named(3))
    assert store.load(kept.id).notes == ()


@pytest.mark.parametrize("kind", ["file", "link to nothing", "loop", "missing"])
def test_an_odd_folder_costs_documents_and_nothing_else(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "documents"
    match kind:
        case "file":
            folder.write_text("x")
        case "link to nothing":
            folder.symlink_to(tmp_path / "no" / "where")
        case "loop":
            folder.symlink_to(folder)
        case _:
            pass
    store = DocumentStore(folder)
    assert store.opened() == store.closed() == () and store.usage().count == store.sweep() == 0
    if kind != "missing":
        with pytest.raises(WorldError, match="could not be kept"):
            store.create(record(), document(1), named(1))
        with pytest.raises(WorldError, match="could not be kept"):
            store.order([])
        return
    kept = record()
    store.create(kept, document(1), named(1))
    (folder / "order.json").write_text('{"order": [1, null, {}]}')
    assert store.opened() == (kept,)
    with pytest.raises(WorldError, match="could not be kept"):
        store.create(kept, document(1), named(1))
    store.disconnect()


def test_one_of_a_newer_program_stays_where_it_is(store: DocumentStore, tmp_path: Path) -> None:
    kept = record()
    store.create(kept, document(1), named(1))
    rows(store, kept.id, "PRAGMA user_version = 2")
    assert store.opened() == () and "newer Calotype" in store.take_notice()
    assert (tmp_path / "documents" / f"{kept.id}.sqlite").exists()
