"""The room Edit of a window, and what is opened there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from core.values.picture import Picture
from desktop.app.app import Application
from desktop.edit.desk import EditDesk
from desktop.edit.room import EditRoom
from desktop.shell.main_window import MainWindow
from tests.desktop.driving import form_of, until

CONTROL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton


def photo(folder: Path, name: str = "photo.png", size: tuple[int, int] = (96, 64)) -> Path:
    """A file of this many pixels, without a recipe."""
    path = folder / name
    Image.effect_noise(size, 80).convert("RGB").save(path)
    return path


def desk_of(window: MainWindow) -> EditDesk:
    """What holds the work of Edit."""
    room = window.rooms["edit"]
    assert isinstance(room, EditRoom)
    return room.desk


def made(application: Application, prompt: str = "a red house") -> Picture:
    """A picture of Create, which is shown."""
    window = application.window
    before = len(window.newest.ids())
    application.draft.set(prompt=prompt, steps=2)
    form_of(window).generate()
    until(lambda: len(window.newest.ids()) == before + 1 and application.service.current is None)
    until(
        lambda: window.current.picture is not None and window.current.picture.id == newest(window)
    )
    assert window.current.picture is not None
    return window.current.picture


def newest(window: MainWindow) -> int:
    return window.newest.ids()[0]


def opened(application: Application) -> EditDesk:
    """The current picture in Edit, by its key."""
    window = application.window
    desk = desk_of(window)
    window.viewer.setFocus()
    QTest.keyClick(window.viewer, Qt.Key.Key_E)
    until(lambda: window.rooms.shown == "edit" and desk.documents.current is not None)
    return desk


def drawn(desk: EditDesk, *points: tuple[float, float]) -> None:
    """A stroke over these points of the document."""
    places = [desk.canvas.placement().to_widget(QPointF(*point)).toPoint() for point in points]
    QTest.mousePress(desk.canvas, LEFT, pos=places[0])
    for place in places[1:]:
        QTest.mouseMove(desk.canvas, place)
        QTest.mouseMove(desk.canvas, place + QPoint(1, 1))
    QTest.mouseRelease(desk.canvas, LEFT, pos=places[-1])


def results(desk: EditDesk, count: int) -> Callable[[], bool]:
    return lambda: desk.results.place()[1] == count


def rendered(desk: EditDesk, application: Application, count: int) -> None:
    """One more result, so that there are `count`."""
    window = application.window
    desk.form.prompt.prompt.setFocus()
    QTest.keyClick(desk.form.prompt.prompt, Qt.Key.Key_Return, CONTROL)
    until(results(desk, count), 20)
    until(lambda: application.service.current is None)
    assert window.rooms.shown == "edit"
