"""The one current picture, over viewer and grids: shown, gone through, deleted, brought back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from core.store.imported.folders import FolderState
from core.values.picture import Picture
from desktop.pictures.current import CurrentPicture, model_of
from desktop.pictures.grid import PictureGrid
from desktop.pictures.viewer import FAR, Viewer
from desktop.widgets.notices import NoticeBar
from tests.desktop.parts import put_picture
from tests.desktop.pictures.conftest import Shelf


@dataclass
class Room:
    """Three pictures in history and gallery, of which none is current yet."""

    shelf: Shelf
    current: CurrentPicture
    viewer: Viewer
    history: PictureGrid
    grid: PictureGrid
    notice: NoticeBar
    pictures: list[Picture]  # oldest first
    following: list[bool] = field(default_factory=list)

    def shown(self) -> str:
        picture = self.current.picture
        return "" if picture is None else picture.request.prompt

    def rows(self, grid: PictureGrid) -> list[int]:
        return [index.row() for index in grid.selectedIndexes()]

    def open(self, prompt: str) -> None:
        wanted = next(one for one in self.pictures if one.request.prompt == prompt)
        self.current.open(wanted)
        self.shelf.come()

    def search_again(self) -> None:
        for grid in (self.history, self.grid):
            grid.model().search_again()  # type: ignore[attr-defined]
        self.shelf.come()

    def trash(self, *prompts: str) -> None:
        """Deleted as the window does it."""
        ids = [one.id for one in self.pictures if one.request.prompt in prompts]
        self.shelf.stores.gallery.trash(ids)
        self.current.note_deleted(ids)
        self.search_again()

    def restore(self, *prompts: str) -> None:
        ids = [one.id for one in self.pictures if one.request.prompt in prompts]
        self.shelf.stores.gallery.restore(ids)
        self.search_again()
        self.current.note_restored(ids)
        self.shelf.come()


@pytest.fixture
def room(shelf: Shelf, qapp: QApplication) -> Iterator[Room]:
    pictures = [put_picture(shelf.stores, prompt) for prompt in ("one", "two", "three")]
    viewer, notice = Viewer(), NoticeBar()
    grids = []
    for columns in (1, 0):
        grid = PictureGrid("Pictures", cell=60, columns=columns)
        model = shelf.model()
        model.setParent(grid)
        grid.setModel(model)
        grids.append(grid)
    parent = QObject()
    current = CurrentPicture(
        viewer,
        shelf.stores.gallery,
        newest=model_of(grids[0]),
        records=shelf.records,
        images=shelf.images,
        notice=notice,
        parent=parent,
    )
    for grid in grids:
        current.follow(grid)
    shelf.come()
    made = Room(shelf, current, viewer, grids[0], grids[1], notice, pictures)
    current.following.connect(made.following.append)
    yield made
    for widget in (*grids, viewer, notice):
        widget.deleteLater()


def test_it_is_shown_chosen_in_both_grids_and_described(room: Room) -> None:
    changed: list[str] = []
    room.current.changed.connect(lambda: changed.append(room.shown()))
    room.current.open(room.pictures[1])
    assert room.shown() == "two" and changed == ["two"] and not room.viewer.has_image()
    room.shelf.come()
    assert room.viewer.has_image() and room.viewer._image.width() == 12
    assert room.rows(room.history) == [1] == room.rows(room.grid)
    assert room.viewer.accessibleDescription() == "two, seed 1, 2 of 3, 12 by 8 pixels"
    assert room.current.file() == room.pictures[1].path == room.viewer.file()


def test_only_the_newest_gives_way_to_new_pictures(room: Room) -> None:
    room.open("three")
    room.open("one")
    assert room.following == [True, False]


def test_of_two_that_are_asked_for_only_the_last_is_shown(room: Room) -> None:
    read: list[str] = []
    room.viewer.zoomed.connect(read.append)
    room.current.open(room.pictures[0])
    room.current.open(room.pictures[1])
    room.shelf.images.run_next()
    assert not room.viewer.has_image(), "the first was not even read"
    room.shelf.come()
    assert room.viewer.has_image() and room.shown() == "two"


def test_steps_go_through_history_and_stop_at_its_ends(room: Room) -> None:
    room.current.step(1)
    room.shelf.come()
    assert room.shown() == "three", "none was current: the newest"
    for by, prompt in (
        (1, "two"),
        (1, "one"),
        (1, "one"),
        (-1, "two"),
        (-FAR, "three"),
        (-1, "three"),
        (FAR, "one"),
    ):
        room.viewer.stepped.emit(by)
        room.shelf.come()
        assert room.shown() == prompt


def test_keys_pressed_faster_than_pictures_come_add_up(room: Room) -> None:
    room.open("three")
    room.current.step(1)
    room.current.step(1)
    room.shelf.come()
    assert room.shown() == "one"


def test_a_file_of_another_folder_takes_its_place_and_the_steps_begin_anew(room: Room) -> None:
    room.open("three")
    room.current.step(1)  # on its way when the file comes
    image = QImage(30, 20, QImage.Format.Format_RGB888)
    image.fill(Qt.GlobalColor.blue)
    room.current.show_outside(Path("/elsewhere/fox.png"), image)
    room.shelf.come()
    assert room.current.picture is None and room.current.file() == str(Path("/elsewhere/fox.png"))
    assert room.rows(room.history) == [] == room.rows(room.grid)
    assert room.viewer.accessibleDescription() == "fox.png, 30 by 20 pixels"
    room.current.step(1)
    room.shelf.come()
    assert room.shown() == "three" and room.current.outside == ""


def test_when_all_were_deleted_the_steps_begin_anew(room: Room) -> None:
    room.open("three")
    room.current.step(1)  # on its way when they go
    room.trash("one", "two", "three")
    room.shelf.stores.gallery.restore([picture.id for picture in room.pictures])
    room.search_again()
    room.current.step(1)
    room.shelf.come()
    assert room.shown() == "three"


def test_a_preview_has_no_file(room: Room) -> None:
    room.open("one")
    image = QImage(3, 2, QImage.Format.Format_RGB888)
    room.viewer.show_image(image, developing=True)
    assert room.current.file() == ""
    room.current.reload()
    room.shelf.come()
    assert room.current.file() == room.pictures[0].path and room.viewer._image.width() == 12


def test_a_file_that_went_is_said(room: Room) -> None:
    Path(room.pictures[0].path).unlink()
    room.open("one")
    (words,) = room.notice.texts()
    assert "missing or damaged" in words and room.pictures[0].path in words
    assert not room.viewer.has_image(), "not the one before, which is no longer meant"
    room.open("two")
    assert room.notice.texts() == () and room.viewer.has_image()


def test_a_drive_that_is_away_is_said(room: Room) -> None:
    folder = Path(room.pictures[0].path).parent
    room.shelf.stores.gallery.watched.note(folder, FolderState())
    folder.rename(folder.with_name("unplugged"))
    room.open("one")
    (words,) = room.notice.texts()
    assert "drive" in words and str(folder) in words and "damaged" not in words


def test_the_next_older_one_takes_the_place_of_a_deleted_one(room: Room) -> None:
    room.open("two")
    room.trash("two")
    assert room.shown() == "one"
    room.trash("one")
    assert room.shown() == "three", "else the next newer one"
    room.trash("three")
    assert room.shown() == "" and not room.viewer.has_image() and room.current.file() == ""
    assert "develops here" in room.viewer.accessibleDescription()
    room.restore("three")
    assert room.shown() == "three" and room.viewer.has_image()


def test_behind_the_oldest_the_nearest_newer_one_takes_its_place(room: Room) -> None:
    room.open("one")
    room.trash("one")
    assert room.shown() == "two"


def test_others_that_are_deleted_leave_it_where_it_is(room: Room) -> None:
    room.open("two")
    room.trash("one", "three")
    assert room.shown() == "two" and room.viewer.has_image()
    room.trash("two")
    room.restore("one")
    assert room.shown() == "", "what was not shown does not come up by itself"
    room.restore("two")
    assert room.shown() == "two"


def test_of_several_deleted_at_once_none_takes_its_place(room: Room) -> None:
    room.open("three")
    room.trash("three", "two")
    assert room.shown() == "one"


def test_a_change_of_its_row_is_read_and_one_that_is_gone_makes_way(room: Room) -> None:
    room.open("two")
    room.shelf.stores.gallery.set_favourite([room.pictures[1].id], True)
    room.current.refresh()
    room.shelf.come()
    assert room.current.picture is not None and room.current.picture.favourite
    assert "favourite" in room.viewer.accessibleDescription()
    room.shelf.stores.gallery.trash([room.pictures[1].id])
    room.shelf.stores.gallery.discard([room.pictures[1].id])
    room.current.refresh()
    room.shelf.come()
    assert room.shown() == "one", "deleted for good"


def test_after_a_start_the_last_one_or_the_newest_is_shown(room: Room) -> None:
    room.current.come_back(room.pictures[0].id)
    room.shelf.come()
    assert room.shown() == "one"
    room.current.come_back(room.pictures[1].id)
    room.shelf.come()
    assert room.shown() == "one", "something is shown already"


@pytest.mark.parametrize("how", ["trashed", "unknown", "none"])
def test_after_a_start_the_newest_stands_in_for_one_that_is_gone(room: Room, how: str) -> None:
    last = {"trashed": room.pictures[0].id, "unknown": 99, "none": 0}[how]
    room.shelf.stores.gallery.trash([room.pictures[0].id])
    room.current.come_back(last)
    room.shelf.come()
    assert room.shown() == "three"


def test_what_a_person_chooses_in_a_grid_is_shown(room: Room) -> None:
    room.history.setCurrentIndex(room.history.model().index(2, 0))
    room.shelf.come()
    assert room.shown() == "one" and room.rows(room.grid) == [2], "read though it was not here"
    room.grid.setCurrentIndex(room.grid.model().index(0, 0))
    room.shelf.come()
    assert room.shown() == "three" and room.rows(room.history) == [0]


def test_a_choice_of_several_stays_when_another_is_shown(room: Room) -> None:
    room.history.selectAll()
    room.shelf.come()
    room.open("two")
    assert sorted(room.rows(room.history)) == [0, 1, 2] and room.rows(room.grid) == [1]


def test_a_person_who_looks_through_the_gallery_keeps_the_place(room: Room) -> None:
    room.grid.show()
    room.grid.setCurrentIndex(room.grid.model().index(2, 0))
    room.shelf.come()
    room.current.show(room.pictures[2])
    room.shelf.come()
    assert room.rows(room.grid) == [2] and room.rows(room.history) == [0]


def test_what_lies_in_the_trash_does_not_become_current(room: Room) -> None:
    room.open("two")
    room.shelf.stores.gallery.trash([room.pictures[0].id])
    room.grid.model().search(trashed=True)  # type: ignore[attr-defined]
    room.shelf.come()
    room.grid.setCurrentIndex(room.grid.model().index(0, 0))
    room.shelf.come()
    assert room.shown() == "two"
