"""A model file in the whole window: one reading shows it in form and room, and disturbs
nobody who is choosing or typing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.engine.contract.protocol import EngineSpec, FakeScript
from core.system.paths import RESOURCES, Places
from desktop.app.app import Application
from desktop.widgets import folder_watch
from tests.core.models.files import layouts
from tests.desktop.driving import Open, form_of, models_of, opening, until

FAKE = EngineSpec(kind="fake", runs_in="here", fake=FakeScript(step_seconds=0.0))


@pytest.fixture
def open_app(qapp: QApplication, where: Places) -> Iterator[Open]:
    yield from opening(
        qapp, where, FAKE, lambda application: until(lambda: application.library.items)
    )


def reload(application: Application) -> None:
    read: list[bool] = []
    application.library.reload(lambda: read.append(True))
    until(lambda: read)


def test_a_dropped_folder_shows_in_room_card_and_form_and_so_does_its_removal(
    open_app: Open, tmp_path: Path
) -> None:
    folder = tmp_path / "second"
    shutil.copytree(RESOURCES / "starter", folder)
    application = open_app()
    window = application.window
    box, models = form_of(window).parameters.model, models_of(window)
    window.opening.open_path(folder)
    until(lambda: application.draft.request.model == "second")
    assert box.currentData() == "second"
    assert models.list.row_of(str(folder)) >= 0
    item = models_of(window).card.item
    assert item is not None and item.entry.path == str(folder)
    assert window.notice.other.text() == "Remove from the list"
    window.notice.other.click()
    until(lambda: models_of(window).list.row_of(str(folder)) < 0)
    assert application.draft.request.model == box.currentData() == "starter"
    assert box.findData("second") < 0
    assert models_of(window).card.item is not item


def test_a_reading_leaves_an_open_box_and_what_is_being_typed_alone(
    open_app: Open, where: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_watch, "SETTLED_MS", 10**6)  # the readings here are all there are
    application = open_app()
    window = application.window
    box, room = form_of(window).parameters.model, models_of(window)
    where.models.mkdir(parents=True, exist_ok=True)
    box.showPopup()
    for name in ("dream", "night"):
        layouts.write(where.models / f"{name}.safetensors", layouts.SD1)
    reload(application)
    assert box.findData("dream.safetensors") < 0  # under a person's hand
    box.hidePopup()
    until(lambda: box.findData("dream.safetensors") >= 0)
    assert box.currentData() == "starter"
    window.signals.show_models.emit()
    path = str(where.models / "dream.safetensors")
    room.show_model(path)
    room.card.notes.setFocus()
    QTest.keyClicks(room.card.notes, "for skies")
    QTest.keyClicks(room.card.tags, "blue ")
    cursor = room.card.notes.textCursor()
    cursor.setPosition(3)
    room.card.notes.setTextCursor(cursor)
    reload(application)
    assert room.card.notes.toPlainText() == "for skies"
    assert room.card.notes.textCursor().position() == 3
    assert room.card.tags.text() == "blue "
    reload(application)  # what was noted is kept by now
    card = application.stores.cards.get(path)
    assert (card.notes, card.tags) == ("for skies", ("blue",))
    room.show_model(application.library.models[0].path)
    assert (room.card.notes.toPlainText(), room.card.tags.text()) == ("", "")
    QTest.keyClicks(room.card.notes, "x")
    QTest.keyClick(room.card.notes, Qt.Key.Key_Backspace)
    room.show_model(str(where.models / "night.safetensors"))
    # what was typed for one model does not come back in the notes of another
    assert not room.card.notes.document().isUndoAvailable()
