"""Keys that note something on pictures, in the whole window: where they work, and what Undo is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from tests.desktop.driving import Open, create_of, gallery_of, pump, until
from tests.desktop.parts import put_picture

CONTROL = Qt.KeyboardModifier.ControlModifier


def test_keys_rate_in_gallery_viewer_and_history_and_undo_is_theirs(open_app: Open) -> None:
    application = open_app()
    window, stores = application.window, application.stores
    ids = [put_picture(stores, f"fox {seed}", seed).id for seed in (1, 2)]
    window.signals.gallery_changed.emit()

    def ratings() -> list[int]:
        return [picture.rating for picture in stores.gallery.page(ids)]

    window.go("gallery")
    grid = gallery_of(window).grid
    until(lambda: grid.model().rowCount() == 2)
    grid.setFocus()
    grid.selectAll()
    until(window.picture_commands.any)
    QTest.keyClick(grid, Qt.Key.Key_3)
    until(lambda: ratings() == [3, 3])
    until(lambda: "rated 3" in window.notice.text.text())
    grid.setCurrentIndex(grid.model().index(0, 0))
    QTest.keyClick(grid, Qt.Key.Key_X)
    until(lambda: ratings() == [3, -1])
    window.command_states.refresh()
    assert window.actions_by_id["undo"].text() == "Undo: Reject"
    QTest.keyClick(grid, Qt.Key.Key_Z, CONTROL)
    until(lambda: ratings() == [3, 3])
    window.go("create")
    application.draft.set(steps=3)
    history = create_of(window).history.grid
    until(lambda: history.model().rowCount() == 2)
    history.setFocus()
    history.setCurrentIndex(history.model().index(1, 0))
    until(lambda: window.current.picture is not None and window.current.picture.id == ids[0])
    until(window.viewer.has_image)
    QTest.keyClick(history, Qt.Key.Key_5)
    until(lambda: ratings() == [5, 3])
    window.viewer.setFocus()
    zoom = window.viewer.zoom()
    QTest.keyClick(window.viewer, Qt.Key.Key_1)
    until(lambda: ratings() == [1, 3])
    assert window.viewer.zoom() == zoom, "1 rates, and Z shows 100 %"
    QTest.keyClick(window.viewer, Qt.Key.Key_Z, CONTROL)
    until(lambda: ratings() == [5, 3])
    assert application.draft.stored().steps == 3
    create_of(window).form.side.generate.setFocus()
    QTest.keyClick(create_of(window).form.side.generate, Qt.Key.Key_Z, CONTROL)
    pump(50)
    assert application.draft.stored().steps != 3 and ratings() == [5, 3]
    menu = window.picture_commands.menu_of(window.viewer)
    stars = menu.findChild(QMenu, "Rating")
    assert isinstance(stars, QMenu) and len(stars.actions()) == 6, "in a menu of their own"


def test_undo_brings_back_what_was_deleted_before_what_was_noted_earlier(open_app: Open) -> None:
    application = open_app()
    window, gallery = application.window, application.stores.gallery
    ids = [put_picture(application.stores, f"fox {seed}", seed).id for seed in (1, 2)]
    window.signals.gallery_changed.emit()
    window.go("gallery")
    grid = gallery_of(window).grid
    until(lambda: grid.model().rowCount() == 2, 10)
    undo = window.actions_by_id["undo"]

    def rating(picture_id: int) -> int:
        found = gallery.get(picture_id)
        return -9 if found is None or found.trashed is not None else found.rating

    grid.setFocus()
    grid.setCurrentIndex(grid.model().index(0, 0))
    QTest.keyClick(grid, Qt.Key.Key_3)
    until(lambda: rating(ids[1]) == 3, 10)
    for by_notice in (False, True):
        grid.setCurrentIndex(grid.model().index(1, 0))
        QTest.keyClick(grid, Qt.Key.Key_Delete)
        until(lambda: rating(ids[0]) == -9 and undo.text() == "Undo: Delete", 10)
        (window.notice.button.click if by_notice else undo.trigger)()
        until(lambda: rating(ids[0]) == 0 and grid.model().rowCount() == 2, 10)
        until(lambda: undo.text() == "Undo: Rating", 10)
        assert rating(ids[1]) == 3
    grid.setCurrentIndex(grid.model().index(1, 0))
    QTest.keyClick(grid, Qt.Key.Key_Delete)
    until(lambda: rating(ids[0]) == -9 and undo.text() == "Undo: Delete", 10)
    assert gallery.discard([ids[0]]) == 1
    undo.trigger()
    until(lambda: any("trash no more" in text for text in window.notice.texts()), 10)
    until(lambda: undo.text() == "Undo: Rating", 10)
    undo.trigger()
    until(lambda: rating(ids[1]) == 0, 10)
