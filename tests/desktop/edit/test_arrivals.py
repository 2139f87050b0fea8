"""What comes into Edit and leaves it: dropped, pasted, saved in layers, saved anew by another
program, and the form on its way to Create and back."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from desktop.shell.main_window import MainWindow
from desktop.widgets.drop_target import EDIT, LAYER
from tests.desktop.driving import Open, form_of, until
from tests.desktop.edit.rooms import desk_of, photo

CONTROL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton
COPY = Qt.DropAction.CopyAction
NONE = Qt.KeyboardModifier.NoModifier


def drop(window: MainWindow, path: Path, does: str) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    offered = COPY | Qt.DropAction.MoveAction  # as file managers do, who may delete what was moved
    entered = QDragEnterEvent(QPoint(9, 99), offered, data, LEFT, NONE)
    entered.setDropAction(Qt.DropAction.MoveAction)
    window.dragEnterEvent(entered)
    target = next(one for one in window.drop_targets.targets if one.does == does)
    at = window.drop_targets.mapTo(window, target.area.center())
    dropped = QDropEvent(QPointF(at), offered, data, LEFT, NONE)
    dropped.setDropAction(Qt.DropAction.MoveAction)
    window.dropEvent(dropped)
    assert entered.dropAction() == dropped.dropAction() == COPY and dropped.isAccepted()


def test_what_is_dropped_and_pasted_becomes_a_document_or_a_layer_of_it(
    open_app: Open, tmp_path: Path
) -> None:
    window = open_app().window
    desk = desk_of(window)
    window.go("edit")
    assert window.rooms.front().drop == EDIT and desk.page.empty.isVisible()
    drop(window, photo(tmp_path), EDIT)
    until(lambda: desk.documents.current is not None)
    tab = desk.documents.current
    assert tab is not None and tab.open is not None and window.rooms.front().drop == LAYER
    paper = tab.open
    drop(window, photo(tmp_path, "sign.png", (16, 8)), LAYER)
    until(lambda: len(paper.document.layers) == 2)
    layer = paper.document.layers[1]
    assert (layer.name, layer.left, layer.top) == ("sign", 40, 28)
    image = QImage(10, 6, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    QGuiApplication.clipboard().setImage(image)
    desk.canvas.setFocus()
    QTest.keyClick(desk.canvas, Qt.Key.Key_V, CONTROL)
    until(lambda: len(paper.document.layers) == 3)
    QTest.keyClick(desk.canvas, Qt.Key.Key_C, CONTROL)  # the active layer's, where it lies
    before = paper.document.layers[2]
    until(lambda: QGuiApplication.clipboard().image().size().width() == 96)
    QTest.keyClick(desk.canvas, Qt.Key.Key_V, CONTROL)
    until(lambda: len(paper.document.layers) == 4)
    assert before.raster.width == 10 and paper.document.layers[3].left == 0
    window.actions_by_id["document-close"].trigger()
    until(lambda: desk.documents.current is None)
    assert desk.page.empty.isVisible() and desk.page.empty.reopen.isVisible()


def test_layers_are_saved_and_opened_and_a_newer_file_is_taken(
    open_app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = open_app()
    window = application.window
    desk = desk_of(window)
    path = photo(tmp_path)
    window.signals.edit_file.emit(path)
    until(lambda: desk.documents.current is not None)
    tab = desk.documents.current
    assert tab is not None and tab.open is not None
    paper = tab.open
    window.actions_by_id["layer-add"].trigger()
    until(lambda: len(paper.document.layers) == 2)
    layered = tmp_path / "photo.ora"
    answers = [str(layered), str(layered.with_suffix(""))]
    offered: list[str] = []

    def chosen(_window: object, _title: str, suggested: str, _kinds: str) -> tuple[str, str]:
        offered.append(suggested)
        return answers.pop(0), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", chosen)
    others_wait = threading.Event()
    application.database_tasks.submit(others_wait.wait)  # strokes are kept there, jobs queued
    window.actions_by_id["document-save-layers"].trigger()
    until(layered.exists)
    others_wait.set()
    assert offered == [str(layered)], "beside the picture"
    until(lambda: window.notice.texts() == ("Saved as photo.ora.",))
    before = layered.stat()
    window.actions_by_id["document-save-layers"].trigger()
    until(lambda: "photo.ora is there already." in window.notice.texts()[0])
    assert layered.stat() == before, "nobody was asked whether it may be overwritten"
    window.opening.open_path(layered)
    until(lambda: len(desk.documents.tabs) == 2 and desk.documents.current is not tab)
    other = desk.documents.current
    assert other is not None and other.document is not None and len(other.document.layers) == 2
    desk.documents.show(tab)
    Image.new("RGB", (96, 64), (9, 90, 200)).save(path)
    os.utime(path, (1, 1))
    assert not window.actions_by_id["document-newer"].isEnabled()
    desk.arrivals.look_for_newer()
    until(lambda: window.actions_by_id["document-newer"].isEnabled())
    window.actions_by_id["document-newer"].trigger()
    until(lambda: not desk.arrivals.has_newer)
    assert paper.image().pixelColor(5, 5).getRgb()[:3] == (9, 90, 200)
    desk.canvas.setFocus()
    QTest.keyClick(desk.canvas, Qt.Key.Key_Z, CONTROL)
    assert paper.image().pixelColor(5, 5).getRgb()[:3] != (9, 90, 200)


def test_layers_are_saved_of_a_document_that_is_closed_meanwhile(
    open_app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = open_app()
    window = application.window
    window.signals.edit_file.emit(photo(tmp_path))
    desk = desk_of(window)
    until(lambda: desk.documents.current is not None)
    tab = desk.documents.current
    assert tab is not None
    layered = tmp_path / "photo.ora"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(layered), ""))
    slow = threading.Event()
    desk.arrivals._write(slow.wait, lambda _: None)
    window.actions_by_id["document-save-layers"].trigger()
    window.actions_by_id["document-close"].trigger()
    until(lambda: tab.open is None)
    slow.set()
    until(layered.exists)


def test_a_form_goes_to_create_and_comes_from_there_and_each_is_one_step(
    open_app: Open, tmp_path: Path
) -> None:
    application = open_app()
    window = application.window
    desk = desk_of(window)
    application.draft.set(prompt="a red house", steps=7)
    window.signals.edit_file.emit(photo(tmp_path))
    until(lambda: desk.documents.current is not None)
    assert desk.draft.request.prompt == "a red house" and desk.draft.request.steps == 7
    desk.draft.set(prompt="a green house", steps=9)
    window.actions_by_id["form-to-create"].trigger()
    assert window.rooms.shown == "create" and application.draft.request.steps == 9
    application.draft.undo()
    assert (application.draft.request.prompt, application.draft.request.steps) == ("a red house", 7)
    window.go("edit")
    window.actions_by_id["form-from-create"].trigger()
    assert (desk.draft.request.prompt, desk.draft.request.steps) == ("a red house", 7)
    desk.form.prompt.prompt.setFocus()
    window.actions_by_id["undo"].trigger()
    assert (desk.draft.request.prompt, desk.draft.request.steps) == ("a green house", 9)
    assert form_of(window).prompt.prompt.toPlainText() == "a red house"
