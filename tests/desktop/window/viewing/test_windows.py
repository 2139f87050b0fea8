"""Pictures in windows of their own: over the whole screen from the Gallery, and beside the main
window, with the keys and commands that they have there."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QToolTip

from core.system.paths import Places
from core.values.picture import Picture
from desktop.shell.help_texts import LEAST, sentence_of
from tests.desktop.driving import Open, create_of, form_of, gallery_of, pump, take_down, until
from tests.desktop.window.viewing.seeing import in_gallery, see


def test_the_full_screen_goes_through_the_gallery_and_comes_back_to_where_it_ended(
    open_app: Open, shelf: list[Picture]
) -> None:
    application = open_app()
    window = application.window
    in_gallery(application, 1)
    grid = gallery_of(window).grid
    QTest.keyClick(grid, Qt.Key.Key_Return)
    view = window.viewing.full
    assert view is not None and view.isFullScreen()
    until(view.viewer.hasFocus, 20)
    see(view, "picture 2")
    assert view.bar.position.text() == "2 of 4" and "2 of 4" in view.viewer.accessibleDescription()
    QTest.keyClick(view.viewer, Qt.Key.Key_End)
    see(view, "picture 0")
    QTest.keyClick(view.viewer, Qt.Key.Key_F)
    until(lambda: (picture := view.walk.picture()) is not None and picture.favourite, 20)
    assert view.isVisible(), "what asks nothing leaves it open"
    QTest.keyClick(view.viewer, Qt.Key.Key_Delete)
    see(view, "picture 1")
    until(lambda: grid.model().rowCount() == 3, 20)
    QTest.keyClick(view.viewer, Qt.Key.Key_Escape)
    assert not view.isVisible() and grid.currentIndex().row() == 2
    until(grid.hasFocus, 20)
    assert window.rooms.shown == "gallery"
    window.actions_by_id["view-create"].trigger()
    until(lambda: window.rooms.shown == "create", 20)
    deleted = application.stores.gallery.get(shelf[3].id)
    assert deleted is not None and deleted.favourite and deleted.trashed is not None


def test_of_several_that_are_chosen_these_alone_are_gone_through(
    open_app: Open, shelf: list[Picture]
) -> None:
    application = open_app()
    window = application.window
    in_gallery(application, 0)
    grid = gallery_of(window).grid
    QTest.keyClick(grid, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    window.actions_by_id["slide-show"].trigger()
    view = window.viewing.full
    assert view is not None
    see(view, "picture 2")
    assert view.bar.position.text() == "2 of 2"
    assert view.slides.is_running and view.bar.isHidden() and view.walk.film.isHidden()
    view.slides.due.emit()
    see(view, "picture 3")
    QTest.keyClick(view.viewer, Qt.Key.Key_Escape)
    assert not view.slides.is_running and view.isVisible() and view.bar.isVisible()
    QTest.keyClick(view.viewer, Qt.Key.Key_Space)
    assert view.slides.is_running, "a tap of Space begins it"
    QTest.keyClick(view.viewer, Qt.Key.Key_Space)
    assert not view.slides.is_running
    QTest.keyPress(view.viewer, Qt.Key.Key_Space)
    QTest.mouseClick(view.viewer, Qt.MouseButton.LeftButton)
    QTest.keyRelease(view.viewer, Qt.Key.Key_Space)
    assert not view.slides.is_running, "Space held pans"
    asked: list[tuple[Path, ...]] = []
    window.signals.compare_files.connect(asked.append)
    QTest.keyClick(view.viewer, Qt.Key.Key_C)
    assert not view.isVisible()
    assert [path.name for path in asked[0]] == ["0003.png", "0002.png"], "all that are chosen"


def test_what_shows_something_brings_the_main_window_to_the_front_and_all_is_explained(
    open_app: Open, shelf: list[Picture]
) -> None:
    application = open_app()
    window = application.window
    in_gallery(application, 0)
    window.actions_by_id["full-screen"].trigger()
    view = window.viewing.full
    assert view is not None
    view.bar.recipe.click()
    QTest.keyClick(view.viewer, Qt.Key.Key_Right)
    see(view, "picture 2")
    until(lambda: any(value.text() == "picture 2" for value in view.recipe.values()), 20)
    QTest.keyClick(view.viewer, Qt.Key.Key_C, Qt.KeyboardModifier.ShiftModifier)
    assert view.isVisible() and view.bar.told.toolTip(), "it says why it can do nothing"
    prompt = next(value for value in view.recipe.values() if value.text() == "picture 2")
    QTest.mouseClick(prompt, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "picture 2"
    assert view.bar.told.text() and "Return" in sentence_of(prompt)
    view.viewer.setFocus()
    view.viewer.customContextMenuRequested.emit(QPoint(5, 5))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    listed = [action.text() for action in menu.actions()]
    assert "Insight" in listed and "Rating" in listed and "Undo" not in listed
    menu.close()
    QTest.keyClick(view.viewer, Qt.Key.Key_F1)
    assert "arrow keys" in QToolTip.text()
    QTest.keyClick(view.viewer, Qt.Key.Key_Z)
    assert view.viewer.zoom() == 1.0
    bar = view.bar
    controls = [bar.back, bar.on, bar.slides, bar.seconds, bar.shuffle, bar.hold, bar.film]
    controls += [bar.recipe, bar.full, bar.close_window, view.recipe.take, view.recipe.copy]
    for control in (*controls, view.viewer, *view.recipe.values()):
        assert control.accessibleName() or control.text()  # type: ignore[attr-defined]
        assert len(sentence_of(control).split()) >= LEAST
    QTest.mouseClick(view.recipe.take, Qt.MouseButton.LeftButton)
    assert not view.isVisible()
    until(lambda: window.rooms.shown == "create", 20)
    until(lambda: form_of(window).prompt.prompt.toPlainText() == "picture 2", 20)
    assert application.draft.request.seed == 2


def test_the_second_window_follows_the_main_one_and_leads_it_and_stays_where_it_was(
    open_app: Open, shelf: list[Picture], where: Places
) -> None:
    application = open_app()
    window = application.window
    in_gallery(application, 0)
    grid = gallery_of(window).grid
    window.actions_by_id["second-window"].trigger()
    view = window.viewing.second
    assert view is not None and not view.isFullScreen()
    see(view, "picture 3")
    grid.setCurrentIndex(grid.model().index(2, 0))
    see(view, "picture 1")
    QTest.keyClick(view.viewer, Qt.Key.Key_Left)
    see(view, "picture 2")
    assert grid.currentIndex().row() == 1
    until(lambda: (one := window.current.picture) is not None and one.id == shelf[1].id, 20)
    window.go("create")
    viewer = create_of(window).stage.viewer
    viewer.setFocus()
    QTest.keyClick(viewer, Qt.Key.Key_Home)
    see(view, "picture 3")
    QTest.keyClick(view.viewer, Qt.Key.Key_Right)
    until(lambda: (one := window.current.picture) is not None and one.id == shelf[1].id, 20)
    view.bar.hold.click()
    asked: list[object] = []
    window.exports.exportings.ask = lambda *items: asked.append(items)  # type: ignore[method-assign]
    window.go("gallery")
    grid.setCurrentIndex(grid.model().index(3, 0))
    held = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(view.viewer, Qt.Key.Key_D, held)
    assert asked == [((shelf[1].id,),)], "what is seen here, not what is chosen there"
    window.go("create")
    window.current.open(shelf[3])
    until(lambda: (one := window.current.picture) is not None and one.id == shelf[3].id, 20)
    QTest.keyClick(view.viewer, Qt.Key.Key_Right)
    see(view, "picture 1")
    assert window.current.picture is not None and window.current.picture.id == shelf[3].id
    view.bar.hold.click()
    window.actions_by_id["save-as"].setShortcuts([])  # as where a room has that key
    window.viewing.use_keys()
    here = next(action for action in view.actions() if action.objectName() == "save-as")
    assert [key.toString() for key in here.shortcuts()] == ["Ctrl+S"]
    assert "F11" in view.bar.full.toolTip() and "F5" in view.bar.slides.toolTip()
    for key, runs in ((Qt.Key.Key_F5, True), (Qt.Key.Key_F5, False)):
        QTest.keyClick(view.viewer, key)
        assert view.slides.is_running is runs
    QTest.keyClick(view.viewer, Qt.Key.Key_F11)
    assert view.isFullScreen()
    QTest.keyClick(view.viewer, Qt.Key.Key_Escape)
    assert not view.isFullScreen()
    QTest.keyClick(view.viewer, Qt.Key.Key_Escape)
    assert view.isVisible(), "Esc leaves full screens alone"
    QTest.keyClick(view.viewer, Qt.Key.Key_F6)
    view.bar.seconds.setValue(9)
    view.setGeometry(40, 60, 700, 520)
    pump(50)
    view.close()
    until(
        lambda: (
            where.session.exists()
            and json.loads(where.session.read_text())["viewing"]["seconds"] == 9
        ),
        20,
    )
    take_down(application)
    again = open_app()
    in_gallery(again, 0)
    again.window.actions_by_id["second-window"].trigger()
    view = again.window.viewing.second
    assert view is not None and view.walk.film.isHidden() and view.bar.seconds.value() == 9
    assert view.size().toTuple() == (700, 520)
