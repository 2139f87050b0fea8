"""Dragging pictures out with the Alt key: copies without recipes, as soon as they are written."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDrag, QGuiApplication, QMouseEvent, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QListWidget, QToolTip, QWidget

from core.metadata.recipes import read_file
from core.metadata.writing import encode
from core.values.picture import Pixels, Recipe
from core.values.request import Request
from desktop.pictures.grids.dragging import PICTURES, drag_out
from desktop.pictures.grids.plain_copies import PlainCopies
from tests.desktop.driving import pump, until

LEFT = Qt.MouseButton.LeftButton
ALT = Qt.KeyboardModifier.AltModifier
NONE = Qt.KeyboardModifier.NoModifier
HERE = QPoint(5, 5)


@pytest.fixture
def source(qapp: QApplication) -> Iterator[QWidget]:
    """Where the left button and the Alt key are held."""
    widget = QWidget()
    widget.resize(50, 50)
    widget.show()
    QTest.qWaitForWindowExposed(widget)
    QTest.mousePress(widget.windowHandle(), LEFT, NONE, HERE)
    QTest.keyPress(widget.windowHandle(), Qt.Key.Key_Alt, ALT)
    yield widget
    QTest.keyRelease(widget.windowHandle(), Qt.Key.Key_Alt, NONE)
    QTest.mouseRelease(widget.windowHandle(), LEFT, NONE, HERE)
    widget.deleteLater()


@pytest.fixture
def dragged(monkeypatch: pytest.MonkeyPatch) -> list[QMimeData]:
    """What hung on the pointer."""
    seen: list[QMimeData] = []
    monkeypatch.setattr(QDrag, "exec", lambda drag, _: seen.append(_copied(drag.mimeData())))
    return seen


def _copied(data: QMimeData) -> QMimeData:
    """Qt deletes a drag's own."""
    copy = QMimeData()
    for kind in data.formats():
        copy.setData(kind, data.data(kind))
    return copy


def files(folder: Path, *names: str) -> QMimeData:
    paths = [folder / name for name in names]
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        recipe = Recipe(Request(prompt="a secret fox", seed=4), model_name="Starter")
        path.write_bytes(encode(Pixels(8, 8, bytes(192)), recipe)[0])
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    data.setData(PICTURES, b"12345678")
    return data


def test_with_alt_copies_without_recipes_are_dragged(
    source: QWidget, dragged: list[QMimeData], tmp_path: Path
) -> None:
    data = files(tmp_path / "own", "1.png", "2.png")
    drag_out(source, data, QPixmap(8, 8), 2)
    until(lambda: dragged)
    copies = [Path(url.toLocalFile()) for url in dragged[0].urls()]
    assert [path.name for path in copies] == ["1.png", "2.png"]
    for path in copies:
        assert path.parent != tmp_path / "own" and read_file(path).recipe is None
        assert b"secret" not in path.read_bytes()
        assert b"trainedAlgorithmicMedia" in path.read_bytes(), "the mark stays"
    assert bytes(dragged[0].data(PICTURES).data()) == b"12345678", "for places of our own"
    assert QGuiApplication.overrideCursor() is None
    QTest.keyRelease(source.windowHandle(), Qt.Key.Key_Alt, NONE)
    drag_out(source, data, None, 2)
    assert dragged[1].urls() == data.urls(), "without the key the files themselves, at once"
    PlainCopies.of(source).end()
    assert not any(path.parent.exists() for path in copies), "none is left when the program ends"


def move(widget: QWidget, to: QPoint) -> None:
    """With the button held."""
    place = QPointF(to)
    QApplication.sendEvent(
        widget, QMouseEvent(QEvent.Type.MouseMove, place, place, LEFT, LEFT, NONE)
    )


def test_a_list_does_not_choose_more_while_copies_are_written(
    source: QWidget, dragged: list[QMimeData], tmp_path: Path
) -> None:
    rows = QListWidget(source)
    rows.addItems(["one", "two", "three"])
    rows.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)
    rows.show()
    places = [rows.visualItemRect(rows.item(row)).center() for row in (0, 2)]
    QTest.mousePress(rows.viewport(), LEFT, ALT, places[0])
    drag_out(rows, files(tmp_path, "1.png"), None)
    move(rows.viewport(), places[1])
    until(lambda: dragged)
    assert [item.text() for item in rows.selectedItems()] == ["one"]
    move(rows.viewport(), places[0])
    move(rows.viewport(), places[1])
    assert len(rows.selectedItems()) == 3, "as ever afterwards"


def test_whoever_lets_go_too_early_is_told_and_drags_nothing(
    source: QWidget, dragged: list[QMimeData], tmp_path: Path
) -> None:
    drag_out(source, files(tmp_path, "1.png"), None)
    QTest.mouseRelease(source.windowHandle(), LEFT, ALT, HERE)
    until(QToolTip.isVisible)
    assert "Hold the button" in QToolTip.text()
    pump(100)
    assert not dragged and QGuiApplication.overrideCursor() is None


def test_a_file_that_is_gone_is_said_and_not_dragged(
    source: QWidget, dragged: list[QMimeData], tmp_path: Path
) -> None:
    data = files(tmp_path, "1.png", "2.png")
    (tmp_path / "2.png").unlink()
    drag_out(source, data, None, 2)
    until(QToolTip.isVisible)
    assert "2.png" in QToolTip.text()
    assert not dragged and QGuiApplication.overrideCursor() is None


def test_copies_stay_when_the_window_closes_that_they_were_dragged_from(
    source: QWidget, dragged: list[QMimeData], tmp_path: Path
) -> None:
    place = QWidget(source)
    drag_out(place, files(tmp_path / "own", "1.png"), None)
    until(lambda: dragged)
    copy = Path(dragged[0].urls()[0].toLocalFile())
    delete_now(place)
    gc.collect()
    assert copy.exists(), "whatever it was dropped on may still read it"


def test_the_pointer_is_as_ever_when_the_window_closes_before_copies_are_there(
    source: QWidget, dragged: list[QMimeData], tmp_path: Path
) -> None:
    place = QWidget(source)
    drag_out(place, files(tmp_path / "own", "1.png"), None)
    assert QGuiApplication.overrideCursor() is not None
    delete_now(place)
    assert QGuiApplication.overrideCursor() is None
    pump(100)
    assert not dragged


def delete_now(widget: QWidget) -> None:
    widget.deleteLater()
    QCoreApplication.sendPostedEvents(widget, QEvent.Type.DeferredDelete)
