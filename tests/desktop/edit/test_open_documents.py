"""Documents that are open in the window, where the disk or its answers come late or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from core.system.paths import Places
from desktop.app.app import Application
from tests.desktop.driving import Open, opening, take_down, until
from tests.desktop.edit.documents import document_from, noise
from tests.desktop.edit.rooms import desk_of, photo
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
    db.execute(f"PRAGMA max_page_count = {2**20}")
    window.actions_by_id["document-close"].trigger()
    until(lambda: [one.id for one in documents.closed()] == [tab.id])
    assert [step.text for step in documents.reopen(tab.id).steps] == ["", "Noise"]
