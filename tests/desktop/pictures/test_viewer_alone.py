"""The large picture alone: zoom, fit, panning, comparing, words in its place, previews."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.pictures.viewer import FAR, KEY_STEP, MAX_ZOOM, MIN_ZOOM, Viewer

NONE = Qt.KeyboardModifier.NoModifier
LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton


@pytest.fixture
def viewer(qapp: QApplication) -> Iterator[Viewer]:
    """400 by 300 pixels of room, and 12 around them."""
    made = Viewer()
    made.resize(424, 324)
    made.show()
    yield made
    made.hide()
    made.deleteLater()


def image(width: int = 200, height: int = 100, colour: str = "red") -> QImage:
    made = QImage(width, height, QImage.Format.Format_RGB888)
    made.fill(QColor(colour))
    return made


def colour_at(viewer: Viewer, x: int, y: int) -> str:
    return viewer.grab().toImage().pixelColor(x, y).name()


def picture_at(viewer: Viewer, point: QPointF) -> tuple[float, float]:
    """The picture's point under a point of the widget, in shares of its sides."""
    area = viewer._target()
    return (
        (point.x() - area.x()) / area.width(),
        (point.y() - area.y()) / area.height(),
    )


def wheel(viewer: Viewer, at: QPointF, turned: int) -> None:
    event = QWheelEvent(
        at,
        QPointF(viewer.mapToGlobal(at.toPoint())),
        QPoint(),
        QPoint(0, turned),
        Qt.MouseButton.NoButton,
        NONE,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewer, event)


def test_a_picture_fits_and_says_its_size_and_zoom(viewer: Viewer) -> None:
    told: list[str] = []
    viewer.zoomed.connect(told.append)
    viewer.show_image(image())
    assert viewer.zoom() == 2.0 and told[-1] == "200 x 100 · 200 %"
    assert viewer._target().toRect().getRect() == (12, 62, 400, 200)
    assert colour_at(viewer, 212, 162) == "#ff0000" != colour_at(viewer, 212, 30)
    viewer.resize(324, 324)
    assert viewer.zoom() == 1.5 and told[-1] == "200 x 100 · 150 %", "it follows the room"
    viewer.show_image(image(100, 600))
    assert viewer.zoom() == 0.5 and told[-1] == "100 x 600 · 50 %"


def test_keys_fit_show_100_percent_and_zoom_step_by_step(viewer: Viewer) -> None:
    viewer.show_image(image())
    QTest.keyClick(viewer, Qt.Key.Key_Z)
    assert viewer.zoom() == 1.0
    QTest.keyClick(viewer, Qt.Key.Key_Plus)
    QTest.keyClick(viewer, Qt.Key.Key_Equal)
    assert viewer.zoom() == pytest.approx(KEY_STEP**2)
    QTest.keyClick(viewer, Qt.Key.Key_Minus)
    assert viewer.zoom() == pytest.approx(KEY_STEP)
    for _ in range(2):  # over 100 %
        QTest.keyClick(viewer, Qt.Key.Key_Z)
    assert viewer.zoom() == 2.0
    viewer.resize(624, 624)
    assert viewer.zoom() == 3.0, "which is no factor but a wish to see all"
    for key, end in ((Qt.Key.Key_Plus, MAX_ZOOM), (Qt.Key.Key_Minus, MIN_ZOOM)):
        for _ in range(80):
            QTest.keyClick(viewer, key)
        assert viewer.zoom() == end


def test_fit_and_100_percent_change_places(viewer: Viewer) -> None:
    viewer.show_image(image())
    viewer.toggle_zoom()
    assert viewer.zoom() == 1.0
    viewer.toggle_zoom()
    assert viewer.zoom() == 2.0
    at = QPoint(100, 100)
    under = picture_at(viewer, QPointF(at))
    QTest.mouseDClick(viewer, LEFT, NONE, at)
    assert viewer.zoom() == 1.0
    assert picture_at(viewer, QPointF(at)) == pytest.approx(under), "what was clicked stays there"
    QTest.mouseDClick(viewer, LEFT, NONE, at)
    assert viewer.zoom() == 2.0


def test_the_wheel_zooms_at_the_pointer(viewer: Viewer) -> None:
    wheel(viewer, QPointF(100, 100), 120)
    viewer.show_image(image())
    assert viewer.zoom() == 2.0, "without a picture it does nothing"
    for at, turned in ((QPointF(100, 100), 480), (QPointF(300, 200), 240), (QPointF(9, 9), -120)):
        under, before = picture_at(viewer, at), viewer.zoom()
        wheel(viewer, at, turned)
        assert (viewer.zoom() > before) is (turned > 0)
        assert picture_at(viewer, at) == pytest.approx(under)


def test_a_picture_that_is_larger_than_its_room_is_moved_within_its_edges(viewer: Viewer) -> None:
    viewer.show_image(image())
    viewer.set_zoom(8.0)  # 1600 by 800
    place = QPoint(200, 150)

    def drag(button: Qt.MouseButton, by: QPoint) -> QPointF:
        before = viewer._target().topLeft()
        QTest.mousePress(viewer, button, NONE, place)
        QTest.mouseMove(viewer, place + by)
        QTest.mouseRelease(viewer, button, NONE, place + by)
        return viewer._target().topLeft() - before

    for button in (LEFT, MIDDLE):
        assert drag(button, QPoint(30, -20)) == QPointF(30, -20)
    drag(LEFT, QPoint(5000, 5000))
    assert picture_at(viewer, QPointF(212, 162)) == pytest.approx((0.0, 0.0)), "to its corner"
    drag(LEFT, QPoint(-9000, -9000))
    assert picture_at(viewer, QPointF(212, 162)) == pytest.approx((1.0, 1.0))
    viewer.set_zoom(None)
    assert drag(MIDDLE, QPoint(30, 30)) == QPointF(0, 0), "where all is seen there is nowhere to go"


def test_space_makes_any_drag_a_move_until_it_is_let_go_or_the_focus_goes(
    viewer: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    dragged: list[object] = []
    monkeypatch.setattr(viewer, "start_drag", dragged.append)
    viewer.file = lambda: "/tmp/a.png"
    viewer.show_image(image())
    viewer.set_zoom(0.5)  # smaller than its room

    def drag() -> tuple[bool, bool]:
        """Whether it was moved, and whether its file was dragged out."""
        before = QPointF(viewer._centre)
        middle = viewer._target().center().toPoint()
        QTest.mousePress(viewer, LEFT, NONE, middle)
        QTest.mouseMove(viewer, middle + QPoint(20, 20))
        QTest.mouseRelease(viewer, LEFT, NONE, middle + QPoint(20, 20))
        moved, out = viewer._centre != before, bool(dragged)
        dragged.clear()
        return moved, out

    assert drag() == (False, True)
    QTest.keyPress(viewer, Qt.Key.Key_Space)
    assert drag() == (True, False)
    QTest.keyRelease(viewer, Qt.Key.Key_Space)
    assert drag() == (False, True)
    QTest.keyPress(viewer, Qt.Key.Key_Space)
    viewer.clearFocus()
    assert drag() == (False, True)


def test_only_a_file_is_dragged_out_and_only_from_the_picture(
    viewer: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    dragged: list[str] = []
    monkeypatch.setattr(
        viewer, "start_drag", lambda data: dragged.extend(url.toLocalFile() for url in data.urls())
    )

    def drag(start: QPoint, by: int = 40) -> list[str]:
        QTest.mousePress(viewer, LEFT, NONE, start)
        QTest.mouseMove(viewer, start + QPoint(by, 0))
        QTest.mouseRelease(viewer, LEFT, NONE, start + QPoint(by, 0))
        said = dragged[:]
        dragged.clear()
        return said

    inside, beside = QPoint(200, 150), QPoint(200, 20)
    assert drag(inside) == [], "no picture"
    viewer.show_image(image())
    assert drag(inside) == [], "no file"
    viewer.file = lambda: "/tmp/a b.png"
    assert drag(inside) == ["/tmp/a b.png"]
    assert drag(inside, by=1) == [], "a click with a trembling hand"
    assert drag(beside) == []
    viewer.show_message("Words")
    assert drag(inside) == []


def test_words_stand_in_place_of_a_picture(viewer: Viewer) -> None:
    viewer.show_message("The picture develops here.")
    assert not viewer.has_image() and not viewer.is_developing()
    assert viewer.accessibleDescription() == "The picture develops here."
    empty = Viewer()
    empty.resize(viewer.size())
    assert viewer.grab().toImage() != empty.grab().toImage(), "they are drawn"
    viewer.show_image(image())
    assert viewer.has_image() and viewer.accessibleDescription() == "200 by 100 pixels"
    told: list[str] = []
    viewer.zoomed.connect(told.append)
    viewer.show_message("Loading the model")
    viewer.resize(430, 330)
    assert told[-1] == "" and colour_at(viewer, 212, 162) != "#ff0000"
    viewer.show_image(image())
    viewer.clear()
    assert not viewer.has_image() and told[-1] == ""
    empty.deleteLater()


def test_what_a_screen_reader_hears(viewer: Viewer) -> None:
    viewer.show_image(image())
    viewer.describe("a red house, 1 of 2")
    assert viewer.accessibleDescription() == "a red house, 1 of 2, 200 by 100 pixels"
    viewer.clear()
    viewer.show_image(image())
    assert viewer.accessibleDescription() == "200 by 100 pixels", "not what another one was"


def test_previews_develop_and_the_finished_one_takes_their_place(viewer: Viewer) -> None:
    viewer.show_image(image(16, 8, "blue"), developing=True)
    assert viewer.has_image() and viewer.is_developing() and viewer.zoom() == 25.0
    viewer.show_image(image(16, 8, "green"), developing=True)
    viewer.expect_finished()
    assert not viewer.is_developing(), "what is done now is meant for the finished one"
    viewer.show_image(image())
    assert viewer.zoom() == 2.0 and not viewer.is_developing()
    viewer.show_image(image(16, 8, "blue"), developing=True)
    assert viewer.is_developing(), "of the next one"


def test_the_zoom_stays_over_pictures_of_one_size_and_not_over_others(viewer: Viewer) -> None:
    viewer.show_image(image())
    viewer.set_zoom(4.0, QPointF(100, 100))
    centre = QPointF(viewer._centre)
    viewer.show_image(image(colour="blue"))
    assert viewer.zoom() == 4.0 and viewer._centre == centre, "to be compared"
    viewer.show_image(image(25, 13), developing=True)
    viewer.show_image(image(colour="lime"))
    assert viewer.zoom() == 4.0 and viewer._centre == centre, "also after a smaller preview"
    viewer.show_image(image(300, 100))
    assert viewer.zoom() == pytest.approx(400 / 300) and viewer._centre == QPointF(0.5, 0.5)


def test_the_one_before_is_seen_while_its_key_is_held(viewer: Viewer) -> None:
    def held() -> str:
        QTest.keyPress(viewer, Qt.Key.Key_Backslash)
        seen = colour_at(viewer, 212, 162)
        QTest.keyRelease(viewer, Qt.Key.Key_Backslash)
        return seen

    viewer.show_image(image(colour="red"))
    assert held() == "#ff0000", "there is none before"
    viewer.show_image(image(colour="blue"))
    assert held() == "#ff0000" and colour_at(viewer, 212, 162) == "#0000ff"
    viewer.show_image(image(colour="blue"), again=True)
    assert held() == "#ff0000", "the same one read again is no other"
    viewer.show_image(image(20, 10, "lime"), developing=True)
    assert held() == "#0000ff" and colour_at(viewer, 212, 162) == "#00ff00"
    viewer.show_image(image(colour="white"))
    assert held() == "#0000ff", "previews were none"
    QTest.keyPress(viewer, Qt.Key.Key_Backslash)
    viewer.clearFocus()
    assert colour_at(viewer, 212, 162) == "#ffffff", "the key may be let go elsewhere"
    viewer.clear()
    viewer.show_image(image(colour="red"))
    assert held() == "#ff0000"


def test_arrows_ask_for_other_pictures_and_other_keys_are_left_alone(viewer: Viewer) -> None:
    steps: list[int] = []
    viewer.stepped.connect(steps.append)
    keys = Qt.Key
    for key in (keys.Key_Left, keys.Key_Up, keys.Key_Right, keys.Key_Down):
        QTest.keyClick(viewer, key)
    QTest.keyClick(viewer, keys.Key_Home)
    QTest.keyClick(viewer, keys.Key_End, Qt.KeyboardModifier.KeypadModifier)
    assert steps == [-1, -1, 1, 1, -FAR, FAR]
    QTest.keyClick(viewer, keys.Key_Right, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(viewer, keys.Key_X)
    assert len(steps) == 6


def test_a_menu_opens_at_the_pointer_or_on_the_picture(viewer: Viewer) -> None:
    viewer.show_image(image())
    assert viewer.menu_place(QPoint(3, 4)) == QPoint(3, 4)
    assert viewer.menu_place(QPoint(-1, -1)) == viewer._target().toRect().center()
    viewer.set_zoom(8.0)
    assert viewer.rect().contains(viewer.menu_place(QPoint(-1, -1)))
