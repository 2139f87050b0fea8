"""Documents are kept with every step, in their order, and a damaged one costs no other."""

from __future__ import annotations

import random
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from core.store.documents.document_store import KEPT_CLOSED, DocumentStore
from core.system.errors import WorldError
from core.values.editing.document import MAX_STEPS
from core.values.editing.kept_document import Step
from core.values.editing.raster import PixelKind, tile_name
from core.values.editing.record import Candidate, Origin
from core.values.request import Request
from tests.core.store.documents.documents import document, named, record, tile


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DocumentStore]:
    kept = DocumentStore(tmp_path / "documents")
    yield kept
    kept.disconnect()


def again(store: DocumentStore, tmp_path: Path) -> DocumentStore:
    """As the next start finds it."""
    store.disconnect()
    return DocumentStore(tmp_path / "documents")


def test_everything_comes_back_at_the_next_start(store: DocumentStore, tmp_path: Path) -> None:
    first = replace(
        record("Ä house"),
        origin=Origin("/p/x.png", "a" * 64, 7, 9),
        request=Request("a red house", seed=5),
        candidates=(Candidate(3, "b" * 64, (0, 0, 8, 8)),),
    )
    store.create(first, document(1, 0), named(1))
    masked = document(1, 2, mask=9)
    grey = {tile_name(tile(9, PixelKind.GREY)): tile(9, PixelKind.GREY)}
    store.add_step(first.id, 0, "Mask", masked, named(2) | grey)
    store.add_step(first.id, 1, "Brush", document(3, 2), named(3))
    store.move_to(first.id, 1)
    later = again(store, tmp_path)
    assert later.opened() == (first,)
    stored = later.load(first.id)
    assert (stored.record, stored.position, stored.notes) == (first, 1, ())
    assert [step.text for step in stored.steps] == ["", "Mask", "Brush"]
    assert stored.document == masked and stored.steps[2] == Step("Brush", document(3, 2))
    for name, data in (named(1, 2, 3) | grey).items():
        assert later.tile(first.id, name) == data
    assert later.take_notice() == ""
    later.disconnect()


def test_a_step_cuts_what_was_undone_and_the_oldest_falls_off(store: DocumentStore) -> None:
    kept = record()
    store.create(kept, document(1), named(1))
    for value in range(2, MAX_STEPS + 20):
        at = min(value - 2, MAX_STEPS)
        store.add_step(kept.id, at, f"to {value}", document(value), named(value))
    steps = store.load(kept.id).steps
    assert len(steps) == MAX_STEPS + 1
    assert [step.text for step in steps[-2:]] == [f"to {MAX_STEPS + 18}", f"to {MAX_STEPS + 19}"]
    assert store.load(kept.id).position == MAX_STEPS
    store.move_to(kept.id, 3)
    store.add_step(kept.id, 3, "other", document(7000), named(7000))
    stored = store.load(kept.id)
    assert [step.text for step in stored.steps][-2:] == [steps[3].text, "other"]
    assert (len(stored.steps), stored.position) == (5, 4)
    with pytest.raises(WorldError, match="damaged"):  # tiles that no state names are swept
        store.tile(kept.id, tile_name(tile(MAX_STEPS + 19)))
    assert store.tile(kept.id, tile_name(tile(7000))) == tile(7000)


def test_a_state_that_could_never_be_shown_is_refused(store: DocumentStore) -> None:
    kept = record()
    with pytest.raises(ValueError, match="neither kept nor given"):
        store.create(kept, document(1), {})
    assert store.opened() == ()
    store.create(kept, document(1), named(1))
    with pytest.raises(ValueError, match="neither kept nor given"):
        store.add_step(kept.id, 0, "x", document(2), named(1))
    with pytest.raises(ValueError, match="is another"):
        store.add_step(kept.id, 0, "x", document(2), {tile_name(tile(2)): tile(1)})
    with pytest.raises(ValueError, match="the active layer"):
        store.add_step(kept.id, 0, "x", replace(document(1), active_layer=5), {})
    for position in (1, -1):
        with pytest.raises(ValueError, match="no step"):
            store.add_step(kept.id, position, "x", document(1), {})
        with pytest.raises(ValueError, match="no step"):
            store.move_to(kept.id, position)
    assert store.load(kept.id).steps == (Step("", document(1)),)


def test_tabs_keep_their_order_and_closed_ones_can_be_opened_for_30_days(
    store: DocumentStore, tmp_path: Path
) -> None:
    records = [record(title, created) for created, title in enumerate("ABC")]
    for one in records:
        store.create(one, document(1), named(1))
    assert [one.title for one in store.opened()] == ["A", "B", "C"]
    store.order([records[2].id, records[0].id])
    assert [one.title for one in again(store, tmp_path).opened()] == ["C", "A", "B"]
    store.close(records[0].id)
    assert [one.title for one in store.opened()] == ["C", "B"]
    (closed,) = store.closed()
    assert (closed.id, closed.title) == (records[0].id, "A")
    assert store.sweep(closed.closed + KEPT_CLOSED - 1) == 0
    assert store.reopen(records[0].id).document == document(1)
    assert [one.title for one in store.opened()] == ["C", "A", "B"]
    store.close(records[0].id)
    assert store.sweep(closed.closed + KEPT_CLOSED + 60) == 1
    assert store.closed() == () and store.usage().count == 2
    with pytest.raises(WorldError, match="not kept any more"):
        store.load(records[0].id)


def test_a_changed_record_is_no_step(store: DocumentStore, tmp_path: Path) -> None:
    kept = record()
    store.create(kept, document(1), named(1))
    changed = replace(kept, title="B", request=Request("other"))
    store.put_record(changed)
    later = again(store, tmp_path)
    assert later.load(kept.id).record == changed and len(later.load(kept.id).steps) == 1
    later.disconnect()


@pytest.mark.parametrize("odd", ["../x", "", "A" * 32, "é" * 32])
def test_no_other_file_is_ever_opened(store: DocumentStore, odd: str) -> None:
    with pytest.raises(WorldError):
        store.load(odd)
    with pytest.raises(WorldError):
        store.create(replace(record(), id=odd), document(1), named(1))


def test_what_a_full_disk_does_not_take_is_written_before_what_comes_next(
    store: DocumentStore, tmp_path: Path
) -> None:
    kept = record()
    store.create(kept, document(1), named(1))
    db = store._opened_file(kept.id)._writer
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")
    large = random.Random(1).randbytes(2**18)
    layer = document(1).layers[0]
    state = document(1).with_layer(
        replace(layer, raster=layer.raster.with_tiles({(0, 0): tile_name(large)}))
    )
    with pytest.raises(WorldError, match="disk is full"):
        store.add_step(kept.id, 0, "large", state, {tile_name(large): large})
    with pytest.raises(WorldError, match="disk is full"):
        store.add_step(kept.id, 1, "next", replace(state, frame=(0, 0, 8, 8)), {})
    with pytest.raises(WorldError, match="disk is full"):
        store.move_to(kept.id, 1)
    with pytest.raises(WorldError, match="disk is full"):
        store.close(kept.id)
    assert [one.id for one in store.opened()] == [kept.id]
    with sqlite3.connect(store._path(kept.id)) as look:
        assert look.execute("SELECT count(*) FROM steps").fetchone() == (1,)
    look.close()
    db.execute(f"PRAGMA max_page_count = {2**20}")
    store.add_step(kept.id, 1, "last", document(2), named(2))
    later = again(store, tmp_path)
    stored = later.load(kept.id)
    assert [step.text for step in stored.steps] == ["", "large", "last"]
    assert stored.position == 2 and later.tile(kept.id, tile_name(large)) == large
    later.disconnect()


def test_tiles_are_read_while_steps_are_written_and_documents_come_and_go(
    store: DocumentStore,
) -> None:
    """By three threads, as the window has them: none of them meets another's half."""
    kept, other = record("A"), record("B", 2.0)
    for one in (kept, other):
        store.create(one, document(1), named(1))
    store.close(other.id)
    stop = threading.Event()

    def until_stopped(work: Callable[[], object]) -> None:
        while not stop.is_set():
            work()

    def look() -> None:
        assert [one.title for one in store.opened()] in (["A"], ["A", "B"])
        store.sweep()

    def read() -> None:
        assert store.tile(kept.id, tile_name(tile(1))) == tile(1)

    with ThreadPoolExecutor(2) as pool:
        others = [pool.submit(until_stopped, work) for work in (look, read)]
        for value in range(2, 30):
            store.add_step(kept.id, value - 2, "x", document(value), named(value))
            if value % 3 == 0:
                store.reopen(other.id)
                store.close(other.id)
        stop.set()
    assert [one.result() for one in others] == [None, None]
    assert len(store.load(kept.id).steps) == 29
