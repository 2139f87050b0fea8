"""Sorting out pictures by keys: each moves on by itself, Undo comes back, and what was rejected can
be thrown away at the end."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.values.picture import Picture
from desktop.app.app import Application
from desktop.pictures.viewing.window import ViewingWindow
from tests.desktop.driving import Open, gallery_of, until
from tests.desktop.window.viewing.seeing import in_gallery, see

CONTROL = Qt.KeyboardModifier.ControlModifier


def sorting(application: Application) -> ViewingWindow:
    """Begun in the Gallery at the newest picture."""
    in_gallery(application, 0)
    QTest.keyClick(gallery_of(application.window).grid, Qt.Key.Key_O)
    view = application.window.viewing.full
    assert view is not None and view.isFullScreen() and view.sorting.bar.isVisible()
    see(view, "picture 3")
    return view


def kept(application: Application, picture: Picture) -> Picture:
    found = application.stores.gallery.get(picture.id)
    assert found is not None
    return found


def test_each_key_moves_on_with_the_zoom_and_undo_comes_back(
    open_app: Open, shelf: list[Picture]
) -> None:
    application = open_app()
    view = sorting(application)
    view.viewer.set_zoom(3.0)
    for key, prompt in (
        (Qt.Key.Key_4, "picture 2"),
        (Qt.Key.Key_X, "picture 1"),
        (Qt.Key.Key_Delete, "picture 0"),
    ):
        QTest.keyClick(view.viewer, key)
        see(view, prompt)
        assert view.viewer.zoom() == 3.0
    until(lambda: view.bar.position.text() == "3 of 3", 20)
    until(lambda: view.sorting.bar.count.text() == "1 rated · 1 rejected · 1 deleted", 20)
    assert kept(application, shelf[0]).rating == 4 and kept(application, shelf[1]).rating == -1
    assert kept(application, shelf[2]).trashed is not None
    QTest.keyClick(view.viewer, Qt.Key.Key_Z, CONTROL)
    see(view, "picture 1")
    until(lambda: view.bar.position.text() == "3 of 4", 20)
    assert kept(application, shelf[2]).trashed is None
    QTest.keyClick(view.viewer, Qt.Key.Key_Z, CONTROL)
    see(view, "picture 2")
    until(lambda: view.sorting.bar.count.text() == "1 rated · 0 rejected", 20)
    assert kept(application, shelf[1]).rating == 0
    QTest.keyClick(view.viewer, Qt.Key.Key_X)
    see(view, "picture 1")
    until(lambda: kept(application, shelf[1]).rating == -1, 20)
    QTest.keyClick(view.viewer, Qt.Key.Key_Left)
    QTest.keyClick(view.viewer, Qt.Key.Key_X)
    see(view, "picture 1")
    QTest.keyClick(view.viewer, Qt.Key.Key_Space)
    assert not view.slides.is_running, "nothing goes by while somebody sorts"
    QTest.keyClick(view.viewer, Qt.Key.Key_Escape)
    assert not view.isVisible() and kept(application, shelf[0]).rating == 4, "what was said stays"
    assert kept(application, shelf[1]).rating == -1, "to say it twice agrees"
    assert view.viewer.place().width is not None, "it was left zoomed"
    grid = gallery_of(application.window).grid
    until(grid.hasFocus, 20)
    grid.setCurrentIndex(grid.model().index(0, 0))
    QTest.keyClick(grid, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(grid, Qt.Key.Key_O)
    see(view, "picture 3")
    assert view.bar.position.text() == "1 of 2", "not at the one that was chosen last"
    assert view.viewer.place().width is None, "and all of it is seen"


def test_behind_the_last_one_the_rejected_ones_are_thrown_away_and_come_back(
    open_app: Open, shelf: list[Picture]
) -> None:
    application = open_app()
    view = sorting(application)
    end = view.sorting.end
    for prompt in ("picture 2", "picture 1"):
        QTest.keyClick(view.viewer, Qt.Key.Key_X)
        see(view, prompt)
    application.stores.gallery.set_favourite([shelf[2].id], True)
    application.window.signals.gallery_changed.emit()
    until(lambda: (one := view.walk.picture()) is not None and one.favourite, 20)
    QTest.keyClick(view.viewer, Qt.Key.Key_F)  # which agrees
    see(view, "picture 0")
    QTest.keyClick(view.viewer, Qt.Key.Key_2)
    assert view.stage.currentWidget() is end
    for key in (Qt.Key.Key_5, Qt.Key.Key_Delete):  # one too many
        QTest.keyClick(end.trash, key)
    assert "go back" in view.bar.told.toolTip()
    until(lambda: end.trash.text() == "Trash all rejected (2)", 20)
    until(lambda: end.count.text().startswith("1 rated"), 20)
    assert "trash" in end.what.text()
    QTest.mouseClick(end.trash, Qt.MouseButton.LeftButton)
    gone = [shelf[0], shelf[1]]
    until(lambda: all(kept(application, one).trashed is not None for one in gone), 20)
    until(lambda: len(view.walk.roll) == 2 and end.trash.isHidden(), 20)
    grid = gallery_of(application.window).grid
    until(lambda: grid.model().rowCount() == 2, 20)
    QTest.keyClick(end.close_window, Qt.Key.Key_Z, CONTROL)
    until(lambda: all(kept(application, one).trashed is None for one in gone), 20)
    until(lambda: len(view.walk.roll) == 4, 20)
    assert view.stage.currentWidget() is view.viewer
    assert list(view.walk.roll.ids()) == [picture.id for picture in shelf]
    assert kept(application, shelf[2]).favourite and kept(application, shelf[3]).rating == 2


def test_a_picture_that_another_hand_brought_back_can_be_deleted_once_more(
    open_app: Open, shelf: list[Picture]
) -> None:
    application = open_app()
    window = application.window
    view = sorting(application)
    QTest.keyClick(view.viewer, Qt.Key.Key_Delete)
    until(lambda: len(view.walk.roll) == 3, 20)
    window.trash.restore([shelf[0].id])
    see(view, "picture 3")
    assert len(view.walk.roll) == 4
    QTest.keyClick(view.viewer, Qt.Key.Key_Delete)
    until(lambda: len(view.walk.roll) == 3, 20)
    QTest.keyClick(view.viewer, Qt.Key.Key_Escape)
    window.trash.restore([shelf[0].id])
    until(lambda: kept(application, shelf[0]).trashed is None, 20)
    grid = gallery_of(window).grid
    until(lambda: grid.model().rowCount() == 4, 20)
    assert view.walk.current == 0, "nobody sees it there"


def test_of_a_search_that_finds_nothing_nothing_is_sorted_out(
    open_app: Open, shelf: list[Picture]
) -> None:
    window = open_app().window
    sort_out = window.actions_by_id["sort-out"]
    window.go("gallery")
    panel = gallery_of(window)
    panel.search.setText("nowhere")
    until(lambda: panel.grid.model().rowCount() == 0 and not panel.nothing.isHidden(), 20)
    window.command_states.refresh()
    assert not sort_out.isEnabled()
