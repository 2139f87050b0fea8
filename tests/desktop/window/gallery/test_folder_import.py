"""A folder of another program's pictures, dropped on the whole window: it is asked about, comes in,
is found by words and by the next start, and is never written to."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from desktop.gallery.room import GalleryRoom
from desktop.pictures.grids.contents.cells import NOWHERE
from desktop.pictures.importing.imports import Imports
from desktop.shell.main_window import MainWindow
from desktop.widgets.drop_target import IMPORT, OPEN
from tests.core.service.importing.folders import LONG_AGO, bring_in, picture_at, png, write
from tests.desktop.driving import Open, gallery_of, take_down, until

COPY, LEFT = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


def imports_of(window: MainWindow) -> Imports:
    room = window.rooms["gallery"]
    assert isinstance(room, GalleryRoom)
    return room.imports


def drop(window: MainWindow, path: Path, does: str) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    window.dragEnterEvent(QDragEnterEvent(QPoint(9, 9), COPY, data, LEFT, NONE))
    target = next(one for one in window.drop_targets.targets if one.does == does)
    at = window.drop_targets.mapTo(window, target.area.center())
    window.dropEvent(QDropEvent(QPointF(at), COPY, data, LEFT, NONE))


def test_a_folder_is_dropped_imported_and_there_at_the_next_start(
    open_app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "outputs"
    for number in range(3):
        write(folder / f"{number}.png", png(number))
    before = {path: path.read_bytes() for path in folder.iterdir()}
    application = open_app()
    window = application.window
    window.go("gallery")
    until(lambda: window.rooms.shown == "gallery")
    drop(window, folder, IMPORT)
    assert {target.does for target in window.drop_targets.targets} == {IMPORT, OPEN}
    imports = imports_of(window)
    until(lambda: imports.question is not None and imports.question.isVisible())
    QTest.keyClick(imports.question, Qt.Key.Key_Return)
    grid = gallery_of(window).grid
    until(lambda: grid.model().rowCount() == 3)
    until(lambda: imports.progress is None)
    assert any("3 added" in text for text in window.notice.texts())
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    room = window.rooms["gallery"]
    assert isinstance(room, GalleryRoom)
    (first, *_) = room.model.ids()
    away = folder.rename(tmp_path / "unplugged")
    imports.presence.look()
    until(lambda: room.model.pixmaps.is_away(first))
    away.rename(folder)
    imports.presence.look()
    until(lambda: not room.model.pixmaps.is_away(first))
    until(lambda: imports.progress is None)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    window.actions_by_id["import-folder"].trigger()  # and nothing is chosen
    window.actions_by_id["imported-folders"].trigger()
    until(lambda: imports.dialog is not None and imports.dialog.list.topLevelItemCount() == 1)
    imports.dialog.close()  # type: ignore[union-attr]
    take_down(application)
    write(folder / "later.png", png(9))
    again = open_app()
    again.window.go("gallery")
    until(lambda: gallery_of(again.window).grid.model().rowCount() == 4)


def test_what_was_hidden_is_found_and_shown_again(open_app: Open, tmp_path: Path) -> None:
    application = open_app()
    window, stores = application.window, application.stores
    file = write(tmp_path / "outputs" / "one.png", png(1))
    bring_in(stores, file.parent)
    stores.gallery.trash([picture_at(stores, file).id])
    window.go("gallery")
    panel = gallery_of(window)
    panel.search.setText("is:hidden")
    until(lambda: panel.grid.model().rowCount() == 1)
    panel.grid.selectAll()
    until(window.picture_commands.any)
    until(lambda: window.command_states.now()["restore"])
    window.actions_by_id["restore"].setEnabled(True)
    window.actions_by_id["restore"].trigger()
    until(lambda: stores.gallery.ids() == (1,))
    assert file.exists()


def test_a_picture_that_was_drawn_over_is_drawn_anew(open_app: Open, tmp_path: Path) -> None:
    application = open_app()
    window = application.window
    file = write(tmp_path / "outputs" / "one.png", png(200, size=(64, 64)))
    imports = imports_of(window)
    window.go("gallery")
    imports.bring_in(file.parent, copies=False)
    room = window.rooms["gallery"]
    assert isinstance(room, GalleryRoom)

    def red() -> int:
        """Of the first picture as it is drawn; -1 where none is yet."""
        ids = list(room.model.ids())
        pixmap = room.model.pixmaps.get(ids[0], None, NOWHERE) if ids else None
        return -1 if pixmap is None else pixmap.toImage().pixelColor(9, 9).red()

    until(lambda: red() > 190)
    until(lambda: imports.progress is None)
    write(file, png(20, size=(64, 64)), LONG_AGO + 9)
    imports.look_again()
    until(lambda: 0 <= red() < 40)
    until(lambda: imports.progress is None)
