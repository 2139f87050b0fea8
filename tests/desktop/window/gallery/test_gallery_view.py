"""The Gallery in the whole window: albums by menu, what is saved, what a restart finds again."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.system.paths import Places
from core.values.gallery.question import Order
from desktop.gallery.albums.name_dialog import NameDialog
from desktop.pictures.marking.album_dialog import AlbumDialog
from desktop.state import session
from tests.desktop.driving import Open, gallery_of, take_down, until
from tests.desktop.parts import put_picture


def test_what_was_searched_and_how_it_lay_is_found_again(open_app: Open, where: Places) -> None:
    application = open_app()
    window, stores = application.window, application.stores
    for seed in (1, 2, 3):
        put_picture(stores, f"fox {seed}", seed)
    window.signals.gallery_changed.emit()
    window.go("gallery")
    panel = gallery_of(window)
    until(lambda: panel.grid.model().rowCount() == 3, 10)
    panel.search.setFocus()
    panel.search.setText("fox -2")
    until(lambda: panel.grid.model().rowCount() == 2, 10)
    QTest.keyClick(panel.search, Qt.Key.Key_Return)
    panel.view.orders.setCurrentIndex(panel.view.orders.findData(Order.NAME))
    panel.view.direction.click()
    panel.view.zoom.setValue(240)
    panel.view.shape.click()
    window.actions_by_id["gallery-list"].trigger()
    wanted = not panel.side.isHidden()
    until(lambda: session.load(where.session).gallery.side == ("open" if wanted else "folded"), 10)
    take_down(application)
    again = open_app().window
    panel = gallery_of(again)
    assert panel.search.text() == "fox -2" and panel.before == ("fox -2",)
    assert (panel.view.order(), panel.view.rising) == (Order.NAME, True)
    assert panel.view.zoom.value() == panel.grid.wanted == 240 and panel.view.shape.isChecked()
    again.go("gallery")
    until(lambda: panel.grid.model().rowCount() == 2, 10)
    assert panel.side.isHidden() is not wanted and panel.list_wish() is wanted


def test_an_album_is_made_filled_and_emptied_by_keys(open_app: Open) -> None:
    application = open_app()
    window, gallery = application.window, application.stores.gallery
    ids = [put_picture(application.stores, f"fox {seed}", seed).id for seed in (1, 2)]
    window.signals.gallery_changed.emit()
    window.go("gallery")
    panel = gallery_of(window)
    until(lambda: panel.grid.model().rowCount() == 2, 10)
    panel.grid.setFocus()
    panel.grid.selectAll()
    until(window.picture_commands.any, 10)
    QTest.keyClick(panel.grid, Qt.Key.Key_A)
    until(lambda: window.findChild(AlbumDialog) is not None, 10)
    dialog = window.findChild(AlbumDialog)
    assert isinstance(dialog, AlbumDialog)
    QTest.keyClicks(dialog.field, "Foxes")
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    until(lambda: [album.name for album in panel.side.albums()] == ["Foxes"], 10)
    (album,) = gallery.albums()
    assert album.count == 2 and not window.actions_by_id["album-take"].isEnabled()
    panel.side.setCurrentRow(panel.side.count() - 1)
    until(lambda: panel.question.album == album.id and panel.title.text() == "Foxes", 10)
    until(lambda: panel.grid.model().rowCount() == 2, 10)
    panel.grid.setCurrentIndex(panel.grid.model().index(0, 0))
    until(lambda: window.actions_by_id["album-take"].isEnabled(), 10)
    window.actions_by_id["album-take"].trigger()
    until(lambda: panel.grid.model().rowCount() == 1, 10)
    assert gallery.album_list.pictures(album.id) == (ids[0],)
    window.actions_by_id["undo"].trigger()
    until(lambda: panel.grid.model().rowCount() == 2, 10)
    QTest.keyClick(panel.side, Qt.Key.Key_Delete)
    until(lambda: not panel.side.albums() and panel.question.album == 0, 10)
    window.actions_by_id["undo"].trigger()
    until(lambda: len(panel.side.albums()) == 1, 10)
    panel.side.setCurrentRow(panel.side.count() - 1)
    assert panel.question.album == album.id
    window.actions_by_id["undo"].trigger()  # of its making, while it is shown
    until(lambda: not panel.side.albums() and panel.question.album == 0, 10)
    until(lambda: panel.title.text() == "Gallery", 10)


def test_a_search_is_kept_as_an_album_and_changed_under_its_name(open_app: Open) -> None:
    application = open_app()
    window, gallery = application.window, application.stores.gallery
    window.go("gallery")
    panel = gallery_of(window)
    window.command_states.refresh()
    assert not window.actions_by_id["save-search"].isEnabled()
    for search in ("rating:>=3", "rating:>=4"):
        panel.search.setText(search)
        window.command_states.refresh()
        window.actions_by_id["save-search"].trigger()
        dialog = window.findChild(NameDialog)
        assert isinstance(dialog, NameDialog)
        dialog.field.setText("The best")
        dialog.keep.click()
        until(lambda search=search: [one.query for one in gallery.albums()] == [search], 10)
        until(lambda search=search: [one.query for one in panel.side.albums()] == [search], 10)


def test_the_heading_follows_a_saved_search_that_is_renamed_or_deleted(open_app: Open) -> None:
    application = open_app()
    window, gallery = application.window, application.stores.gallery
    put_picture(application.stores, "a fox", 1)
    gallery.add_album("Foxes", "fox")
    window.signals.gallery_changed.emit()
    window.go("gallery")
    panel = gallery_of(window)
    until(lambda: panel.side.albums() != (), 10)
    (row,) = (row for row in panel.side.rows() if row.name == "Foxes")
    panel.side.chosen.emit(row)
    assert panel.title.text() == "Foxes" and panel.filters.save.isHidden()
    assert row.kept is not None
    panel.side.renamed.emit(row.kept, "Red foxes")
    until(lambda: panel.title.text() == "Red foxes", 10)
    assert panel.name_for("fox night") == "Red foxes", "saved again, it is the same one"
    panel.side.deleted.emit(gallery.albums()[0])
    until(lambda: panel.title.text() == "Gallery", 10)
    assert panel.search.text() == "fox" and not panel.filters.save.isHidden()
