"""Documents that are open in the window, where the disk or its answers come late or not at all."""

from __future__ import annotations

import gc
import sqlite3
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QSpinBox

from core.system.paths import Places
from core.values.editing.record import CandidateState
from desktop.app.app import Application
from desktop.edit.document.painting import Target
from tests.desktop.driving import Open, opening, take_down, until
from tests.desktop.edit.documents import document_from, noise
from tests.desktop.edit.rooms import desk_of, drawn, made, opened, photo, rendered
from tests.desktop.window.conftest import FAKE


@pytest.fixture
def open_on_photo(qapp: QApplication, where: Places, tmp_path: Path) -> Iterator[Open]:
    """Windows that are asked for a photo before they know what was open."""

    def ask(application: Application) -> None:
        application.window.signals.edit_file.emit(tmp_path / "photo.png")

    yield from opening(qapp, where, FAKE, ask)


def test_what_was_open_at_the_last_exit_is_returned_to_as_soon_as_the_window_is_there(
    open_app: Open, open_on_photo: Open, tmp_path: Path
) -> None:
    before = open_app()
    before.window.signals.edit_file.emit(photo(tmp_path))
    until(lambda: desk_of(before.window).documents.current is not None)
    before.window.go("create")
    until(lambda: not before.window.saver.isActive())
    take_down(before)
    documents = desk_of(open_on_photo().window).documents
    until(lambda: documents.current is not None and documents.current.document is not None)
    assert len(documents.tabs) == 1 and documents.current is documents.tabs[0]


def test_where_the_last_document_cannot_be_read_another_one_is_shown(
    open_app: Open, where: Places, tmp_path: Path
) -> None:
    before = open_app()
    for name in ("photo.png", "lost.png"):
        before.window.signals.edit_file.emit(photo(tmp_path, name))
    documents = desk_of(before.window).documents
    until(lambda: documents.current is not None and documents.current.record.title == "lost.png")
    lost = documents.tabs[1].id
    until(lambda: not before.window.saver.isActive())
    take_down(before)
    with sqlite3.connect(where.documents / f"{lost}.sqlite") as db:
        db.execute("DELETE FROM steps")
    db.close()
    window = open_app().window
    desk = desk_of(window)
    until(lambda: desk.documents.current is not None)
    assert [tab.record.title for tab in desk.documents.tabs] == ["photo.png"]
    assert desk.canvas.isVisible() and "cannot be read" in window.notice.text.text()


def test_a_document_that_a_full_disk_does_not_let_go_of_stays(
    open_app: Open, tmp_path: Path
) -> None:
    application = open_app()
    window, documents = application.window, application.stores.documents
    window.signals.edit_file.emit(photo(tmp_path))
    desk = desk_of(window)
    until(lambda: desk.documents.current is not None)
    tab = desk.documents.current
    assert tab is not None and tab.open is not None
    db = documents._opened_file(tab.id)._writer
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")
    tab.open.apply("Noise", lambda state: document_from(noise(300, 300)))
    until(lambda: "disk is full" in window.notice.text.text())
    window.actions_by_id["document-close"].trigger()
    assert desk.documents.tabs == () and "was closed" in window.notice.text.text()
    until(lambda: desk.documents.current is tab)
    assert "disk is full" in window.notice.text.text() and desk.documents.closed == 0

    def topics() -> list[str]:
        return [one.topic for one in window.notice._waiting]

    drawn(desk, (10, 10), (40, 30))
    until(lambda: topics()[-1] == "document:disk")
    db.execute(f"PRAGMA max_page_count = {2**20}")
    drawn(desk, (60, 60), (70, 30))
    until(lambda: "document:disk" not in topics())  # both are kept
    window.actions_by_id["document-close"].trigger()
    until(lambda: [one.id for one in documents.closed()] == [tab.id])
    assert [step.text for step in documents.reopen(tab.id).steps] == [
        "",
        "Noise",
        *2 * ["Brush stroke"],
    ]


def test_a_result_is_taken_onto_what_was_painted_meanwhile(open_app: Open) -> None:
    application = open_app()
    made(application)
    desk = opened(application)
    tab = desk.documents.current
    assert tab is not None and tab.open is not None
    desk.form.side.count.setValue(2)
    rendered(desk, application, 2)
    desk.canvas.set_target(Target.LAYER)
    desk.results.accept(as_layer=True)
    desk.results.accept(as_layer=True)  # pressed twice
    drawn(desk, (10, 10), (40, 30))
    until(lambda: not tab.open.is_at_work())
    texts = [step.text for step in tab.open.steps]
    assert texts == ["", "Brush stroke", "Accept result"] and len(tab.open.document.layers) == 2
    states = [one.state for one in tab.record.candidates]
    assert states == [CandidateState.ACCEPTED, CandidateState.KEPT]
    tab.open.undo()
    assert desk.results.place() == (1, 1) and tab.open.undo_words() == "Brush stroke"


@pytest.mark.parametrize("at_once", [True, False])
def test_a_result_that_is_ready_after_its_document_closed_is_there_when_it_is_opened_again(
    open_app: Open, at_once: bool
) -> None:
    application = open_app()
    made(application)
    desk = opened(application)
    documents = desk.documents
    rendered(desk, application, 1)
    tab = documents.current
    assert tab is not None and tab.open is not None
    paper = tab.open
    desk.results.accept(as_layer=True)
    desk.close()
    assert documents.tabs == () and paper.is_at_work()
    if not at_once:
        until(lambda: tab.open is None)
    documents.reopen(tab.id)
    until(lambda: documents.current is not None)
    again = documents.current
    assert again is not None and again.open is not None
    until(lambda: not again.open.is_at_work())
    assert [step.text for step in again.open.steps] == ["", "Accept result"]
    assert [one.state for one in again.record.candidates] == [CandidateState.ACCEPTED]
    again.open.undo()
    assert desk.results.place() == (1, 1)


def test_a_closed_document_leaves_the_memory(open_app: Open, tmp_path: Path) -> None:
    application = open_app()
    window = application.window
    window.signals.edit_file.emit(photo(tmp_path))
    desk = desk_of(window)
    until(lambda: desk.documents.current is not None)
    tab = desk.documents.current
    assert tab is not None and tab.open is not None
    drawn(desk, (10, 10), (40, 30))
    paper = weakref.ref(tab.open)
    desk.close()
    until(lambda: tab.open is None)
    QApplication.processEvents()
    gc.collect()
    assert paper() is None


def test_tabs_have_their_pictures_also_of_what_was_not_looked_at_since_the_start(
    open_app: Open, tmp_path: Path
) -> None:
    before = open_app()
    for name in ("first.png", "second.png"):
        before.window.signals.edit_file.emit(photo(tmp_path, name))
    desk = desk_of(before.window)
    until(lambda: len(desk.documents.tabs) == 2 and desk.documents.current is not None)
    sides = [one for one in desk.form.side.findChildren(QSpinBox) if one.accessibleName()]
    assert not [one for one in sides if one.accessibleName() == "Width" and one.isVisible()]
    until(lambda: not before.window.saver.isActive())
    take_down(before)
    documents = desk_of(open_app().window).documents
    until(lambda: len(documents.tabs) == 2 and not documents.tabs[0].thumbnail.isNull())
    assert documents.current is documents.tabs[1] and documents.tabs[0].open is None
    assert documents.tabs[0].thumbnail.size().width() == 96
