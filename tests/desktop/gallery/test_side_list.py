"""The list beside the grid: what is chosen, counted, renamed, deleted and dropped there."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QStyleOptionViewItem, QToolButton

from core.values.gallery.album import Album
from desktop.gallery.albums.rows import ShownFolder
from desktop.gallery.albums.side_list import ROW_ROLE
from desktop.pictures.grid import PictureGrid
from desktop.widgets.controls import DETAIL_ROLE, ShortDetailDelegate
from tests.desktop.driving import until
from tests.desktop.gallery.conftest import Room


def rows(room: Room) -> list[tuple[str, str]]:
    side = room.panel.side
    items = [side.item(at) for at in range(side.count())]
    return [(item.text(), item.data(DETAIL_ROLE) or "") for item in items]


def choose(room: Room, name: str) -> None:
    side = room.panel.side
    for at in range(side.count()):
        if side.item(at).text() == name:
            side.setCurrentRow(at)
            return
    raise AssertionError(name)


def put_albums(room: Room) -> int:
    gallery = room.stores.gallery
    album = gallery.add_album("Foxes")
    gallery.put_in_album(album, [room.pictures[0].id])
    gallery.add_album("Red ones", "red")
    gallery.set_favourite([room.pictures[1].id], True)
    room.watch.look()
    room.come()
    return album


def test_rows_are_counted_and_choosing_one_shows_its_pictures(room: Room) -> None:
    put_albums(room)
    assert rows(room) == [
        ("All pictures", "3"),
        ("Favourites", "1"),
        ("Rejected", "0"),
        ("Trash", "0"),
        ("Albums", ""),
        ("Foxes", "1"),
        ("Saved searches", ""),
        ("Red ones", "2"),
    ]
    choose(room, "Foxes")
    assert room.prompts() == ["a red fox"] and room.panel.title.text() == "Foxes"
    choose(room, "Red ones")
    assert room.prompts() == ["a red house", "a red fox"] and room.panel.search.text() == "red"
    assert room.panel.filters.save.isHidden(), "it is saved"
    room.panel.search.setText("red -fox")
    room.come()
    assert room.panel.side.currentItem().text() == "All pictures"
    assert not room.panel.filters.save.isHidden()
    assert room.panel.name_for("red -fox") == "Red ones", "it came from there"
    cross = room.panel.search.findChild(QToolButton)
    assert isinstance(cross, QToolButton)
    room.panel.search.setText("steps:abc")
    until(lambda: not cross.isHidden(), 5)
    choose(room, "Trash")
    assert not room.panel.search.text() and not room.panel.search.problems()
    until(cross.isHidden, 5)
    choose(room, "Favourites")
    assert room.prompts() == ["a blue boat"] and room.panel.favourites.isChecked()
    choose(room, "Trash")
    assert room.prompts() == [] and room.panel.trash.isChecked()
    assert "trash is empty" in room.panel.nothing.text()
    room.panel.trash.click()
    assert len(room.prompts()) == 3 and room.panel.side.currentItem().text() == "All pictures"


def test_albums_are_renamed_in_place_and_deleted_by_a_key(room: Room) -> None:
    put_albums(room)
    side = room.panel.side
    renamed: list[tuple[Album, str]] = []
    deleted: list[Album] = []
    side.renamed.connect(lambda album, name: renamed.append((album, name)))
    side.deleted.connect(deleted.append)
    choose(room, "Foxes")
    side.currentItem().setText("  Red   foxes ")
    room.come()
    assert [(album.name, name) for album, name in renamed] == [("Foxes", "Red foxes")]
    assert ("Foxes", "1") in rows(room), "until the gallery says so"
    choose(room, "Foxes")
    QTest.keyClick(side, Qt.Key.Key_Delete)
    assert [album.name for album in deleted] == ["Foxes"]
    choose(room, "All pictures")
    QTest.keyClick(side, Qt.Key.Key_Delete)
    assert len(deleted) == 1


def test_watched_folders_stand_below_with_how_they_are(room: Room) -> None:
    side, folder = room.panel.side, room.stores.places.pictures / "2026-01-02"
    side.show_folders([ShownFolder(folder, "away"), ShownFolder(folder.parent / "b")])
    room.watch.look()
    room.come()
    assert rows(room)[4:] == [("Folders", ""), ("2026-01-02", "away"), ("b", "0")]
    side.show_folders([ShownFolder(folder), ShownFolder(folder.parent / "b", "3 of 8")])
    assert [detail for _, detail in rows(room)[5:]] == ["0", "3 of 8"]
    spoken = Qt.ItemDataRole.AccessibleTextRole
    assert side.item(side.count() - 1).data(spoken) == "b, 0 pictures, 3 of 8"
    choose(room, "b")
    assert room.panel.search.text() == f'folder:"{folder.parent / "b"}"' and room.prompts() == []
    assert "No picture of this folder" in room.panel.nothing.text()


def test_pictures_are_dropped_on_an_album_by_hand_alone(room: Room) -> None:
    put_albums(room)
    side = room.panel.side
    dropped: list[tuple[str, PictureGrid]] = []
    side.dropped.connect(lambda album, grid: dropped.append((album.name, grid)))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(room.pictures[2].path)])

    class Drop(QDropEvent):
        def source(self) -> PictureGrid:
            return room.panel.grid

    for name in ("Red ones", "All pictures", "Foxes"):
        items = (side.item(at) for at in range(side.count()))
        item = next(one for one in items if one.text() == name)
        assert item.data(ROW_ROLE) is not None
        point: QPoint = side.visualItemRect(item).center()
        copy = Qt.DropAction.CopyAction
        none = Qt.KeyboardModifier.NoModifier
        side.dropEvent(Drop(QPointF(point), copy, data, Qt.MouseButton.LeftButton, none))
    assert dropped == [("Foxes", room.panel.grid)]


def test_the_list_is_there_where_it_has_room_until_somebody_says_otherwise(room: Room) -> None:
    panel = room.panel
    assert panel.side.isVisible()
    panel.resize(940, 600)
    assert not panel.side.isVisible() and not panel.list_switch.isChecked()
    panel.list_switch.click()
    assert panel.side.isVisible() and panel.list_wish() is True
    panel.list_switch.click()
    panel.resize(1300, 800)
    assert not panel.side.isVisible()


def test_the_rows_that_always_stand_there_are_never_cut(room: Room) -> None:
    panel = room.panel
    panel.show_list(True)
    row = panel.side.rows()[0]
    panel.side.show_count(row, 100_000)
    panel.sides.setSizes([1, 1200])
    room.come()
    index = panel.side.model().index(0, 0)
    option = QStyleOptionViewItem()
    panel.side.initViewItemOption(option)
    option.rect = panel.side.visualRect(index)  # type: ignore[attr-defined]
    delegate = panel.side.itemDelegate()
    assert isinstance(delegate, ShortDetailDelegate)
    delegate.initStyleOption(option, index)
    assert option.text == "All pictures"  # type: ignore[attr-defined]
    assert panel.side.visualRect(index).top() >= 0 and panel.side.viewport().y() > 0
